import type { ArchivedHistory, ArchiveStore, DatabaseFault, Status } from '@campusg-pay/core';
import type { Result } from 'neverthrow';
import { type Database, query } from '../connection/query.js';
import { defineStatement } from '../connection/statement.js';

/** Payments that have not changed since it was decided that their history leaves. */
const UNCHANGED = `
  from unnest(
    :paymentIds::text[], :revisions::int[], :versions::int[], :statuses::text[], :provenBy::bigint[]
  ) as leaving (payment_id, revision, version, status, proven_by)
  join payments p on p.id = leaving.payment_id and p.revision = leaving.revision
    and p.operation_key is null` as const;

interface HistoryRow {
  payment: object;
  events: object[];
  operations: object[];
  webhooks: { id: string }[];
}

const HISTORIES = defineStatement<HistoryRow>()({
  name: 'histories_to_archive',
  text: `
    select
      json_build_object(
        'id', p.id, 'orderId', p.order_id, 'paymentIntentId', p.payment_intent_id,
        'status', p.status, 'version', p.version, 'provenByRun', leaving.proven_by
      ) as payment,
      coalesce((
        select json_agg(to_json(e) order by e.version)
        from payment_events e where e.payment_id = p.id
      ), '[]') as events,
      coalesce((
        select json_agg(to_json(o) order by o.opened_at, o.key)
        from operations o where o.payment_id = p.id
      ), '[]') as operations,
      coalesce((
        select json_agg(to_json(s) order by s.received_at, s.id)
        from stripe_events s where s.payment_id = p.id
      ), '[]') as webhooks
    ${UNCHANGED}`,
});

const BEGIN = defineStatement<{ id: number }>()({
  name: 'begin_archive',
  text: `
    insert into archives (file, sha256, bytes, payments, made_at, made_by)
    values (:file, :sha256, :bytes, :payments, :at, :by) returning id`,
});

interface TakenOut {
  payments: number;
  events: number;
  operations: number;
  webhooks: number;
}

const TAKE_OUT = defineStatement<TakenOut>()({
  name: 'take_out_histories',
  // Whoever changes one of them at this moment keeps its history: it is looked at another time.
  text: `
    with unchanged as (
      select p.id, leaving.version, leaving.status
      ${UNCHANGED}
      for update of p skip locked
    ), noted as (
      insert into archived_payments (payment_id, archive_id, version, status)
      select id, :archive, version, status from unchanged
      on conflict (payment_id) do update set archive_id = excluded.archive_id,
        version = excluded.version, status = excluded.status
    ), events as (
      delete from payment_events e using unchanged u
      where e.payment_id = u.id and e.version <= u.version returning 1
    ), calls as (
      delete from operations o using unchanged u
      where o.payment_id = u.id and o.closed_at is not null returning 1
    ), webhooks as (
      delete from stripe_events s using unchanged u
      where s.id = any(:webhooks::text[]) and s.payment_id = u.id returning 1
    )
    select (select count(*) from unchanged) as payments, (select count(*) from events) as events,
      (select count(*) from calls) as operations, (select count(*) from webhooks) as webhooks`,
});

interface ArchivedRow {
  version: number;
  status: Status;
  made_at: Date;
  file: string | null;
  sha256: string | null;
  bytes: number | null;
}

const OF_PAYMENT = defineStatement<ArchivedRow>()({
  name: 'archived_history_of_payment',
  text: `
    select p.version, p.status, a.made_at, a.file, a.sha256, a.bytes
    from archived_payments p join archives a on a.id = p.archive_id
    where p.payment_id = :paymentId`,
});

/** Where the history of a payment went; null where all of it is here. */
export async function archivedHistoryOf(
  db: Database,
  paymentId: string,
): Promise<Result<ArchivedHistory | null, DatabaseFault>> {
  const found = await query(db, OF_PAYMENT, { paymentId });
  return found.map(([row]) => {
    if (row === undefined) return null;
    const { version, status, made_at: at, file, sha256, bytes } = row;
    const isKept = file !== null && sha256 !== null && bytes !== null;
    return { version, status, at, file: isKept ? { file, sha256, bytes } : null };
  });
}

/** Histories on their way out of Postgres. */
export function createArchiveStore(db: Database): ArchiveStore {
  const arraysOf = (leaving: Parameters<ArchiveStore['histories']>[0]) => ({
    paymentIds: leaving.map(({ paymentId }) => paymentId),
    revisions: leaving.map(({ revision }) => revision),
    versions: leaving.map(({ version }) => version),
    statuses: leaving.map(({ status }) => status),
    provenBy: leaving.map(({ provenBy }) => provenBy),
  });
  return {
    histories: (leaving) => query(db, HISTORIES, arraysOf(leaving)),
    begin: async ({ file, payments, at, by }) => {
      const { file: name = null, sha256 = null, bytes = null } = file ?? {};
      const begun = await query(db, BEGIN, { file: name, sha256, bytes, payments, at, by });
      return begun.map(([row]) => {
        if (row === undefined) throw new Error('bug: an archive without a number');
        return row.id;
      });
    },
    takeOut: async ({ archive, leaving, webhooks }) => {
      const taken = await query(db, TAKE_OUT, { ...arraysOf(leaving), archive, webhooks });
      return taken.map(([rows]) => {
        if (rows === undefined) throw new Error('bug: taking out gave no row');
        return rows;
      });
    },
    ofPayment: (paymentId) => archivedHistoryOf(db, paymentId),
  };
}
