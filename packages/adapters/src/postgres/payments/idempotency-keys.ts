import type { IdempotencyKeys, KeptAnswer, KeyedRequest } from '@campusg-pay/core';
import { createBatch, lockTimeoutFor, SHORT_LOCK_WAIT } from '../connection/batch.js';
import { type Database, query } from '../connection/query.js';
import { defineStatement } from '../connection/statement.js';

interface AnswerColumns {
  status: number | null;
  /** As Postgres understands it; what was kept before there was `answer` has no more. */
  body: unknown;
  /** As it went out. */
  answer: string | null;
}

interface NamedRow {
  caller: string;
  key: string;
}

interface KeyRow extends AnswerColumns, NamedRow {
  meaning: string | null;
  fingerprint: string;
}

const LOOK = defineStatement<KeyRow>()({
  name: 'look_at_idempotency_keys',
  // The empty update makes the row visible even if another made it in this very moment.
  text: `
    insert into idempotency_keys (caller, key, fingerprint, meaning)
    select caller, key, fingerprint, meaning
    from ${SHORT_LOCK_WAIT}, json_to_recordset(:requests) as request (
      caller text, key text, fingerprint text, meaning text
    )
    on conflict (caller, key) do update set key = excluded.key
    returning caller, key, meaning, fingerprint, status, body, answer`,
});

const KEEP = defineStatement<AnswerColumns & NamedRow>()({
  name: 'keep_answers',
  // An HTTP status is always so. It makes the planner expect one row, and look each up by its index.
  text: `
    with kept as materialized (
      select kept.*
      from ${SHORT_LOCK_WAIT}, json_to_recordset(:answers) as kept (
        caller text, key text, code smallint, told text
      )
      where code between 100 and 599
    )
    update idempotency_keys k set status = coalesce(status, code),
      body = case when status is null then told::jsonb else body end,
      answer = case when status is null then told else answer end
    from kept
    where k.caller = kept.caller and k.key = kept.key
    returning k.caller, k.key, status, body, answer`,
});

/** Bounded, so that a long pause of the service is not followed by one huge statement. */
const FORGET = defineStatement<{ key: string }>()({
  name: 'forget_idempotency_keys',
  text: `
    delete from idempotency_keys where (caller, key) in (
      select caller, key from idempotency_keys where created_at < :before limit 1000
    )
    returning key`,
});

interface Kept {
  readonly request: Pick<KeyedRequest, 'caller' | 'key'>;
  readonly answer: KeptAnswer;
}

/** The callers' keys in Postgres. Those that come together share a statement. */
export function createIdempotencyKeys(db: Database): IdempotencyKeys {
  const keep = createBatch<Kept, KeptAnswer>({
    namesOf: ({ request }) => [nameOf(request)],
    run: (kept) => keepAll(db, kept),
  });
  return {
    look: createBatch<KeyedRequest, ReturnType<typeof useOf>>({
      namesOf: (request) => [nameOf(request)],
      run: (requests) => lookAtAll(db, requests),
    }),
    keep: (request, answer) => keep({ request, answer }),
    forget: async (before) => {
      const forgotten = await query(db, FORGET, { before });
      return forgotten.map((rows) => rows.length);
    },
  };
}

async function lookAtAll(db: Database, requests: readonly KeyedRequest[]) {
  const wanted = requests.map(({ caller, key, fingerprint, meaning }) => ({
    caller,
    key,
    fingerprint,
    meaning,
  }));
  const found = await query(db, LOOK, {
    requests: JSON.stringify(wanted),
    lockTimeout: lockTimeoutFor(requests),
  });
  return found.map((rows) => {
    const byName = new Map(rows.map((row) => [nameOf(row), row]));
    return requests.map((request) => useOf(byName.get(nameOf(request)), request));
  });
}

async function keepAll(db: Database, kept: readonly Kept[]) {
  const answers = kept.map(({ request: { caller, key }, answer }) => ({
    caller,
    key,
    code: answer.status,
    told: answer.text,
  }));
  const written = await query(db, KEEP, {
    answers: JSON.stringify(answers),
    lockTimeout: lockTimeoutFor(kept),
  });
  return written.map((rows) => {
    const byName = new Map(rows.map((row) => [nameOf(row), row]));
    return kept.map(({ request, answer }) => {
      const row = byName.get(nameOf(request));
      // A key that was forgotten meanwhile keeps nothing.
      return row === undefined ? answer : (answerOf(row) ?? answer);
    });
  });
}

function useOf(row: KeyRow | undefined, { meaning, fingerprint }: KeyedRequest) {
  if (row === undefined) throw new Error('bug: an upsert returns its row');
  const isSame = row.meaning === null ? row.fingerprint === fingerprint : row.meaning === meaning;
  if (!isSame) return { type: 'used_otherwise' } as const;
  const answer = answerOf(row);
  return answer === null ? ({ type: 'open' } as const) : ({ type: 'answered', answer } as const);
}

function answerOf({ status, body, answer }: AnswerColumns): KeptAnswer | null {
  return status === null ? null : { status, text: answer ?? JSON.stringify(body) };
}

/** No caller's name has a line break in it. */
function nameOf({ caller, key }: NamedRow): string {
  return `${caller}\n${key}`;
}
