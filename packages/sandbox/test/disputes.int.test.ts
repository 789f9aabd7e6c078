import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startSandbox } from '../src/index.js';
import {
  chargeOf,
  clientOf,
  eventTypes,
  hold,
  newFolder,
  openReceiver,
  openSandbox,
  plain,
  refusal,
  take,
  WEBHOOK_SECRET,
} from './support.js';

describe('a test card that disputes', () => {
  it.each([
    ['pm_card_createDispute', 'fraudulent', 'needs_response', false],
    ['pm_card_createDisputeProductNotReceived', 'product_not_received', 'needs_response', false],
    ['pm_card_createDisputeInquiry', 'fraudulent', 'warning_needs_response', true],
  ])('%s: %s, %s, a second after the capture', async (card, reason, status, refundable) => {
    const { sandbox, stripe } = await openSandbox();
    const { id } = await hold(stripe, { payment_method: card });
    await sandbox.clock.advance(60_000);
    expect(sandbox.counts().disputes).toBe(0);
    await stripe.paymentIntents.capture(id, { amount_to_capture: 1500 });
    await sandbox.clock.advance(1000);

    const charge = await chargeOf(stripe, id);
    expect(charge).toMatchObject({ disputed: true, captured: true, amount_refunded: 0 });
    const { data } = await stripe.disputes.list({ payment_intent: id });
    expect(data).toHaveLength(1);
    expect(data[0]).toMatchObject({
      id: expect.stringMatching(/^du_/),
      object: 'dispute',
      amount: 1500,
      currency: 'usd',
      charge: charge.id,
      payment_intent: id,
      reason,
      status,
      is_charge_refundable: refundable,
      balance_transactions: [],
      evidence_details: { has_evidence: false, past_due: false, submission_count: 0 },
      livemode: false,
      metadata: {},
    });
    expect(data[0]?.evidence_details.due_by).toBe((data[0]?.created ?? 0) + 7 * 86_400);
    expect((await eventTypes(stripe)).slice(5)).toEqual([
      'charge.dispute.created',
      ...(refundable ? [] : ['charge.dispute.funds_withdrawn']),
    ]);
  });

  it('does so under automatic capture too, by its number, and by itself', async () => {
    const { sandbox, stripe } = await openSandbox();
    const card = { number: '4000000000000259', exp_month: 12, exp_year: 2040, cvc: '123' };
    const method = await stripe.paymentMethods.create({ type: 'card', card });
    const intent = await hold(stripe, {
      payment_method: method.id,
      capture_method: 'automatic',
      expand: ['latest_charge'],
    });
    expect(intent.latest_charge).toMatchObject({ disputed: false });
    await expect.poll(() => sandbox.counts().disputes, { timeout: 5000 }).toBe(1);
  });

  it('does so once, over a restart', async () => {
    const dataFile = join(await newFolder(), 'sandbox.jsonl');
    const first = await startSandbox({ dataFile, now: () => new Date('2027-01-01T00:00:00Z') });
    await take(clientOf(first.url), 'pm_card_createDispute');
    await first.close();
    const second = await startSandbox({ dataFile });
    await second.clock.advance(60_000);
    const [dispute] = second.ledger().disputes;
    expect(second.counts().disputes).toBe(1);
    await second.close();
    const { sandbox, stripe } = await openSandbox({ dataFile });
    await sandbox.clock.advance(60_000);
    expect(sandbox.ledger().disputes).toEqual([dispute]);
    expect(await plain(stripe.disputes.retrieve(dispute?.id ?? ''))).toEqual(dispute);
    expect((await stripe.charges.list()).data).toMatchObject([{ disputed: true }]);
  });
});

