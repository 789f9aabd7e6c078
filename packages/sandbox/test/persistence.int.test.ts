import { appendFile, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startSandbox } from '../src/index.js';
import { serveSandbox } from './process.js';
import {
  clientOf,
  DAY_MS,
  hold,
  newFolder,
  openReceiver,
  openSandbox,
  refusal,
  WEBHOOK_SECRET,
} from './support.js';

async function dataFile(): Promise<string> {
  return join(await newFolder(), 'deeper', 'sandbox.jsonl');
}

/** Everything a client can see. */
async function picture(url: string): Promise<unknown> {
  const stripe = clientOf(url);
  const limit = 100;
  const [intents, charges, refunds, customers, events] = await Promise.all([
    stripe.paymentIntents.list({ limit }),
    stripe.charges.list({ limit }),
    stripe.refunds.list({ limit }),
    stripe.customers.list({ limit }),
    stripe.events.list({ limit }),
  ]);
  // The address is in the links of a 3DS payment, and differs between two sandboxes.
  const parts = [intents.data, charges.data, refunds.data, customers.data, events.data];
  return JSON.parse(JSON.stringify(parts).replaceAll(url, 'http://sandbox'));
}

/** A bit of everything. */
async function populate(url: string): Promise<{ held: string }> {
  const stripe = clientOf(url);
  const customer = await stripe.customers.create({ email: 'a@campus.example' });
  const method = await stripe.paymentMethods.attach('pm_card_visa', { customer: customer.id });
  const mine = { customer: customer.id, payment_method: method.id };
  const held = await hold(stripe, mine, { idempotencyKey: 'held' });
  const taken = await hold(stripe, { metadata: { quote: '"\n\u2028ü' } });
  await stripe.paymentIntents.capture(taken.id, { amount_to_capture: 1000 });
  await stripe.refunds.create({ payment_intent: taken.id, amount: 300 });
  const ended = await hold(stripe);
  await stripe.paymentIntents.cancel(ended.id);
  await refusal(hold(stripe, { payment_method: 'pm_card_chargeDeclined' }));
  await hold(stripe, {
    payment_method: 'pm_card_threeDSecure2Required',
    return_url: 'https://shop.example/',
  });
  return { held: held.id };
}

