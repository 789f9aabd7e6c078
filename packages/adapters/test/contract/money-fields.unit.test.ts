import { parseCurrency } from '@campusg-pay/core';
import { INSTALLATION } from '@campusg-pay/core/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCommand } from '../../src/contract/command-requests.js';
import { moneySaid } from '../../src/contract/money-fields.js';
import { moneyKindOf } from '../../src/contract/money-words.js';

const names = (text: string) => text.trim().split(/\s+/);

describe('a name speaks of money', () => {
  it.each(
    names(`
    amount AMOUNT amountMinor order[amount] ＡＭＯＵＮＴ amount2 refundAmount tip tips tipAmount
    tip-amount tipamountcents gratuity multiTip fee platformFee platform_fee platformfee
    applicationFeeAmount deliveryfee amount_to_capture amounttocapture capture_method
    final_capture captureAmount transfer_data reverse_transfer transfer_group
    refund_application_fee refunded currency currencyCode total grandtotal subtotal price cost
    discount partial isPartial percent payout surcharge taxes cents
    `),
  )('%s', (name) => {
    expect(moneyKindOf(name)).not.toBeNull();
  });

  it.each(
    names(`
    coffee multiple feedback tooltip multipart costume taxi totally description reason runnerId
    custpaymentId order_id return_url customer runner_connect_account_id metadata notes status
    recent charger summary creditCard credit_card debitCards percentile assumption
    deliveryAddress
    `),
  )('not %s', (name) => {
    expect(moneyKindOf(name)).toBeNull();
  });

  it.each(names('tip tipAmount delivery_fee platformfee taxes discount couponTotal'))(
    'of what comes on top or off: %s',
    (name) => {
      expect(moneyKindOf(name)).toBe('extra');
    },
  );

  it.each(names('amount refundAmount total capture partial amountminor transfer'))(
    'of the amount itself: %s',
    (name) => {
      expect(moneyKindOf(name)).toBe('whole');
    },
  );

  it('whatever it is, and in time that grows with its length only', () => {
    const kinds = [null, 'extra', 'whole'];
    fc.assert(
      fc.property(fc.string({ maxLength: 2_000 }), (name) => kinds.includes(moneyKindOf(name))),
    );
    expect(moneyKindOf('fee'.repeat(20_000))).toBeNull();
  });
});

describe('what a body says of money', () => {
  const fieldsIn = (body: unknown) =>
    moneySaid(body)
      .issues.map(({ field }) => field)
      .sort();

  it('is found wherever it stands, but for customers and lists', () => {
    const body = {
      runnerId: 'runner-1',
      order: { tip: 50, items: [{ price: 300 }], meta: { deep: { platformFee: 12 } } },
      customer: { balance: 12, card: { currency: 'usd' } },
      refund: { reason: 'rain', amount: 12 },
      tips: [12],
    };
    const found = [
      'order.meta.deep.platformFee',
      'order.tip',
      'refund.amount',
      'refund.reason',
      'tips',
    ];
    expect(fieldsIn(body)).toEqual(found);
  });

  it('is nothing where there is none of what comes on top', () => {
    const none = { tip: 0, fee: null, discounts: [], coupon: '', fees: { platform: 0, total: 0 } };
    expect(moneySaid({ ...none, amount: null })).toEqual({ stated: [], issues: [] });
  });

  it.each([false, '', []])('is not passed over as an amount of %j', (amount) => {
    expect(fieldsIn({ amount })).toEqual(['amount']);
    expect(fieldsIn({ capture: amount })).toEqual(['capture']);
  });

  it('is not the whole where it is an amount of nothing', () => {
    expect(moneySaid({ amount: 0 }).stated).toEqual([{ field: 'amount', amountMinor: 0 }]);
    expect(fieldsIn({ refund: { value: 0 } })).toEqual(['refund.value']);
  });

  it('may be the whole once more, which the payment is compared with', () => {
    const { stated, issues } = moneySaid({ amount: 2098, order: { total: 2098, currency: 'usd' } });
    expect(issues).toEqual([]);
    expect(stated).toEqual(
      expect.arrayContaining([
        { field: 'amount', amountMinor: 2098 },
        { field: 'order.total', amountMinor: 2098 },
        { field: 'order.currency', currency: 'USD' },
      ]),
    );
  });

  it.each([20.98, '2098', true, -0.5, Number.MAX_VALUE, [2098], { minor: 2098 }])(
    'is no whole amount as %j',
    (amount) => {
      expect(moneySaid({ amount }).stated).toEqual([]);
      expect(moneySaid({ amount }).issues).toHaveLength(1);
    },
  );

  it('is found in a body nested as deeply as its size allows', () => {
    const deep = JSON.parse(`${'{"a":'.repeat(20_000)}{"tip":5}${'}'.repeat(20_000)}`);
    expect(moneySaid(deep).issues).toHaveLength(1);
  });

  it('is an answer for any value', () => {
    fc.assert(fc.property(fc.jsonValue(), (body) => Array.isArray(moneySaid(body).issues)));
  });
});

describe('a command by message', () => {
  const about = {
    correlationId: 'saga-1',
    fallback: parseCurrency('USD')._unsafeUnwrap(),
    installation: INSTALLATION,
  };
  const release = {
    payment_id: 'pay_1',
    runner_id: 'runner-1',
    runner_connect_account_id: 'acct_1',
  };

  it('is refused by the name of the field that it can not honour', () => {
    const payload = { ...release, delivery_fee: 10, tipAmount: 5 };
    const issues = readCommand('release_payment', payload, about)._unsafeUnwrapErr();
    expect(issues.map(({ field }) => field)).toEqual(['delivery_fee', 'tipAmount']);
    const revert = readCommand('revert_payment', { payment_id: 'pay_1', partial: true }, about);
    expect(revert._unsafeUnwrapErr()).toMatchObject([{ field: 'partial' }]);
  });

  it('reads as it always did where it says nothing of money', () => {
    const { runner_connect_account_id: _, ...plain } = release;
    expect(readCommand('release_payment', plain, about)._unsafeUnwrap()).toEqual({
      type: 'release_payment',
      command: { payment: { paymentId: 'pay_1' }, runnerId: 'runner-1', correlationId: 'saga-1' },
    });
  });
});
