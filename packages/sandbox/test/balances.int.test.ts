import { appendFile, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { DAY_MS, hold, newFolder, openSandbox, refusal, take } from './support.js';

const TERMS = { feePercent: 2.9, feeFixed: 30, settlementSeconds: 172_800 };

describe('the balance', () => {
  it('has what was captured less the fee, once it has settled', async () => {
    const { sandbox, stripe } = await openSandbox({ terms: TERMS });
    const intent = await take(stripe);
    expect(await stripe.balance.retrieve()).toMatchObject({
      object: 'balance',
      available: [{ amount: 0, currency: 'usd', source_types: { card: 0 } }],
      pending: [{ amount: 2007, currency: 'usd' }],
      livemode: false,
    });
    const { latest_charge } = await stripe.paymentIntents.retrieve(intent, {
      expand: ['latest_charge.balance_transaction'],
    });
    const now = Math.floor(sandbox.clock.now().getTime() / 1000);
    expect(latest_charge).toMatchObject({
      balance_transaction: {
        object: 'balance_transaction',
        amount: 2098,
        fee: 91,
        net: 2007,
        currency: 'usd',
        type: 'charge',
        reporting_category: 'charge',
        status: 'pending',
        source: expect.stringMatching(/^ch_/),
        fee_details: [{ amount: 91, currency: 'usd', type: 'stripe_fee' }],
      },
    });
    const [movement] = (await stripe.balanceTransactions.list()).data;
    expect(Math.abs((movement?.available_on ?? 0) - now - 172_800)).toBeLessThan(10);
    await sandbox.clock.advance(2 * DAY_MS);
    expect((await stripe.balance.retrieve()).available).toMatchObject([{ amount: 2007 }]);
    expect(await stripe.balanceTransactions.retrieve(movement?.id ?? '')).toMatchObject({
      status: 'available',
    });
  });

  it('tells when money is available, after a restart too, and once', async () => {
    const dataFile = `${await newFolder()}/data.jsonl`;
    const first = await openSandbox({ dataFile, terms: TERMS });
    await take(first.stripe);
    expect((await first.stripe.events.list({ type: 'balance.available' })).data).toEqual([]);
    await first.sandbox.close();
    const { sandbox, stripe } = await openSandbox({ dataFile });
    for (let days = 0; days < 3; days += 1) await sandbox.clock.advance(DAY_MS);
    const told = async () => (await stripe.events.list({ type: 'balance.available' })).data;
    expect(await told()).toMatchObject([
      { data: { object: { object: 'balance', available: [{ amount: 2007, currency: 'usd' }] } } },
    ]);
    sandbox.accounts.seed({ id: 'acct_runner' });
    sandbox.funds.add({ account: 'acct_runner', currency: 'usd', amount: 1 });
    expect(await told()).toHaveLength(1);
    sandbox.funds.add({ currency: 'usd', amount: 1 });
    expect(await told()).toHaveLength(2);
  });

  it('is kept apart by currency', async () => {
    const { stripe } = await openSandbox();
    await hold(stripe, { capture_method: 'automatic' });
    await hold(stripe, { capture_method: 'automatic', currency: 'sgd', amount: 500 });
    expect((await stripe.balance.retrieve()).available).toMatchObject([
      { amount: 2098, currency: 'usd' },
      { amount: 500, currency: 'sgd' },
    ]);
  });

  it('loses the fee of a refunded charge for good', async () => {
    const { sandbox, stripe } = await openSandbox({ terms: { feeFixed: 30 } });
    await stripe.refunds.create({ payment_intent: await take(stripe) });
    expect((await stripe.balance.retrieve()).available).toMatchObject([{ amount: -30 }]);
    expect(sandbox.ledger().books).toMatchObject({
      charges: [{ captured: 2098, refunded: 2098, transferred: 0, reversed: 0, fee: 30 }],
      currencies: [{ currency: 'usd', customers: 0, fees: 30, platform: -30, sum: 0 }],
    });
  });

  it('is told by terms that hold for later captures, and a fee is never more than all', async () => {
    const { sandbox, stripe } = await openSandbox();
    await take(stripe);
    sandbox.funds.setTerms({ feePercent: 10 });
    await take(stripe);
    sandbox.funds.setTerms({ feeFixed: 1_000_000 });
    await take(stripe);
    const { data } = await stripe.balanceTransactions.list();
    expect(data.map(({ fee }) => fee)).toEqual([2098, 210, 0]);
    sandbox.reset();
    await take(stripe);
    expect((await stripe.balanceTransactions.list()).data.map(({ fee }) => fee)).toEqual([0]);
    expect(sandbox.ledger().books.currencies).toMatchObject([{ platform: 2098, sum: 0 }]);
  });

  it('goes with disputes', async () => {
    const { sandbox, stripe } = await openSandbox();
    const intent = await take(stripe);
    const { id } = sandbox.disputes.open({ payment_intent: intent, amount: 2000 });
    const movements = async () =>
      (await stripe.balanceTransactions.list({ source: id })).data.map(({ amount }) => amount);
    expect(await movements()).toEqual([-2000]);
    expect(sandbox.ledger().books.currencies).toMatchObject([{ disputes: 2000, sum: 0 }]);
    sandbox.disputes.update(id, { status: 'under_review' });
    expect(await movements()).toEqual([-2000]);
    sandbox.disputes.update(id, { status: 'won' });
    expect(await movements()).toEqual([2000, -2000]);
  });
});

describe('balance transactions', () => {
  it('are listed by type, source, currency and time, each account’s own', async () => {
    const { sandbox, stripe } = await openSandbox();
    sandbox.accounts.seed({ id: 'acct_runner' });
    await take(stripe);
    const { id } = await stripe.transfers.create({
      amount: 1000,
      currency: 'usd',
      destination: 'acct_runner',
    });
    const reversal = await stripe.transfers.createReversal(id, { amount: 400 });
    sandbox.funds.payOut({ account: 'acct_runner', currency: 'usd', amount: 100 });
    const typesOf = async (params: object, account?: string) => {
      const options = account === undefined ? {} : { stripeAccount: account };
      const { data } = await stripe.balanceTransactions.list(params, options);
      return data.map(({ type, net }) => [type, net]);
    };
    expect(await typesOf({})).toEqual([
      ['transfer_refund', 400],
      ['transfer', -1000],
      ['charge', 2098],
    ]);
    expect(await typesOf({}, 'acct_runner')).toEqual([
      ['payout', -100],
      ['payment_refund', -400],
      ['payment', 1000],
    ]);
    expect(await typesOf({ type: 'transfer' })).toEqual([['transfer', -1000]]);
    expect(await typesOf({ source: reversal.id })).toEqual([['transfer_refund', 400]]);
    expect(await typesOf({ source: reversal.id }, 'acct_runner')).toEqual([]);
    expect(await typesOf({ currency: 'eur' })).toEqual([]);
    expect(await typesOf({ created: { lt: 1 } })).toEqual([]);
    const own = String((await stripe.transfers.retrieve(id)).balance_transaction);
    const foreign = { stripeAccount: 'acct_runner' };
    expect(await refusal(stripe.balanceTransactions.retrieve(own, {}, foreign))).toMatchObject({
      statusCode: 404,
      code: 'resource_missing',
    });
    expect(await stripe.accounts.retrieveCurrent({}, foreign)).toMatchObject({ id: 'acct_runner' });
  });

  it('of a seeded payment are one sum, and follow it when it is seeded again', async () => {
    const { sandbox, stripe } = await openSandbox();
    const created = Math.floor(sandbox.clock.now().getTime() / 1000);
    const common = { created, amount: 2098, currency: 'usd', customer: null, metadata: {} };
    const seed = { ...common, id: 'pi_1', status: 'succeeded', received: 2098 } as const;
    sandbox.seed([seed]);
    sandbox.seed([{ ...seed, refunded: 98, transferGroup: 'order_7' }]);
    const { data } = await stripe.charges.list({ transfer_group: 'order_7' });
    expect(data).toMatchObject([{ payment_intent: 'pi_1', transfer_group: 'order_7' }]);
    expect((await stripe.balance.retrieve()).available).toMatchObject([{ amount: 2000 }]);
    expect(sandbox.ledger().books.currencies).toMatchObject([{ customers: -2000, sum: 0 }]);
    sandbox.seed([{ ...common, id: 'pi_1', status: 'canceled', refunded: 98, captureBefore: 1 }]);
    expect(sandbox.ledger().books.currencies).toMatchObject([{ platform: 0, sum: 0 }]);
  });

  it('are made for a data file of before there were any', async () => {
    const dataFile = `${await newFolder()}/data.jsonl`;
    const first = await openSandbox({ dataFile });
    const intent = await take(first.stripe);
    const refund = (amount: number) =>
      first.stripe.refunds.create({ payment_intent: intent, amount });
    await refund(300);
    first.sandbox.refunds.end((await refund(200)).id, { status: 'failed' });
    const kept = first.sandbox.disputes.open({ payment_intent: intent, amount: 50 });
    expect(kept.status).toBe('needs_response');
    const before = await first.stripe.balance.retrieve();
    await first.sandbox.close();
    const older = (await readFile(dataFile, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown[][])
      .map((entries) => entries.filter(([, kind]) => kind !== 'balance_transaction'));
    const olderFile = `${await newFolder()}/older.jsonl`;
    for (const entries of older) await appendFile(olderFile, `${JSON.stringify(entries)}\n`);
    const terms = { feeFixed: 30, settlementSeconds: 60 };
    for (const again of [1, 2]) {
      const { sandbox, stripe } = await openSandbox({ dataFile: olderFile, terms });
      expect([again, (await stripe.balance.retrieve()).available]).toEqual([
        again,
        before.available,
      ]);
      expect(sandbox.ledger().books.currencies).toMatchObject([{ fees: 0, sum: 0 }]);
      await sandbox.close();
    }
  });
});
