import { describe, expect, it } from 'vitest';
import {
  atStripe,
  authorize,
  costOf,
  heldOrder,
  newOrder,
  release,
  revert,
  status,
  until,
  withCard,
} from './orders.js';
import { eventOf, sendWebhook, signed } from './signing.js';
import { NEXT_WEBHOOK_SECRET, openWorld, SECRET_KEY } from './world.js';

const world = await openWorld();
const { sandbox } = world;

const WEEK_MS = 7 * 86_400_000;

/** Does something at Stripe past this service, as a person in the dashboard would. */
async function atDashboard(path: string, params: Record<string, string> = {}): Promise<void> {
  const response = await fetch(`${sandbox.url}/v1/${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${SECRET_KEY}` },
    body: new URLSearchParams(params),
  });
  if (!response.ok) throw new Error(await response.text());
}

/** Answers the customer's 3DS page. */
async function authenticate(order: string, verdict: 'approve' | 'fail'): Promise<void> {
  const [intent] = atStripe(world, order).intents;
  const secret = new URLSearchParams({ client_secret: String(intent?.client_secret) });
  await fetch(`${sandbox.url}/3ds/${intent?.id}/${verdict}`, { method: 'POST', body: secret });
}

const wanting3ds = withCard('pm_card_threeDSecure2Required');

async function recorded(order: string) {
  const sql = 'select status, review, revision from payments where order_id = $1 order by attempt';
  const rows = await world.database.sql<{ status: string; review: string; revision: number }>(sql, [
    order,
  ]);
  return rows.at(-1);
}

const intentOf = (order: string) => {
  const [intent] = atStripe(world, order).intents;
  if (intent === undefined) throw new Error(`Stripe has nothing of ${order}`);
  return intent;
};

describe('a webhook moves the record by itself', () => {
  it('payment_intent.requires_action, where the answer to the authorize never came', async () => {
    const order = newOrder();
    const effect = { kind: 'truncate' } as const;
    sandbox.faults.add({ method: 'POST', path: '/v1/payment_intents', effect });
    expect((await authorize(world, order, wanting3ds)).status).toBe(202);
    const row = 'select requires_action from payments where order_id = $1';
    const [found] = await until(
      () => world.database.sql(row, [order]),
      ([one]) => one?.requires_action === true,
    );
    expect(found).toEqual({ requires_action: true });
  });

  it('payment_intent.amount_capturable_updated: the customer has authenticated', async () => {
    const order = newOrder();
    await authorize(world, order, wanting3ds);
    await authenticate(order, 'approve');
    await until(
      () => recorded(order),
      (row) => row?.status === 'AUTHORIZED',
    );
    const { payment } = (await status(world, order)).body;
    expect(Date.parse(payment.captureBefore)).toBeGreaterThan(Date.now() + WEEK_MS - 60_000);
  });

  it('payment_intent.payment_failed: the customer has not, and it is canceled too', async () => {
    const order = newOrder();
    await authorize(world, order, wanting3ds);
    await authenticate(order, 'fail');
    await until(
      () => recorded(order),
      (row) => row?.status === 'FAILED',
    );
    expect(intentOf(order).status).toBe('canceled');
    expect((await status(world, order)).body.payment.failure.code).toBe(
      'payment_intent_authentication_failure',
    );
  });

  it('payment_intent.succeeded: captured past this service, marked for a person', async () => {
    const order = await heldOrder(world);
    await atDashboard(`payment_intents/${intentOf(order).id}/capture`);
    const row = await until(
      () => recorded(order),
      (one) => one?.status === 'RELEASED',
    );
    expect(row?.review).toMatch(/outside/);
  });

  it('payment_intent.canceled: canceled past this service', async () => {
    const order = await heldOrder(world);
    await atDashboard(`payment_intents/${intentOf(order).id}/cancel`);
    await until(
      () => recorded(order),
      (row) => row?.status === 'REVERTED',
    );
    expect((await release(world, order)).status).toBe(409);
  });

  it('charge.refunded: refunded past this service', async () => {
    const order = await heldOrder(world);
    await release(world, order);
    await atDashboard('refunds', { payment_intent: intentOf(order).id });
    await until(
      () => recorded(order),
      (row) => row?.status === 'REVERTED',
    );
    expect((await status(world, order)).body.payment.revertMethod).toBe('refunded');
  });

  it('charge.refunded in part: the payment stays, marked for a person', async () => {
    const order = await heldOrder(world);
    await release(world, order);
    await atDashboard('refunds', { payment_intent: intentOf(order).id, amount: '500' });
    const row = await until(
      () => recorded(order),
      (one) => one?.review !== null,
    );
    expect(row).toMatchObject({ status: 'RELEASED', review: expect.stringContaining('500') });
  });

  it('refund.failed: the refund did not reach the customer, marked for a person', async () => {
    const order = await heldOrder(world, withCard('pm_card_refundFail'));
    await release(world, order);
    expect((await revert(world, order)).status).toBe(200);
    await sandbox.webhooks.settled();
    await sandbox.clock.advance(10_000);
    const row = await until(
      () => recorded(order),
      (one) => one?.review !== null,
    );
    expect(row?.review).toMatch(/refund failed/);
  });
});

