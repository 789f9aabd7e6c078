import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startSandbox } from '@campusg-pay/sandbox';
import { afterAll, describe, expect, it } from 'vitest';
import { createCircuit } from '../../src/stripe/circuit.js';
import { createStripeClient } from '../../src/stripe/client.js';
import type { ReadWebhook } from '../../src/stripe/stripe-event.js';
import { createStripeGateway } from '../../src/stripe/stripe-gateway.js';
import { readWebhook } from '../../src/stripe/webhook.js';

const SECRETS = ['whsec_platform', 'whsec_accounts'] as const;

/** What came, at either endpoint, as the service reads it. */
const came: ReadWebhook[] = [];
let isDown = false;
const receiver = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  const signature = request.headers['stripe-signature'];
  if (!isDown && typeof signature === 'string') {
    const rawBody = Buffer.concat(chunks);
    const read = readWebhook({ rawBody, signature, secrets: SECRETS, now: new Date() });
    came.push(read._unsafeUnwrap());
  }
  response.writeHead(isDown ? 503 : 200).end();
});
await new Promise<void>((listening) => receiver.listen(0, '127.0.0.1', listening));
const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;

const [secret, connectSecret] = SECRETS;
const sandbox = await startSandbox({
  webhook: { url, secret, connect: { url, secret: connectSecret } },
});
afterAll(async () => {
  await sandbox.close();
  receiver.closeAllConnections();
  receiver.close();
});

const apiBase = new URL(sandbox.url);
const stripe = createStripeClient({ secretKey: 'sk_test_events', apiBase, timeoutMs: 5_000 });
const gateway = createStripeGateway({
  stripe,
  deadlineMs: 5_000,
  circuit: createCircuit({ concurrency: 50, queue: 200, outages: 100, restMs: 100 }),
});

const OUR_NAMES = { payment_id: 'payment-1', order_id: 'order-1', transfer_id: 'transfer-1' };

/** Money that was taken. */
async function charge(): Promise<string> {
  const { latest_charge: id } = await stripe.paymentIntents.create({
    amount: 2098,
    currency: 'usd',
    payment_method: 'pm_card_visa',
    confirm: true,
    return_url: 'https://shop.example/',
  });
  return String(id);
}

async function heard(type: string): Promise<readonly ReadWebhook[]> {
  await sandbox.webhooks.settled();
  return came.filter((one) => 'event' in one && one.event.type === type);
}

describe('what Stripe tells by webhook', () => {
  it('of a transfer of ours is a report on its payment, and of another it is nothing', async () => {
    sandbox.accounts.seed({ id: 'acct_1events' });
    const source_transaction = await charge();
    const params = { currency: 'usd', destination: 'acct_1events', source_transaction };
    const ours = { ...params, amount: 1500, metadata: OUR_NAMES };
    const { id } = await stripe.transfers.create(ours);
    await stripe.transfers.create({ ...params, amount: 100 });
    await stripe.transfers.createReversal(id, { amount: 600 });
    const reversed = await heard('transfer.reversed');
    const created = await heard('transfer.created');
    const told = (reversedMinor: number) => ({
      payment: { paymentId: 'payment-1' },
      report: {
        type: 'transfer',
        operationKey: null,
        outcome: {
          type: 'sent',
          transfer: {
            stripeTransferId: id,
            transferId: 'transfer-1',
            stripeAccount: 'acct_1events',
            amountMinor: 1500,
            reversedMinor,
            chargeId: source_transaction,
          },
        },
      },
    });
    expect(created).toMatchObject([told(0)]);
    expect(reversed).toMatchObject([told(600)]);
    const ignored = came.filter((one) => 'ignored' in one && one.cause === 'no_intent');
    expect(ignored).toMatchObject([{ ignored: 'transfer.created' }]);
  });

  it('of an account is what it can take', async () => {
    const stripeAccount = 'acct_1news';
    sandbox.accounts.seed({ id: stripeAccount });
    sandbox.accounts.update(stripeAccount, { state: 'disabled' });
    sandbox.accounts.update(stripeAccount, { state: 'able' });
    const told = (await heard('account.updated')).map((one) => 'account' in one && one.account);
    expect(told).toMatchObject([
      { stripeAccount, transfersEnabled: false, reason: 'rejected.other' },
      { stripeAccount, transfersEnabled: true, reason: null },
    ]);
  });

  it('and did not reach us is fetched, transfers too', async () => {
    isDown = true;
    sandbox.accounts.seed({ id: 'acct_1missed' });
    const since = new Date(Date.now() - 60_000);
    const source_transaction = await charge();
    const params = { currency: 'usd', destination: 'acct_1missed', source_transaction };
    await stripe.transfers.create({ ...params, amount: 700, metadata: OUR_NAMES });
    sandbox.accounts.update('acct_1missed', { state: 'disabled' });
    const missed = (await gateway.missedEvents({ since, after: null }))._unsafeUnwrap();
    expect(missed.unreadable).toBe(0);
    const types = missed.items.map(({ event }) => event.type);
    expect(types.filter((type) => /^(transfer|account)\./.test(type))).toEqual([
      'transfer.created',
    ]);
  });
});
