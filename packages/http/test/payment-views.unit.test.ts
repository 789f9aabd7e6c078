import { initiated, parseCharge, parseCurrency } from '@campusg-pay/core';
import { expect, it } from 'vitest';
import { renderAuthorized } from '../src/payment-views.js';

const at = new Date('2026-11-29T12:00:00Z');
const usd = parseCurrency('USD')._unsafeUnwrap();
const waiting = initiated({
  id: 'payment_1',
  orderId: 'order_1',
  attempt: 1,
  customerId: 'user_1',
  stripeCustomerId: 'cus_1',
  paymentMethodId: 'pm_1',
  amount: parseCharge(2098, usd)._unsafeUnwrap(),
  description: null,
  correlationId: 'request_1',
  operation: {
    kind: 'authorize',
    params: { returnUrl: null, savePaymentMethod: false },
    key: 'key_1',
    openedAt: at,
    attempts: 1,
    leaseUntil: at,
    resting: false,
    correlationId: 'request_1',
  },
  createdAt: at,
  updatedAt: at,
});

it('an authorize without a page to open says how the customer can authenticate nevertheless', () => {
  const { status, body } = renderAuthorized({
    outcome: 'requires_action',
    payment: waiting,
    action: { clientSecret: 'pi_1_secret_1', redirectUrl: null },
  });
  expect(status).toBe(200);
  expect(body).toMatchObject({
    requiresAction: true,
    clientSecret: 'pi_1_secret_1',
    nextAction: { redirectUrl: null },
    description: expect.stringMatching(/clientSecret with Stripe\.js.*return_url.*RETURN_URL/),
  });
});
