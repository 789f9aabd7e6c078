import type { Refund, Transfer } from '@campusg-pay/core';

/** A time as JSON has it. */
type InJson<Value> = {
  [Key in keyof Value]: Value[Key] extends Date
    ? string
    : Value[Key] extends Date | null
      ? string | null
      : Value[Key];
};

/** What {@link TAKEN_COLUMNS} selects. */
export interface TakenRow {
  received_minor: number;
  refunded_minor: number | null;
  due_minor: number | null;
  tip_minor: number;
  fee_minor: number;
  refunds: InJson<Refund>[] | null;
  transfer: InJson<Transfer> | null;
}

/**
 * What was taken of a payment `p`, and what has become of it. The refunds and the transfer are looked up
 * for the rows that are told, by a key each: next to nothing for a payment that has none.
 */
export const TAKEN_COLUMNS = `
  p.received_minor, p.refunded_minor, p.due_minor, p.tip_minor, p.fee_minor,
  (
    select json_agg(json_build_object(
      'refundId', r.refund_id, 'amountMinor', r.amount_minor, 'isRest', r.is_rest,
      'status', r.status, 'reason', r.reason, 'stripeRefundId', r.stripe_refund_id,
      'createdAt', r.created_at, 'correlationId', r.correlation_id
    ) order by r.position)
    from refunds r where r.payment_id = p.id
  ) as refunds,
  (
    select json_build_object(
      'transferId', t.transfer_id, 'status', t.status, 'runnerId', t.runner_id,
      'stripeAccount', t.stripe_account, 'amountMinor', t.amount_minor,
      'nettedMinor', t.netted_minor, 'reversedMinor', t.reversed_minor,
      'debtMinor', t.debt_minor, 'stripeTransferId', t.stripe_transfer_id,
      'chargeId', t.charge_id, 'reason', t.reason, 'tries', t.tries, 'nextTryAt', t.next_try_at
    )
    from transfers t where t.payment_id = p.id
  ) as transfer` as const;

/** The refunds and the transfer of a row. */
export function toRefundsAndTransfer({ refunds, transfer }: TakenRow): {
  readonly refunds: readonly Refund[];
  readonly transfer: Transfer | null;
} {
  return {
    refunds: (refunds ?? []).map((one) => ({ ...one, createdAt: new Date(one.createdAt) })),
    transfer: transfer === null ? null : transferFromJson(transfer),
  };
}

/** A transfer as JSON gives it back: times are text there, whatever its type says. */
export function transferFromJson(transfer: InJson<Transfer> | Transfer): Transfer {
  const { nextTryAt } = transfer;
  return { ...transfer, nextTryAt: nextTryAt === null ? null : new Date(nextTryAt) };
}
