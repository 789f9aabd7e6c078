import { StatementPooling } from './statement-pooling.js';
import { UnreadableTime } from './value-parsers.js';

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
  | 'rights'
  | 'read-only'
  | 'statement-pooling'
  | 'unreadable'
  | 'timeout'
  | 'pool-exhausted'
  | 'resources'
  | 'deadlock'
  | 'serialization'
  | 'shutdown';

const messages: Record<DatabaseFaultReason, string> = {
  connection: 'The connection to the database failed or was lost.',
  access: 'The database does not accept these credentials or does not exist.',
  rights: 'The database user lacks a right on our tables.',
  'read-only': 'The database takes no writes: it is a standby, or set to read only.',
  'statement-pooling':
    'The connection pooler gives a session for one statement only: set its pool_mode to transaction or session.',
  unreadable:
    'The database writes times in a way that we cannot read: its sessions need DateStyle ISO.',
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
  const found = isServerError(error) ? byState(error.code) : byDriver(error, code);
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

/**
 * What leaves the connection as it was: the statement was wrong, or came at a bad moment. Anything else
 * may have ended it, or says that it leads to the wrong place, and a new one costs little. The word for
 * the severity would tell too, but comes in the server's language.
 */
const SURVIVED_CLASSES = new Set(['21', '22', '23', '40', '42', '44', '54', '55', 'P0']);
const SURVIVED_STATES = new Set(['53100', '53200', '53400', '57014']);

/** True when the connection is unharmed by this error and may serve the next statement. */
export function connectionSurvives(error: unknown): boolean {
  if (!isServerError(error) || error.code === '40003') return false;
  return SURVIVED_STATES.has(error.code) || SURVIVED_CLASSES.has(error.code.slice(0, 2));
}

/**
 * Whether the statement was refused only for what the session remembers of it by its name: a plan whose
 * answer has changed with a migration (0A000), or a session that is not ours alone and lacks it (26000)
 * or got it from somebody else (42P05). Nothing was executed; without its name it is planned afresh.
 */
export function isForgotten(error: unknown): boolean {
  return isOutdatedPlan(error) || (isServerError(error) && ['26000', '42P05'].includes(error.code));
}

/** `0A000` is "not supported", which of what we send only such a plan can be. */
export function isOutdatedPlan(error: unknown): boolean {
  return isServerError(error) && error.code === '0A000';
}

interface Classified {
  readonly reason: DatabaseFaultReason;
  readonly outcome: DatabaseFault['outcome'];
  /** For what has none of its own. */
  readonly code?: string;
}

const refused = (reason: DatabaseFaultReason): Classified => ({ reason, outcome: 'not-executed' });
const unknown = (reason: DatabaseFaultReason): Classified => ({ reason, outcome: 'unknown' });

// An error that rolled the statement back is `not-executed`. A FATAL may strike between the
// commit and its acknowledgement, so those are `unknown`.
const states: Readonly<Record<string, Classified>> = {
  '40001': refused('serialization'),
  '40P01': refused('deadlock'),
  '40003': unknown('connection'), // statement completion unknown
  '55P03': refused('timeout'), // lock_timeout
  '57014': refused('timeout'), // statement_timeout, or canceled by an operator
  '25P03': unknown('timeout'), // idle_in_transaction_session_timeout
  '25P04': unknown('timeout'), // transaction_timeout
  '25006': refused('read-only'), // a demoted primary, or `default_transaction_read_only`
  '26000': refused('connection'), // a pooler moved us to a session without our statement
  '42P05': refused('connection'), // or to one that has it already
  '42501': refused('rights'),
  '53300': refused('pool-exhausted'), // too many connections
  '57P01': unknown('shutdown'),
  '57P02': unknown('shutdown'),
  '57P03': refused('shutdown'), // starting up, or not accepting any more
  '57P04': unknown('access'), // the database was dropped
  '57P05': unknown('connection'), // idle_session_timeout
  '58030': refused('resources'), // I/O error
  '3D000': refused('access'), // no such database
};

function byState(code: string): Classified | undefined {
  return states[code] ?? byClass(code.slice(0, 2));
}

function byClass(sqlClass: string): Classified | undefined {
  if (sqlClass === '08') return unknown('connection');
  if (sqlClass === '28') return refused('access');
  if (sqlClass === '53') return refused('resources');
  return undefined;
}

/** What `pg` throws without a code gets one of ours: nobody else has to look at its words. */
const texts: ReadonlyArray<readonly [RegExp, Classified]> = [
  [/^timeout exceeded when trying to connect/, refused('pool-exhausted')],
  [/^Cannot use a pool after calling end/, refused('shutdown')],
  [/^Client was closed and is not queryable/, refused('shutdown')],
  [/^Client has encountered a connection error/, refused('connection')],
  [/^timeout expired/, coded('ERR_CONNECT_TIMEOUT', refused('connection'))],
  [
    /^Connection terminated due to connection timeout/,
    coded('ERR_CONNECT_TIMEOUT', refused('connection')),
  ],
  [
    /^The server does not support SSL connections/,
    coded('ERR_NO_TLS_THERE', refused('connection')),
  ],
  [
    /^There was an error establishing an SSL connection/,
    coded('ERR_NOT_POSTGRES', refused('connection')),
  ],
  [
    /^SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be/,
    coded('ERR_NO_PASSWORD', refused('access')),
  ],
  [/^Query read timeout/, unknown('timeout')],
  [/^Connection terminated/, coded('ERR_CONNECTION_CLOSED', unknown('connection'))],
];

function coded(code: string, classified: Classified): Classified {
  return { ...classified, code };
}

function byDriver(error: Error, code: string | undefined): Classified | undefined {
  if (error instanceof UnreadableTime) return unknown('unreadable');
  if (error instanceof StatementPooling) {
    return coded('ERR_STATEMENT_POOLING', refused('statement-pooling'));
  }
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

/** The fault of what was never sent. */
export function notExecuted(reason: DatabaseFaultReason): DatabaseFault {
  return fault(reason, 'not-executed', undefined);
}
