import type { IntentSnapshot, IntentStatus, Payment } from '@campusg-pay/core';
import { usd } from '@campusg-pay/core/testing';
import { describe, expect, it } from 'vitest';
import { asked, held } from '../../testing/samples.js';
import { both, by, captured, gist, intent, judged, MINUTE_MS, marks, record } from '../sides.js';
import { SITUATIONS, type Situation } from '../situations.js';

type Said = IntentStatus | Partial<IntentSnapshot>;

const INTENT_UNKNOWN = 'Stripe does not know the PaymentIntent; is it the right account?';

describe('a PaymentIntent that no record knows', () => {
  it.each([
    ['held', 'requires_capture', 'serious', 2098],
    ['waiting for its customer', 'requires_action', 'serious', 2098],
    ['captured', captured(), 'critical', 2098],
    ['captured, with no word of refunds', captured(null), 'critical', 2098],
    ['captured and refunded in part', captured(500), 'critical', 1598],
  ] as const)('is told, and left alone, as %s', (_, said: Said, severity, minor) => {
    const theirs = intent(held(), said);
    for (const sign of ['metadata', 'customer'] as const) {
      const found = judged({ kind: 'theirs', theirs, by: sign });
      const fact = { type: 'intent_unknown', by: sign };
      expect(gist(found)).toEqual([{ ...fact, severity, atRisk: usd(minor), repair: null }]);
    }
  });

  it('puts no money at risk that can not be named', () => {
    const theirs = intent(held(), { currency: 'XXX' });
    const found = judged({ kind: 'theirs', theirs, by: 'metadata' });
    expect(found).toMatchObject([{ severity: 'serious', atRisk: null }]);
  });

  it.each([
    ['canceled', 'canceled'],
    ['refunded', captured(2098)],
  ] as const)('is nothing once it is %s', (_, said) => {
    const theirs = intent(held(), said);
    expect(judged({ kind: 'theirs', theirs, by: 'metadata' })).toEqual([]);
  });

  it('is adopted where one record only can have meant it', () => {
    const payment = asked();
    const theirs = intent(payment, {
      origin: { installation: null, paymentId: null, orderId: null },
    });
    const found = judged({ kind: 'guess', ours: record(payment), theirs });
    const fact = { type: 'intent_unknown', by: 'customer' };
    const repair = by({ type: 'adopt' });
    expect(gist(found)).toEqual([{ ...fact, severity: 'serious', atRisk: usd(2098), repair }]);
  });
});

describe('a second PaymentIntent', () => {
  const CANCEL = { type: 'cancel_stray' } as const;
  const mark = marks('a second PaymentIntent exists: pi_second');
  const UNKNOWN = { type: 'intent_unknown', by: 'metadata' };
  const TWICE = { type: 'duplicate_hold' };
  const STRAY = { type: 'intent_stray' };
  const judgeSecond = (payment: Payment, said: Said, own: Said | null, history = {}) => {
    const facts = typeof said === 'string' ? { status: said } : said;
    const theirs = intent(payment, { ...facts, paymentIntentId: 'pi_second' });
    const theirOwn = own === null ? null : intent(payment, own);
    const ours = record(payment, history);
    return judged({ kind: 'second', ours, theirs, own: theirOwn });
  };
  const cases: [string, Situation, Said, Said | null, object, number, object | null][] = [
    ['held', 'held', 'requires_capture', 'requires_capture', TWICE, 2098, by(CANCEL, 2098)],
    ['not held yet', 'held', 'requires_action', 'requires_capture', TWICE, 2098, by(CANCEL)],
    [
      'held beside a capture',
      'released',
      'requires_capture',
      captured(),
      TWICE,
      2098,
      by(CANCEL, 2098),
    ],
    ['captured', 'held', captured(), 'requires_capture', TWICE, 2098, mark],
    ['refunded in part', 'released', captured(500), captured(), TWICE, 1598, mark],
    [
      'captured, with no word of refunds',
      'released',
      captured(null),
      captured(),
      TWICE,
      2098,
      mark,
    ],
    ['held, the own one gone', 'held', 'requires_capture', null, UNKNOWN, 2098, mark],
    ['held, the own one canceled', 'held', 'requires_capture', 'canceled', UNKNOWN, 2098, mark],
    [
      'held after all is over',
      'voided',
      'requires_capture',
      'canceled',
      STRAY,
      2098,
      by(CANCEL, 2098),
    ],
    ['captured after all is over', 'failed', captured(), null, STRAY, 2098, mark],
  ];
  it.each(cases)('is critical as %s', (_, situation, said, own, fact, minor, repair) => {
    const found = judgeSecond(SITUATIONS[situation](), said, own);
    expect(gist(found)).toEqual([{ ...fact, severity: 'critical', atRisk: usd(minor), repair }]);
  });

  it.each([
    ['canceled', 'canceled'],
    ['refunded', captured(2098)],
  ] as const)('is nothing once it is %s', (_, said) => {
    expect(judgeSecond(held(), said, 'requires_capture')).toEqual([]);
  });

  it('is not canceled on the word of a record that contradicts itself', () => {
    const broken = { history: [] };
    const found = judgeSecond(held(), 'requires_capture', 'requires_capture', broken);
    expect(gist(found)).toMatchObject([{ type: 'duplicate_hold', repair: mark }]);
  });

  it('is marked once', () => {
    const seen = { ...held(), review: 'seen' };
    expect(judgeSecond(seen, captured(), null)).toMatchObject([{ repair: null }]);
  });
});

