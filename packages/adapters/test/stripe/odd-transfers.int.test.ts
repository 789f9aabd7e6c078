import { afterAll, describe, expect, it } from 'vitest';
import {
  CALLS,
  mutations,
  oddStripe,
  wholeAccount,
  wholeReversal,
  wholeTransfer,
} from './odd-stripe.js';

const stripe = await oddStripe();
afterAll(() => stripe.close());

const UNREADABLE = { type: 'GatewayUnavailable', executed: 'unknown', unreadable: true };

/** Neither NUL nor half a surrogate pair: Postgres takes neither. */
const UNSTORABLE = /\\u0000|\\ud[89a-f]/;

const listed = (item: unknown) => ({ object: 'list', data: [item], has_more: false });
const asItIs = (whole: unknown) => whole;

/** The calls about transfers, each with a whole answer, and how Stripe wraps it. */
const WHOLE = [
  ['transfer', wholeTransfer(), asItIs],
  ['reversal', wholeReversal(), asItIs],
  ['findTransfer', wholeTransfer('inst_odd'), listed],
  ['findReversal', wholeReversal(), listed],
  ['account', wholeAccount(), asItIs],
] as const;

describe('a whole answer about a transfer, with one value replaced', () => {
  it.each(WHOLE)('to %s is read as whole without any', async (name, whole, wrapped) => {
    stripe.answers(200, wrapped(whole));
    expect((await CALLS[name](stripe))._unsafeUnwrap()).not.toBeNull();
  });

  it.each(WHOLE)('to %s says nothing odd, or can not be read', async (name, whole, wrapped) => {
    let tried = 0;
    for (const { mutant, path, instead } of mutations(whole)) {
      stripe.answers(200, wrapped(mutant));
      const result = await CALLS[name](stripe);
      tried += 1;
      const what = `${path} ${JSON.stringify(instead)}`;
      if (result.isErr()) expect(result.error, what).toMatchObject(UNREADABLE);
      else expect(JSON.stringify(result.value), what).not.toMatch(UNSTORABLE);
    }
    expect(tried).toBeGreaterThan(80);
  });
});

describe('a transfer that is not the one that was asked for', () => {
  const names = wholeTransfer().metadata;

  it.each([
    ['has no id', { id: undefined }],
    ['has the id of something else', { id: 'po_1' }],
    ['is another object', { object: 'payout' }],
    ['moves nothing', { amount: 0 }],
    ['moves less', { amount: 1499 }],
    ['is in another currency', { currency: 'eur' }],
    ['goes to another account', { destination: 'acct_2' }],
    ['goes nowhere', { destination: null }],
    ['is of another charge', { source_transaction: 'ch_2' }],
    ['is of no charge', { source_transaction: null }],
    ['has no metadata', { metadata: undefined }],
    ['names nothing', { metadata: {} }],
    ['names another payment', { metadata: { ...names, payment_id: 'payment-2' } }],
    ['names another transfer', { metadata: { ...names, transfer_id: 'transfer-2' } }],
    ['names an installation', { metadata: { ...names, installation: 'inst_elsewhere' } }],
  ])('as it %s, may have been sent besides', async (_what, odd) => {
    stripe.answers(200, { ...wholeTransfer(), ...odd });
    expect((await CALLS.transfer(stripe))._unsafeUnwrapErr()).toMatchObject(UNREADABLE);
  });

  it('is the one where its parts are sent whole', async () => {
    const expanded = { destination: { id: 'acct_1' }, source_transaction: { id: 'ch_1' } };
    stripe.answers(200, { ...wholeTransfer(), ...expanded });
    expect((await CALLS.transfer(stripe)).isOk()).toBe(true);
  });
});

describe('a reversal that is not the one that was asked for', () => {
  it.each([
    ['has no id', { id: undefined }],
    ['has the id of something else', { id: 're_1' }],
    ['is another object', { object: 'refund' }],
    ['brings back nothing', { amount: 0 }],
    ['brings back more', { amount: 701 }],
    ['is of another transfer', { transfer: 'tr_2' }],
    ['was made under another key', { metadata: { reversal_key: 'another' } }],
    ['was made under no key', { metadata: null }],
  ])('as it %s, may have been made besides', async (_what, odd) => {
    stripe.answers(200, { ...wholeReversal(), ...odd });
    expect((await CALLS.reversal(stripe))._unsafeUnwrapErr()).toMatchObject(UNREADABLE);
  });
});

describe('a list of transfers that can not be read', () => {
  it.each([
    [null],
    [5],
    ['x'],
    [[]],
    [{}],
    [{ ...wholeTransfer(), amount: null }],
    [{ ...wholeReversal(), amount: null }],
  ])('may have the wanted one in it: %j', async (odd) => {
    stripe.answers(200, listed(odd));
    for (const call of [CALLS.findTransfer, CALLS.findReversal])
      expect((await call(stripe))._unsafeUnwrapErr()).toMatchObject(UNREADABLE);
  });

  it('is not read for ever, where it says that it goes on', async () => {
    for (const data of [[], [null], [{ id: 'x' }], [wholeTransfer()], [wholeReversal()]]) {
      stripe.answers(200, { object: 'list', data, has_more: true });
      for (const call of [CALLS.findTransfer, CALLS.findReversal]) await call(stripe);
    }
  });
});
