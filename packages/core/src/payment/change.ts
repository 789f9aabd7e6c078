import type { Operation, OperationOutcome } from '../operation/operation.js';
import { type ClosedCall, causeOf, type EventCause } from './event-cause.js';
import { evolve } from './evolve.js';
import type { Payment } from './payment.js';
import { isPaymentEvent, type PaymentEvent, type Step } from './payment-events.js';

/** A payment event with its place in the payment's history. */
export interface RecordedEvent extends EventCause {
  /** 1 for the payment's first event, then one more each, without gaps. */
  readonly version: number;
  readonly event: PaymentEvent;
  /** The payment as the event left it. */
  readonly after: Payment;
}

/** All that one write has to record. Made by {@link apply}, stored by the repository as one. */
export interface Change {
  /** The revision that the decision was made on; the write fails if it is no longer current. */
  readonly expectedRevision: number;
  /**
   * The key of the operation that was open then, or null. The write fails if it is another one: a
   * withdrawn payment's id can come back, and revisions start over with it.
   */
  readonly expectedOperationKey: string | null;
  readonly payment: Payment;
  readonly events: readonly RecordedEvent[];
  readonly opened: Operation | null;
  /** The operation whose lease was taken, or let go of. */
  readonly leased: Operation | null;
  readonly closed: {
    readonly key: string;
    readonly outcome: OperationOutcome;
    readonly detail: string | null;
  } | null;
}

/** Folds decided steps into the payment, and gathers what must be written with it. */
export function apply(before: Payment, steps: readonly Step[], now: Date): Change {
  let payment = before;
  const events: RecordedEvent[] = [];
  let closed: Change['closed'] = null;
  let executionOf: ClosedCall | null = null;
  for (const step of steps) {
    if (step.type === 'operation_closed' && payment.operation !== null)
      executionOf = { operation: payment.operation, outcome: step.outcome };
    payment = evolve(payment, step);
    if (isPaymentEvent(step)) {
      payment = { ...payment, version: payment.version + 1 };
      const cause = causeOf(step, executionOf, before);
      events.push({ version: payment.version, event: step, ...cause, after: payment });
    }
    if (step.type === 'operation_closed')
      closed = { key: step.key, outcome: step.outcome, detail: step.detail };
  }
  return {
    expectedRevision: before.revision,
    expectedOperationKey: before.operation?.key ?? null,
    payment: { ...payment, revision: before.revision + 1, updatedAt: now },
    events,
    opened: steps.some((step) => step.type === 'operation_opened') ? payment.operation : null,
    leased: steps.some(isAboutLease) ? payment.operation : null,
    closed,
  };
}

function isAboutLease({ type }: Step): boolean {
  return type === 'operation_leased' || type === 'operation_rests';
}
