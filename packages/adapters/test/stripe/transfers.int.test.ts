import type { Payment } from '@campusg-pay/core';
import { afterAll, describe, expect, it } from 'vitest';
import {
  OWING,
  wholeAccount,
  wholeIntent,
  wholeRefund,
  wholeReversal,
  wholeTransfer,
  withParams,
} from './odd-stripe.js';
import { type Answer, errorOf, listOf, type Script, scriptedStripe } from './scripted-stripe.js';

const stripe = await scriptedStripe();
afterAll(() => stripe.close());

const INSTALLATION = 'inst_script';
const told = (body: unknown): Answer => ({ status: 200, body });
const refused = (code: string, fields: object = {}, status = 400) =>
  errorOf(status, { type: 'invalid_request_error', code, ...fields });

/** What one call sends, as its fields. */
async function fieldsOf(payment: Payment, answer: Answer | Script) {
  stripe.answers(answer);
  (await stripe.perform(payment))._unsafeUnwrap();
  const [first] = stripe.sent;
  return Object.fromEntries(new URLSearchParams(first?.body));
}

async function reportOn(payment: Payment, answer: Answer | Script) {
  stripe.answers(answer);
  return (await stripe.perform(payment))._unsafeUnwrap().report;
}

describe('what a capture takes', () => {
  const terms = { tipMinor: 0, feeMinor: 0, transfer: null };
  const whole = { 'expand[0]': 'latest_charge' };

  it.each([
    ['all of the hold where nothing else was agreed', undefined, whole],
    ['all of the hold where that is due', 2098, whole],
    ['what is due where that is less', 1500, { amount_to_capture: '1500', ...whole }],
  ])('is %s', async (_what, dueMinor, sent) => {
    const params = dueMinor === undefined ? {} : { terms: { ...terms, dueMinor } };
    expect(await fieldsOf(withParams(OWING.capture, params), told(wholeIntent()))).toEqual(sent);
  });
});

describe('the group of the transfers', () => {
  it('is named by a hold that was asked for with one, and by no other', async () => {
    const before = await fieldsOf(OWING.authorize, told(wholeIntent()));
    expect(before).not.toHaveProperty('transfer_group');
    const grouped = withParams(OWING.authorize, { transferGroup: 'payment-1' });
    const sent = await fieldsOf(grouped, told(wholeIntent()));
    expect(sent).toEqual({ ...before, transfer_group: 'payment-1' });
  });
});

describe('a refund in part', () => {
  const part = withParams(OWING.refund, { amountMinor: 500, refundId: 'cold soup' });
  const made = { ...wholeRefund(), amount: 500, metadata: { refund_id: 'cold soup' } };

  it('says how much of what, and tells which refund it has made', async () => {
    const sent = await fieldsOf(part, told(made));
    expect(sent).toMatchObject({ amount: '500', 'metadata[refund_id]': 'cold soup' });
    const refund = { refundId: 're_1', name: 'cold soup', amountMinor: 500, status: 'succeeded' };
    expect(await reportOn(part, told(made))).toMatchObject({
      type: 'intent',
      refused: null,
      made: refund,
      intent: { latestRefunds: [refund] },
    });
  });

  it('of the rest is what it was before there were parts', async () => {
    const sent = await fieldsOf(OWING.refund, told(wholeRefund()));
    expect(sent).not.toHaveProperty('amount');
    expect(sent).not.toHaveProperty('metadata[refund_id]');
    const report = await reportOn(OWING.refund, told(wholeRefund()));
    expect(report).toMatchObject({ made: { refundId: 're_1', name: null, amountMinor: 2098 } });
  });

  it.each([
    ['amount', { amount: 499 }],
    ['name', { metadata: { refund_id: 'another' } }],
    ['name at all', { metadata: {} }],
  ])('that is answered with another %s is in doubt', async (_what, odd) => {
    stripe.answers(told({ ...made, ...odd }));
    const fault = (await stripe.perform(part))._unsafeUnwrapErr();
    expect(fault).toMatchObject({ executed: 'unknown', unreadable: true });
  });

  it.each([
    ['insufficient_funds', false],
    ['lost_or_stolen_card', true],
  ])('that failed at once with %s is over for good: %j', async (reason, final) => {
    const failed = { ...made, status: 'failed', failure_reason: reason };
    expect(await reportOn(part, told(failed))).toMatchObject({
      refused: { final },
      made: { status: 'failed', failureReason: reason },
    });
  });
});

