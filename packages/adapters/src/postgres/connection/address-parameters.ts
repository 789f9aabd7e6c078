import { err, ok, type Result, safeTry } from 'neverthrow';
import type pg from 'pg';
import { type ReadParameter, readTls } from './tls-settings.js';

/** What stands behind the ? of a database URL. */
export interface AddressParameters {
  /** False: without TLS; undefined: as `PGSSLMODE` says. */
  readonly ssl: pg.ClientConfig['ssl'];
  /** Which of several hosts is meant; undefined: the one that takes writes. */
  readonly target: Target | undefined;
  /** What goes to the driver as it is, instead of what we would tell it. */
  readonly driver: DriverSettings;
}

export type Target = (typeof TARGETS)[number];

type DriverSettings = Pick<
  pg.ClientConfig,
  | (typeof LIMITS)[number][1]
  | 'application_name'
  | 'enableChannelBinding'
  | 'options'
  | 'sslnegotiation'
>;

/** What may stand before the ? as well; here it overrules that. */
export interface NamedParts {
  readonly host: string | undefined;
  readonly port: string | undefined;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly database: string | undefined;
}

/** Whole numbers: their name here and for the driver, and the driver's milliseconds in one. */
const LIMITS = [
  ['connect_timeout', 'connectionTimeoutMillis', 1_000],
  ['statement_timeout', 'statement_timeout', 1],
  ['query_timeout', 'query_timeout', 1],
  ['lock_timeout', 'lock_timeout', 1],
  ['idle_in_transaction_session_timeout', 'idle_in_transaction_session_timeout', 1],
] as const;

const TARGETS = ['read-write', 'primary', 'any'] as const;

const OURS =
  'host port user password dbname database target_session_attrs options application_name ssl sslmode sslrootcert sslcert sslkey sslpassword sslnegotiation uselibpqcompat channel_binding';
/** For other clients than ours: they change nothing here, and vendors put them into their URLs. */
const OF_OTHERS =
  'keepalives keepalives_idle keepalives_interval keepalives_count tcp_user_timeout fallback_application_name client_encoding sslsni pgbouncer connection_limit pool_timeout statement_cache_size';
const KNOWN = `${OURS} ${OF_OTHERS}`.split(' ').concat(LIMITS.map(([name]) => name));

/** Those whose values may be shown. */
export const PUBLIC_PARAMETERS: ReadonlySet<string> = new Set(
  KNOWN.concat('schema').filter((name) => !/password/.test(name)),
);

/** Parameters of others that mean something which we would do otherwise, and how it is said here. */
const INSTEAD: Readonly<Record<string, string>> = {
  schema: 'write options=-c%20search_path%3DNAME instead',
  currentSchema: 'write options=-c%20search_path%3DNAME instead',
  hostaddr: 'write the address as the host',
  service: 'write out what the service file says',
  sslaccept: 'write sslmode=verify-full, or sslmode=no-verify, instead',
};

/** The names are libpq's. Source: PostgreSQL manual, 32.1.2 "Parameter Key Words". */
export function readParameters(
  query: URLSearchParams,
): Result<AddressParameters & { readonly named: NamedParts }, string> {
  const value: ReadParameter = (name) => query.get(name) || undefined;
  return safeTry(function* () {
    yield* allKnown([...query.keys()]);
    const ssl = yield* readTls(value);
    const target = yield* readTarget(value);
    const driver = yield* readDriverSettings(value);
    // Where sslmode is left to `PGSSLMODE`, which may be unset, the connection could be a plain one.
    if (value('channel_binding') === 'require' && !ssl) {
      return err('has channel_binding=require without TLS: add sslmode=verify-full');
    }
    const named = {
      host: value('host'),
      port: value('port'),
      user: value('user'),
      password: value('password'),
      database: value('dbname') ?? value('database'),
    };
    return ok({ ssl, target, driver, named });
  });
}

/** A misspelt `sslmode` would be no TLS, without a word. */
function allKnown(names: readonly string[]): Result<void, string> {
  const unknown = names.find((name) => !KNOWN.includes(name));
  if (unknown === undefined) return ok();
  const instead = INSTEAD[unknown];
  if (instead !== undefined)
    return err(`has the parameter ${unknown}, which is not for us: ${instead}`);
  // What does not look like a name may be half a password.
  const shown = /^[a-z_]{1,40}$/i.test(unknown) ? `the parameter ${unknown}` : 'a parameter';
  return err(`has ${shown}, which is not known here: correct it, or leave it out`);
}

function readTarget(value: ReadParameter): Result<Target | undefined, string> {
  const text = value('target_session_attrs');
  if (text === undefined) return ok(undefined);
  const target = TARGETS.find((one) => one === text);
  return target === undefined
    ? err(`must have target_session_attrs of ${TARGETS.join(', ')}: this service writes`)
    : ok(target);
}

function readDriverSettings(value: ReadParameter): Result<DriverSettings, string> {
  const settings: DriverSettings = {};
  for (const [name, key, ms] of LIMITS) {
    const text = value(name);
    if (text === undefined) continue;
    if (!/^\d{1,9}$/.test(text)) return err(`must have a whole number as ${name}`);
    settings[key] = Number(text) * ms;
  }
  const [options, name] = [value('options'), value('application_name')];
  if (options !== undefined) settings.options = options;
  if (name !== undefined) settings.application_name = name;
  // Asked for where the server offers it. The certificate is checked besides.
  const binding = value('channel_binding');
  if (binding === 'require' || binding === 'prefer') settings.enableChannelBinding = true;
  const negotiation = value('sslnegotiation');
  if (negotiation === 'direct') settings.sslnegotiation = negotiation;
  return ok(settings);
}
