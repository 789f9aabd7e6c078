import {
  type Currency,
  type MoneySearch,
  parseCurrency,
  type RecordedDebt,
  type Refund,
  type RefundEntry,
  type Transfer,
  type TransferEntry,
} from '@campusg-pay/core';
import { type Database, query } from '../connection/query.js';
import { defineStatement } from '../connection/statement.js';
import { createRunnerSearch } from './runner-search.js';

interface ListedRow {
  payment_id: string;
  order_id: string;
  currency: string;
  created_at: Date;
}

interface TransferRow extends ListedRow {
  transfer_id: string;
  status: Transfer['status'];
  runner_id: string;
  stripe_account: string | null;
  amount_minor: number;
  netted_minor: number;
  reversed_minor: number;
  debt_minor: number;
  stripe_transfer_id: string | null;
  charge_id: string | null;
  reason: string | null;
  tries: number;
  next_try_at: Date | null;
  updated_at: Date;
}

/** One statement for each condition that an index begins with, as of payments. */
const transfersBy = <const Driver extends string>(driver: Driver) =>
  `
    select t.*, p.order_id, p.currency
    from transfers t join payments p on p.id = t.payment_id
    where ${driver}
      and (t.created_at, t.payment_id) < (:beforeAt::timestamptz, :beforeId::text)
      and (:statuses::text[] is null or t.status = any(:statuses))
      and (:runnerId::text is null or t.runner_id = :runnerId)
      and (:stripeAccount::text is null or t.stripe_account = :stripeAccount)
    order by t.created_at desc, t.payment_id desc limit :limit` as const;

const TRANSFERS = defineStatement<TransferRow>()({
  name: 'list_transfers',
  text: transfersBy('true'),
});

const TRANSFERS_OF_STATUS = defineStatement<TransferRow>()({
  name: 'list_transfers_of_status',
  text: transfersBy('t.status = :status'),
});

const TRANSFERS_OF_RUNNER = defineStatement<TransferRow>()({
  name: 'list_transfers_of_runner',
  text: transfersBy('t.runner_id = :runnerId'),
});

const TRANSFERS_OF_ACCOUNT = defineStatement<TransferRow>()({
  name: 'list_transfers_of_account',
  text: transfersBy('t.stripe_account = :stripeAccount'),
});

interface RefundRow extends ListedRow {
  refund_id: string;
  amount_minor: number;
  is_rest: boolean;
  status: Refund['status'];
  reason: string | null;
  stripe_refund_id: string | null;
  correlation_id: string;
}

const refundsBy = <const Driver extends string>(driver: Driver) =>
  `
    select r.*, p.order_id, p.currency
    from refunds r join payments p on p.id = r.payment_id
    where ${driver}
      and (r.created_at, r.payment_id, r.refund_id)
        < (:beforeAt::timestamptz, :beforeId::text, :beforeRefundId::text)
      and (:statuses::text[] is null or r.status = any(:statuses))
    order by r.created_at desc, r.payment_id desc, r.refund_id desc limit :limit` as const;

const REFUNDS = defineStatement<RefundRow>()({ name: 'list_refunds', text: refundsBy('true') });

const REFUNDS_OF_STATUS = defineStatement<RefundRow>()({
  name: 'list_refunds_of_status',
  text: refundsBy('r.status = :status'),
});

const REFUNDS_OF_PAYMENT = defineStatement<RefundRow>()({
  name: 'list_refunds_of_payment',
  text: refundsBy('r.payment_id = :paymentId'),
});

interface DebtRow extends ListedRow {
  debt_id: string;
  amount_minor: number;
  left_minor: number;
  nettings: { paymentId: string; amountMinor: number; at: string }[] | null;
}

const DEBTS_OF_RUNNER = defineStatement<DebtRow>()({
  name: 'list_debts_of_runner',
  text: `
    select d.*, p.order_id,
      (
        select json_agg(json_build_object(
          'paymentId', n.payment_id, 'amountMinor', n.amount_minor, 'at', n.created_at
        ) order by n.created_at, n.payment_id)
        from debt_nettings n where n.debt_id = d.debt_id
      ) as nettings
    from runner_debts d join payments p on p.id = d.payment_id
    where d.runner_id = :runnerId
    order by d.created_at desc, d.debt_id desc limit :limit`,
});

