import type { GatewayFault } from '@campusg-pay/core';
import { afterAll, describe, expect, it } from 'vitest';
import { createStripeClient } from '../../src/stripe/client.js';
import { createStripeGateway } from '../../src/stripe/stripe-gateway.js';
import { OWING, wholeIntent } from './odd-stripe.js';
import { type Answer, type Cut, errorOf, scriptedStripe } from './scripted-stripe.js';

// Whether Stripe may have acted decides whether there can be a second hold: each way to say no is
// here, with what must be concluded from it. Sources: docs.stripe.com/error-low-level,
// docs.stripe.com/error-codes and docs.stripe.com/rate-limits.

const stripe = await scriptedStripe();
afterAll(() => stripe.close());

const INVALID = 'invalid_request_error';
const BUSY = { type: INVALID, code: 'lock_timeout' };
const OURS = { type: 'idempotency_error' };
const HTML = '<html><body>Bad Gateway</body></html>';

/** Stripe certainly did nothing. */
const no: Partial<GatewayFault> = { executed: 'no' };
/** It may have acted. */
const unknown: Partial<GatewayFault> = { executed: 'unknown' };
/** And what it said may stay as it is for long. */
const unreadable: Partial<GatewayFault> = { executed: 'unknown', unreadable: true };

type Case = readonly [what: string, answer: Answer | Cut, concluded: Partial<GatewayFault>];

const IN_DOUBT: readonly Case[] = [
  [
    '409, the key is in use',
    errorOf(409, { type: INVALID, code: 'idempotency_key_in_use' }),
    unknown,
  ],
  ['409, the key is in use, by its type', errorOf(409, OURS), unknown],
  ['409, the object is locked', errorOf(409, BUSY), unknown],
  ['409 without a code', errorOf(409, { type: 'api_error' }), unknown],
  ['402 without JSON', { status: 402, body: HTML }, unreadable],
  ['404 without JSON', { status: 404, body: HTML }, unreadable],
  ...[408, 418, 422, 424, 500, 502, 503, 504, 529].map(
    (status): Case => [`${status}`, errorOf(status, { type: 'api_error' }), unknown],
  ),
  ...[429, 500, 502, 503, 504].map(
    (status): Case => [`${status} in HTML`, { status, body: HTML }, unknown],
  ),
  ['the connection closed', 'closed', unknown],
  ['the answer cut off', 'cut off', unknown],
];

const REMEMBERED: readonly Case[] = [
  ['400, the key came with other parameters', errorOf(400, OURS), unknown],
  [
    'a 500 out of memory',
    errorOf(500, { type: 'api_error' }, { 'idempotent-replayed': 'true' }),
    unknown,
  ],
];

const LIMIT_REASONS = [
  'global-concurrency',
  'global-rate',
  'endpoint-concurrency',
  'endpoint-rate',
  'resource-specific',
];

const UNDONE: readonly Case[] = [
  ['401', errorOf(401, { type: INVALID }), no],
  ['403', errorOf(403, { type: INVALID }), no],
  ['429', errorOf(429, { type: INVALID, code: 'rate_limit' }), no],
  ['400 with the code of a limit', errorOf(400, { type: INVALID, code: 'rate_limit' }), no],
  ['429, the object is locked', errorOf(429, BUSY), no],
  ...LIMIT_REASONS.map((reason): Case => {
    const headers = { 'stripe-rate-limited-reason': reason };
    return [`429, ${reason}`, errorOf(429, { type: INVALID, code: 'rate_limit' }, headers), no];
  }),
];

describe.each(['authorize', 'capture', 'void', 'refund'] as const)('the answer to a %s', (kind) => {
  it.each([...IN_DOUBT, ...UNDONE])('%s: whether it was done', async (_what, answer, concluded) => {
    stripe.answers(answer);
    const fault = (await stripe.perform(OWING[kind]))._unsafeUnwrapErr();
    expect(fault).toMatchObject({ type: 'GatewayUnavailable', retryAfterMs: null, ...concluded });
    expect(fault).not.toHaveProperty('remembered');
    expect(fault.unreadable).toBe(concluded.unreadable);
  });

  it.each(REMEMBERED)('%s: the key leads nowhere', async (_what, answer, concluded) => {
    stripe.answers(answer);
    const fault = (await stripe.perform(OWING[kind]))._unsafeUnwrapErr();
    expect(fault).toMatchObject({ ...concluded, remembered: true });
  });
});

describe('an answer to nobody', () => {
  it('is certainly none where there was no connection', async () => {
    const apiBase = new URL('http://127.0.0.1:1');
    const client = createStripeClient({ secretKey: 'sk_test_1', apiBase, timeoutMs: 5_000 });
    const circuit = { run: <T>(call: () => Promise<T>) => call() };
    const gateway = createStripeGateway({ stripe: client, deadlineMs: 5_000, circuit });
    const fault = (await gateway.retrieve('pi_1'))._unsafeUnwrapErr();
    expect(fault).toMatchObject({ executed: 'no', reason: 'connection to Stripe: ECONNREFUSED' });
  });

  it('tells nothing where the socket was silent for too long', async () => {
    const quiet = await scriptedStripe({ deadlineMs: 100 });
    quiet.answers({ status: 200, body: wholeIntent(), afterMs: 400 });
    const fault = (await quiet.perform(OWING.authorize))._unsafeUnwrapErr();
    expect(fault).toMatchObject({ executed: 'unknown', retryAfterMs: null });
    await quiet.close();
  });
});

describe('Retry-After', () => {
  const limited = (after: string) =>
    errorOf(429, { type: INVALID, code: 'rate_limit' }, { 'retry-after': after });

  it.each([
    ['2', 2_000],
    ['0', 0],
    ['0.5', 500],
    ['-1', null],
    ['Wed, 21 Oct 2026 07:28:00 GMT', null],
    ['soon', null],
  ])('%j is %j ms', async (after, ms) => {
    stripe.answers(limited(after));
    const fault = (await stripe.perform(OWING.authorize))._unsafeUnwrapErr();
    expect(fault).toMatchObject({ executed: 'no', retryAfterMs: ms });
  });
});
