import { CLAWBACKS, type Money, parseCharge, parseCurrency } from '@campusg-pay/core';
import { z } from 'zod';
import { returnAddress } from '../contract/schemas.js';
import { readAddress } from '../postgres/connection/database-address.js';
import { isOrigin, isWebOrigin } from './address-rules.js';
import { archiveTo } from './archive-variables.js';
import { callsPerSecond } from './call-limit-variable.js';
import { feeFixed, feePercent } from './fee-variables.js';
import { brokers, topic } from './kafka-variables.js';
import { listOf } from './text-list.js';

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

const wholeNumber = (from: number, to: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number)
    .refine((value) => value >= from && value <= to);

const text = z.string().min(1);

const databaseUrl = z.string().superRefine((text, issues) => {
  const address = readAddress(text);
  if (address.isErr()) issues.addIssue(address.error);
});

const webUrl = z.url({ protocol: /^https?$/ }).transform((text) => new URL(text));

const webhookSecrets = {
  schema: z
    .string()
    .transform((text) => listOf(text))
    .refine((all) => all.length > 0 && all.every((one) => /^whsec_\S+$/.test(one))),
  rule: 'one webhook signing secret (whsec_...), or two separated by a comma',
};

const trueOrFalse = {
  schema: z.enum(['true', 'false']).transform((given) => given === 'true'),
  rule: 'true or false',
};

/** The rule of each variable, in words that end "must be ..."; null: the schema says it, as a whole. */
export const VARIABLES = {
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
  // There is much that can be wrong with them, and the schema says what.
  DATABASE_URL: { schema: databaseUrl, rule: null },
  DATABASE_DIRECT_URL: { schema: databaseUrl, rule: null },
  DATABASE_POOL_SIZE: { schema: wholeNumber(2, 500), rule: 'a whole number from 2 to 500' },
  STRIPE_SECRET_KEY: {
    schema: z.string().regex(/^(sk|rk)_(test|live)_\w+$/),
    rule: 'a Stripe secret or restricted key (sk_... or rk_...)',
  },
  STRIPE_PUBLISHABLE_KEY: {
    schema: z.string().regex(/^pk_(test|live)_\w+$/),
    rule: 'a Stripe publishable key (pk_...)',
  },
  STRIPE_WEBHOOK_SECRET: webhookSecrets,
  STRIPE_CONNECT_WEBHOOK_SECRET: webhookSecrets,
  STRIPE_API_BASE: {
    schema: webUrl.refine(isOrigin),
    rule: 'an http:// or https:// URL without path, query, user name or password',
  },
  RETURN_URL: { schema: returnAddress, rule: null },
  STRIPE_TIMEOUT_MS: {
    schema: wholeNumber(100, 60_000),
    rule: 'milliseconds from 100 to 60000, digits only',
  },
  STRIPE_CALLS_PER_SECOND: callsPerSecond,
  STRIPE_ENDPOINT_CALLS_PER_SECOND: callsPerSecond,
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
  CORS_ORIGINS: {
    schema: z
      .string()
      .transform((text) => listOf(text))
      .refine((all) => all.length > 0 && all.every(isWebOrigin)),
    rule: 'a comma-separated list of origins as browsers send them (https://app.example.com), without path or *',
  },
  RATE_LIMIT_PER_MINUTE: {
    schema: wholeNumber(1, 1_000_000),
    rule: 'a whole number of requests from 1 to 1000000',
  },
  MAX_IN_FLIGHT: {
    schema: wholeNumber(1, 10_000),
    rule: 'a whole number of requests from 1 to 10000',
  },
  CAMPUSG_PAY_DATA_DIR: { schema: z.string().min(1), rule: 'a folder' },
  SANDBOX_PORT: { schema: wholeNumber(0, 65535), rule: 'a port number' },
  HOLD_EXPIRY_ACTION: {
    schema: z.enum(['warn', 'release', 'revert']),
    rule: 'warn, release or revert',
  },
  HOLD_EXPIRY_WARN_HOURS: { schema: wholeNumber(1, 720), rule: 'hours from 1 to 720, digits only' },
  HOLD_EXPIRY_ACT_MINUTES: {
    schema: wholeNumber(5, 2880),
    rule: 'minutes from 5 to 2880, digits only',
  },
  USER_SERVICE_URL: { schema: webUrl, rule: 'an http:// or https:// URL' },
  ORDER_SERVICE_URL: { schema: webUrl, rule: 'an http:// or https:// URL' },
  OPERATOR: {
    schema: z.string().regex(/^[^\p{C}]{1,100}$/u),
    rule: 'a name of at most 100 letters',
  },
  OPS_APPROVAL_ABOVE: {
    schema: z.string().transform((text, issues) => {
      const amounts = listOf(text).map(money);
      const currencies = new Set(amounts.map((one) => one?.currency));
      if (amounts.length > 0 && !amounts.includes(null) && currencies.size === amounts.length)
        return amounts.filter((one) => one !== null);
      issues.addIssue('not an amount');
      return z.NEVER;
    }),
    rule: 'minor units with a currency, e.g. 50000 USD; several separated by commas, each currency once',
  },
  ARCHIVE_AFTER_DAYS: {
    schema: wholeNumber(90, 36_500),
    rule: 'days from 90 to 36500, digits only',
  },
  ARCHIVE_TO: { schema: archiveTo, rule: 'the absolute path of a folder, or drop' },
  PLATFORM_FEE_PERCENT: {
    schema: feePercent,
    rule: 'a decimal number from 0 to 100 with at most 4 decimals, e.g. 2.5',
  },
  // The schema names the currency that is wrong.
  PLATFORM_FEE_FIXED: { schema: feeFixed, rule: null },
  PLATFORM_FEE_ON_TIP: trueOrFalse,
  CLAWBACK: { schema: z.enum(CLAWBACKS), rule: 'proportional, full or none' },
  COMPAT_ROUTES: trueOrFalse,
  KAFKA_REPLY_DIALECT: { schema: z.enum(['own', 'campusg']), rule: 'own or campusg' },
  KAFKA_CONSUMER_GROUP: {
    schema: z.string().regex(/^[\w.-]{1,200}$/),
    rule: 'a name of letters, digits, dots, hyphens and underscores',
  },
  KAFKA_BROKERS: brokers,
  KAFKA_BOOTSTRAP_SERVERS: brokers,
  KAFKA_EVENTS_TOPIC: topic,
  KAFKA_COMMANDS_TOPIC: topic,
  KAFKA_CLIENT_ID: { schema: text, rule: 'a name' },
  KAFKA_SSL: trueOrFalse,
  KAFKA_SSL_CA: {
    schema: z
      .string()
      // Where a value is one line, such as in docker's --env-file. PEM itself has no backslash.
      .transform((pem) => pem.replaceAll('\\n', '\n'))
      .pipe(z.string().regex(/^-----BEGIN CERTIFICATE-----\s/)),
    rule: 'one or more certificates as PEM (-----BEGIN CERTIFICATE-----)',
  },
  KAFKA_SASL_MECHANISM: {
    schema: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']),
    rule: 'plain, scram-sha-256 or scram-sha-512',
  },
  KAFKA_SASL_USERNAME: { schema: text, rule: 'a name' },
  KAFKA_SASL_PASSWORD: { schema: text, rule: 'a password' },
} as const;

