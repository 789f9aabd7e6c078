import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { clientOf, eventTypes, hold, newFolder, openSandbox, refusal } from './support.js';

const TO = 'acct_runner';

type Params = Stripe.TransferCreateParams;
/** What differs; undefined leaves a part out. */
type Wish = { [name in keyof Params]?: Params[name] | undefined };

/** A sandbox with an able account, and a charge of 20.98 dollars that was captured. */
async function withCharge(settlementSeconds = 0, amount = 2098) {
  const { sandbox, stripe } = await openSandbox({ terms: { settlementSeconds } });
  sandbox.accounts.seed({ id: TO });
  const { id } = await hold(stripe, { transfer_group: 'order_7' });
  const taken = await stripe.paymentIntents.capture(id, { amount_to_capture: amount });
  const charge = String(taken.latest_charge);
  const send = (more: Wish = {}) =>
    stripe.transfers.create({
      amount: 1000,
      currency: 'usd',
      destination: TO,
      source_transaction: charge,
      ...more,
    } as Stripe.TransferCreateParams);
  return { sandbox, stripe, charge, send };
}

const fundsOf = async (stripe: Stripe, account?: string) => {
  const options = account === undefined ? {} : { stripeAccount: account };
  const { available, pending } = await stripe.balance.retrieve({}, options);
  return [available[0]?.amount, pending[0]?.amount];
};

describe('a transfer of the money of a charge', () => {
  it('has the shape of the SDK, with the group of its charge', async () => {
    const { stripe, charge, send } = await withCharge();
    const transfer = await send({ description: 'a delivery', metadata: { order: '7' } });
    expect(transfer).toMatchObject({
      id: expect.stringMatching(/^tr_/),
      object: 'transfer',
      amount: 1000,
      amount_reversed: 0,
      balance_transaction: expect.stringMatching(/^txn_/),
      currency: 'usd',
      description: 'a delivery',
      destination: TO,
      destination_payment: expect.stringMatching(/^py_/),
      livemode: false,
      metadata: { order: '7' },
      reversals: { object: 'list', data: [], has_more: false },
      reversed: false,
      source_transaction: charge,
      source_type: 'card',
      transfer_group: 'order_7',
    });
    expect(await stripe.transfers.retrieve(transfer.id)).toMatchObject({ id: transfer.id });
    expect(await fundsOf(stripe)).toEqual([1098, 0]);
    expect(await fundsOf(stripe, TO)).toEqual([1000, 0]);
    expect((await eventTypes(stripe)).at(-1)).toBe('transfer.created');
  });

  it('goes before its charge has settled, and is available with it', async () => {
    const { sandbox, stripe, send } = await withCharge(86_400);
    await send();
    expect(await fundsOf(stripe)).toEqual([0, 1098]);
    expect(await fundsOf(stripe, TO)).toEqual([0, 1000]);
    await sandbox.clock.advance(86_400_000);
    expect(await fundsOf(stripe)).toEqual([1098, 0]);
    expect(await fundsOf(stripe, TO)).toEqual([1000, 0]);
  });

  it('is at most what was captured, with all others of the charge', async () => {
    const { send } = await withCharge(0, 1500);
    expect((await refusal(send({ amount: 1501 }))).message).toBe(
      'Transfers using this transaction as a source must not exceed the source amount of $15.00.',
    );
    await send();
    const error = await refusal(send({ amount: 501 }));
    expect(error).toMatchObject({ statusCode: 400, type: 'StripeInvalidRequestError' });
    expect(error.message).toBe(
      'Transfers using this transaction as a source must not exceed the source amount of $15.00. (There is already a transfer using this source, amounting to $10.00.)',
    );
    await send({ amount: 500 });
  });

  it('stays counted when it was reversed', async () => {
    const { stripe, send } = await withCharge(0, 1000);
    const { id } = await send();
    await stripe.transfers.createReversal(id);
    expect((await refusal(send({ amount: 1 }))).message).toContain('must not exceed');
    const { id: again } = await send({ source_transaction: undefined });
    expect(again).not.toBe(id);
  });

  it('is all of it when no amount is said', async () => {
    const { send } = await withCharge(0, 1500);
    expect(await send({ amount: undefined })).toMatchObject({ amount: 1500 });
  });

  it('needs the currency and the group of the charge, and a charge that has money', async () => {
    const { stripe, send } = await withCharge();
    expect(await refusal(send({ currency: 'eur' }))).toMatchObject({
      message:
        "The currency of source_transaction's balance transaction (usd) must be the same as the transfer currency (eur)",
    });
    expect(await refusal(send({ transfer_group: 'order_8' }))).toMatchObject({
      param: 'transfer_group',
    });
    await send({ transfer_group: 'order_7', amount: 1 });
    const held = await hold(stripe);
    for (const source of ['ch_none', held.id, String(held.latest_charge)]) {
      const error = await refusal(send({ source_transaction: source }));
      expect(error).toMatchObject({ statusCode: 400, param: 'source_transaction' });
    }
  });

  it('makes a group for a charge that has none', async () => {
    const { stripe, send } = await withCharge();
    const { id } = await hold(stripe);
    const taken = await stripe.paymentIntents.capture(id);
    const { transfer_group } = await send({ source_transaction: String(taken.latest_charge) });
    expect(transfer_group).toBe(`group_${id}`);
    const charge = await stripe.charges.retrieve(String(taken.latest_charge));
    expect(charge.transfer_group).toBe(transfer_group);
    const { data } = await stripe.charges.list({ transfer_group: `group_${id}` });
    expect(data.map((each) => each.id)).toEqual([charge.id]);
  });
});

