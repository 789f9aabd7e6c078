import { err, ok, type Result } from 'neverthrow';
import type Stripe from 'stripe';
import { createStripeClient, type StripeClientOptions, within } from './client.js';
import { classify } from './faults.js';

/** What a look at the Stripe account found. */
export interface StripeCheckup {
  readonly accountId: string;
  readonly chargesEnabled: boolean;
  /** Stripe's clock when it answered, to the second; null where it did not say. */
  readonly stripeTime: Date | null;
  /** Whether it knows at least one of the PaymentIntents that were asked for; null without any. */
  readonly knowsOurs: boolean | null;
  /** Null: the key may not see them. */
  readonly endpoints: readonly WebhookEndpoint[] | null;
}

export interface WebhookEndpoint {
  readonly url: string;
  readonly enabled: boolean;
  /** `['*']` is all. */
  readonly events: readonly string[];
}

/**
 * Asks Stripe about the account behind a key, and whether it knows some PaymentIntents that it should.
 * The error says in words why that went wrong.
 */
export async function checkStripe(
  options: StripeClientOptions,
  paymentIntentIds: readonly string[],
): Promise<Result<StripeCheckup, string>> {
  const stripe = createStripeClient(options);
  const ask = async <T>(request: Promise<T>): Promise<Result<T, string>> => {
    try {
      return ok(await within(options.timeoutMs, request));
    } catch (thrown) {
      const error = classify(thrown);
      return err(error.type === 'Refused' ? error.failure.message : error.reason);
    }
  };
  const account = await ask(stripe.accounts.retrieveCurrent());
  if (account.isErr()) return err(account.error);
  const knowsOurs = await knowsOneOf(stripe, options, paymentIntentIds);
  if (knowsOurs.isErr()) return err(knowsOurs.error);
  const endpoints = await ask(stripe.webhookEndpoints.list({ limit: 100 }));
  const { id, charges_enabled: chargesEnabled, lastResponse } = account.value;
  const date = new Date(lastResponse.headers.date ?? '');
  return ok({
    ...{ accountId: id, chargesEnabled, knowsOurs: knowsOurs.value },
    stripeTime: Number.isNaN(date.getTime()) ? null : date,
    endpoints: endpoints.isErr() ? null : endpoints.value.data.map(toEndpoint),
  });
}

async function knowsOneOf(
  stripe: Stripe,
  { timeoutMs }: StripeClientOptions,
  paymentIntentIds: readonly string[],
): Promise<Result<boolean | null, string>> {
  for (const id of paymentIntentIds) {
    try {
      await within(timeoutMs, stripe.paymentIntents.retrieve(id));
      return ok(true);
    } catch (thrown) {
      const error = classify(thrown);
      if (error.type !== 'Refused') return err(error.reason);
      if (!error.missing) return err(error.failure.message);
    }
  }
  return ok(paymentIntentIds.length === 0 ? null : false);
}

function toEndpoint(endpoint: Stripe.WebhookEndpoint): WebhookEndpoint {
  const { url, status, enabled_events: events } = endpoint;
  return { url, enabled: status === 'enabled', events };
}