describe('a record whose PaymentIntent Stripe does not know', () => {
  it.each([
    ['asking', 'minor', null],
    ['waiting for the customer', 'minor', null],
    ['held', 'critical', usd(2098)],
    ['released', 'critical', usd(2098)],
    ['voided', 'minor', null],
    ['failed', 'minor', null],
  ] as const)('is marked for a person, as %s', (situation, severity, atRisk) => {
    const payment = SITUATIONS[situation]();
    const found = judged({ kind: 'ours', ours: record(payment), missing: true });
    const repair = marks(INTENT_UNKNOWN);
    expect(gist(found)).toEqual([{ type: 'intent_missing', severity, atRisk, repair }]);
    const ours = record({ ...payment, review: 'seen' });
    expect(judged({ kind: 'ours', ours, missing: true })).toMatchObject([{ repair: null }]);
  });
});

describe('a record that waits for its PaymentIntent', () => {
  const alone = (payment: Payment, afterMs: number) =>
    judged({ kind: 'ours', ours: record(payment), missing: false }, afterMs);

  it('is stuck after a quarter of an hour, and is not made to take hold of money', () => {
    expect(alone(asked(), 15 * MINUTE_MS - 1)).toEqual([]);
    expect(gist(alone(asked(), 15 * MINUTE_MS))).toEqual([
      {
        type: 'operation_stuck',
        kind: 'authorize',
        openedAt: '2026-01-05T09:00:00.000Z',
        severity: 'serious',
        atRisk: usd(2098),
        repair: null,
      },
    ]);
  });

  it('is never stuck where it failed before there was one', () => {
    expect(alone(SITUATIONS['failed without an intent'](), 60 * MINUTE_MS)).toEqual([]);
  });
});

describe('an event that nobody has published', () => {
  const since = held().createdAt;
  const waiting = {
    type: 'unpublished_event',
    since: '2026-01-05T09:00:00.000Z',
    severity: 'minor',
    atRisk: null,
    repair: null,
  };

  it('is told after twenty minutes, and goes out by itself', () => {
    const pair = both(held(), {}, { waitingSince: since });
    expect(judged(pair, 20 * MINUTE_MS - 1)).toEqual([]);
    expect(gist(judged(pair, 20 * MINUTE_MS))).toEqual([waiting]);
    expect(judged(both(held()), 20 * MINUTE_MS)).toEqual([]);
  });

  it.each([
    ['what else differs', captured(), {}, 'status_differs'],
    ['a record that contradicts itself', {}, { history: [] }, 'invariant_broken'],
  ])('is told beside %s', (_, said, more, type) => {
    const pair = both(held(), said, { waitingSince: since, ...more });
    const found = gist(judged(pair, 20 * MINUTE_MS));
    expect(found).toMatchObject([{ type }, waiting]);
  });
});