describe('a hold that lapses', () => {
  it('is REVERTED (expired), and its release is 409', async () => {
    const order = await heldOrder(world);
    await sandbox.clock.advance(WEEK_MS + 60_000);
    await until(
      () => recorded(order),
      (row) => row?.status === 'REVERTED',
    );
    const { payment } = (await status(world, order)).body;
    expect(payment).toMatchObject({ status: 'REVERTED', revertMethod: 'expired' });
    const { status: code, body } = await release(world, order);
    expect(code).toBe(409);
    expect(body).toMatchObject({ currentStatus: 'REVERTED' });
    expect((await authorize(world, order)).body).toMatchObject({ payment: { attempt: 2 } });
  });

  it('unheard, is found out by the release: 409 hold_expired, and nothing is captured', async () => {
    world.deliverWebhooks(false);
    const order = await heldOrder(world);
    await sandbox.clock.advance(WEEK_MS + 60_000);
    const { status: code, body } = await release(world, order);
    world.deliverWebhooks(true);
    expect(code).toBe(409);
    expect(body).toMatchObject({ error: 'hold_expired', currentStatus: 'REVERTED' });
    expect(intentOf(order)).toMatchObject({ status: 'canceled', amount_received: 0 });
    expect((await status(world, order)).body.payment.revertMethod).toBe('expired');
  });
});

