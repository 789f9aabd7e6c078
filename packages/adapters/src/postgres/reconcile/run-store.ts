import {
  type Acceptance,
  type Discrepancy,
  discrepancyKey,
  type Progress,
  type RepairOutcome,
  type Run,
  type RunStore,
  SEVERITIES,
} from '@campusg-pay/core';
import { type Database, query } from '../connection/query.js';
import { defineStatement } from '../connection/statement.js';

/** Runs, their findings and the repairs, in Postgres. */
export function createRunStore(db: Database): RunStore {
  return {
    begin: async ({ from, to, older, startedAt, startedBy }) => {
      const nothing = { doneTo: to.toISOString(), intents: 0, payments: 0, spentMs: 0 };
      const begun = await query(db, BEGIN, {
        from,
        to,
        older,
        startedAt,
        startedBy,
        progress: JSON.stringify(nothing),
      });
      return begun.map(([row]) => {
        if (row === undefined) throw new Error('bug: a run without an id');
        return row.id;
      });
    },
    note: async ({ runId, discrepancies, progress, finishedAt }) => {
      const rows = discrepancies.map((discrepancy) => ({
        key: discrepancyKey(discrepancy),
        rank: rankOf(discrepancy),
        discrepancy,
      }));
      const noted = await query(db, NOTE, {
        runId,
        progress: JSON.stringify(progress),
        finishedAt,
        findings: JSON.stringify(rows),
      });
      return noted.map(() => undefined);
    },
    find: async (runId) => {
      const found = await query(db, FIND, { runId });
      return found.map(([row]) => (row === undefined ? null : toRun(row)));
    },
    latest: async (limit) => {
      const found = await query(db, LATEST, { limit });
      return found.map((rows) => rows.map(toRun));
    },
    discrepancies: async ({ runId, after, limit }) => {
      const found = await query(db, DISCREPANCIES, {
        runId,
        afterRank: after === null ? -1 : rankOf(after),
        afterKey: after === null ? '' : discrepancyKey(after),
        limit,
      });
      return found.map((rows) => rows.map(({ discrepancy }) => discrepancy));
    },
    acceptances: (paymentIds) => query(db, ACCEPTANCES, { paymentIds }),
    ofPayment: async (paymentId) => {
      const found = await query(db, OF_PAYMENT, { paymentId });
      return found.map((rows) =>
        rows.map(({ id, started_at, discrepancy }) => ({
          run: { id, startedAt: started_at.toISOString() },
          discrepancy,
        })),
      );
    },
    only: async ({ inRun, notIn, limit }) => {
      const found = await query(db, ONLY, { inRun, notIn, limit });
      return found.map((rows) => rows.map(({ discrepancy }) => discrepancy));
    },
    outcomeOf: async ({ plan, repair }) => {
      const found = await query(db, OUTCOME_OF, { plan, repair });
      return found.map(([row]) => row?.outcome ?? null);
    },
    noteOutcome: async ({ plan, repair, outcome, detail, at }) => {
      const noted = await query(db, NOTE_OUTCOME, { plan, repair, outcome, detail, at });
      return noted.map(() => undefined);
    },
  };
}

/** Behind all that is to be seen to. */
const ACCEPTED_RANK = SEVERITIES.length;

function rankOf({ severity, accepted }: Discrepancy): number {
  return accepted === undefined ? SEVERITIES.indexOf(severity) : ACCEPTED_RANK;
}

const BEGIN = defineStatement<{ id: number }>()({
  name: 'begin_reconcile_run',
  text: `
    insert into reconcile_runs (from_at, to_at, older, started_at, started_by, progress)
    values (:from, :to, :older, :startedAt, :startedBy, :progress) returning id`,
});

const NOTE = defineStatement()({
  name: 'note_reconcile_progress',
  text: `
    with run as (
      update reconcile_runs set progress = :progress, finished_at = :finishedAt where id = :runId
      returning id
    )
    insert into reconcile_findings (run_id, key, rank, drift)
    select distinct on (f.key) run.id, f.key, f.rank, f.discrepancy
    from run, jsonb_to_recordset(:findings) as f (key text, rank smallint, discrepancy jsonb)
    on conflict (run_id, key) do update set drift = excluded.drift, rank = excluded.rank`,
});

