import { afterEach, describe, expect, it } from 'vitest';
import { type Gate, openGate } from './gate.js';
import {
  atStripe,
  authorize,
  heldOrder,
  newOrder,
  recorded,
  release,
  revert,
  status,
  until,
} from './orders.js';
import { type Answered, openWorld, type Service } from './world.js';

let gate: Gate;
const world = await openWorld({
  wayToStripe: async (direct) => {
    gate = await openGate(direct);
    return gate.url;
  },
});
// What a test that failed left waiting.
afterEach(() => gate.open());
const other = await world.openService();

/** Commands go to both services in turn, as behind a load balancer. */
const serviceFor = (n: number): Service => (n % 2 === 0 ? world : other);

const times = <Value>(count: number, make: (n: number) => Value): Value[] =>
  Array.from({ length: count }, (_, n) => make(n));

const codes = (answers: readonly Answered[]) => answers.map((answer) => answer.status);

/** Stripe and the record tell the same story, and it is one that can be. */
async function expectAgreement(order: string) {
  await world.sandbox.webhooks.settled();
  const { payment } = (await status(world, order)).body;
  const { intents, refunds } = atStripe(world, order);
  const [intent, ...more] = intents;
  expect(more).toEqual([]);
  expect(intent?.status).toBe(
    { AUTHORIZED: 'requires_capture', RELEASED: 'succeeded', REVERTED: 'canceled' }[
      String(payment.status)
    ],
  );
  expect(refunds).toEqual([]);
  expect(payment).toMatchObject({ processing: false, paymentIntentId: intent?.id });
  return payment;
}

describe('20 concurrent authorizes of one order', () => {
  it('make one PaymentIntent and get 20 equal answers', async () => {
    const order = newOrder();
    const answers = await Promise.all(times(20, () => authorize(world, order)));
    expect(codes(answers)).toEqual(times(20, () => 200));
    for (const { body } of answers) expect(body).toEqual(answers[0]?.body);
    expect(atStripe(world, order).intents).toHaveLength(1);
    expect(atStripe(world, order).charges).toHaveLength(1);
    await expectAgreement(order);
  });

  it('over two services make one PaymentIntent as well', async () => {
    const order = newOrder();
    const answers = await Promise.all(times(20, (n) => authorize(serviceFor(n), order)));
    expect(codes(answers)).toEqual(times(20, () => 200));
    for (const { body } of answers) expect(body).toEqual(answers[0]?.body);
    await expectAgreement(order);
  });

  it('with two different amounts hold one of the two, and refuse the others with 409', async () => {
    const order = newOrder();
    const answers = await Promise.all(
      times(20, (n) => authorize(serviceFor(n), order, { order: { amount: 2000 + (n % 4) } })),
    );
    const held = answers.filter((answer) => answer.status === 200);
    expect(new Set(held.map(({ body }) => body.payment.amountMinor)).size).toBe(1);
    expect(held).toHaveLength(5);
    expect(codes(answers).filter((code) => code === 409)).toHaveLength(15);
    await expectAgreement(order);
  });
});

describe('20 concurrent releases', () => {
  const captures = (order: string) =>
    atStripe(world, order).requests.filter(({ path }) => path.endsWith('/capture'));

  it('of one order ask Stripe for one capture and get 20 equal answers', async () => {
    const order = await heldOrder(world);
    const answers = await Promise.all(times(20, (n) => release(serviceFor(n), order)));
    expect(codes(answers)).toEqual(times(20, () => 200));
    for (const { body } of answers) expect(body).toEqual(answers[0]?.body);
    expect(captures(order)).toHaveLength(1);
    await expectAgreement(order);
  });

  it('for several runners have one winner, and the others are 409', async () => {
    const order = await heldOrder(world);
    const answers = await Promise.all(
      times(20, (n) => release(serviceFor(n), order, `runner_${n}`)),
    );
    const [winner, ...more] = answers.filter((answer) => answer.status === 200);
    expect(more).toEqual([]);
    expect(codes(answers).filter((code) => code === 409)).toHaveLength(19);
    expect(captures(order)).toHaveLength(1);
    const payment = await expectAgreement(order);
    expect(payment.runnerId).toBe(winner?.body.runnerId);
  });
});

