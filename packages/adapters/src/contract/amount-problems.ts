import { formatMajor, type Issue, type Refusal } from '@campusg-pay/core';
import { invalidRequest, type Problem } from './errors.js';

/** Why the rules say no to an amount of a release or a revert. */
export type AmountRefusal = Extract<
  Refusal,
  {
    readonly type:
      | 'AmountExceedsHold'
      | 'AmountExceedsCaptured'
      | 'NothingCaptured'
      | 'RefundIdRequired'
      | 'FeeExceedsAmount'
      | 'NotAMultiple'
      | 'TooManyRefunds';
  }
>;

/**
 * The problem with an amount.
 *
 * @param by commands that name a payment by its id have their fields in snake case
 */
export function problemWithAmount(refusal: AmountRefusal, by: 'order_id' | 'payment_id'): Problem {
  const inSnakeCase = by === 'payment_id';
  switch (refusal.type) {
    case 'AmountExceedsHold':
      return exceedsHold(refusal);
    case 'AmountExceedsCaptured':
      return exceedsCaptured(refusal);
    case 'NothingCaptured':
      return {
        code: 'nothing_captured',
        description:
          `The payment is ${refusal.status}: nothing was taken yet, so no part of it can be given back. ` +
          'Release less (amount), which lets go of the rest, or revert without an amount.',
        facts: { currentStatus: refusal.status },
      };
    case 'RefundIdRequired':
      return invalidRequest([inSnakeCase ? REFUND_ID_BY_MESSAGE : REFUND_ID]);
    case 'FeeExceedsAmount': {
      const maximum = refusal.takenMinor;
      const rule = `must be at most what is taken, ${maximum} minor units of ${refusal.currency}`;
      return invalidRequest([
        { field: inSnakeCase ? 'platform_fee' : 'platformFee', rule, maximum },
      ]);
    }
    case 'NotAMultiple': {
      const { field, currency, multipleMinor: multipleOf } = refusal;
      const rule = `must be a multiple of ${multipleOf} for ${currency}`;
      return invalidRequest([{ field, rule, multipleOf }]);
    }
    case 'TooManyRefunds':
      return {
        code: 'too_many_refunds',
        description:
          `The payment has ${refusal.maximum} refunds, which is the most. ` +
          "What is left can be given back in Stripe's dashboard.",
        facts: { currentStatus: refusal.status },
      };
  }
}

const REFUND_ID: Issue = {
  field: 'refundId',
  rule: 'is required for a part, or an Idempotency-Key, so that the same part is given back once',
};

const REFUND_ID_BY_MESSAGE: Issue = {
  field: 'refund_id',
  rule: 'is required for a part, or an X-Correlation-Id, so that the same part is given back once',
};

function exceedsHold(refusal: Extract<AmountRefusal, { type: 'AmountExceedsHold' }>): Problem {
  const { status: currentStatus, maximumMinor, currency } = refusal;
  const most = formatMajor({ amountMinor: maximumMinor, currency });
  return {
    code: 'amount_exceeds_hold',
    description:
      `At most ${maximumMinor} minor units (${most} ${currency}) can be taken of this payment, the tip ` +
      'included. Nothing was taken; release no more than that.',
    facts: { currentStatus, maximumMinor, currency },
  };
}

function exceedsCaptured(
  refusal: Extract<AmountRefusal, { type: 'AmountExceedsCaptured' }>,
): Problem {
  const { status: currentStatus, leftMinor, currency } = refusal;
  const left = formatMajor({ amountMinor: leftMinor, currency });
  return {
    code: 'amount_exceeds_captured',
    description:
      `Only ${leftMinor} minor units (${left} ${currency}) are left to give back of this payment. ` +
      'Nothing was given back; revert no more than that, or without an amount.',
    facts: { currentStatus, leftMinor, currency },
  };
}
