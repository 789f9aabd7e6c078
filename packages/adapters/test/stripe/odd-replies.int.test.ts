import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { checkStripe } from '../../src/stripe/account-checkup.js';
import {
  anyJson,
  CALLS,
  createCustomer,
  INTENT_CALLS,
  INTENT_ID,
  mutations,
  oddStripe,
  STATUSES,
  wholeIntent,
  wholeRefund,
} from './odd-stripe.js';

const stripe = await oddStripe();
afterAll(() => stripe.close());

/** TEST_EFFORT says how often what is random is tried: see CONTRIBUTING. */
const EFFORT = Number(process.env.TEST_EFFORT ?? 1);
const runs = (count: number) => ({ numRuns: Math.ceil(count * EFFORT) });

/** The calls that take an answer, each with a whole one. */
const WHOLE = [
  ...Object.entries(INTENT_CALLS).map(([name, call]) => [name, call, wholeIntent] as const),
  ['refund', CALLS.refund, wholeRefund] as const,
];

/** What must be there, and be what it is, for a reply to be gone by. */
const NEEDED = [
  'id',
  'object',
  'amount',
  'amount_received',
  'currency',
  'latest_charge',
  'latest_charge.id',
  'latest_charge.object',
  'latest_charge.amount_refunded',
  'metadata',
  'status',
];

const UNREADABLE = { type: 'GatewayUnavailable', executed: 'unknown', unreadable: true };

/** Neither NUL nor half a surrogate pair: Postgres takes neither. */
const UNSTORABLE = /\\u0000|\\ud[89a-f]/;

describe('any JSON as the reply to any call', () => {
  it('with any status comes back as a result', async () => {
    const status = fc.constantFrom(...STATUSES);
    await fc.assert(
      fc.asyncProperty(anyJson, status, async (body, code) => {
        stripe.answers(code, JSON.stringify(body));
        for (const call of Object.values(CALLS)) {
          const result = await call(stripe);
          if (result.isErr())
            expect(result.error.type).toMatch(/GatewayUnavailable|CustomerUnknown/);
        }
      }),
      runs(400),
    );
  });

  it.each(['"ok"', '0', '"slow down"', 'null', '[]', 'true', '[[]]', '', 'not JSON', '<html>'])(
    'the text %j is no answer, and Stripe may have acted',
    async (body) => {
      for (const status of STATUSES) {
        stripe.answers(status, body);
        for (const call of Object.values(CALLS)) {
          expect((await call(stripe))._unsafeUnwrapErr()).toMatchObject({
            type: 'GatewayUnavailable',
            executed: 'unknown',
          });
        }
      }
    },
  );

  it('to the making of a customer, which the SDK repeats where it may', async () => {
    const status = fc.constantFrom(200, 400, 402, 404, 429);
    await fc.assert(
      fc.asyncProperty(anyJson, status, async (body, code) => {
        stripe.answers(code, JSON.stringify(body));
        const made = await createCustomer(stripe);
        if (made.isErr()) expect(made.error.type).toBe('GatewayUnavailable');
      }),
      runs(300),
    );
  });

  it('to a look at the account is told in words', async () => {
    const options = { secretKey: 'sk_test_odd', apiBase: stripe.apiBase, timeoutMs: 5_000 };
    await fc.assert(
      fc.asyncProperty(anyJson, fc.constantFrom(...STATUSES), async (body, code) => {
        stripe.answers(code, JSON.stringify(body));
        const checked = await checkStripe(options);
        if (checked.isErr()) expect(checked.error.detail).not.toBe('');
      }),
      runs(100),
    );
  });

  it.each([
    [401, true],
    [403, true],
    [400, false],
    [500, false],
  ])(
    '%s to a look at the account is about the key: %s, whatever it says',
    async (code, isAboutKey) => {
      const options = { secretKey: 'sk_test_odd', apiBase: stripe.apiBase, timeoutMs: 5_000 };
      const error = { type: 'invalid_request_error', message: 'a word about a key' };
      stripe.answers(code, { error });
      expect((await checkStripe(options))._unsafeUnwrapErr()).toMatchObject({ isAboutKey });
    },
  );

  it('a list that says it goes on, and does not, is not read for ever', async () => {
    for (const data of [[], [null], [{ id: 'x' }], [wholeIntent()]]) {
      stripe.answers(200, { object: 'list', data, has_more: true });
      for (const call of [CALLS.findIntent, CALLS.findCustomer]) await call(stripe);
      const after = INTENT_ID;
      const page = stripe.gateway.listIntents({ from: new Date(0), to: new Date(), after });
      if (!JSON.stringify(data).includes('"x"')) expect((await page).isErr()).toBe(true);
    }
  });
});

