import {
  type Answer,
  type CustomerAction,
  formatMajor,
  type Money,
  type Payment,
  type Refund,
  runnerOf,
  STATUSES,
} from '@campusg-pay/core';
import { z } from 'zod';
import type { Rendered } from './answers.js';
import { paymentView, refundView, renderPayment, viewRefund } from './payment-fields.js';
import { processingWords } from './processing-words.js';

const success = z.literal(true);

const customerAction = {
  requiresAction: z.literal(true).optional().meta({
    description:
      'The customer must authenticate: at `nextAction.redirectUrl`, or with `clientSecret`.',
  }),
  clientSecret: z.string().nullable().optional(),
  nextAction: z.object({ redirectUrl: z.string().nullable() }).optional(),
};

export const authorizedView = z.object({
  success,
  description: z.string(),
  paymentId: z.string(),
  paymentIntentId: z.string().nullable(),
  status: z.enum(STATUSES),
  payment: paymentView,
  ...customerAction,
});

export const releasedView = z.object({
  success,
  description: z.string(),
  status: z.literal('RELEASED'),
  runnerId: z.string().nullable(),
  payment: paymentView,
});

const refund = refundView
  .optional()
  .meta({ description: 'What this revert gives back, where it names an amount or a refundId.' });

export const revertedView = z.object({
  success,
  description: z.string(),
  status: z.enum(['FAILED', 'RELEASED']).meta({
    description:
      'FAILED once nothing is left, as the guide documents it; the true status, REVERTED, is that of ' +
      '`payment`. RELEASED where a part was given back.',
  }),
  refund,
  payment: paymentView,
});

export const processingView = z.object({
  success,
  processing: z.literal(true),
  description: z.string(),
  paymentId: z.string(),
  paymentIntentId: z.string().nullable(),
  status: z.enum(STATUSES),
  refund,
  payment: paymentView,
});

export const foundView = z.object({ success, payment: paymentView });

/** The status of an order, with what its customer must do where Stripe tells. */
export const statusView = foundView.extend(customerAction);

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
  'use clientSecret with Stripe.js, or, to get a page to open, revert and send return_url next time (or set RETURN_URL)';

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
  if (answer.outcome === 'requires_action') return processing(payment, 'reverted');
  const { refund } = answer;
  if (answer.outcome === 'processing') {
    return processing(payment, refund === undefined ? 'reverted' : 'refunded in part', refund);
  }
  const isPart = refund !== undefined && payment.status === 'RELEASED';
  return ok200({
    success: true,
    description: isPart ? partWords(refund, payment.amount) : 'Payment reverted successfully',
    status: isPart ? 'RELEASED' : 'FAILED',
    ...told(refund),
    payment: renderPayment(payment),
  });
}

function partWords({ amountMinor, status }: Refund, { currency }: Money): string {
  const part = `${formatMajor({ amountMinor, currency })} ${currency}`;
  return status === 'pending'
    ? `A refund of ${part} was made, and the bank has still to agree to it`
    : `A part of the payment was given back: ${part}`;
}

function told(refund: Refund | undefined) {
  return refund === undefined ? {} : { refund: viewRefund(refund) };
}

/** The answer to a question about a payment. */
export function renderFound(payment: Payment): Rendered<z.output<typeof foundView>> {
  return ok200({ success: true, payment: renderPayment(payment) });
}

/** The answer to whoever may see what the customer must do. */
export function renderStatus({
  payment,
  action,
}: {
  readonly payment: Payment;
  readonly action: CustomerAction | null;
}): Rendered<z.output<typeof statusView>> {
  const found = { success: true, payment: renderPayment(payment) } as const;
  if (action === null) return ok200(found);
  const { clientSecret, redirectUrl } = action;
  return ok200({ ...found, requiresAction: true, clientSecret, nextAction: { redirectUrl } });
}

function ok200<Body extends object>(body: Body): Rendered<Body> {
  return { status: 200, body };
}

function processing(payment: Payment, becoming: string, refund?: Refund): Processing {
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
      ...told(refund),
      payment: renderPayment(payment),
    },
  };
}
