import { describe, expect, it } from 'vitest';
import {
  DAY_MS,
  eventTypes,
  hold,
  openReceiver,
  openSandbox,
  refusal,
  WEBHOOK_SECRET,
} from './support.js';

const QUICK = { firstMs: 10, maxMs: 40, timeoutMs: 500 };

async function openBoth(answers: number[] = [200]) {
  const receiver = await openReceiver();
  receiver.answers = answers;
  const webhook = { url: receiver.url, secret: WEBHOOK_SECRET };
  const { sandbox, stripe } = await openSandbox({ webhook, webhookRetry: QUICK });
  return { receiver, sandbox, stripe };
}

describe('a webhook', () => {
  it('arrives signed, with the object as it was then', async () => {
    const { receiver, sandbox, stripe } = await openBoth();
    const { id, lastResponse } = await hold(stripe, {}, { idempotencyKey: 'k' });
    await stripe.paymentIntents.capture(id);
    await sandbox.webhooks.settled();
    // The receiver checks each signature with the SDK before it takes an event.
    const types = receiver.events.map(({ type }) => type).sort();
    expect(types).toEqual((await eventTypes(stripe)).sort());
    const held = receiver.events.find(({ type }) => type.endsWith('amount_capturable_updated'));
    expect(held).toMatchObject({
      object: 'event',
      api_version: '2026-10-28.endive',
      livemode: false,
      request: { id: lastResponse.requestId, idempotency_key: 'k' },
      data: { object: { id, status: 'requires_capture', amount_capturable: 2098 } },
    });
    expect(receiver.signatures[0]).toMatch(/^t=\d{10},v1=[0-9a-f]{64}$/);
  });

  it('is signed so that a changed body is refused', async () => {
    const { receiver, sandbox, stripe } = await openBoth();
    await stripe.customers.create({});
    await sandbox.webhooks.settled();
    const [body = ''] = receiver.bodies;
    const [signature = ''] = receiver.signatures;
    const check = (text: string, secret = WEBHOOK_SECRET) =>
      stripe.webhooks.constructEvent(text, signature, secret);
    expect(check(body).type).toBe('customer.created');
    expect(() => check(`${body} `)).toThrow();
    expect(() => check(body, 'whsec_other')).toThrow();
  });

  it('is repeated until it is taken', async () => {
    const { receiver, sandbox, stripe } = await openBoth([500, 404, 200]);
    await stripe.customers.create({});
    const open = await stripe.events.list({ delivery_success: false });
    expect(open.data).toMatchObject([{ pending_webhooks: 1 }]);
    await sandbox.webhooks.settled();
    expect(receiver.attempts).toBe(3);
    expect(receiver.events).toHaveLength(1);
    const taken = await stripe.events.list({ delivery_success: true });
    expect(taken.data).toMatchObject([{ pending_webhooks: 0 }]);
  });

  it('is not given up while the endpoint is away', async () => {
    const { receiver, sandbox, stripe } = await openBoth();
    sandbox.webhooks.setEndpoint({ url: 'http://127.0.0.1:1/', secret: WEBHOOK_SECRET });
    await stripe.customers.create({});
    await expect(sandbox.webhooks.settled(60)).rejects.toThrow('1 webhook deliver');
    sandbox.webhooks.setEndpoint({ url: receiver.url, secret: WEBHOOK_SECRET });
    await sandbox.webhooks.settled();
    expect(receiver.events.map(({ type }) => type)).toEqual(['customer.created']);
  });

  it('is given up after three days of the sandbox time', async () => {
    const { receiver, sandbox, stripe } = await openBoth([500]);
    await stripe.customers.create({});
    await sandbox.clock.advance(4 * DAY_MS);
    await sandbox.webhooks.settled();
    expect(receiver.events).toHaveLength(0);
    expect((await stripe.events.list({ delivery_success: false })).data).toHaveLength(1);
  });

  it('arrives twice, late, never or not at all, as the faults say', async () => {
    const { receiver, sandbox, stripe } = await openBoth();
    const counts = () => receiver.events.length;
    sandbox.faults.add({ event: 'customer.created', effect: { kind: 'duplicate' } });
    await stripe.customers.create({});
    await sandbox.webhooks.settled();
    expect(receiver.events.map(({ id }) => id)).toHaveLength(2);
    expect(new Set(receiver.events.map(({ id }) => id)).size).toBe(1);

    const asked = performance.now();
    sandbox.faults.add({ event: 'customer.*', effect: { kind: 'delay', ms: 120 } });
    await stripe.customers.create({});
    await sandbox.webhooks.settled();
    expect(counts()).toBe(3);
    expect(performance.now() - asked).toBeGreaterThan(110);

    sandbox.faults.add({ event: '*', effect: { kind: 'lose' } });
    await stripe.customers.create({});
    await sandbox.webhooks.settled();
    expect(counts()).toBe(3);
    expect(await eventTypes(stripe)).toHaveLength(3);

    sandbox.faults.add({ event: 'customer.created', effect: { kind: 'omit' } });
    await stripe.customers.create({});
    await sandbox.webhooks.settled();
    expect(counts()).toBe(3);
    expect(await eventTypes(stripe)).toHaveLength(3);
  });

  it('is overtaken by the next one', async () => {
    const { receiver, sandbox, stripe } = await openBoth();
    const event = 'payment_intent.amount_capturable_updated';
    sandbox.faults.add({ event, effect: { kind: 'reorder', ms: 4000 } });
    const { id } = await hold(stripe);
    await expect.poll(() => receiver.events.length).toBe(2);
    await stripe.paymentIntents.capture(id);
    await sandbox.webhooks.settled();
    const types = receiver.events.map(({ type }) => type);
    expect(types).toHaveLength(5);
    expect(types.indexOf(event)).toBeGreaterThan(types.indexOf('payment_intent.created'));
    expect(types.at(-1) === event || types.at(-2) === event).toBe(true);
  });

  it('can be sent again', async () => {
    const { receiver, sandbox, stripe } = await openBoth();
    await stripe.customers.create({});
    await sandbox.webhooks.settled();
    const [event] = (await stripe.events.list()).data;
    expect(sandbox.webhooks.redeliver([event?.id ?? ''])).toBe(1);
    expect(sandbox.webhooks.redeliver(['evt_unknown'])).toBe(0);
    expect(sandbox.webhooks.redeliver()).toBe(1);
    await sandbox.webhooks.settled();
    expect(receiver.events.map(({ id }) => id)).toEqual(Array(3).fill(event?.id));
  });
});

