import type { AuthorizeCommand } from '@campusg-pay/core';
import type { Hold } from './schemas.js';

/** The command that the body of an authorize stands for. */
export function authorizeOf(
  { terms, amount }: Hold,
  about: {
    readonly orderId: string;
    readonly correlationId: string;
    /** The id of the one payment that the request may make; null where it names no such id. */
    readonly ownPaymentId: string | null;
  },
): AuthorizeCommand {
  const { customer, order, custpaymentId, return_url: returnUrl } = terms;
  const { orderId, correlationId, ownPaymentId } = about;
  return {
    orderId,
    customerId: customer.clerkUserId,
    stripeCustomerId: customer.stripeCustomerId,
    paymentMethodId: customer.userStripeCard?.payment_method_id ?? null,
    amount,
    description: order.description,
    paymentId: custpaymentId ?? ownPaymentId,
    onceOnly: custpaymentId === null && ownPaymentId !== null,
    returnUrl,
    savePaymentMethod: customer.savePaymentMethod ?? false,
    correlationId,
  };
}
