import type {
  Commands,
  Currency,
  DatabaseFault,
  Escrow,
  Fault,
  IdempotencyKeys,
  Logger,
  PaymentSearch,
  WebhookRefusal,
} from '@campusg-pay/core';
import type { Result } from 'neverthrow';

/** A caller's key, and the name under which the log and the keys of its requests know it. */
export interface ApiKey {
  readonly name: string;
  readonly key: string;
}

/** The settings that the HTTP door reads. The defaults are those of `campusg-pay serve`. */
export interface HttpSettings {
  /**
   * The currency of requests that name none; ISO 4217.
   *
   * @default USD
   */
  readonly currency: Currency;
  /**
   * Who may call. Empty: whoever is on this machine, without showing a key.
   *
   * @default []
   */
  readonly apiKeys: readonly ApiKey[];
  /**
   * The origins whose web pages may call from a browser, such as `https://app.example.com`: what is
   * compared with the header `Origin`, letter by letter. Empty: none but its own.
   *
   * @default []
   */
  readonly corsOrigins?: readonly string[];
  /**
   * Most requests in a minute, counted for each caller and at least 1; null: no limit.
   *
   * @default null
   */
  readonly rateLimitPerMinute: number | null;
  /**
   * Most requests that are worked on at once, at least 1; fewer while the process comes late to its
   * work. What comes then is refused. Webhooks have a quarter as many places of their own.
   *
   * @default 250
   */
  readonly maxInFlight?: number;
  /**
   * Whether the routes of the platform's later service are served too.
   *
   * @default false
   */
  readonly compatRoutes: boolean;
}

/** What a user has spent as a customer and earned as a runner, in one currency and major units. */
export interface UserTotals {
  readonly currency: string;
  readonly totalSpent: number;
  readonly totalEarned: number;
  readonly spentCount: number;
  readonly earnedCount: number;
}

/** A request that was answered, as it is counted. */
export interface AnsweredRequest {
  /** The pattern of the endpoint, e.g. `/api/payment/:order_id/status`; `none` where none matched. */
  readonly route: string;
  readonly status: number;
  /** How long it took, in milliseconds. */
  readonly ms: number;
}

/**
 * What the HTTP door needs of the service. `openRuntime` of `@campusg-pay/adapters` opens one that
 * fits; a host that wires the use cases by itself brings its own.
 */
export interface ServicePort {
  readonly config: HttpSettings;
  /** A line for each request, and for each bug. Facts never hold a secret. */
  readonly log: Logger;
  /** The use cases: all that is decided about a payment is decided there. */
  readonly escrow: Pick<
    Escrow,
    | 'installation'
    | 'authorize'
    | 'release'
    | 'revert'
    | 'check'
    | 'checkWithAction'
    | 'cards'
    | 'runner'
    | 'setRunnerAccount'
  >;
  /** Lists of payments, from the records alone. */
  readonly looking: Pick<PaymentSearch, 'list' | 'ofUser'>;
  /** The keys under which callers repeat their requests. */
  readonly idempotencyKeys: Pick<IdempotencyKeys, 'look' | 'keep'>;
  /** The commands that are answered by events; only the compat routes ask for them. */
  readonly commands: Pick<Commands, 'accept'>;
  /** Takes in a webhook as it came over the wire: its bytes, and the header `Stripe-Signature`. */
  takeWebhook(webhook: {
    readonly rawBody: Buffer;
    readonly signature: string | undefined;
  }): Promise<Result<unknown, WebhookRefusal | Fault>>;
  /** What a user has spent and earned, for each currency; only the compat routes ask for it. */
  totalsOf(userId: string): Promise<Result<readonly UserTotals[], DatabaseFault>>;
  /** Counts an HTTP request that was answered. */
  noteRequest(answered: AnsweredRequest): void;
  /** Everything counted, as Prometheus reads it. */
  exposeMetrics(): Promise<{ readonly contentType: string; readonly text: string }>;
  /** Whether the database takes what a command writes. */
  ready(): Promise<Result<void, DatabaseFault>>;
  /**
   * The least time in milliseconds that anybody has waited for a connection to the database since this
   * was asked last, opening a new one not counted; left out: it does not count.
   */
  leastWaitMs?(): number;
  /** Whether commands come in over Kafka; null where none is configured. */
  commandConsumer(): 'running' | 'away' | 'dead' | 'stuck' | null;
}

/** A service that listens on a port of its own. */
export interface ListeningService extends ServicePort {
  readonly config: HttpSettings & { readonly host: string; readonly port: number };
  /** Is told where it listens, e.g. `http://127.0.0.1:3003`, before the first request. */
  listeningAt(baseUrl: string): Promise<void>;
}
