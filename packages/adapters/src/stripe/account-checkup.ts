import { err, ok, type Result } from 'neverthrow';
import type Stripe from 'stripe';
import { createStripeClient, type StripeClientOptions, within } from './client.js';
import { classify } from './gateway-fault.js';

/** What a look at the Stripe account found. */
export interface StripeCheckup {
  readonly accountId: string;
  readonly chargesEnabled: boolean;
  /** Stripe's clock when it answered, to the second; null where it did not say. */
  readonly stripeTime: Date | null;
  /** Null: the key may not see them. */
  readonly endpoints: readonly WebhookEndpoint[] | null;
  /** The newest page of PaymentIntents, and the installations that they name. Null: as above. */
  readonly latest: { readonly intents: number; readonly installations: readonly string[] } | null;
}

export interface WebhookEndpoint {
  readonly url: string;
  readonly enabled: boolean;
  /** `['*']` is all. */
  readonly events: readonly string[];
}

/** Asks Stripe about the account behind a key. The error says in words why that went wrong. */
export async function checkStripe(
  options: StripeClientOptions,
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
  const endpoints = await ask(stripe.webhookEndpoints.list({ limit: 100 }));
  const latest = await ask(stripe.paymentIntents.list({ limit: 100 }));
  const { id, charges_enabled: chargesEnabled, lastResponse } = account.value;
  const date = new Date(lastResponse.headers.date ?? '');
  return ok({
    accountId: id,
    chargesEnabled,
    stripeTime: Number.isNaN(date.getTime()) ? null : date,
    endpoints: endpoints.isErr() ? null : endpoints.value.data.map(toEndpoint),
    latest: latest.isErr() ? null : toLatest(latest.value.data),
  });
}

function toLatest(intents: readonly Stripe.PaymentIntent[]): StripeCheckup['latest'] {
  const installations = intents.flatMap(({ metadata }) => metadata.installation ?? []);
  return { intents: intents.length, installations };
}

function toEndpoint(endpoint: Stripe.WebhookEndpoint): WebhookEndpoint {
  const { url, status, enabled_events: events } = endpoint;
  return { url, enabled: status === 'enabled', events };
}
