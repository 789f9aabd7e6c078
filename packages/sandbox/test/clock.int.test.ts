import { join } from 'node:path';
import type Stripe from 'stripe';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startSandbox } from '../src/index.js';
import {
  clientOf,
  DAY_MS,
  eventTypes,
  hold,
  newFolder,
  openReceiver,
  openSandbox,
  refusal,
  WEBHOOK_SECRET,
} from './support.js';

describe('the clock', () => {
  it('expires a hold at its deadline, not before', async () => {
    const { sandbox, stripe } = await openSandbox();
    const { id, latest_charge } = await hold(stripe, { expand: ['latest_charge'] });
    const card = (latest_charge as Stripe.Charge).payment_method_details?.card;
    const deadline = card?.capture_before ?? 0;
    await sandbox.clock.advance(7 * DAY_MS - 60_000);
    expect((await stripe.paymentIntents.retrieve(id)).status).toBe('requires_capture');
    await sandbox.clock.advance(DAY_MS);
    expect(await stripe.paymentIntents.retrieve(id)).toMatchObject({
      status: 'canceled',
      cancellation_reason: 'expired',
      amount_capturable: 0,
      canceled_at: deadline,
    });
    expect((await eventTypes(stripe)).slice(3)).toEqual([
      'charge.expired',
      'payment_intent.canceled',
    ]);
    const late = await refusal(stripe.paymentIntents.capture(id));
    expect(late.code).toBe('payment_intent_unexpected_state');
  });

  it('does not expire what was captured or canceled before', async () => {
    const { sandbox, stripe } = await openSandbox();
    const captured = await hold(stripe);
    const canceled = await hold(stripe);
    await stripe.paymentIntents.capture(captured.id);
    await stripe.paymentIntents.cancel(canceled.id);
    await sandbox.clock.advance(30 * DAY_MS);
    expect(await stripe.paymentIntents.retrieve(captured.id)).toMatchObject({
      status: 'succeeded',
    });
    expect(await stripe.paymentIntents.retrieve(canceled.id)).toMatchObject({
      status: 'canceled',
      cancellation_reason: null,
    });
    expect(await eventTypes(stripe)).not.toContain('charge.expired');
  });

  it('expires many holds in the order of their deadlines', async () => {
    // Made in one and the same second, so that they end as far apart as they say.
    const { sandbox, stripe } = await openSandbox({ now: () => new Date('2027-01-31T23:59:59Z') });
    const windows = [50, 10, 40, 20, 30, 60];
    for (const seconds of windows) {
      await hold(stripe, { metadata: { sandbox_capture_before_seconds: seconds, at: seconds } });
    }
    await sandbox.clock.advance(45_000);
    const events = await stripe.events.list({ type: 'payment_intent.canceled' });
    const order = events.data.map(
      (event) => (event.data.object as Stripe.PaymentIntent).metadata.at,
    );
    expect(order).toEqual(['40', '30', '20', '10']);
    const times = events.data.map(({ created }) => created);
    expect(times[0]).toBe((times[3] ?? 0) + 30);
  });

  it('expires a short hold by itself', async () => {
    const { stripe } = await openSandbox();
    const { id } = await hold(stripe, { metadata: { sandbox_capture_before_seconds: 1 } });
    await expect
      .poll(async () => (await stripe.paymentIntents.retrieve(id)).status)
      .toBe('canceled');
  });

  it('can be given, and never runs backwards', async () => {
    let at = Date.parse('2027-01-01T00:00:00Z');
    const { sandbox, stripe } = await openSandbox({ now: () => new Date(at) });
    const first = await hold(stripe);
    expect(first.created).toBe(at / 1000);
    at -= 60_000;
    expect((await hold(stripe)).created).toBe(first.created);
    at += 8 * DAY_MS;
    expect((await stripe.paymentIntents.retrieve(first.id)).status).toBe('canceled');
    expect(sandbox.clock.now().getTime()).toBe(at);
  });
});

