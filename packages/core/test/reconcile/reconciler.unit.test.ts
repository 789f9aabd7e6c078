import {
  type Discrepancy,
  discrepancyKey,
  type IntentStatus,
  judge,
  NOTHING_TAKEN,
  type Operation,
  type OurSide,
  type Pair,
  type Payment,
  type TheirSide,
} from '@campusg-pay/core';
import { CARDS, INSTALLATION as installation, memorySystem } from '@campusg-pay/core/testing';
import { describe, expect, it } from 'vitest';

const HOUR_MS = 3_600_000;
const late = { waitsAfterMs: HOUR_MS, debtAfterMs: HOUR_MS };
const quarter = HOUR_MS / 4;
const policy = {
  warnMs: 24 * HOUR_MS,
  stuckAfterMs: quarter,
  unpublishedAfterMs: quarter,
  ...late,
};
const order = { orderId: 'order-1' };

/** A system with one payment, and what both sides have of it. */
async function situation(paymentMethodId: string = CARDS.good) {
  const system = memorySystem();
  await system.escrow.authorize(system.authorizing({ ...order, paymentMethodId }));
  const { escrow, gateway, clock } = system;
  const sides = async (): Promise<{ ours: OurSide; theirs: TheirSide }> => {
    const payment = (await escrow.find(order))._unsafeUnwrap();
    const entries = (await escrow.history(payment.id))._unsafeUnwrap();
    const history = entries.map(({ version, event: { type } }) => ({ version, type }));
    const to = new Date(clock.now().getTime() + 1000);
    const listed = await gateway.listIntents({ from: new Date(0), to, after: null });
    const [theirs] = listed._unsafeUnwrap().items;
    if (theirs === undefined) throw new Error('nothing at the gateway');
    return {
      ours: { payment, history, liveOfOrder: 1, waitingSince: null, transferAt: null, debts: [] },
      theirs,
    };
  };
  const judged = async (change: (pair: Extract<Pair, { kind: 'both' }>) => Pair = (same) => same) =>
    judge(change({ kind: 'both', ...(await sides()) }), { now: clock.now(), installation, policy });
  const release = () =>
    escrow.release({ payment: order, runnerId: 'runner-1', correlationId: 'release-1' });
  const revert = () => escrow.revert({ payment: order, reason: null, correlationId: 'revert-1' });
  return {
    ...system,
    sides,
    judged,
    release,
    revert,
    ask: async () => (await sides()).theirs.intent,
  };
}

const brief = ({ type, severity, repair }: Discrepancy) => [type, severity, repair?.type ?? null];

describe('what every way of a payment leaves behind', () => {
  it('is no drift', async () => {
    const held = await situation();
    expect(await held.judged()).toEqual([]);
    await held.release();
    expect(await held.judged()).toEqual([]);
    await held.revert();
    expect(await held.judged()).toEqual([]);
    const voided = await situation();
    await voided.revert();
    expect(await voided.judged()).toEqual([]);
    for (const card of [CARDS.declined, CARDS.needsAuthentication])
      expect(await (await situation(card)).judged()).toEqual([]);
  });

  it('is none either while its lease holder is at work', async () => {
    const system = await situation();
    system.gateway.befall('capture', { type: 'answer_lost' });
    await system.release();
    expect((await system.ask()).status).toBe('succeeded');
    expect(await system.judged()).toEqual([]);
    await system.clock.advance(HOUR_MS);
    expect((await system.judged()).map(brief)).toEqual([['status_differs', 'serious', 'report']]);
  });
});