/** What became of money after it was taken, in Postgres. */
export function createMoneySearch(db: Database): MoneySearch {
  return {
    ...createRunnerSearch(db),
    transfers: async ({ statuses, runnerId, stripeAccount }, { after, limit }) => {
      const [status, ...more] = statuses;
      const before = { beforeAt: after?.createdAt ?? 'infinity', beforeId: after?.paymentId ?? '' };
      const values = { statuses: orNull(statuses), runnerId, stripeAccount, limit, ...before };
      const found =
        stripeAccount !== null
          ? await query(db, TRANSFERS_OF_ACCOUNT, values)
          : runnerId !== null
            ? await query(db, TRANSFERS_OF_RUNNER, values)
            : status !== undefined && more.length === 0
              ? await query(db, TRANSFERS_OF_STATUS, { ...values, status })
              : await query(db, TRANSFERS, values);
      return found.map((rows) => rows.map(toTransferEntry));
    },
    refunds: async ({ statuses, paymentId }, { after, limit }) => {
      const [status, ...more] = statuses;
      const before = {
        beforeAt: after?.createdAt ?? 'infinity',
        beforeId: after?.paymentId ?? '',
        beforeRefundId: after?.refundId ?? '',
      };
      const values = { statuses: orNull(statuses), limit, ...before };
      const found =
        paymentId !== null
          ? await query(db, REFUNDS_OF_PAYMENT, { ...values, paymentId })
          : status !== undefined && more.length === 0
            ? await query(db, REFUNDS_OF_STATUS, { ...values, status })
            : await query(db, REFUNDS, values);
      return found.map((rows) => rows.map(toRefundEntry));
    },
    debtsOf: async (runnerId, limit) => {
      const found = await query(db, DEBTS_OF_RUNNER, { runnerId, limit });
      return found.map((rows) => rows.map(toRecordedDebt));
    },
  };
}

function orNull(statuses: readonly string[]): readonly string[] | null {
  return statuses.length === 0 ? null : statuses;
}

function listedOf(row: ListedRow) {
  const { payment_id: paymentId, order_id: orderId, created_at: createdAt } = row;
  return { paymentId, orderId, currency: currencyOf(row), createdAt };
}

/** Every record is written in a currency that we know. */
function currencyOf({ currency, payment_id: paymentId }: ListedRow): Currency {
  const read = parseCurrency(currency);
  if (read.isErr()) throw new Error(`bug: payment ${paymentId} is in ${currency}`);
  return read.value;
}

function toTransferEntry(row: TransferRow): TransferEntry {
  const transfer = {
    transferId: row.transfer_id,
    status: row.status,
    runnerId: row.runner_id,
    stripeAccount: row.stripe_account,
    amountMinor: row.amount_minor,
    nettedMinor: row.netted_minor,
    reversedMinor: row.reversed_minor,
    debtMinor: row.debt_minor,
    stripeTransferId: row.stripe_transfer_id,
    chargeId: row.charge_id,
    reason: row.reason,
    tries: row.tries,
    nextTryAt: row.next_try_at,
  };
  return { ...listedOf(row), transfer, updatedAt: row.updated_at };
}

function toRefundEntry(row: RefundRow): RefundEntry {
  const refund = {
    refundId: row.refund_id,
    amountMinor: row.amount_minor,
    isRest: row.is_rest,
    status: row.status,
    reason: row.reason,
    stripeRefundId: row.stripe_refund_id,
    createdAt: row.created_at,
    correlationId: row.correlation_id,
  };
  return { ...listedOf(row), refund, refundId: row.refund_id };
}

function toRecordedDebt(row: DebtRow): RecordedDebt {
  return {
    ...listedOf(row),
    debtId: row.debt_id,
    amountMinor: row.amount_minor,
    leftMinor: row.left_minor,
    nettings: (row.nettings ?? []).map((one) => ({ ...one, at: new Date(one.at) })),
  };
}
