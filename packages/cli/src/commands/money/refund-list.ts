import { findNamed, type RefundEntry, type RefundStatus } from '@campusg-pay/core';
import { type Column, wrapped } from '../../terminal/table.js';
import { REFUND_PLACE, refundDocument } from '../../wording/money-list-documents.js';
import { moneyWords } from '../../wording/payment-wording.js';
import { minuteOf } from '../../wording/time-wording.js';
import { fail } from '../endings.js';
import { withReadSide } from '../session.js';
import { type MoneyListOptions, showMoneyList } from './money-list.js';

export interface RefundListOptions extends MoneyListOptions {
  readonly status?: readonly RefundStatus[];
  /** Of this payment: an order, a payment or a PaymentIntent. */
  readonly payment?: string;
}

/** `campusg-pay refunds list` */
export async function refundsListCommand(options: RefundListOptions): Promise<number> {
  const { status = [], payment } = options;
  let paymentId: string | null = null;
  if (payment !== undefined) {
    const ended = await withReadSide(async ({ looking }) => {
      const found = await findNamed(looking, payment);
      if (found.isErr()) return fail(found.error);
      paymentId = found.value.payment.id;
      return 0;
    });
    if (paymentId === null) return ended;
  }
  const filter = { statuses: status, paymentId };
  return showMoneyList(
    {
      problem: null,
      place: REFUND_PLACE,
      read: ({ money }, slice) => money.refunds(filter, slice),
      document: refundDocument,
      columns: COLUMNS,
      none: 'No refund is like that.',
    },
    options,
  );
}

const COLUMNS: readonly Column<RefundEntry>[] = [
  { title: 'ORDER', value: ({ orderId }) => orderId, least: 14 },
  { title: 'REFUND', value: ({ refundId }) => refundId, least: 9, spare: 2 },
  {
    title: 'STATUS',
    value: ({ refund }) => refund.status,
    style: ({ refund: { status } }) =>
      status === 'succeeded' ? 'green' : status === 'failed' ? 'red' : 'yellow',
  },
  {
    title: 'AMOUNT',
    value: ({ refund: { amountMinor }, currency }) => moneyWords({ amountMinor, currency }),
    align: 'right',
  },
  { title: 'ASKED (UTC)', value: ({ createdAt }) => minuteOf(createdAt), spare: 1 },
  { title: 'AT STRIPE', value: ({ refund }) => refund.stripeRefundId ?? '', least: 9, spare: 3 },
  { title: 'WHY', value: ({ refund }) => refund.reason ?? '', least: 12, spare: 4, cut: wrapped },
];