describe('20 concurrent reverts', () => {
  it('of a hold cancel it once', async () => {
    const order = await heldOrder(world);
    const answers = await Promise.all(times(20, (n) => revert(serviceFor(n), order)));
    expect(codes(answers)).toEqual(times(20, () => 200));
    expect(
      atStripe(world, order).requests.filter(({ path }) => path.endsWith('/cancel')),
    ).toHaveLength(1);
    await expectAgreement(order);
  });

  it('of a released payment refund it once', async () => {
    const order = await heldOrder(world);
    await release(world, order);
    const answers = await Promise.all(times(20, (n) => revert(serviceFor(n), order)));
    expect(codes(answers)).toEqual(times(20, () => 200));
    expect(atStripe(world, order).refunds).toMatchObject([{ amount: 2098 }]);
    const { payment } = (await status(world, order)).body;
    expect(payment).toMatchObject({ status: 'REVERTED', revertMethod: 'refunded' });
  });
});

const CAPTURE_OR_CANCEL = /\/(capture|cancel)$/;

/** A release and a revert of one order; which one is sent first takes turns. */
function opponents(round: number, order: string, second: Service) {
  const releasing = () => release(world, order);
  const reverting = () => revert(second, order);
  const releaseFirst = round % 2 === 0;
  return {
    send: releaseFirst ? ([releasing, reverting] as const) : ([reverting, releasing] as const),
    told: (early: Answered, late: Answered) =>
      releaseFirst ? { released: early, reverted: late } : { released: late, reverted: early },
  };
}

/**
 * Both while Stripe does not get to answer, so that they overlap however slow the machine is: the
 * loser hears so while the winner's call still waits. In half of the rounds they are sent at the
 * same moment, in the others one follows when the other's call has left, and each side wins some.
 */
async function overlapping(round: number, order: string, second: Service) {
  const { send, told } = opponents(round, order, second);
  gate.shut(CAPTURE_OR_CANCEL);
  const early = send[0]();
  if (round % 4 < 2) await gate.reached();
  const late = send[1]();
  await Promise.race([early, late]);
  gate.open();
  return told(await early, await late);
}

