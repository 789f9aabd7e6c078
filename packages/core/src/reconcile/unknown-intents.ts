import { err, ok, type Result } from 'neverthrow';
import { isNamed, isOfSameOrder } from '../gateway/identity.js';
import type { ListedIntent } from '../gateway/payment-gateway.js';
import { parseCurrency } from '../money/money.js';
import { isAlive } from '../payment/invariants.js';
import type { Fault } from '../ports.js';
import type { IntentPair } from './judge.js';
import { retrieve, type Sides } from './sides.js';

/**
 * What an intent that no record has may be. One that is over is nobody's concern, nor is one that
 * neither names us nor looks like ours: other systems use the same account.
 */
export function placeUnknown(
  sides: Sides,
  theirs: ListedIntent,
): Promise<Result<IntentPair | null, Fault>> {
  if (!isAlive(theirs.intent)) return Promise.resolve(ok(null));
  return isNamed(theirs.intent) ? beside(sides, theirs) : guessed(sides, theirs);
}

/** Its record is gone or never was; if its order has a live payment, it is one too many. */
async function beside(
  sides: Sides,
  theirs: ListedIntent,
): Promise<Result<IntentPair | null, Fault>> {
  const alone: IntentPair = { kind: 'theirs', theirs, by: 'metadata' };
  const { orderId, installation } = theirs.intent.origin;
  if (orderId === null) return ok(alone);
  const live = await sides.records.liveOfOrder(orderId);
  if (live.isErr()) return err(live.error);
  const [record] = live.value;
  if (record?.type !== 'record') return ok(alone);
  const { ours } = record;
  const { paymentIntentId } = ours.payment;
  if (paymentIntentId === null) return ok(alone);
  // Without a name the terms alone tell whether it was made for that order.
  const isOfOrder =
    installation !== null || isOfSameOrder(ours.payment, theirs.intent, sides.installation);
  if (!isOfOrder) return ok(alone);
  const own = await retrieve(sides, paymentIntentId);
  return own.map((intent) =>
    intent === null || !isAlive(intent.intent)
      ? alone
      : { kind: 'second', ours, theirs, own: intent },
  );
}

/** Without metadata, only for what was made like ours, for a customer of ours. */
async function guessed(
  sides: Sides,
  theirs: ListedIntent,
): Promise<Result<IntentPair | null, Fault>> {
  const { intent, createdAt } = theirs;
  const { stripeCustomerId } = intent;
  const currency = parseCurrency(intent.currency);
  if (!theirs.manual || stripeCustomerId === null || currency.isErr()) return ok(null);
  const { records } = sides;
  const stripeCustomerIds = [stripeCustomerId];
  const known = await records.ourCustomers({ stripeCustomerIds, around: createdAt });
  if (known.isErr()) return err(known.error);
  if (known.value.length === 0) return ok(null);
  const amount = { amountMinor: intent.amountMinor, currency: currency.value };
  const waiting = await records.waitingFor({ stripeCustomerId, amount, createdAt });
  return waiting.map((found): IntentPair => {
    const [only, another] = found;
    if (only?.type === 'record' && another === undefined)
      return { kind: 'guess', ours: only.ours, theirs };
    return { kind: 'theirs', theirs, by: 'customer' };
  });
}
