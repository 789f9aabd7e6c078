import { err, ok, type Result } from 'neverthrow';
import type { CustomerAction } from '../gateway/payment-gateway.js';
import { executeOperation } from '../operation/execute-operation.js';
import { isLeased } from '../operation/operation.js';
import { type Applied, applyReport } from '../operation/report-application.js';
import { takeOver } from '../operation/take-over-operation.js';
import { isLapsed, type Payment, type PaymentRef } from '../payment/payment.js';
import type { Refusal } from '../payment/refusal.js';
import type { DatabaseFault, EscrowPorts, Fault } from '../ports.js';

export type NotFound = Extract<Refusal, { type: 'PaymentNotFound' }>;

/** The payment as recorded. */
export async function find(
  ports: EscrowPorts,
  ref: PaymentRef,
): Promise<Result<Payment, NotFound | DatabaseFault>> {
  const found = await ports.repository.find(ref);
  if (found.isErr()) return err(found.error);
  return found.value === null ? err({ type: 'PaymentNotFound' }) : ok(found.value);
}

/** A payment as it is, and what its customer must do for it, as far as Stripe was asked and told. */
export interface CheckedPayment {
  readonly payment: Payment;
  readonly action: CustomerAction | null;
}

/**
 * The payment as it is: Stripe is asked where the record can't know, that is before there is a
 * hold, once it should have lapsed, and where a call is in doubt. Stripe being away is no reason not
 * to tell what is recorded.
 */
export async function check(
  ports: EscrowPorts,
  ref: PaymentRef,
): Promise<Result<CheckedPayment, NotFound | DatabaseFault>> {
  const found = await find(ports, ref);
  if (found.isErr()) return err(found.error);
  const now = ports.clock.now();
  const payment = found.value;
  const recorded = ok({ payment, action: null });
  const { operation, status } = payment;
  if (operation === null && status !== 'INITIATING' && !isLapsed(payment, now)) return recorded;
  if (operation !== null && (isLeased(operation, now) || ports.looks.take(1) === 0))
    return recorded;
  const looked = await lookClosely(ports, payment);
  return looked.isErr() ? recorded : ok(looked.value);
}

/** Asks Stripe about a payment that nobody is working on, and writes down what it says. */
export async function look(ports: EscrowPorts, payment: Payment): Promise<Result<Payment, Fault>> {
  const looked = await lookClosely(ports, payment);
  return looked.map((one) => one.payment);
}

async function lookClosely(
  ports: EscrowPorts,
  payment: Payment,
): Promise<Result<CheckedPayment, Fault>> {
  if (payment.operation !== null || payment.paymentIntentId === null) {
    const taken = await takeOver(ports, payment);
    return taken.map((done) => (done === 'stale' ? { payment, action: null } : lookedAt(done)));
  }
  const reply = await ports.gateway.retrieve(payment.paymentIntentId);
  if (reply.isErr()) return err(reply.error);
  if (reply.value === null) return ok({ payment, action: null });
  const { report, action } = reply.value;
  const followed = await followUp(ports, await applyReport(ports, payment, report));
  return followed.map((now) => lookedAt({ payment: now, action }));
}

/** Where the payment has moved on, nothing is left to do for the customer. */
function lookedAt({ payment, action }: CheckedPayment): CheckedPayment {
  const waits = payment.status === 'INITIATING' && payment.requiresAction;
  return { payment, action: waits && payment.operation === null ? action : null };
}

/** Makes the call that a report left behind, such as canceling what was declined. */
export async function followUp(
  ports: EscrowPorts,
  applied: Result<Applied, Fault>,
): Promise<Result<Payment, Fault>> {
  if (applied.isErr()) return err(applied.error);
  if (!applied.value.opened) return ok(applied.value.payment);
  const done = await executeOperation(ports, applied.value.payment, 'before');
  return done.map(({ payment }) => payment);
}
