import { err, ok, type Result } from 'neverthrow';
import { type Failure, invalid, missing } from '../api/failure.js';
import { listing, readList } from '../api/listing.js';
import { patchMetadata, type Reader } from '../api/reader.js';
import { found, type Route, route, showing } from '../api/routes.js';
import { change, emit, stamp, type World } from '../state/world.js';
import { cardOf } from './cards.js';
import { formatMinor } from './currencies.js';
import { newId } from './ids.js';
import type { ChargeRecord, RefundRecord } from './records.js';

/** How long a refund that will fail (or waits) stays as it is, in seconds of the sandbox's time. */
const LATER_SECONDS = 5;

function readRefund(params: Reader) {
  params.notBuilt(
    'currency',
    'customer',
    'instructions_email',
    'origin',
    'refund_application_fee',
    'reverse_transfer',
  );
  const charge = params.text('charge');
  const intent = params.text('payment_intent');
  if (charge === undefined && intent === undefined) {
    const message =
      'One of the following params should be provided for this request: payment_intent or charge.';
    params.refuse(message, 'payment_intent', 'parameter_missing');
  }
  return {
    charge,
    intent,
    amount: params.integer('amount', { min: 1 }),
    reason: params.oneOf('reason', ['duplicate', 'fraudulent', 'requested_by_customer']) ?? null,
    metadata: params.metadata(),
  };
}

type RefundParams = ReturnType<typeof readRefund>;

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

function create(world: World, params: RefundParams): Result<RefundRecord, Failure> {
  const target = chargeToRefund(world, params);
  if (target.isErr()) return err(target.error);
  const charge = target.value;
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
  return patchMetadata({}, params.metadata).map((metadata) => {
    const { reason } = params;
    return issue(world, charge, { amount, reason, metadata });
  });
}

function issue(
  world: World,
  charge: ChargeRecord,
  wish: Pick<RefundRecord, 'amount' | 'metadata' | 'reason'>,
): RefundRecord {
  const fate = cardOf(charge).refund;
  const stamped = stamp(world, 'refund');
  const at = stamped.created + LATER_SECONDS;
  const record: RefundRecord = {
    id: newId('re'),
    ...stamped,
    ...wish,
    currency: charge.currency,
    charge: charge.id,
    intent: charge.intent,
    status: fate === 'pending' ? 'pending' : 'succeeded',
    failureReason: null,
    later: fate === undefined ? null : { at, status: fate === 'pending' ? 'succeeded' : 'failed' },
  };
  world.store.put('refund', record);
  const refunded = change(world, 'charge', {
    record: charge,
    to: { amountRefunded: charge.amountRefunded + wish.amount },
  });
  emit(world, 'refund.created', { kind: 'refund', record });
  emit(world, 'charge.refunded', { kind: 'charge', record: refunded });
  planRefund(world, record);
  return record;
}

/** Makes the refund's later fate happen, if it has one. */
export function planRefund(world: World, { id, later }: RefundRecord): void {
  if (later !== null) world.later(later.at * 1000, () => conclude(world, id));
}

function conclude(world: World, id: string): void {
  const refund = world.store.get('refund', id);
  if (refund === undefined || refund.later === null) return;
  const { status } = refund.later;
  const failed = status === 'failed';
  const record = change(world, 'refund', {
    record: refund,
    to: { status, later: null, failureReason: failed ? 'unknown' : null },
  });
  const charge = world.store.get('charge', refund.charge);
  if (failed && charge !== undefined) {
    const to = { amountRefunded: charge.amountRefunded - refund.amount };
    change(world, 'charge', { record: charge, to });
  }
  const previous = { status: refund.status };
  emit(world, 'refund.updated', { kind: 'refund', record }, previous);
  emit(world, 'charge.refund.updated', { kind: 'refund', record }, previous);
  if (failed) emit(world, 'refund.failed', { kind: 'refund', record });
}

export const refundRoutes: readonly Route[] = [
  route('POST', '/v1/refunds', {
    answers: 'refund',
    read: readRefund,
    run: (world, params) => create(world, params).map((refund) => showing('refund', refund)),
  }),
  route('GET', '/v1/refunds', {
    answers: { listOf: 'refund' },
    read: (params) => ({
      list: readList(params),
      charge: params.text('charge'),
      intent: params.text('payment_intent'),
    }),
    run: (world, { list, charge, intent }) => {
      const byIntent =
        intent === undefined ? undefined : { index: 'payment_intent', value: intent };
      return listing(world, 'refund', {
        params: list,
        url: '/v1/refunds',
        by: charge === undefined ? byIntent : { index: 'charge', value: charge },
        keep: intent === undefined ? undefined : (refund) => refund.intent === intent,
      });
    },
  }),
  route('GET', '/v1/refunds/:refund', {
    answers: 'refund',
    read: () => ({}),
    run: (world, _params, { refund: id }) =>
      found(world, 'refund', { id, param: 'refund' }).map((refund) => showing('refund', refund)),
  }),
  route('POST', '/v1/refunds/:refund', {
    answers: 'refund',
    read: (params) => ({ patch: params.metadata() }),
    run: (world, { patch }, { refund: id }) =>
      found(world, 'refund', { id, param: 'refund' }).andThen((record) =>
        patchMetadata(record.metadata, patch).map((metadata) => {
          const next = change(world, 'refund', { record, to: { metadata } });
          emit(world, 'refund.updated', { kind: 'refund', record: next });
          return showing('refund', next);
        }),
      ),
  }),
];
