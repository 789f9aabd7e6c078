import { renderTime } from '@campusg-pay/adapters/contract';
import {
  awaitsCustomer,
  type Dispute,
  isClosed,
  NOTHING_TAKEN,
  openReview,
  type Payment,
  REFUND_STATUSES,
  type Refund,
  runnerOf,
  STATUSES,
  type Taken,
  TRANSFER_STATUSES,
  type Transfer,
  toMajorNumber,
} from '@campusg-pay/core';
import { z } from 'zod';

const time = z.iso.datetime({ offset: true });

const minor = (description: string) =>
  z.int().meta({ description: `${description}, in minor units.` });

const refundId = z
  .string()
  .meta({ description: "The caller's name for it; ours where none was given." });
const refundStatus = z.enum(REFUND_STATUSES).meta({
  description: '`owed`: it will be asked for; `pending`: a bank has still to agree to it.',
});

/** A refund as the answer to a revert tells of it. */
export const refundView = z.object({
  refundId,
  amountMinor: minor('What it gives back'),
  status: refundStatus,
});

const refundOfPayment = refundView.extend({
  reason: z.string().nullable(),
  stripeRefundId: z.string().nullable().meta({ description: '`re_...`, once Stripe has told.' }),
  createdAt: time,
});

const transferView = z.object({
  transferId: z.string().meta({ description: 'Ours, the same for ever.' }),
  stripeTransferId: z.string().nullable().meta({ description: '`tr_...`, once it was sent.' }),
  status: z.enum(TRANSFER_STATUSES).meta({
    description:
      '`owed`: it will be sent; `waiting_account`: the account of the runner can not take it yet, or there ' +
      'is none; `waiting_funds`: our balance at Stripe is short; `paused`: by a dispute or a person; `sent`; ' +
      '`reversed`: all of it came back; `canceled`: nothing is to be sent any more; `needs_review`: a ' +
      'person must look.',
  }),
  amountMinor: minor('What is to be sent, or was'),
  reversedMinor: minor('What came back of it'),
  runnerId: z.string(),
  stripeAccount: z
    .string()
    .nullable()
    .meta({ description: '`acct_...`; null: there is none yet.' }),
  reason: z.string().nullable().meta({ description: 'Why it waits; null where it does not.' }),
});

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
  capturedMinor: z.int().meta({ description: 'Taken in all, in minor units; the tip counts.' }),
  refundedMinor: z.int().meta({
    description:
      'Given back in all, in minor units; what a bank has still to agree to is not counted.',
  }),
  tipMinor: minor('How much of what was taken is a tip'),
  feeMinor: minor('What the platform keeps of what was taken'),
  funding: z.enum(['hold', 'charge']).meta({
    description: '`hold`: the amount is held on the card until it is released. Always so today.',
  }),
  refunds: z
    .array(refundOfPayment)
    .meta({ description: 'What was asked to be given back after the release, the oldest first.' }),
  transfer: transferView
    .nullable()
    .meta({ description: "The runner's share on its way; null where none was asked for." }),
  dispute: z
    .object({
      disputeId: z.string(),
      status: z.string().meta({ description: "Stripe's word, such as `needs_response`." }),
      reason: z.string(),
      amountMinor: z.int(),
      dueBy: time
        .nullable()
        .meta({ description: 'Until when evidence is taken, where Stripe told it.' }),
      outcome: z
        .enum(['won', 'lost'])
        .nullable()
        .meta({ description: 'Null while it is open; `won` where the money stays.' }),
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
  const facts = {
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
    funding: 'hold' as const,
  };
  // Not by a spread: what comes behind one is set field by field, which takes fifty times as long.
  return Object.assign(facts, renderTaken('receivedMinor' in payment ? payment : NOTHING_TAKEN), {
    attempt: payment.attempt,
    requiresAction: awaitsCustomer(payment),
    processing: payment.operation !== null,
    captureBefore: renderCaptureBefore(payment),
    revertMethod: payment.status === 'REVERTED' ? payment.revertMethod : null,
    reason: payment.status === 'REVERTED' ? payment.reason : null,
    failure: payment.status === 'FAILED' ? payment.failure : null,
    review: openReview(payment),
  });
}

function renderTaken(taken: Taken) {
  const { receivedMinor, refundedMinor, tipMinor, feeMinor, dispute } = taken;
  const { refunds, transfer } = taken;
  return {
    capturedMinor: receivedMinor,
    refundedMinor,
    tipMinor,
    feeMinor,
    refunds: refunds.map((refund) => ({
      ...viewRefund(refund),
      reason: refund.reason,
      stripeRefundId: refund.stripeRefundId,
      createdAt: renderTime(refund.createdAt),
    })),
    transfer: transfer === null ? null : renderTransfer(transfer),
    dispute: dispute === null ? null : renderDispute(dispute),
  };
}

function renderDispute(dispute: Dispute) {
  const { disputeId, status, reason, amountMinor, dueBy } = dispute;
  const ended = isClosed(dispute) ? ('won' as const) : null;
  return {
    disputeId,
    status,
    reason,
    amountMinor,
    dueBy: dueBy === undefined ? null : renderTime(new Date(dueBy)),
    outcome: status === 'lost' ? ('lost' as const) : ended,
  };
}

/** A refund in the answer to the revert that asked for it. */
export function viewRefund({ refundId, amountMinor, status }: Refund) {
  return { refundId, amountMinor, status };
}

function renderTransfer(transfer: Transfer) {
  const { transferId, stripeTransferId, status, amountMinor, reversedMinor } = transfer;
  const { runnerId, stripeAccount, reason } = transfer;
  return {
    transferId,
    stripeTransferId,
    status,
    amountMinor,
    reversedMinor,
    runnerId,
    stripeAccount,
    reason,
  };
}

function renderCaptureBefore(payment: Payment): string | null {
  if (payment.status !== 'AUTHORIZED' || payment.captureBefore === null) return null;
  return renderTime(payment.captureBefore);
}
