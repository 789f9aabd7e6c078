import { ERRORS, type ErrorCode } from '@campusg-pay/adapters/contract';
import type { SchemaName } from './openapi-schemas.js';

const PAYMENT = {
  paymentId: '0b8f3c9e-6d1a-4f27-9c55-2f1d7a4be012',
  orderId: 'order_123abc',
  customerId: 'user_2uFnauOsxFRGIoy3O5CJA6v5sM6',
  runnerId: null,
  amount: 20.98,
  status: 'AUTHORIZED',
  description: 'Order with ID order_123abc - CampusG Escrow',
  paymentIntentId: 'pi_3R7xF8QR8BO665Mw1abcdefg',
  createdAt: '2026-03-29T11:08:03.326151+00:00',
  updatedAt: '2026-03-29T11:08:04.112907+00:00',
  amountMinor: 2098,
  currency: 'USD',
  heldMinor: 2098,
  capturedMinor: 0,
  refundedMinor: 0,
  tipMinor: 0,
  feeMinor: 0,
  funding: 'hold',
  refunds: [],
  transfer: null,
  dispute: null,
  attempt: 1,
  requiresAction: false,
  processing: false,
  captureBefore: '2026-04-05T11:08:03.000000+00:00',
  revertMethod: null,
  reason: null,
  failure: null,
  review: null,
};

const TAKEN = { runnerId: 'user_abc123', heldMinor: 0, capturedMinor: 2098, captureBefore: null };
const RELEASED = {
  ...PAYMENT,
  ...TAKEN,
  status: 'RELEASED',
  feeMinor: 98,
  transfer: {
    transferId: '7d4a1f0e-3b52-4c8d-8a61-9f0e2d3c4b5a',
    stripeTransferId: 'tr_1R7xF8QR8BO665Mw2abcdefg',
    status: 'sent',
    amountMinor: 2000,
    reversedMinor: 0,
    runnerId: 'user_abc123',
    stripeAccount: 'acct_1R7xF8QR8BO665Mw',
    reason: null,
  },
};

const REVERTED = {
  ...PAYMENT,
  status: 'REVERTED',
  heldMinor: 0,
  captureBefore: null,
  revertMethod: 'voided',
  reason: 'order_canceled',
};

const TOTALS = { totalSpent: 20.98, totalEarned: 0, spentCount: 1, earnedCount: 0 };

/** One of each request and answer, as the guide has them; a test holds them against the schemas. */
export const EXAMPLES: Readonly<Record<Exclude<SchemaName, 'Error'>, object>> = {
  AuthorizeRequest: {
    customer: {
      clerkUserId: 'user_2uFnauOsxFRGIoy3O5CJA6v5sM6',
      userStripeCard: { payment_method_id: 'pm_1R7xF8QR8BO665MwbdEmL3Pz' },
    },
    order: { amount: 2098, description: 'Order with ID order_123abc - CampusG Escrow' },
    return_url: 'https://campusg.com/order-confirmation',
  },
  ReleaseRequest: {
    runnerId: 'user_abc123',
    runnerStripeAccount: 'acct_1R7xF8QR8BO665Mw',
    platformFee: 98,
  },
  RevertRequest: { reason: 'order_canceled' },
  Payment: PAYMENT,
  Authorized: {
    success: true,
    paymentId: PAYMENT.paymentId,
    paymentIntentId: PAYMENT.paymentIntentId,
    status: 'AUTHORIZED',
    payment: PAYMENT,
    description: 'Payment authorized successfully and held in escrow',
  },
  Released: {
    success: true,
    description: 'Funds released to runner successfully',
    status: 'RELEASED',
    runnerId: 'user_abc123',
    payment: RELEASED,
  },
  Reverted: {
    success: true,
    description: 'Payment reverted successfully',
    status: 'FAILED',
    payment: REVERTED,
  },
  Processing: {
    success: true,
    processing: true,
    description: 'The payment is being released; ask for its status in a moment',
    paymentId: PAYMENT.paymentId,
    paymentIntentId: PAYMENT.paymentIntentId,
    status: 'AUTHORIZED',
    payment: { ...PAYMENT, processing: true },
  },
  Found: { success: true, payment: PAYMENT },
  Status: { success: true, payment: PAYMENT },
  Health: { status: 'healthy' },
  History: {
    userId: 'user_2uFnauOsxFRGIoy3O5CJA6v5sM6',
    ...TOTALS,
    currency: 'USD',
    byCurrency: [{ currency: 'USD', ...TOTALS }],
  },
  Accepted: {
    success: true,
    message: 'The release is being carried out.',
    correlation_id: '6f0d8a52-4c3e-4a8b-9d77-0e6a1c2b3d4f',
  },
  CompatReleaseRequest: {
    runner_id: 'user_abc123',
    runner_connect_account_id: 'acct_1R7xF8QR8BO665Mw',
  },
  CompatRevertRequest: { reason: 'one item was missing', amount: 500, refund_id: 'missing-item-1' },
  Payments: { success: true, payments: [RELEASED], nextCursor: null },
  Cards: {
    success: true,
    cards: [
      {
        paymentMethodId: 'pm_1R7xF8QR8BO665Mw',
        brand: 'visa',
        last4: '4242',
        expMonth: 12,
        expYear: 2030,
        isDefault: true,
      },
    ],
  },
  RunnerRequest: { stripeAccount: 'acct_1R7xF8QR8BO665Mw' },
  Runner: {
    success: true,
    runner: {
      runnerId: 'user_abc123',
      stripeAccount: 'acct_1R7xF8QR8BO665Mw',
      transfersEnabled: true,
      debts: [{ currency: 'USD', amountMinor: 500 }],
      transferredMinor: [{ currency: 'USD', amountMinor: 2000 }],
    },
  },
};

/** An answer of that code, without the facts that only some cases have. */
export function errorExample(code: ErrorCode): object {
  const { meaning } = ERRORS[code];
  const requestId = '4be1c2d3-8f6a-4d2b-9e0c-7a5b6c8d9e0f';
  return { success: false, error: code, description: meaning, requestId };
}
