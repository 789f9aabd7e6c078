import type { DatabaseFault } from '@campusg-pay/core';
import type { Result } from 'neverthrow';
import { type Database, query } from '../connection/query.js';
import { defineStatement } from '../connection/statement.js';

/** A caller's own name for a request, so that sending it again is known to be the same. */
export interface KeyedRequest {
  /** Who calls: keys of different callers never meet. */
  readonly caller: string;
  /** The `Idempotency-Key` as sent. */
  readonly key: string;
  /** A digest of what is asked for. */
  readonly fingerprint: string;
}

/** The final answer to a request: its HTTP status and its body. */
export interface KeptAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** What is known of a key: nothing final, the answer, or that it was used for something else. */
export type KeyUse =
  | { readonly type: 'open' }
  | { readonly type: 'answered'; readonly answer: KeptAnswer }
  | { readonly type: 'used_otherwise' };

/** The keys that callers sent, with the answers they got. Kept for a day, as Stripe does. */
export interface IdempotencyKeys {
  /** Notes the key if it is new, and tells what is known of it. */
  look(request: KeyedRequest): Promise<Result<KeyUse, DatabaseFault>>;
  /** Keeps the final answer; the first one stays. */
  keep(request: KeyedRequest, answer: KeptAnswer): Promise<Result<void, DatabaseFault>>;
  /** Forgets some of the keys older than that; tells how many. */
  forget(before: Date): Promise<Result<number, DatabaseFault>>;
}

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

function useOf(row: KeyRow | undefined, fingerprint: string): KeyUse {
  if (row === undefined) throw new Error('bug: an upsert returns its row');
  if (row.fingerprint !== fingerprint) return { type: 'used_otherwise' };
  if (row.status === null) return { type: 'open' };
  return { type: 'answered', answer: { status: row.status, body: row.body } };
}
