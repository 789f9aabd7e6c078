import { err, ok, type Result } from 'neverthrow';
import { belongsTo, mayBeNameless } from '../gateway/identity.js';
import type { GatewayReply } from '../gateway/payment-gateway.js';
import type { Payment } from '../payment/payment.js';
import type { DatabaseFault, EscrowPorts, Fault } from '../ports.js';

/** The PaymentIntent that was made for a payment and whose answer was lost; null for none. */
export async function findIntent(
  { gateway, installation }: EscrowPorts,
  payment: Payment,
  since: Date,
): Promise<Result<GatewayReply | null, Fault>> {
  return gateway.findIntent({
    payment,
    since,
    isOurs: (intent) => belongsTo(payment, intent, installation),
  });
}

/**
 * The payment with the Stripe customer that is kept for its user, if it has not heard of one. Where
 * no installation is named, the customer is what tells our PaymentIntents from those of others.
 */
export async function withCustomer(
  { customers, installation }: EscrowPorts,
  payment: Payment,
): Promise<Result<Payment, DatabaseFault>> {
  if (payment.stripeCustomerId !== null || !mayBeNameless(payment, installation)) {
    return ok(payment);
  }
  const known = await customers.lookUp(payment.customerId);
  if (known.isErr()) return err(known.error);
  return ok({ ...payment, stripeCustomerId: known.value });
}
