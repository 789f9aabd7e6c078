import { err, type Result } from 'neverthrow';
import {
  awaitClarity,
  awaitOperation,
  GONE,
  type IsEnough,
  isSamePayment,
  owesNothing,
} from '../operation/await-operation.js';
import {
  contextFor,
  giveWayMs,
  MAX_COMMAND_ROUNDS,
  TOO_BUSY,
} from '../operation/decision-round.js';
import { executeOperation } from '../operation/execute-operation.js';
import { type Execution, executionOf } from '../operation/execution.js';
import { openOperation } from '../operation/open-operation.js';
import type { OperationKind } from '../operation/operation.js';
import { apply } from '../payment/change.js';
import type { DecisionContext } from '../payment/decision-context.js';
import type { Payment, PaymentRef } from '../payment/payment.js';
import type { Step } from '../payment/payment-events.js';
import type { Refusal } from '../payment/refusal.js';
import type { EscrowPorts, Fault } from '../ports.js';
import { look } from './status.js';

export type Decide = (payment: Payment | null, context: DecisionContext) => Result<Step[], Refusal>;

export interface RunOptions {
  /** When the caller has what they asked for; once nothing is owed any more where it is left out. */
  readonly isEnough?: IsEnough;
  /** The payment as it was read already. */
  readonly first?: Result<Payment | null, Fault> | null;
}

/** Read, decide, claim, call, finish; a repeat waits for the first one instead. */
export async function runCommand(
  ports: EscrowPorts,
  ref: PaymentRef,
  correlationId: string,
  decide: Decide,
  { isEnough = owesNothing, first: read = null }: RunOptions = {},
): Promise<Result<Execution, Refusal | Fault>> {
  const since = ports.clock.now();
  let first: OperationKind | 'none' | null = null;
  for (let round = 0; round < MAX_COMMAND_ROUNDS; round += 1) {
    const found = round === 0 && read !== null ? read : await ports.repository.find(ref);
    if (found.isErr()) return err(found.error);
    const context = contextFor(ports, correlationId);
    const payment = found.value;
    const decided = decide(payment, context);
    if (decided.isErr()) {
      // Our record may not have heard yet that the hold has lapsed.
      // Result ignored: whatever the look finds, the answer stays the same.
      if (decided.error.type === 'HoldExpired' && payment !== null) await look(ports, payment);
      return err(decided.error);
    }
    if (payment === null) return err({ type: 'PaymentNotFound' });
    if (decided.value.length === 0) return awaitSame(ports, payment, isEnough);

    const change = apply(payment, decided.value, context.now);
    const kind = change.opened?.kind ?? (isRefund(decided.value) ? 'refund' : 'none');
    // A revert that set out to let a hold go does not turn into a refund because a release was faster.
    if (kind === 'refund' && first !== null && first !== 'refund') {
      return err({ type: 'OvertakenByAnother', status: payment.status });
    }
    first ??= kind;
    const full = change.opened && ports.gateway.refusal?.(change.opened.kind);
    if (full) return err(full);
    const saved = await openOperation(ports, change);
    if (saved.isErr()) return err(saved.error);
    if (saved.value === 'saved') {
      if (change.opened === null) return awaitSame(ports, change.payment, isEnough);
      const made = await executeOperation(ports, change.payment, 'just_now');
      return awaitClarity(ports, made, since, isEnough);
    }
    const pauseMs = giveWayMs(round, context);
    if (pauseMs > 0) await ports.clock.sleep(pauseMs);
  }
  return err(TOO_BUSY);
}

/** Waits for what somebody is doing to this payment, and not to one that has its id by then. */
async function awaitSame(
  ports: EscrowPorts,
  payment: Payment,
  isEnough: IsEnough,
): Promise<Result<Execution, Fault>> {
  const done = await awaitOperation(ports, payment, ports.clock.now(), isEnough);
  return done.map((one) =>
    isSamePayment(one.payment, payment)
      ? one
      : executionOf(payment, { fault: GONE, withdrawn: true }),
  );
}

function isRefund(steps: readonly Step[]): boolean {
  return steps.some(({ type }) => type === 'refund_requested');
}
