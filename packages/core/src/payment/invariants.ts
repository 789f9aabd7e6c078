import { givenBackMinor, type IntentSnapshot } from '../gateway/intent.js';
import { unreachable } from '../unreachable.js';
import { imbalanceOf } from './money-way.js';
import { isLive, type Payment, type Status } from './payment.js';
import type { PaymentEventType } from './payment-events.js';
import { arrow } from './transitions.js';

// What must be true of a payment and of its PaymentIntent, said once: the tests, the fault matrix,
// the simulator and reconciliation judge by it.

/** What a PaymentIntent is judged by. Amounts in minor units. */
export type IntentFacts = Pick<
  IntentSnapshot,
  'paymentIntentId' | 'status' | 'amountMinor' | 'receivedMinor' | 'refundedMinor'
> &
  Partial<Pick<IntentSnapshot, 'latestRefunds'>>;

/** Whether there is money in it, or can be without us. */
export function isAlive(intent: IntentFacts): boolean {
  const { status, receivedMinor } = intent;
  return status === 'succeeded'
    ? (givenBackMinor(intent) ?? 0) < receivedMinor
    : status !== 'canceled';
}

/** Whether more was captured than was held, or more given back than was captured. */
export function isOverdrawn(intent: IntentFacts): boolean {
  const { amountMinor, receivedMinor } = intent;
  return receivedMinor > amountMinor || (givenBackMinor(intent) ?? 0) > receivedMinor;
}

/** RELEASED means that what was to be taken was received, or a person is told. */
export function isWhole(payment: Payment): boolean {
  if (payment.status !== 'RELEASED' || payment.review !== null) return true;
  return payment.receivedMinor === (payment.dueMinor ?? payment.amount.amountMinor);
}

/** Whether these are the numbers from 1, or from the one after `before`, to `last`, in order. */
export function isNumbered(versions: readonly number[], last: number, before = 0): boolean {
  return (
    versions.length === last - before &&
    versions.every((version, index) => version === before + index + 1)
  );
}

/** Said here once more, so that the table can't make them less final. */
const FINAL: readonly Status[] = ['REVERTED', 'FAILED'];

/** Where a history leads from INITIATING, or from where it goes on; a sentence where it takes a way that there is not. */
export function whereTo(
  history: readonly PaymentEventType[],
  from: Status = 'INITIATING',
): Status | `${string} after ${string}` {
  let status = from;
  for (const event of history) {
    const to = arrow(status, event);
    if (to === undefined || (FINAL.includes(status) && to !== status))
      return `${event} after ${status}`;
    status = to;
  }
  return status;
}

/** What each status stands for at the gateway, once nothing is owed any more. */
export function agrees(payment: Payment, intent: IntentFacts | null): boolean {
  // A payment may fail without hearing of any: whatever was made all the same must be over.
  const unheard = payment.status === 'FAILED' && payment.paymentIntentId === null;
  if (!unheard && intent !== null && payment.paymentIntentId !== intent.paymentIntentId)
    return false;
  switch (payment.status) {
    case 'INITIATING':
      return intent?.status === 'requires_action' || intent?.status === 'processing';
    case 'AUTHORIZED':
      return intent?.status === 'requires_capture';
    case 'RELEASED':
      return intent?.status === 'succeeded' && isAlive(intent);
    case 'REVERTED':
      return intent !== null && !isAlive(intent);
    case 'FAILED':
      return intent === null || intent.status === 'canceled';
    default:
      return unreachable(payment);
  }
}

/** A payment with what else is written about it. */
export interface Recorded {
  readonly payment: Payment;
  readonly history: readonly { readonly version: number; readonly type: PaymentEventType }[];
  /** How many live payments its order has. */
  readonly liveOfOrder: number;
  /**
   * How far its history has left the database, and what the payment was by then: what is there goes on
   * after that. Left out or null: nowhere.
   */
  readonly archived?: { readonly version: number; readonly status: Status } | null;
}

/** What a record by itself can break. */
export type RecordInvariant =
  | 'history_has_gaps'
  | 'status_without_history'
  | 'released_in_part'
  | 'two_live_payments'
  | 'unbalanced'
  | 'waits_for_nothing';

/** What is wrong with a record, whatever Stripe says. Each with the facts, for people. */
export function brokenByRecord({
  payment,
  history,
  liveOfOrder,
  archived = null,
}: Recorded): readonly { readonly invariant: RecordInvariant; readonly detail: string }[] {
  const { status, version } = payment;
  const versions = history.map((entry) => entry.version);
  const reached = whereTo(
    history.map(({ type }) => type),
    archived?.status,
  );
  const broken: { invariant: RecordInvariant; detail: string }[] = [];
  const add = (invariant: RecordInvariant, detail: string) => broken.push({ invariant, detail });
  if (!isNumbered(versions, version, archived?.version))
    add(
      'history_has_gaps',
      `events ${versions.join() || 'none'} of ${version}${archived === null ? '' : `, archived to ${archived.version}`}`,
    );
  else if (reached !== status)
    add('status_without_history', `${status}, but ${reached} by its history`);
  if (!isWhole(payment) && payment.status === 'RELEASED')
    add(
      'released_in_part',
      `${payment.receivedMinor} of ${payment.dueMinor ?? payment.amount.amountMinor} received`,
    );
  const unbalanced = imbalanceOf(payment);
  if (unbalanced !== null) add('unbalanced', unbalanced);
  if (isLive(payment) && liveOfOrder > 1)
    add('two_live_payments', `${liveOfOrder} live payments of ${payment.orderId}`);
  const silent = payment.paymentIntentId === null && payment.operation === null;
  if (status === 'INITIATING' && silent)
    add('waits_for_nothing', 'no PaymentIntent, and no call owed');
  return broken;
}