describe('a transfer of what is available', () => {
  it('needs an available balance, and is never tried again by Stripe', async () => {
    const { sandbox, stripe, send } = await withCharge(86_400);
    const error = await refusal(send({ source_transaction: undefined }));
    expect(error).toMatchObject({ statusCode: 400, code: 'balance_insufficient' });
    await sandbox.clock.advance(86_400_000);
    expect(sandbox.counts().transfers).toBe(0);
    const { source_transaction, transfer_group } = await send({
      source_transaction: undefined,
      transfer_group: 'mine',
    });
    expect([source_transaction, transfer_group]).toEqual([null, 'mine']);
    expect(await fundsOf(stripe)).toEqual([1098, 0]);
  });

  it('takes money at once that a test added, or that came by the card for it', async () => {
    const { sandbox, stripe, send } = await withCharge(86_400);
    sandbox.funds.add({ currency: 'usd', amount: 1000 });
    await send({ source_transaction: undefined });
    await hold(stripe, { payment_method: 'pm_card_bypassPending', capture_method: 'automatic' });
    expect(await fundsOf(stripe)).toEqual([2098, 2098]);
  });

  it.each([
    [{ amount: 0 }, 'parameter_invalid_integer'],
    [{ amount: -1 }, 'parameter_invalid_integer'],
    [{ amount: 1.5 }, 'parameter_invalid_integer'],
    [{ amount: 100_000_000 }, 'amount_too_large'],
    [{ currency: 'xxx' }, undefined],
    [{ amount: undefined, source_transaction: undefined }, 'parameter_missing'],
  ])('refuses %o', async (wrong, code) => {
    const { sandbox, send } = await withCharge();
    expect(await refusal(send(wrong))).toMatchObject({ statusCode: 400, code });
    expect(sandbox.counts().transfers).toBe(0);
  });

  it('refuses an account that can not take it, by Stripe’s code', async () => {
    const { sandbox, send } = await withCharge();
    const codeOf = async () => (await refusal(send())).code;
    expect(await refusal(send({ destination: 'acct_none' }))).toMatchObject({
      statusCode: 400,
      code: 'resource_missing',
      param: 'destination',
      message: "No such destination: 'acct_none'",
    });
    for (const state of ['new', 'pending'] as const) {
      sandbox.accounts.update(TO, { state });
      expect(await codeOf()).toBe('insufficient_capabilities_for_transfer');
    }
    sandbox.accounts.update(TO, { state: 'disabled' });
    expect(await codeOf()).toBe('transfers_not_allowed');
    sandbox.accounts.update(TO, { state: 'able', currencies: ['sgd'] });
    expect(await refusal(send())).toMatchObject({ statusCode: 400, param: 'currency' });
    sandbox.accounts.update(TO, { state: 'closed' });
    expect(await codeOf()).toBe('account_invalid');
    expect(sandbox.counts().transfers).toBe(0);
  });
});

