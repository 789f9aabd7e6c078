import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { until } from '../setup/service.js';
import { asking, type CommandWorld, holding, openCommandWorld, types } from './world.js';

const world = await openCommandWorld();
const fresh = () => ({ saga: randomUUID(), order: `order_${randomUUID().slice(0, 8)}` });

/** A held payment that another saga has asked for. */
async function held(at: CommandWorld = world) {
  const { saga, order } = fresh();
  (await at.give('authorize_payment', saga, holding(order)))._unsafeUnwrap();
  const [hold] = await until(
    () => at.answersTo(saga, 0),
    ({ length }) => length === 1,
  );
  return { saga, order, paymentId: String(hold?.payload.payment_id) };
}

const intentsOf = (order: string) =>
  world
    .sandbox()
    .ledger()
    .paymentIntents.filter(({ metadata }) => metadata.order_id === order);

describe('a saga that gives all of its commands under one correlation id', () => {
  it('hears one answer to each', async () => {
    const { saga, order, paymentId } = await held();
    await world.give('release_payment', saga, { payment_id: paymentId, runner_id: 'runner-1' });
    await world.give('revert_payment', saga, { payment_id: paymentId, reason: 'too late' });
    const heard = await world.answersTo(saga);
    expect(types(heard)).toEqual(['payment.authorized', 'payment.released', 'payment.reverted']);
    expect(heard.map(({ payload }) => payload.version)).toEqual([1, 2, 3]);
    expect(heard.map(({ key }) => key)).toEqual([order, order, order]);
    expect(heard.at(-1)?.payload).toMatchObject({ reason: 'too late', revert_method: 'refunded' });
  });

  it('hears nothing more when each of them is delivered again', async () => {
    const { saga, order, paymentId } = await held();
    const again = async () => [
      await world.give('authorize_payment', saga, holding(order)),
      await world.give('release_payment', saga, { payment_id: paymentId, runner_id: 'runner-1' }),
      await world.give('revert_payment', saga, { payment_id: paymentId }),
    ];
    await again();
    const known = (await again()).map((one) => one._unsafeUnwrap());
    expect(known).toEqual(['answered', 'answered', 'answered']);
    expect(await world.answersTo(saga)).toHaveLength(3);
    expect(intentsOf(order)).toHaveLength(1);
  });
});

describe('a command that is delivered many times', () => {
  it('at once is carried out once and answered once', async () => {
    const { saga, order } = fresh();
    const all = Array.from({ length: 50 }, (_, n) =>
      world.give('authorize_payment', saga, holding(order), `consumer-${n}`),
    );
    await Promise.all(all);
    expect(types(await world.answersTo(saga))).toEqual(['payment.authorized']);
    expect(intentsOf(order)).toHaveLength(1);
  });

  it('after its payment was given back is not carried out anew', async () => {
    const { saga, order, paymentId } = await held();
    await world.give('revert_payment', randomUUID(), { payment_id: paymentId });
    // As if what is remembered of it were lost, or had been forgotten.
    await world.pool.query('delete from commands where correlation_id = $1', [saga]);
    await world.give('authorize_payment', saga, holding(order));
    expect(types(await world.answersTo(saga))).toEqual(['payment.authorized']);
    expect(intentsOf(order)).toHaveLength(1);
    expect(await world.row(saga, 'authorize_payment')).toMatchObject({ answer: 'event' });
  });

  it('with another payload is not carried out', async () => {
    const { saga, order } = fresh();
    await world.give('authorize_payment', saga, holding(order));
    const other = await world.give('authorize_payment', saga, holding(`${order}-2`));
    expect(other._unsafeUnwrap()).toBe('used_otherwise');
    expect(await world.answersTo(saga)).toHaveLength(1);
  });

  it('is refused at once where it names a part of what is held, or another whole, and not written down', async () => {
    const { paymentId } = await held();
    const { saga } = fresh();
    const part = asking('revert_payment', saga, { payment_id: paymentId, amount: 500 });
    expect((await world.runtime.commands.accept(part))._unsafeUnwrapErr()).toEqual({
      type: 'NothingCaptured',
      status: 'AUTHORIZED',
    });
    const other = asking('revert_payment', saga, { payment_id: paymentId, total: 500 });
    expect((await world.runtime.commands.accept(other))._unsafeUnwrapErr()).toMatchObject({
      type: 'NotTheWhole',
      field: 'total',
      whole: { amountMinor: 2098, currency: 'USD' },
    });
    const written = 'select 1 from commands where correlation_id = $1';
    expect((await world.pool.query(written, [saga])).rowCount).toBe(0);
  });
});

