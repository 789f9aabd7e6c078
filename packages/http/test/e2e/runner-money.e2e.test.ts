import { describe, expect, it } from 'vitest';
import { atStripe, costOf, heldOrder, newOrder, status, until } from './orders.js';
import { openWorld } from './world.js';

// The money's whole way, with the sandbox's own books as the judge.
const world = await openWorld({ webhooks: false, environment: { PLATFORM_FEE_PERCENT: '10' } });
const { sandbox } = world;

let accounts = 0;
function account(state: 'able' | 'new' | 'closed' = 'able'): string {
  accounts += 1;
  const id = `acct_e2e${accounts}`;
  sandbox.accounts.seed({ id, state });
  return id;
}

const release = (order: string, body: object) =>
  world.post(`/api/payment/${order}/release`, { runnerId: `runner_${order}`, ...body });
const revert = (order: string, body?: object) => world.post(`/api/payment/${order}/revert`, body);
const paymentOf = async (order: string) => (await status(world, order)).body.payment;
const transfersTo = (stripeAccount: string) =>
  sandbox.ledger().transfers.filter(({ destination }) => destination === stripeAccount);

/** What the conservation line says, by the record. */
async function wayOf(order: string) {
  const { capturedMinor, refundedMinor, feeMinor, transfer } = await paymentOf(order);
  return {
    capturedMinor,
    refundedMinor,
    feeMinor,
    sent: transfer?.amountMinor,
    back: transfer?.reversedMinor,
  };
}

describe('a release with an account', () => {
  it('sends the share in the same command: two calls, two reads and two writes', async () => {
    const order = await heldOrder(world);
    const stripeAccount = account();
    const { value, calls, statements } = await costOf(world, () =>
      release(order, { runnerStripeAccount: stripeAccount }),
    );
    expect(value.status).toBe(200);
    expect(value.body).toMatchObject({ success: true, status: 'RELEASED' });
    expect(calls).toEqual(['POST /v1/payment_intents/:id/capture', 'POST /v1/transfers']);
    expect(statements).toEqual([
      'latest_payments_of_orders',
      'find_runners',
      'save_changes',
      'save_changes_with_money',
      'set_account_of_runner',
    ]);
    const payment = await paymentOf(order);
    expect(payment).toMatchObject({
      heldMinor: 0,
      capturedMinor: 2098,
      refundedMinor: 0,
      feeMinor: 210,
      tipMinor: 0,
      funding: 'hold',
      transfer: { status: 'sent', amountMinor: 1888, reversedMinor: 0, stripeAccount },
    });
    const [transfer, ...more] = transfersTo(stripeAccount);
    expect(more).toEqual([]);
    expect(transfer).toMatchObject({
      id: payment.transfer.stripeTransferId,
      amount: 1888,
      currency: 'usd',
      source_transaction: atStripe(world, order).charges[0]?.id,
      metadata: { payment_id: payment.paymentId, transfer_id: payment.transfer.transferId },
    });
  });

  it('is one capture and one transfer, though twenty ask at once', async () => {
    const order = await heldOrder(world);
    const stripeAccount = account();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => release(order, { runnerStripeAccount: stripeAccount })),
    );
    expect(new Set(answers.map(({ status: code }) => code))).toEqual(new Set([200]));
    expect(transfersTo(stripeAccount)).toHaveLength(1);
    expect(atStripe(world, order).charges).toHaveLength(1);
  });

  it('waits for an account that can not take it yet, and is sent once it can', async () => {
    const order = await heldOrder(world);
    const stripeAccount = account('new');
    const answer = await release(order, { runnerStripeAccount: stripeAccount });
    expect(answer.status).toBe(200);
    expect(answer.body.payment.transfer).toMatchObject({ status: 'waiting_account' });
    sandbox.accounts.update(stripeAccount, { state: 'able' });
    world.clock.advance(2 * 60 * 60_000);
    await until(
      () => paymentOf(order),
      ({ transfer }) => transfer.status === 'sent',
    );
    expect(transfersTo(stripeAccount)).toHaveLength(1);
  });

  it('of an account that Stripe does not know is for a person, until another is set', async () => {
    const order = await heldOrder(world);
    const answer = await release(order, { runnerStripeAccount: 'acct_unknown' });
    expect(answer.status).toBe(200);
    expect(answer.body.payment.transfer).toMatchObject({ status: 'needs_review' });
    const stripeAccount = account();
    const put = await world.put(`/api/runners/runner_${order}`, { stripeAccount });
    expect(put.status).toBe(200);
    await until(
      () => paymentOf(order),
      ({ transfer }) => transfer.status === 'sent',
    );
    expect(transfersTo(stripeAccount)).toHaveLength(1);
  });

  it('takes less than is held, and the rest goes back', async () => {
    const order = await heldOrder(world);
    const stripeAccount = account();
    const body = { amount: 1000, tip: 100, platformFee: 50, runnerStripeAccount: stripeAccount };
    const answer = await release(order, body);
    expect(answer.status).toBe(200);
    expect(await wayOf(order)).toEqual({
      capturedMinor: 1100,
      refundedMinor: 0,
      feeMinor: 50,
      sent: 1050,
      back: 0,
    });
    expect(atStripe(world, order).intents[0]).toMatchObject({ amount_received: 1100 });
    expect((await release(order, body)).status).toBe(200);
    const other = await release(order, { ...body, amount: 900 });
    expect([other.status, other.body.error]).toEqual([409, 'contradicting_repeat']);
  });

  it('of more than is held is refused with what can be taken', async () => {
    const order = await heldOrder(world);
    const answer = await release(order, { tip: 1 });
    expect([answer.status, answer.body.error, answer.body.maximumMinor]).toEqual([
      409,
      'amount_exceeds_hold',
      2098,
    ]);
    expect((await paymentOf(order)).status).toBe('AUTHORIZED');
  });
});

