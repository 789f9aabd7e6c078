import { renderTime } from '@campusg-pay/adapters/contract';
import {
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
export function renderPayment(payment: Payment): PaymentView {
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