describe('the refunds of a PaymentIntent', () => {
  const shown = (hasMore: boolean) => {
    const { refunds, ...charge } = wholeIntent().latest_charge as Record<string, object>;
    return {
      ...wholeIntent(),
      latest_charge: { ...charge, refunds: { ...refunds, has_more: hasMore } },
    };
  };
  const refundNo = (number: number) => ({
    ...wholeRefund(),
    id: `re_${number}`,
    amount: number,
    payment_intent: 'pi_1',
    metadata: { refund_id: `part ${number}` },
  });
  const MANY = Array.from({ length: 102 }, (_, index) => refundNo(102 - index));

  /** A hundred at a time, as Stripe gives them. */
  const paged: Script = ({ path }) => {
    const url = new URL(path, 'http://stripe');
    if (url.pathname === '/v1/payment_intents') return listOf([shown(true)]);
    if (url.pathname !== '/v1/refunds') return told(shown(true));
    const after = url.searchParams.get('starting_after');
    const start = MANY.findIndex(({ id }) => id === after) + 1;
    return listOf(MANY.slice(start, start + 100), { more: start + 100 < MANY.length });
  };

  it('are all told, though Stripe shows ten with the charge', async () => {
    stripe.answers(paged);
    const search = { payment: OWING.authorize, since: new Date(), isOurs: () => true };
    for (const reply of [stripe.gateway.retrieve('pi_1'), stripe.gateway.findIntent(search)]) {
      const report = (await reply)._unsafeUnwrap()?.report;
      const refunds = report?.type === 'intent' ? (report.intent.latestRefunds ?? []) : [];
      expect(refunds.map(({ name }) => name)).toEqual(
        MANY.map(({ metadata }) => metadata.refund_id),
      );
    }
  });

  it('are not asked for where the charge shows them all', async () => {
    stripe.answers(told(shown(false)));
    (await stripe.gateway.retrieve('pi_1'))._unsafeUnwrap();
    expect(stripe.sent).toHaveLength(1);
  });

  it('are in doubt where one of them can not be read', async () => {
    const odd = listOf([refundNo(2), { ...refundNo(1), amount: null }]);
    stripe.answers(({ path }) => (path.startsWith('/v1/refunds') ? odd : told(shown(true))));
    const fault = (await stripe.gateway.retrieve('pi_1'))._unsafeUnwrapErr();
    expect(fault).toMatchObject({ executed: 'unknown', unreadable: true });
  });
});

