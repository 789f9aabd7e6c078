import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import type { DisputeChange, DisputeStatus, NewDispute } from '../src/index.js';
import { control, eventTypes, hold, openSandbox, plain, take } from './support.js';

async function disputeEvents(stripe: Stripe): Promise<string[]> {
  const types = await eventTypes(stripe);
  const prefix = 'charge.dispute.';
  return types.filter((type) => type.startsWith(prefix)).map((type) => type.slice(prefix.length));
}

describe('a dispute that a test begins', () => {
  it('is of all that was captured, fraudulent, and needs a response', async () => {
    const { sandbox, stripe } = await openSandbox();
    const { id } = await hold(stripe);
    await stripe.paymentIntents.capture(id, { amount_to_capture: 1500 });
    const opened = sandbox.disputes.open({ payment_intent: id });
    expect(opened).toMatchObject({
      amount: 1500,
      reason: 'fraudulent',
      status: 'needs_response',
      payment_method_details: { card: { brand: 'visa', case_type: 'chargeback' } },
    });
    expect(await plain(stripe.disputes.retrieve(opened.id))).toEqual(opened);
    expect(sandbox.ledger().disputes).toEqual([opened]);
    expect(sandbox.counts().disputes).toBe(1);
    expect(await disputeEvents(stripe)).toEqual(['created', 'funds_withdrawn']);
  });

  it('is as the test says, over HTTP too', async () => {
    const { sandbox, stripe } = await openSandbox();
    const intent = await take(stripe);
    const { latest_charge: charge } = await stripe.paymentIntents.retrieve(intent);
    const wish = { charge, amount: 98, reason: 'duplicate', status: 'warning_under_review' };
    const { status, body } = await control(sandbox.url, 'POST /disputes', wish);
    expect(status).toBe(200);
    expect(body).toMatchObject({ object: 'dispute', payment_intent: intent, ...wish });
    expect(body).toMatchObject({ payment_method_details: { card: { case_type: 'inquiry' } } });
    expect(await disputeEvents(stripe)).toEqual(['created']);
  });

  it('is not the only one that a charge can have', async () => {
    const { sandbox, stripe } = await openSandbox();
    const payment_intent = await take(stripe);
    sandbox.disputes.open({ payment_intent, amount: 98 });
    sandbox.disputes.open({ payment_intent, amount: 2000 });
    expect(sandbox.ledger().disputes.map(({ amount }) => amount)).toEqual([98, 2000]);
  });

  it.each<[unknown, string]>([
    [{}, 'a dispute: give charge or payment_intent, one of them'],
    [{ charge: 'ch_1', payment_intent: 'pi_1' }, 'a dispute: give charge or payment_intent, one'],
    [{ payment_intent: 'pi_none' }, "No such payment_intent: 'pi_none'"],
    [{ charge: 'ch_none' }, "No such charge: 'ch_none'"],
    [{ payment_intent: 7 }, 'a dispute: payment_intent must be text'],
    [{ payment_intent: 'pi_held', amount: 0 }, 'amount must be a whole number, 1 or more'],
    [{ payment_intent: 'pi_held', reason: 'regret' }, 'reason must be bank_cannot_process or'],
    [{ payment_intent: 'pi_held', status: 'open' }, 'status must be warning_needs_response or'],
    [{ payment_intent: 'pi_held', metadata: {} }, 'unknown part of a dispute: metadata'],
    [{ payment_intent: 'pi_held' }, 'a dispute needs a charge that was captured'],
  ])('%j is refused: %s', async (wish, sentence) => {
    const { sandbox } = await openSandbox();
    sandbox.seed([
      {
        id: 'pi_held',
        created: 1_800_000_000,
        status: 'requires_capture',
        amount: 2098,
        currency: 'usd',
        customer: null,
        metadata: {},
      },
    ]);
    expect(() => sandbox.disputes.open(wish as NewDispute)).toThrow(sentence);
    const answer = await control(sandbox.url, 'POST /disputes', wish);
    expect(answer.status).toBe(400);
    expect(answer.body.error).toContain(sentence);
    expect(sandbox.counts()).toMatchObject({ disputes: 0, events: 0 });
  });
});

