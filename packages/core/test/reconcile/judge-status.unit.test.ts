import type { IntentSnapshot, IntentStatus, Payment } from '@campusg-pay/core';
import { usd } from '@campusg-pay/core/testing';
import { describe, expect, it } from 'vitest';
import { asked, held } from '../../testing/samples.js';
import { both, by, captured, gist, judged, marks } from '../sides.js';
import { DISPUTE, SITUATIONS, type Situation } from '../situations.js';

type Said = IntentStatus | Partial<IntentSnapshot>;
const REPORT = { type: 'report' } as const;
const HELD = 'requires_capture';
const at = (situation: Situation): Payment => SITUATIONS[situation]();
const refunded = (refundedMinor: number) => ({ type: 'refund_differs', refundedMinor });
const found = (payment: Payment, said: Said) => gist(judged(both(payment, said)));

describe('a record that has not heard', () => {
  const withRevert = at('known, to be reverted');
  const becomes = (status: string) => ({ type: 'status_differs', becomes: status });
  const lapsed = {
    type: 'hold_expired',
    ended: true,
    captureBefore: '2026-01-12T09:00:00.000Z',
  };
  const cases: [string, Payment, Said, object, string, number | null, number | null][] = [
    ['of a hold', asked(), HELD, becomes('AUTHORIZED'), 'serious', 2098, null],
    ['of a capture before it', asked(), captured(), becomes('RELEASED'), 'serious', 2098, null],
    [
      'that the customer must act',
      asked(),
      'requires_action',
      becomes('INITIATING'),
      'minor',
      null,
      null,
    ],
    [
      'of a decline',
      at('known, nothing owed'),
      'requires_payment_method',
      becomes('INITIATING'),
      'minor',
      null,
      null,
    ],
    [
      'of an end before there was a hold',
      asked(),
      'canceled',
      becomes('FAILED'),
      'minor',
      null,
      null,
    ],
    [
      'of a hold that is to be reverted',
      withRevert,
      HELD,
      becomes('INITIATING'),
      'serious',
      2098,
      2098,
    ],
    [
      'of the hold that it asked for, to be reverted',
      at('asking, to be reverted then'),
      HELD,
      becomes('INITIATING'),
      'serious',
      2098,
      2098,
    ],
    ['of a capture', held(), captured(), becomes('RELEASED'), 'serious', 2098, null],
    [
      'of a capture and its refund',
      held(),
      captured(2098),
      becomes('REVERTED'),
      'serious',
      2098,
      null,
    ],
    ['of a cancel', held(), 'canceled', becomes('REVERTED'), 'serious', 2098, null],
    ['of a refund', at('released'), captured(2098), refunded(2098), 'serious', 2098, null],
    ['of a refund in part', at('released'), captured(500), refunded(500), 'serious', 500, null],
    [
      'that the hold has lapsed',
      held(),
      { status: 'canceled', cancellationReason: 'expired' },
      lapsed,
      'serious',
      2098,
      null,
    ],
    [
      'that the hold has lapsed while it was captured',
      at('capturing'),
      { status: 'canceled', cancellationReason: 'expired' },
      lapsed,
      'serious',
      2098,
      null,
    ],
  ];
  it.each(cases)('%s is told', (_, payment, said, fact, severity, minor, back) => {
    const atRisk = minor === null ? null : usd(minor);
    expect(found(payment, said)).toEqual([{ ...fact, severity, atRisk, repair: by(REPORT, back) }]);
  });

  it('is told of what follows even if it is marked, but not of the mark itself', () => {
    const seen = (payment: Payment) => ({ ...payment, review: 'seen' });
    expect(found(seen(held()), captured())).toMatchObject([{ repair: REPORT }]);
    expect(found(seen(at('released')), captured(500))).toMatchObject([{ repair: REPORT }]);
    const heard = { ...at('released'), refundedMinor: 500 } as Payment;
    expect(found(seen(heard), captured(500))).toMatchObject([
      { ...refunded(500), severity: 'serious', atRisk: usd(500), repair: null },
    ]);
  });

  it('is left to whoever is at it', () => {
    const capturing = both(at('capturing'), captured());
    expect(judged(capturing, 30_000 - 1)).toEqual([]);
    expect(judged(capturing, 30_000)).toMatchObject([{ becomes: 'RELEASED' }]);
  });
});

