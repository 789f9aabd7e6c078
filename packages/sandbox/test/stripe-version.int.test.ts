import { describe, expect, it } from 'vitest';
import { hold, openSandbox, refusal } from './support.js';

const OURS = '2026-10-28.endive';

/** An SDK in another language sends the version that it was made for. */
async function customerAs(url: string, version: string, key = 'sk_test_x'): Promise<Response> {
  const headers = { Authorization: `Bearer ${key}`, 'Stripe-Version': version };
  return fetch(`${url}/v1/customers`, { method: 'POST', headers });
}

async function openListening() {
  const lines: string[] = [];
  const opened = await openSandbox({ warn: (line) => lines.push(line) });
  return { ...opened, url: opened.sandbox.url, lines };
}

describe('the version that a client asks for', () => {
  it.each([
    '2020-08-27',
    '2024-09-30.acacia',
    '2025-03-31.preview',
    '2027-01-27.a_later_one',
    '2020-08-27; orders_beta=v3',
    '2020-08-27;orders_beta=v3;other_beta=v1',
  ])('%s is answered in the one shape there is, and the answer says which', async (version) => {
    const { url, sandbox } = await openListening();
    const response = await customerAs(url, version);
    expect(response.status).toBe(200);
    expect(response.headers.get('stripe-version')).toBe(OURS);
    expect(await response.json()).toMatchObject({ object: 'customer' });
    expect(sandbox.counts().customers).toBe(1);
  });

  it('is told once for each', async () => {
    const { url, stripe, lines } = await openListening();
    await customerAs(url, '2020-08-27');
    await customerAs(url, '2024-09-30.acacia');
    await customerAs(url, '2020-08-27');
    await hold(stripe, {}, { apiVersion: '2024-09-30.acacia' });
    expect(lines).toEqual([
      `a client asks for Stripe API version 2020-08-27; the sandbox answers in the shapes of ${OURS}`,
      `a client asks for Stripe API version 2024-09-30.acacia; the sandbox answers in the shapes of ${OURS}`,
    ]);
  });

  it('is not worth a line when it is ours, or when there is none, or when nobody may ask', async () => {
    const { url, stripe, lines } = await openListening();
    await hold(stripe, {}, { apiVersion: OURS });
    const headers = { Authorization: 'Bearer sk_test_x' };
    expect((await fetch(`${url}/v1/customers`, { headers })).status).toBe(200);
    expect((await customerAs(url, '2020-08-27', 'sk_live_x')).status).toBe(401);
    expect(lines).toEqual([]);
  });

  it.each(['yesterday', '2020', '2020-13-01', '2020-08-32', '2026-10-28.', '2026-10-28 endive'])(
    'that is none (%s) is refused, and nothing is executed',
    async (version) => {
      const { url, sandbox, lines } = await openListening();
      const response = await customerAs(url, version);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({
        error: {
          type: 'invalid_request_error',
          message: `Invalid Stripe API version: '${version}'. A version is a date, with or without a name: ${OURS} or 2020-08-27.`,
        },
      });
      expect(sandbox.counts().customers).toBe(0);
      expect(lines).toEqual([]);
    },
  );

  it('reaches the SDK as an error that it understands', async () => {
    const { stripe } = await openListening();
    const error = await refusal(stripe.customers.create({}, { apiVersion: 'soon' }));
    expect(error).toMatchObject({ type: 'StripeInvalidRequestError', statusCode: 400 });
  });
});
