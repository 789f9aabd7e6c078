import { setTimeout as sleep } from 'node:timers/promises';
import { err, ok, type Result } from 'neverthrow';
import pg from 'pg';
import { connectionSurvives, type DatabaseFault, toDatabaseFault } from './database-fault.js';

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

/** What {@link query} needs: a pool, and optionally somebody who counts the round trips. */
export interface Database {
  readonly pool: pg.Pool;
  /** Called with the statement's name each time one is sent. */
  readonly onQuery?: (name: string) => void;
}

declare const rowType: unique symbol;

/**
 * One SQL statement with a fixed name: the server plans it once per connection (an unnamed CTE
 * ran at a third of the speed). `Constraint` lists the constraints whose violation is an answer
 * rather than a bug.
 */
export interface Statement<Row, Constraint extends string = never> {
  readonly name: string;
  readonly text: string;
  readonly constraints: readonly Constraint[];
  readonly [rowType]?: Row;
}

/** A listed unique, foreign-key, check or exclusion constraint said no. */
export interface ConstraintViolated<Constraint extends string> {
  readonly type: 'ConstraintViolated';
  readonly constraint: Constraint;
}

/** What {@link query} may answer instead of rows; without listed constraints only faults. */
export type QueryError<Constraint extends string> =
  | DatabaseFault
  | ([Constraint] extends [never] ? never : ConstraintViolated<Constraint>);

const COLLISION_PAUSE_MS = 25;

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

/** Names a statement; the name must be unique in the program and shorter than 64 bytes. */
export function defineStatement<Row, Constraint extends string = never>(definition: {
  readonly name: string;
  readonly text: string;
  readonly constraints?: readonly Constraint[];
}): Statement<Row, Constraint> {
  // Postgres cuts longer names silently, and two cut names would share one plan.
  if (Buffer.byteLength(definition.name) > 63) {
    throw new Error(`The statement name ${definition.name} is longer than 63 bytes.`);
  }
  return { constraints: [], ...definition };
}

/**
 * Runs one statement in its own transaction: one round trip on a warm connection. One that lost a
 * deadlock or collided with a concurrent one was rolled back as a whole, and is sent once more.
 *
 * Outages come back as {@link DatabaseFault}, listed constraints as {@link ConstraintViolated};
 * everything else (broken SQL, an unlisted constraint) is a bug and throws.
 */
export async function query<Row, Constraint extends string = never>(
  db: Database,
  statement: Statement<Row, Constraint>,
  values: readonly unknown[] = [],
): Promise<Result<Row[], QueryError<Constraint>>> {
  const answer = await send(db, statement, values);
  if (!lostCollision(answer)) return answer;
  // At once we could get the rows before the winner is awake, and bring the same deadlock about.
  await sleep(COLLISION_PAUSE_MS * (1 + Math.random()));
  return send(db, statement, values);
}

function lostCollision(
  answer: Result<unknown, DatabaseFault | ConstraintViolated<string>>,
): boolean {
  if (answer.isOk() || answer.error.type !== 'DatabaseUnavailable') return false;
  return answer.error.reason === 'deadlock' || answer.error.reason === 'serialization';
}

async function send<Row, Constraint extends string>(
  db: Database,
  statement: Statement<Row, Constraint>,
  values: readonly unknown[],
): Promise<Result<Row[], QueryError<Constraint>>> {
  const connected = await connect(db.pool);
  if (connected.isErr()) return err(connected.error);
  const client = connected.value;
  // The pool listens only while a connection rests. What breaks here also rejects the query.
  const ignore = (): void => {};
  client.on('error', ignore);
  // `pool.query` would throw a connection away after every error, even a plain unique violation.
  let broken = false;
  try {
    db.onQuery?.(statement.name);
    const { name, text } = statement;
    const result = await client.query({ name, text, values: [...values] });
    return ok(result.rows as Row[]);
  } catch (error) {
    broken = !connectionSurvives(error);
    return err(toQueryError(error, statement));
  } finally {
    client.release(broken);
    client.off('error', ignore);
  }
}

async function connect(pool: pg.Pool): Promise<Result<pg.PoolClient, DatabaseFault>> {
  try {
    return ok(await pool.connect());
  } catch (error) {
    const fault = toDatabaseFault(error, 'connect');
    if (!fault) throw error;
    return err(fault);
  }
}

function toQueryError<Constraint extends string>(
  error: unknown,
  statement: Statement<unknown, Constraint>,
): QueryError<Constraint> {
  const constraint = violatedConstraint(error);
  const listed = statement.constraints.find((name) => name === constraint);
  if (listed !== undefined) {
    const violated: ConstraintViolated<Constraint> = {
      type: 'ConstraintViolated',
      constraint: listed,
    };
    // A constraint can only be listed when `Constraint` is not never, which the compiler can't see.
    return violated as QueryError<Constraint>;
  }
  const fault = toDatabaseFault(error, 'execute');
  if (!fault) throw error;
  return fault;
}

/** Class 23 is "integrity constraint violation"; all but not-null name the constraint. */
function violatedConstraint(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError && error.code?.startsWith('23')
    ? error.constraint
    : undefined;
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
