import type { CallLimits, Urgency } from '@campusg-pay/core';
import { type CallName, endpointOf } from './endpoints.js';
import type { LimitReached } from './gateway-fault.js';
import { TurnedAway } from './sdk-errors.js';

/** The turns of calls for whoever waits for them with the same urgency. */
export interface Turns {
  /** Nothing where the call may be made now; else it rejects with `TurnedAway` if its turn comes too late. */
  take(call: CallName, withinMs: number): Promise<void> | null;
  /** That its turn comes too late, where that is clear at once; else null. */
  refusal(call: CallName, withinMs: number): ReturnType<CallLimits['refusal']>;
  /** Stripe said that it was too much. */
  tooMuch(call: CallName, reached: LimitReached): void;
}

export const UNLIMITED: Turns = { take: () => null, refusal: () => null, tooMuch: () => {} };

export function turnsOf(limits: CallLimits, urgency: Urgency): Turns {
  return {
    take: (call, withinMs) => {
      const taken = limits.take({ endpoint: endpointOf(call), urgency, withinMs });
      if (taken === 'turn') return null;
      return Promise.resolve(taken).then((outcome) => {
        if (outcome !== 'turn') throw new TurnedAway(LIMIT_REACHED, outcome);
      });
    },
    refusal: (call, withinMs) => limits.refusal({ endpoint: endpointOf(call), urgency, withinMs }),
    tooMuch: (call, reached) => {
      limits.tooMuch({ endpoint: endpointOf(call), everywhere: reached === 'everywhere' });
    },
  };
}

export const LIMIT_REACHED = 'as many calls to Stripe as it allows are being made';
