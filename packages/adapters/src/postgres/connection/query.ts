import { setTimeout as sleep } from 'node:timers/promises';
import { err, ok, type Result } from 'neverthrow';
import {
  connectionSurvives,
  type DatabaseFault,
  isForgotten,
  isOutdatedPlan,
  isServerError,
  toDatabaseFault,
} from './database-fault.js';
import { bind, type Statement, type ValuesArgument } from './statement.js';
import { valueTypes } from './value-parsers.js';

/**
 * What every store here works on: a pool, and optionally somebody who counts the round trips.
 *
 * The pool is one of `openPool`, or the host's own `pg.Pool`, which then serves the host's
 * statements as well. How it reads values does not matter: ours are read by our own rules. What
 * `openPool` sees to, the host then sees to itself:
 *
 * - the schema with our tables is the connections' `search_path`: see `searchPathOption`;
 * - it listens to the pool's `error` event, else a connection that breaks while idle ends the process;
 * - the server ends statements and waits that take too long: `statement_timeout`, `lock_timeout`;
 *   `query_timeout` a little above them, for a server that does not answer at all.
 */
export interface Database {
  readonly pool: ConnectionPool;
  /** Called with the statement's name each time one is sent. */
  readonly onQuery?: (name: string) => void;
}

/** As much of a `pg.Pool` as we need. */
export interface ConnectionPool {
  connect(): Promise<PooledConnection>;
}

/** As much of a `pg.PoolClient` as we need. */
export interface PooledConnection {
  query(statement: SentStatement): Promise<{ readonly rows: unknown[] }>;
  /** Of our own connections: runs it with the settings that we rely on, whoever is in between. */
  run?(statement: SentStatement): Promise<{ readonly rows: unknown[] }>;
  on(event: 'error', listener: (error: Error) => void): unknown;
  off(event: 'error', listener: (error: Error) => void): unknown;
  /** Back to the pool; a broken one is closed instead. */
  release(broken: boolean): void;
}

/** A statement with its values and with how its answer is read. */
export interface SentStatement {
  name: string;
  text: string;
  values: unknown[];
  types: typeof valueTypes;
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

/**
 * Runs one statement in its own transaction: one round trip on a warm connection. It is sent once more
 * where it was certainly not executed and need not fail again: it lost a deadlock, collided with a
 * concurrent one, met a plan of before a migration, or a server that has become a standby.
 *
 * Outages come back as {@link DatabaseFault}, listed constraints as {@link ConstraintViolated};
 * everything else (broken SQL, an unlisted constraint) is a bug and throws.
 */
export async function query<Row, Name extends string = never, Constraint extends string = never>(
  db: Database,
  statement: Statement<Row, Name, Constraint>,
  ...values: ValuesArgument<Name>
): Promise<Result<Row[], QueryError<Constraint>>> {
  const bound = bind(statement, ...values);
  const answer = await send(db, statement, bound);
  if (!mayPass(answer)) return answer;
  // At once we could get the rows before the winner is awake, and bring the same deadlock about.
  await sleep(COLLISION_PAUSE_MS * (1 + Math.random()));
  return send(db, statement, bound);
}

/** A server that only reads is left with its connection: the next one may lead to the new primary. */
const SENT_AGAIN: ReadonlySet<string> = new Set(['deadlock', 'serialization', 'read-only']);

function mayPass(answer: Result<unknown, DatabaseFault | ConstraintViolated<string>>): boolean {
  if (answer.isOk() || answer.error.type !== 'DatabaseUnavailable') return false;
  return SENT_AGAIN.has(answer.error.reason);
}

/** Pools whose connections meet another session each time: a name there is not ours alone. */
const withoutNames = new WeakSet<ConnectionPool>();

async function send<Row, Name extends string, Constraint extends string>(
  db: Database,
  statement: Statement<Row, Name, Constraint>,
  bound: ReturnType<typeof bind>,
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
    const run = (name: string) => {
      db.onQuery?.(statement.name);
      const sent = { ...bound, name, types: valueTypes };
      return client.run?.(sent) ?? client.query(sent);
    };
    const result = await run(withoutNames.has(db.pool) ? '' : statement.name).catch((error) => {
      if (!isForgotten(error)) throw error;
      // What else it remembers is as old, or somebody else's.
      broken = true;
      if (!isOutdatedPlan(error)) withoutNames.add(db.pool);
      return run('');
    });
    return ok(result.rows as Row[]);
  } catch (error) {
    broken ||= !connectionSurvives(error);
    return err(toQueryError(error, statement.constraints));
  } finally {
    client.release(broken);
    client.off('error', ignore);
  }
}

async function connect(pool: ConnectionPool): Promise<Result<PooledConnection, DatabaseFault>> {
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
  constraints: readonly Constraint[],
): QueryError<Constraint> {
  const constraint = violatedConstraint(error);
  const listed = constraints.find((name) => name === constraint);
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
function violatedConstraint(error: unknown): unknown {
  return isServerError(error) && error.code.startsWith('23') ? error.constraint : undefined;
}
