import { apply, decideRelease, decideRevert, evolve, type Payment } from '@campusg-pay/core';
import { describe, expect, it } from 'vitest';
import { at, given, held } from '../../testing/samples.js';

const forNobody = () => given(held(), { type: 'released', runnerId: null, receivedMinor: 2098 });
const released = () =>
  given(held(), { type: 'released', runnerId: 'runner-1', receivedMinor: 2098 });

function decided(payment: Payment, wish: Parameters<typeof decideRevert>[1]): Payment {
  const steps = decideRevert(payment, wish, at())._unsafeUnwrap();
  return steps.reduce<Payment>(evolve, payment);
}

describe('a release of what was captured for nobody', () => {
  it.each([5000, 2099, 1])('with a tip of %s beside the whole is refused', (tipMinor) => {
    const wish = { runnerId: 'runner-1', amountMinor: 2098, tipMinor };
    const refused = decideRelease(forNobody(), wish, at())._unsafeUnwrapErr();
    expect(refused).toMatchObject({ type: 'AmountExceedsHold', maximumMinor: 2098 });
  });

  it('with a tip above all of it is refused, whatever else is left out', () => {
    const wish = { runnerId: 'runner-1', tipMinor: 5000 };
    expect(decideRelease(forNobody(), wish, at()).isErr()).toBe(true);
  });
});

describe('an amount that happens to be all that is left', () => {
  it('is asked of Stripe as that amount while a part is under way, which may come to nothing', () => {
    const first = decided(released(), { reason: null, amountMinor: 1000, refundId: 'a' });
    const both = decided(first, { reason: null, amountMinor: 1098, refundId: 'b' });
    expect('refunds' in both && both.refunds).toMatchObject([
      { refundId: 'a', isRest: false },
      { refundId: 'b', isRest: false, amountMinor: 1098 },
    ]);
  });
});

describe('one command', () => {
  it('has one final answer, though its part makes the whole with what others gave back', () => {
    const asked = decided(released(), { reason: null, amountMinor: 1000, refundId: 'a' });
    const { operation } = asked;
    if (operation === null) throw new Error('bug: the refund is owed');
    const steps = [
      { type: 'operation_closed', key: operation.key, outcome: 'done', detail: null },
      {
        type: 'refunded',
        amountMinor: 1000,
        refundedMinor: 1000,
        name: 'a',
        stripeRefundId: 're_1',
      },
      { type: 'reverted', revertMethod: 'refunded', reason: null },
    ] as const;
    const { events } = apply(asked, steps, new Date());
    expect(events.map(({ answers }) => answers)).toEqual(['revert', null]);
  });
});