describe('a transfer', () => {
  const sent = wholeTransfer(INSTALLATION);
  const unsourced = withParams(OWING.transfer, { chargeId: null });

  it('is paid for by the charge, whose group it is in', async () => {
    expect(await fieldsOf(OWING.transfer, told(sent))).toEqual({
      amount: '1500',
      currency: 'usd',
      destination: 'acct_1',
      source_transaction: 'ch_1',
      'metadata[payment_id]': 'payment-1',
      'metadata[order_id]': 'order-1',
      'metadata[transfer_id]': 'transfer-1',
      'metadata[installation]': INSTALLATION,
    });
    expect(stripe.sent).toMatchObject([{ path: '/v1/transfers', key: 'key-transfer' }]);
  });

  it('without a charge is paid for by the balance, in the group of the payment', async () => {
    const fields = await fieldsOf(unsourced, told({ ...sent, source_transaction: null }));
    expect(fields).toMatchObject({ transfer_group: 'payment-1', destination: 'acct_1' });
    expect(fields).not.toHaveProperty('source_transaction');
  });

  it('that was sent is told as it is at Stripe', async () => {
    expect(await reportOn(OWING.transfer, told(sent))).toEqual({
      type: 'transfer',
      operationKey: 'key-transfer',
      outcome: {
        type: 'sent',
        transfer: {
          stripeTransferId: 'tr_1',
          installation: INSTALLATION,
          paymentId: 'payment-1',
          transferId: 'transfer-1',
          stripeAccount: 'acct_1',
          amountMinor: 1500,
          currency: 'USD',
          reversedMinor: 0,
          chargeId: 'ch_1',
        },
      },
    });
  });

  it.each([
    [refused('transfers_not_allowed'), 'account_unable'],
    [refused('insufficient_capabilities_for_transfer'), 'account_unable'],
    [refused('capability_not_active'), 'account_unable'],
    [refused('resource_missing', { param: 'destination' }), 'account_unknown'],
    [refused('resource_missing', { param: 'destination' }, 404), 'account_unknown'],
    [refused('account_invalid'), 'account_unknown'],
    [refused('account_invalid', {}, 403), 'account_unknown'],
    [refused('account_closed'), 'account_unknown'],
    [refused('balance_insufficient'), 'no_funds'],
    [refused('resource_missing', { param: 'source_transaction' }), 'other'],
    [refused('parameter_invalid_integer', { param: 'amount' }), 'other'],
  ])('that is refused tells why: %j', async (answer, obstacle) => {
    const { code } = (answer.body as { error: { code: string } }).error;
    expect(await reportOn(OWING.transfer, answer)).toEqual({
      type: 'transfer',
      operationKey: 'key-transfer',
      outcome: { type: 'refused', obstacle, detail: `${code}: Told by the script.` },
    });
  });

  it('that the key may not make is not refused, and certainly not made', async () => {
    stripe.answers(errorOf(403, { type: 'invalid_request_error', code: 'more_permissions' }));
    const fault = (await stripe.perform(OWING.transfer))._unsafeUnwrapErr();
    expect(fault).toMatchObject({ executed: 'no', reason: 'our Stripe key may not do this' });
  });

  it.each<[string, Answer | 'closed', object]>([
    ['500', errorOf(500, { type: 'api_error' }), { executed: 'unknown' }],
    ['a lost connection', 'closed', { executed: 'unknown' }],
    ['a limit', errorOf(429, { type: 'rate_limit_error' }), { executed: 'no' }],
    [
      'another call under the key',
      errorOf(400, { type: 'idempotency_error' }),
      { remembered: true },
    ],
  ])('that meets %s is a fault', async (_what, answer, expected) => {
    for (const payment of [OWING.transfer, OWING.reversal]) {
      stripe.answers(answer);
      expect((await stripe.perform(payment))._unsafeUnwrapErr()).toMatchObject(expected);
    }
  });
});

