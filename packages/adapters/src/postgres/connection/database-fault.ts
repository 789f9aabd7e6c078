/**
 * The database could not do it now; the same call may work later.
 *
 * `outcome` tells what a caller may assume: after `not-executed` the statement left no trace,
 * after `unknown` it may have been committed although the answer was lost, so the caller has to
 * look before it acts again. `code` is the SQLSTATE or the socket's error code. `message` never
 * holds SQL, values or the connection string.
 */
export interface DatabaseFault {
  readonly type: 'DatabaseUnavailable';
  readonly reason: DatabaseFaultReason;
  readonly outcome: 'not-executed' | 'unknown';
  readonly code: string | undefined;
  /** The function of the server that said so: it tells apart what shares an SQLSTATE. */
  readonly routine?: string;
  readonly message: string;
}

/** Why the database could not serve; each has a sentence in `messages`. */
export type DatabaseFaultReason =
  | 'connection'
  | 'access'
  | 'timeout'
  | 'pool-exhausted'
  | 'resources'
  | 'deadlock'
  | 'serialization'
  | 'shutdown';

const messages: Record<DatabaseFaultReason, string> = {
  connection: 'The connection to the database failed or was lost.',
  access: 'The database does not accept these credentials or does not exist.',
  timeout: 'The database did not answer in time.',
  'pool-exhausted': 'No database connection came free in time.',
  resources: 'The database is out of disk, memory or another resource.',
  deadlock: 'The database chose this statement to end a deadlock.',
  serialization: 'The statement collided with a concurrent one.',
  shutdown: 'The database or our connection pool is shutting down.',
};

/** When the error came: nothing can have been executed while we were still connecting. */
export type FaultStage = 'connect' | 'execute';

/**
 * Translates what `pg` throws into a fault, or returns undefined when it is no outage but a bug
 * (broken SQL, a missing table, a constraint nobody listed).
 *
 * Source: PostgreSQL manual, appendix A "Error Codes"; the texts are those of pg 8 and pg-pool 3,
 * which carry no code.
 */
export function toDatabaseFault(error: unknown, stage: FaultStage): DatabaseFault | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = errorCode(error);
  const found = isServerError(error) ? byState(code, error) : byText(error, code);
  if (found) {
    const outcome = stage === 'connect' ? 'not-executed' : found.outcome;
    const known = fault(found.reason, outcome, code ?? found.code);
    return isServerError(error) && typeof error.routine === 'string'
      ? { ...known, routine: error.routine }
      : known;
  }
  const connecting = stage === 'connect' && !(error instanceof TypeError);
  return connecting ? fault('connection', 'not-executed', code) : undefined;
}

/** An error that the server sent. */
export interface ServerError extends Error {
  readonly severity: unknown;
  /** SQLSTATE. */
  readonly code: string;
  readonly constraint?: unknown;
  readonly routine?: unknown;
}

/** Not told by its class: a host's pool may come from another copy of `pg` than ours. */
export function isServerError(error: unknown): error is ServerError {
  return error instanceof Error && 'severity' in error && errorCode(error) !== undefined;
}

/** True when the connection is unharmed by this error and may serve the next statement. */
export function connectionSurvives(error: unknown): boolean {
  return (
    isServerError(error) &&
    error.severity === 'ERROR' &&
    byState(error.code, error)?.reason !== 'connection'
  );
}

interface Classified {
  readonly reason: DatabaseFaultReason;
  readonly outcome: DatabaseFault['outcome'];
  /** For what has none of its own. */
  readonly code?: string;
}

const notExecuted = (reason: DatabaseFaultReason): Classified => ({
  reason,
  outcome: 'not-executed',
});
const unknown = (reason: DatabaseFaultReason): Classified => ({ reason, outcome: 'unknown' });

// An error that rolled the statement back is `not-executed`. A FATAL may strike between the
// commit and its acknowledgement, so those are `unknown`.
const states: Readonly<Record<string, Classified>> = {
  '40001': notExecuted('serialization'),
  '40P01': notExecuted('deadlock'),
  '40003': unknown('connection'), // statement completion unknown
  '55P03': notExecuted('timeout'), // lock_timeout
  '57014': notExecuted('timeout'), // statement_timeout, or canceled by an operator
  '25P03': unknown('timeout'), // idle_in_transaction_session_timeout
  '25P04': unknown('timeout'), // transaction_timeout
  '25006': notExecuted('connection'), // read-only: the pool still talks to a demoted primary
  '26000': notExecuted('connection'), // a proxy moved us to a session without our statement
  '53300': notExecuted('pool-exhausted'), // too many connections
  '57P01': unknown('shutdown'),
  '57P02': unknown('shutdown'),
  '57P03': notExecuted('shutdown'), // starting up, or not accepting any more
  '57P04': unknown('access'), // the database was dropped
  '57P05': unknown('connection'), // idle_session_timeout
  '58030': notExecuted('resources'), // I/O error
  '3D000': notExecuted('access'), // no such database
};

function byState(code: string | undefined, error: Error): Classified | undefined {
  if (code === undefined) return undefined;
  // Happens once a connection after a migration has changed what a named statement returns.
  if (code === '0A000' && error.message.includes('cached plan must not change')) {
    return notExecuted('connection');
  }
  return states[code] ?? byClass(code.slice(0, 2));
}

function byClass(sqlClass: string): Classified | undefined {
  if (sqlClass === '08') return unknown('connection');
  if (sqlClass === '28') return notExecuted('access');
  if (sqlClass === '53') return notExecuted('resources');
  return undefined;
}

/** What `pg` throws without a code gets one of ours: nobody else has to look at its words. */
const texts: ReadonlyArray<readonly [RegExp, Classified]> = [
  [/^timeout exceeded when trying to connect/, notExecuted('pool-exhausted')],
  [/^Cannot use a pool after calling end/, notExecuted('shutdown')],
  [/^Client was closed and is not queryable/, notExecuted('shutdown')],
  [/^Client has encountered a connection error/, notExecuted('connection')],
  [/^timeout expired/, coded('ERR_CONNECT_TIMEOUT', notExecuted('connection'))],
  [
    /^Connection terminated due to connection timeout/,
    coded('ERR_CONNECT_TIMEOUT', notExecuted('connection')),
  ],
  [
    /^The server does not support SSL connections/,
    coded('ERR_NO_TLS_THERE', notExecuted('connection')),
  ],
  [
    /^There was an error establishing an SSL connection/,
    coded('ERR_NOT_POSTGRES', notExecuted('connection')),
  ],
  [
    /^SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be/,
    coded('ERR_NO_PASSWORD', notExecuted('access')),
  ],
  [/^Query read timeout/, unknown('timeout')],
  [/^Connection terminated/, coded('ERR_CONNECTION_CLOSED', unknown('connection'))],
];

function coded(code: string, classified: Classified): Classified {
  return { ...classified, code };
}

function byText(error: Error, code: string | undefined): Classified | undefined {
  const known = texts.find(([pattern]) => pattern.test(error.message));
  if (known) return known[1];
  // Every other coded error below the protocol comes from the socket, DNS or TLS.
  return code !== undefined && !code.startsWith('ERR_INVALID_ARG')
    ? unknown('connection')
    : undefined;
}

function errorCode(error: Error): string | undefined {
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

function fault(
  reason: DatabaseFaultReason,
  outcome: DatabaseFault['outcome'],
  code: string | undefined,
): DatabaseFault {
  return { type: 'DatabaseUnavailable', reason, outcome, code, message: messages[reason] };
}