describe('release racing revert', () => {
  it.each([
    ['in one service', () => world],
    ['over two services', () => other],
  ])('%s has exactly one winner, 25 times over', async (_where, second) => {
    const won = { release: 0, revert: 0 };
    for (let round = 0; round < 25; round += 1) {
      const order = await heldOrder(world);
      const { released, reverted } = await overlapping(round, order, second());
      expect([released.status, reverted.status].sort()).toEqual([200, 409]);
      const payment = await expectAgreement(order);
      const releaseWon = released.status === 200;
      expect(payment.status).toBe(releaseWon ? 'RELEASED' : 'REVERTED');
      won[releaseWon ? 'release' : 'revert'] += 1;
    }
    // A race that always ends the same way would not be one.
    expect(won.release).toBeGreaterThan(0);
    expect(won.revert).toBeGreaterThan(0);
  });

  /** Captured, then refunded once and whole. The release is told so, unless the refund was quicker. */
  function expectRefund(order: string, released: Answered) {
    if (released.status !== 200) {
      expect(released).toMatchObject({ status: 409, body: { currentStatus: 'REVERTED' } });
    }
    const { intents, refunds } = atStripe(world, order);
    expect(intents).toMatchObject([{ status: 'succeeded' }]);
    expect(refunds).toMatchObject([{ amount: 2098 }]);
  }

  it('where the release may be over first: then, and only then, the revert is a refund', async () => {
    for (let round = 0; round < 40; round += 1) {
      const order = await heldOrder(world);
      const { send, told } = opponents(round, order, other);
      const { released, reverted } = told(...(await Promise.all([send[0](), send[1]()])));
      if (reverted.status === 200 && reverted.body.payment.revertMethod === 'refunded') {
        expectRefund(order, released);
        continue;
      }
      expect([released.status, reverted.status].sort()).toEqual([200, 409]);
      await expectAgreement(order);
    }
  });

  it('that knows of the capture before the release does refunds it, and both are told', async () => {
    const order = await heldOrder(world);
    const effect = { kind: 'latency', ms: 1_500, phase: 'after' } as const;
    world.sandbox.faults.add({ path: '/v1/payment_intents/*/capture', times: 1, effect });
    const releasing = release(world, order);
    await until(
      async () => (await status(world, order)).body.payment.status,
      (now) => now === 'RELEASED',
    );
    const reverted = await revert(other, order);
    expect(reverted.body.payment).toMatchObject({ revertMethod: 'refunded' });
    expectRefund(order, await releasing);
  });

  it('of ten each has one side winning', async () => {
    const order = await heldOrder(world);
    gate.shut(CAPTURE_OR_CANCEL);
    let told = 0;
    const asked = times(20, (n) =>
      n % 2 === 0 ? release(serviceFor(n >> 1), order) : revert(world, order),
    );
    for (const one of asked) {
      one.then(
        () => {
          told += 1;
        },
        () => {},
      );
    }
    // One side is refused while the other waits for Stripe.
    await until(
      () => told,
      (count) => count >= 10,
    );
    gate.open();
    const answers = await Promise.all(asked);
    const [released, reverted] = [0, 1].map((side) =>
      codes(answers.filter((_, n) => n % 2 === side)),
    );
    const { status: ended } = await expectAgreement(order);
    const [winner, loser] = ended === 'RELEASED' ? [released, reverted] : [reverted, released];
    expect(winner).toEqual(times(10, () => 200));
    expect(loser).toEqual(times(10, () => 409));
  });
});

describe('authorize racing revert', () => {
  it('leaves either a hold or none, and both know which', async () => {
    const ended = new Set<string>();
    for (let round = 0; round < 20; round += 1) {
      const order = newOrder();
      const authorizing = authorize(world, order);
      // From at once to when the payment is surely there.
      if (round % 10 < 9) await new Promise((resolve) => setTimeout(resolve, round % 10));
      else await until(() => recorded(world, order), Boolean);
      const [held, reverted] = await Promise.all([authorizing, revert(other, order)]);
      const { intents } = await expectAgreementOrAbsence(order);
      if (reverted.status === 404) {
        expect(held.status).toBe(200);
        expect(intents).toMatchObject([{ status: 'requires_capture' }]);
        ended.add('too early');
      } else {
        expect(reverted.status).toBe(200);
        expect([200, 409]).toContain(held.status);
        expect(intents).toMatchObject([{ status: 'canceled' }]);
        ended.add('reverted');
      }
    }
    expect(ended).toContain('reverted');
  });

  it('while Stripe is asked cancels what comes of it, and both are told', async () => {
    const order = newOrder();
    gate.shut(/\/payment_intents$/);
    const authorizing = authorize(world, order);
    await gate.reached();
    const before = await recorded(world, order);
    const reverting = revert(other, order);
    // It is written down, and waits for the hold.
    await until(
      () => recorded(world, order),
      (now) => now?.revision !== before?.revision,
    );
    gate.open();
    const [held, reverted] = await Promise.all([authorizing, reverting]);
    expect(reverted.status).toBe(200);
    expect(reverted.body.payment).toMatchObject({ status: 'REVERTED', revertMethod: 'canceled' });
    expect(held.status).toBe(409);
    expect(held.body).toMatchObject({ error: 'overtaken' });
    expect(atStripe(world, order).intents).toMatchObject([{ status: 'canceled' }]);
  });
});

async function expectAgreementOrAbsence(order: string) {
  await expectAgreement(order);
  return atStripe(world, order);
}
