import {
  BrokenCircuitError,
  BulkheadRejectedError,
  bulkhead,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhen,
} from 'cockatiel';
import Stripe from 'stripe';
import { isConnectionClosed, isNotExecuted } from './gateway-fault.js';
import { DeadlineExceeded, TurnedAway } from './sdk-errors.js';

/**
 * How much Stripe is asked at once, and when it is left alone. The defaults are those of
 * `connectStripe`, which takes any part of these.
 */
export interface CircuitOptions {
  /**
   * Most calls at once, at least 1. The default is twice what Stripe allows in a second: 25 for each
   * endpoint (docs.stripe.com/rate-limits).
   *
   * @default 50
   */
  readonly concurrency: number;
  /**
   * Most calls that wait for a free place, 0 or more; whoever comes then is turned away.
   *
   * @default 200
   */
  readonly queue: number;
  /**
   * Outages in a row after which Stripe is left alone, at least 1; a dozen are no coincidence.
   *
   * @default 12
   */
  readonly outages: number;
  /**
   * For how long, in milliseconds; then one call tries whether it is back.
   *
   * @default 1_000
   */
  readonly restMs: number;
  /** Told when Stripe is left alone and when it is asked again. */
  readonly onChange?: (state: 'resting' | 'trying' | 'working') => void;
}

/** Stands between us and Stripe, so that its troubles don't become ours, nor ours its. */
export interface Circuit {
  /** Makes the call, or throws `TurnedAway` without making it. */
  run<T>(call: () => Promise<T>): Promise<T>;
}

/** Stripe says when a repeat makes sense; a repeat is paid for by ten calls that went well. */
const RETRY_COST = 10;
const RETRY_SAVINGS = 50;
const RETRY_PAUSE_MS = 300;

/** A full queue moves on within a second or so, and so does a Stripe that is well again. */
const BUSY_RETRY_MS = 1_000;

/** A circuit breaker, a limit of calls at once, and a budget of repeats. */
export function createCircuit(options: CircuitOptions): Circuit {
  const { concurrency, queue, outages, restMs, onChange } = options;
  const breaker = circuitBreaker(handleWhen(isOutage), {
    halfOpenAfter: restMs,
    breaker: new ConsecutiveBreaker(outages),
  });
  breaker.onStateChange((state) => onChange?.(wordFor(state)));
  const places = bulkhead(concurrency, queue);
  let savings = RETRY_SAVINGS;

  const once = async <T>(call: () => Promise<T>): Promise<T> => {
    try {
      const answer = await places.execute(() => {
        // The breaker would let all others wait for the one that tries, up to its whole deadline.
        if (breaker.state === CircuitState.HalfOpen) {
          throw new TurnedAway('Stripe is being tried', { retryAfterMs: BUSY_RETRY_MS });
        }
        return breaker.execute(call);
      });
      savings = Math.min(savings + 1, RETRY_SAVINGS);
      return answer;
    } catch (error) {
      if (error instanceof BrokenCircuitError)
        throw new TurnedAway('Stripe is resting', { retryAfterMs: restMs, cause: error });
      if (error instanceof BulkheadRejectedError) {
        throw new TurnedAway('too many calls wait', { retryAfterMs: BUSY_RETRY_MS, cause: error });
      }
      throw error;
    }
  };
  return {
    run: async (call) => {
      try {
        return await once(call);
      } catch (error) {
        if (!wantsRepeat(error) || savings < RETRY_COST) throw error;
        savings -= RETRY_COST;
        await pause(error);
        return await once(call).catch((repeated: unknown) => {
          // A repeat that was not made says nothing about the first try: it may have gone through.
          throw isNotExecuted(repeated) ? error : repeated;
        });
      }
    },
  };
}

/** Stripe did not answer, or not in its right mind. Refusals, limits and locks are answers. */
function isOutage(error: Error): boolean {
  if (error instanceof DeadlineExceeded || error instanceof Stripe.errors.StripeConnectionError) {
    return true;
  }
  return error instanceof Stripe.errors.StripeAPIError && error.statusCode !== 409;
}

/** The same call under the same key may well go through now. */
function wantsRepeat(error: unknown): boolean {
  return isConnectionClosed(error) || headerOf(error, 'stripe-should-retry') === 'true';
}

async function pause(error: unknown): Promise<void> {
  // It had merely rested for too long; a new one can be had at once.
  if (isConnectionClosed(error)) return;
  const seconds = Number(headerOf(error, 'retry-after') ?? 0);
  const wantedMs = seconds > 0 && seconds <= 5 ? seconds * 1_000 : RETRY_PAUSE_MS;
  await new Promise((resolve) => setTimeout(resolve, wantedMs * (1 + Math.random() / 2)));
}

function headerOf(error: unknown, name: string): unknown {
  if (!(error instanceof Stripe.errors.StripeError)) return undefined;
  const headers: Readonly<Record<string, unknown>> = error.headers ?? {};
  return headers[name];
}

function wordFor(state: CircuitState): 'resting' | 'trying' | 'working' {
  if (state === CircuitState.Closed) return 'working';
  return state === CircuitState.HalfOpen ? 'trying' : 'resting';
}
