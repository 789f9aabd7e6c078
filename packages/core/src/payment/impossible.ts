import type { Payment } from './payment.js';
import type { Step } from './payment-events.js';

/** A step that can't follow is a bug in a decision. */
export function impossible(payment: Payment, step: Step): Error {
  return new Error(
    `bug: ${step.type} can't follow while payment ${payment.id} is ${payment.status}`,
  );
}
