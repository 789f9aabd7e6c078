import { decideRelease, type Refusal, runnerOf } from '@campusg-pay/core';
import { memorySystem } from '@campusg-pay/core/testing';
import { describe, expect, it } from 'vitest';
import { at, authorized, held } from '../../testing/samples.js';
import { ALL_SITUATIONS, SITUATIONS, type Situation } from '../situations.js';

const order = { orderId: 'order-1' };
const release = (runnerId = 'runner-1') => ({
  payment: order,
  runnerId,
  correlationId: `release-${runnerId}`,
});

type Expected = 'capture' | 'runner_named' | 'nothing' | Refusal['type'];

/** What a release for runner-1 means in every situation. */
const DECISIONS: Readonly<Record<Situation, Expected>> = {
  asking: 'WrongStatus',
  'asking, to be reverted then': 'WrongStatus',
  'known, nothing owed': 'WrongStatus',
  'known, to be reverted': 'WrongStatus',
  'waiting for the customer': 'WrongStatus',
  'canceled after a decline': 'WrongStatus',
  'canceled on request': 'WrongStatus',
  held: 'capture',
  'held, and told that it lapses soon': 'capture',
  capturing: 'nothing',
  'capturing before the hold lapses': 'nothing',
  voiding: 'OperationInProgress',
  released: 'nothing',
  'released by somebody else': 'NeedsReview',
  'captured before the hold lapsed': 'runner_named',
  refunding: 'OperationInProgress',
  'refund pending': 'OperationInProgress',
  disputed: 'nothing',
  voided: 'WrongStatus',
  lapsed: 'WrongStatus',
  canceled: 'WrongStatus',
  refunded: 'WrongStatus',
  failed: 'WrongStatus',
  'failed without an intent': 'WrongStatus',
};

describe('deciding a release', () => {
  it.each(ALL_SITUATIONS)('of a payment that is %s', (situation) => {
    const payment = SITUATIONS[situation]();
    const decided = decideRelease(payment, { runnerId: 'runner-1' }, at());
    const said = decided.match(
      ([step]) =>
        step?.type === 'operation_opened' ? step.operation.kind : (step?.type ?? 'nothing'),
      (refusal) => refusal.type,
    );
    expect(said).toBe(DECISIONS[situation]);
    if (decided.isErr()) expect(decided.error).toMatchObject({ status: payment.status });
  });

  it('writes the capture down with all that the call may use', () => {
    const context = at(new Date('2026-01-06T00:00:00Z'), { correlationId: 'release-1' });
    const decided = decideRelease(held(), { runnerId: 'runner-1' }, context);
    expect(decided._unsafeUnwrap()).toEqual([
      {
        type: 'operation_opened',
        operation: {
          kind: 'capture',
          params: { runnerId: 'runner-1' },
          key: context.operationKey,
          openedAt: context.now,
          attempts: 1,
          resting: false,
          leaseUntil: new Date('2026-01-06T00:00:30Z'),
          correlationId: 'release-1',
        },
      },
    ]);
  });

  it('refuses in a fixed order: missing, wrong status, conflicting detail, expired', () => {
    const after = new Date('2027-01-01T00:00:00Z');
    const refusal = (situation: Situation | null, runnerId: string) =>
      decideRelease(
        situation && SITUATIONS[situation](),
        { runnerId },
        at(after),
      )._unsafeUnwrapErr().type;
    expect(refusal(null, 'another')).toBe('PaymentNotFound');
    expect(refusal('refunded', 'another')).toBe('WrongStatus');
    expect(refusal('refunding', 'another')).toBe('OperationInProgress');
    expect(refusal('capturing', 'another')).toBe('Contradiction');
    expect(refusal('released', 'another')).toBe('Contradiction');
    expect(refusal('held', 'another')).toBe('HoldExpired');
  });

  it('is possible until the very moment the hold lapses', () => {
    const payment = held();
    const { captureBefore } = authorized(payment) as { captureBefore: Date };
    const decide = (ms: number) =>
      decideRelease(payment, { runnerId: 'r' }, at(new Date(captureBefore.getTime() + ms)));
    expect(decide(-1).isOk()).toBe(true);
    expect(decide(0)._unsafeUnwrapErr()).toEqual({
      type: 'HoldExpired',
      status: 'AUTHORIZED',
      captureBefore,
    });
  });

  it('does not depend on a time where the gateway told none', () => {
    const payment = { ...held(), captureBefore: null } as ReturnType<typeof held>;
    expect(decideRelease(payment, { runnerId: 'r' }, at(new Date('2099-01-01'))).isOk()).toBe(true);
  });
});

describe('the runner of a payment', () => {
  it.each(ALL_SITUATIONS)('that is %s', (situation) => {
    const since = ['capturing', 'released', 'refunding', 'refund pending', 'disputed', 'refunded'];
    const runner = since.includes(situation) ? 'runner-1' : null;
    expect(runnerOf(SITUATIONS[situation]())).toBe(runner);
  });
});