describe('the moment at which the clock begins', () => {
  const isBrief = (seconds: number) => seconds >= 0 && seconds < 60;
  const instant = (text: string) => new Date(text);

  /** A data file, and a way to open it again with a new beginning. */
  async function openKept() {
    const dataFile = join(await newFolder(), 'sandbox.jsonl');
    const lines: string[] = [];
    const open = async (startAt?: string) => {
      const options = { dataFile, warn: (line: string) => lines.push(line) };
      const opened = await startSandbox(
        startAt === undefined ? options : { ...options, startAt: instant(startAt) },
      );
      onTestFinished(() => opened.close());
      return opened;
    };
    return { open, lines };
  }

  it.each(['2019-02-03T04:05:06Z', '2040-02-03T04:05:06Z'])(
    'may be %s, and time runs on and advances from there',
    async (text) => {
      const begun = instant(text).getTime();
      const { sandbox, stripe } = await openSandbox({ startAt: instant(text) });
      const { id, created } = await hold(stripe);
      expect(created - begun / 1000).toSatisfy(isBrief);
      await new Promise((resolve) => setTimeout(resolve, 30));
      expect(sandbox.clock.now().getTime()).toBeGreaterThan(begun + 25);
      await sandbox.clock.advance(8 * DAY_MS);
      expect((await stripe.paymentIntents.retrieve(id)).status).toBe('canceled');
      const [event] = (await stripe.events.list({ type: 'charge.expired' })).data;
      expect(event?.created).toBe(created + (7 * DAY_MS) / 1000);
    },
  );

  it('is measured from the clock that is given', async () => {
    let at = Date.parse('2027-01-01T00:00:00Z');
    const startAt = instant('2030-01-01T00:00:00Z');
    const { sandbox } = await openSandbox({ now: () => new Date(at), startAt });
    expect(sandbox.clock.now()).toEqual(startAt);
    at += 1000;
    expect(sandbox.clock.now()).toEqual(instant('2030-01-01T00:00:01Z'));
  });

  it('is kept with the state: a restart goes on, whether it names the beginning again or not', async () => {
    const { open, lines } = await openKept();
    const first = await open('2019-01-01T00:00:00Z');
    const made = await hold(clientOf(first.url));
    await first.clock.advance(DAY_MS);
    await first.close();
    const second = await open();
    expect(second.clock.now().toISOString()).toMatch(/^2019-01-02T00:0/);
    await second.close();
    expect(lines).toEqual([]);

    const third = await open('2019-01-01T00:00:00Z');
    expect(third.clock.now().toISOString()).toMatch(/^2019-01-02T00:0/);
    expect((await clientOf(third.url).paymentIntents.retrieve(made.id)).status).toBe(
      'requires_capture',
    );
    expect(lines).toEqual([
      expect.stringMatching(
        /^the clock of the data file stands at 2019-01-02T00:0.* and goes on from there: it never goes back to 2019-01-01T00:00:00.000Z$/,
      ),
    ]);
  });

  it('is there for the next start even if nothing happened in between', async () => {
    const { open, lines } = await openKept();
    await (await open('2040-01-01T00:00:00Z')).close();
    expect((await open()).clock.now().toISOString()).toMatch(/^2040-01-01T00:0/);
    expect(lines).toEqual([]);
  });

  it('moves the clock of kept state on, and what is due on the way happens in its time', async () => {
    const { open, lines } = await openKept();
    const first = await open('2019-01-01T00:00:00Z');
    const made = await hold(clientOf(first.url));
    await first.close();

    const second = await open('2019-02-01T00:00:00Z');
    const stripe = clientOf(second.url);
    expect(await stripe.paymentIntents.retrieve(made.id)).toMatchObject({
      status: 'canceled',
      canceled_at: made.created + (7 * DAY_MS) / 1000,
    });
    const { created } = await hold(stripe);
    expect(created - Date.parse('2019-02-01T00:00:00Z') / 1000).toSatisfy(isBrief);
    await second.close();
    expect((await open()).clock.now().toISOString()).toMatch(/^2019-02-01T00:0/);
    expect(lines).toEqual([]);
  });

  it('sends what happens on the way to the endpoint of this start', async () => {
    const dataFile = join(await newFolder(), 'sandbox.jsonl');
    const receiver = await openReceiver();
    const first = await startSandbox({ dataFile });
    await hold(clientOf(first.url));
    const startAt = new Date(first.clock.now().getTime() + 8 * DAY_MS);
    await first.close();
    const webhook = { url: receiver.url, secret: WEBHOOK_SECRET };
    const { sandbox: second } = await openSandbox({ dataFile, startAt, webhook });
    await second.webhooks.settled();
    const types = receiver.events.map(({ type }) => type);
    expect(types.toSorted()).toEqual(['charge.expired', 'payment_intent.canceled']);
  });

  it('stays after a reset: an earlier one is passed over at the next start', async () => {
    const { open, lines } = await openKept();
    const first = await open('2040-01-01T00:00:00Z');
    first.reset();
    await first.close();
    const second = await open('2030-01-01T00:00:00Z');
    expect(second.clock.now().toISOString()).toMatch(/^2040-01-01T00:0/);
    expect(lines).toHaveLength(1);
  });

  it('must be a date, 1970 or later', async () => {
    for (const startAt of [new Date('soon'), instant('1969-12-31T23:59:59Z')]) {
      await expect(startSandbox({ startAt })).rejects.toThrow('startAt must be a valid date');
    }
  });
});

describe('an advance', () => {
  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY, 1e18])('of %d ms is refused', async (ms) => {
    const { sandbox } = await openSandbox();
    const before = sandbox.clock.now().getTime();
    await expect(sandbox.clock.advance(ms)).rejects.toThrow(/give ms|year 9999/);
    expect(sandbox.clock.now().getTime() - before).toBeLessThan(1000);
    const response = await fetch(`${sandbox.url}/_sandbox/clock/advance`, {
      method: 'POST',
      body: JSON.stringify({ ms }),
    });
    expect(response.status).toBe(400);
  });
});
