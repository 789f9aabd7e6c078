import { decideRevert, type Refusal } from '@campusg-pay/core';
import { CARDS, memorySystem, until } from '@campusg-pay/core/testing';
import { describe, expect, it } from 'vitest';
import { at, held } from '../../testing/samples.js';
import { ALL_SITUATIONS, SITUATIONS, type Situation } from '../situations.js';

const order = { orderId: 'order-1' };
const revert = { payment: order, reason: 'changed my mind', correlationId: 'revert-1' };
const release = { payment: order, runnerId: 'runner-1', correlationId: 'release-1' };

type Expected = 'void' | 'refund' | 'remember' | 'nothing' | Refusal['type'];

/** What a revert means in every situation. */
const DECISIONS: Readonly<Record<Situation, Expected>> = {
  asking: 'remember',
  'asking, to be reverted then': 'nothing',
  'known, nothing owed': 'void',
  'known, to be reverted': 'void',
  'waiting for the customer': 'void',
  'canceled after a decline': 'OperationInProgress',
  'canceled on request': 'nothing',
  held: 'void',
  'held, and told that it lapses soon': 'void',
  capturing: 'OperationInProgress',
  'capturing before the hold lapses': 'OperationInProgress',
  voiding: 'nothing',
  released: 'refund',
  'released by somebody else': 'refund',
  'captured before the hold lapsed': 'refund',
  refunding: 'nothing',
  'refund pending': 'nothing',
  disputed: 'Disputed',
  voided: 'nothing',
  lapsed: 'nothing',
  canceled: 'nothing',
  refunded: 'nothing',
  failed: 'WrongStatus',
  'failed without an intent': 'WrongStatus',
};

const LOST = { type: 'answer_lost' } as const;

describe('deciding a revert', () => {
  it.each(ALL_SITUATIONS)('of a payment that is %s', (situation) => {
    const payment = SITUATIONS[situation]();
    const decided = decideRevert(payment, { reason: 'changed my mind' }, at());
    const said = decided.match(
      (steps) => {
        // A refund is written down with its call.
        const step = steps.find(({ type }) => type !== 'refund_requested');
        if (step?.type === 'revert_requested') return 'remember';
        return step?.type === 'operation_opened' ? step.operation.kind : 'nothing';
      },
      (refusal) => refusal.type,
    );
    expect(said).toBe(DECISIONS[situation]);
    if (decided.isErr()) expect(decided.error).toMatchObject({ status: payment.status });
  });

  it('of a payment nobody has is refused', () => {
    const decided = decideRevert(null, { reason: null }, at());
    expect(decided._unsafeUnwrapErr()).toEqual({ type: 'PaymentNotFound' });
  });

  it('keeps the reason and the correlation id with the call', () => {
    const context = at(undefined, { correlationId: 'revert-1' });
    const decided = decideRevert(held(), { reason: 'changed my mind' }, context);
    expect(decided._unsafeUnwrap()).toMatchObject([
      {
        type: 'operation_opened',
        operation: {
          kind: 'void',
          key: context.operationKey,
          correlationId: 'revert-1',
          params: { purpose: 'revert', reason: 'changed my mind' },
        },
      },
    ]);
  });
});