describe('the data file', () => {
  it('brings everything back after a restart', async () => {
    const file = await dataFile();
    const first = await startSandbox({ dataFile: file });
    const { held } = await populate(first.url);
    await first.clock.advance(3600_000);
    const before = await picture(first.url);
    const time = first.clock.now().getTime();
    await first.close();

    const { sandbox, stripe } = await openSandbox({ dataFile: file });
    expect(await picture(sandbox.url)).toEqual(before);
    expect(sandbox.clock.now().getTime()).toBeGreaterThanOrEqual(time);
    await stripe.paymentIntents.capture(held);
    await sandbox.clock.advance(8 * DAY_MS);
    expect((await stripe.paymentIntents.retrieve(held)).status).toBe('succeeded');
  });

  it('brings back kept replies as they were, and the deadlines of holds', async () => {
    const file = await dataFile();
    const first = await startSandbox({ dataFile: file });
    const params = { expand: ['latest_charge'] };
    const key = { idempotencyKey: 'k' };
    const made = await hold(clientOf(first.url), params, key);
    await clientOf(first.url).paymentIntents.update(made.id, { description: 'later' });
    await first.close();

    const { sandbox, stripe } = await openSandbox({ dataFile: file });
    expect(await hold(stripe, params, key)).toEqual(made);
    expect(sandbox.counts().paymentIntents).toBe(1);
    await sandbox.clock.advance(8 * DAY_MS);
    expect((await stripe.paymentIntents.retrieve(made.id)).status).toBe('canceled');
  });

  it('loses only a torn last line', async () => {
    const file = await dataFile();
    const first = await startSandbox({ dataFile: file });
    await hold(clientOf(first.url));
    const before = await picture(first.url);
    await first.close();
    const sound = (await stat(file)).size;
    await appendFile(file, '[["put","payment_intent",{"id":"pi_torn","amou');

    const second = await startSandbox({ dataFile: file });
    expect(await picture(second.url)).toEqual(before);
    expect((await stat(file)).size).toBe(sound);
    await clientOf(second.url).customers.create({});
    await second.close();
    const { sandbox } = await openSandbox({ dataFile: file });
    expect(sandbox.counts()).toMatchObject({ paymentIntents: 1, customers: 1 });
  });

  it('that is damaged elsewhere is refused, and named', async () => {
    const file = await dataFile();
    const first = await startSandbox({ dataFile: file });
    await hold(clientOf(first.url));
    await first.close();
    const text = await readFile(file, 'utf8');
    await writeFile(file, `[broken\n${text}`);
    await expect(startSandbox({ dataFile: file })).rejects.toThrow('damaged at line 1');
  });

  it('is rewritten at start when most of it is history, and means the same', async () => {
    const file = await dataFile();
    const first = await startSandbox({ dataFile: file });
    const stripe = clientOf(first.url);
    await populate(first.url);
    const { id } = await hold(stripe, {}, { idempotencyKey: 'shown-first' });
    for (let at = 0; at < 250; at += 1) {
      await stripe.paymentIntents.update(id, { description: `${at}` });
    }
    await first.clock.advance(2 * DAY_MS);
    await stripe.customers.create({ email: 'late@campus.example' }, { idempotencyKey: 'late' });
    const before = await picture(first.url);
    await first.close();
    const long = (await stat(file)).size;

    const second = await startSandbox({ dataFile: file });
    expect((await stat(file)).size).toBeLessThan(long / 5);
    expect(await picture(second.url)).toEqual(before);
    await second.close();
    const { sandbox, stripe: again } = await openSandbox({ dataFile: file });
    expect(await picture(sandbox.url)).toEqual(before);
    await again.customers.create({ email: 'late@campus.example' }, { idempotencyKey: 'late' });
    expect(sandbox.counts().customers).toBe(2);
  });

  it('keeps undelivered webhooks for the next start', async () => {
    const file = await dataFile();
    const away = { url: 'http://127.0.0.1:1/', secret: WEBHOOK_SECRET };
    const first = await startSandbox({ dataFile: file, webhook: away });
    await clientOf(first.url).customers.create({});
    await first.close();
    const receiver = await openReceiver();
    const webhook = { url: receiver.url, secret: WEBHOOK_SECRET };
    const { sandbox } = await openSandbox({ dataFile: file, webhook });
    await sandbox.webhooks.settled();
    expect(receiver.events.map(({ type }) => type)).toEqual(['customer.created']);
    await sandbox.close();
    const third = await openSandbox({ dataFile: file });
    await third.sandbox.webhooks.settled();
    expect(receiver.events).toHaveLength(1);
  });

  it('is empty after a reset', async () => {
    const file = await dataFile();
    const first = await startSandbox({ dataFile: file });
    await hold(clientOf(first.url), {}, { idempotencyKey: 'k' });
    first.reset();
    await first.close();
    const { sandbox, stripe } = await openSandbox({ dataFile: file });
    expect(sandbox.counts()).toMatchObject({ paymentIntents: 0, events: 0 });
    await hold(stripe, {}, { idempotencyKey: 'k' });
    expect(sandbox.counts().paymentIntents).toBe(1);
  });
});

describe('the sandbox as a process', () => {
  it('has every acknowledged hold after it was killed in the middle of work', async () => {
    const file = await dataFile();
    const { url, child } = await serveSandbox(['--port', '0', '--data', file]);
    const stripe = clientOf(url);
    const acknowledged: string[] = [];
    const worker = async (): Promise<void> => {
      for (;;) {
        const made = await hold(stripe).catch(() => undefined);
        if (made === undefined) return;
        acknowledged.push(made.id);
      }
    };
    const workers = Array.from({ length: 4 }, worker);
    // In the middle of it, however long that takes.
    await expect.poll(() => acknowledged.length).toBeGreaterThan(50);
    child.kill('SIGKILL');
    await Promise.all(workers);
    expect(acknowledged.length).toBeGreaterThan(10);

    const { sandbox } = await openSandbox({ dataFile: file });
    const ledger = sandbox.ledger();
    const known = new Set(ledger.paymentIntents.map(({ id }) => id));
    expect(acknowledged.filter((id) => !known.has(id))).toEqual([]);
    // A line holds a whole change: no intent without its charge, none without its events.
    expect(ledger.charges).toHaveLength(ledger.paymentIntents.length);
    expect(sandbox.counts().events).toBe(3 * ledger.paymentIntents.length);
  });
});
