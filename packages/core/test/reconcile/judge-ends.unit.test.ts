import type { IntentSnapshot, IntentStatus, Payment } from '@campusg-pay/core';
import { usd } from '@campusg-pay/core/testing';
import { describe, expect, it } from 'vitest';
import { given, held, opens } from '../../testing/samples.js';
import { both, by, captured, gist, HOUR_MS, judged, later, MINUTE_MS } from '../sides.js';
import { SITUATIONS, type Situation } from '../situations.js';

const HOLD_MS = 7 * 24 * HOUR_MS;
const END = '2026-01-12T09:00:00.000Z';

/** What is told of a hold that has so long to go. */
const told = (payment: Payment, leftMs: number, said = {}) =>
  gist(judged(both(payment, said), HOLD_MS - leftMs));

describe('the end of a hold', () => {
  const near = { severity: 'notice', atRisk: usd(2098), repair: null };
  const past = { ...near, severity: 'serious' };

  it('is noticed a day before', () => {
    expect(told(held(), 24 * HOUR_MS + 1)).toEqual([]);
    const expiring = { type: 'hold_expiring', captureBefore: END, ...near };
    expect(told(held(), 24 * HOUR_MS)).toEqual([expiring]);
    expect(told(held(), 1)).toEqual([expiring]);
  });

  it('is a discrepancy once it is reached and Stripe still has it', () => {
    const expired = { type: 'hold_expired', ended: false, captureBefore: END, ...past };
    expect(told(held(), 0)).toEqual([expired]);
    expect(told(held(), -HOUR_MS)).toEqual([expired]);
  });

  it('is not known where the gateway did not say', () => {
    const endless = { ...held(), captureBefore: null } as Payment;
    expect(told(endless, 0)).toEqual([]);
  });

  it('is told of nothing else than a hold that both sides see', () => {
    const soon = { openedAt: later(HOLD_MS - 60_000), leaseUntil: later(HOLD_MS - 30_000) };
    const capture = opens({ kind: 'capture', params: { runnerId: 'runner-1' } }, soon);
    expect(told(given(held(), capture), 0, { status: 'processing' })).toEqual([]);
    const refund = opens({ kind: 'refund', params: { reason: null } }, soon);
    expect(told(given(SITUATIONS.released(), refund), 0)).toEqual([]);
  });
});

describe('a call that stays open', () => {
  const OPENED = '2026-01-05T09:00:00.000Z';
  const stuck = (kind: string, repair: object | null) => [
    {
      type: 'operation_stuck',
      kind,
      openedAt: OPENED,
      severity: 'serious',
      atRisk: usd(2098),
      repair,
    },
  ];
  const resume = (kind: 'void' | 'refund', back: number | null) =>
    by({ type: 'resume_operation', kind }, back);
  const cases: [Situation, IntentStatus | Partial<IntentSnapshot>, string, object | null][] = [
    ['voiding', 'requires_capture', 'void', resume('void', 2098)],
    ['canceled on request', 'requires_action', 'void', resume('void', null)],
    ['refunding', captured(), 'refund', resume('refund', 2098)],
    ['refunding', captured(500), 'refund', resume('refund', 1598)],
    ['refunding', captured(null), 'refund', resume('refund', 2098)],
    ['refunding', 'requires_capture', 'refund', resume('refund', null)],
    ['capturing', 'requires_capture', 'capture', null],
  ];
  it.each(cases)('is stuck after a quarter of an hour, as %s', (situation, said, kind, repair) => {
    const pair = both(SITUATIONS[situation](), said);
    expect(judged(pair, 15 * MINUTE_MS - 1)).toEqual([]);
    expect(gist(judged(pair, 15 * MINUTE_MS))).toEqual(stuck(kind, repair));
  });

  it('is not stuck where Stripe shows that a bank has still to agree to it', () => {
    const refund = {
      refundId: 're_1',
      status: 'pending',
      amountMinor: 2098,
      failureReason: null,
    } as const;
    const said = { ...captured(2098), latestRefunds: [refund] };
    const days = 24 * 60 * MINUTE_MS;
    expect(judged(both(SITUATIONS['refund pending'](), said), 5 * days)).toEqual([]);
    const gone = both(SITUATIONS['refund pending'](), { ...captured(), latestRefunds: [] });
    expect(gist(judged(gone, 5 * days))).toEqual(stuck('refund', resume('refund', 2098)));
  });

  it('is not made by others while somebody is at it', () => {
    const params = { purpose: 'revert', reason: null } as const;
    const leaseUntil = later(15 * MINUTE_MS + 1);
    const pair = both(
      given(held(), opens({ kind: 'void', params }, { leaseUntil })),
      'requires_capture',
    );
    expect(gist(judged(pair, 15 * MINUTE_MS))).toEqual(stuck('void', null));
    const repair = resume('void', 2098);
    expect(gist(judged(pair, 15 * MINUTE_MS + 1))).toEqual(stuck('void', repair));
  });
});
