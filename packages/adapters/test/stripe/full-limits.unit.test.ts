import type { CallLimits, Urgency } from '@campusg-pay/core';
import { expect, it } from 'vitest';
import { openConnection } from '../../src/stripe/connection.js';

it('tells what a call would be answered for want of a turn in time, by endpoint and urgency', () => {
  const asked: [string, Urgency, number][] = [];
  const limits: CallLimits = {
    take: () => 'turn',
    refusal: ({ endpoint, urgency, withinMs }) => {
      asked.push([endpoint, urgency, withinMs]);
      return urgency === 'customer' ? null : { retryAfterMs: 3_000 };
    },
    tooMuch: () => {},
    rates: () => [],
  };
  const secretKey = 'sk_test_full';
  const { as } = openConnection({ secretKey, timeoutMs: 8_000, limits });
  expect(as('customer').refusal?.('authorize')).toBeNull();
  expect(as('release').refusal?.('capture')).toEqual({
    type: 'GatewayUnavailable',
    executed: 'no',
    reason: 'as many calls to Stripe as it allows are being made',
    retryAfterMs: 3_000,
  });
  expect(asked).toEqual([
    ['POST /v1/payment_intents', 'customer', 4_000],
    ['POST /v1/payment_intents/{id}/capture', 'release', 4_000],
  ]);
  const unlimited = openConnection({ secretKey, limits: null });
  expect(unlimited.as('sweep').refusal?.('refund')).toBeNull();
});
