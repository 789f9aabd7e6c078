import { describe, expect, it } from 'vitest';
import { authorizeBody, openDoor } from './door.js';

const door = await openDoor({ config: { compatRoutes: true } });

const callsMade = () => ({ ...door.system.gateway.calls });

async function fieldsRefused(path: string, body: unknown): Promise<string[]> {
  const before = JSON.stringify(callsMade());
  const answer = await door.post(path, body);
  expect([answer.status, answer.body.error]).toEqual([400, 'invalid_request']);
  expect(JSON.stringify(callsMade())).toBe(before);
  return answer.body.issues.map(({ field }: { field: string }) => field);
}

describe('a field that speaks of money is honoured or refused by name', () => {
  it.each([
    { amount: 500 },
    { amount: 0 },
    { amount: '500' },
    { refundAmount: 500 },
    { partial: true },
    { currency: 'EUR' },
    { payment: { amount: 500 } },
  ])('in a revert with %j', async (said) => {
    await door.held('order_1');
    await door.post('/api/payment/order_1/release', { runnerId: 'user_1' });
    expect(await fieldsRefused('/api/payment/order_1/revert', said)).toHaveLength(1);
    const { body } = await door.get('/api/payment/order_1/status');
    expect(body.payment.status).toBe('RELEASED');
  });

  it.each([
    { releaseAmount: 1500 },
    { amount: 0 },
    { amount: '1500' },
    { amount: 1500, amountMinor: 2098 },
    { capture: false },
    { tipAmount: 100 },
    { tip: 0.5 },
    { platform_fee: 10 },
    { platformFee: -1 },
    { runner_connect_account_id: 'acct_1' },
    { runnerStripeAccount: 'cus_1' },
    { amount_to_capture: 1500 },
    { transfer_data: { destination: 'acct_1' } },
    { order: { tip: 100 } },
  ])('in a release with %j', async (said) => {
    await door.held('order_2');
    const body = { runnerId: 'user_1', ...said };
    expect(await fieldsRefused('/api/payment/order_2/release', body)).toHaveLength(1);
  });

  it.each([
    [{ currency: 'EUR' }, 'currency'],
    [{ amount: 1 }, 'amount'],
    [{ capture_method: 'automatic' }, 'capture_method'],
    [{ application_fee_amount: 10 }, 'application_fee_amount'],
  ])('beside the order in an authorize: %j', async (said, field) => {
    const body = { ...authorizeBody(door), ...said };
    expect(await fieldsRefused('/api/payment/order_3/authorize', body)).toEqual([field]);
  });

  it('in the order of an authorize', async () => {
    const { order, ...rest } = authorizeBody(door);
    const body = { ...rest, order: { ...order, tip: 100, total: 1 } };
    const refused = await fieldsRefused('/api/payment/order_3/authorize', body);
    expect(refused.sort()).toEqual(['order.tip', 'order.total']);
  });

  it('in the query string', async () => {
    await door.held('order_4');
    const path = '/api/payment/order_4/revert?amount=500';
    expect(await fieldsRefused(path, undefined)).toEqual(['amount']);
  });

  it('and is fine where it is the whole, or no money at all', async () => {
    const { order, ...rest } = authorizeBody(door);
    const held = await door.post('/api/payment/order_5/authorize', {
      ...rest,
      order: { ...order, tip: 0, items: [{ price: 12, coffee: 'large' }] },
      amount: order.amount,
      currency: 'usd',
    });
    expect(held.status).toBe(200);
    const release = { runnerId: 'user_1', amount: order.amount, feedback: 'quick', multiple: 3 };
    expect((await door.post('/api/payment/order_5/release', release)).status).toBe(200);
    const revert = { amount: order.amount, currency: 'USD' };
    expect((await door.post('/api/payment/order_5/revert', revert)).status).toBe(200);
  });
});
