import type { Clawback, Currency, FeePolicy, LapsePolicy, Money } from '@campusg-pay/core';
import type { KafkaConfig } from '../kafka/kafka-config.js';
import type { AccountLimits } from '../stripe/account-limits.js';
import type { ApiKey } from './variables.js';

/**
 * Everything that is configured, checked. Each field names the variable that it is read from; bounds
 * and defaults are those of the variable. Null parts run embedded.
 */
export interface Config {
  /**
   * `NODE_ENV` is `production`: the service starts with all that production needs, or not at all.
   *
   * @default false
   */
  readonly production: boolean;
  /**
   * `HOST`: the address to listen on.
   *
   * @default '127.0.0.1'; in production '0.0.0.0'
   */
  readonly host: string;
  /**
   * `PORT`: from 0 to 65535; 0 takes any free one.
   *
   * @default 3003
   */
  readonly port: number;
  /**
   * `LOG_LEVEL`: what is less serious than this is not logged.
   *
   * @default 'info'
   */
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /**
   * `PAYMENT_CURRENCY`: the currency of requests that name none; ISO 4217, one that Stripe can charge.
   *
   * @default USD
   */
  readonly currency: Currency;
  /**
   * `DATABASE_URL`: `postgres://user:password@host:port/database`. A secret.
   *
   * @default null
   */
  readonly databaseUrl: string | null;
  /**
   * `DATABASE_DIRECT_URL`: the same database without the pooler that `DATABASE_URL` leads to; used for
   * session locks and migrations. A secret.
   *
   * @default null: what DATABASE_URL leads to
   */
  readonly databaseDirectUrl: string | null;
  /**
   * `DATABASE_POOL_SIZE`: most connections at once, from 2 to 500.
   *
   * @default 10
   */
  readonly databasePoolSize: number;
  /**
   * `STRIPE_SECRET_KEY` and what belongs to it.
   *
   * @default null
   */
  readonly stripe: StripeConfig | null;
  /**
   * `RETURN_URL`: where Stripe sends customers back to from their bank's page when a request names no
   * `return_url`; at most 2000 letters.
   *
   * @default null: outside production a page of the service; in production there is none
   */
  readonly returnUrl: string | null;
  /**
   * `STRIPE_TIMEOUT_MS`: longest time that a call to Stripe may take in all, in milliseconds, from 100
   * to 60000.
   *
   * @default 20_000
   */
  readonly stripeTimeoutMs: number;
  /**
   * `STRIPE_CALLS_PER_SECOND` and `STRIPE_ENDPOINT_CALLS_PER_SECOND` (1 to 100000, or unlimited): how many
   * calls the account may make, which all replicas share; null: no limit.
   *
   * @default what Stripe allows: 25 to each endpoint, over all 100 with a live key and 25 with a test key;
   * null with STRIPE_API_BASE and in the embedded sandbox
   */
  readonly stripeLimits: AccountLimits | null;
  /**
   * `HOLD_EXPIRY_ACTION`, `HOLD_EXPIRY_WARN_HOURS` (1 to 720) and `HOLD_EXPIRY_ACT_MINUTES` (5 to 2880):
   * what is done about holds that are about to lapse.
   *
   * @default to warn a day before; where it acts, an hour before
   */
  readonly lapse: LapsePolicy;
  /**
   * `PLATFORM_FEE_PERCENT`, `PLATFORM_FEE_FIXED`, `PLATFORM_FEE_ON_TIP`: what the platform keeps of a
   * release that names no fee. A percentage in millionths, and minor units of each currency.
   *
   * @default nothing
   */
  readonly fees: FeePolicy;
  /**
   * `CLAWBACK`: who bears what is given back once the runner was paid.
   *
   * @default 'proportional'
   */
  readonly clawback: Clawback;
  /**
   * `API_KEYS`: who may call; each key has at least 16 characters. Empty: whoever is on this machine,
   * without showing a key; `HOST` must then be an address of this machine alone.
   *
   * @default []
   */
  readonly apiKeys: readonly ApiKey[];
  /**
   * `CORS_ORIGINS`: the origins whose web pages may call from a browser, such as
   * `https://app.example.com`. Empty: none but its own.
   *
   * @default []
   */
  readonly corsOrigins: readonly string[];
  /**
   * `RATE_LIMIT_PER_MINUTE`: most requests of one caller in a minute, from 1 to 1000000; null: no limit.
   *
   * @default null
   */
  readonly rateLimitPerMinute: number | null;
  /**
   * `MAX_IN_FLIGHT`: most requests that are worked on at once, from 1 to 10000; fewer while the process
   * comes late to its work. Webhooks have a quarter as many places of their own.
   *
   * @default 250
   */
  readonly maxInFlight: number;
  /**
   * `CAMPUSG_PAY_DATA_DIR`: where the embedded parts keep their data, as an absolute path.
   *
   * @default '.campusg-pay' in the current folder
   */
  readonly dataDir: string;
  /**
   * `SANDBOX_PORT`: the port of the embedded Stripe sandbox, from 0 to 65535.
   *
   * @default 12111
   */
  readonly sandboxPort: number;
  /**
   * `OPERATOR`: who works at the terminal, at most 100 letters; null: the user of the operating system.
   *
   * @default null
   */
  readonly operator: string | null;
  /**
   * `OPS_APPROVAL_ABOVE`: above these amounts an operator's act wants a second person, and in a
   * currency that is not among them always. Empty: never.
   *
   * @default []
   */
  readonly approvalAbove: readonly Money[];
  /**
   * `ARCHIVE_AFTER_DAYS` and `ARCHIVE_TO`: which histories leave the database, and where to.
   *
   * @default null: all of them stay
   */
  readonly archive: ArchiveConfig | null;
  /**
   * `COMPAT_ROUTES`: whether the routes of the platform's later service are served too.
   *
   * @default false
   */
  readonly compatRoutes: boolean;
  /**
   * `KAFKA_BROKERS` and what belongs to it; null: events go to the log.
   *
   * @default null
   */
  readonly kafka: KafkaConfig | null;
}

/** Whom we ask at Stripe, as whom, and what its webhooks are checked with. */
export interface StripeConfig {
  /** `STRIPE_SECRET_KEY`: `sk_...` or `rk_...`. A secret: it is never logged. */
  readonly secretKey: string;
  /**
   * `STRIPE_WEBHOOK_SECRET`: `whsec_...`, two during rotation, and those of
   * `STRIPE_CONNECT_WEBHOOK_SECRET`, which signs what happens at connected accounts: each is tried. Empty:
   * webhooks are refused. Secrets.
   *
   * @default []
   */
  readonly webhookSecrets: readonly string[];
  /**
   * `STRIPE_API_BASE`: another endpoint that speaks like Stripe; null: Stripe itself. With a live key it
   * is https or on this machine.
   *
   * @default null
   */
  readonly apiBase: URL | null;
}

/** Histories of payments that are over, and that reconciling has proven, leave the database. */
export interface ArchiveConfig {
  /** `ARCHIVE_AFTER_DAYS`: so long after the payment was made, in milliseconds; from 90 to 36500 days. */
  readonly afterMs: number;
  /** `ARCHIVE_TO`: the absolute path of a folder; null (`drop`): they are kept nowhere. */
  readonly folder: string | null;
}