describe('a webhook endpoint of the API', () => {
  it('gets only the events it asked for, until it is removed', async () => {
    const { sandbox, stripe } = await openSandbox({ webhookRetry: QUICK });
    const receiver = await openReceiver();
    const endpoint = await stripe.webhookEndpoints.create({
      url: receiver.url,
      enabled_events: ['charge.succeeded'],
    });
    expect(endpoint).toMatchObject({ object: 'webhook_endpoint', status: 'enabled' });
    expect(endpoint.secret).toMatch(/^whsec_/);
    const read = await stripe.webhookEndpoints.retrieve(endpoint.id);
    expect(read.secret).toBeUndefined();
    receiver.answers = [204];
    await hold(stripe);
    await sandbox.webhooks.settled();
    expect(receiver.attempts).toBe(1);
    const check = stripe.webhooks.constructEvent(
      receiver.bodies[0] ?? '',
      receiver.signatures[0] ?? '',
      endpoint.secret ?? '',
    );
    expect(check.type).toBe('charge.succeeded');
    await stripe.webhookEndpoints.update(endpoint.id, { enabled_events: ['*'] });
    expect((await stripe.webhookEndpoints.list()).data).toMatchObject([{ enabled_events: ['*'] }]);
    await stripe.webhookEndpoints.del(endpoint.id);
    await stripe.customers.create({});
    await sandbox.webhooks.settled();
    expect(receiver.attempts).toBe(1);
    expect((await refusal(stripe.webhookEndpoints.retrieve(endpoint.id))).statusCode).toBe(404);
  });
});

describe('the list of events', () => {
  it('is filtered by type, kind and time, and forgets after thirty days', async () => {
    const { sandbox, stripe } = await openSandbox();
    const { id } = await hold(stripe);
    await sandbox.clock.advance(60_000);
    await stripe.paymentIntents.capture(id);
    const types = async (params: Parameters<typeof stripe.events.list>[0]) =>
      (await stripe.events.list(params)).data.map(({ type }) => type);
    expect(await types({ type: 'charge.*' })).toEqual(['charge.captured', 'charge.succeeded']);
    expect(await types({ types: ['charge.captured', 'payment_intent.created'] })).toEqual([
      'charge.captured',
      'payment_intent.created',
    ]);
    const now = Math.floor(sandbox.clock.now().getTime() / 1000);
    expect(await types({ created: { gte: now - 10 } })).toEqual([
      'payment_intent.succeeded',
      'charge.captured',
    ]);
    const [event] = (await stripe.events.list()).data;
    expect(await stripe.events.retrieve(event?.id ?? '')).toMatchObject({ type: event?.type });
    await sandbox.clock.advance(31 * DAY_MS);
    expect(await types({})).toEqual([]);
    expect((await refusal(stripe.events.retrieve(event?.id ?? ''))).statusCode).toBe(404);
  });
});
