import { renderTime } from '@campusg-pay/adapters/contract';
import {
  type Answer,
  awaitsCustomer,
  NOTHING_TAKEN,
  openReview,
  type Payment,
  runnerOf,
  STATUSES,
  type Taken,
  toMajorNumber,
} from '@campusg-pay/core';
import { z } from 'zod';
import type { Rendered } from './answers.js';
import { processingWords } from './processing-words.js';

const time = z.iso.datetime({ offset: true });

/** A payment as callers see it: the documented fields first, then ours. */
export const paymentView = z.object({
  paymentId: z.string(),
  orderId: z.string(),
  customerId: z.string(),
  runnerId: z.string().nullable(),
  amount: z.number().meta({ description: 'In major units: 20.98.' }),
  status: z.enum(STATUSES),
  description: z.string().nullable(),
  paymentIntentId: z.string().nullable(),
  createdAt: time,
  updatedAt: time,
  amountMinor: z.int().meta({ description: 'The same amount in minor units: 2098.' }),
  currency: z.string(),
  heldMinor: z.int().meta({ description: 'On hold at this moment, in minor units.' }),
  capturedMinor: z.int().meta({ description: 'Taken in all, in minor units.' }),
  refundedMinor: z.int().meta({
    description:
      'Given back in all, in minor units; what a bank has still to agree to is not counted.',
  }),
  dispute: z
    .object({
      disputeId: z.string(),
      status: z.string().meta({ description: "Stripe's word, such as `needs_response`." }),
      reason: z.string(),
      amountMinor: z.int(),
    })
    .nullable()
    .meta({ description: "The latest dispute of the customer's bank about it." }),
  attempt: z.int().meta({ description: "1 for the order's first payment." }),
  requiresAction: z
    .boolean()
    .meta({ description: 'The customer must authenticate before there is a hold.' }),
  processing: z
    .boolean()
    .meta({ description: 'A call to Stripe is under way or will be made again.' }),
  captureBefore: time
    .nullable()
    .meta({ description: 'When the hold lapses by itself, where Stripe told it.' }),
  revertMethod: z
    .enum(['voided', 'refunded', 'canceled', 'expired'])
    .nullable()
    .meta({ description: 'How a REVERTED payment went back.' }),
  reason: z.string().nullable().meta({ description: 'Why it was reverted.' }),
  failure: z
    .object({ code: z.string(), declineCode: z.string().nullable(), message: z.string() })
    .nullable()
    .meta({ description: 'Why a FAILED payment was not held.' }),
  review: z
    .string()
    .nullable()
    .meta({ description: 'Why a person should look at this payment; null once somebody has.' }),
});

type PaymentView = z.output<typeof paymentView>;

/** The payment in the documented form. */
function renderPayment(payment: Payment): PaymentView {
  const { id, orderId, customerId, amount, status, description, paymentIntentId } = payment;
  return {
    paymentId: id,
    orderId,
    customerId,
    runnerId: runnerOf(payment),
    amount: toMajorNumber(amount),
    status,
    description,
    paymentIntentId,
    createdAt: renderTime(payment.createdAt),
    updatedAt: renderTime(payment.updatedAt),
    amountMinor: amount.amountMinor,
    currency: amount.currency,
    heldMinor: status === 'AUTHORIZED' ? amount.amountMinor : 0,
    ...renderTaken('receivedMinor' in payment ? payment : NOTHING_TAKEN),
    attempt: payment.attempt,
    requiresAction: awaitsCustomer(payment),
    processing: payment.operation !== null,
    captureBefore: renderCaptureBefore(payment),
    revertMethod: payment.status === 'REVERTED' ? payment.revertMethod : null,
    reason: payment.status === 'REVERTED' ? payment.reason : null,
    failure: payment.status === 'FAILED' ? payment.failure : null,
    review: openReview(payment),
  };
}

function renderTaken({ receivedMinor, refundedMinor, dispute }: Taken) {
  return { capturedMinor: receivedMinor, refundedMinor, dispute };
}

function renderCaptureBefore(payment: Payment): string | null {
  if (payment.status !== 'AUTHORIZED' || payment.captureBefore === null) return null;
  return renderTime(payment.captureBefore);
}

