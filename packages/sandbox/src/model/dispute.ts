import { err, ok, type Result } from 'neverthrow';
import { newId } from '../state/ids.js';
import type {
  ChargeRecord,
  DisputeReason,
  DisputeRecord,
  DisputeStatus,
} from '../state/records.js';
import { change, emit, stamp, type World } from '../state/world.js';
import { type Failure, invalid } from './failure.js';
import { move } from './movements.js';
import { testCardOf } from './test-cards.js';

/** After this a captured charge to a test card that disputes is disputed; on the sandbox's clock. */
const LATER_MS = 1000;

/** While a dispute has one of these, the bank has the money, and a refund would give it twice. */
const FUNDS_AWAY: readonly DisputeStatus[] = [
  'needs_response',
  'under_review',
  'lost',
  'appeal_needs_response',
  'appeal_under_review',
];

const CLOSED: readonly DisputeStatus[] = ['lost', 'prevented', 'warning_closed', 'won'];

/** Whether the disputed amount is taken from the account; an inquiry takes none. */
export function holdsFunds({ status }: Pick<DisputeRecord, 'status'>): boolean {
  return FUNDS_AWAY.includes(status);
}

/** Whether a charge can't be refunded any more, because the bank took its money back. */
export function isChargedBack({ store }: World, charge: ChargeRecord): boolean {
  return store.tables.dispute.withKey('charge', charge.id).some(holdsFunds);
}

/** Books what the bank took, or gave back. */
export function bookDispute(world: World, dispute: DisputeRecord): void {
  const { id: source, currency } = dispute;
  const amount = holdsFunds(dispute) ? -dispute.amount : dispute.amount;
  move(world, { id: newId('txn'), type: 'adjustment', amount, currency, source });
}

/** What a bank says about a charge. */
export interface DisputeClaim {
  /** Minor units; may differ from what was charged. */
  readonly amount: number;
  readonly reason: DisputeReason;
  readonly status: DisputeStatus;
}

/** A charge can have several, as Stripe's test card for multiple disputes shows. */
export function openDispute(
  world: World,
  charge: ChargeRecord,
  claim: DisputeClaim,
): DisputeRecord {
  const record: DisputeRecord = {
    id: newId('du'),
    ...stamp(world, 'dispute'),
    ...claim,
    currency: charge.currency,
    charge: charge.id,
    intent: charge.intent,
    card: charge.card,
  };
  world.store.put('dispute', record);
  change(world, 'charge', { record: charge, to: { disputed: true } });
  const subject = { kind: 'dispute', record } as const;
  emit(world, 'charge.dispute.created', subject);
  if (holdsFunds(record)) {
    bookDispute(world, record);
    emit(world, 'charge.dispute.funds_withdrawn', subject);
  }
  if (CLOSED.includes(record.status)) emit(world, 'charge.dispute.closed', subject);
  return record;
}

/** Gives a dispute another status, whichever it had: banks change their mind, too. */
export function moveDispute(
  world: World,
  dispute: DisputeRecord,
  status: DisputeStatus,
): Result<DisputeRecord, Failure> {
  if (dispute.status === status) {
    const message = `The dispute ${dispute.id} has a status of ${status} already.`;
    return err(invalid(message, { param: 'status' }));
  }
  const record = change(world, 'dispute', { record: dispute, to: { status } });
  const subject = { kind: 'dispute', record } as const;
  const closed = CLOSED.includes(status);
  const type = closed ? 'charge.dispute.closed' : 'charge.dispute.updated';
  emit(world, type, subject, { status: dispute.status });
  const before = holdsFunds(dispute);
  const after = holdsFunds(record);
  if (before !== after) bookDispute(world, record);
  if (!before && after) emit(world, 'charge.dispute.funds_withdrawn', subject);
  if (before && !after) emit(world, 'charge.dispute.funds_reinstated', subject);
  return ok(record);
}

/** The account gives in: Stripe lets it do so while a dispute waits for its answer. */
export function closeDispute(world: World, dispute: DisputeRecord): Result<DisputeRecord, Failure> {
  if (dispute.status === 'needs_response') return moveDispute(world, dispute, 'lost');
  const message = `This dispute (${dispute.id}) could not be closed because it has a status of ${dispute.status}. Only a dispute with one of the following statuses may be closed: needs_response.`;
  return err(invalid(message));
}

/** Schedules the dispute of a captured charge whose test card makes one. */
export function planDispute(world: World, charge: ChargeRecord): void {
  if (!charge.captured || testCardOf(charge).dispute === undefined) return;
  world.later(world.clock.nowMs() + LATER_MS, () => disputeByCard(world, charge.id));
}

function disputeByCard(world: World, chargeId: string): void {
  const charge = world.store.get('charge', chargeId);
  if (charge === undefined || charge.disputed === true) return;
  const claim = testCardOf(charge).dispute;
  if (claim !== undefined) openDispute(world, charge, { ...claim, amount: charge.amountCaptured });
}
