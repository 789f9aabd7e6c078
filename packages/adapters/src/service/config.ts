import { resolve } from 'node:path';
import { parseCurrency } from '@campusg-pay/core';
import { err, ok, type Result } from 'neverthrow';
import { isLoopback } from '../contract/loopback.js';
import { readArchive } from './archive-settings.js';
import { defaultLimitOf, readStripeLimits } from './call-limit-settings.js';
import type { Config, StripeConfig } from './config-fields.js';
import { readFees } from './fee-settings.js';
import { readKafka } from './kafka-settings.js';
import { masked, maskedMalformed } from './masking.js';
import { type Environment, isSet, textOf } from './variable-text.js';
import { type ConfigError, DEFAULTS, VARIABLES, type Value, type Variable } from './variables.js';

export type { KafkaConfig } from '../kafka/kafka-config.js';
export type { ArchiveConfig, Config, StripeConfig } from './config-fields.js';
export type { ApiKey, ConfigError } from './variables.js';

/** Every variable that is read; each also as `NAME_FILE`. */
export const VARIABLE_NAMES: readonly string[] = Object.keys(VARIABLES);

/** What production can't run without. */
const NEEDED_IN_PRODUCTION = [
  'DATABASE_URL',
  'STRIPE_SECRET_KEY',
  'STRIPE_WEBHOOK_SECRET',
  'API_KEYS',
  'KAFKA_BROKERS',
] as const satisfies readonly Variable[];

const NEEDED_WHERE_OTHERS_REACH_IT =
  'is required unless HOST is an address of this machine alone (127.0.0.1, ::1 or localhost): ' +
  'whoever reaches the port could move money';

/** The other name of a variable that has one. */
const ALIASES: Partial<Record<Variable, Variable>> = { KAFKA_BROKERS: 'KAFKA_BOOTSTRAP_SERVERS' };

/**
 * Reads the configuration from environment variables, all at once: the errors name every variable
 * that is missing or wrong. `NAME_FILE` reads `NAME` from a file, for secrets that are mounted.
 * An empty value counts as not set. No `.env` file is read: see `configFromEnvironment`.
 */
export function readConfig(environment: Environment): Result<Config, ConfigError[]> {
  const errors: ConfigError[] = [];
  const read = <V extends Variable>(variable: V) => readVariable(environment, variable, errors);
  const production = read('NODE_ENV') === 'production';
  const stripe = readStripe(environment, read, errors);
  const databaseUrl = read('DATABASE_URL');
  const databaseDirectUrl = read('DATABASE_DIRECT_URL');
  const apiKeys = read('API_KEYS');
  for (const checkedOnly of [
    'STRIPE_PUBLISHABLE_KEY',
    'USER_SERVICE_URL',
    'ORDER_SERVICE_URL',
  ] as const) {
    read(checkedOnly);
  }
  if (production) {
    for (const variable of NEEDED_IN_PRODUCTION) {
      if (!isSet(environment, ALIASES[variable] ?? variable) && !isSet(environment, variable))
        errors.push({ variable, rule: 'is required in production' });
    }
  }
  if (databaseDirectUrl !== undefined && !isSet(environment, 'DATABASE_URL')) {
    errors.push({ variable: 'DATABASE_URL', rule: 'is required with DATABASE_DIRECT_URL' });
  }
  const returnUrl = read('RETURN_URL');
  if (isLive(stripe?.secretKey)) errors.push(...unsafeWithLiveKey(stripe?.apiBase, returnUrl));
  const host = read('HOST') ?? (production ? '0.0.0.0' : '127.0.0.1');
  if (!production && !isLoopback(host) && !isSet(environment, 'API_KEYS')) {
    errors.push({ variable: 'API_KEYS', rule: NEEDED_WHERE_OTHERS_REACH_IT });
  }
  const config: Config = {
    production,
    host,
    port: read('PORT') ?? 3003,
    logLevel: read('LOG_LEVEL') ?? 'info',
    currency: read('PAYMENT_CURRENCY') ?? parseCurrency('USD')._unsafeUnwrap(),
    databaseUrl: databaseUrl ?? null,
    databaseDirectUrl: databaseDirectUrl ?? null,
    databasePoolSize: read('DATABASE_POOL_SIZE') ?? 10,
    stripe,
    returnUrl: returnUrl ?? null,
    stripeTimeoutMs: read('STRIPE_TIMEOUT_MS') ?? 20_000,
    stripeLimits: readStripeLimits(stripe, read),
    lapse: {
      action: read('HOLD_EXPIRY_ACTION') ?? 'warn',
      warnMs: (read('HOLD_EXPIRY_WARN_HOURS') ?? 24) * 60 * 60 * 1000,
      actMs: (read('HOLD_EXPIRY_ACT_MINUTES') ?? 60) * 60 * 1000,
    },
    fees: readFees(read),
    clawback: read('CLAWBACK') ?? 'proportional',
    apiKeys: apiKeys ?? [],
    corsOrigins: read('CORS_ORIGINS') ?? [],
    rateLimitPerMinute: read('RATE_LIMIT_PER_MINUTE') ?? null,
    maxInFlight: read('MAX_IN_FLIGHT') ?? 250,
    dataDir: resolve(read('CAMPUSG_PAY_DATA_DIR') ?? '.campusg-pay'),
    sandboxPort: read('SANDBOX_PORT') ?? 12111,
    operator: read('OPERATOR') ?? null,
    approvalAbove: read('OPS_APPROVAL_ABOVE') ?? [],
    archive: readArchive(read, errors),
    compatRoutes: read('COMPAT_ROUTES') ?? false,
    kafka: readKafka(read, errors),
  };
  return errors.length === 0 ? ok(config) : err(errors);
}