describe('a revert', () => {
  it('of a hold lets it go', async () => {
    const { escrow, gateway, authorizing } = memorySystem();
    await escrow.authorize(authorizing());
    const answer = (await escrow.revert(revert))._unsafeUnwrap();
    expect(answer).toMatchObject({
      outcome: 'done',
      payment: { status: 'REVERTED', revertMethod: 'voided', reason: 'changed my mind' },
    });
    expect(gateway.intents()).toMatchObject([
      { status: 'canceled', cancellationReason: 'requested_by_customer', captures: 0, voids: 1 },
    ]);
  });

  it('of a release gives all of it back', async () => {
    const { escrow, gateway, authorizing } = memorySystem();
    await escrow.authorize(authorizing());
    await escrow.release(release);
    const { payment } = (await escrow.revert(revert))._unsafeUnwrap();
    expect(payment).toMatchObject({
      status: 'REVERTED',
      revertMethod: 'refunded',
      reason: 'changed my mind',
      runnerId: 'runner-1',
      receivedMinor: 2098,
    });
    expect(gateway.intents()).toMatchObject([{ refunds: 1, refundedMinor: 2098 }]);
  });

  it('of a payment that waits for the customer cancels it', async () => {
    const { escrow, gateway, authorizing } = memorySystem();
    await escrow.authorize(authorizing({ paymentMethodId: CARDS.needsAuthentication }));
    const { payment } = (await escrow.revert(revert))._unsafeUnwrap();
    expect(payment).toMatchObject({ status: 'REVERTED', revertMethod: 'canceled' });
    expect(gateway.intents()).toMatchObject([{ status: 'canceled', holds: 0 }]);
  });

  it('repeated answers the same and asks Stripe nothing', async () => {
    const { escrow, gateway, authorizing } = memorySystem();
    await escrow.authorize(authorizing());
    const first = await escrow.revert(revert);
    const calls = gateway.calls.length;
    expect(await escrow.revert({ ...revert, reason: null })).toEqual(first);
    expect(gateway.calls).toHaveLength(calls);
  });

  it('of a hold that is gone is done, though a person looks at the payment for another reason', async () => {
    const { escrow, gateway, authorizing } = memorySystem();
    await escrow.authorize(authorizing());
    const [webhook] = gateway.webhooks;
    if (webhook?.report.type !== 'intent') throw new Error('no webhook');
    const intent = { ...webhook.report.intent, amountMinor: 1 };
    await escrow.report({ ...webhook, report: { ...webhook.report, intent } });
    await escrow.revert(revert);
    const again = (await escrow.revert(revert))._unsafeUnwrap();
    expect(again).toMatchObject({ outcome: 'done', payment: { status: 'REVERTED' } });
    expect(again.payment.review).not.toBeNull();
  });

  it('of an order nobody paid for, or whose payment failed, is refused', async () => {
    const { escrow, authorizing } = memorySystem();
    expect((await escrow.revert(revert))._unsafeUnwrapErr()).toEqual({ type: 'PaymentNotFound' });
    await escrow.authorize(authorizing({ paymentMethodId: CARDS.declined }));
    const refused = (await escrow.revert(revert))._unsafeUnwrapErr();
    expect(refused).toEqual({ type: 'WrongStatus', status: 'FAILED' });
  });

  it('that Stripe refuses changes nothing', async () => {
    const { escrow, gateway, authorizing } = memorySystem();
    await escrow.authorize(authorizing());
    gateway.befall('void', { type: 'refuse', detail: 'account_frozen' });
    const refused = (await escrow.revert(revert))._unsafeUnwrapErr();
    expect(refused).toMatchObject({ type: 'GatewayRefused', status: 'AUTHORIZED' });
    expect((await escrow.revert(revert))._unsafeUnwrap().outcome).toBe('done');
  });

  it('of what somebody captured at Stripe tells it, marks it, and refunds when repeated', async () => {
    const { escrow, gateway, authorizing } = memorySystem();
    await escrow.authorize(authorizing());
    gateway.dashboard.capture('pi_1');
    const refused = (await escrow.revert(revert))._unsafeUnwrapErr();
    expect(refused).toMatchObject({ type: 'GatewayRefused', status: 'RELEASED' });
    expect((await escrow.find(order))._unsafeUnwrap()).toMatchObject({
      status: 'RELEASED',
      runnerId: null,
      review: 'captured outside this service',
    });
    const { payment } = (await escrow.revert(revert))._unsafeUnwrap();
    expect(payment).toMatchObject({ status: 'REVERTED', revertMethod: 'refunded' });
  });

  it('of a part that somebody captured at Stripe tells how much, and refunds that', async () => {
    const { escrow, gateway, authorizing } = memorySystem();
    await escrow.authorize(authorizing());
    gateway.dashboard.capture('pi_1', 1000);
    await escrow.revert(revert);
    expect((await escrow.find(order))._unsafeUnwrap()).toMatchObject({
      status: 'RELEASED',
      receivedMinor: 1000,
      review: '1000 of 2098 minor units were captured outside this service',
    });
    await escrow.revert(revert);
    expect(gateway.intents()).toMatchObject([{ receivedMinor: 1000, refundedMinor: 1000 }]);
  });

  it('after somebody refunded a part at Stripe gives back the rest', async () => {
    const { escrow, gateway, authorizing } = memorySystem();
    await escrow.authorize(authorizing());
    await escrow.release(release);
    gateway.dashboard.refund('pi_1', 1000);
    expect((await escrow.revert(revert))._unsafeUnwrap().outcome).toBe('done');
    expect(gateway.intents()).toMatchObject([{ refunds: 2, refundedMinor: 2098 }]);
  });

  it('lets the order be paid again, and its history stays', async () => {
    const { escrow, authorizing } = memorySystem();
    const first = (await escrow.authorize(authorizing()))._unsafeUnwrap().payment;
    await escrow.revert(revert);
    const second = (await escrow.authorize(authorizing()))._unsafeUnwrap().payment;
    expect(second).toMatchObject({ status: 'AUTHORIZED', attempt: 2 });
    expect((await escrow.find(order))._unsafeUnwrap()).toEqual(second);
    const old = await escrow.find({ paymentId: first.id });
    expect(old._unsafeUnwrap().status).toBe('REVERTED');
    const history = (await escrow.history(first.id))._unsafeUnwrap();
    expect(history.map(({ event }) => event.type)).toEqual(['authorized', 'reverted']);
  });
});

