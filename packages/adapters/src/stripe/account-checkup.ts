import { err, ok, type Result } from 'neverthrow';
import Stripe from 'stripe';
import { createStripeClient, type StripeClientOptions, within } from './client.js';
import { classify } from './gateway-fault.js';
import { readPage } from './pages.js';
import { account, endpoint, namedIntent, readAs, tryRead } from './shapes.js';

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

/** Why nothing could be learnt of an account. */
export interface StripeCheckupFailed {
  /** In words. */
  readonly detail: string;
  /** Stripe does not know the key, or does not let it do this; else the way to Stripe is in question. */
  readonly isAboutKey: boolean;
}

/** Asks Stripe about the account behind a key. */
export async function checkStripe(
  options: StripeClientOptions,
): Promise<Result<StripeCheckup, StripeCheckupFailed>> {
  const stripe = createStripeClient(options);
  const ask = async <T>(request: Promise<T>): Promise<Result<T, StripeCheckupFailed>> => {
    try {
      return ok(await within(options.timeoutMs, request));
    } catch (thrown) {
      const error = classify(thrown);
      const detail = error.type === 'Refused' ? error.failure.message : error.reason;
      return err({ detail, isAboutKey: ABOUT_KEY.some((one) => thrown instanceof one) });
    }
  };
  const known = await ask(retrieveAccount(stripe));
  if (known.isErr()) return err(known.error);
  const endpoints = await ask(listEndpoints(stripe));
  const latest = await ask(listLatest(stripe));
  const { id, charges_enabled: chargesEnabled, lastResponse } = known.value;
  const date = new Date(lastResponse.headers.date ?? '');
  return ok({
    accountId: id,
    chargesEnabled,
    stripeTime: Number.isNaN(date.getTime()) ? null : date,
    endpoints: endpoints.isErr() ? null : endpoints.value,
    latest: latest.isErr() ? null : latest.value,
  });
}

const ABOUT_KEY = [
  Stripe.errors.StripeAuthenticationError,
  Stripe.errors.StripePermissionError,
] as const;

async function retrieveAccount(stripe: Stripe) {
  const answer = await stripe.accounts.retrieveCurrent();
  return { ...readAs(account, answer), lastResponse: answer.lastResponse };
}

async function listEndpoints(stripe: Stripe): Promise<WebhookEndpoint[]> {
  const { data } = readPage(await stripe.webhookEndpoints.list({ limit: 100 }));
  return data.map((one) => {
    const { url, status, enabled_events: events } = readAs(endpoint, one);
    return { url, enabled: status === 'enabled', events };
  });
}

/** Which installations the newest PaymentIntents name; what can't be read names none. */
async function listLatest(stripe: Stripe): Promise<StripeCheckup['latest']> {
  const { data } = readPage(await stripe.paymentIntents.list({ limit: 100 }));
  const installations = data.flatMap((one) =>
    tryRead(namedIntent, one)
      .map(({ metadata }) => metadata.installation ?? [])
      .unwrapOr([]),
  );
  return { intents: data.length, installations };
}
