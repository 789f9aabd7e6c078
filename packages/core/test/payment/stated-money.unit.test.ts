import { describe, expect, it } from 'vitest';
import { decideRelease } from '../../src/payment/decide-release.js';
import { decideRevert } from '../../src/payment/decide-revert.js';
import { partIn, wholeOf } from '../../src/payment/stated-money.js';
import { at, given, held } from '../../testing/samples.js';

const takenWhole = given(held(), {
  type: 'released',
  runnerId: 'runner-1',
  receivedMinor: held().amount.amountMinor,
});
const takenInPart = given(held(), { type: 'released', runnerId: null, receivedMinor: 1_000 });

describe('all of the money of a payment', () => {
  it('is the amount to hold until money is taken, and what was taken after it', () => {
    expect(wholeOf(held())).toEqual(held().amount);
    expect(wholeOf(takenWhole)).toEqual(held().amount);
    expect(wholeOf(takenInPart)).toEqual({ ...held().amount, amountMinor: 1_000 });
    const voided = given(held(), { type: 'reverted', revertMethod: 'voided', reason: null });
    expect(wholeOf(voided)).toEqual(held().amount);
  });

  it('may be stated, and nothing else', () => {
    const { amountMinor, currency } = held().amount;
    const whole = { field: 'amount', amountMinor };
    expect(partIn(held().amount, [whole, { field: 'currency', currency }])).toBeNull();
    const part = { field: 'amount', amountMinor: amountMinor - 1 };
    expect(partIn(held().amount, [whole, part])).toMatchObject({ field: 'amount' });
    expect(partIn(held().amount, [{ field: 'currency', currency: 'XTS' }])).not.toBeNull();
  });

  it('is what a revert gives back, and not what was held once', () => {
    const revert = (amountMinor: number) =>
      decideRevert(takenInPart, { reason: null, stated: [{ field: 'amount', amountMinor }] }, at());
    expect(revert(1_000).isOk()).toBe(true);
    expect(revert(held().amount.amountMinor)._unsafeUnwrapErr().type).toBe('NotTheWhole');
  });

  it('is looked at before the status: a part is refused whatever the payment has become', () => {
    const stated = [{ field: 'amount', amountMinor: 1 }];
    const failed = given(held(), { type: 'reverted', revertMethod: 'expired', reason: null });
    const refused = decideRelease(failed, { runnerId: 'a', stated }, at());
    expect(refused._unsafeUnwrapErr().type).toBe('NotTheWhole');
  });
});
