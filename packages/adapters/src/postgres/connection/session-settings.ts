/**
 * What we rely on in a session, whatever `alter role ... set` or `alter database ... set` say: how values
 * are written and read, what a transaction sees, and that what is committed is on disk before Stripe is
 * called. Not here: read-only, which is the operator's or the server's to say and is told as such, and
 * the language of messages, on which nothing depends.
 */
const RELIED_ON: Readonly<Record<string, string>> = {
  DateStyle: 'ISO, MDY',
  IntervalStyle: 'postgres',
  TimeZone: 'UTC',
  client_encoding: 'UTF8',
  standard_conforming_strings: 'on',
  bytea_output: 'hex',
  extra_float_digits: '1',
  array_nulls: 'on',
  transform_null_equals: 'off',
  default_transaction_isolation: 'read committed',
  default_transaction_deferrable: 'off',
  synchronous_commit: 'on',
  row_security: 'on',
  plan_cache_mode: 'auto',
  jit: 'off',
};

/** Limits of a session in milliseconds; 0: none. */
export interface SessionLimits {
  readonly statementTimeoutMs: number;
  readonly lockTimeoutMs: number;
  readonly idleInTransactionMs: number;
}

/** The settings of a session by their names, as a start packet has them. */
export type SessionSettings = Readonly<Record<string, string>>;

/**
 * All that we pin.
 *
 * @param searchPath as SQL wants it, quoted where need be; null leaves it as it comes
 */
export function sessionSettings(searchPath: string | null, limits: SessionLimits): SessionSettings {
  return {
    ...RELIED_ON,
    statement_timeout: String(limits.statementTimeoutMs),
    lock_timeout: String(limits.lockTimeoutMs),
    idle_in_transaction_session_timeout: String(limits.idleInTransactionMs),
    // Where it is not named, what is temporary is found first: somebody else's behind a shared pooler.
    ...(searchPath === null ? {} : { search_path: `${searchPath}, pg_temp` }),
  };
}

/** Begins a transaction that sees what was committed before each of its statements. */
export const BEGIN = 'begin isolation level read committed';

/** What pins settings for one transaction only, where a session is not ours to change. */
export function pinnedForTransaction(settings: SessionSettings): string {
  const pins = Object.entries(settings).map(
    ([name, value]) => `pg_catalog.set_config('${name}', '${value.replaceAll("'", "''")}', true)`,
  );
  return `select ${pins.join(', ')}`;
}
