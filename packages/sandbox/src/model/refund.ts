import { err, ok, type Result } from 'neverthrow';
import { newId } from '../state/ids.js';
import type { ChargeRecord, RefundRecord } from '../state/records.js';
import { change, emit, stamp, type World } from '../state/world.js';
import { ACCOUNT_ID } from './account.js';
import { formatMinor } from './currencies.js';
import { isChargedBack } from './dispute.js';
import { type Failure, invalid, missing } from './failure.js';
import { type MetadataPatch, patchMetadata } from './metadata.js';
import { returnId } from './movement-ids.js';
import { fundsIn, move } from './movements.js';
import { SHORT } from './short-balance.js';
import { testCardOf } from './test-cards.js';

/** After this a refund that is to fail fails, and a pending one succeeds; on the sandbox's clock. */
const LATER_SECONDS = 5;

/** What to give back; of `charge` and `intent` at least one is there. */
export interface RefundParams {
  readonly charge: string | undefined;
  readonly intent: string | undefined;
  /** Minor units; all that is left when undefined. */
  readonly amount: number | undefined;
  readonly reason: string | null;
  readonly metadata: MetadataPatch | undefined;
}

function chargeToRefund(
  world: World,
  { charge: id, intent: intentId }: RefundParams,
): Result<ChargeRecord, Failure> {
  const intent = intentId === undefined ? undefined : world.store.get('payment_intent', intentId);
  if (intentId !== undefined && intent === undefined) {
    return err(missing('payment_intent', { id: intentId, param: 'payment_intent', status: 400 }));
  }
  const charge = world.store.get('charge', id ?? intent?.latestCharge ?? '');
  if (id !== undefined && charge === undefined) {
    return err(missing('charge', { id, param: 'charge', status: 400 }));
  }
  if (charge === undefined || charge.failure !== null || !charge.captured) {
    // A hold has nothing to give back: it is canceled, not refunded.
    const about = intentId ?? charge?.intent ?? '';
    const message = `This PaymentIntent (${about}) does not have a successful charge to refund.`;
    const param = intentId === undefined ? 'charge' : 'payment_intent';
    return err(invalid(message, { code: 'charge_not_refundable', param }));
  }
  return ok(charge);
}

export function createRefund(world: World, params: RefundParams): Result<RefundRecord, Failure> {
  const target = chargeToRefund(world, params);
  if (target.isErr()) return err(target.error);
  const charge = target.value;
  if (isChargedBack(world, charge)) {
    const message = `Charge ${charge.id} has been charged back; cannot issue a refund.`;
    return err(invalid(message, { code: 'charge_disputed' }));
  }
  const left = charge.amountCaptured - charge.amountRefunded;
  if (left === 0) {
    const message = `Charge ${charge.id} has already been refunded.`;
    return err(invalid(message, { code: 'charge_already_refunded' }));
  }
  const amount = params.amount ?? left;
  if (amount > left) {
    const [asked, rest] = [amount, left].map((each) => formatMinor(each, charge.currency));
    const message = `Refund amount (${asked}) is greater than unrefunded amount on charge (${rest})`;
    return err(invalid(message, { param: 'amount' }));
  }
  const short = amount > fundsIn(world, ACCOUNT_ID, charge.currency).available;
  if (short && world.shortRefunds === 'refused') return err(SHORT);
  return patchMetadata({}, params.metadata).map((metadata) => {
    const { reason } = params;
    const waitsForFunds = short && world.shortRefunds === 'pending';
    return issue(world, charge, { amount, reason, metadata, waitsForFunds });
  });
}

/** Books money that went back to a customer. */
export function bookRefund(world: World, { id, amount, currency }: RefundRecord): void {
  move(world, { type: 'refund', amount: -amount, currency, source: id });
}

/** Books money of a refund that the customer's bank sent back. */
export function bookReturn(world: World, { id: source, amount, currency }: RefundRecord): void {
  move(world, { id: returnId(source), type: 'refund_failure', amount, currency, source });
}

