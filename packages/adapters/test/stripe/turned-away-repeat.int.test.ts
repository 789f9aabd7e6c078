import { afterEach, describe, expect, it } from 'vitest';
import { OWING, wholeIntent } from './odd-stripe.js';
import { type Answer, type Cut, errorOf, scriptedStripe } from './scripted-stripe.js';

const opened: Awaited<ReturnType<typeof scriptedStripe>>[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

async function open(outages: number) {
  const stripe = await scriptedStripe({ circuit: { outages } });
  opened.push(stripe);
  return stripe;
}

const RETRY = { 'stripe-should-retry': 'true' };
const LOST: readonly (readonly [string, Answer | Cut])[] = [
  ['a 500', errorOf(500, { type: 'api_error' }, RETRY)],
  ['a closed connection', 'closed'],
];

// The first try may have made the hold. Whatever keeps the repeat from being made says nothing about it.
describe.each(LOST)('a hold whose first try was lost to %s', (_what, first) => {
  it('is in doubt where its repeat is turned away by the circuit', async () => {
    const stripe = await open(1);
    stripe.answers(first);
    const fault = (await stripe.perform(OWING.authorize))._unsafeUnwrapErr();
    expect(fault).toMatchObject({ executed: 'unknown' });
    expect(stripe.sent).toHaveLength(1);
    // What comes now is turned away and was certainly not done.
    const next = (await stripe.perform(OWING.authorize))._unsafeUnwrapErr();
    expect(next).toMatchObject({ executed: 'no', reason: 'Stripe is resting' });
  });

  it.each<[string, Answer]>([
    ['limited', errorOf(429, { type: 'invalid_request_error', code: 'rate_limit' })],
    ['locked out', errorOf(429, { type: 'invalid_request_error', code: 'lock_timeout' })],
    ['not let in', errorOf(401, { type: 'invalid_request_error' })],
    ['forbidden', errorOf(403, { type: 'invalid_request_error' })],
  ])('is in doubt where its repeat is %s', async (_how, second) => {
    const stripe = await open(100);
    stripe.answers((_, nth) => (nth === 1 ? first : second));
    const fault = (await stripe.perform(OWING.authorize))._unsafeUnwrapErr();
    expect(fault).toMatchObject({ executed: 'unknown', retryAfterMs: null });
    expect(stripe.sent).toHaveLength(2);
  });

  it('is what its repeat says where that is answered', async () => {
    const stripe = await open(100);
    stripe.answers((_, nth) => (nth === 1 ? first : { status: 200, body: wholeIntent() }));
    const { report } = (await stripe.perform(OWING.authorize))._unsafeUnwrap();
    expect(report).toMatchObject({ type: 'intent', intent: { status: 'requires_capture' } });
    expect(stripe.sent[0]).toEqual(stripe.sent[1]);
  });
});