describe('a revert while the hold is being asked for', () => {
  it('is remembered and carried out after it', async () => {
    const { escrow, gateway, store, authorizing } = memorySystem();
    gateway.befall('authorize', { type: 'late', afterMs: 1000 });
    const authorizes = escrow.authorize(authorizing());
    await until(() => gateway.calls.includes('authorize'));
    const reverts = escrow.revert(revert);
    expect((await reverts)._unsafeUnwrap()).toMatchObject({
      outcome: 'done',
      payment: { status: 'REVERTED', revertMethod: 'canceled', reason: 'changed my mind' },
    });
    expect((await authorizes)._unsafeUnwrapErr()).toEqual({
      type: 'OvertakenByAnother',
      status: 'REVERTED',
    });
    expect(gateway.intents()).toMatchObject([{ status: 'canceled', holds: 1, voids: 1 }]);
    expect(store.outbox).toMatchObject([{ status: 'REVERTED', correlationId: 'revert-1' }]);
  });

  it('asked for many times is carried out once', async () => {
    const { escrow, gateway, store, authorizing } = memorySystem();
    gateway.befall('authorize', { type: 'late', afterMs: 1000 });
    const authorizes = escrow.authorize(authorizing());
    await until(() => gateway.calls.includes('authorize'));
    const reverts = await Promise.all(Array.from({ length: 10 }, () => escrow.revert(revert)));
    await authorizes;
    expect(reverts.map((one) => one._unsafeUnwrap().outcome)).toEqual(Array(10).fill('done'));
    expect(gateway.intents()).toMatchObject([{ voids: 1 }]);
    const [payment] = store.payments();
    const asked = store.journal(payment?.id ?? '').map(({ operation }) => operation.correlationId);
    expect(asked).toEqual(['authorize-1', revert.correlationId]);
  });

  it('is told "processing" when that takes too long, and is carried out all the same', async () => {
    const { escrow, gateway, authorizing } = memorySystem({ settings: { waitMs: 500 } });
    gateway.befall('authorize', { type: 'late', afterMs: 5000 });
    const authorizes = escrow.authorize(authorizing());
    await until(() => gateway.calls.includes('authorize'));
    expect((await escrow.revert(revert))._unsafeUnwrap().outcome).toBe('processing');
    await authorizes;
    expect((await escrow.find(order))._unsafeUnwrap().status).toBe('REVERTED');
  });

  it('that ends in a decline is a revert still: there is nothing to pay', async () => {
    const { escrow, gateway, authorizing } = memorySystem();
    gateway.befall('authorize', { type: 'decline', afterMs: 1000 });
    const authorizes = escrow.authorize(authorizing());
    await until(() => gateway.calls.includes('authorize'));
    expect((await escrow.revert(revert))._unsafeUnwrap().payment.status).toBe('REVERTED');
    expect((await authorizes)._unsafeUnwrapErr().type).toBe('OvertakenByAnother');
    expect(gateway.intents()).toMatchObject([{ status: 'canceled', holds: 0 }]);
  });

  it('that Stripe would not make finds nothing to give back', async () => {
    const { escrow, gateway, store, authorizing } = memorySystem();
    gateway.befall('authorize', { type: 'refuse', detail: 'account_frozen', afterMs: 1000 });
    const authorizes = escrow.authorize(authorizing());
    await until(() => gateway.calls.includes('authorize'));
    const refused = (await escrow.revert(revert))._unsafeUnwrapErr();
    expect(refused).toMatchObject({ type: 'GatewayUnavailable', executed: 'no' });
    expect((await escrow.revert(revert))._unsafeUnwrapErr()).toEqual({ type: 'PaymentNotFound' });
    expect((await authorizes)._unsafeUnwrapErr().type).toBe('HoldRejected');
    expect([gateway.intents(), store.payments()]).toEqual([[], []]);
  });

  it('that is withdrawn, and asked for again under its id, is not promised for the new one', async () => {
    const { escrow, gateway, authorizing } = memorySystem();
    const once = { paymentId: 'once', onceOnly: true };
    gateway.befall('authorize', { type: 'unreachable', afterMs: 1000 }, null);
    const first = escrow.authorize(authorizing({ ...once, correlationId: 'first' }));
    await until(() => gateway.calls.includes('authorize'));
    const reverts = escrow.revert(revert);
    expect((await first)._unsafeUnwrapErr()).toMatchObject({ executed: 'no' });
    gateway.befall('capture', { type: 'late', afterMs: 60_000 });
    const again = await escrow.authorize(authorizing({ ...once, correlationId: 'again' }));
    expect(again._unsafeUnwrap()).toMatchObject({ outcome: 'done', payment: { id: 'once' } });
    const releases = escrow.release(release);
    // Nothing was given back, and nothing will be: whoever wants that asks again.
    expect((await reverts)._unsafeUnwrapErr()).toMatchObject({
      type: 'GatewayUnavailable',
      executed: 'no',
    });
    expect((await releases)._unsafeUnwrap().outcome).toBe('done');
  });

  it('whose answer was lost is carried out once the hold is found again', async () => {
    const { escrow, gateway, clock, authorizing } = memorySystem({ settings: { waitMs: 500 } });
    gateway.befall('authorize', LOST, LOST);
    await escrow.authorize(authorizing());
    expect((await escrow.revert(revert))._unsafeUnwrap().outcome).toBe('processing');
    await clock.advance(31_000);
    await escrow.resume(10);
    expect((await escrow.find(order))._unsafeUnwrap().status).toBe('REVERTED');
    expect(gateway.intents()).toMatchObject([{ status: 'canceled', holds: 1, voids: 1 }]);
  });

  it('is told "processing" while Stripe does not know yet what becomes of the hold', async () => {
    const { escrow, gateway, authorizing } = memorySystem();
    gateway.befall('authorize', LOST, { ...LOST, afterMs: 1000 });
    await escrow.authorize(authorizing());
    const reverts = escrow.revert(revert);
    const [webhook] = gateway.webhooks;
    if (webhook?.report.type !== 'intent') throw new Error('no webhook');
    const intent = { ...webhook.report.intent, status: 'processing' } as const;
    await escrow.report({ ...webhook, report: { ...webhook.report, intent } });
    expect((await reverts)._unsafeUnwrap()).toMatchObject({
      outcome: 'processing',
      payment: { status: 'INITIATING', operation: null },
    });
    await escrow.check(order);
    expect((await escrow.find(order))._unsafeUnwrap().status).toBe('REVERTED');
  });

  it('answers the revert under its own id when the intent was canceled before we knew it', async () => {
    const { escrow, gateway, store, clock, authorizing } = memorySystem({
      settings: { waitMs: 500 },
    });
    gateway.befall('authorize', LOST, LOST);
    await escrow.authorize(authorizing());
    await escrow.revert(revert);
    gateway.dashboard.cancel('pi_1');
    await clock.advance(31_000);
    const [, canceled] = gateway.webhooks;
    if (canceled !== undefined) await escrow.report(canceled);
    expect(store.outbox).toMatchObject([{ status: 'REVERTED', correlationId: 'revert-1' }]);
  });
});
