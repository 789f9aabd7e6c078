import { describe, expect, it } from 'vitest';
import { OWING } from './odd-stripe.js';
import { type Answer, type Cut, errorOf, scriptedStripe } from './scripted-stripe.js';

const BUSY = { type: 'invalid_request_error', code: 'lock_timeout' };
const HTML = '<html><body>Bad Gateway</body></html>';

describe('how often a call is sent', () => {
  it.each<[string, Answer | Cut, number]>([
    ['a 500', errorOf(500, { type: 'api_error' }), 1],
    ['a 409', errorOf(409, BUSY), 1],
    ['a 429', errorOf(429, BUSY), 1],
    ['a page of a proxy', { status: 502, body: HTML }, 1],
    ['half an answer', 'cut off', 1],
    ['a refusal', errorOf(402, { type: 'card_error', code: 'card_declined' }), 1],
    ['a connection that closed', 'closed', 2],
    ['a word to repeat it', errorOf(429, BUSY, { 'stripe-should-retry': 'true' }), 2],
  ])('after %s', async (_what, answer, times) => {
    // One of its own: repeats are paid for by calls that went well.
    const fresh = await scriptedStripe();
    fresh.answers(answer);
    await fresh.perform(OWING.authorize);
    const { sent } = fresh;
    await fresh.close();
    expect(sent).toHaveLength(times);
    expect(sent).toEqual(sent.map(() => sent[0]));
    expect(sent[0]).toMatchObject({ key: OWING.authorize.operation?.key });
  });
});
