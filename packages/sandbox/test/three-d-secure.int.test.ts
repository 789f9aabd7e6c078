import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { eventTypes, hold, openSandbox, refusal } from './support.js';

const RETURN_URL = 'https://shop.example/order?id=7#top';

function urlOf(intent: Stripe.PaymentIntent): URL {
  return new URL(intent.next_action?.redirect_to_url?.url ?? '');
}

/** Presses a button of the page as a browser would: by the form that holds it. */
async function press(page: URL, button: 'approve' | 'fail'): Promise<Response> {
  const html = await (await fetch(page)).text();
  const form = html.split('<form').find((part) => part.includes(`id="${button}"`)) ?? '';
  const action = /action="([^"]+)"/.exec(form)?.[1] ?? '';
  const secret = /name="client_secret" value="([^"]+)"/.exec(form)?.[1] ?? '';
  return fetch(new URL(action, page), {
    method: 'POST',
    body: new URLSearchParams({ client_secret: secret }),
    redirect: 'manual',
  });
}

describe('a card that needs authentication', () => {
  it('sends the customer to a page', async () => {
    const { sandbox, stripe } = await openSandbox();
    const intent = await hold(stripe, {
      payment_method: 'pm_card_threeDSecure2Required',
      return_url: RETURN_URL,
      description: '<script>alert("x")</script> & more',
    });
    expect(intent).toMatchObject({
      status: 'requires_action',
      latest_charge: null,
      next_action: { type: 'redirect_to_url', redirect_to_url: { return_url: RETURN_URL } },
    });
    expect(urlOf(intent).origin).toBe(sandbox.url);
    const response = await fetch(urlOf(intent));
    const html = await response.text();
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(html).toContain('$20.98');
    expect(html).toContain('&lt;script&gt;');
    expect(html).not.toContain('<script');
    expect(await eventTypes(stripe)).toEqual([
      'payment_intent.created',
      'payment_intent.requires_action',
    ]);
  });

  it('is held after Approve, and the customer comes back', async () => {
    const { stripe } = await openSandbox();
    const params = { payment_method: 'pm_card_threeDSecure2Required', return_url: RETURN_URL };
    const intent = await hold(stripe, params);
    const answer = await press(urlOf(intent), 'approve');
    expect(answer.status).toBe(303);
    const back = new URL(answer.headers.get('location') ?? '');
    expect(back.origin + back.hash).toBe('https://shop.example#top');
    expect(Object.fromEntries(back.searchParams)).toEqual({
      id: '7',
      payment_intent: intent.id,
      payment_intent_client_secret: intent.client_secret,
      redirect_status: 'succeeded',
    });
    const held = await stripe.paymentIntents.retrieve(intent.id, { expand: ['latest_charge'] });
    expect(held).toMatchObject({ status: 'requires_capture', next_action: null });
    expect(held.latest_charge).toMatchObject({
      payment_method_details: { card: { three_d_secure: { result: 'authenticated' } } },
    });
    expect((await eventTypes(stripe)).slice(2)).toEqual([
      'charge.succeeded',
      'payment_intent.amount_capturable_updated',
    ]);
  });

  it('fails after Fail, and can be confirmed again', async () => {
    const { stripe } = await openSandbox();
    const params = { payment_method: 'pm_card_authenticationRequired', return_url: RETURN_URL };
    const intent = await hold(stripe, params);
    const answer = await press(urlOf(intent), 'fail');
    expect(answer.headers.get('location')).toContain('redirect_status=failed');
    expect(await stripe.paymentIntents.retrieve(intent.id)).toMatchObject({
      status: 'requires_payment_method',
      payment_method: null,
      last_payment_error: { code: 'payment_intent_authentication_failure' },
    });
    expect((await eventTypes(stripe)).at(-1)).toBe('payment_intent.payment_failed');
    const again = await stripe.paymentIntents.confirm(intent.id, {
      payment_method: 'pm_card_visa',
    });
    expect(again.status).toBe('requires_capture');
  });

  it('is not moved by a second click, on whichever button', async () => {
    const { stripe } = await openSandbox();
    const params = { payment_method: 'pm_card_threeDSecure2Required', return_url: RETURN_URL };
    const intent = await hold(stripe, params);
    const body = () => new URLSearchParams({ client_secret: intent.client_secret ?? '' });
    const click = (verdict: string) =>
      fetch(new URL(`/3ds/${intent.id}/${verdict}`, urlOf(intent)), {
        method: 'POST',
        body: body(),
        redirect: 'manual',
      });
    for (const verdict of ['approve', 'approve', 'fail']) {
      const answer = await click(verdict);
      expect(answer.headers.get('location')).toContain('redirect_status=succeeded');
    }
    expect((await stripe.charges.list({ payment_intent: intent.id })).data).toHaveLength(1);
  });

  it('shows the result when there is no shop to go back to', async () => {
    const { stripe } = await openSandbox();
    const intent = await hold(stripe, { payment_method: 'pm_card_threeDSecure2Required' });
    expect(intent.next_action).toMatchObject({ type: 'use_stripe_sdk' });
    const action = intent.next_action?.use_stripe_sdk as { stripe_js: string };
    const answer = await press(new URL(action.stripe_js), 'approve');
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain('Payment confirmed');
  });

  it('shows nothing without the client secret', async () => {
    const { sandbox, stripe } = await openSandbox();
    const intent = await hold(stripe, { payment_method: 'pm_card_threeDSecure2Required' });
    for (const query of ['', '?client_secret=wrong', `?client_secret=${intent.id}`]) {
      const init = { method: 'POST' };
      const page = await fetch(`${sandbox.url}/3ds/${intent.id}/approve${query}`, init);
      expect(page.status).toBe(404);
    }
    expect((await stripe.paymentIntents.retrieve(intent.id)).status).toBe('requires_action');
  });

  it('is declined when the customer is absent', async () => {
    const { stripe } = await openSandbox();
    const error = await refusal(
      hold(stripe, { payment_method: 'pm_card_authenticationRequired', off_session: true }),
    );
    expect(error).toMatchObject({ statusCode: 402, code: 'authentication_required' });
  });
});
