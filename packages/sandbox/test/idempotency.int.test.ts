import { describe, expect, it } from 'vitest';
import { clientOf, DAY_MS, hold, openSandbox, refusal } from './support.js';

const once = { idempotencyKey: 'authorize-1' };

describe('an idempotency key', () => {
  it('gives the first answer again, as it was, and executes nothing', async () => {
    const { sandbox, stripe } = await openSandbox();
    const first = await hold(stripe, { expand: ['latest_charge'] }, once);
    await stripe.paymentIntents.capture(first.id);
    const again = await hold(stripe, { expand: ['latest_charge'] }, once);
    expect(again).toEqual(first);
    expect(again.status).toBe('requires_capture');
    expect(again.latest_charge).toMatchObject({ captured: false });
    expect(again.lastResponse.headers).toMatchObject({
      'idempotent-replayed': 'true',
      'idempotency-key': 'authorize-1',
      'original-request': first.lastResponse.requestId,
    });
    expect(first.lastResponse.headers).not.toHaveProperty('idempotent-replayed');
    expect(again.lastResponse.requestId).not.toBe(first.lastResponse.requestId);
    expect(sandbox.counts()).toMatchObject({
      paymentIntents: 1,
      requests: { total: 3, executed: 2, replayed: 1 },
    });
  });

  it('gives a decline again', async () => {
    const { sandbox, stripe } = await openSandbox();
    const declined = { payment_method: 'pm_card_chargeDeclined' };
    const first = await refusal(hold(stripe, declined, once));
    const again = await refusal(hold(stripe, declined, once));
    expect(again.payment_intent?.id).toBe(first.payment_intent?.id);
    expect(again.statusCode).toBe(402);
    expect(sandbox.counts().charges).toBe(1);
  });

  it('is refused with other parameters or for another endpoint', async () => {
    const { sandbox, stripe } = await openSandbox();
    const { id } = await hold(stripe, {}, once);
    for (const misuse of [
      hold(stripe, { amount: 2099 }, once),
      stripe.paymentIntents.capture(id, {}, once),
      stripe.customers.create({}, once),
    ]) {
      const error = await refusal(misuse);
      expect(error).toMatchObject({
        type: 'StripeIdempotencyError',
        rawType: 'idempotency_error',
        statusCode: 400,
      });
      expect(error.message).toContain("other than 'authorize-1'");
    }
    expect(sandbox.counts()).toMatchObject({ paymentIntents: 1, customers: 0 });
  });

  it('is busy while its request executes', async () => {
    const { sandbox, stripe } = await openSandbox();
    // It strikes whichever of the two arrives first, and the other one finds the key in use.
    sandbox.faults.add({ method: 'POST', effect: { kind: 'latency', ms: 1_500 } });
    const both = [hold(stripe, {}, once), hold(stripe, {}, once)];
    const error = await refusal(Promise.all(both));
    expect(error).toMatchObject({ statusCode: 409, code: 'idempotency_key_in_use' });
    const first = await Promise.any(both);
    expect(await hold(stripe, {}, once)).toMatchObject({ id: first.id });
  });

  it('keeps a 500 though the hold was made', async () => {
    const { sandbox, stripe } = await openSandbox();
    const path = '/v1/payment_intents';
    sandbox.faults.add({ path, effect: { kind: 'error500', executed: true } });
    const broken = await refusal(hold(stripe, { metadata: { payment_id: 'p1' } }, once));
    expect(broken).toMatchObject({ type: 'StripeAPIError', statusCode: 500 });
    const again = await refusal(hold(stripe, { metadata: { payment_id: 'p1' } }, once));
    expect(again.statusCode).toBe(500);
    expect(again.headers).toMatchObject({ 'idempotent-replayed': 'true' });
    const listed = await stripe.paymentIntents.list();
    expect(listed.data).toMatchObject([
      { status: 'requires_capture', metadata: { payment_id: 'p1' } },
    ]);
  });

  it('keeps a 500 that changed nothing only on request', async () => {
    const { sandbox, stripe } = await openSandbox();
    sandbox.faults.add({ effect: { kind: 'error500', executed: false } });
    sandbox.faults.add({ nth: 2, effect: { kind: 'error500', executed: false, kept: true } });
    await refusal(hold(stripe, {}, once));
    await refusal(hold(stripe, {}, once));
    expect((await refusal(hold(stripe, {}, once))).statusCode).toBe(500);
    expect(sandbox.counts()).toMatchObject({ paymentIntents: 0, requests: { replayed: 1 } });
  });

  it('stays free after a fault in the form, a refused key or a rate limit', async () => {
    const { sandbox, stripe } = await openSandbox();
    await refusal(hold(stripe, { amount: 1 }, once));
    await refusal(hold(clientOf(sandbox.url, 'nonsense'), {}, once));
    sandbox.faults.add({ effect: { kind: 'rate_limit', code: 'lock_timeout' } });
    await refusal(hold(stripe, { amount: 3000 }, once));
    expect(await hold(stripe, {}, once)).toMatchObject({ status: 'requires_capture' });
  });

  it('keeps the answer of a request that was executed and refused', async () => {
    const { stripe } = await openSandbox();
    const { id } = await hold(stripe, { confirm: false });
    const key = { idempotencyKey: 'capture-1' };
    const early = await refusal(stripe.paymentIntents.capture(id, {}, key));
    expect(early.code).toBe('payment_intent_unexpected_state');
    await stripe.paymentIntents.confirm(id);
    const again = await refusal(stripe.paymentIntents.capture(id, {}, key));
    expect(again.headers).toMatchObject({ 'idempotent-replayed': 'true' });
  });

  it('executes anew after 24 hours', async () => {
    const { sandbox, stripe } = await openSandbox();
    const first = await hold(stripe, {}, once);
    await sandbox.clock.advance(DAY_MS - 60_000);
    expect((await hold(stripe, {}, once)).id).toBe(first.id);
    await sandbox.clock.advance(61_000);
    expect((await hold(stripe, {}, once)).id).not.toBe(first.id);
    expect(sandbox.counts().paymentIntents).toBe(2);
  });

  it('longer than 255 characters is refused', async () => {
    const { stripe } = await openSandbox();
    const error = await refusal(hold(stripe, {}, { idempotencyKey: 'k'.repeat(256) }));
    expect(error.statusCode).toBe(400);
  });

  it('used twenty times at once makes one hold', async () => {
    const { sandbox, stripe } = await openSandbox();
    const all = await Promise.allSettled(Array.from({ length: 20 }, () => hold(stripe, {}, once)));
    const ids = all.flatMap((each) => (each.status === 'fulfilled' ? [each.value.id] : []));
    expect(new Set(ids).size).toBe(1);
    expect(sandbox.counts().paymentIntents).toBe(1);
  });
});