const success = z.literal(true);

export const authorizedView = z.object({
  success,
  description: z.string(),
  paymentId: z.string(),
  paymentIntentId: z.string().nullable(),
  status: z.enum(STATUSES),
  payment: paymentView,
  requiresAction: z.literal(true).optional(),
  clientSecret: z.string().nullable().optional(),
  nextAction: z.object({ redirectUrl: z.string().nullable() }).optional(),
});

export const releasedView = z.object({
  success,
  description: z.string(),
  status: z.literal('RELEASED'),
  runnerId: z.string().nullable(),
  payment: paymentView,
});

export const revertedView = z.object({
  success,
  description: z.string(),
  status: z.literal('FAILED').meta({
    description:
      'Always FAILED, as the guide documents it; the true status, REVERTED, is that of `payment`.',
  }),
  payment: paymentView,
});

export const processingView = z.object({
  success,
  processing: z.literal(true),
  description: z.string(),
  paymentId: z.string(),
  paymentIntentId: z.string().nullable(),
  status: z.enum(STATUSES),
  payment: paymentView,
});

export const foundView = z.object({ success, payment: paymentView });

type Processing = Rendered<z.output<typeof processingView>>;
type Authorized = Rendered<z.output<typeof authorizedView>>;

/** The answer to an authorize. */
export function renderAuthorized(answer: Answer): Authorized | Processing {
  if (answer.outcome === 'processing') return processing(answer.payment, 'authorized');
  const { payment } = answer;
  const common = {
    success: true,
    paymentId: payment.id,
    paymentIntentId: payment.paymentIntentId,
    status: payment.status,
    payment: renderPayment(payment),
  } as const;
  if (answer.outcome === 'done') {
    const description =
      payment.status === 'RELEASED'
        ? 'The payment was held before and has been released to the runner'
        : 'Payment authorized successfully and held in escrow';
    return ok200({ ...common, description });
  }
  const { clientSecret, redirectUrl } = answer.action;
  return ok200({
    ...common,
    description: redirectUrl === null ? `${AUTHENTICATE}: ${WITHOUT_PAGE}` : AUTHENTICATE,
    requiresAction: true as const,
    clientSecret,
    nextAction: { redirectUrl },
  });
}

const AUTHENTICATE = 'The customer must authenticate the payment before it can be held';
/** Stripe takes a `return_url` with the hold only, so that a repeat can't bring it later. */
const WITHOUT_PAGE =
  'use clientSecret with Stripe.js, or, to get a page to open, revert and send return_url next time';

/** The answer to a release. */
export function renderReleased(
  answer: Answer,
): Rendered<z.output<typeof releasedView>> | Processing {
  const { payment } = answer;
  if (answer.outcome !== 'done') return processing(payment, 'released');
  return ok200({
    success: true,
    description: 'Funds released to runner successfully',
    status: 'RELEASED',
    runnerId: runnerOf(payment),
    payment: renderPayment(payment),
  });
}

/** The answer to a revert, whose `status` is not the payment's: see {@link revertedView}. */
export function renderReverted(
  answer: Answer,
): Rendered<z.output<typeof revertedView>> | Processing {
  const { payment } = answer;
  if (answer.outcome !== 'done') return processing(payment, 'reverted');
  return ok200({
    success: true,
    description: 'Payment reverted successfully',
    status: 'FAILED',
    payment: renderPayment(payment),
  });
}

/** The answer to a question about a payment. */
export function renderFound(payment: Payment): Rendered<z.output<typeof foundView>> {
  return ok200({ success: true, payment: renderPayment(payment) });
}

function ok200<Body extends object>(body: Body): Rendered<Body> {
  return { status: 200, body };
}

function processing(payment: Payment, becoming: string): Processing {
  const { id: paymentId, paymentIntentId, status } = payment;
  return {
    status: 202,
    body: {
      success: true,
      processing: true,
      description: processingWords(payment, becoming),
      paymentId,
      paymentIntentId,
      status,
      payment: renderPayment(payment),
    },
  };
}