describe('a release above the hold', () => {
  const roomy = (card: string) => ({
    order: { headroom: true },
    customer: { userStripeCard: { payment_method_id: card } },
  });

  it('takes what the card allows beyond it', async () => {
    const order = await heldOrder(world, roomy('pm_card_visa'));
    const stripeAccount = account();
    const body = { tip: 200, platformFee: 98, runnerStripeAccount: stripeAccount };
    expect((await release(order, body)).status).toBe(200);
    expect(await wayOf(order)).toMatchObject({ capturedMinor: 2298, feeMinor: 98, sent: 2200 });
    expect((await paymentOf(order)).review).toBeNull();
    expect((await revert(order)).body.payment).toMatchObject({ refundedMinor: 2298 });
  });

  it('raises the hold where that is allowed, under a key of its own', async () => {
    const order = await heldOrder(world, roomy('pm_card_visa'));
    expect((await release(order, { tip: 2000 })).status).toBe(200);
    const calls = atStripe(world, order).requests.map(({ path }) => path.split('/').at(-1));
    expect(calls.filter((call) => call === 'increment_authorization')).toHaveLength(1);
    expect(await wayOf(order)).toMatchObject({ capturedMinor: 4098 });
    expect((await paymentOf(order)).review).toBeNull();
  });

  it('is refused with what can be taken where the bank says no, and nothing is taken', async () => {
    const order = await heldOrder(world, roomy('pm_card_incrementDeclined'));
    const answer = await release(order, { tip: 2000 });
    expect([answer.status, answer.body.error]).toEqual([409, 'amount_exceeds_hold']);
    expect(answer.body.maximumMinor).toBeGreaterThanOrEqual(2098);
    expect(await paymentOf(order)).toMatchObject({ status: 'AUTHORIZED', capturedMinor: 0 });
    expect((await release(order, {})).status).toBe(200);
  });

  it('is refused where nobody asked for it', async () => {
    const order = await heldOrder(world);
    const answer = await release(order, { tip: 200 });
    expect([answer.status, answer.body.maximumMinor]).toEqual([409, 2098]);
  });
});

describe('money that comes back', () => {
  it('in parts: the customer first, then of the runner; the last part makes the whole', async () => {
    const order = await heldOrder(world);
    const stripeAccount = account();
    await release(order, { runnerStripeAccount: stripeAccount });
    const part = await revert(order, { amount: 1000, refundId: 'a' });
    expect(part.status).toBe(200);
    expect(part.body).toMatchObject({
      status: 'RELEASED',
      refund: { refundId: 'a', amountMinor: 1000, status: 'succeeded' },
    });
    expect(await wayOf(order)).toMatchObject({ refundedMinor: 1000, sent: 1888, back: 900 });
    expect((await revert(order, { amount: 1000, refundId: 'a' })).status).toBe(200);
    expect((await revert(order, { amount: 999, refundId: 'a' })).status).toBe(409);
    expect((await revert(order, { amount: 5000, refundId: 'b' })).body).toMatchObject({
      error: 'amount_exceeds_captured',
      leftMinor: 1098,
    });
    expect((await revert(order, { amount: 1 })).status).toBe(400);
    const rest = await revert(order, { amount: 1098, refundId: 'rest' });
    expect(rest.body).toMatchObject({ status: 'FAILED', payment: { status: 'REVERTED' } });
    await until(
      () => wayOf(order),
      ({ back }) => back === 1888,
    );
    expect(await paymentOf(order)).toMatchObject({
      status: 'REVERTED',
      refundedMinor: 2098,
      transfer: { status: 'reversed' },
      refunds: [
        { refundId: 'a', amountMinor: 1000, status: 'succeeded' },
        { refundId: 'rest', amountMinor: 1098, status: 'succeeded' },
      ],
    });
    expect(atStripe(world, order).refunds).toHaveLength(2);
  });

  it('many at once never exceed what was taken', async () => {
    const order = await heldOrder(world);
    await release(order, {});
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, n) => revert(order, { amount: 100, refundId: `r${n}` })),
    );
    const codes = answers.map(({ status: code }) => code);
    expect(codes.filter((code) => code === 200 || code === 202)).toHaveLength(20);
    expect(codes.filter((code) => code === 409)).toHaveLength(10);
    await until(
      () => paymentOf(order),
      ({ refundedMinor }) => refundedMinor === 2000,
    );
    const given = atStripe(world, order).refunds.reduce((sum, { amount }) => sum + amount, 0);
    expect(given).toBe(2000);
  });

  it('what the account does not have becomes a debt, and is kept back of the next transfer', async () => {
    const stripeAccount = account();
    const runnerId = `runner_${newOrder()}`;
    const first = await heldOrder(world);
    await release(first, { runnerId, runnerStripeAccount: stripeAccount });
    sandbox.funds.payOut({ account: stripeAccount, currency: 'usd' });
    expect((await revert(first)).status).toBe(200);
    const runner = async () => (await world.get(`/api/runners/${runnerId}`)).body.runner;
    await until(runner, ({ debts }) => debts[0]?.amountMinor === 1888);
    const second = await heldOrder(world, { order: { amount: 5000 } });
    const answer = await release(second, { runnerId });
    expect(answer.body.payment.transfer).toMatchObject({
      status: 'sent',
      amountMinor: 4500 - 1888,
    });
    expect(await runner()).toMatchObject({ stripeAccount, debts: [] });
  });
});