describe('webhooks in bad order', () => {
  it('that come twice change things once', async () => {
    sandbox.faults.add({ event: '*', times: 50, effect: { kind: 'duplicate' } });
    const order = await heldOrder(world);
    await release(world, order);
    await revert(world, order);
    await sandbox.webhooks.settled();
    await expectHistory(order, ['authorized', 'released', 'reverted']);
  });

  it('that all come again at the end change nothing', async () => {
    const order = await heldOrder(world);
    await release(world, order);
    await sandbox.webhooks.settled();
    const before = await recorded(order);
    expect(sandbox.webhooks.redeliver()).toBeGreaterThan(5);
    await sandbox.webhooks.settled();
    expect(await recorded(order)).toEqual(before);
  });

  it('that overtake each other end in the same state', async () => {
    sandbox.faults.add({ event: 'payment_intent.*', times: 50, effect: { kind: 'reorder' } });
    const order = newOrder();
    await authorize(world, order, wanting3ds);
    await authenticate(order, 'approve');
    await until(
      () => recorded(order),
      (row) => row?.status === 'AUTHORIZED',
    );
    await release(world, order);
    await sandbox.webhooks.settled();
    await expectHistory(order, ['requires_action', 'authorized', 'released']);
  });

  it('of an old state come to nothing, however late', async () => {
    const order = await heldOrder(world);
    const asHeld = intentOf(order);
    await revert(world, order);
    await sandbox.webhooks.settled();
    const before = await recorded(order);
    const late = eventOf('payment_intent.amount_capturable_updated', asHeld);
    expect((await sendWebhook(world, late)).status).toBe(200);
    expect(await recorded(order)).toEqual(before);
  });

  it.each([
    ['authorize', '/v1/payment_intents', newOrder, authorize, 'AUTHORIZED', ['authorized']],
    [
      'release',
      '/v1/payment_intents/*/capture',
      () => heldOrder(world),
      release,
      'RELEASED',
      ['authorized', 'released'],
    ],
    [
      'revert',
      '/v1/payment_intents/*/cancel',
      () => heldOrder(world),
      revert,
      'REVERTED',
      ['authorized', 'reverted'],
    ],
  ] as const)(
    'that beat the reply to %s are not lost, and the command answers as ever',
    async (...row) => {
      const [, path, prepare, run, becomes, history] = row;
      const order = await prepare();
      await sandbox.webhooks.settled();
      sandbox.faults.add({ path, effect: { kind: 'latency', ms: 400, phase: 'after' } });
      const answering = run(world, order);
      const early = await until(
        () => recorded(order),
        (one) => one?.status === becomes,
      );
      expect(early?.status).toBe(becomes);
      const answer = await answering;
      expect(answer.status).toBe(200);
      expect(answer.body.payment.status).toBe(becomes);
      await expectHistory(order, history);
      expect(atStripe(world, order).intents).toHaveLength(1);
    },
  );
});

describe('a webhook that is lost', () => {
  it('is made up for by a look at the status', async () => {
    sandbox.faults.add({ event: '*', times: 50, effect: { kind: 'lose' } });
    const order = newOrder();
    await authorize(world, order, wanting3ds);
    await authenticate(order, 'approve');
    await sandbox.webhooks.settled();
    expect((await recorded(order))?.status).toBe('INITIATING');
    expect((await status(world, order)).body.payment.status).toBe('AUTHORIZED');
    expect((await recorded(order))?.status).toBe('AUTHORIZED');
  });
});

describe('a webhook that is refused', () => {
  const cases: [string, (payload: string) => Record<string, string>, string?][] = [
    ['without a signature', () => ({})],
    ['with an empty signature', () => ({ 'stripe-signature': '' })],
    ['with a signature that is none', () => ({ 'stripe-signature': 't=1,v1=' })],
    [
      'signed with another secret',
      (payload) => ({ 'stripe-signature': signed(payload, { secret: 'whsec_other' }) }),
    ],
    ['signed for another body', (payload) => ({ 'stripe-signature': signed(`${payload} `) })],
    [
      'signed 301 seconds ago',
      (payload) => ({ 'stripe-signature': signed(payload, { at: Date.now() - 301_500 }) }),
    ],
    [
      'signed 301 seconds ahead',
      (payload) => ({ 'stripe-signature': signed(payload, { at: Date.now() + 302_500 }) }),
    ],
    [
      'signed long ago, behind a fresh timestamp',
      (payload) => {
        const old = signed(payload, { at: Date.now() - 3_600_000 });
        return { 'stripe-signature': `t=${Math.floor(Date.now() / 1000)},${old}` };
      },
    ],
    ['that is no JSON', (payload) => ({ 'stripe-signature': signed(payload) }), 'evt'],
    ['that is no event', (payload) => ({ 'stripe-signature': signed(payload) }), '{"id":"evt"}'],
    ['that is empty', (payload) => ({ 'stripe-signature': signed(payload) }), ''],
  ];

  it.each(cases)('%s is 400, and nothing is changed', async (_what, headersFor, body) => {
    const order = await heldOrder(world);
    await sandbox.webhooks.settled();
    const before = await recorded(order);
    const payload =
      body ?? eventOf('payment_intent.canceled', { ...intentOf(order), status: 'canceled' });
    const { value, calls, statements } = await costOf(world, () =>
      sendWebhook(world, payload, headersFor(payload)),
    );
    expect(value.status).toBe(400);
    expect(value.body).toMatchObject({ success: false, error: 'webhook_refused' });
    expect({ calls, statements }).toEqual({ calls: [], statements: [] });
    expect(await recorded(order)).toEqual(before);
  });

  it('for being larger than any event is 413', async () => {
    const payload = eventOf('payment_intent.succeeded', { filler: 'x'.repeat(1_100_000) });
    expect((await sendWebhook(world, payload)).status).toBe(413);
  });
});