describe('a dispute', () => {
  it.each<[DisputeStatus, readonly DisputeStatus[], readonly string[], number]>([
    ['needs_response', ['under_review', 'won'], ['updated', 'closed', 'funds_reinstated'], 2098],
    ['needs_response', ['under_review', 'lost'], ['updated', 'closed'], 0],
    ['lost', ['appeal_under_review', 'won'], ['updated', 'closed', 'funds_reinstated'], 2098],
    ['won', ['lost'], ['closed', 'funds_withdrawn'], 0],
    ['warning_needs_response', ['warning_closed'], ['closed'], 2098],
    ['warning_needs_response', ['needs_response'], ['updated', 'funds_withdrawn'], 0],
    ['warning_under_review', ['prevented'], ['closed'], 2098],
  ])('that was %s becomes %j: %j, and %d is left', async (status, then, events, left) => {
    const { sandbox, stripe } = await openSandbox();
    const { id } = sandbox.disputes.open({ payment_intent: await take(stripe), status });
    const before = (await disputeEvents(stripe)).length;
    for (const next of then) {
      const changed = sandbox.disputes.update(id, { status: next });
      expect(changed).toMatchObject({ id, status: next });
      expect(await plain(stripe.disputes.retrieve(id))).toEqual(changed);
    }
    expect((await disputeEvents(stripe)).slice(before)).toEqual(events);
    expect((await stripe.balance.retrieve()).available).toMatchObject([{ amount: left }]);
    expect((await stripe.charges.list()).data).toMatchObject([{ disputed: true }]);
  });

  it('is changed over HTTP, and the event tells what it was', async () => {
    const { sandbox, stripe } = await openSandbox();
    const { id } = sandbox.disputes.open({ payment_intent: await take(stripe) });
    const answer = await control(sandbox.url, `POST /disputes/${id}`, { status: 'under_review' });
    expect(answer).toMatchObject({ status: 200, body: { id, status: 'under_review' } });
    const [event] = (await stripe.events.list({ type: 'charge.dispute.updated' })).data;
    expect(event?.data).toMatchObject({
      object: { id, object: 'dispute', status: 'under_review' },
      previous_attributes: { status: 'needs_response' },
    });
  });

  it.each<[string, unknown, number, string]>([
    ['the same', { status: 'needs_response' }, 400, 'has a status of needs_response already'],
    ['an unknown', { status: 'over' }, 400, 'the change of a dispute: status must be warning_'],
    ['no', {}, 400, 'the change of a dispute: status must be warning_'],
    ['more than a', { status: 'won', amount: 1 }, 400, 'unknown part of the change of a dispute'],
  ])('is refused %s status', async (_which, change, status, sentence) => {
    const { sandbox, stripe } = await openSandbox();
    const { id } = sandbox.disputes.open({ payment_intent: await take(stripe) });
    expect(() => sandbox.disputes.update(id, change as DisputeChange)).toThrow(sentence);
    const answer = await control(sandbox.url, `POST /disputes/${id}`, change);
    expect(answer.status).toBe(status);
    expect(answer.body.error).toContain(sentence);
    expect((await stripe.disputes.retrieve(id)).status).toBe('needs_response');
  });

  it('that is not there is not changed', async () => {
    const { sandbox } = await openSandbox();
    const sentence = "No such dispute: 'du_none'";
    expect(() => sandbox.disputes.update('du_none', { status: 'won' })).toThrow(sentence);
    const answer = await control(sandbox.url, 'POST /disputes/du_none', { status: 'won' });
    expect(answer).toEqual({ status: 404, body: { error: sentence } });
  });
});
