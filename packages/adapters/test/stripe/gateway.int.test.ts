import { describeGatewayContract } from '@campusg-pay/core/testing/contract';
import { startSandbox } from '@campusg-pay/sandbox';
import { afterAll } from 'vitest';
import { createCircuit } from '../../src/stripe/circuit.js';
import { createStripeClient } from '../../src/stripe/client.js';
import { createStripeGateway } from '../../src/stripe/stripe-gateway.js';

const sandbox = await startSandbox();
afterAll(() => sandbox.close());

const stripe = createStripeClient({
  secretKey: 'sk_test_contract',
  apiBase: new URL(sandbox.url),
  timeoutMs: 5_000,
});

const circuit = createCircuit({ concurrency: 50, queue: 200, outages: 100, restMs: 100 });

/** A customer with a card of their own, as the User Service would make one. */
async function customerWithCard() {
  const { id } = await stripe.customers.create();
  const { id: defaultCard } = await stripe.paymentMethods.attach('pm_card_visa', { customer: id });
  await stripe.customers.update(id, { invoice_settings: { default_payment_method: defaultCard } });
  return { id, defaultCard };
}

let accounts = 0;

/** A connected account, as its owner would have made it. */
function accountThatIs(state: 'able' | 'pending'): string {
  accounts += 1;
  const id = `acct_contract${accounts}`;
  sandbox.accounts.seed({ id, state });
  return id;
}

describeGatewayContract('the Stripe SDK on the sandbox', async () => ({
  gateway: createStripeGateway({ stripe, deadlineMs: 5_000, circuit }),
  cards: {
    good: 'pm_card_visa',
    declined: 'pm_card_visa_chargeDeclinedInsufficientFunds',
    needsAuthentication: 'pm_card_threeDSecure2Required',
  },
  customer: await customerWithCard(),
  customerWithoutCard: (await stripe.customers.create()).id,
  accounts: {
    able: accountThatIs('able'),
    unable: accountThatIs('pending'),
    payOut: async (account) => {
      sandbox.funds.payOut({ account, currency: 'usd' });
    },
  },
  // It works on the first for as long as the others need to come.
  collide: () => {
    const effect = { kind: 'latency', ms: 200, phase: 'before' } as const;
    sandbox.faults.add({ method: 'POST', path: '/v1/payment_intents', nth: 1, effect });
  },
  approve: async (paymentIntentId) => {
    const { client_secret: secret } = await stripe.paymentIntents.retrieve(paymentIntentId);
    const body = new URLSearchParams({ client_secret: String(secret) });
    await fetch(`${sandbox.url}/3ds/${paymentIntentId}/approve`, { method: 'POST', body });
  },
}));
