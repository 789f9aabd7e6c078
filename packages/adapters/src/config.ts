import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Currency, parseCurrency } from '@campusg-pay/core';
import { err, ok, type Result } from 'neverthrow';
import { z } from 'zod';

/** One setting that is missing or wrong: its name and the rule, never its value. */
export interface ConfigError {
  readonly variable: string;
  readonly rule: string;
}

/** A caller of the HTTP API. The key is a secret. */
export interface ApiKey {
  readonly name: string;
  readonly key: string;
}

/** Everything that is configured, checked. Null parts run embedded. */
export interface Config {
  readonly production: boolean;
  readonly host: string;
  readonly port: number;
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** The currency of requests that name none. */
  readonly currency: Currency;
  readonly databaseUrl: string | null;
  readonly databasePoolSize: number;
  readonly stripe: StripeConfig | null;
  readonly stripeTimeoutMs: number;
  /** Empty: nobody has to show a key. */
  readonly apiKeys: readonly ApiKey[];
  /** Requests a minute and caller; null: no limit. */
  readonly rateLimitPerMinute: number | null;
  /** Where the embedded parts keep their data. */
  readonly dataDir: string;
  /** The port of the embedded Stripe sandbox. */
  readonly sandboxPort: number;
}

export interface StripeConfig {
  readonly secretKey: string;
  /** Several during rotation. Empty: webhooks are refused. */
  readonly webhookSecrets: readonly string[];
  /** Another Stripe-shaped endpoint; null is Stripe itself. */
  readonly apiBase: URL | null;
}

type Environment = Readonly<Record<string, string | undefined>>;

const wholeNumber = (from: number, to: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number)
    .refine((value) => value >= from && value <= to);

const webUrl = z.url({ protocol: /^https?$/ }).transform((text) => new URL(text));

/** The rule of each variable, in words that end "must be ...". */
const VARIABLES = {
  NODE_ENV: {
    schema: z.enum(['production', 'development', 'test']),
    rule: 'production, development or test',
  },
  HOST: { schema: z.string().min(1), rule: 'an address to listen on' },
  PORT: { schema: wholeNumber(0, 65535), rule: 'a port number' },
  LOG_LEVEL: {
    schema: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']),
    rule: 'trace, debug, info, warn, error or silent',
  },
  PAYMENT_CURRENCY: {
    schema: z.string().transform((text, issues) => {
      const parsed = parseCurrency(text);
      if (parsed.isOk()) return parsed.value;
      issues.addIssue('unknown currency');
      return z.NEVER;
    }),
    rule: 'an ISO 4217 currency code that Stripe can charge',
  },
  DATABASE_URL: { schema: z.url({ protocol: /^postgres(ql)?$/ }), rule: 'a postgres:// URL' },
  DATABASE_POOL_SIZE: { schema: wholeNumber(2, 500), rule: 'a whole number from 2 to 500' },
  STRIPE_SECRET_KEY: {
    schema: z.string().regex(/^(sk|rk)_(test|live)_\w+$/),
    rule: 'a Stripe secret or restricted key (sk_... or rk_...)',
  },
  STRIPE_PUBLISHABLE_KEY: {
    schema: z.string().regex(/^pk_(test|live)_\w+$/),
    rule: 'a Stripe publishable key (pk_...)',
  },
  STRIPE_WEBHOOK_SECRET: {
    schema: z
      .string()
      .transform((text) => listOf(text))
      .refine((all) => all.length > 0 && all.every((one) => /^whsec_\S+$/.test(one))),
    rule: 'one webhook signing secret (whsec_...), or two separated by a comma',
  },
  STRIPE_API_BASE: { schema: webUrl, rule: 'an http:// or https:// URL' },
  STRIPE_TIMEOUT_MS: { schema: wholeNumber(100, 60_000), rule: 'milliseconds from 100 to 60000' },
  API_KEYS: {
    schema: z.string().transform((text, issues) => {
      const keys = listOf(text).map(apiKey);
      const names = new Set(keys.map((one) => one?.name));
      if (keys.length > 0 && !keys.includes(null) && names.size === keys.length)
        return keys.filter((one) => one !== null);
      issues.addIssue('not name:key');
      return z.NEVER;
    }),
    rule: 'a comma-separated list of name:key, each name once and each key at least 16 characters long',
  },
  RATE_LIMIT_PER_MINUTE: { schema: wholeNumber(1, 1_000_000), rule: 'a whole number of requests' },
  CAMPUSG_PAY_DATA_DIR: { schema: z.string().min(1), rule: 'a folder' },
  SANDBOX_PORT: { schema: wholeNumber(0, 65535), rule: 'a port number' },
  USER_SERVICE_URL: { schema: webUrl, rule: 'an http:// or https:// URL' },
  ORDER_SERVICE_URL: { schema: webUrl, rule: 'an http:// or https:// URL' },
} as const;

type Variable = keyof typeof VARIABLES;