describe('a repeat under another correlation id', () => {
  it('is answered as the first one was, without a version', async () => {
    const { order, paymentId } = await held();
    const sagas = { authorize: randomUUID(), release: randomUUID(), revert: randomUUID() };
    const release = { payment_id: paymentId, runner_id: 'runner-1' };
    await world.give('authorize_payment', sagas.authorize, holding(order));
    await world.give('release_payment', randomUUID(), release);
    await world.give('release_payment', sagas.release, release);
    await world.give('revert_payment', randomUUID(), { payment_id: paymentId });
    await world.give('revert_payment', sagas.revert, { payment_id: paymentId });
    const about = { payment_id: paymentId, order_id: order, version: null };
    expect(await world.answersTo(sagas.authorize)).toMatchObject([
      { type: 'payment.authorized', key: order, payload: { ...about, status: 'AUTHORIZED' } },
    ]);
    expect(await world.answersTo(sagas.release)).toMatchObject([
      {
        type: 'payment.released',
        payload: { ...about, runner_id: 'runner-1', amount: 20.98, transfer_id: null },
      },
    ]);
    expect(await world.answersTo(sagas.revert)).toMatchObject([
      { type: 'payment.reverted', payload: { ...about, status: 'REVERTED' } },
    ]);
  });
});

describe('a refusal is answered under the code that HTTP uses', () => {
  it('of a payment that nobody knows', async () => {
    const { saga } = fresh();
    await world.give('release_payment', saga, { payment_id: 'nobody', runner_id: 'runner-1' });
    expect(await world.answersTo(saga)).toMatchObject([
      {
        key: 'nobody',
        type: 'payment.failed',
        payload: { error: 'payment_not_found', payment_id: 'nobody', version: null },
      },
    ]);
  });

  it('of a release to another runner, which tells that the payment has not failed', async () => {
    const { order, paymentId } = await held();
    const { saga } = fresh();
    await world.give('release_payment', randomUUID(), { payment_id: paymentId, runner_id: 'a' });
    await world.give('release_payment', saga, { payment_id: paymentId, runner_id: 'b' });
    expect(await world.answersTo(saga)).toMatchObject([
      {
        key: order,
        type: 'payment.failed',
        payload: { error: 'contradicting_repeat', order_id: order, status: 'RELEASED' },
      },
    ]);
  });

  it.each([
    ['release_payment', { runner_id: 'a', total: 1_500 }, 'total'],
    ['revert_payment', { total: 500 }, 'total'],
  ] as const)('of a %s that names other money than the whole: %j', async (type, said, field) => {
    const { paymentId } = await held();
    const { saga } = fresh();
    await world.give(type, saga, { payment_id: paymentId, ...said });
    expect(await world.answersTo(saga)).toMatchObject([
      {
        type: 'payment.failed',
        payload: { error: 'invalid_request', message: expect.stringContaining(`${field} `) },
      },
    ]);
    const still = await world.runtime.escrow.find({ paymentId });
    expect(still._unsafeUnwrap()).toMatchObject({ status: 'AUTHORIZED', operation: null });
  });

  it('of a decline: by the event, with the codes of Stripe and of the bank', async () => {
    const { saga, order } = fresh();
    await world.give('authorize_payment', saga, holding(order, 'pm_card_visa_chargeDeclined'));
    expect(await world.answersTo(saga)).toMatchObject([
      {
        type: 'payment.failed',
        payload: {
          error: 'payment_declined',
          stripe_code: 'card_declined',
          order_id: order,
          status: 'FAILED',
          version: 1,
        },
      },
    ]);
  });

  it('of a hold for which Stripe makes nothing, and that leaves no payment', async () => {
    const { saga, order } = fresh();
    await world.give('authorize_payment', saga, holding(order, 'pm_1NoSuchCard'));
    const [heard, ...more] = await world.answersTo(saga);
    expect(more).toEqual([]);
    expect(heard).toMatchObject({
      type: 'payment.failed',
      payload: { error: 'payment_method_invalid', order_id: order },
    });
  });

  it('of an invalid payload, naming every field, once however often it comes', async () => {
    const { saga } = fresh();
    const refuse = (payload: object) =>
      world.runtime.commands.refuse(
        { correlationId: saga, type: 'release_payment' },
        { issues: [{ field: 'runner_id', rule: 'is required' }], payload },
      );
    const all = await Promise.all(Array.from({ length: 20 }, () => refuse({})));
    expect(all.map((one) => one._unsafeUnwrap())).toEqual(Array(20).fill('answered'));
    expect((await refuse({ other: 1 }))._unsafeUnwrap()).toBe('used_otherwise');
    const mended = await world.give('release_payment', saga, { payment_id: 'p', runner_id: 'r' });
    expect(mended._unsafeUnwrap()).toBe('used_otherwise');
    expect(await world.answersTo(saga)).toMatchObject([
      {
        type: 'payment.failed',
        payload: {
          error: 'invalid_request',
          message: 'The request is invalid: runner_id is required.',
          issues: [{ field: 'runner_id', rule: 'is required' }],
        },
      },
    ]);
  });
});