function issue(
  world: World,
  charge: ChargeRecord,
  wish: Pick<RefundRecord, 'amount' | 'metadata' | 'reason' | 'waitsForFunds'>,
): RefundRecord {
  const { waitsForFunds } = wish;
  const fate = waitsForFunds ? 'waiting' : testCardOf(charge).refund;
  const pending = fate === 'pending' || waitsForFunds;
  const stamped = stamp(world, 'refund');
  const at = stamped.created + LATER_SECONDS;
  const record: RefundRecord = {
    id: newId('re'),
    ...stamped,
    ...wish,
    currency: charge.currency,
    charge: charge.id,
    intent: charge.intent,
    status: pending ? 'pending' : 'succeeded',
    failureReason: null,
    moved: !pending,
    later:
      fate === undefined || waitsForFunds
        ? null
        : { at, status: fate === 'pending' ? 'succeeded' : 'failed' },
  };
  world.store.put('refund', record);
  if (record.moved) bookRefund(world, record);
  const refunded = change(world, 'charge', {
    record: charge,
    to: { amountRefunded: charge.amountRefunded + wish.amount },
  });
  emit(world, 'refund.created', { kind: 'refund', record });
  emit(world, 'charge.refunded', { kind: 'charge', record: refunded });
  planRefund(world, record);
  return record;
}

/** Schedules what happens to the refund later, if anything does. */
function planRefund(world: World, { id, later }: RefundRecord): void {
  if (later !== null) world.later(later.at * 1000, () => conclude(world, id));
}

/** Schedules what happens to all refunds later: after a restart, or after they had to wait. */
export function planRefunds(world: World): void {
  for (const each of world.store.tables.refund.values()) planRefund(world, each);
}

function conclude(world: World, id: string): void {
  const refund = world.store.get('refund', id);
  if (world.refundsWait || refund === undefined || refund.later === null) return;
  const { status } = refund.later;
  endWith(world, refund, { status, failureReason: status === 'failed' ? 'unknown' : null });
}

interface FinalState {
  readonly status: Exclude<RefundRecord['status'], 'pending'>;
  readonly failureReason: string | null;
}

/** Ends a pending refund, or lets one fail that had succeeded, as a bank does that returns it. */
export function endRefund(
  world: World,
  refund: RefundRecord,
  end: FinalState,
): Result<RefundRecord, Failure> {
  const returned = refund.status === 'succeeded' && end.status === 'failed';
  if (refund.status === 'pending' || returned) return ok(endWith(world, refund, end));
  const message = `The refund ${refund.id} has a status of ${refund.status}: it can't become ${end.status}.`;
  return err(invalid(message, { param: 'status' }));
}

function endWith(world: World, refund: RefundRecord, end: FinalState): RefundRecord {
  const { status, failureReason } = end;
  const moved = status === 'succeeded' || refund.status === 'succeeded';
  const record = change(world, 'refund', {
    record: refund,
    to: {
      status,
      failureReason,
      moved,
      later: null,
      ...(refund.waitsForFunds ? { waitsForFunds: false } : {}),
    },
  });
  if (refund.status === 'pending' && status === 'succeeded') bookRefund(world, record);
  if (refund.status === 'succeeded' && status === 'failed') bookReturn(world, record);
  const charge = world.store.get('charge', refund.charge);
  if (status !== 'succeeded' && charge !== undefined) {
    const to = { amountRefunded: charge.amountRefunded - refund.amount };
    change(world, 'charge', { record: charge, to });
  }
  const previous = { status: refund.status };
  emit(world, 'refund.updated', { kind: 'refund', record }, previous);
  emit(world, 'charge.refund.updated', { kind: 'refund', record }, previous);
  if (status === 'failed') emit(world, 'refund.failed', { kind: 'refund', record });
  return record;
}

/** Makes the refunds that waited for money in this currency, the oldest first, as far as there is enough. */
export function makeWaiting(world: World, currency: string): void {
  for (const each of world.store.tables.refund.values()) {
    if (each.waitsForFunds !== true || each.currency !== currency) continue;
    const { available } = fundsIn(world, ACCOUNT_ID, currency);
    if (world.shortRefunds !== 'made' && each.amount > available) return;
    endWith(world, each, { status: 'succeeded', failureReason: null });
  }
}

/** Stripe cancels only what waits for the customer to act, which no refund to a card does. */
export function cancelRefund(refund: RefundRecord): Result<RefundRecord, Failure> {
  const message = `This refund (${refund.id}) could not be canceled because it has a status of ${refund.status}. Only a refund with one of the following statuses may be canceled: requires_action.`;
  return err(invalid(message));
}

export function updateRefund(
  world: World,
  refund: RefundRecord,
  patch: MetadataPatch | undefined,
): Result<RefundRecord, Failure> {
  return patchMetadata(refund.metadata, patch).map((metadata) => {
    const record = change(world, 'refund', { record: refund, to: { metadata } });
    emit(world, 'refund.updated', { kind: 'refund', record });
    return record;
  });
}
