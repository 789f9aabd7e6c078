import { err, ok, type Result } from 'neverthrow';
import { opened } from '../operation/operation-steps.js';
import { unreachable } from '../unreachable.js';
import type { DecisionContext } from './decision-context.js';
import {
  type AuthorizedPayment,
  openReview,
  type Payment,
  type ReleasedPayment,
} from './payment.js';
import type { Step } from './payment-events.js';
import { contradicts, inProgress, type Refusal } from './refusal.js';
import {
  contradictedTerm,
  laterTerms,
  type ReleaseGround,
  type ReleaseWish,
  termsOf,
} from './release-terms.js';
import { partIn, type StatedMoney, wholeOf } from './stated-money.js';
import { barsRefund } from './taken.js';

/**
 * Takes the held amount for a runner.
 *
 * Refusals in a fixed order: missing, not the whole amount, wrong status, conflicting detail,
 * expired. No steps means that the same release was asked for before: it is done, or somebody is
 * doing it.
 */
export function decideRelease(
  payment: Payment | null,
  command: ReleaseWish & ReleaseGround & { readonly stated?: readonly StatedMoney[] },
  context: DecisionContext,
): Result<Step[], Refusal> {
  if (payment === null) return err({ type: 'PaymentNotFound' });
  const part = partIn(wholeOf(payment), command.stated);
  if (part !== null) return err(part);
  const { status } = payment;
  const { runnerId } = command;
  switch (status) {
    case 'INITIATING':
    case 'REVERTED':
    case 'FAILED':
      return err({ type: 'WrongStatus', status });
    case 'RELEASED':
      // What goes on to the runner, or comes back, is a part of what was released.
      if (payment.operation?.kind === 'refund') return inProgress(payment, payment.operation);
      if (payment.runnerId === null) return nameRunner(payment, command, context);
      return repeated(payment, command);
    case 'AUTHORIZED': {
      const { operation, captureBefore } = payment;
      if (operation?.kind === 'void') return inProgress(payment, operation);
      if (operation?.kind === 'capture') {
        // Captured for nobody, because the hold is about to lapse: the runner is named after it.
        return operation.params.runnerId === null ? ok([]) : repeated(payment, command);
      }
      if (captureBefore !== null && context.now.getTime() >= captureBefore.getTime()) {
        return err({ type: 'HoldExpired', status, captureBefore });
      }
      const terms = termsOf(payment, command, context.operationKey);
      if (terms.isErr()) return err(terms.error);
      const params = terms.value === null ? { runnerId } : { runnerId, terms: terms.value };
      return ok([opened({ kind: 'capture', params }, context)]);
    }
    default:
      return unreachable(payment);
  }
}

/**
 * Captured for nobody yet: before the hold lapsed, which any runner may be named for, or outside of
 * us, which a person looks at first.
 */
function nameRunner(
  payment: ReleasedPayment,
  command: ReleaseWish & ReleaseGround,
  context: DecisionContext,
): Result<Step[], Refusal> {
  const { status, dispute, pendingRefund } = payment;
  if (dispute !== null && barsRefund(dispute)) return err({ type: 'Disputed', status, dispute });
  // Somebody gives it back past us: nobody is to be paid for what is on its way to the customer.
  if (pendingRefund !== null) return err({ type: 'OperationInProgress', status, kind: 'refund' });
  const reason = openReview(payment);
  if (reason !== null) return err({ type: 'NeedsReview', status, reason });
  const { runnerId } = command;
  const terms = laterTerms(payment, command, context);
  return terms.map((decided) => {
    const isUsual = decided.tipMinor === 0 && decided.feeMinor === 0 && decided.transfer === null;
    const named = { type: 'runner_named', runnerId } as const;
    return [isUsual ? named : { ...named, terms: decided }];
  });
}

function repeated(
  payment: ReleasedPayment | AuthorizedPayment,
  wish: ReleaseWish,
): Result<Step[], Refusal> {
  const field = contradictedTerm(payment, wish);
  return field === null ? ok([]) : contradicts(payment.status, field);
}
