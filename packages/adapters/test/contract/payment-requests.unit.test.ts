import { parseCurrency } from '@campusg-pay/core';
import { INSTALLATION } from '@campusg-pay/core/testing';
import { describe, expect, it } from 'vitest';
import { readCommand } from '../../src/contract/command-requests.js';
import {
  namedRefund,
  readQuery,
  readRelease,
  readRevert,
  readRunner,
} from '../../src/contract/payment-requests.js';

const runnerId = 'runner-1';
const release = (said: object) => readRelease({ runnerId, ...said });
const fieldsOf = (issues: readonly { readonly field: string }[]) =>
  issues.map(({ field }) => field).sort();

const NO_AMOUNTS = [20.5, '500', true, [500], { minor: 500 }, -1, Number.MAX_VALUE, ''];

describe('a release', () => {
  it('reads as it always did where it names no money', () => {
    const nothing = { amount: null, tip: null, platformFee: null, runnerStripeAccount: null };
    expect(release(nothing)._unsafeUnwrap()).toEqual({ runnerId });
  });

  it('may take a part, a tip and a fee, and name the account of its runner', () => {
    const said = { amount: 1500, tip: 0, platformFee: 98, runnerStripeAccount: 'acct_1' };
    expect(release(said)._unsafeUnwrap()).toEqual({
      runnerId,
      amountMinor: 1500,
      tipMinor: 0,
      platformFeeMinor: 98,
      stripeAccount: 'acct_1',
    });
  });

  it.each(['amount', 'tip', 'platformFee'].flatMap((field) => NO_AMOUNTS.map((no) => [field, no])))(
    'is refused with the %s %j, by its name and rule',
    (field, value) => {
      const [issue, ...others] = release({ [String(field)]: value })._unsafeUnwrapErr();
      expect(others).toEqual([]);
      expect(issue).toMatchObject({
        field,
        rule: expect.stringMatching(/^must be a whole number/),
      });
    },
  );

  it('takes no part of nothing', () => {
    expect(release({ amount: 0 })._unsafeUnwrapErr()).toMatchObject([{ field: 'amount' }]);
  });

  it.each([
    '',
    'acct_',
    'acct_ä',
    'acct_1 ',
    ' acct_1',
    'acct-1',
    'ACCT_1',
    'tr_1',
    7,
    {},
    `acct_${'1'.repeat(196)}`,
  ])('is refused with the account %j', (runnerStripeAccount) => {
    const issues = release({ runnerStripeAccount })._unsafeUnwrapErr();
    expect(issues).toMatchObject([
      { field: 'runnerStripeAccount', rule: expect.stringContaining('acct_1R7xF8QR8BO665Mw') },
    ]);
  });

  it.each([
    [{ runner_connect_account_id: 'acct_1' }, /runnerStripeAccount/],
    [{ runnerConnectAccountId: 'whatever' }, /runnerStripeAccount/],
    [{ stripe_account: 'acct_1' }, /runnerStripeAccount/],
    [{ destination: 'acct_1' }, /runnerStripeAccount/],
    [{ runner: { wallet: 'acct_1' } }, /runnerStripeAccount/],
    [{ payoutTo: 'acct_1' }, /./],
    [{ platform_fee: 10 }, /platformFee/],
    [{ platform_fee: 0 }, /platformFee/],
    [{ fee: 0 }, /./],
    [{ application_fee_amount: 0 }, /./],
    [{ order: { tip: 100 } }, /./],
    [{ tipAmount: 100 }, /./],
    [{ transfer_data: { destination: 'acct_1' } }, /./],
    [{ capture: false }, /./],
  ])('does not pass over %j', (said, rule) => {
    expect(release(said)._unsafeUnwrapErr()).toMatchObject([{ rule: expect.stringMatching(rule) }]);
  });

  it.each([
    { destination: 'Hall 3', account: 'premium', tipAmount: 0, order: { deliveryFee: 0 } },
    { runner_connect_account_id: null, stripeAccount: '' },
    { customer: { stripeAccount: 'acct_1' } },
  ])('is fine with %j', (said) => {
    expect(release(said)._unsafeUnwrap()).toEqual({ runnerId });
  });

  it('is of an amount under all names that it gives it', () => {
    const same = { amount: 500, amountMinor: 500, releaseAmount: 500 };
    expect(release(same)._unsafeUnwrap()).toEqual({ runnerId, amountMinor: 500 });
    const issues = release({ ...same, capture_amount: 501 })._unsafeUnwrapErr();
    expect(issues).toEqual([
      { field: 'capture_amount', rule: 'must be left out or be the same as amount' },
    ]);
  });

  it('says what the whole is beside its part', () => {
    const stated = [
      { field: 'total', amountMinor: 2098 },
      { field: 'order.amount', amountMinor: 2098 },
    ];
    const read = release({ amount: 500, total: 2098, order: { amount: 2098 } })._unsafeUnwrap();
    expect(read).toEqual({ runnerId, amountMinor: 500, stated: expect.arrayContaining(stated) });
  });

  it('by another name only is the whole once more, as before', () => {
    const stated = [{ field: 'amountMinor', amountMinor: 500 }];
    expect(release({ amountMinor: 500 })._unsafeUnwrap()).toEqual({ runnerId, stated });
  });
});

