import type { ParamTree } from '../api/form.js';
import { authorizeIntent } from '../model/confirmation.js';
import { formatMinor } from '../model/currencies.js';
import { clientSecretOf } from '../model/payment-shapes.js';
import type { IntentRecord } from '../state/records.js';
import { change, emit, type World } from '../state/world.js';
import { PAGE_HEADERS, type PageReply, page } from './page-frame.js';
import { challengePage, notFoundPage, resultPage } from './three-d-secure-html.js';

/** Stripe's way back: the shop's own address, with what happened appended. */
function returnLocation(intent: IntentRecord, succeeded: boolean): string | null {
  if (intent.returnUrl === null) return null;
  const url = new URL(intent.returnUrl);
  url.searchParams.set('payment_intent', intent.id);
  url.searchParams.set('payment_intent_client_secret', clientSecretOf(intent));
  url.searchParams.set('redirect_status', succeeded ? 'succeeded' : 'failed');
  return url.toString();
}

function approve(world: World, intent: IntentRecord): IntentRecord {
  const method = world.store.get('payment_method', intent.method ?? '');
  if (method === undefined) throw new Error(`${intent.id} has no payment method ${intent.method}`);
  return authorizeIntent(world, intent, { method, authenticated: true, offSession: false });
}

function decline(world: World, intent: IntentRecord): IntentRecord {
  const record = change(world, 'payment_intent', {
    record: intent,
    to: {
      status: 'requires_payment_method',
      method: null,
      lastError: {
        code: 'payment_intent_authentication_failure',
        doc_url: 'https://stripe.com/docs/error-codes/payment-intent-authentication-failure',
        message:
          'The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new PaymentMethod to attempt to fulfill this PaymentIntent again.',
        type: 'invalid_request_error',
      },
    },
  });
  emit(world, 'payment_intent.payment_failed', { kind: 'payment_intent', record });
  return record;
}

function finished(intent: IntentRecord): PageReply {
  const succeeded = intent.status === 'requires_capture' || intent.status === 'succeeded';
  const location = returnLocation(intent, succeeded);
  if (location === null) return page(200, resultPage(succeeded));
  return { status: 303, headers: { ...PAGE_HEADERS, Location: location }, body: '' };
}

/**
 * The page where a customer would answer to their bank. `GET /3ds/<intent>` shows it, `POST
 * /3ds/<intent>/approve` and `.../fail` answer it. A second click finds the payment decided
 * and leads to the same place. Undefined when the path is none of these.
 */
export function threeDSecure(
  world: World,
  { method, path, params }: { method: string; path: string; params: ParamTree },
): PageReply | undefined {
  const match = /^\/3ds\/(pi_\w+)(?:\/(approve|fail))?$/.exec(path);
  if (match === null) return undefined;
  const intent = world.store.get('payment_intent', match[1] ?? '');
  const verdict = match[2];
  // Whoever has the link has the client secret; without it the intent is not even shown to exist.
  if (intent === undefined || params.client_secret !== clientSecretOf(intent)) {
    return page(404, notFoundPage());
  }
  if (intent.status !== 'requires_action') return finished(intent);
  if (method === 'POST' && verdict !== undefined) {
    return finished(verdict === 'approve' ? approve(world, intent) : decline(world, intent));
  }
  const amount = formatMinor(intent.amount, intent.currency);
  const { description } = intent;
  const clientSecret = clientSecretOf(intent);
  return page(200, challengePage({ id: intent.id, amount, description, clientSecret }));
}
