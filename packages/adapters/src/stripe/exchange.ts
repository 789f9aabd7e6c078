import type { GatewayFault } from '@campusg-pay/core';
import { err, ok, type Result } from 'neverthrow';
import type { Circuit } from './circuit.js';
import { untraced, within } from './client.js';
import type { CallName } from './endpoints.js';
import { type CallError, classify, isRemembered, limitReached } from './gateway-fault.js';
import { TurnedAway } from './sdk-errors.js';
import { type Turns, UNLIMITED } from './turns.js';

/** What every call to Stripe is made with. */
export interface AskingOptions {
  /**
   * Longest time that a call may take in all, in milliseconds, waiting and repeating included. Core's
   * `leaseMs` must be more than three times as long.
   */
  readonly deadlineMs: number;
  /** What stands between us and Stripe. */
  readonly circuit: Circuit;
  /**
   * When each call may be made.
   *
   * @default at once
   */
  readonly turns?: Turns;
  /** Told after each call, for logs and metrics; never anything secret. */
  readonly onCall?: (call: GatewayCallNote) => void;
}

/** One finished call, without anything secret. */
export interface GatewayCallNote {
  readonly call: string;
  readonly paymentId: string | null;
  /** Its waiting included. */
  readonly durationMs: number;
  /** `Unreadable`: Stripe answered, but we can't say what. */
  readonly outcome: 'answered' | 'Unreadable' | CallError['type'];
  readonly detail: string | null;
}

/** A call under way that takes more than one request. */
export interface Going {
  /** Whether nobody waits any more: those that turn pages must not go on then. */
  readonly isOver: () => boolean;
  /** To be awaited before each request but the first: it may have to wait for its turn. */
  readonly next: (call: CallName) => Promise<void>;
}

/**
 * Makes one call to Stripe. Whatever is thrown while it is made or its answer read comes back as an
 * error: Stripe may have acted by then. What can be wrong before, is to be thrown before.
 */
export type Ask = <T>(
  call: CallName,
  request: (going: Going) => Promise<T>,
  paymentId?: string | null,
  /** A shorter deadline than usual. */
  withinMs?: number,
) => Promise<Result<T, CallError>>;

/** A turn that comes later than that leaves Stripe too little of the deadline to answer. */
export const PART_FOR_TURN = 1 / 2;

/** Makes calls within a deadline, in their turn and behind the circuit, and sorts what they throw. */
export function createAsk(options: AskingOptions): Ask {
  const { deadlineMs: usualMs, circuit, turns = UNLIMITED, onCall } = options;
  return async (call, request, paymentId = null, withinMs = usualMs) => {
    const deadlineMs = Math.min(usualMs, withinMs);
    const began = performance.now();
    const leftMs = () => deadlineMs - (performance.now() - began);
    let over = false;
    let current = call;
    let tries = 0;
    const note = (outcome: GatewayCallNote['outcome'], detail: string | null) =>
      onCall?.({ call, paymentId, durationMs: performance.now() - began, outcome, detail });
    const going: Going = {
      isOver: () => over,
      next: async (following) => {
        current = following;
        await turns.take(following, leftMs() * PART_FOR_TURN);
      },
    };
    const again = async () => {
      await going.next(call);
      return request(going);
    };
    const onError = (thrown: unknown) => {
      const reached = limitReached(thrown);
      if (reached !== null) turns.tooMuch(current, reached);
    };
    try {
      const turn = turns.take(call, deadlineMs * PART_FOR_TURN);
      if (turn !== null) await turn;
      const answer = await circuit.run(() => {
        // A call that waited too long is not sent: somebody else may have taken over by now.
        if (leftMs() <= 0) throw new TurnedAway('waited too long', { retryAfterMs: 1_000 });
        tries += 1;
        const begun = tries === 1 ? untraced(() => request(going)) : again();
        return within(leftMs(), begun, onError);
      });
      note('answered', null);
      return ok(answer);
    } catch (thrown) {
      const error = classify(thrown);
      if (error.type === 'Refused') {
        note(error.type, error.failure.code);
        return err(error);
      }
      note(error.unreadable === true ? 'Unreadable' : error.type, error.reason);
      return err(isRemembered(thrown) ? { ...error, remembered: true } : error);
    } finally {
      over = true;
    }
  };
}

/** A refusal where only yes or "not now" makes sense: something is wrong with the account or us. */
export function asFault(error: CallError): GatewayFault {
  if (error.type === 'GatewayUnavailable') return error;
  const reason = `Stripe refused: ${error.failure.code}`;
  return { type: 'GatewayUnavailable', executed: 'no', reason, retryAfterMs: null };
}