describe('transfers', () => {
  it('are listed by destination and group, newest first, in pages', async () => {
    const { sandbox, stripe, send } = await withCharge();
    sandbox.accounts.seed({ id: 'acct_other' });
    const mine = [await send({ amount: 1 }), await send({ amount: 2 })].map(({ id }) => id);
    const other = await send({ amount: 3, destination: 'acct_other' });
    const loose = await send({ amount: 4, source_transaction: undefined });
    const ids = async (params: Stripe.TransferListParams) =>
      (await stripe.transfers.list(params)).data.map(({ id }) => id);
    expect(await ids({ destination: 'acct_other' })).toEqual([other.id]);
    expect(await ids({ transfer_group: 'order_7' })).toEqual([other.id, ...mine.toReversed()]);
    expect(await ids({ transfer_group: 'order_7', destination: TO })).toEqual(mine.toReversed());
    expect(await ids({ limit: 1, starting_after: loose.id })).toEqual([other.id]);
    expect(await ids({ created: { gt: loose.created + 1 } })).toEqual([]);
    expect(await ids({ transfer_group: 'order_8' })).toEqual([]);
  });

  it('take another description and metadata, and tell of it', async () => {
    const { stripe, send } = await withCharge();
    const { id } = await send({ description: 'one' });
    const changed = await stripe.transfers.update(id, { metadata: { a: 'b' } });
    expect(changed).toMatchObject({ description: 'one', metadata: { a: 'b' } });
    expect((await eventTypes(stripe)).at(-1)).toBe('transfer.updated');
    expect(await refusal(stripe.transfers.update('tr_none', {}))).toMatchObject({
      statusCode: 404,
      code: 'resource_missing',
    });
  });

  it('come back from the data file, with the balances', async () => {
    const dataFile = `${await newFolder()}/data.jsonl`;
    const first = await openSandbox({ dataFile, terms: { settlementSeconds: 86_400 } });
    first.sandbox.accounts.seed({ id: TO });
    const { latest_charge } = await hold(first.stripe, { capture_method: 'automatic' });
    const transfer = { amount: 1000, currency: 'usd', destination: TO };
    const sent = { ...transfer, source_transaction: String(latest_charge) };
    const key = { idempotencyKey: 'once' };
    const made = await first.stripe.transfers.create(sent, key);
    const before = first.sandbox.ledger();
    await first.sandbox.close();
    const second = await openSandbox({ dataFile });
    const { requests: _, counts: _counts, ...after } = second.sandbox.ledger();
    expect(before).toMatchObject(after);
    expect(await second.stripe.transfers.create(sent, key)).toEqual(made);
    expect(await fundsOf(second.stripe, TO)).toEqual([0, 1000]);
    expect(second.sandbox.counts().transfers).toBe(1);
  });

  it('are made once when the answer is lost, and found again', async () => {
    const { sandbox, charge, stripe } = await withCharge();
    const effect = { kind: 'drop', executed: true } as const;
    sandbox.faults.add({ method: 'POST', path: '/v1/transfers', effect, times: 2 });
    const lost = clientOf(sandbox.url).transfers.create(
      { amount: 1000, currency: 'usd', destination: TO, source_transaction: charge },
      { idempotencyKey: 'once' },
    );
    await refusal(lost);
    const { data } = await stripe.transfers.list({ transfer_group: 'order_7' });
    expect(data.map(({ amount }) => amount)).toEqual([1000]);
  });
});