describe('a release', () => {
  it('captures the whole amount for the runner, once', async () => {
    const { escrow, gateway, authorizing } = memorySystem();
    await escrow.authorize(authorizing());
    const answer = (await escrow.release(release()))._unsafeUnwrap();
    expect(answer).toMatchObject({
      outcome: 'done',
      payment: { status: 'RELEASED', runnerId: 'runner-1', receivedMinor: 2098, operation: null },
    });
    expect(gateway.intents()).toMatchObject([{ status: 'succeeded', captures: 1, voids: 0 }]);
  });

  it('repeated answers the same and asks Stripe nothing', async () => {
    const { escrow, gateway, authorizing } = memorySystem();
    await escrow.authorize(authorizing());
    const first = await escrow.release(release());
    const calls = gateway.calls.length;
    expect(await escrow.release(release())).toEqual(first);
    expect(gateway.calls).toHaveLength(calls);
  });

  it('repeated with another runner is refused', async () => {
    const { escrow, authorizing } = memorySystem();
    await escrow.authorize(authorizing());
    await escrow.release(release());
    const refused = (await escrow.release(release('runner-2')))._unsafeUnwrapErr();
    expect(refused).toEqual({ type: 'Contradiction', status: 'RELEASED', field: 'runnerId' });
  });

  it('of an order nobody paid for is refused', async () => {
    const { escrow, gateway } = memorySystem();
    const refused = (await escrow.release(release()))._unsafeUnwrapErr();
    expect(refused).toEqual({ type: 'PaymentNotFound' });
    expect(gateway.calls).toEqual([]);
  });

  it('of a hold that Stripe has let lapse is told so, and the record follows', async () => {
    const { escrow, gateway, authorizing } = memorySystem();
    await escrow.authorize(authorizing());
    const [intent] = gateway.intents();
    gateway.dashboard.expire(intent?.paymentIntentId ?? '');
    const refused = (await escrow.release(release()))._unsafeUnwrapErr();
    expect(refused).toMatchObject({ type: 'HoldExpired', status: 'REVERTED' });
    expect((await escrow.find(order))._unsafeUnwrap()).toMatchObject({ revertMethod: 'expired' });
  });

  it('that Stripe refuses leaves the hold as it is, and may be tried again', async () => {
    const { escrow, gateway, store, authorizing } = memorySystem();
    const payment = (await escrow.authorize(authorizing()))._unsafeUnwrap().payment;
    gateway.befall('capture', { type: 'refuse', detail: 'account_frozen' });
    const refused = (await escrow.release(release()))._unsafeUnwrapErr();
    expect(refused).toEqual({
      type: 'GatewayRefused',
      status: 'AUTHORIZED',
      detail: 'account_frozen',
      final: false,
    });
    expect(store.journal(payment.id)[1]).toMatchObject({
      outcome: 'refused',
      detail: 'account_frozen',
    });
    expect((await escrow.release(release('runner-2')))._unsafeUnwrap().outcome).toBe('done');
  });

  it("that waited for a refused one is not told another runner's release as its own", async () => {
    const { escrow, gateway, authorizing } = memorySystem();
    await escrow.authorize(authorizing());
    gateway.befall('capture', { type: 'refuse', detail: 'account_frozen', afterMs: 15 });
    const first = escrow.release(release());
    const repeat = escrow.release(release());
    expect((await first)._unsafeUnwrapErr().type).toBe('GatewayRefused');
    expect((await escrow.release(release('runner-2'))).isOk()).toBe(true);
    expect((await repeat)._unsafeUnwrapErr()).toMatchObject({ type: 'Contradiction' });
  });

  it('of a hold that somebody canceled at Stripe is refused, and the record follows', async () => {
    const { escrow, gateway, authorizing } = memorySystem();
    await escrow.authorize(authorizing());
    gateway.dashboard.cancel('pi_1');
    const refused = (await escrow.release(release()))._unsafeUnwrapErr();
    expect(refused).toMatchObject({ type: 'WrongStatus', status: 'REVERTED' });
    expect((await escrow.find(order))._unsafeUnwrap()).toMatchObject({ revertMethod: 'voided' });
  });

  it('of what somebody captured at Stripe is done, for the runner who asked', async () => {
    const { escrow, gateway, authorizing } = memorySystem();
    await escrow.authorize(authorizing());
    gateway.dashboard.capture('pi_1');
    const answer = (await escrow.release(release()))._unsafeUnwrap();
    expect(answer).toMatchObject({ outcome: 'done', payment: { runnerId: 'runner-1' } });
    expect(gateway.intents()).toMatchObject([{ captures: 1 }]);
  });

  it('of what somebody captured in part is done, and marked for a person', async () => {
    const { escrow, gateway, authorizing } = memorySystem();
    await escrow.authorize(authorizing());
    gateway.dashboard.capture('pi_1', 1000);
    const { payment } = (await escrow.release(release()))._unsafeUnwrap();
    expect(payment).toMatchObject({
      status: 'RELEASED',
      receivedMinor: 1000,
      review: '1000 of 2098 minor units were captured',
    });
  });
});