describe('a revert', () => {
  it('may give back a part under a name', () => {
    const read = readRevert({ amount: 500, refundId: 'part-1', refundAmount: 500 });
    expect(read._unsafeUnwrap()).toEqual({ reason: null, amountMinor: 500, refundId: 'part-1' });
    expect(readRevert({})._unsafeUnwrap()).toEqual({ reason: null });
  });

  it.each([...NO_AMOUNTS, 0])('is refused with the amount %j', (amount) => {
    expect(readRevert({ amount })._unsafeUnwrapErr()).toMatchObject([{ field: 'amount' }]);
  });

  it.each(['', ' ', 'a\nb', 'x'.repeat(201), 7])('is refused with the refundId %j', (refundId) => {
    expect(readRevert({ refundId })._unsafeUnwrapErr()).toMatchObject([{ field: 'refundId' }]);
  });

  it('is refused with the name that messages have for it', () => {
    expect(readRevert({ amount: 5, refund_id: 'part-1' })._unsafeUnwrapErr()).toEqual([
      { field: 'refund_id', rule: 'must be sent as refundId here' },
    ]);
  });

  it('gets a name where it gives back a part and has none', () => {
    const part = { reason: null, amountMinor: 500 };
    expect(namedRefund(part, 'own')).toEqual({ ...part, refundId: 'own' });
    expect(namedRefund({ ...part, refundId: 'given' }, 'own')).toMatchObject({ refundId: 'given' });
    expect(namedRefund({ reason: null }, 'own')).toEqual({ reason: null });
  });
});

describe('a command by message', () => {
  const about = {
    correlationId: 'saga-1',
    fallback: parseCurrency('USD')._unsafeUnwrap(),
    installation: INSTALLATION,
  };
  const read = (type: 'release_payment' | 'revert_payment', said: object, named = {}) =>
    readCommand(type, { payment_id: 'pay_1', ...said }, { ...about, ...named });
  const runner_id = 'runner-1';

  it.each([undefined, null, ''])('has no account where it is %j', (runner_connect_account_id) => {
    const asked = read('release_payment', { runner_id, runner_connect_account_id })._unsafeUnwrap();
    expect(asked.command).not.toHaveProperty('stripeAccount');
  });

  it('has the parts of a release in snake case', () => {
    const said = { amount: 1500, tip: 100, platform_fee: 0, runner_connect_account_id: 'acct_1' };
    expect(read('release_payment', { runner_id, ...said })._unsafeUnwrap().command).toMatchObject({
      amountMinor: 1500,
      tipMinor: 100,
      platformFeeMinor: 0,
      stripeAccount: 'acct_1',
    });
  });

  it.each([
    [{ runner_connect_account_id: 'acct-1' }, 'runner_connect_account_id'],
    [{ runner_connect_account_id: 7 }, 'runner_connect_account_id'],
    [{ runnerStripeAccount: 'acct_1' }, 'runnerStripeAccount'],
    [{ platformFee: 0 }, 'platformFee'],
    [{ amount: '1500' }, 'amount'],
  ])('is refused with %j', (said, field) => {
    const refused = read('release_payment', { runner_id, ...said });
    expect(fieldsOf(refused._unsafeUnwrapErr())).toEqual([field]);
  });

  it('names a refund in part by its correlation id, so that a redelivery is the same', () => {
    const refundIdOf = (said: object, named?: object) => {
      const { command } = read('revert_payment', said, named)._unsafeUnwrap();
      return 'refundId' in command ? command.refundId : undefined;
    };
    const own = refundIdOf({ amount: 500 });
    expect(own).toMatch(/^[\da-f-]{36}$/);
    expect(refundIdOf({ amount: 500 })).toBe(own);
    expect(refundIdOf({ amount: 500 }, { correlationId: 'saga-2' })).not.toBe(own);
    expect(refundIdOf({ amount: 500, refund_id: 'part-1' })).toBe('part-1');
    expect(refundIdOf({})).toBeUndefined();
    // Nobody has chosen that correlation id, so that a repeat has another.
    expect(refundIdOf({ amount: 500 }, { isNamed: false })).toBeUndefined();
  });
});

describe('the account of a runner', () => {
  it('is an account or none', () => {
    expect(readRunner({ stripeAccount: 'acct_1' })._unsafeUnwrap()).toEqual({
      stripeAccount: 'acct_1',
    });
    expect(readRunner({ stripeAccount: null })._unsafeUnwrap()).toEqual({ stripeAccount: null });
  });

  it.each([
    [{}, 'stripeAccount'],
    [{ stripeAccount: '' }, 'stripeAccount'],
    [{ stripeAccount: 'cus_1' }, 'stripeAccount'],
    [{ stripeAccount: 'acct_1', amount: 500 }, 'amount'],
    [{ stripeAccount: 'acct_1', debt: 500 }, 'debt'],
    [{ stripeAccount: 'acct_1', runner_connect_account_id: 'acct_2' }, 'runner_connect_account_id'],
    [[], 'body'],
  ])('is not %j', (body, field) => {
    expect(fieldsOf(readRunner(body)._unsafeUnwrapErr())).toEqual([field]);
  });
});

it('money in the query string is read by nobody', () => {
  expect(readQuery({ amount: '500', tip: '5' })._unsafeUnwrapErr()).toHaveLength(2);
});