describe('a reversal', () => {
  it('says how much of which transfer, under its key', async () => {
    expect(await fieldsOf(OWING.reversal, told(wholeReversal()))).toEqual({
      amount: '700',
      'metadata[transfer_id]': 'transfer-1',
      'metadata[reversal_key]': 'key-reversal',
      'metadata[installation]': INSTALLATION,
    });
    const path = '/v1/transfers/tr_1/reversals';
    expect(stripe.sent).toMatchObject([{ path, key: 'key-reversal' }]);
    expect(await reportOn(OWING.reversal, told(wholeReversal()))).toEqual({
      type: 'reversal',
      operationKey: 'key-reversal',
      outcome: { type: 'reversed', stripeReversalId: 'trr_1', amountMinor: 700 },
    });
  });

  it('that came to nothing is refused, and one that Stripe waits with is made', async () => {
    const ended = (status: string) => told({ ...wholeReversal(), status });
    for (const status of ['failed', 'canceled'])
      expect(await reportOn(OWING.reversal, ended(status))).toMatchObject({
        outcome: { type: 'refused' },
      });
    expect(await reportOn(OWING.reversal, ended('pending'))).toMatchObject({
      outcome: { type: 'reversed' },
    });
  });

  const usd = (amount: number) => ({ amount, currency: 'usd' });
  it.each([
    ['what it has', [usd(300), { amount: 9999, currency: 'eur' }], 300],
    ['nothing where it owes', [usd(-50)], 0],
    ['nothing in another currency', [{ amount: 9999, currency: 'eur' }], 0],
  ])('of an account that is short tells %s', async (_what, available, availableMinor) => {
    const script: Script = ({ method, path }) => {
      if (path === '/v1/balance') return told({ object: 'balance', available });
      return method === 'GET' ? told(wholeTransfer()) : refused('balance_insufficient');
    };
    const detail = 'balance_insufficient: Told by the script.';
    expect(await reportOn(OWING.reversal, script)).toMatchObject({
      outcome: { type: 'short', availableMinor, detail },
    });
    const asked = stripe.sent.map(({ method, path }) => `${method} ${path}`);
    expect(asked).toEqual([
      'POST /v1/transfers/tr_1/reversals',
      'GET /v1/transfers/tr_1',
      'GET /v1/balance',
    ]);
    expect(stripe.sent.at(-1)).toMatchObject({ account: 'acct_1' });
  });

  it('of an account that is short, and keeps its balance to itself, tells that it is', async () => {
    const script: Script = ({ method }) =>
      method === 'GET' ? refused('account_invalid', {}, 403) : refused('balance_insufficient');
    const outcome = { type: 'short', availableMinor: null };
    expect(await reportOn(OWING.reversal, script)).toMatchObject({ outcome });
  });

  it('that is refused for another reason tells just that', async () => {
    const detail = 'parameter_invalid_integer: Told by the script.';
    const report = await reportOn(OWING.reversal, refused('parameter_invalid_integer'));
    expect(report).toMatchObject({ outcome: { type: 'refused', detail } });
  });
});

describe('looking for a transfer', () => {
  const wanted = {
    payment: OWING.transfer,
    transferId: 'transfer-1',
    installation: INSTALLATION,
  };
  const groups = () =>
    stripe.sent.map(({ path }) =>
      new URL(path, 'http://stripe').searchParams.get('transfer_group'),
    );

  it('finds it by its names, in the group of the payment', async () => {
    const others = [
      wholeTransfer('inst_elsewhere'),
      { ...wholeTransfer(INSTALLATION), metadata: { payment_id: 'payment-1' } },
    ];
    stripe.answers(listOf([...others, { ...wholeTransfer(INSTALLATION), id: 'tr_2' }]));
    const found = (await stripe.gateway.findTransfer(wanted))._unsafeUnwrap();
    expect(found).toMatchObject({ stripeTransferId: 'tr_2', installation: INSTALLATION });
    expect(groups()).toEqual(['payment-1']);
  });

  it('finds it in the group that Stripe made up, and says null where it is in none', async () => {
    stripe.answers((_, nth) => listOf(nth === 2 ? [wholeTransfer(INSTALLATION)] : []));
    const found = (await stripe.gateway.findTransfer(wanted))._unsafeUnwrap();
    expect(found).toMatchObject({ stripeTransferId: 'tr_1' });
    expect(groups()).toEqual(['payment-1', 'group_pi_1']);
    stripe.answers(listOf([]));
    expect((await stripe.gateway.findTransfer(wanted))._unsafeUnwrap()).toBeNull();
  });

  it('finds one that names no installation, as for a record from before there were names', async () => {
    stripe.answers(listOf([wholeTransfer()]));
    const found = (await stripe.gateway.findTransfer(wanted))._unsafeUnwrap();
    expect(found).toMatchObject({ stripeTransferId: 'tr_1', installation: null });
  });

  it('says nothing where it may be the one that can not be read', async () => {
    stripe.answers(listOf([{ ...wholeTransfer(INSTALLATION), amount: null }]));
    const fault = (await stripe.gateway.findTransfer(wanted))._unsafeUnwrapErr();
    expect(fault).toMatchObject({ executed: 'unknown', unreadable: true });
  });
});