describe('a reversal', () => {
  it('takes back a part, then the rest, and says so on the transfer', async () => {
    const { stripe, send } = await withCharge();
    const { id } = await send();
    const part = await stripe.transfers.createReversal(id, { amount: 300, metadata: { r: '1' } });
    expect(part).toMatchObject({
      id: expect.stringMatching(/^trr_/),
      object: 'transfer_reversal',
      amount: 300,
      balance_transaction: expect.stringMatching(/^txn_/),
      currency: 'usd',
      destination_payment_refund: expect.stringMatching(/^pyr_/),
      metadata: { r: '1' },
      source_refund: null,
      transfer: id,
    });
    expect(await stripe.transfers.retrieve(id)).toMatchObject({
      amount_reversed: 300,
      reversed: false,
      reversals: { data: [{ id: part.id }] },
    });
    const rest = await stripe.transfers.createReversal(id);
    expect(rest.amount).toBe(700);
    expect(await stripe.transfers.retrieve(id)).toMatchObject({
      amount_reversed: 1000,
      reversed: true,
    });
    expect(await fundsOf(stripe)).toEqual([2098, 0]);
    expect(await fundsOf(stripe, TO)).toEqual([0, 0]);
    expect((await eventTypes(stripe)).filter((type) => type === 'transfer.reversed')).toHaveLength(
      2,
    );
    const { data } = await stripe.transfers.listReversals(id);
    expect(data.map((each) => each.id)).toEqual([rest.id, part.id]);
    expect((await refusal(stripe.transfers.createReversal(id))).message).toBe(
      `The transfer ${id} is already fully reversed.`,
    );
  });

  it('is at most what is left of the transfer', async () => {
    const { stripe, send } = await withCharge();
    const { id } = await send();
    await stripe.transfers.createReversal(id, { amount: 300 });
    const error = await refusal(stripe.transfers.createReversal(id, { amount: 701 }));
    expect(error).toMatchObject({ statusCode: 400, param: 'amount' });
    for (const amount of [0, -1, 1.5]) {
      const refused = await refusal(stripe.transfers.createReversal(id, { amount }));
      expect(refused).toMatchObject({ statusCode: 400, param: 'amount' });
    }
  });

  it('needs the money in the account: paid out or on its way, it is refused', async () => {
    const { sandbox, stripe, send } = await withCharge(86_400);
    const { id } = await send();
    const codeOf = async () => (await refusal(stripe.transfers.createReversal(id))).code;
    expect(await codeOf()).toBe('balance_insufficient');
    await sandbox.clock.advance(86_400_000);
    sandbox.funds.payOut({ account: TO, currency: 'usd' });
    expect(await codeOf()).toBe('balance_insufficient');
    sandbox.funds.add({ account: TO, currency: 'usd', amount: 1000 });
    await stripe.transfers.createReversal(id);
  });

  it('is found below its own transfer only, and takes other metadata', async () => {
    const { stripe, send } = await withCharge();
    const [one, other] = [await send(), await send()];
    const { id } = await stripe.transfers.createReversal(one.id, { amount: 1 });
    expect(await stripe.transfers.retrieveReversal(one.id, id)).toMatchObject({ id });
    expect(await refusal(stripe.transfers.retrieveReversal(other.id, id))).toMatchObject({
      statusCode: 404,
    });
    const changed = await stripe.transfers.updateReversal(one.id, id, { metadata: { a: 'b' } });
    expect(changed.metadata).toEqual({ a: 'b' });
  });

  it('answers a repeated key as the first time', async () => {
    const { sandbox, stripe, send } = await withCharge();
    const { id } = await send();
    const reverse = () =>
      stripe.transfers.createReversal(
        id,
        { amount: 300, expand: ['transfer'] },
        { idempotencyKey: 'back' },
      );
    const first = await reverse();
    await stripe.transfers.createReversal(id, { amount: 100 });
    expect(await reverse()).toEqual(first);
    expect(sandbox.counts().transferReversals).toBe(2);
  });
});
