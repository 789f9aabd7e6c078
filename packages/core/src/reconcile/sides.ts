import { err, ok, type Result } from 'neverthrow';
import type { Escrow } from '../escrow.js';
import { FOREIGN_ACCOUNT } from '../gateway/account.js';
import type { GatewayFault } from '../gateway/gateway-answer.js';
import type { Installation } from '../gateway/identity.js';
import type { PaymentGateway } from '../gateway/payment-gateway.js';
import type { Clock, Fault } from '../ports.js';
import { type Backoff, backoffMs } from '../time/backoff.js';
import type { Scheduler } from '../time/scheduler.js';
import type { TheirSide } from './discrepancy.js';
import type { ReconcileRecords } from './record-stream.js';

/** Both sides, as reconciling reads them. */
export interface Sides {
  readonly records: ReconcileRecords;
  readonly gateway: PaymentGateway;
  readonly clock: Clock;
  /** Whose PaymentIntents are ours. */
  readonly installation: Installation;
  readonly scheduler: Scheduler;
  /** A digest without collisions, such as SHA-256 in hex: plans are sealed with it. */
  readonly digest: (text: string) => string;
  /** Aborted when somebody wants to stop. */
  readonly stop: AbortSignal;
  /** Whether Stripe has answered at all: only then is it worth waiting for it to be back. */
  readonly met: { stripe: boolean };
}

const TRIES = 6;
const TRIES_UNMET = 2;
const PAUSES: Backoff = { firstMs: 500, longestMs: 16_000 };

/** Asks Stripe, and again where it is only busy: a long run survives a short outage. */
export async function patiently<Value>(
  { stop, met, scheduler }: Sides,
  ask: () => Promise<Result<Value, GatewayFault>>,
): Promise<Result<Value, GatewayFault>> {
  for (let tries = 1; ; tries += 1) {
    const answer = await ask();
    if (answer.isOk()) met.stripe = true;
    const odd = answer.isErr() && answer.error.unreadable === true;
    const most = met.stripe && !odd ? TRIES : TRIES_UNMET;
    if (answer.isOk() || tries >= most || stop.aborted) return answer;
    const pauseMs = answer.error.retryAfterMs ?? backoffMs(PAUSES, tries - 1, scheduler.random());
    // Woken early by whoever wants to stop, which the next look at `stop` notices.
    await scheduler.pause(pauseMs, stop);
  }
}

/** With the key of another account all would be missing: nothing is said of it, and nothing done. */
export async function refuseForeign({
  isOurAccount,
}: Pick<Escrow, 'isOurAccount'>): Promise<Result<void, Fault>> {
  const account = await isOurAccount();
  return account.andThen((isOurs) => (isOurs ? ok() : err(FOREIGN_ACCOUNT)));
}

/** A PaymentIntent as it is now, with when it was made; null when Stripe has none. */
export async function retrieve(
  sides: Sides,
  paymentIntentId: string,
  createdAt: Date | null = null,
): Promise<Result<TheirSide | null, Fault>> {
  const reply = await patiently(sides, () => sides.gateway.retrieve(paymentIntentId));
  if (reply.isErr()) return err(reply.error);
  const report = reply.value?.report;
  if (report === undefined) return ok(null);
  if (report.type !== 'intent') throw new Error('bug: a retrieve told of no PaymentIntent');
  return ok({ createdAt, intent: report.intent });
}
