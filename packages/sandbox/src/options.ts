import type { Terms } from './state/world.js';
import type { WebhookRetry } from './webhooks/deliveries.js';
import type { EndpointSettings } from './webhooks/endpoint.js';

/** Where the sandbox listens, what it keeps and whom it tells. */
export interface SandboxOptions {
  /**
   * The port to listen on, 0 to 65535; 0 takes any free one.
   *
   * @default 0
   */
  readonly port?: number;
  /**
   * The address to listen on.
   *
   * @default '127.0.0.1'
   */
  readonly host?: string;
  /** Where the state is kept over restarts; without it, in memory only. */
  readonly dataFile?: string;
  /** Where events are delivered; without it nowhere. A restart without it keeps the former one. */
  readonly webhook?: EndpointSettings;
  /**
   * What the sandbox's clock runs with.
   *
   * @default the clock of the machine
   */
  readonly now?: () => Date;
  /**
   * Where the sandbox's clock begins, 1970 or later. State that a data file brings back has a time
   * already: the clock is moved on to `startAt` as `advance` would move it, and never back, so an
   * earlier `startAt` only warns.
   *
   * @default now
   */
  readonly startAt?: Date;
  /** Told after the clock was moved, so that who goes by it can look what is due. */
  readonly onClockMoved?: () => void;
  /**
   * The only API key to accept.
   *
   * @default any `sk_test_...` or `rk_test_...`
   */
  readonly secretKey?: string;
  /**
   * How a browser reaches the sandbox, when not by its own address (containers, tunnels).
   *
   * @default its own address
   */
  readonly publicUrl?: string;
  /**
   * What Stripe keeps of charges, and how long their money is on the way.
   *
   * @default no fee, and available at once
   */
  readonly terms?: Partial<Terms>;
  /** What differs from the defaults that {@link WebhookRetry} names. */
  readonly webhookRetry?: Partial<WebhookRetry>;
  /**
   * Gets a line for what somebody should see: an unknown route, a client's own API version (once for
   * each), a bug of the sandbox. Nothing is printed without it.
   */
  readonly warn?: (line: string) => void;
}
