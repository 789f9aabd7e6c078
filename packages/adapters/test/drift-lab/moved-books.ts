import { INSTALLATION } from '@campusg-pay/core/testing';
import type { SeedRefund, SeedTransfer } from '@campusg-pay/sandbox';

/** Columns of `transfers`, in the form in which Postgres reads them from JSON. */
export interface TransferRowSeed {
  readonly payment_id: string;
  readonly transfer_id: string;
  readonly status: string;
  readonly runner_id: string;
  readonly stripe_account: string | null;
  readonly amount_minor: number;
  readonly netted_minor: number;
  readonly reversed_minor: number;
  readonly debt_minor: number;
  readonly stripe_transfer_id: string | null;
  readonly charge_id: string | null;
  readonly reason: string | null;
  readonly tries: number;
  readonly next_try_at: string | null;
  readonly created_at: string;
  readonly updated_at: string;
}

/** The same of `refunds`. */
export interface RefundRowSeed {
  readonly payment_id: string;
  readonly refund_id: string;
  readonly position: number;
  readonly amount_minor: number;
  readonly is_rest: boolean;
  readonly status: string;
  readonly stripe_refund_id: string | null;
  readonly created_at: string;
  readonly correlation_id: string;
}

/** What became of the money of one payment. Amounts in minor units. */
export interface Moved {
  readonly receivedMinor: number;
  readonly dueMinor: number | null;
  readonly tipMinor: number;
  readonly feeMinor: number;
  readonly refundedMinor: number | null;
  readonly sent: { readonly row: TransferRowSeed; readonly transfer: SeedTransfer } | null;
  readonly back: { readonly row: RefundRowSeed; readonly refund: SeedRefund } | null;
}

interface Names {
  readonly index: number | string;
  readonly id: string;
  readonly createdS: number;
}

const FEE = 100;
const TIP = 100;
const LEFT_OUT = 200;
const PART = 300;

export const ACCOUNT = 'acct_lab';

/**
 * `paid`: all of it, less a fee, went to the runner. `shared`: less than the hold was taken, a tip within, a
 * part was given back, and the runner's share of that came back. `returned`: all went back, by both.
 */
export function movedOf(fate: string, names: Names, amountMinor: number): Moved {
  switch (fate) {
    case 'paid':
      return paid(names, amountMinor, { tipMinor: 0, refundMinor: 0 });
    case 'shared':
      return paid(names, amountMinor - LEFT_OUT, { tipMinor: TIP, refundMinor: PART });
    case 'returned':
      return paid(names, amountMinor, { tipMinor: 0, refundMinor: amountMinor });
    default:
      return {
        receivedMinor: amountMinor,
        dueMinor: null,
        tipMinor: 0,
        feeMinor: 0,
        refundedMinor: null,
        sent: null,
        back: null,
      };
  }
}

function paid(
  names: Names,
  receivedMinor: number,
  { tipMinor, refundMinor }: { readonly tipMinor: number; readonly refundMinor: number },
): Moved {
  const sentMinor = receivedMinor - FEE;
  const isWhole = refundMinor === receivedMinor;
  const reversedMinor = Math.round((sentMinor * refundMinor) / receivedMinor);
  return {
    receivedMinor,
    dueMinor: receivedMinor,
    tipMinor,
    feeMinor: FEE,
    refundedMinor: refundMinor === 0 || isWhole ? null : refundMinor,
    sent: sentOf(names, { sentMinor, reversedMinor }),
    back: refundMinor === 0 ? null : backOf(names, refundMinor, isWhole),
  };
}

function sentOf(
  { index, id, createdS }: Names,
  { sentMinor, reversedMinor }: { readonly sentMinor: number; readonly reversedMinor: number },
) {
  const created = createdS + 5;
  const stripeTransferId = `tr_lab${index}t`;
  const chargeId = `ch_lab${index}`;
  const transferId = `share-${index}`;
  const at = new Date(created * 1000).toISOString();
  const row: TransferRowSeed = {
    payment_id: id,
    transfer_id: transferId,
    status: reversedMinor === sentMinor ? 'reversed' : 'sent',
    runner_id: 'runner-1',
    stripe_account: ACCOUNT,
    amount_minor: sentMinor,
    netted_minor: 0,
    reversed_minor: reversedMinor,
    debt_minor: 0,
    stripe_transfer_id: stripeTransferId,
    charge_id: chargeId,
    reason: null,
    tries: 0,
    next_try_at: null,
    created_at: at,
    updated_at: at,
  };
  const metadata = {
    payment_id: id,
    order_id: `order-${index}`,
    transfer_id: transferId,
    installation: INSTALLATION.id,
  };
  const transfer: SeedTransfer = {
    id: stripeTransferId,
    created,
    amount: sentMinor,
    currency: 'usd',
    destination: ACCOUNT,
    metadata,
    source: chargeId,
    group: id,
    reversed: reversedMinor,
  };
  return { row, transfer };
}

function backOf({ index, id, createdS }: Names, amountMinor: number, isWhole: boolean) {
  const created = createdS + 10;
  const refundId = `part-${index}`;
  const stripeRefundId = `re_lab${index}r`;
  const row: RefundRowSeed = {
    payment_id: id,
    refund_id: refundId,
    position: 1,
    amount_minor: amountMinor,
    is_rest: isWhole,
    status: 'succeeded',
    stripe_refund_id: stripeRefundId,
    created_at: new Date(created * 1000).toISOString(),
    correlation_id: 'lab',
  };
  const metadata = { payment_id: id, refund_id: refundId, installation: INSTALLATION.id };
  const refund: SeedRefund = {
    id: stripeRefundId,
    created,
    paymentIntent: `pi_lab${index}`,
    amount: amountMinor,
    metadata,
  };
  return { row, refund };
}
