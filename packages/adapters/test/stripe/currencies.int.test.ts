import { CURRENCIES, chargeLimits, parseCharge, parseCurrency } from '@campusg-pay/core';
import { startSandbox } from '@campusg-pay/sandbox';
import Stripe from 'stripe';
import { afterAll, describe, expect, it } from 'vitest';

const sandbox = await startSandbox();
afterAll(() => sandbox.close());

const { hostname, port } = new URL(sandbox.url);
const stripe = new Stripe('sk_test_sandbox', {
  host: hostname,
  port: Number(port),
  protocol: 'http',
  maxNetworkRetries: 0,
  telemetry: false,
});

/** Whether the sandbox makes a PaymentIntent of it; fails the test where it is refused otherwise. */
async function isCharged(amount: number, currency: string): Promise<boolean> {
  const made = stripe.paymentIntents.create({ amount, currency: currency.toLowerCase() });
  return made.then(
    () => true,
    (error: unknown) => {
      expect(error).toMatchObject({ statusCode: 400, param: 'amount' });
      return false;
    },
  );
}

describe('the sandbox, which shares no code with the rules', () => {
  it.each(CURRENCIES)(
    'charges in %s what they allow, and refuses what they refuse',
    async (code) => {
      const currency = parseCurrency(code)._unsafeUnwrap();
      const { minimumMinor, maximumMinor } = chargeLimits(currency);
      const near = [-100, -10, -1, 0, 1, 10, 50, 100];
      const amounts = [minimumMinor, maximumMinor].flatMap((limit) => near.map((by) => limit + by));
      for (const amount of amounts) {
        const isAllowed = parseCharge(amount, currency).isOk();
        expect([amount, await isCharged(amount, code)]).toEqual([amount, isAllowed]);
      }
    },
  );

  it('knows no other currency', async () => {
    const made = stripe.paymentIntents.create({ amount: 2098, currency: 'xyz' });
    const refused = await made.catch((error: unknown) => error);
    const { message } = refused as Error;
    const [, listed = ''] = /these currencies: (.*)$/.exec(message) ?? [];
    expect(listed.toUpperCase().split(', ').sort()).toEqual([...CURRENCIES].sort());
  });
});
