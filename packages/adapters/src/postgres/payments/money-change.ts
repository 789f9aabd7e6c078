import { type MoneyChange, NOTHING_TAKEN, type Payment } from '@campusg-pay/core';

/** A debt has less left than a transfer wants to keep back for it: another transfer was faster. */
export const NETTED_BY_ANOTHER = 'runner_debts_left_not_negative';

/**
 * What a change writes beside the payment's own row, after `changed`, which tells whether it may. What
 * is kept back for debts and what is owed again is one update: a row takes one in a statement.
 */
export const MONEY_WRITES = `
    refunded as (
      insert into refunds (
        payment_id, refund_id, position, amount_minor, is_rest, status, reason, stripe_refund_id,
        created_at, correlation_id
      )
      select id, "refundId", position, "amountMinor", "isRest", status, reason, "stripeRefundId",
        "createdAt", "correlationId"
      from changed, json_to_recordset(money -> 'refunds') as refund (
        "refundId" text, position smallint, "amountMinor" bigint, "isRest" boolean, status text,
        reason text, "stripeRefundId" text, "createdAt" timestamptz, "correlationId" text
      )
      on conflict (payment_id, refund_id) do update set
        amount_minor = excluded.amount_minor, is_rest = excluded.is_rest,
        status = excluded.status, reason = excluded.reason,
        stripe_refund_id = excluded.stripe_refund_id, created_at = excluded.created_at,
        correlation_id = excluded.correlation_id
    ), transferred as (
      insert into transfers (
        payment_id, transfer_id, status, runner_id, stripe_account, amount_minor, netted_minor,
        reversed_minor, debt_minor, stripe_transfer_id, charge_id, reason, tries, next_try_at,
        created_at, updated_at
      )
      select id, "transferId", status, "runnerId", "stripeAccount", "amountMinor", "nettedMinor",
        "reversedMinor", "debtMinor", "stripeTransferId", "chargeId", reason, tries, "nextTryAt",
        changed."updatedAt", changed."updatedAt"
      from changed, json_to_recordset(money -> 'transfers') as transfer (
        "transferId" text, status text, "runnerId" text, "stripeAccount" text,
        "amountMinor" bigint, "nettedMinor" bigint, "reversedMinor" bigint, "debtMinor" bigint,
        "stripeTransferId" text, "chargeId" text, reason text, tries integer,
        "nextTryAt" timestamptz
      )
      on conflict (payment_id) do update set
        -- There is no second one of a payment: null breaks the rule that it has an id.
        transfer_id = case when transfers.transfer_id = excluded.transfer_id
          then excluded.transfer_id end,
        status = excluded.status, runner_id = excluded.runner_id,
        stripe_account = excluded.stripe_account, amount_minor = excluded.amount_minor,
        netted_minor = excluded.netted_minor, reversed_minor = excluded.reversed_minor,
        debt_minor = excluded.debt_minor, stripe_transfer_id = excluded.stripe_transfer_id,
        charge_id = excluded.charge_id, reason = excluded.reason, tries = excluded.tries,
        next_try_at = excluded.next_try_at, updated_at = excluded.updated_at
    ), netted as (
      insert into debt_nettings (debt_id, payment_id, amount_minor, created_at)
      select "debtId", id, "amountMinor", changed."updatedAt"
      from changed, json_to_recordset(money -> 'nettings') as netting ("debtId" text, "amountMinor" bigint)
      returning debt_id, - amount_minor as more
    ), unnetted as (
      delete from debt_nettings using changed
      where payment_id = changed.id and (money ->> 'isNettingUndone')::boolean
      returning debt_id, amount_minor as more
    ), left_of_debts as (
      update runner_debts set left_minor = left_minor + moved.more
      from (
        -- Several transfers of a runner may keep back for the same debt: one update a row.
        select debt_id, sum(more)::bigint as more
        from (select * from netted union all select * from unnetted) each
        group by debt_id
      ) moved
      where runner_debts.debt_id = moved.debt_id
    ), indebted as (
      insert into runner_debts (
        debt_id, runner_id, currency, payment_id, amount_minor, left_minor, created_at
      )
      select "debtId", money ->> 'indebted', currency, id, "amountMinor", "amountMinor",
        changed."updatedAt"
      from changed, json_to_recordset(money -> 'debts') as debt ("debtId" text, "amountMinor" bigint)
    )` as const;

/** What is written of the money's way after the capture. Who owes is who got the transfer. */
export function moneyValues(money: MoneyChange, payment: Payment) {
  const { refunds, transfer } = 'transfer' in payment ? payment : NOTHING_TAKEN;
  const places = new Map(refunds.map(({ refundId }, index) => [refundId, index + 1]));
  return {
    refunds: money.refunds.map((one) => ({ ...one, position: places.get(one.refundId) })),
    transfers: money.transfer === null ? [] : [money.transfer],
    nettings: money.nettings,
    isNettingUndone: money.isNettingUndone,
    debts: money.debts,
    indebted: transfer?.runnerId ?? null,
  };
}
