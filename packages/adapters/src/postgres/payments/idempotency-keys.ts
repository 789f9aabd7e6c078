import type { IdempotencyKeys, KeptAnswer, KeyedRequest } from '@campusg-pay/core';
import { type Database, query } from '../connection/query.js';
import { defineStatement } from '../connection/statement.js';

interface AnswerColumns {
  status: number | null;
  /** As Postgres understands it; what was kept before there was `answer` has no more. */
  body: unknown;
  /** As it went out. */
  answer: string | null;
}

interface KeyRow extends AnswerColumns {
  meaning: string | null;
  fingerprint: string;
}

const LOOK = defineStatement<KeyRow>()({
  name: 'look_at_idempotency_key',
  // The empty update makes the row visible even if another made it in this very moment.
  text: `
    insert into idempotency_keys (caller, key, fingerprint, meaning)
    values (:caller, :key, :fingerprint, :meaning)
    on conflict (caller, key) do update set key = excluded.key
    returning meaning, fingerprint, status, body, answer`,
});

const KEEP = defineStatement<AnswerColumns>()({
  name: 'keep_answer',
  text: `
    update idempotency_keys set status = coalesce(status, :status),
      body = case when status is null then :text::text::jsonb else body end,
      answer = case when status is null then :text::text else answer end
    where caller = :caller and key = :key
    returning status, body, answer`,
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

/** The callers' keys in Postgres. */
export function createIdempotencyKeys(db: Database): IdempotencyKeys {
  return {
    look: async (request) => {
      const { caller, key, fingerprint, meaning } = request;
      const found = await query(db, LOOK, { caller, key, fingerprint, meaning });
      return found.map(([row]) => useOf(row, request));
    },
    keep: async ({ caller, key }, answer) => {
      const { status, text } = answer;
      const kept = await query(db, KEEP, { caller, key, status, text });
      // A key that was forgotten meanwhile keeps nothing.
      return kept.map(([row]) => (row === undefined ? answer : (answerOf(row) ?? answer)));
    },
    forget: async (before) => {
      const forgotten = await query(db, FORGET, { before });
      return forgotten.map((rows) => rows.length);
    },
  };
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
