import type { AuthorizeCommand, ReleaseCommand, RevertCommand } from '@campusg-pay/core';
import fc from 'fast-check';
import { err } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import { openDoor } from './door.js';

const authorizes: AuthorizeCommand[] = [];
const others: (ReleaseCommand | RevertCommand)[] = [];
const GONE = err({ type: 'OvertakenByAnother', status: 'REVERTED' } as const);

const door = await openDoor({
  escrow: {
    authorize: async (command) => {
      authorizes.push(command);
      return GONE;
    },
    release: async (command) => {
      others.push(command);
      return GONE;
    },
    revert: async (command) => {
      others.push(command);
      return GONE;
    },
  },
});

/** Near misses: a good body with one or two values somewhere replaced by anything. */
const GOOD = {
  customer: {
    clerkUserId: 'user_1',
    stripeCustomerId: 'cus_1',
    userStripeCard: { payment_method_id: 'pm_1' },
    savePaymentMethod: true,
  },
  order: { amount: 2098, currency: 'USD', description: 'text' },
  custpaymentId: 'mine',
  return_url: 'https://campusg.com/',
  runnerId: 'user_2',
  reason: 'reason',
};
const PATHS = [
  ['customer'],
  ['customer', 'clerkUserId'],
  ['customer', 'stripeCustomerId'],
  ['customer', 'userStripeCard'],
  ['customer', 'userStripeCard', 'payment_method_id'],
  ['customer', 'savePaymentMethod'],
  ['order'],
  ['order', 'amount'],
  ['order', 'currency'],
  ['order', 'description'],
  ['custpaymentId'],
  ['return_url'],
  ['runnerId'],
  ['reason'],
];
const anything = fc.oneof(
  fc.jsonValue(),
  fc.string({ unit: 'binary', maxLength: 600 }),
  fc.integer(),
  fc.double(),
  fc.constantFrom('', ' ', '\u0000', '\ud800', 'x'.repeat(201), 49, 50, 99_999_999, 1e8, 2098.5),
);
const nearMiss = fc
  .array(fc.tuple(fc.constantFrom(...PATHS), anything), { minLength: 0, maxLength: 2 })
  .map((changes) => {
    const body: unknown = structuredClone(GOOD);
    for (const [path, value] of changes) put(body, path, value);
    return body;
  });
const endpoint = fc.constantFrom('authorize', 'release', 'revert');

describe('any JSON at all', () => {
  it('gets a clear answer, and reaches the escrow only when it is sound', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.jsonValue(), nearMiss), endpoint, async (body, command) => {
        const before = authorizes.length + others.length;
        const path = `/api/payment/order_1/${command}`;
        const { status, body: answer } = await door.post(path, JSON.stringify(body));
        const asked = authorizes.length + others.length - before;
        expect(status).toBe(asked === 1 ? 409 : 400);
        expect(answer.error).toBe(asked === 1 ? 'overtaken' : 'invalid_request');
        if (asked === 0) expect(answer.issues.length).toBeGreaterThan(0);
      }),
      { numRuns: 1000 },
    );
    expect(authorizes.length).toBeGreaterThan(20);
    for (const command of authorizes) expectSound(command);
    for (const command of others) {
      if ('runnerId' in command) expectText(command.runnerId, 200);
      else if (command.reason !== null) expectText(command.reason, 500);
    }
  });

  it('any order id in the path is taken as it is, or refused', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'grapheme', minLength: 1, maxLength: 220 }),
        async (id) => {
          // A path of dots is folded by the client itself.
          fc.pre(id !== '.' && id !== '..');
          const before = others.length;
          const path = `/api/payment/${encodeURIComponent(id)}/revert`;
          const { status } = await door.post(path);
          if (others.length === before) expect(status).toBe(400);
          else expect(others.at(-1)?.payment).toEqual({ orderId: id });
        },
      ),
      { numRuns: 200 },
    );
  });
});

function expectSound(command: AuthorizeCommand): void {
  expectText(command.customerId, 200);
  for (const id of [command.stripeCustomerId, command.paymentMethodId, command.paymentId]) {
    if (id !== null) expectText(id, 200);
  }
  if (command.description !== null) expectText(command.description, 500);
  if (command.returnUrl !== null) expect(new URL(command.returnUrl).protocol).toMatch(/^https?:$/);
  expect(typeof command.savePaymentMethod).toBe('boolean');
  expect(command.amount.currency).toMatch(/^[A-Z]{3}$/);
  expect(Number.isSafeInteger(command.amount.amountMinor)).toBe(true);
  expect(command.amount.amountMinor).toBeGreaterThan(0);
  expect(command.amount.amountMinor).toBeLessThan(100_000_000);
}

function expectText(value: unknown, maximum: number): void {
  if (typeof value !== 'string') throw new Error(`${JSON.stringify(value)} is no text`);
  expect(value.length).toBeGreaterThan(0);
  expect([...value].length).toBeLessThanOrEqual(maximum);
  expect(value.includes('\u0000')).toBe(false);
  // What Postgres and Stripe are sent is UTF-8, which lone surrogates do not survive.
  expect(Buffer.from(value).toString()).toBe(value);
}

function put(target: unknown, [head = '', ...rest]: readonly string[], value: unknown): void {
  if (typeof target !== 'object' || target === null) return;
  if (rest.length === 0) Reflect.set(target, head, value);
  else put(Reflect.get(target, head), rest, value);
}