describe('a whole answer with one value replaced', () => {
  it('is read as whole without any', async () => {
    for (const [, call, whole] of WHOLE) {
      stripe.answers(200, whole());
      const reply = (await call(stripe))._unsafeUnwrap();
      expect(reply).toMatchObject({ report: { intent: { paymentIntentId: INTENT_ID } } });
    }
  });

  it('says nothing that can not be stored, or can not be read', async () => {
    let tried = 0;
    for (const [, call, whole] of WHOLE) {
      for (const { mutant, path, instead } of mutations(whole())) {
        stripe.answers(200, mutant);
        const result = await call(stripe);
        tried += 1;
        if (result.isErr()) expect(result.error, path).toMatchObject(UNREADABLE);
        else {
          const { report } = result.value as { report: object };
          expect(JSON.stringify(report), `${path} ${JSON.stringify(instead)}`).not.toMatch(
            UNSTORABLE,
          );
        }
      }
    }
    expect(tried).toBeGreaterThan(2_000);
  });

  it.each(NEEDED)('can not be read without its %s, or with another kind of it', async (needed) => {
    for (const [, call, whole] of WHOLE.slice(0, -1)) {
      for (const { path, mutant, instead } of mutations(whole())) {
        const otherKind = !['string', 'number'].includes(typeof instead);
        if (path !== needed || !otherKind) continue;
        // Any object will do for metadata: others use the same account.
        if (needed === 'metadata' && JSON.stringify(instead)?.startsWith('{') === true) continue;
        stripe.answers(200, mutant);
        const result = await call(stripe);
        expect(result._unsafeUnwrapErr(), JSON.stringify(instead)).toMatchObject(UNREADABLE);
      }
    }
  });

  it.each([
    ['an id that is no PaymentIntent', { id: 'ch_1' }],
    ['a negative amount', { amount: -1 }],
    ['an amount beyond what is exact', { amount_received: 2 ** 53 }],
    ['half a cent', { amount: 10.5 }],
    ['an amount as text', { amount: '2098' }],
    ['a currency that nobody knows', { currency: 'zzz' }],
    ['a charge that is not expanded', { latest_charge: 'ch_1' }],
    ['a charge that is an empty object', { latest_charge: {} }],
    ['a hold without its charge', { latest_charge: null }],
    ['another object', { object: 'charge' }],
  ])('can not be read with %s', async (_, odd) => {
    for (const call of Object.values(INTENT_CALLS)) {
      stripe.answers(200, { ...wholeIntent(), ...odd });
      expect((await call(stripe))._unsafeUnwrapErr()).toMatchObject(UNREADABLE);
    }
    expect(stripe.notes.at(-1)).toMatchObject({ outcome: 'Unreadable' });
  });

  it('about another PaymentIntent than was asked about can not be read', async () => {
    stripe.answers(200, { ...wholeIntent(), id: 'pi_another' });
    for (const [name, call] of Object.entries(INTENT_CALLS)) {
      if (name === 'authorize') continue;
      expect((await call(stripe))._unsafeUnwrapErr()).toMatchObject(UNREADABLE);
    }
  });

  it('shown by a decline may be anything, so that the hold may be there', async () => {
    const error = { type: 'card_error', code: 'card_declined', message: 'No.' };
    for (const shown of ['pi_1', {}, [], 5, { ...wholeIntent(), amount: null }]) {
      stripe.answers(402, { error: { ...error, payment_intent: shown } });
      expect((await CALLS.authorize(stripe))._unsafeUnwrapErr()).toMatchObject(UNREADABLE);
    }
  });
});

describe('an odd item in a list', () => {
  const since = new Date(0);
  const event = {
    id: 'evt_1',
    object: 'event',
    type: 'payment_intent.succeeded',
    data: { object: { ...wholeIntent(), latest_charge: 'ch_1' } },
  };

  it('is counted, and the others are read', async () => {
    await fc.assert(
      fc.asyncProperty(anyJson, async (odd) => {
        stripe.answers(200, {
          object: 'list',
          data: [wholeIntent(), odd, wholeIntent()],
          has_more: false,
        });
        const intents = await stripe.gateway.listIntents({
          from: since,
          to: new Date(),
          after: null,
        });
        expect(intents._unsafeUnwrap()).toMatchObject({
          items: [{}, {}],
          unreadable: 1,
          next: null,
        });
        stripe.answers(200, { object: 'list', data: [event, odd, event], has_more: false });
        const missed = await stripe.gateway.missedEvents({ since, after: null });
        expect(missed._unsafeUnwrap()).toMatchObject({
          items: [{}, {}],
          unreadable: 1,
          next: null,
        });
      }),
      runs(300),
    );
  });

  it('which is a whole one with one value replaced, hides no other', async () => {
    for (const { mutant, path } of mutations(event)) {
      stripe.answers(200, { object: 'list', data: [event, mutant], has_more: false });
      const missed = (await stripe.gateway.missedEvents({ since, after: null }))._unsafeUnwrap();
      expect(missed.items.length, path).toBeGreaterThan(0);
      expect(JSON.stringify(missed.items), path).not.toMatch(UNSTORABLE);
    }
    for (const { mutant, path } of mutations(wholeIntent())) {
      stripe.answers(200, { object: 'list', data: [wholeIntent(), mutant], has_more: false });
      const period = { from: since, to: new Date(), after: null };
      const page = (await stripe.gateway.listIntents(period))._unsafeUnwrap();
      expect(page.items.length + page.unreadable, path).toBe(2);
      expect(JSON.stringify(page.items), path).not.toMatch(UNSTORABLE);
    }
  });

  it('may be the one that is searched for, so that nobody says that there is none', async () => {
    for (const odd of [null, 5, 'x', [], {}, { ...wholeIntent(), amount: null }]) {
      stripe.answers(200, { object: 'list', data: [odd], has_more: false });
      expect((await CALLS.findIntent(stripe))._unsafeUnwrapErr()).toMatchObject(UNREADABLE);
    }
  });
});