interface RunRow {
  id: number;
  from_at: Date;
  to_at: Date;
  older: boolean;
  started_at: Date;
  finished_at: Date | null;
  started_by: string;
  progress: Progress;
  found: number[];
  accepted: number;
}

const RUNS = `
  select r.*, array(
    select (select count(*)::int from reconcile_findings f where f.run_id = r.id and f.rank = s.rank)
    from generate_series(0, ${SEVERITIES.length} - 1) s (rank) order by s.rank
  ) as found, (
    select count(*)::int from reconcile_findings f
    where f.run_id = r.id and f.rank = ${ACCEPTED_RANK}
  ) as accepted
  from reconcile_runs r` as const;

const FIND = defineStatement<RunRow>()({
  name: 'find_reconcile_run',
  text: `${RUNS} where r.id = :runId`,
});

const LATEST = defineStatement<RunRow>()({
  name: 'latest_reconcile_runs',
  text: `${RUNS} order by r.id desc limit :limit`,
});

const DISCREPANCIES = defineStatement<{ discrepancy: Discrepancy }>()({
  name: 'reconcile_findings',
  text: `
    select drift as discrepancy from reconcile_findings
    where run_id = :runId and (rank, key) > (:afterRank::smallint, :afterKey)
    order by rank, key limit :limit`,
});

const ONLY = defineStatement<{ discrepancy: Discrepancy }>()({
  name: 'reconcile_findings_of_one',
  text: `
    select drift as discrepancy from reconcile_findings f
    where run_id = :inRun and rank < ${ACCEPTED_RANK}
      and not exists (
        select 1 from reconcile_findings g
        where g.run_id = :notIn and g.key = f.key and g.rank < ${ACCEPTED_RANK}
      )
    order by rank, key limit :limit`,
});

const ACCEPTANCES = defineStatement<Acceptance>()({
  name: 'reconcile_acceptances',
  text: `
    select jsonb_array_elements_text(details -> 'accepts') as fingerprint, operator as by,
      to_char(ended_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at, reason as note
    from operator_acts
    where payment_id = any(:paymentIds::text[]) and act = 'payments.reviewed' and outcome = 'done'
      and details ? 'accepts'
    order by id`,
});

/** Of the runs of a month, where there is one every night. */
const RUNS_OF_STORY = 30;

const OF_PAYMENT = defineStatement<{ id: number; started_at: Date; discrepancy: Discrepancy }>()({
  name: 'reconcile_findings_of_payment',
  text: `
    select r.id, r.started_at, f.drift as discrepancy
    from (select id, started_at from reconcile_runs order by id desc limit ${RUNS_OF_STORY}) r
      join reconcile_findings f on f.run_id = r.id
    where f.drift #>> '{ours,id}' = :paymentId or f.drift #>> '{theirs,paymentId}' = :paymentId
      or f.drift #>> '{transfer,paymentId}' = :paymentId
    order by r.id, f.key`,
});

const OUTCOME_OF = defineStatement<{ outcome: RepairOutcome }>()({
  name: 'reconcile_outcome',
  text: 'select outcome from reconcile_repairs where plan = :plan and repair = :repair',
});

const NOTE_OUTCOME = defineStatement()({
  name: 'note_reconcile_outcome',
  // What failed, or was changed by somebody, may go well the next time.
  text: `
    insert into reconcile_repairs (plan, repair, outcome, detail, applied_at)
    values (:plan, :repair, :outcome, :detail, :at)
    on conflict (plan, repair) do update set outcome = excluded.outcome, detail = excluded.detail,
      applied_at = excluded.applied_at`,
});

function toRun(row: RunRow): Run {
  return {
    id: row.id,
    from: row.from_at.toISOString(),
    to: row.to_at.toISOString(),
    older: row.older,
    startedAt: row.started_at.toISOString(),
    finishedAt: row.finished_at?.toISOString() ?? null,
    startedBy: row.started_by,
    progress: row.progress,
    found: row.found,
    accepted: row.accepted,
  };
}
