import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type RefundEnd, startSandbox } from '../src/index.js';
import {
  chargeOf,
  clientOf,
  control,
  DAY_MS,
  eventTypes,
  newFolder,
  openSandbox,
  plain,
  take,
} from './support.js';

const PENDING = 'pm_card_pendingRefund';

/** A sandbox where refunds wait, with a pending refund of 5 of 20.98 dollars. */
async function openWaiting() {
  const { sandbox, stripe } = await openSandbox();
  sandbox.refunds.setLater(false);
  const intent = await take(stripe, PENDING);
  const refund = await stripe.refunds.create({ payment_intent: intent, amount: 500 });
  return { sandbox, stripe, intent, refund };
}

describe('a pending refund', () => {
  it('stays pending while refunds wait, and is due when they wait no longer', async () => {
    const { sandbox, stripe, refund } = await openWaiting();
    await sandbox.clock.advance(30 * DAY_MS);
    expect((await stripe.refunds.retrieve(refund.id)).status).toBe('pending');
    expect(await control(sandbox.url, 'PUT /refunds', { later: true })).toMatchObject({
      status: 200,
    });
    expect((await stripe.refunds.retrieve(refund.id)).status).toBe('succeeded');
    const updated = await stripe.events.list({ type: 'refund.updated' });
    expect(updated.data).toHaveLength(1);
  });

  it('stays pending until it is told how it ends: succeeded', async () => {
    const { sandbox, stripe, intent, refund } = await openWaiting();
    const ended = sandbox.refunds.end(refund.id, { status: 'succeeded' });
    expect(ended).toEqual(await plain(stripe.refunds.retrieve(refund.id)));
    expect(ended).toMatchObject({ status: 'succeeded', balance_transaction: expect.any(String) });
    expect(await chargeOf(stripe, intent)).toMatchObject({ amount_refunded: 500 });
  });

  it('stays pending until it is told how it ends: failed, with a reason', async () => {
    const { sandbox, stripe, intent, refund } = await openWaiting();
    const end = { status: 'failed', failureReason: 'lost_or_stolen_card' };
    const ended = await control(sandbox.url, `POST /refunds/${refund.id}`, end);
    expect(ended).toMatchObject({
      status: 200,
      body: { id: refund.id, status: 'failed', failure_reason: 'lost_or_stolen_card' },
    });
    // No money had moved, so none came back.
    expect(ended.body).toMatchObject({ balance_transaction: null });
    expect(ended.body).not.toHaveProperty('failure_balance_transaction');
    expect(await chargeOf(stripe, intent)).toMatchObject({ amount_refunded: 0, refunded: false });
    expect((await eventTypes(stripe)).slice(-3)).toEqual([
      'refund.updated',
      'charge.refund.updated',
      'refund.failed',
    ]);
    await stripe.refunds.create({ payment_intent: intent });
    expect(await chargeOf(stripe, intent)).toMatchObject({ amount_refunded: 2098 });
  });

  it('stays pending until it is told how it ends: canceled', async () => {
    const { sandbox, stripe, intent, refund } = await openWaiting();
    expect(sandbox.refunds.end(refund.id, { status: 'canceled' })).toMatchObject({
      status: 'canceled',
      balance_transaction: null,
    });
    expect(await chargeOf(stripe, intent)).toMatchObject({ amount_refunded: 0 });
    const [event] = (await stripe.events.list({ type: 'refund.updated' })).data;
    expect(event?.data).toMatchObject({
      object: { status: 'canceled' },
      previous_attributes: { status: 'pending' },
    });
    expect((await eventTypes(stripe)).slice(-2)).toEqual([
      'refund.updated',
      'charge.refund.updated',
    ]);
  });

  it('waits no longer after a reset', async () => {
    const { sandbox, stripe } = await openWaiting();
    sandbox.reset();
    const intent = await take(stripe, PENDING);
    const refund = await stripe.refunds.create({ payment_intent: intent });
    await sandbox.clock.advance(6000);
    expect((await stripe.refunds.retrieve(refund.id)).status).toBe('succeeded');
  });

  it('that ended is as it was after a restart', async () => {
    const dataFile = join(await newFolder(), 'sandbox.jsonl');
    const first = await startSandbox({ dataFile });
    const stripe = clientOf(first.url);
    first.refunds.setLater(false);
    const intent = await take(stripe, PENDING);
    const { id } = await stripe.refunds.create({ payment_intent: intent });
    const ended = first.refunds.end(id, { status: 'failed' });
    await first.close();
    const second = await openSandbox({ dataFile });
    await second.sandbox.clock.advance(60_000);
    expect(await plain(second.stripe.refunds.retrieve(id))).toEqual(ended);
  });
});

describe('a refund that had succeeded', () => {
  it('can fail, and then its money is back', async () => {
    const { sandbox, stripe } = await openSandbox();
    const intent = await take(stripe);
    const refund = await stripe.refunds.create({ payment_intent: intent });
    const ended = sandbox.refunds.end(refund.id, { status: 'failed' });
    expect(ended).toMatchObject({
      status: 'failed',
      failure_reason: 'unknown',
      balance_transaction: refund.balance_transaction,
      failure_balance_transaction: expect.stringMatching(/^txn_/),
    });
    expect(await chargeOf(stripe, intent)).toMatchObject({ amount_refunded: 0, refunded: false });
    expect((await eventTypes(stripe)).at(-1)).toBe('refund.failed');
  });
});

describe('the end of a refund', () => {
  it.each<[unknown, string]>([
    [{}, 'status must be succeeded or failed or canceled'],
    [{ status: 'pending' }, 'status must be succeeded or failed or canceled'],
    [{ status: 'failed', failureReason: 'bad luck' }, 'failureReason must be charge_for_pending'],
    [
      { status: 'succeeded', failureReason: 'declined' },
      'failureReason goes with the status failed',
    ],
    [{ status: 'failed', reason: 'declined' }, 'unknown part of the end of a refund: reason'],
    [{ status: 'canceled' }, "has a status of succeeded: it can't become canceled"],
    [{ status: 'succeeded' }, "has a status of succeeded: it can't become succeeded"],
  ])('%j is refused: %s', async (end, sentence) => {
    const { sandbox, stripe } = await openSandbox();
    const intent = await take(stripe);
    const { id } = await stripe.refunds.create({ payment_intent: intent });
    expect(() => sandbox.refunds.end(id, end as RefundEnd)).toThrow(sentence);
    const answer = await control(sandbox.url, `POST /refunds/${id}`, end);
    expect(answer.status).toBe(400);
    expect(answer.body.error).toContain(sentence);
    expect((await stripe.refunds.retrieve(id)).status).toBe('succeeded');
  });

  it('needs a refund that is there', async () => {
    const { sandbox } = await openSandbox();
    const end = { status: 'failed' } as const;
    expect(() => sandbox.refunds.end('re_none', end)).toThrow("No such refund: 're_none'");
    const answer = await control(sandbox.url, 'POST /refunds/re_none', end);
    expect(answer).toEqual({ status: 404, body: { error: "No such refund: 're_none'" } });
  });

  it('is decided later or now, and nothing else', async () => {
    const { sandbox } = await openSandbox();
    const answer = await control(sandbox.url, 'PUT /refunds', { later: 'no' });
    expect(answer).toEqual({
      status: 400,
      body: { error: 'the body: later must be true or false' },
    });
  });
});