/** What counts where a variable is not set; missing here: nothing, or the embedded part. */
export const DEFAULTS: Partial<Readonly<Record<Variable, string>>> = {
  NODE_ENV: 'development',
  HOST: '127.0.0.1',
  PORT: '3003',
  LOG_LEVEL: 'info',
  PAYMENT_CURRENCY: 'USD',
  DATABASE_POOL_SIZE: '10',
  STRIPE_TIMEOUT_MS: '20000',
  MAX_IN_FLIGHT: '250',
  CAMPUSG_PAY_DATA_DIR: '.campusg-pay',
  SANDBOX_PORT: '12111',
  HOLD_EXPIRY_ACTION: 'warn',
  HOLD_EXPIRY_WARN_HOURS: '24',
  HOLD_EXPIRY_ACT_MINUTES: '60',
  PLATFORM_FEE_PERCENT: '0',
  PLATFORM_FEE_ON_TIP: 'false',
  CLAWBACK: 'proportional',
  COMPAT_ROUTES: 'false',
  KAFKA_REPLY_DIALECT: 'own',
  KAFKA_CONSUMER_GROUP: 'payment-service-group',
  KAFKA_EVENTS_TOPIC: 'payment_events',
  KAFKA_COMMANDS_TOPIC: 'payment_commands',
  KAFKA_CLIENT_ID: 'payment-service',
  KAFKA_SSL: 'false',
};

/** The name of a variable. */
export type Variable = keyof typeof VARIABLES;

/** What a variable's text is read as. */
export type Value<V extends Variable> = z.output<(typeof VARIABLES)[V]['schema']>;

/** An amount that can be charged, as in `50000 USD`. */
function money(text: string): Money | null {
  const [, minor = '', code = ''] = /^(\d{1,15}) ?([a-z]{3})$/i.exec(text) ?? [];
  const amount = parseCurrency(code).andThen((currency) => parseCharge(Number(minor), currency));
  return amount.unwrapOr(null);
}

function apiKey(text: string): ApiKey | null {
  const colon = text.indexOf(':');
  const name = text.slice(0, Math.max(colon, 0)).trim();
  const key = text.slice(colon + 1).trim();
  return name === '' || key.length < 16 ? null : { name, key };
}
