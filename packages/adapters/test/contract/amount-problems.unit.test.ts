import { parseCurrency, type Refusal } from '@campusg-pay/core';
import { describe, expect, it } from 'vitest';
import { ERRORS } from '../../src/contract/errors.js';
import { problemOf } from '../../src/contract/problems.js';
import { replyWording } from '../../src/contract/reply-wording.js';

const currency = parseCurrency('USD')._unsafeUnwrap();
const dinar = parseCurrency('KWD')._unsafeUnwrap();

const CASES: readonly [Refusal, string, number, object, RegExp][] = [
  [
    { type: 'AmountExceedsHold', status: 'AUTHORIZED', maximumMinor: 2098, currency },
    'amount_exceeds_hold',
    409,
    { maximumMinor: 2098, currency: 'USD', currentStatus: 'AUTHORIZED' },
    /At most 2098 minor units \(20\.98 USD\).*Nothing was taken/,
  ],
  [
    { type: 'AmountExceedsCaptured', status: 'RELEASED', leftMinor: 1500, currency: dinar },
    'amount_exceeds_captured',
    409,
    { leftMinor: 1500, currency: 'KWD', currentStatus: 'RELEASED' },
    /1500 minor units \(1\.500 KWD\).*without an amount/,
  ],
  [
    { type: 'NothingCaptured', status: 'AUTHORIZED' },
    'nothing_captured',
    409,
    { currentStatus: 'AUTHORIZED' },
    /Release less \(amount\).*or revert without an amount/,
  ],
  [
    { type: 'TooManyRefunds', status: 'RELEASED', maximum: 100 },
    'too_many_refunds',
    409,
    { currentStatus: 'RELEASED' },
    /has 100 refunds.*dashboard/,
  ],
  [
    { type: 'FeeExceedsAmount', takenMinor: 2098, currency },
    'invalid_request',
    400,
    { issues: [{ field: 'platformFee', rule: expect.any(String), maximum: 2098 }] },
    /platformFee must be at most what is taken, 2098 minor units of USD/,
  ],
  [
    { type: 'NotAMultiple', field: 'tip', multipleMinor: 10, currency: dinar },
    'invalid_request',
    400,
    { issues: [{ field: 'tip', rule: 'must be a multiple of 10 for KWD', multipleOf: 10 }] },
    /tip must be a multiple of 10 for KWD/,
  ],
  [
    { type: 'RefundIdRequired', leftMinor: 2098, currency },
    'invalid_request',
    400,
    { issues: [{ field: 'refundId', rule: expect.any(String) }] },
    /refundId is required for a part, or an Idempotency-Key/,
  ],
];

describe('what is wrong with an amount', () => {
  it.each(CASES)('%j', (refusal, code, status, facts, sentence) => {
    const problem = problemOf(refusal);
    expect([problem.code, ERRORS[problem.code].status]).toEqual([code, status]);
    expect(problem.facts).toEqual(facts);
    expect(problem.description).toMatch(sentence);
  });

  it('is told by the names that messages have', () => {
    const fieldOf = (refusal: Refusal) =>
      replyWording.refusal(refusal, 'payment_id').issues?.[0]?.field;
    expect(fieldOf({ type: 'RefundIdRequired', leftMinor: 1, currency })).toBe('refund_id');
    expect(fieldOf({ type: 'FeeExceedsAmount', takenMinor: 1, currency })).toBe('platform_fee');
  });
});

it.each([
  ['runnerStripeAccount', /PUT \/api\/runners/],
  ['amount', /given back, by a revert with an amount/],
  ['tip', /can not be changed/],
  ['platformFee', /decided by the first release/],
  ['refundId', /Send the same amount as before, or another refundId/],
  ['runnerId', /another runner/],
  ['order.amount', /authorize the order again/],
] as const)('a repeat with another %s says what can be done', (field, sentence) => {
  const problem = problemOf({ type: 'Contradiction', status: 'RELEASED', field });
  expect(problem).toMatchObject({ code: 'contradicting_repeat', facts: { field } });
  expect(problem.description).toMatch(sentence);
});