/** Null without a key: the sandbox then. */
function readStripe(
  environment: Environment,
  read: <V extends Variable>(variable: V) => Value<V> | undefined,
  errors: ConfigError[],
): StripeConfig | null {
  const secretKey = read('STRIPE_SECRET_KEY');
  const webhookSecrets = read('STRIPE_WEBHOOK_SECRET') ?? [];
  const connectSecrets = read('STRIPE_CONNECT_WEBHOOK_SECRET') ?? [];
  const apiBase = read('STRIPE_API_BASE') ?? null;
  for (const [variable, needed] of NEEDED_BY) {
    if (isSet(environment, variable) && !isSet(environment, needed))
      errors.push({ variable: needed, rule: `is required with ${variable}` });
  }
  if (secretKey === undefined) return null;
  return { secretKey, webhookSecrets: [...webhookSecrets, ...connectSecrets], apiBase };
}

const NEEDED_BY = [
  ['STRIPE_API_BASE', 'STRIPE_SECRET_KEY'],
  ['STRIPE_CONNECT_WEBHOOK_SECRET', 'STRIPE_WEBHOOK_SECRET'],
] as const satisfies readonly (readonly Variable[])[];

function unsafeWithLiveKey(
  apiBase: URL | null | undefined,
  returnUrl: string | undefined,
): ConfigError[] {
  const errors: ConfigError[] = [];
  // Whoever listens on the way would read a key that moves real money.
  if (apiBase?.protocol === 'http:' && !isLoopback(apiBase.hostname)) {
    const rule = 'must be https:// with a live key, unless it is on this machine';
    errors.push({ variable: 'STRIPE_API_BASE', rule });
  }
  // Stripe refuses it, with every hold.
  if (returnUrl !== undefined && new URL(returnUrl).protocol === 'http:') {
    errors.push({ variable: 'RETURN_URL', rule: 'must be https:// with a live key' });
  }
  return errors;
}

/** Whether customers pay with money of theirs, at an address that is not this machine's. */
export function takesRealMoney({ production, stripe }: Config): boolean {
  return production || isLive(stripe?.secretKey);
}

function isLive(secretKey: string | undefined): boolean {
  return /^(sk|rk)_live_/.test(secretKey ?? '');
}

/** One variable as it may be shown. */
export interface DescribedVariable {
  readonly variable: string;
  /** Secrets are masked; null: not set, and there is no default. */
  readonly value: string | null;
  /** `file`: a file that `NAME_FILE` names; `.env`: the settings file, see `configFromEnvironment`. */
  readonly source: 'default' | 'environment' | 'file' | '.env';
}

/** Every variable that is read, with its value in force and where that comes from. */
export function describeConfig(environment: Environment): DescribedVariable[] {
  return (Object.keys(VARIABLES) as Variable[]).map((variable) => {
    const text = textOf(environment, variable, []);
    if (text === undefined) {
      return { variable, value: defaultOf(environment, variable), source: 'default' };
    }
    const source = environment[variable]?.trim() ? 'environment' : 'file';
    const isSound = VARIABLES[variable].schema.safeParse(text).success;
    const value = isSound ? masked(variable, text) : maskedMalformed(variable, text);
    return { variable, value, source };
  });
}

function defaultOf(environment: Environment, variable: Variable): string | null {
  if (variable === 'HOST' && environment.NODE_ENV === 'production') return '0.0.0.0';
  return defaultLimitOf(variable, environment) ?? DEFAULTS[variable] ?? null;
}

/** The checked value; undefined where it is not set, or wrong and added to the errors. */
export function readVariable<V extends Variable>(
  environment: Environment,
  variable: V,
  errors: ConfigError[],
): Value<V> | undefined {
  const text = textOf(environment, variable, errors);
  if (text === undefined) return undefined;
  const parsed = VARIABLES[variable].schema.safeParse(text);
  if (parsed.success) return parsed.data as Value<V>;
  const { rule } = VARIABLES[variable];
  const [issue] = parsed.error.issues;
  errors.push({ variable, rule: rule === null ? String(issue?.message) : `must be ${rule}` });
  return undefined;
}
