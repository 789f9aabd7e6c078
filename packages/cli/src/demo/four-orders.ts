import { setTimeout as sleep } from 'node:timers/promises';
import { approveOnSandbox } from './authentication.js';
import { paymentStatus, type Show } from './narration.js';
import type { ServiceAnswer, ServiceClient } from './service-client.js';

/** How long a person has for an authentication page that the demo can't press through itself. */
const AUTHENTICATION_MS = 120_000;

/** The demo's four orders, one after the other. Throws what the API throws. */
export async function walkFourOrders(
  api: ServiceClient,
  show: Show,
  ending: AbortSignal,
): Promise<void> {
  // Fresh order ids, so that the demo can be run again on the same service.
  const run = Date.now().toString(36);
  await holdAndRelease(api, show, `demo-${run}-a`);
  await holdAndRevert(api, show, `demo-${run}-b`);
  await authenticate(api, show, { orderId: `demo-${run}-c`, ending });
  await decline(api, show, `demo-${run}-d`);
}

async function holdAndRelease(api: ServiceClient, show: Show, orderId: string): Promise<void> {
  // Before the title, so that a service that can't be reached leaves no half of a story.
  const held = await api.authorize(orderId, 'pm_card_visa');
  await show.title(`Delivered: the money is held, then taken (${orderId})`);
  await show.step('authorize', held, { http: 200, payment: 'AUTHORIZED' });
  await show.step('release', await api.release(orderId), { http: 200, payment: 'RELEASED' });
  await show.step('status', await api.status(orderId), { http: 200, payment: 'RELEASED' });
}

async function holdAndRevert(api: ServiceClient, show: Show, orderId: string): Promise<void> {
  await show.title(`Canceled: the money is held, then given back (${orderId})`);
  const held = await api.authorize(orderId, 'pm_card_visa');
  await show.step('authorize', held, { http: 200, payment: 'AUTHORIZED' });
  await show.step('revert', await api.revert(orderId), { http: 200, payment: 'REVERTED' });
  await show.step('status', await api.status(orderId), { http: 200, payment: 'REVERTED' });
}

async function authenticate(
  api: ServiceClient,
  show: Show,
  { orderId, ending }: { orderId: string; ending: AbortSignal },
): Promise<void> {
  await show.title(`3D Secure: the bank wants to see the customer first (${orderId})`);
  const asked = await api.authorize(orderId, 'pm_card_threeDSecure2Required');
  await show.step('authorize', asked, { http: 200, payment: 'INITIATING' });
  const redirectUrl = redirectIn(asked);
  if (redirectUrl === null) return;
  if (await approveOnSandbox(redirectUrl, ending)) {
    await show.note('the customer approves on the page of the bank');
  } else {
    await show.note('open this page and approve, within two minutes:');
    await show.note(redirectUrl);
  }
  const after = await statusAfterwards(api, { orderId, ending });
  await show.step('status', after, { http: 200, payment: 'AUTHORIZED' });
}

async function decline(api: ServiceClient, show: Show, orderId: string): Promise<void> {
  await show.title(`Declined: the card has no money, nothing is held (${orderId})`);
  const card = 'pm_card_visa_chargeDeclinedInsufficientFunds';
  await show.step('authorize', await api.authorize(orderId, card), { http: 402 });
  await show.step('status', await api.status(orderId), { http: 200, payment: 'FAILED' });
}

/** Where the customer has to go; null where an unexpected answer has none. */
function redirectIn({ body }: ServiceAnswer): string | null {
  const action = body.nextAction;
  if (typeof action !== 'object' || action === null || !('redirectUrl' in action)) return null;
  return typeof action.redirectUrl === 'string' ? action.redirectUrl : null;
}

async function statusAfterwards(
  api: ServiceClient,
  { orderId, ending }: { orderId: string; ending: AbortSignal },
): Promise<ServiceAnswer> {
  const until = Date.now() + AUTHENTICATION_MS;
  for (;;) {
    const reply = await api.status(orderId);
    if (paymentStatus(reply) !== 'INITIATING' || Date.now() > until) return reply;
    await sleep(500, undefined, { signal: ending });
  }
}