describe('an authorize that waits for the customer', () => {
  const card = 'pm_card_threeDSecure2Required';
  const waiting = async () => {
    const { saga, order } = fresh();
    const taken = await world.give('authorize_payment', saga, holding(order, card));
    expect(taken._unsafeUnwrap()).toBe('waiting');
    const [first] = await until(
      () => world.answersTo(saga, 0),
      ({ length }) => length === 1,
    );
    return { saga, order, paymentId: String(first?.payload.payment_id) };
  };

  it('is told so without a secret, and answered by its hold', async () => {
    const { saga, order, paymentId } = await waiting();
    const [intent] = intentsOf(order);
    const secret = new URLSearchParams({ client_secret: String(intent?.client_secret) });
    const page = `${world.sandbox().url}/3ds/${intent?.id}/approve`;
    await fetch(page, { method: 'POST', body: secret, redirect: 'manual' });
    await world.runtime.escrow.check({ paymentId });
    const heard = await world.answersTo(saga);
    expect(types(heard)).toEqual(['payment.requires_action', 'payment.authorized']);
    expect(JSON.stringify(heard)).not.toMatch(/secret/);
    const row = await until(
      async () => {
        world.clock.advance(60_000);
        return world.row(saga, 'authorize_payment');
      },
      ({ state }) => state === 'answered',
    );
    expect(row).toMatchObject({ answer: 'event' });
    expect(types(await world.answersTo(saga))).toHaveLength(2);
  });

  it('and that another saga cancels hears "reverted", and never "failed"', async () => {
    const { saga, order, paymentId } = await waiting();
    await world.give('revert_payment', randomUUID(), { payment_id: paymentId });
    const heard = await until(
      async () => {
        world.clock.advance(60_000);
        return world.answersTo(saga, 0);
      },
      ({ length }) => length === 2,
    );
    expect(heard.at(-1)).toMatchObject({
      type: 'payment.reverted',
      payload: { payment_id: paymentId, status: 'REVERTED', version: null },
    });
    expect(intentsOf(order)).toHaveLength(1);
  });

  it('and that its own saga cancels hears "reverted" once', async () => {
    const { saga, paymentId } = await waiting();
    await world.give('revert_payment', saga, { payment_id: paymentId });
    await until(
      async () => {
        world.clock.advance(60_000);
        return world.row(saga, 'authorize_payment');
      },
      ({ state }) => state === 'answered',
    );
    expect(types(await world.answersTo(saga))).toEqual([
      'payment.requires_action',
      'payment.reverted',
    ]);
  });

  it.each([
    ['given back', 'payment.reverted', { status: 'REVERTED' }],
    ['declined', 'payment.failed', { error: 'payment_declined' }],
  ])('and whose repeat waits too holds nothing anew once it was %s', async (how, type, payload) => {
    const { order, paymentId } = await waiting();
    const repeat = randomUUID();
    await world.give('authorize_payment', repeat, holding(order, 'pm_card_threeDSecure2Required'));
    if (how === 'given back') {
      await world.give('revert_payment', randomUUID(), { payment_id: paymentId });
    } else {
      const [intent] = intentsOf(order);
      const secret = new URLSearchParams({ client_secret: String(intent?.client_secret) });
      const page = `${world.sandbox().url}/3ds/${intent?.id}/fail`;
      await fetch(page, { method: 'POST', body: secret, redirect: 'manual' });
      await world.runtime.escrow.check({ paymentId });
    }
    const heard = await until(
      async () => {
        world.clock.advance(60_000);
        return world.answersTo(repeat, 0);
      },
      (answers) => answers.some((one) => one.type === type),
    );
    expect(heard.at(-1)).toMatchObject({ type, payload });
    expect(intentsOf(order)).toHaveLength(1);
  });
});

