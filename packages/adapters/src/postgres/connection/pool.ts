import type { Logger } from '@campusg-pay/core';
import type pg from 'pg';
import { type DatabaseFault, toDatabaseFault } from './database-fault.js';
import type { ConnectionPool } from './query.js';
import { connectionIn } from './schema-name.js';
import { sessionRoute } from './session-client.js';
import { sessionSettings } from './session-settings.js';
import { valueTypes } from './value-parsers.js';
import { poolTo } from './write-host.js';

/** Settings of {@link openPool}; every time is in milliseconds. */
export interface PoolOptions {
  /** `postgres://user:password@host:port/database`. A secret: it is never logged. */
  readonly connectionString: string;
  /** Shown in `pg_stat_activity`, so that an operator sees who holds a lock. */
  readonly applicationName: string;
  /** Told when an idle connection breaks; the pool replaces it by itself. */
  readonly log?: Logger;
  /**
   * Where `migrate` put our tables: at most 63 letters, digits and underscores, no digit first.
   *
   * @default the first schema in the user's search path
   */
  readonly schema?: string;
  /**
   * Most connections at once, at least 1.
   *
   * @default 10
   */
  readonly max?: number;
  /**
   * Longest wait for a free or new connection; 0: for ever.
   *
   * @default 5_000
   */
  readonly connectionTimeoutMs?: number;
  /**
   * Longest run of one statement, measured by the server; more than `lockTimeoutMs`.
   *
   * @default 10_000
   */
  readonly statementTimeoutMs?: number;
  /**
   * Longest wait for one lock; 0: for ever.
   *
   * @default 5_000
   */
  readonly lockTimeoutMs?: number;
}

// Half-open connections answer nothing at all, not even the server's own timeout.
const answerGraceMs = 2_000;

/**
 * Opens a pool; the first connection is made by the first statement. Connections have their limits,
 * their schema and all else that we rely on from the start packet, so that costs no round trip. Behind a
 * pooler each statement brings them along, in the same round trip. End it with `pool.end()`.
 *
 * @param options.searchPath where our tables are found, where that is not known as `schema`
 */
export function createPool(
  options: PoolOptions & { readonly searchPath?: string | undefined },
): pg.Pool {
  const statementTimeoutMs = options.statementTimeoutMs ?? 10_000;
  const entrances = connectionIn(options.schema, options.connectionString, options.searchPath);
  const settings = sessionSettings(entrances.searchPath, {
    statementTimeoutMs,
    lockTimeoutMs: options.lockTimeoutMs ?? 5_000,
    idleInTransactionMs: 10_000,
  });
  const pool = poolTo(entrances, sessionRoute(settings), {
    application_name: options.applicationName,
    max: options.max ?? 10,
    connectionTimeoutMillis: options.connectionTimeoutMs ?? 5_000,
    query_timeout: statementTimeoutMs + answerGraceMs,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    types: valueTypes,
  });
  // Without a listener the first restart of the database would end our process.
  pool.on('error', (error) => {
    // `end` does not wait for the goodbyes, and the embedded server, stopped next, may be quicker.
    if (pool.ending) return;
    options.log?.warn({ ...lost(error) }, 'an idle database connection was lost');
  });
  return pool;
}

/** A pool in types of our own: who only passes it on need not install those of `pg`. */
export interface OpenPool extends ConnectionPool {
  /** Lets what is under way finish, turns away what waits, and closes all connections. */
  end(): Promise<void>;
}

/**
 * {@link createPool} for the outside. Throws a `RangeError` for a `connectionString` that can't be read,
 * and for a `schema` that can't be one, or that the `connectionString` would hide.
 */
export function openPool(options: PoolOptions): OpenPool {
  return createPool(options);
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
