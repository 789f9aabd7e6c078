import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { DAY_MS, eventTypes, hold, openSandbox, refusal } from './support.js';

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
