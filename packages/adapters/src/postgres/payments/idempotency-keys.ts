import type { IdempotencyKeys, KeyState } from '@campusg-pay/core';
import { type Database, query } from '../connection/query.js';
import { defineStatement } from '../connection/statement.js';

interface KeyRow {
  fingerprint: string;
  status: number | null;
  body: unknown;
}

const LOOK = defineStatement<KeyRow>()({
  name: 'look_at_idempotency_key',
  // The empty update makes the row visible even if another made it in this very moment.
  text: `
    insert into idempotency_keys (caller, key, fingerprint) values (:caller, :key, :fingerprint)
    on conflict (caller, key) do update set key = excluded.key
    returning fingerprint, status, body`,
});

const KEEP = defineStatement()({
  name: 'keep_answer',
  text: `
    update idempotency_keys set status = :status, body = :body
    where caller = :caller and key = :key and status is null`,
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
    look: async ({ caller, key, fingerprint }) => {
      const found = await query(db, LOOK, { caller, key, fingerprint });
      return found.map(([row]) => useOf(row, fingerprint));
    },
    keep: async ({ caller, key }, { status, body }) => {
      const kept = await query(db, KEEP, {
        caller,
        key,
        status,
        body: JSON.stringify(body),
      });
      return kept.map(() => undefined);
    },
    forget: async (before) => {
      const forgotten = await query(db, FORGET, { before });
      return forgotten.map((rows) => rows.length);
    },
  };
}

function useOf(row: KeyRow | undefined, fingerprint: string): KeyState {
  if (row === undefined) throw new Error('bug: an upsert returns its row');
  if (row.fingerprint !== fingerprint) return { type: 'used_otherwise' };
  if (row.status === null) return { type: 'open' };
  return { type: 'answered', answer: { status: row.status, body: row.body } };
}