describe('looking for a reversal', () => {
  const find = () =>
    stripe.gateway.findReversal({ stripeTransferId: 'tr_1', operationKey: 'key-reversal' });

  it('finds it by the key it was made under', async () => {
    const another = { ...wholeReversal(), id: 'trr_2', metadata: { reversal_key: 'another' } };
    stripe.answers(listOf([another, { ...another, metadata: null }, wholeReversal()]));
    expect((await find())._unsafeUnwrap()).toEqual({
      type: 'reversed',
      stripeReversalId: 'trr_1',
      amountMinor: 700,
    });
    expect(stripe.sent).toMatchObject([{ path: '/v1/transfers/tr_1/reversals?limit=100' }]);
  });

  it('finds none where there is none, or no such transfer', async () => {
    for (const none of [listOf([]), refused('resource_missing', {}, 404)]) {
      stripe.answers(none);
      expect((await find())._unsafeUnwrap()).toBeNull();
    }
  });
});

describe('a connected account', () => {
  const account = async (answer: Answer | Script) => {
    stripe.answers(answer);
    return (await stripe.gateway.account('acct_1'))._unsafeUnwrap();
  };
  const able = { stripeAccount: 'acct_1', transfersEnabled: true, reason: null };
  const unable = { ...able, transfersEnabled: false };

  it('tells whether it can take transfers, and why not', async () => {
    expect(await account(told(wholeAccount()))).toEqual(able);
    const requirements = { disabled_reason: 'requirements.past_due' };
    const off = { ...wholeAccount(), capabilities: { transfers: 'inactive' }, requirements };
    expect(await account(told(off))).toEqual({ ...unable, reason: 'requirements.past_due' });
    expect(stripe.sent).toHaveLength(1);
  });

  it.each([
    ['that is deleted', told({ id: 'acct_1', object: 'account', deleted: true })],
    ['that is not there', refused('resource_missing', {}, 404)],
    ['that does not know us', refused('account_invalid', {}, 403)],
  ])('%s is none', async (_what, answer) => {
    expect(await account(answer)).toBeNull();
  });

  const silent = { ...wholeAccount(), capabilities: { card_payments: 'active' } };
  const recipient = (status: string, fields: object = {}) => {
    const status_details = [{ code: 'requirements_past_due', resolution: 'provide_info' }];
    const capabilities = { stripe_balance: { stripe_transfers: { status, status_details } } };
    const configuration = { recipient: { capabilities } };
    return { id: 'acct_1', object: 'v2.core.account', closed: false, configuration, ...fields };
  };
  const byVersion =
    (second: Answer): Script =>
    ({ path }) =>
      path.startsWith('/v2/') ? second : told(silent);

  it('that was made as a recipient is asked for as one', async () => {
    expect(await account(byVersion(told(recipient('active'))))).toEqual(able);
    expect(stripe.sent[1]?.path).toMatch(/^\/v2\/core\/accounts\/acct_1\?include/);
    const why = { ...unable, reason: 'requirements_past_due' };
    expect(await account(byVersion(told(recipient('restricted'))))).toEqual(why);
    expect(await account(byVersion(told(recipient('active', { closed: true }))))).toBeNull();
  });

  it.each([
    ['not there', refused('not_found', {}, 404)],
    ['not for our key', refused('account_invalid', {}, 403)],
    ['something else', told({ object: 'v2.core.account' })],
    ['an error of another form', { status: 400, body: { error: { code: 'not_found' } } }],
  ])('that is %s as a recipient is what the first answer says', async (_what, second) => {
    expect(await account(byVersion(second))).toEqual(unable);
  });

  it('that could not be asked for is not told', async () => {
    for (const answer of [
      errorOf(500, { type: 'api_error' }),
      byVersion(errorOf(500, { type: 'api_error' })),
      told({ ...wholeAccount(), id: 'acct_2' }),
    ]) {
      stripe.answers(answer);
      const fault = (await stripe.gateway.account('acct_1'))._unsafeUnwrapErr();
      expect(fault).toMatchObject({ executed: 'unknown' });
    }
  });
});
