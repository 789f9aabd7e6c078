import type { Clock, Escrow, Fault, Logger, WebhookRefusal } from '@campusg-pay/core';
import { err, ok, type Result } from 'neverthrow';
import type { StripeDriver } from './drivers.js';

export type WebhookOutcome = 'changed' | 'unchanged' | 'unmatched' | 'ignored';

/** Takes in a webhook as it came over the wire. */
export type TakeWebhook = (webhook: {
  readonly rawBody: Buffer;
  readonly signature: string | undefined;
}) => Promise<Result<WebhookOutcome, WebhookRefusal | Fault>>;

/** Verifies, reads and takes in one webhook, with a line in the log. */
export function webhookIntake(parts: {
  readonly escrow: Escrow;
  readonly clock: Clock;
  readonly log: Logger;
  readonly readWebhook: StripeDriver['readWebhook'];
  /** Told of each that was signed and could not be read. */
  readonly onUnreadable: () => void;
  readonly secrets: readonly string[];
}): TakeWebhook {
  const { escrow, clock, log, readWebhook, secrets, onUnreadable } = parts;
  return async ({ rawBody, signature }) => {
    const read = readWebhook({
      rawBody,
      signature,
      secrets,
      now: clock.now(),
    });
    if (read.isErr()) {
      if (read.error.type === 'NotAnEvent') {
        log.warn({ cause: 'no_event' }, 'a signed webhook is no event of Stripe');
        onUnreadable();
      }
      return err(read.error);
    }
    if ('ignored' in read.value) {
      const { ignored: type, eventId: stripeEvent, cause } = read.value;
      const unreadable = cause === 'unreadable';
      log[unreadable ? 'warn' : 'info']({ stripeEvent, type, cause }, 'webhook passed over');
      if (unreadable) onUnreadable();
      return ok('ignored');
    }
    if ('account' in read.value) {
      const { event, account } = read.value;
      const noted = await escrow.noteAccount(account);
      const { stripeAccount, transfersEnabled } = account;
      const facts = { stripeEvent: event.id, type: event.type, stripeAccount, transfersEnabled };
      log.info({ ...facts, runners: noted.unwrapOr(null) }, 'webhook about an account');
      return noted.map((runners) => (runners === 0 ? 'unmatched' : 'changed'));
    }
    const { event, payment } = read.value;
    const taken = await escrow.report(read.value);
    const outcome = taken.isOk() ? taken.value : taken.error.type;
    const facts = { stripeEvent: event.id, type: event.type, ...payment, outcome };
    // Most echo what we did ourselves.
    log[outcome === 'unchanged' ? 'debug' : 'info'](facts, 'webhook');
    return taken;
  };
}
