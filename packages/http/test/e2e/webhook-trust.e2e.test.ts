import { describe, expect, it } from 'vitest';
import { atDashboard, costOf, heldOrder, intentOf, recorded, release } from './orders.js';
import { eventOf, sendWebhook, signed } from './signing.js';
import { NEXT_WEBHOOK_SECRET, openWorld } from './world.js';

const world = await openWorld();
const { sandbox } = world;

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
      'signed 330 seconds ahead',
      (payload) => ({ 'stripe-signature': signed(payload, { at: Date.now() + 330_000 }) }),
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
    const before = await recorded(world, order);
    const payload =
      body ?? eventOf('payment_intent.canceled', { ...intentOf(world, order), status: 'canceled' });
    const { value, calls, statements } = await costOf(world, () =>
      sendWebhook(world, payload, headersFor(payload)),
    );
    expect(value.status).toBe(400);
    expect(value.body).toMatchObject({ success: false, error: 'webhook_refused' });
    expect({ calls, statements }).toEqual({ calls: [], statements: [] });
    expect(await recorded(world, order)).toEqual(before);
  });

  it('for being larger than any event is 413', async () => {
    const payload = eventOf('payment_intent.succeeded', { filler: 'x'.repeat(1_100_000) });
    expect((await sendWebhook(world, payload)).status).toBe(413);
  });
});

describe('a webhook that is taken', () => {
  it('is answered 200 with an empty body', async () => {
    const order = await heldOrder(world);
    const payload = eventOf('payment_intent.amount_capturable_updated', intentOf(world, order));
    const { status: code, text } = await sendWebhook(world, payload);
    expect({ code, text }).toEqual({ code: 200, text: '' });
  });

  // How old exactly it may be is told where the clock stands still: adapters/test/stripe/webhook.unit.test.ts
  it.each([270, -299])('is one signed %d seconds ago', async (seconds) => {
    const payload = eventOf('charge.succeeded', {});
    const at = Date.now() - seconds * 1000;
    const headers = { 'stripe-signature': signed(payload, { at }) };
    expect((await sendWebhook(world, payload, headers)).status).toBe(200);
  });

  it('is one signed with the second secret, while secrets are rotated', async () => {
    const order = await heldOrder(world);
    await sandbox.webhooks.settled();
    world.deliverWebhooks(false);
    await atDashboard(world, `payment_intents/${intentOf(world, order).id}/cancel`);
    world.deliverWebhooks(true);
    const payload = eventOf('payment_intent.canceled', intentOf(world, order));
    const headers = { 'stripe-signature': signed(payload, { secret: NEXT_WEBHOOK_SECRET }) };
    expect((await sendWebhook(world, payload, headers)).status).toBe(200);
    expect((await recorded(world, order))?.status).toBe('REVERTED');
  });

  it('is one of an unknown type, which asks nothing of anybody', async () => {
    await sandbox.webhooks.settled();
    const payload = eventOf('payment_intent.invented_tomorrow', { object: 'payment_intent' });
    const { value, calls, statements } = await costOf(world, () => sendWebhook(world, payload));
    expect(value.status).toBe(200);
    expect({ calls, statements }).toEqual({ calls: [], statements: [] });
  });

  it('is one about a PaymentIntent that is none of ours', async () => {
    const foreign = { ...intentOf(world, await heldOrder(world)), id: 'pi_foreign', metadata: {} };
    const payload = eventOf('payment_intent.canceled', foreign);
    expect((await sendWebhook(world, payload)).status).toBe(200);
  });

  it('with a lie in it makes us ask Stripe, which knows better', async () => {
    const order = await heldOrder(world);
    await release(world, order);
    await sandbox.webhooks.settled();
    const before = await recorded(world, order);
    const lie = { ...intentOf(world, order), status: 'canceled' };
    const { value, calls } = await costOf(world, () =>
      sendWebhook(world, eventOf('payment_intent.canceled', lie)),
    );
    expect(value.status).toBe(200);
    expect(calls).toEqual(['GET /v1/payment_intents/:id']);
    expect(await recorded(world, order)).toEqual(before);
  });

  it('about another PaymentIntent of our payment moves nothing, and a person is called', async () => {
    const order = await heldOrder(world);
    await sandbox.webhooks.settled();
    const twin = {
      ...intentOf(world, order),
      id: 'pi_twin',
      status: 'succeeded',
      amount_received: 2098,
    };
    expect((await sendWebhook(world, eventOf('payment_intent.succeeded', twin))).status).toBe(200);
    expect(await recorded(world, order)).toMatchObject({
      status: 'AUTHORIZED',
      review: expect.stringContaining('pi_twin'),
    });
  });
});
