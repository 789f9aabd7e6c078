import { cancelRefund, createRefund, type RefundParams, updateRefund } from '../../model/refund.js';
import type { RefundRecord } from '../../state/records.js';
import { showing } from '../answer.js';
import { listing, readList } from '../list-query.js';
import type { Reader } from '../reader.js';
import { found, type Route, route } from '../route.js';

function readRefund(params: Reader): RefundParams {
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

const shown = (refund: RefundRecord) => showing('refund', refund);

export const refundRoutes: readonly Route[] = [
  route('POST', '/v1/refunds', {
    answers: 'refund',
    read: readRefund,
    run: (world, params) => createRefund(world, params).map(shown),
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
      found(world, 'refund', { id, param: 'refund' }).map(shown),
  }),
  route('POST', '/v1/refunds/:refund', {
    answers: 'refund',
    read: (params) => ({ patch: params.metadata() }),
    run: (world, { patch }, { refund: id }) =>
      found(world, 'refund', { id, param: 'refund' })
        .andThen((refund) => updateRefund(world, refund, patch))
        .map(shown),
  }),
  route('POST', '/v1/refunds/:refund/cancel', {
    answers: 'refund',
    read: () => ({}),
    run: (world, _params, { refund: id }) =>
      found(world, 'refund', { id, param: 'refund' }).andThen(cancelRefund).map(shown),
  }),
];
