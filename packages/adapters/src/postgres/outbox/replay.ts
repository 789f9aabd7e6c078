import {
  type Announcement,
  type DatabaseFault,
  type HistoryEntry,
  type Payment,
  tellAgain,
} from '@campusg-pay/core';
import { err, ok, type Result, safeTry } from 'neverthrow';
import { type Database, query } from '../connection/query.js';
import { defineStatement } from '../connection/statement.js';
import { toEvent } from '../payments/event-row.js';
import { FROM_PAYMENTS, type PaymentRow, toPayment } from '../payments/payment-row.js';

/** Which events are told again: those of a period, of all orders or of one. */
export interface ReplayPeriod {
  readonly from: Date;
  /** Exclusive. */
  readonly to: Date;
  readonly orderId: string | null;
}

/** The event that a page ended with. */
export interface ReplayPlace {
  /** As Postgres writes it, to the microsecond: cut to milliseconds it would name another place. */
  readonly at: string;
  readonly paymentId: string;
  readonly version: number;
}

/** One page of a replay. */
export interface ReplayPage {
  readonly events: number;
  /** Of them, those that wait in the outbox now; the others waited there anyway. */
  readonly queued: number;
  /** Where the next page goes on; null when this was the last one. */
  readonly next: ReplayPlace | null;
}

interface EventRow {
  payment_id: string;
  version: number;
}

const WITHIN = `
  payment_events e
  where e.at >= :from and e.at < :to
    and (:orderId::text is null or exists (
      select from payments p where p.id = e.payment_id and p.order_id = :orderId))` as const;

const COUNT = defineStatement<{ events: number; payments: number }>()({
  name: 'count_events_within',
  text: `
    select count(*)::int as events, count(distinct payment_id)::int as payments from ${WITHIN}`,
});

const PAGE = defineStatement<EventRow & { place: string }>()({
  name: 'events_within',
  text: `
    select e.payment_id, e.version, e.at::text as place from ${WITHIN}
      and (:afterAt::timestamptz is null
        or (e.at, e.payment_id, e.version) > (:afterAt, :afterPaymentId, :afterVersion))
    order by e.at, e.payment_id, e.version limit :limit`,
});

const HISTORIES = defineStatement<EventRow & { data: unknown; correlation_id: string; at: Date }>()(
  {
    name: 'histories_of_payments',
    text: `
    select payment_id, version, data, correlation_id, at
    from payment_events where payment_id = any(:paymentIds::text[]) order by payment_id, version`,
  },
);

const PAYMENTS = defineStatement<PaymentRow>()({
  name: 'payments_of_events',
  text: `
    ${FROM_PAYMENTS}
    where p.id = any(:paymentIds::text[])`,
});

const QUEUE = defineStatement<{ version: number }>()({
  name: 'queue_replay',
  // What waits to be told for the first time is not told twice.
  text: `
    insert into outbox (payment_id, order_id, version, announcement)
    select a.announcement ->> 'paymentId', a.announcement ->> 'orderId',
      (a.announcement ->> 'version')::integer, a.announcement
    from jsonb_array_elements(:announcements::jsonb) with ordinality as a (announcement, place)
    order by a.place
    on conflict do nothing
    returning version`,
});

/** How many events, of how many payments, a replay is of. */
export async function countReplay(
  db: Database,
  { from, to, orderId }: ReplayPeriod,
): Promise<Result<{ readonly events: number; readonly payments: number }, DatabaseFault>> {
  const counted = await query(db, COUNT, { from, to, orderId });
  return counted.map(([row]) => row ?? { events: 0, payments: 0 });
}

/** Puts a page of a period's events into the outbox once more, in the order in which they happened. */
export async function replayPage(
  db: Database,
  period: ReplayPeriod,
  { after, limit }: { readonly after: ReplayPlace | null; readonly limit: number },
): Promise<Result<ReplayPage, DatabaseFault>> {
  const { from, to, orderId } = period;
  return safeTry(async function* () {
    const rows = yield* await query(db, PAGE, {
      from,
      to,
      orderId,
      afterAt: after?.at ?? null,
      afterPaymentId: after?.paymentId ?? null,
      afterVersion: after?.version ?? null,
      limit,
    });
    const last = rows.at(-1);
    if (last === undefined) return ok({ events: 0, queued: 0, next: null });
    const payments = new Set(rows.map((row) => row.payment_id));
    const announcements = yield* await announcementsOf(db, [...payments]);
    const wanted = rows.map((row) => announcements.get(`${row.payment_id}:${row.version}`));
    const queued = yield* await query(db, QUEUE, { announcements: JSON.stringify(wanted) });
    const next = { at: last.place, paymentId: last.payment_id, version: last.version };
    return ok({
      events: rows.length,
      queued: queued.length,
      next: rows.length < limit ? null : next,
    });
  });
}

/** Every event of these payments as it is told again, by its id. */
async function announcementsOf(
  db: Database,
  paymentIds: readonly string[],
): Promise<Result<Map<string, Announcement>, DatabaseFault>> {
  const payments = await query(db, PAYMENTS, { paymentIds });
  if (payments.isErr()) return err(payments.error);
  const histories = await query(db, HISTORIES, { paymentIds });
  return histories.map((rows) => {
    const byPayment = new Map<string, HistoryEntry[]>();
    for (const { payment_id, version, data, correlation_id: correlationId, at } of rows) {
      const history = byPayment.get(payment_id) ?? [];
      history.push({ version, event: toEvent(data), correlationId, at });
      byPayment.set(payment_id, history);
    }
    const announcements = payments.value
      .map(toPayment)
      .flatMap((payment: Payment) => tellAgain(payment, byPayment.get(payment.id) ?? []));
    return new Map(announcements.map((announcement) => [announcement.id, announcement]));
  });
}