describe('two sides that contradict each other', () => {
  it.each([
    ['released', 'canceled', 'RELEASED'],
    ['failed', captured(), 'FAILED'],
    ['failed without an intent', captured(500), 'FAILED'],
    ['failed without an intent', 'unknown', 'FAILED'],
    ['held', { paymentIntentId: 'pi_another' }, 'AUTHORIZED'],
  ] as const)('are critical, and the record is told so, as %s', (situation, said, becomes) => {
    const discrepancy = {
      type: 'status_differs',
      becomes,
      severity: 'critical',
      atRisk: usd(2098),
    };
    const payment = at(situation);
    expect(found(payment, said)).toEqual([{ ...discrepancy, repair: by(REPORT) }]);
    expect(found({ ...payment, review: 'seen' }, said)).toEqual([{ ...discrepancy, repair: null }]);
  });

  it('are not where there is no money any more', () => {
    const money = { type: 'status_differs', becomes: 'FAILED', severity: 'serious' };
    expect(found(at('failed'), captured(2098))).toMatchObject([money]);
    const minor = { type: 'status_differs', severity: 'minor', atRisk: null };
    expect(found(at('refunded'), 'canceled')).toMatchObject([minor]);
  });

  it('are not concluded from a status that nobody knows', () => {
    expect(found(at('waiting for the customer'), 'unknown')).toEqual([]);
  });
});

describe('a record that is ahead of Stripe', () => {
  it.each([
    ['held', 'processing', 'AUTHORIZED'],
    ['held', 'requires_payment_method', 'AUTHORIZED'],
    ['released', HELD, 'RELEASED'],
    ['refunded', HELD, 'REVERTED'],
    ['refunded', captured(null), 'REVERTED'],
  ] as const)('is marked for a person, as %s', (situation, said, becomes) => {
    const status = typeof said === 'string' ? said : said.status;
    const repair = marks(`intent ${status} while payment ${becomes}`);
    const discrepancy = {
      type: 'status_differs',
      becomes,
      severity: 'critical',
      atRisk: usd(2098),
    };
    expect(found(at(situation), said)).toEqual([{ ...discrepancy, repair }]);
    const seen = { ...at(situation), review: 'seen' };
    expect(found(seen, said)).toMatchObject([{ repair: null }]);
  });

  it('may be: while it owes a call, and where nobody knows the status', () => {
    expect(found(at('capturing'), 'processing')).toEqual([]);
    expect(found(at('refunding'), HELD)).toEqual([]);
    expect(found(held(), 'unknown')).toEqual([]);
  });

  it.each([
    [0, 2098],
    [2097, 1],
  ])('by a refund of which only %s came back is critical', (refundedMinor, minor) => {
    const discrepancy = { type: 'refund_differs', refundedMinor, severity: 'critical' };
    const told = found(at('refunded'), captured(refundedMinor));
    const why = `refund failed: ${refundedMinor} of 2098 minor units were refunded`;
    expect(told).toEqual([{ ...discrepancy, atRisk: usd(minor), repair: marks(why) }]);
    const refund = { refundId: 're_1', amountMinor: minor, failureReason: null };
    const latestRefunds = [{ ...refund, status: 'failed' as const }];
    const shown = found(at('refunded'), { ...captured(refundedMinor), latestRefunds });
    expect(shown).toEqual([{ ...discrepancy, atRisk: usd(minor), repair: by(REPORT) }]);
    const heard = { ...at('refunded'), refundedMinor, review: 'refund failed' } as Payment;
    const still = found(heard, captured(refundedMinor));
    expect(still).toEqual([{ ...discrepancy, atRisk: usd(minor), repair: null }]);
  });

  it('by a dispute that the list does not tell is told so', () => {
    const untold = { ...captured(), dispute: 'untold' } as const;
    const discrepancy = { type: 'disputed', severity: 'critical', atRisk: usd(2098) };
    expect(found(at('released'), untold)).toEqual([
      { ...discrepancy, dispute: null, repair: by(REPORT) },
    ]);
    expect(found(at('disputed'), untold)).toEqual([
      { ...discrepancy, dispute: DISPUTE, repair: null },
    ]);
  });

  it.each([
    ['under_review', false, 'critical'],
    ['warning_needs_response', false, 'serious'],
    ['a status of tomorrow', false, 'critical'],
    ['lost', false, 'critical'],
    ['lost', true, null],
    ['won', false, null],
    ['warning_closed', false, null],
  ] as const)(
    'in money at risk: a dispute that is %s, looked at: %s',
    (status, reviewed, severity) => {
      const dispute = { ...DISPUTE, status };
      const payment = { ...at('disputed'), dispute, reviewed } as Payment;
      const expected = { type: 'disputed', dispute, severity, atRisk: usd(2098), repair: null };
      expect(found(payment, captured())).toEqual(severity === null ? [] : [expected]);
    },
  );

  it.each(['voided', 'lapsed', 'canceled', 'failed'] as const)('is not, as %s', (situation) => {
    expect(found(at(situation), { status: 'canceled', refundedMinor: 0 })).toEqual([]);
  });
});
