import { describe, expect, it } from 'vitest';
import { errorView, SCHEMAS } from '../src/openapi-schemas.js';
import { type Answered, openDoor } from './door.js';

const door = await openDoor();
let orders = 0;

/** An order with 20.98 USD held; what is asked of it. */
async function order(): Promise<{
  release(body: object): Promise<Answered>;
  revert(body?: object, headers?: Record<string, string>): Promise<Answered>;
  payment(): Promise<Record<string, unknown>>;
}> {
  orders += 1;
  const id = `order_${orders}`;
  await door.held(id);
  const path = `/api/payment/${id}`;
  return {
    release: (body) => door.post(`${path}/release`, { runnerId: 'runner_1', ...body }),
    revert: (body, headers) => door.post(`${path}/revert`, body, headers),
    payment: async () => (await door.get(`${path}/status`)).body.payment,
  };
}

async function released(body: object = {}) {
  const one = await order();
  expect((await one.release(body)).status).toBe(200);
  return one;
}

function expectRefusal({ status, body }: Answered, code: string, of: number, facts: object = {}) {
  expect([status, body.error]).toEqual([of, code]);
  expect(body).toMatchObject(facts);
  expect(errorView.strict().parse(body)).toEqual(body);
}

describe('a release', () => {
  it('may take a part of what is held, a tip and a fee', async () => {
    const { release, payment } = await order();
    const { status, body } = await release({ amount: 1500, tip: 100, platformFee: 98 });
    expect([status, body.status, body.runnerId]).toEqual([200, 'RELEASED', 'runner_1']);
    expect(body.description).toBe('Funds released to runner successfully');
    expect(body.payment).toMatchObject({
      amountMinor: 2098,
      heldMinor: 0,
      capturedMinor: 1600,
      tipMinor: 100,
      feeMinor: 98,
      funding: 'hold',
      refunds: [],
    });
    expect(SCHEMAS.Released.strict().parse(body)).toEqual(body);
    expect(await payment()).toEqual(body.payment);
  });

  it('of more than is held takes nothing', async () => {
    const { release, payment } = await order();
    const refused = await release({ amount: 2000, tip: 99 });
    const facts = { currentStatus: 'AUTHORIZED', maximumMinor: 2098, currency: 'USD' };
    expectRefusal(refused, 'amount_exceeds_hold', 409, facts);
    expect(await payment()).toMatchObject({ status: 'AUTHORIZED', heldMinor: 2098 });
  });

  it('with a fee above what is taken is refused by the name of the fee', async () => {
    const { release } = await order();
    const issues = [{ field: 'platformFee', maximum: 500 }];
    expectRefusal(await release({ amount: 500, platformFee: 501 }), 'invalid_request', 400, {
      issues,
    });
  });

  it.each([{ amount: 1501 }, { tip: 1 }, { platformFee: 7 }, { runnerId: 'runner_2' }])(
    'once more with %j contradicts the first',
    async (other) => {
      const { release } = await released({ amount: 1500, platformFee: 98 });
      const [field] = Object.keys(other);
      const again = await release({ amount: 1500, platformFee: 98, ...other });
      expectRefusal(again, 'contradicting_repeat', 409, { field, currentStatus: 'RELEASED' });
    },
  );

  it('once more on the same terms answers the same', async () => {
    const terms = { amount: 1500, tip: 100, platformFee: 98 };
    const { release } = await released(terms);
    const { status, body } = await release(terms);
    expect([status, body.payment.capturedMinor]).toEqual([200, 1600]);
  });

  it('names the account of its runner, who is told of then', async () => {
    const { payment } = await released({
      runnerId: 'runner_paid',
      runnerStripeAccount: 'acct_1',
      platformFee: 98,
    });
    const { transfer } = await payment();
    expect(transfer).toMatchObject({
      runnerId: 'runner_paid',
      stripeAccount: 'acct_1',
      amountMinor: 2000,
    });
    const { body } = await door.get('/api/runners/runner_paid');
    expect(body.runner).toMatchObject({ runnerId: 'runner_paid', stripeAccount: 'acct_1' });
  });
});

describe('a revert', () => {
  it('of a part gives it back once, under its name', async () => {
    const { revert, payment } = await released();
    const part = { amount: 500, refundId: 'part-1', reason: 'one item was missing' };
    const first = await revert(part);
    expect([first.status, first.body.status]).toEqual([200, 'RELEASED']);
    expect(first.body.refund).toEqual({
      refundId: 'part-1',
      amountMinor: 500,
      status: 'succeeded',
    });
    expect(first.body.description).toBe('A part of the payment was given back: 5.00 USD');
    expect(SCHEMAS.Reverted.strict().parse(first.body)).toEqual(first.body);
    const again = await revert(part);
    expect([again.status, again.body.refund]).toEqual([200, first.body.refund]);
    expect(await payment()).toMatchObject({
      status: 'RELEASED',
      refundedMinor: 500,
      refunds: [{ refundId: 'part-1', amountMinor: 500, reason: 'one item was missing' }],
    });
    expectRefusal(await revert({ ...part, amount: 501 }), 'contradicting_repeat', 409, {
      field: 'refundId',
    });
  });

  it('of a part needs a name or an Idempotency-Key', async () => {
    const { revert, payment } = await released();
    expectRefusal(await revert({ amount: 500 }), 'invalid_request', 400, {
      issues: [{ field: 'refundId' }],
    });
    const key = { 'content-type': 'application/json', 'idempotency-key': 'refund-of-mine' };
    const keyed = await revert({ amount: 500 }, key);
    expect([keyed.status, keyed.body.status]).toEqual([200, 'RELEASED']);
    expect((await revert({ amount: 500 }, key)).text).toBe(keyed.text);
    expect(await payment()).toMatchObject({ refundedMinor: 500 });
    expectRefusal(await revert({ amount: 600 }, key), 'idempotency_key_reused', 422);
  });

  it('of the last part is FAILED as the guide says, and REVERTED', async () => {
    const { revert } = await released();
    await revert({ amount: 500, refundId: 'part-1' });
    const { status, body } = await revert({ amount: 1598, refundId: 'part-2' });
    expect([status, body.status, body.payment.status]).toEqual([200, 'FAILED', 'REVERTED']);
    expect(body.payment).toMatchObject({ refundedMinor: 2098 });
    expect(SCHEMAS.Reverted.strict().parse(body)).toEqual(body);
  });

  it('without an amount gives back all that is left', async () => {
    const { revert } = await released();
    await revert({ amount: 500, refundId: 'part-1' });
    const { body } = await revert();
    expect([body.status, body.payment.status, body.payment.refundedMinor]).toEqual([
      'FAILED',
      'REVERTED',
      2098,
    ]);
  });

  it('of more than is left gives back nothing', async () => {
    const { revert, payment } = await released({ amount: 1500 });
    await revert({ amount: 500, refundId: 'part-1' });
    const facts = { leftMinor: 1000, currency: 'USD', currentStatus: 'RELEASED' };
    const refused = await revert({ amount: 1001, refundId: 'part-2' });
    expectRefusal(refused, 'amount_exceeds_captured', 409, facts);
    expect(await payment()).toMatchObject({ refundedMinor: 500 });
  });

  it('of a part of what is only held is refused, and of all of it lets it go', async () => {
    const { revert } = await order();
    const refused = await revert({ amount: 500, refundId: 'part-1' });
    expectRefusal(refused, 'nothing_captured', 409, { currentStatus: 'AUTHORIZED' });
    const { body } = await revert({ amount: 2098 });
    expect([body.status, body.payment.revertMethod]).toEqual(['FAILED', 'voided']);
  });
});