describe('what a record has not heard', () => {
  it('is told with what the record becomes by it', async () => {
    const system = await situation();
    const { paymentIntentId } = await system.ask();
    system.gateway.dashboard.capture(paymentIntentId);
    expect(await system.judged()).toMatchObject([
      { type: 'status_differs', becomes: 'RELEASED', atRisk: { amountMinor: 2098 } },
    ]);
    system.gateway.dashboard.refund(paymentIntentId);
    expect(await system.judged()).toMatchObject([{ becomes: 'REVERTED' }]);
  });

  it('is for a person once the record is marked with it', async () => {
    const system = await situation();
    await system.release();
    system.gateway.dashboard.refund((await system.ask()).paymentIntentId, 300);
    const [discrepancy] = await system.judged();
    expect(discrepancy).toMatchObject({ type: 'refund_differs', repair: { type: 'report' } });
    const pair: Pair = { kind: 'both', ...(await system.sides()) };
    if (discrepancy === undefined) throw new Error('nothing found');
    expect((await system.escrow.repair({ pair, discrepancy }))._unsafeUnwrap()).toBe('done');
    expect((await system.judged()).map(brief)).toEqual([['refund_differs', 'serious', null]]);
  });
});

describe('a hold near its end', () => {
  it('is a notice a day before, and a discrepancy once it is past', async () => {
    const system = await situation();
    await system.clock.advance(6 * 24 * HOUR_MS - 1);
    expect(await system.judged()).toEqual([]);
    await system.clock.advance(1);
    expect((await system.judged()).map(brief)).toEqual([['hold_expiring', 'notice', null]]);
    const { theirs } = await system.sides();
    await system.clock.advance(2 * 24 * HOUR_MS);
    const still = await system.judged((pair) => ({ ...pair, theirs }));
    expect(still.map(brief)).toEqual([['hold_expired', 'serious', null]]);
    expect((await system.judged()).map(brief)).toEqual([['hold_expired', 'serious', 'report']]);
  });
});

describe('a record that contradicts itself', () => {
  it('is no ground to cancel a hold on', async () => {
    const system = await situation();
    const { payment } = (await system.sides()).ours;
    // As if somebody had written REVERTED over it: by that alone the hold is a stray.
    const over = { ...NOTHING_TAKEN, status: 'REVERTED', revertMethod: 'voided' };
    const forged = { ...payment, ...over } as unknown as Payment;
    const found = await system.judged((pair) => ({
      ...pair,
      ours: { ...pair.ours, payment: forged },
    }));
    expect(found.map(brief)).toEqual([['invariant_broken', 'critical', 'mark_for_review']]);
  });
});

describe('a PaymentIntent that nobody has', () => {
  it('is told while it is alive, and never canceled', async () => {
    const { theirs } = await (await situation()).sides();
    const found = judge(
      { kind: 'theirs', theirs, by: 'metadata' },
      { now: new Date(), installation, policy },
    );
    expect(found.map(brief)).toEqual([['intent_unknown', 'serious', null]]);
    const over = { ...theirs, intent: { ...theirs.intent, status: 'canceled' as const } };
    expect(
      judge(
        { kind: 'theirs', theirs: over, by: 'metadata' },
        { now: new Date(), installation, policy },
      ),
    ).toEqual([]);
  });
});

describe('a second PaymentIntent', () => {
  const second = (theirs: TheirSide): TheirSide => ({
    ...theirs,
    intent: { ...theirs.intent, paymentIntentId: 'pi_second' },
  });
  const judgeSecond = async (change: (own: TheirSide) => TheirSide | null) => {
    const system = await situation();
    const { ours, theirs } = await system.sides();
    const pair: Pair = { kind: 'second', ours, theirs: second(theirs), own: change(theirs) };
    return { system, pair, found: judge(pair, { now: system.clock.now(), installation, policy }) };
  };

  it('is let go only while the own one lives', async () => {
    const twice = await judgeSecond((own) => own);
    expect(twice.found.map(brief)).toEqual([['duplicate_hold', 'critical', 'cancel_stray']]);
    expect(twice.found[0]?.repair).toMatchObject({ givesBack: { amountMinor: 2098 } });
    const gone = await judgeSecond(() => null);
    expect(gone.found.map(brief)).toEqual([['intent_unknown', 'critical', 'mark_for_review']]);
  });

  it('is not canceled if Stripe does not have it as a hold when it comes to that', async () => {
    const { system, pair, found } = await judgeSecond((own) => own);
    const [discrepancy] = found;
    if (discrepancy === undefined) throw new Error('nothing found');
    expect((await system.escrow.repair({ pair, discrepancy }))._unsafeUnwrap()).toBe('changed');
    expect(system.gateway.calls).not.toContain('cancelOrphan');
  });
});

