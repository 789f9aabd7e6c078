import pg from 'pg';
import { type DatabaseFault, toDatabaseFault } from './database-fault.js';

/** Settings of {@link createPool}; every time is in milliseconds. */
export interface PoolOptions {
  readonly connectionString: string;
  /** Shown in `pg_stat_activity`, so that an operator sees who holds a lock. */
  readonly applicationName: string;
  /** Told when an idle connection breaks; the pool replaces it by itself. */
  readonly onConnectionLost: (fault: DatabaseFault) => void;
  /** Most connections at once, 10 unless told. */
  readonly max?: number;
  /** Longest wait for a free or new connection, 5 s unless told. */
  readonly connectionTimeoutMs?: number;
  /** Longest run of one statement, measured by the server, 10 s unless told. */
  readonly statementTimeoutMs?: number;
  /** Longest wait for one lock, 5 s unless told. */
  readonly lockTimeoutMs?: number;
}

// Half-open connections answer nothing at all, not even the server's own timeout.
const answerGraceMs = 2_000;

/**
 * Opens a pool; the first connection is made by the first statement. Connections carry their
 * limits from the start packet, so they cost no round trip (PgBouncer needs them listed in
 * `ignore_startup_parameters`). End it with `pool.end()`.
 *
 * Values come back as: numeric → string, int8 → number (a value beyond 2^53 throws rather than
 * lose digits), timestamptz → Date (milliseconds: compare microseconds in SQL), date → string.
 */
export function createPool(options: PoolOptions): pg.Pool {
  const statementTimeoutMs = options.statementTimeoutMs ?? 10_000;
  const pool = new pg.Pool({
    connectionString: options.connectionString,
    application_name: options.applicationName,
    max: options.max ?? 10,
    connectionTimeoutMillis: options.connectionTimeoutMs ?? 5_000,
    statement_timeout: statementTimeoutMs,
    query_timeout: statementTimeoutMs + answerGraceMs,
    lock_timeout: options.lockTimeoutMs ?? 5_000,
    idle_in_transaction_session_timeout: 10_000,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    types: { getTypeParser: parserFor },
  });
  // Without a listener the first restart of the database would end our process.
  pool.on('error', (error) => {
    // `end` does not wait for the goodbyes, and the embedded server, stopped next, may be quicker.
    if (!pool.ending) options.onConnectionLost(lost(error));
  });
  return pool;
}

function lost(error: Error): DatabaseFault {
  return (
    toDatabaseFault(error, 'execute') ?? {
      type: 'DatabaseUnavailable',
      reason: 'connection',
      outcome: 'unknown',
      code: undefined,
      message: 'An idle database connection broke.',
    }
  );
}

const { builtins } = pg.types;

function parserFor(oid: number, format?: 'text' | 'binary') {
  if (format === 'binary') return pg.types.getTypeParser(oid, 'binary');
  if (oid === builtins.INT8) return parseSafeInteger;
  if (oid === builtins.DATE) return (text: string) => text;
  return pg.types.getTypeParser(oid, 'text');
}

function parseSafeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError('An int8 is too large for a number.');
  return value;
}