describe('a webhook that is taken', () => {
  it('is answered 200 with an empty body', async () => {
    const order = await heldOrder(world);
    const payload = eventOf('payment_intent.amount_capturable_updated', intentOf(order));
    const { status: code, text } = await sendWebhook(world, payload);
    expect({ code, text }).toEqual({ code: 200, text: '' });
  });

  it.each([299, -299])('is one signed %d seconds ago', async (seconds) => {
    const payload = eventOf('charge.succeeded', {});
    const at = Date.now() - seconds * 1000;
    const headers = { 'stripe-signature': signed(payload, { at }) };
    expect((await sendWebhook(world, payload, headers)).status).toBe(200);
  });

  it('is one signed with the second secret, while secrets are rotated', async () => {
    const order = await heldOrder(world);
    await atDashboard(`payment_intents/${intentOf(order).id}/cancel`);
    const payload = eventOf('payment_intent.canceled', intentOf(order));
    const headers = { 'stripe-signature': signed(payload, { secret: NEXT_WEBHOOK_SECRET }) };
    expect((await sendWebhook(world, payload, headers)).status).toBe(200);
    expect((await recorded(order))?.status).toBe('REVERTED');
  });

  it('is one of an unknown type, which asks nothing of anybody', async () => {
    const payload = eventOf('payment_intent.invented_tomorrow', { object: 'payment_intent' });
    const { value, calls, statements } = await costOf(world, () => sendWebhook(world, payload));
    expect(value.status).toBe(200);
    expect({ calls, statements }).toEqual({ calls: [], statements: [] });
  });

  it('is one about a PaymentIntent that is none of ours', async () => {
    const foreign = { ...intentOf(await heldOrder(world)), id: 'pi_foreign', metadata: {} };
    const payload = eventOf('payment_intent.canceled', foreign);
    expect((await sendWebhook(world, payload)).status).toBe(200);
  });

  it('with a lie in it makes us ask Stripe, which knows better', async () => {
    const order = await heldOrder(world);
    await release(world, order);
    await sandbox.webhooks.settled();
    const before = await recorded(order);
    const lie = { ...intentOf(order), status: 'canceled' };
    const { value, calls } = await costOf(world, () =>
      sendWebhook(world, eventOf('payment_intent.canceled', lie)),
    );
    expect(value.status).toBe(200);
    expect(calls).toEqual(['GET /v1/payment_intents/:id']);
    expect(await recorded(order)).toEqual(before);
  });

  it('about another PaymentIntent of our payment moves nothing, and a person is called', async () => {
    const order = await heldOrder(world);
    await sandbox.webhooks.settled();
    const twin = { ...intentOf(order), id: 'pi_twin', status: 'succeeded', amount_received: 2098 };
    expect((await sendWebhook(world, eventOf('payment_intent.succeeded', twin))).status).toBe(200);
    expect(await recorded(order)).toMatchObject({
      status: 'AUTHORIZED',
      review: expect.stringContaining('pi_twin'),
    });
  });
});

async function expectHistory(order: string, types: readonly string[]): Promise<void> {
  const sql = `select e.version, e.type from payment_events e
    join payments p on p.id = e.payment_id where p.order_id = $1 order by e.version`;
  expect(await world.database.sql(sql, [order])).toEqual(
    types.map((type, n) => ({ version: n + 1, type })),
  );
}
