import { err, ok, type Result } from 'neverthrow';
import { type Execution, executeOperation, executionOf } from '../operation/execute.js';
import type { OperationKind } from '../operation/operation.js';
import { contextFor, MAX_ROUNDS, TOO_BUSY } from '../operation/report-application.js';
import { awaitOperation, GONE, isSamePayment, together } from '../operation/take-over.js';
import {
  type DecisionContext,
  decideRelease,
  decideRevert,
  type Refusal,
} from '../payment/decide.js';
import { apply, type Change } from '../payment/evolve.js';
import { openReview, type Payment, type PaymentRef, type Step } from '../payment/payment.js';
import type { DatabaseFault, EscrowPorts, Fault } from '../ports.js';
import type { Answer } from './authorize.js';
import { look } from './status.js';

export interface ReleaseCommand {
  readonly payment: PaymentRef;
  readonly runnerId: string;
  readonly correlationId: string;
}

export interface RevertCommand {
  readonly payment: PaymentRef;
  /** Free text for people; what Stripe is told is its own fixed reason. */
  readonly reason: string | null;
  readonly correlationId: string;
}

type Answered = Result<Answer, Refusal | Fault>;

/** Takes a held amount for the runner. */
export async function release(
  ports: EscrowPorts,
  { payment, runnerId, correlationId }: ReleaseCommand,
): Promise<Answered> {
  const once = () =>
    run(ports, payment, correlationId, (found, context) =>
      decideRelease(found, { runnerId }, context),
    );
  const done = await once();
  // Whoever waited for a capture that was for nobody yet names the runner now.
  const named = done.isOk() && isForNobody(done.value.payment) ? await once() : done;
  return named.andThen((carried) => answerToRelease(runnerId, carried));
}

function isForNobody(payment: Payment): boolean {
  return payment.status === 'RELEASED' && payment.runnerId === null && openReview(payment) === null;
}

/** Gives the money back. */
export async function revert(
  ports: EscrowPorts,
  { payment, reason, correlationId }: RevertCommand,
): Promise<Answered> {
  const done = await run(ports, payment, correlationId, (found, context) =>
    decideRevert(found, { reason }, context),
  );
  return done.andThen((carried) => answerTo('REVERTED', carried));
}

type Decide = (payment: Payment | null, context: DecisionContext) => Result<Step[], Refusal>;

/** Read, decide, claim, call, finish; a repeat waits for the first one instead. */
async function run(
  ports: EscrowPorts,
  ref: PaymentRef,
  correlationId: string,
  decide: Decide,
): Promise<Result<Execution, Refusal | Fault>> {
  let first: OperationKind | 'none' | null = null;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const found = await ports.repository.find(ref);
    if (found.isErr()) return err(found.error);
    const context = contextFor(ports, correlationId);
    const payment = found.value;
    const decided = decide(payment, context);
    if (decided.isErr()) {
      // Our record may not have heard yet that the hold has lapsed; the answer stays the same.
      if (decided.error.type === 'HoldExpired' && payment !== null) await look(ports, payment);
      return err(decided.error);
    }
    if (payment === null) return err({ type: 'PaymentNotFound' });
    if (decided.value.length === 0) return awaited(ports, payment);

    const change = apply(payment, decided.value, context.now);
    const kind = change.opened?.kind ?? 'none';
    // A revert that set out to let a hold go does not turn into a refund because a release was faster.
    if (kind === 'refund' && first !== null && first !== 'refund') {
      return err({ type: 'OvertakenByAnother', status: payment.status });
    }
    first ??= kind;
    const saved = await claim(ports, change);
    if (saved.isErr()) return err(saved.error);
    if (saved.value === 'saved') {
      return change.opened === null
        ? awaited(ports, change.payment)
        : together(ports, await executeOperation(ports, change.payment, 'just_now'));
    }
  }
  return err(TOO_BUSY);
}

/** Waits for what somebody is doing to this payment, and not to one that has its id by then. */
async function awaited(ports: EscrowPorts, payment: Payment): Promise<Result<Execution, Fault>> {
  const done = await awaitOperation(ports, payment);
  return done.map((one) =>
    isSamePayment(one.payment, payment)
      ? one
      : executionOf(payment, { fault: GONE, withdrawn: true }),
  );
}

/** Writes the claim; where the answer to the commit was lost, looks whether it is there. */
async function claim(
  { repository }: EscrowPorts,
  change: Change,
): Promise<Result<'saved' | 'stale', DatabaseFault>> {
  const saved = await repository.save(change);
  if (saved.isOk() || saved.error.outcome === 'not-executed') return saved;
  const reread = await repository.find({ paymentId: change.payment.id });
  if (reread.isErr()) return saved;
  const { revision } = change.payment;
  const ours = reread.value?.revision === revision && sameCall(reread.value, change);
  return ours ? ok('saved') : saved;
}

function sameCall(payment: Payment, { opened }: Change): boolean {
  return opened !== null && payment.operation?.key === opened.key;
}

/**
 * Whoever waited for a release that was refused may find that another runner's was not. And what is
 * being captured for nobody yet is no promise to this runner, whom nothing has written down.
 */
function answerToRelease(runnerId: string, done: Execution): Answered {
  const { status, operation } = done.payment;
  if (operation?.kind === 'capture' && operation.params.runnerId !== runnerId)
    return err({ type: 'OperationInProgress', status, kind: operation.kind });
  return status === 'RELEASED' && done.payment.runnerId !== runnerId
    ? err({ type: 'Contradiction', status, field: 'runnerId' })
    : answerTo('RELEASED', done);
}

function answerTo(wanted: 'RELEASED' | 'REVERTED', done: Execution): Answered {
  const { payment, fault, withdrawn, refused } = done;
  const { status } = payment;
  if (withdrawn && fault !== null) return err(fault);
  if (status === wanted && payment.operation === null) return ok({ outcome: 'done', payment });
  if (payment.operation !== null) return ok({ outcome: 'processing', payment });
  if (
    payment.status === 'REVERTED' &&
    payment.revertMethod === 'expired' &&
    payment.captureBefore !== null
  ) {
    return err({ type: 'HoldExpired', status, captureBefore: payment.captureBefore });
  }
  if (refused !== null) return err({ type: 'GatewayRefused', status, detail: refused });
  // A revert that was written down waits for Stripe to say what became of the hold.
  if (payment.status === 'INITIATING' && payment.revertRequested !== null) {
    return ok({ outcome: 'processing', payment });
  }
  return err({ type: 'WrongStatus', status });
}
