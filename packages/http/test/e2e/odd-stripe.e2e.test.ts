import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { type Alter, openAlteredWay } from './altered-stripe.js';
import {
  authorize,
  heldOrder,
  intentOf,
  newOrder,
  release,
  revert,
  status,
  until,
} from './orders.js';
import { eventOf, sendWebhook, signed } from './signing.js';
import { openWorld } from './world.js';

type Way = Awaited<ReturnType<typeof openAlteredWay>>;
let way: Way | undefined;
const world = await openWorld({
  webhooks: false,
  wayToStripe: async (direct) => {
    way = await openAlteredWay(direct);
    return way.url;
  },
});
afterEach(() => way?.isTrue());

/** Signed now, by the clock that the service has. */
const send = (payload: string) =>
  sendWebhook(world, payload, {
    'stripe-signature': signed(payload, { at: world.clock.now().getTime() }),
  });

/** A tenth of what TEST_EFFORT=10 tries. */
const EFFORT = Number(process.env.TEST_EFFORT ?? 1);

const without =
  (field: string): Alter =>
  ({ [field]: _, ...rest }) =>
    rest;

const ODD: readonly [string, Alter][] = [
  ['text', () => 'ok'],
  ['a number', () => 0],
  ['an empty object', () => ({})],
  ['a list', () => []],
  ['no amount_received', without('amount_received')],
  ['no status', without('status')],
  ['no metadata', without('metadata')],
  ['a charge that is not expanded', (reply) => ({ ...reply, latest_charge: 'ch_1' })],
  ['an id with a NUL', (reply) => ({ ...reply, id: 'pi_\0' })],
  ['an amount as text', (reply) => ({ ...reply, amount: '2098' })],
];

describe('a reply that can not be read, after Stripe has acted', () => {
  it.each(ODD)('%s to a release is 202, and found out', async (_, alter) => {
    const order = await heldOrder(world);
    way?.alters((reply, path) => (path.endsWith('/capture') ? alter(reply, path) : null));
    const asked = await release(world, order);
    expect([asked.status, asked.body]).toMatchObject([202, { success: true }]);
    way?.isTrue();
    world.clock.advance(120_000);
    expect((await release(world, order)).body).toMatchObject({ status: 'RELEASED' });
    expect(intentOf(world, order)).toMatchObject({ status: 'succeeded', amount_received: 2098 });
  });

  it.each(ODD)('%s to an authorize holds once', async (_, alter) => {
    const order = newOrder();
    way?.alters((reply, path) => (path === '/v1/payment_intents' ? alter(reply, path) : null));
    expect((await authorize(world, order)).status).toBe(202);
    way?.isTrue();
    world.clock.advance(120_000);
    await until(
      () => status(world, order),
      ({ body }) => body.payment.status === 'AUTHORIZED',
    );
    expect(intentOf(world, order)).toMatchObject({ status: 'requires_capture' });
    expect((await revert(world, order)).status).toBe(200);
  });
});

describe('a signed webhook', () => {
  it('of any form is taken, passed over or 400, and never our fault', async () => {
    const order = await heldOrder(world);
    const intent = intentOf(world, order);
    const type = fc.constantFrom(
      'payment_intent.succeeded',
      'payment_intent.canceled',
      'charge.refunded',
      'charge.expired',
      'refund.failed',
      'customer.created',
      'constructor',
    );
    const odd = fc.oneof(fc.jsonValue(), fc.string({ unit: 'binary', maxLength: 300 }));
    const field = fc.constantFrom(...Object.keys(intent), 'payment_intent', 'failure_reason');
    const payload = fc.oneof(
      fc.jsonValue().map((value) => JSON.stringify(value)),
      fc.tuple(type, fc.jsonValue()).map(([of, object]) => eventOf(of, object as object)),
      fc
        .tuple(type, field, odd)
        .map(([of, name, value]) => eventOf(of, { ...intent, [name]: value })),
      fc
        .record({ id: odd, object: fc.oneof(fc.constant('event'), odd), type, data: odd })
        .map((event) => JSON.stringify(event)),
    );
    await fc.assert(
      fc.asyncProperty(payload, async (body) => {
        const answer = await send(body);
        expect([200, 400], `${body} ${answer.text}`).toContain(answer.status);
      }),
      { numRuns: Math.ceil(150 * EFFORT) },
    );
  });

  it.each([
    'payment_intent.succeeded',
    'charge.refunded',
    'charge.expired',
    'refund.failed',
    'customer.created',
    'constructor',
  ])('of the kind %s is taken, whatever a field of it has become', async (type) => {
    const intent = intentOf(world, await heldOrder(world));
    for (const name of ['status', 'amount', 'metadata', 'latest_charge']) {
      const answer = await send(eventOf(type, { ...intent, [name]: ['odd'] }));
      expect(answer.status, `${type} ${name} ${answer.text}`).toBe(200);
    }
  });

  it.each([
    ['of a thin event', 'thin', { object: 'v2.core.event', type: 'v1.payment_intent.succeeded' }],
    ['of an unknown kind', 'unknown_kind', { object: 'event', type: 'account.moved' }],
    [
      'about nothing that can be read',
      'unreadable',
      { object: 'event', type: 'charge.refunded', data: { object: { payment_intent: '\0' } } },
    ],
  ])('%s is acknowledged, and the log says why', async (_, cause, event) => {
    const id = `evt_${cause}`;
    expect((await send(JSON.stringify({ ...event, id }))).status).toBe(200);
    expect(world.lines.find(({ stripeEvent }) => stripeEvent === id)).toMatchObject({
      msg: 'webhook passed over',
      type: event.type,
      cause,
    });
  });

  it('that only names its PaymentIntent makes us ask Stripe', async () => {
    const order = await heldOrder(world);
    const { id } = intentOf(world, order);
    await fetch(`${world.sandbox.url}/v1/payment_intents/${id}/capture`, {
      method: 'POST',
      headers: { authorization: 'Bearer sk_test_e2e' },
    });
    const answer = await send(eventOf('payment_intent.succeeded', { id }));
    expect(answer.status).toBe(200);
    expect((await status(world, order)).body.payment.status).toBe('RELEASED');
  });

  it('that can not be read is counted', async () => {
    const { text } = await world.runtime.exposeMetrics();
    expect(text).toMatch(/campusg_pay_stripe_unreadable_total\{what="webhook"\} [1-9]/);
    expect(text).toMatch(/campusg_pay_stripe_unreadable_total\{what="reply"\} [1-9]/);
  });
});
