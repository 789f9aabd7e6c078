import type { GatewayFault } from '@campusg-pay/core';
import { err, ok, type Result } from 'neverthrow';
import type { Circuit } from './circuit.js';
import { untraced, within } from './client.js';
import { type CallError, classify, isRemembered } from './gateway-fault.js';
import { TurnedAway } from './sdk-errors.js';

/** What every call to Stripe is made with. */
export interface AskingOptions {
  /**
   * Longest time that a call may take in all, in milliseconds, waiting and repeating included. Core's
   * `leaseMs` must be more than three times as long.
   */
  readonly deadlineMs: number;
  /** What stands between us and Stripe. */
  readonly circuit: Circuit;
  /** Told after each call, for logs and metrics; never anything secret. */
  readonly onCall?: (call: GatewayCallNote) => void;
}

/** One finished call, without anything secret. */
export interface GatewayCallNote {
  readonly call: string;
  readonly paymentId: string | null;
  readonly durationMs: number;
  /** `Unreadable`: Stripe answered, but we can't say what. */
  readonly outcome: 'answered' | 'Unreadable' | CallError['type'];
  readonly detail: string | null;
}

/**
 * Makes one call to Stripe. Whatever is thrown while it is made or its answer read comes back as an
 * error: Stripe may have acted by then. What can be wrong before, is to be thrown before.
 */
export type Ask = <T>(
  call: string,
  /** `isOver` tells whether anybody still waits: those that turn pages must not go on else. */
  request: (isOver: () => boolean) => Promise<T>,
  paymentId?: string | null,
  /** A shorter deadline than usual. */
  withinMs?: number,
) => Promise<Result<T, CallError>>;

/** Makes calls within a deadline and behind the circuit, and sorts what they throw. */
export function createAsk({ deadlineMs: usualMs, circuit, onCall }: AskingOptions): Ask {
  return async (call, request, paymentId = null, withinMs = usualMs) => {
    const deadlineMs = Math.min(usualMs, withinMs);
    const began = performance.now();
    let over = false;
    const note = (outcome: GatewayCallNote['outcome'], detail: string | null) =>
      onCall?.({ call, paymentId, durationMs: performance.now() - began, outcome, detail });
    try {
      const answer = await circuit.run(() => {
        const leftMs = deadlineMs - (performance.now() - began);
        // A call that waited too long is not sent: somebody else may have taken over by now.
        if (leftMs <= 0) throw new TurnedAway('waited too long', { retryAfterMs: 1_000 });
        return within(
          leftMs,
          untraced(() => request(() => over)),
        );
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