const STATUSES: IntentStatus[] = [
  'requires_payment_method',
  'requires_confirmation',
  'requires_action',
  'processing',
  'requires_capture',
  'succeeded',
  'canceled',
  'unknown',
];

/** Everything that two sides can say, combined. */
function* combinations(sources: readonly { ours: OurSide; theirs: TheirSide }[]): Generator<{
  readonly pair: Pair;
  readonly most: number;
}> {
  for (const both of sources)
    for (const intent of intents())
      for (const kind of [null, 'authorize', 'capture', 'void', 'refund'] as const)
        for (const review of [null, 'somebody looks'])
          for (const history of [both.ours.history, []])
            for (const form of ['both', 'second', 'guess', 'ours'] as const) {
              const theirs = { ...both.theirs, intent: { ...both.theirs.intent, ...intent } };
              const operation = owed(both.ours.payment, kind);
              const payment = { ...both.ours.payment, review, operation } as Payment;
              const ours = { ...both.ours, payment, history };
              const pair = { kind: form, ours, theirs, own: both.theirs, missing: true } as Pair;
              yield { pair, most: Math.max(intent.amountMinor, intent.receivedMinor) };
            }
}

function* intents() {
  for (const status of STATUSES)
    for (const amountMinor of [2098])
      for (const receivedMinor of [0, 1000, 2098])
        for (const refundedMinor of [null, 0, 500, 2098])
          yield { status, amountMinor, receivedMinor, refundedMinor };
}

describe('whatever both sides say', () => {
  it('no repair takes money, none gives back more than there is, and each has its own key', async () => {
    const sources = await Promise.all([
      ...[CARDS.good, CARDS.declined, CARDS.needsAuthentication].map(async (card) =>
        (await situation(card)).sides(),
      ),
      released(CARDS.good),
      reverted(CARDS.good),
    ]);
    const wrong: string[] = [];
    const seen = new Set<string>();
    const context = { now: new Date('2200-01-01'), installation, policy };
    for (const { pair, most } of combinations(sources)) {
      const found = judge(pair, context);
      for (const { type, repair } of found) {
        seen.add(type);
        if (repair?.type === 'resume_operation' && !['void', 'refund'].includes(repair.kind))
          wrong.push(`${type} resumes a ${repair.kind}`);
        if ((repair?.givesBack?.amountMinor ?? 0) > most) wrong.push(`${type} gives too much`);
      }
      if (new Set(found.map(discrepancyKey)).size < found.length) wrong.push('one key for two');
    }
    expect(new Set(wrong)).toEqual(new Set());
    expect(seen.size).toBeGreaterThan(8);
  });
});

async function released(card: string) {
  const system = await situation(card);
  await system.release();
  return system.sides();
}

async function reverted(card: string) {
  const system = await situation(card);
  await system.revert();
  return system.sides();
}

/** A call that the status allows, with a lease that has run out. */
function owed({ status }: Payment, kind: Operation['kind'] | null) {
  const allowed: Partial<Record<Payment['status'], readonly string[]>> = {
    INITIATING: ['authorize', 'void'],
    AUTHORIZED: ['capture', 'void'],
    RELEASED: ['refund'],
  };
  if (kind === null || !allowed[status]?.includes(kind)) return null;
  const params = {
    purpose: 'revert',
    reason: null,
    runnerId: 'r',
    returnUrl: null,
    savePaymentMethod: false,
  };
  const openedAt = new Date('2199-01-01');
  return {
    kind,
    key: 'k',
    openedAt,
    attempts: 1,
    resting: false,
    leaseUntil: openedAt,
    correlationId: 'c',
    params,
  };
}