describe('trouble', () => {
  it('with Stripe is told as a fault, and the same holder carries it out later', async () => {
    const { saga, order } = fresh();
    world.sandbox().faults.add({
      path: '/v1/payment_intents',
      effect: { kind: 'rate_limit' },
      times: 1,
    });
    const first = await world.give('authorize_payment', saga, holding(order), 'consumer-1');
    expect(first._unsafeUnwrapErr().type).toBe('GatewayUnavailable');
    const other = await world.give('authorize_payment', saga, holding(order), 'consumer-2');
    expect(other._unsafeUnwrap()).toBe('waiting');
    const again = await world.give('authorize_payment', saga, holding(order), 'consumer-1');
    expect(again._unsafeUnwrap()).toBe('answered');
    expect(types(await world.answersTo(saga))).toEqual(['payment.authorized']);
  });

  it('whose holder was lost is seen to by others once its time is over', async () => {
    const { saga, order } = fresh();
    world.sandbox().faults.add({
      path: '/v1/payment_intents',
      effect: { kind: 'rate_limit' },
      times: 1,
    });
    await world.give('authorize_payment', saga, holding(order), 'lost');
    expect(await world.answersTo(saga)).toEqual([]);
    // Those of the tests before may be a moment away from being written down as answered.
    const { text } = await until(world.runtime.exposeMetrics, (metrics) =>
      metrics.text.includes('campusg_pay_commands_unanswered 1\n'),
    );
    const [, age] = /campusg_pay_commands_oldest_seconds ([\d.]+)\n/.exec(text) ?? [];
    expect(Number(age)).toBeGreaterThan(0);
    world.clock.advance(120_000);
    const heard = await until(
      () => world.answersTo(saga, 0),
      ({ length }) => length === 1,
    );
    expect(types(heard)).toEqual(['payment.authorized']);
  });

  it('with a capture that is refused later is answered by a refusal then', async () => {
    const { order, paymentId } = await held();
    const { saga } = fresh();
    const path = '/v1/payment_intents/*/capture';
    // As often as the command asks at once, and one more time.
    world.sandbox().faults.add({ path, effect: { kind: 'html502', executed: false }, times: 4 });
    const release = { payment_id: paymentId, runner_id: 'runner-1' };
    const taken = await world.give('release_payment', saga, release);
    expect(taken._unsafeUnwrap()).toBe('waiting');
    // Meanwhile somebody cancels it in the dashboard.
    await fetch(`${world.sandbox().url}/v1/payment_intents/${intentsOf(order)[0]?.id}/cancel`, {
      method: 'POST',
      headers: { authorization: 'Bearer sk_test_commands' },
    });
    const heard = await until(
      async () => {
        world.clock.advance(60_000);
        return world.answersTo(saga, 0);
      },
      ({ length }) => length === 1,
    );
    expect(heard).toMatchObject([
      { type: 'payment.failed', payload: { error: 'payment_state_conflict', status: 'REVERTED' } },
    ]);
  });
});

describe('a command that is accepted to be carried out in the background', () => {
  it('is answered soon, once', async () => {
    const { paymentId } = await held();
    const { saga } = fresh();
    const release = { payment_id: paymentId, runner_id: 'runner-1' };
    const accept = () => world.runtime.commands.accept(asking('release_payment', saga, release));
    expect((await accept())._unsafeUnwrap()).toBe('waiting');
    await accept();
    const heard = await until(
      () => world.answersTo(saga, 0),
      ({ length }) => length === 1,
    );
    expect(types(heard)).toEqual(['payment.released']);
    // The event may be heard a moment before the command is written down as answered.
    await until(
      async () => (await accept())._unsafeUnwrap(),
      (taken) => taken === 'answered',
    );
    expect(await world.answersTo(saga)).toHaveLength(1);
  });

  it('is refused at once where it names a part of what is held, or another whole, and not written down', async () => {
    const { paymentId } = await held();
    const { saga } = fresh();
    const part = asking('revert_payment', saga, { payment_id: paymentId, amount: 500 });
    expect((await world.runtime.commands.accept(part))._unsafeUnwrapErr()).toEqual({
      type: 'NothingCaptured',
      status: 'AUTHORIZED',
    });
    const other = asking('revert_payment', saga, { payment_id: paymentId, total: 500 });
    expect((await world.runtime.commands.accept(other))._unsafeUnwrapErr()).toMatchObject({
      type: 'NotTheWhole',
      field: 'total',
      whole: { amountMinor: 2098, currency: 'USD' },
    });
    const written = 'select 1 from commands where correlation_id = $1';
    expect((await world.pool.query(written, [saga])).rowCount).toBe(0);
  });
});