describe('disputes', () => {
  it('are listed, newest first, by charge, payment and time, page by page', async () => {
    const { sandbox, stripe } = await openSandbox();
    const intents = [await take(stripe), await take(stripe), await take(stripe)];
    const opened = [];
    for (const payment_intent of intents) {
      opened.unshift(sandbox.disputes.open({ payment_intent }));
      await sandbox.clock.advance(10_000);
    }
    const [last, middle, first] = opened;
    const found = async (params: Parameters<typeof stripe.disputes.list>[0]) =>
      (await stripe.disputes.list(params)).data.map(({ id }) => id);
    expect(await found({})).toEqual(opened.map(({ id }) => id));
    expect(await found({ payment_intent: intents[0] ?? '' })).toEqual([first?.id]);
    expect(await found({ charge: String(middle?.charge) })).toEqual([middle?.id]);
    expect(
      await found({ charge: String(middle?.charge), payment_intent: intents[0] ?? '' }),
    ).toEqual([]);
    expect(await found({ created: { gt: middle?.created ?? 0 } })).toEqual([last?.id]);
    expect(await found({ limit: 1, starting_after: last?.id ?? '' })).toEqual([middle?.id]);
    const odd = refusal(stripe.disputes.list({ starting_after: 'du_none' }));
    expect((await odd).message).toBe("No such dispute: 'du_none'");
  });

  it('can be read with their charge and payment', async () => {
    const { sandbox, stripe } = await openSandbox();
    const intent = await take(stripe);
    await stripe.refunds.create({ payment_intent: intent, amount: 98 });
    const { id } = sandbox.disputes.open({ payment_intent: intent });
    const dispute = await stripe.disputes.retrieve(id, {
      expand: ['charge.refunds', 'payment_intent'],
    });
    expect(dispute).toMatchObject({
      charge: { object: 'charge', disputed: true, refunds: { data: [{ amount: 98 }] } },
      payment_intent: { id: intent, status: 'succeeded' },
    });
    expect(await refusal(stripe.disputes.retrieve('du_none'))).toMatchObject({
      statusCode: 404,
      code: 'resource_missing',
      param: 'dispute',
    });
  });

  it('are lost when the account closes them, once', async () => {
    const { sandbox, stripe } = await openSandbox();
    const { id } = sandbox.disputes.open({ payment_intent: await take(stripe) });
    const closed = await stripe.disputes.close(id);
    expect(closed).toMatchObject({ id, status: 'lost', is_charge_refundable: false });
    const [event] = (await stripe.events.list({ type: 'charge.dispute.closed' })).data;
    expect(event?.data).toMatchObject({
      object: { id, status: 'lost' },
      previous_attributes: { status: 'needs_response' },
    });
    const again = await refusal(stripe.disputes.close(id));
    expect(again).toMatchObject({ statusCode: 400, type: 'StripeInvalidRequestError' });
    expect(again.message).toContain('has a status of lost');
  });

  it('are told to webhooks, signed like all else', async () => {
    const receiver = await openReceiver();
    const webhook = { url: receiver.url, secret: WEBHOOK_SECRET };
    const { sandbox, stripe } = await openSandbox({ webhook });
    const { id } = sandbox.disputes.open({ payment_intent: await take(stripe) });
    await sandbox.webhooks.settled();
    const told = receiver.events.filter(({ type }) => type.startsWith('charge.dispute.'));
    expect(told.map(({ type }) => type).toSorted()).toEqual([
      'charge.dispute.created',
      'charge.dispute.funds_withdrawn',
    ]);
    expect(told[0]?.data.object).toMatchObject({ id, object: 'dispute' });
  });
});

describe('a refund of a disputed charge', () => {
  it.each(['needs_response', 'under_review', 'lost'] as const)(
    'is refused while the dispute is %s',
    async (status) => {
      const { sandbox, stripe } = await openSandbox();
      const intent = await take(stripe);
      const { is_charge_refundable, charge } = sandbox.disputes.open({
        payment_intent: intent,
        amount: 98,
        status,
      });
      expect(is_charge_refundable).toBe(false);
      const refused = await refusal(stripe.refunds.create({ payment_intent: intent, amount: 1 }));
      expect(refused).toMatchObject({ statusCode: 400, code: 'charge_disputed' });
      expect(refused.message).toBe(
        `Charge ${charge} has been charged back; cannot issue a refund.`,
      );
      expect(sandbox.counts().refunds).toBe(0);
    },
  );

  it.each(['warning_needs_response', 'warning_closed', 'won'] as const)(
    'is made while the dispute is %s',
    async (status) => {
      const { sandbox, stripe } = await openSandbox();
      const intent = await take(stripe);
      const dispute = sandbox.disputes.open({ payment_intent: intent, status });
      expect(dispute.is_charge_refundable).toBe(true);
      const refund = await stripe.refunds.create({ payment_intent: intent });
      expect(refund).toMatchObject({ status: 'succeeded', amount: 2098 });
    },
  );
});
