import { describe, expect, it } from 'vitest';
import { chargeOf, control, eventTypes, openSandbox, refusal, take } from './support.js';

const USD = { currency: 'usd' };

/** A payment of 20.98 dollars, of which 5 are left in the platform's balance. */
async function paidOut() {
  const { sandbox, stripe } = await openSandbox();
  const intent = await take(stripe);
  sandbox.funds.payOut({ ...USD, amount: 1598 });
  const available = async () => (await stripe.balance.retrieve()).available[0]?.amount;
  return { sandbox, stripe, intent, available };
}

describe('a refund that the balance can not cover', () => {
  it('is made nevertheless, as long as nobody says otherwise', async () => {
    const { stripe, intent, available } = await paidOut();
    const refund = await stripe.refunds.create({ payment_intent: intent });
    expect(refund.status).toBe('succeeded');
    expect(await available()).toBe(-1598);
  });

  it('is refused when it is to be, and changes nothing', async () => {
    const { sandbox, stripe, intent, available } = await paidOut();
    sandbox.refunds.setShort('refused');
    const refund = (amount: number) => stripe.refunds.create({ payment_intent: intent, amount });
    expect(await refusal(refund(501))).toMatchObject({
      statusCode: 400,
      code: 'balance_insufficient',
    });
    expect(await chargeOf(stripe, intent)).toMatchObject({ amount_refunded: 0 });
    expect((await refund(500)).status).toBe('succeeded');
    expect(await available()).toBe(0);
  });

  it('is pending when it is to be, until there is enough', async () => {
    const { sandbox, stripe, intent, available } = await paidOut();
    const set = await control(sandbox.url, 'PUT /refunds', { short: 'pending' });
    expect(set.status).toBe(200);
    const refund = await stripe.refunds.create({ payment_intent: intent, amount: 1000 });
    expect(refund).toMatchObject({
      status: 'pending',
      pending_reason: 'insufficient_funds',
      balance_transaction: null,
    });
    expect(await available()).toBe(500);
    sandbox.funds.add({ ...USD, amount: 499 });
    expect((await stripe.refunds.retrieve(refund.id)).status).toBe('pending');
    sandbox.funds.add({ ...USD, amount: 1 });
    const made = await stripe.refunds.retrieve(refund.id);
    expect(made.status).toBe('succeeded');
    expect(made).not.toHaveProperty('pending_reason');
    expect(await available()).toBe(0);
    expect((await eventTypes(stripe)).slice(-2)).toEqual([
      'refund.updated',
      'charge.refund.updated',
    ]);
  });

  it('that is pending is made when the money of charges has settled', async () => {
    const { sandbox, stripe } = await openSandbox({ terms: { settlementSeconds: 100 } });
    const intent = await take(stripe);
    sandbox.refunds.setShort('pending');
    const { id, status } = await stripe.refunds.create({ payment_intent: intent });
    expect(status).toBe('pending');
    await sandbox.clock.advance(100_000);
    expect((await stripe.refunds.retrieve(id)).status).toBe('succeeded');
    expect(sandbox.ledger().books.currencies).toMatchObject([{ customers: 0, platform: 0 }]);
  });

  it('can fail while it waits, and waits no longer when refunds are made again', async () => {
    const { sandbox, stripe, intent, available } = await paidOut();
    sandbox.refunds.setShort('pending');
    const [one, other] = [
      await stripe.refunds.create({ payment_intent: intent, amount: 600 }),
      await stripe.refunds.create({ payment_intent: intent, amount: 700 }),
    ];
    sandbox.refunds.end(one.id, { status: 'failed' });
    expect(await chargeOf(stripe, intent)).toMatchObject({ amount_refunded: 700 });
    sandbox.refunds.setShort('made');
    expect((await stripe.refunds.retrieve(other.id)).status).toBe('succeeded');
    expect((await stripe.refunds.retrieve(one.id)).status).toBe('failed');
    expect(await available()).toBe(-200);
    expect(sandbox.ledger().books.currencies).toMatchObject([{ customers: -1398, sum: 0 }]);
  });

  it('is what a control is told by its names', async () => {
    const { sandbox } = await openSandbox();
    for (const body of [{}, { short: 'perhaps' }, { later: 1 }]) {
      expect((await control(sandbox.url, 'PUT /refunds', body)).status).toBe(400);
    }
  });
});

describe('the parts of a refund', () => {
  it('add up to what was captured, and a part that failed can be given again', async () => {
    const { sandbox, stripe } = await openSandbox();
    const intent = await take(stripe);
    const refund = (amount: number, reason?: 'duplicate') =>
      stripe.refunds.create({
        payment_intent: intent,
        amount,
        metadata: { part: String(amount) },
        ...(reason === undefined ? {} : { reason }),
      });
    const first = await refund(1000, 'duplicate');
    expect(first).toMatchObject({ reason: 'duplicate', metadata: { part: '1000' } });
    expect((await refusal(refund(1099))).message).toBe(
      'Refund amount ($10.99) is greater than unrefunded amount on charge ($10.98)',
    );
    await refund(1098);
    expect((await refusal(refund(1))).code).toBe('charge_already_refunded');
    sandbox.refunds.end(first.id, { status: 'failed', failureReason: 'declined' });
    expect(await chargeOf(stripe, intent)).toMatchObject({
      amount_refunded: 1098,
      refunded: false,
    });
    await refund(1000);
    expect(await chargeOf(stripe, intent)).toMatchObject({ refunded: true });
    const { data, has_more } = await stripe.refunds.list({ payment_intent: intent, limit: 2 });
    expect([data.map(({ amount }) => amount), has_more]).toEqual([[1000, 1098], true]);
    const rest = await stripe.refunds.list({
      payment_intent: intent,
      limit: 2,
      starting_after: data[1]?.id ?? '',
    });
    expect(rest.data.map(({ id }) => id)).toEqual([first.id]);
    const movements = await stripe.balanceTransactions.list({ source: first.id });
    expect(movements.data.map(({ type, amount }) => [type, amount])).toEqual([
      ['refund_failure', 1000],
      ['refund', -1000],
    ]);
  });
});
