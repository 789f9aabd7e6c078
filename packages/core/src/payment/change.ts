import type { Operation, OperationOutcome } from '../operation/operation.js';
import { type ClosedCall, causeOf, type EventCause } from './event-cause.js';
import { evolve } from './evolve.js';
import type { Payment } from './payment.js';
import { isPaymentEvent, type PaymentEvent, type Step } from './payment-events.js';
import type { Refund } from './refund.js';
import { NOTHING_TAKEN, type Taken } from './taken.js';
import type { Netting, Transfer } from './transfer.js';

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
  /** What has changed of the money's way after the capture; null: nothing of it. */
  readonly money: MoneyChange | null;
}

/** Rows beside the payment's own that change with it. */
export interface MoneyChange {
  /** The payment's refunds that are new or another than before. */
  readonly refunds: readonly Refund[];
  /** The transfer, where it is new or another than before. */
  readonly transfer: Transfer | null;
  /**
   * Debts that the transfer keeps back from now on. The write is `stale` where one of them has less
   * left than that: another transfer of the runner was faster.
   */
  readonly nettings: readonly Netting[];
  /** What the transfer kept back for debts so far is owed again: it is not sent after all. */
  readonly isNettingUndone: boolean;
  /** What the runner owes from now on. */
  readonly debts: readonly { readonly debtId: string; readonly amountMinor: number }[];
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
      const cause = answeredOnce(causeOf(step, executionOf, before), events);
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
    money: moneyChange(before, payment, steps),
  };
}

function moneyChange(before: Payment, after: Payment, steps: readonly Step[]): MoneyChange | null {
  const was = takenOf(before);
  const is = takenOf(after);
  const refunds = is.refunds.filter((one) => !was.refunds.includes(one));
  const transfer = is.transfer === was.transfer ? null : is.transfer;
  if (refunds.length === 0 && transfer === null) return null;
  const nettings = steps.flatMap((step) => ('nettings' in step ? (step.nettings ?? []) : []));
  const debts = steps.flatMap((step) =>
    step.type === 'runner_debt' ? [{ debtId: step.debtId, amountMinor: step.amountMinor }] : [],
  );
  const isNettingUndone =
    (was.transfer?.nettedMinor ?? 0) > 0 && (is.transfer?.nettedMinor ?? 0) === 0;
  return { refunds, transfer, nettings, isNettingUndone, debts };
}

function takenOf(payment: Payment): Pick<Taken, 'refunds' | 'transfer'> {
  return payment.status === 'RELEASED' || payment.status === 'REVERTED' ? payment : NOTHING_TAKEN;
}

/** A command has one final answer: what follows from it in the same write is none. */
function answeredOnce(cause: EventCause, events: readonly RecordedEvent[]): EventCause {
  const { correlationId, answers } = cause;
  const isAnswered = events.some(
    (one) => one.answers === answers && one.correlationId === correlationId,
  );
  return isAnswered ? { correlationId, answers: null } : cause;
}

function isAboutLease({ type }: Step): boolean {
  return type === 'operation_leased' || type === 'operation_rests';
}
