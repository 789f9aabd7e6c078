import type { Payment } from '../payment/payment.js';
import { DAY_MS } from '../time/durations.js';
import type { IntentSnapshot } from './intent.js';

/**
 * One database on a Stripe account that others may use as well, such as production and staging.
 * What it makes there says so in its metadata.
 */
export interface Installation {
  /** Random: no two databases have the same. */
  readonly id: string;
  /** What was made before then does not name it. Null: nothing was made before it had its id. */
  readonly namedSince: Date | null;
}

/** What a PaymentIntent is to a payment. */
export type Fit =
  | { readonly type: 'own' }
  /** It is the payment's by its id or its metadata, on terms that the payment does not have. */
  | { readonly type: 'differs'; readonly why: string }
  /** Somebody else's, whatever payment it names: nothing is concluded from it, or done to it. */
  | { readonly type: 'foreign' };

const OWN: Fit = { type: 'own' };
const FOREIGN: Fit = { type: 'foreign' };

/**
 * What a PaymentIntent is to a payment. The one that the record has is its own, whatever its metadata
 * has been made to say. Any other must name installation and payment, and be on the same terms.
 */
export function fitOf(payment: Payment, intent: IntentSnapshot, installation: Installation): Fit {
  if (payment.paymentIntentId === intent.paymentIntentId) {
    const why = amountDiffers(payment, intent);
    return why === null ? OWN : { type: 'differs', why };
  }
  if (intent.origin.paymentId !== payment.id) return FOREIGN;
  const why = termsDiffer(payment, intent);
  if (intent.origin.installation === installation.id)
    return why === null ? OWN : { type: 'differs', why };
  return isNamelessAsEver(payment, intent, installation) && why === null ? OWN : FOREIGN;
}

/** Whether a PaymentIntent may be adopted for a payment, or canceled for it. */
export function belongsTo(
  payment: Payment,
  intent: IntentSnapshot,
  installation: Installation,
): boolean {
  return (
    fitOf(payment, intent, installation).type === 'own' && customerDiffers(payment, intent) === null
  );
}

/** Whether it was made for the payment's order on the same terms, though for a payment that is gone. */
export function isOfSameOrder(
  payment: Payment,
  intent: IntentSnapshot,
  installation: Installation,
): boolean {
  const isNamed =
    intent.origin.installation === installation.id ||
    isNamelessAsEver(payment, intent, installation);
  return isNamed && termsDiffer(payment, intent) === null;
}

/** Replicas of the release before may still be at work for so long. */
const GRACE_MS = DAY_MS;

/** Nobody named an installation then, so the terms must do; the customer is ours alone. */
function isNamelessAsEver(
  payment: Payment,
  { origin, stripeCustomerId }: IntentSnapshot,
  installation: Installation,
): boolean {
  if (origin.installation !== null || stripeCustomerId === null) return false;
  return payment.stripeCustomerId === stripeCustomerId && mayBeNameless(payment, installation);
}

/** Whether what was made for a record may name no installation. */
export function mayBeNameless({ createdAt }: Payment, { namedSince }: Installation): boolean {
  return isBeforeNames(createdAt, namedSince);
}

function isBeforeNames(time: Date, namedSince: Date | null): boolean {
  return namedSince !== null && time.getTime() < namedSince.getTime() + GRACE_MS;
}

/**
 * The name that goes into the metadata of what is made for a record. None for a record from before
 * there were names: its call may have been made already, and a repeat must be the same to the byte.
 */
export function nameFor({ id, namedSince }: Installation, recordedAt: Date): string | null {
  return namedSince !== null && recordedAt < namedSince ? null : id;
}

/**
 * Whether a PaymentIntent that no record has may have been made by this installation: a record may
 * have been lost. One that names another, or none although all were named by then, was not.
 */
export function mayBeOurs(
  { origin }: IntentSnapshot,
  madeAt: Date,
  { id, namedSince }: Installation,
): boolean {
  if (origin.installation !== null) return origin.installation === id;
  return isBeforeNames(madeAt, namedSince);
}

/** Whether its metadata looks like ours: other systems on the account write something else. */
export function isNamed({ origin }: IntentSnapshot): boolean {
  return Object.values(origin).some((name) => name !== null);
}

function termsDiffer(payment: Payment, intent: IntentSnapshot): string | null {
  const { orderId } = intent.origin;
  return (
    amountDiffers(payment, intent) ??
    (orderId === payment.orderId ? null : `order at the gateway is ${orderId}`) ??
    customerDiffers(payment, intent)
  );
}

function amountDiffers(payment: Payment, intent: IntentSnapshot): string | null {
  const { amountMinor, currency } = intent;
  const same = isExpectedAmount(payment, intent) && currency === payment.amount.currency;
  return same ? null : `amount at the gateway is ${amountMinor} ${currency}`;
}

/**
 * Whether a PaymentIntent is of the amount that the record knows: that of the hold, or, where more was
 * asked for and allowed, what the hold was raised to, or what was taken beyond it.
 */
export function isExpectedAmount(
  payment: Payment,
  { amountMinor, status }: Pick<IntentSnapshot, 'amountMinor' | 'status'>,
): boolean {
  const held = payment.amount.amountMinor;
  if (amountMinor === held) return true;
  if (amountMinor < held) return false;
  if (payment.status === 'AUTHORIZED') return payment.headroom !== null;
  if (payment.status !== 'RELEASED' && payment.status !== 'REVERTED') return false;
  // What was raised and let go all the same holds nothing any more.
  const isLetGo = payment.status === 'REVERTED' && payment.headroom !== undefined;
  return payment.dueMinor === amountMinor || (isLetGo && status === 'canceled');
}

/** Where one side does not tell whose card it is, nothing speaks against it. */
function customerDiffers(payment: Payment, { stripeCustomerId }: IntentSnapshot): string | null {
  if (payment.stripeCustomerId === null || stripeCustomerId === null) return null;
  const same = payment.stripeCustomerId === stripeCustomerId;
  return same ? null : `customer at the gateway is ${stripeCustomerId}`;
}