describe('a share that was not sent yet', () => {
  it('is of less once a part was given back, and that is not taken back again', async () => {
    const order = await heldOrder(world, { order: { amount: 1600 } });
    const stripeAccount = account('new');
    await release(order, { platformFee: 98, runnerStripeAccount: stripeAccount });
    const part = await revert(order, { amount: 500, refundId: 'early' });
    expect(part.body.payment.transfer).toMatchObject({
      status: 'waiting_account',
      amountMinor: 1002,
    });
    sandbox.accounts.update(stripeAccount, { state: 'able' });
    world.clock.advance(2 * 60 * 60_000);
    await until(
      () => paymentOf(order),
      ({ transfer }) => transfer.status === 'sent',
    );
    expect(await wayOf(order)).toEqual({
      capturedMinor: 1600,
      refundedMinor: 500,
      feeMinor: 98,
      sent: 1002,
      back: 0,
    });
    expect(transfersTo(stripeAccount)).toMatchObject([{ amount: 1002, amount_reversed: 0 }]);
  });

  it('of a release without an account is not passed over where a repeat names one', async () => {
    const order = await heldOrder(world);
    expect((await release(order, {})).status).toBe(200);
    const named = await release(order, { runnerStripeAccount: account() });
    expect([named.status, named.body.error]).toEqual([409, 'contradicting_repeat']);
  });

  it('of the rest tells which refund it is at Stripe', async () => {
    const order = await heldOrder(world);
    await release(order, {});
    const { body } = await revert(order);
    expect(body.payment.refunds).toMatchObject([
      { status: 'succeeded', stripeRefundId: atStripe(world, order).refunds[0]?.id },
    ]);
  });

  it('tells once that it waits, however often it is tried', async () => {
    const order = await heldOrder(world);
    await release(order, { runnerStripeAccount: account('new') });
    for (let hour = 0; hour < 3; hour += 1) {
      world.clock.advance(2 * 60 * 60_000);
      await world.runtime.escrow.sendDueTransfers(10);
    }
    const sql = `select e.type from payment_events e join payments p on p.id = e.payment_id
      where p.order_id = $1 and e.type = 'transfer_waiting'`;
    expect(await world.database.sql(sql, [order])).toHaveLength(1);
  });
});

describe('a release that is said again', () => {
  it('does not bring back the account that the runner had then', async () => {
    const order = await heldOrder(world);
    const [former, latter] = [account(), account()];
    await release(order, { runnerStripeAccount: former });
    await world.put(`/api/runners/runner_${order}`, { stripeAccount: latter });
    expect((await release(order, { runnerStripeAccount: former })).status).toBe(200);
    const { body } = await world.get(`/api/runners/runner_${order}`);
    expect(body.runner.stripeAccount).toBe(latter);
    expect(transfersTo(former)).toHaveLength(1);
  });

  it('takes no more than is named after a raise that came to nothing', async () => {
    const order = await heldOrder(world, {
      order: { headroom: true },
      customer: { userStripeCard: { payment_method_id: 'pm_card_visa' } },
    });
    sandbox.faults.add({
      path: '/v1/payment_intents/*/capture',
      effect: { kind: 'refuse', code: 'card_declined', status: 402 },
    });
    const tipped = await release(order, { tip: 2000 });
    expect(tipped.status).toBeGreaterThanOrEqual(400);
    sandbox.faults.clear();
    expect((await release(order, {})).status).toBe(200);
    expect(await paymentOf(order)).toMatchObject({ capturedMinor: 2098 });
  });
});
