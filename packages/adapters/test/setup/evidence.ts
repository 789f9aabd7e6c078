import type {
  Announcement,
  HistoryEntry,
  IntentStatus,
  Payment,
  Publisher,
} from '@campusg-pay/core';
import type { Evidence, LedgerIntent } from '@campusg-pay/core/testing';
import type { Ledger, SeenRequest } from '@campusg-pay/sandbox';
import type pg from 'pg';
import { createRepository } from '../../src/postgres/payments/repository.js';

/** Takes every event, and keeps them in the order in which they were told. */
export function recordingPublisher() {
  const told: Announcement[] = [];
  const publisher: Publisher = {
    publish: async (announcements: readonly Announcement[]) => {
      told.push(...announcements);
    },
  };
  return { publisher, told };
}

/** Every payment there is, each with its history: read past the services. */
export async function allRecords(pool: pg.Pool) {
  const repository = createRepository({ pool });
  const { rows } = await pool.query<{ id: string }>('select id from payments order by created_at');
  const payments: Payment[] = [];
  const histories = new Map<string, readonly HistoryEntry[]>();
  for (const { id } of rows) {
    const payment = (await repository.find({ paymentId: id }))._unsafeUnwrap();
    if (payment !== null) payments.push(payment);
    histories.set(id, (await repository.history(id))._unsafeUnwrap());
  }
  return { payments, histories };
}

/** Our records beside Stripe's own books. `requests` are those of every life of the sandbox. */
export async function evidenceOf(
  pool: pg.Pool,
  told: readonly Announcement[],
  { ledger, requests }: { readonly ledger: Ledger; readonly requests: readonly SeenRequest[] },
): Promise<Evidence> {
  const debts = await pool.query<{ debtId: string; runnerId: string; leftMinor: number }>(
    'select debt_id as "debtId", runner_id as "runnerId", left_minor::int as "leftMinor" from runner_debts',
  );
  const nettings = await pool.query<{ debtId: string; paymentId: string; amountMinor: number }>(
    'select debt_id as "debtId", payment_id as "paymentId", amount_minor::int as "amountMinor" from debt_nettings',
  );
  const first = new Map(told.toReversed().map((one) => [one.id, one]));
  return {
    ...(await allRecords(pool)),
    // Publishing twice is allowed, skipping or swapping is not.
    announcements: told.filter((one) => first.get(one.id) === one),
    intents: ledger.paymentIntents.map((intent) => toLedgerIntent(intent, ledger, requests)),
    money: {
      clawback: 'proportional',
      transfers: ledger.transfers.map(toLedgerTransfer),
      debts: debts.rows,
      nettings: nettings.rows,
    },
    customerIds: ledger.customers.flatMap((customer) => {
      const user = customer.deleted === true ? undefined : customer.metadata.clerk_user_id;
      return user === undefined ? [] : [user];
    }),
  };
}

function toLedgerTransfer(transfer: Ledger['transfers'][number]) {
  const { id, destination, currency, amount, amount_reversed, metadata } = transfer;
  return {
    stripeTransferId: id,
    paymentId: metadata.payment_id ?? null,
    stripeAccount: typeof destination === 'string' ? destination : (destination?.id ?? ''),
    currency: currency.toUpperCase(),
    amountMinor: amount,
    reversedMinor: amount_reversed,
  };
}

function toLedgerIntent(
  intent: Ledger['paymentIntents'][number],
  { refunds }: Ledger,
  requests: readonly SeenRequest[],
): LedgerIntent {
  const refunded = refunds.filter((one) => one.payment_intent === intent.id);
  // Answered with 500 or with silence, yet carried out: that counts.
  const captures = requests.filter(
    ({ path, executed, status }) =>
      executed &&
      (status < 300 || status >= 500) &&
      path === `/v1/payment_intents/${intent.id}/capture`,
  );
  return {
    paymentIntentId: intent.id,
    paymentId: intent.metadata.payment_id ?? '',
    orderId: intent.metadata.order_id ?? '',
    status: intent.status as IntentStatus,
    amountMinor: intent.amount,
    receivedMinor: intent.amount_received,
    refundedMinor: refunded.reduce((sum, { amount }) => sum + amount, 0),
    captures: captures.length,
  };
}
