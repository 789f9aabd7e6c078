import type { Escrow, Fault } from '@campusg-pay/core';
import type { Result } from 'neverthrow';
import type { Logger } from 'pino';
import type { Config } from './config.js';
import type { WebhookRefusal } from './stripe/webhook.js';

/** The service without a door: all use cases, wired to what the configuration names. */
export interface Runtime {
  readonly config: Config;
  readonly log: Logger;
  readonly escrow: Escrow;
  /** Takes in a webhook as it came over the wire. */
  takeWebhook(webhook: {
    readonly rawBody: Buffer;
    readonly signature: string | undefined;
  }): Promise<Result<'changed' | 'unchanged' | 'unmatched' | 'ignored', WebhookRefusal | Fault>>;
  /** Whether the database answers. */
  ready(): Promise<boolean>;
  /** Stops the background work, lets what is under way finish, and closes everything. */
  close(): Promise<void>;
}