/** Every variable that is read; each also as `NAME_FILE`. */
export const VARIABLE_NAMES: readonly string[] = Object.keys(VARIABLES);

type Value<V extends Variable> = z.output<(typeof VARIABLES)[V]['schema']>;

/** What production can't run without. */
const NEEDED_IN_PRODUCTION = [
  'DATABASE_URL',
  'STRIPE_SECRET_KEY',
  'STRIPE_WEBHOOK_SECRET',
  'API_KEYS',
] as const satisfies readonly Variable[];

/**
 * Reads the configuration from environment variables, all at once: the errors name every variable
 * that is missing or wrong. `NAME_FILE` reads `NAME` from a file, for secrets that are mounted.
 * An empty value counts as not set.
 */
export function readConfig(environment: Environment): Result<Config, ConfigError[]> {
  const errors: ConfigError[] = [];
  const read = <V extends Variable>(variable: V) => readVariable(environment, variable, errors);
  const production = read('NODE_ENV') === 'production';
  const secretKey = read('STRIPE_SECRET_KEY');
  const webhookSecrets = read('STRIPE_WEBHOOK_SECRET');
  const apiBase = read('STRIPE_API_BASE');
  const databaseUrl = read('DATABASE_URL');
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
      if (!isSet(environment, variable))
        errors.push({ variable, rule: 'is required in production' });
    }
  }
  if (apiBase !== undefined && !isSet(environment, 'STRIPE_SECRET_KEY')) {
    errors.push({ variable: 'STRIPE_SECRET_KEY', rule: 'is required with STRIPE_API_BASE' });
  }
  const config: Config = {
    production,
    host: read('HOST') ?? (production ? '0.0.0.0' : '127.0.0.1'),
    port: read('PORT') ?? 3003,
    logLevel: read('LOG_LEVEL') ?? 'info',
    currency: read('PAYMENT_CURRENCY') ?? parseCurrency('USD')._unsafeUnwrap(),
    databaseUrl: databaseUrl ?? null,
    databasePoolSize: read('DATABASE_POOL_SIZE') ?? 10,
    stripe:
      secretKey === undefined
        ? null
        : { secretKey, webhookSecrets: webhookSecrets ?? [], apiBase: apiBase ?? null },
    stripeTimeoutMs: read('STRIPE_TIMEOUT_MS') ?? 20_000,
    apiKeys: apiKeys ?? [],
    rateLimitPerMinute: read('RATE_LIMIT_PER_MINUTE') ?? null,
    dataDir: resolve(read('CAMPUSG_PAY_DATA_DIR') ?? '.campusg-pay'),
    sandboxPort: read('SANDBOX_PORT') ?? 12111,
  };
  return errors.length === 0 ? ok(config) : err(errors);
}

/** The configuration of this process. */
export function configFromEnvironment(): Result<Config, ConfigError[]> {
  return readConfig(process.env);
}

/**
 * Only the database of this process' environment, for what needs nothing else; null when it is not
 * set.
 */
export function databaseUrlFromEnvironment(): Result<string | null, ConfigError[]> {
  const errors: ConfigError[] = [];
  const url = readVariable(process.env, 'DATABASE_URL', errors) ?? null;
  return errors.length === 0 ? ok(url) : err(errors);
}

/** The checked value; undefined where it is not set, or wrong and added to the errors. */
function readVariable<V extends Variable>(
  environment: Environment,
  variable: V,
  errors: ConfigError[],
): Value<V> | undefined {
  const text = textOf(environment, variable, errors);
  if (text === undefined) return undefined;
  const parsed = VARIABLES[variable].schema.safeParse(text);
  if (parsed.success) return parsed.data as Value<V>;
  errors.push({ variable, rule: `must be ${VARIABLES[variable].rule}` });
  return undefined;
}

function isSet(environment: Environment, variable: string): boolean {
  return Boolean(environment[variable] || environment[`${variable}_FILE`]);
}

function textOf(
  environment: Environment,
  variable: Variable,
  errors: ConfigError[],
): string | undefined {
  const text = environment[variable];
  const file = environment[`${variable}_FILE`];
  if (text && file) {
    errors.push({ variable, rule: `must not be set together with ${variable}_FILE` });
    return undefined;
  }
  if (!file) return text || undefined;
  try {
    const content = readFileSync(file, 'utf8').trim();
    if (content !== '') return content;
    // Read as "not set", a secret that was not mounted would switch production to the sandbox.
    errors.push({ variable: `${variable}_FILE`, rule: 'must name a file that is not empty' });
    return undefined;
  } catch {
    errors.push({ variable: `${variable}_FILE`, rule: 'must name a file that can be read' });
    return undefined;
  }
}

function listOf(text: string): string[] {
  return text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
}

function apiKey(text: string): ApiKey | null {
  const colon = text.indexOf(':');
  const name = text.slice(0, Math.max(colon, 0)).trim();
  const key = text.slice(colon + 1).trim();
  return name === '' || key.length < 16 ? null : { name, key };
}
