import { err, ok, type Result } from 'neverthrow';
import { type Answer, type AuthorizeCommand, authorize } from './authorize.js';
import {
  applyReport,
  type CarriedOut,
  carryOut,
  contextFor,
  MAX_ROUNDS,
  settle,
  TOO_BUSY,
  takeOver,
} from './carry-out.js';
import { type DecisionContext, decideRelease, decideRevert, type Refusal } from './escrow.js';
import { apply } from './evolve.js';
import { isLeased, type OperationKind } from './operation.js';
import type { Payment, PaymentRef, Step } from './payment.js';
import type { DatabaseFault, EscrowPorts, Fault, HistoryEntry, WebhookNote } from './ports.js';
import type { Report } from './report.js';

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

/** A webhook, verified and understood. */
export interface WebhookReport {
  readonly event: Omit<WebhookNote, 'paymentId'>;
  readonly payment: PaymentRef;
  readonly report: Report;
}

type NotFound = Extract<Refusal, { type: 'PaymentNotFound' }>;

/** The use cases. HTTP, the CLI and Kafka are doors to these and add no rules of their own. */
export interface Escrow {
  /** Holds an order's amount on the customer's card. */
  authorize(command: AuthorizeCommand): Promise<Result<Answer, Refusal | Fault>>;
  /** Takes a held amount for the runner. */
  release(command: ReleaseCommand): Promise<Result<Answer, Refusal | Fault>>;
  /** Gives the money back: cancels, voids or refunds, as the payment stands. */
  revert(command: RevertCommand): Promise<Result<Answer, Refusal | Fault>>;
  /** The payment as recorded. */
  find(ref: PaymentRef): Promise<Result<Payment, NotFound | DatabaseFault>>;
  /** The payment as it is: while it is INITIATING, Stripe is asked. Told as recorded if Stripe is away. */
  check(ref: PaymentRef): Promise<Result<Payment, NotFound | DatabaseFault>>;
  /** The payment's events, oldest first. */
  history(paymentId: string): Promise<Result<readonly HistoryEntry[], DatabaseFault>>;
  /** Takes in what Stripe told us. `unmatched`: it is about no payment of ours. */
  report(webhook: WebhookReport): Promise<Result<'changed' | 'unchanged' | 'unmatched', Fault>>;
  /** Finishes calls whose holder was lost; tells how many it took on. Bounded work per call. */
  resume(limit: number): Promise<Result<number, DatabaseFault>>;
}

/** Wires the use cases to the outside. */
export function createEscrow(ports: EscrowPorts): Escrow {
  return {
    authorize: (command) => authorize(ports, command),
    release: ({ payment, runnerId, correlationId }) =>
      run(ports, payment, correlationId, (found, context) =>
        decideRelease(found, { runnerId }, context),
      ).then((result) => result.andThen((done) => answerToRelease(runnerId, done))),
    revert: ({ payment, reason, correlationId }) =>
      run(ports, payment, correlationId, (found, context) =>
        decideRevert(found, { reason }, context),
      ).then((result) => result.andThen((done) => answerTo('REVERTED', done))),
    find: (ref) => find(ports, ref),
    check: (ref) => check(ports, ref),
    history: (paymentId) => ports.repository.history(paymentId),
    report: (webhook) => takeIn(ports, webhook),
    resume: (limit) => resume(ports, limit),
  };
}

type Decide = (payment: Payment | null, context: DecisionContext) => Result<Step[], Refusal>;

/** Read, decide, claim, call, finish; a repeat waits for the first one instead. */
async function run(
  ports: EscrowPorts,
  ref: PaymentRef,
  correlationId: string,
  decide: Decide,
): Promise<Result<CarriedOut, Refusal | Fault>> {
  let first: OperationKind | 'none' | null = null;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const found = await ports.repository.find(ref);
    if (found.isErr()) return err(found.error);
    const context = contextFor(ports, correlationId);
    const decided = decide(found.value, context);
    if (decided.isErr()) return err(decided.error);
    const payment = found.value;
    if (payment === null) return err({ type: 'PaymentNotFound' });
    if (decided.value.length === 0) return settle(ports, payment);

    const change = apply(payment, decided.value, context.now);
    const kind = change.opened?.kind ?? 'none';
    // A revert that set out to let a hold go does not turn into a refund because a release was faster.
    if (kind === 'refund' && first !== null && first !== 'refund') {
      return err({ type: 'OvertakenByAnother', status: payment.status });
    }
    first ??= kind;
    const saved = await ports.repository.save(change);
    if (saved.isErr()) return err(saved.error);
    if (saved.value === 'saved') {
      return change.opened === null
        ? settle(ports, change.payment)
        : carryOut(ports, change.payment);
    }
  }
  return err(TOO_BUSY);
}

/** Whoever waited for a release that was refused may find that another runner's was not. */
function answerToRelease(runnerId: string, done: CarriedOut): Result<Answer, Refusal | Fault> {
  const { status } = done.payment;
  return status === 'RELEASED' && done.payment.runnerId !== runnerId
    ? err({ type: 'Contradiction', status, field: 'runnerId' })
    : answerTo('RELEASED', done);
}

function answerTo(
  wanted: 'RELEASED' | 'REVERTED',
  { payment, fault, refused }: CarriedOut,
): Result<Answer, Refusal | Fault> {
  const { status } = payment;
  if (status === wanted && payment.operation === null) return ok({ outcome: 'done', payment });
  if (fault?.executed === 'no') return err(fault);
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

async function find(
  ports: EscrowPorts,
  ref: PaymentRef,
): Promise<Result<Payment, NotFound | DatabaseFault>> {
  const found = await ports.repository.find(ref);
  if (found.isErr()) return err(found.error);
  return found.value === null ? err({ type: 'PaymentNotFound' }) : ok(found.value);
}

async function check(
  ports: EscrowPorts,
  ref: PaymentRef,
): Promise<Result<Payment, NotFound | DatabaseFault>> {
  const found = await find(ports, ref);
  if (found.isErr() || found.value.status !== 'INITIATING') return found;
  const { operation, paymentIntentId } = found.value;
  if (operation !== null && isLeased(operation, ports.clock.now())) return found;
  const looked = await look(ports, found.value, paymentIntentId);
  // Stripe being away is no reason not to tell what is recorded.
  return looked.isErr() ? found : ok(looked.value);
}

async function look(
  ports: EscrowPorts,
  payment: Payment,
  paymentIntentId: string | null,
): Promise<Result<Payment, Fault>> {
  if (payment.operation !== null || paymentIntentId === null) {
    const taken = await takeOver(ports, payment);
    return taken.map((done) => (done === 'stale' ? payment : done.payment));
  }
  const reply = await ports.gateway.retrieve(paymentIntentId);
  if (reply.isErr()) return err(reply.error);
  if (reply.value === null) return ok(payment);
  return followUp(ports, await applyReport(ports, payment, reply.value.report));
}

type Applied = Awaited<ReturnType<typeof applyReport>>;

/** Makes the call that a report left behind, such as canceling what was declined. */
async function followUp(ports: EscrowPorts, applied: Applied): Promise<Result<Payment, Fault>> {
  if (applied.isErr()) return err(applied.error);
  if (!applied.value.opened) return ok(applied.value.payment);
  const done = await carryOut(ports, applied.value.payment);
  return done.map(({ payment }) => payment);
}

async function takeIn(
  ports: EscrowPorts,
  { event, payment: ref, report }: WebhookReport,
): Promise<Result<'changed' | 'unchanged' | 'unmatched', Fault>> {
  const found = await ports.repository.find(ref);
  if (found.isErr()) return err(found.error);
  const payment = found.value;
  if (payment === null) {
    const noted = await ports.inbox.note({ ...event, paymentId: null });
    return noted.map(() => 'unmatched' as const);
  }
  const applied = await applyReport(ports, payment, report, event);
  if (applied.isErr()) return err(applied.error);
  if (!applied.value.changed) {
    const noted = await ports.inbox.note({ ...event, paymentId: payment.id });
    return noted.map(() => 'unchanged' as const);
  }
  const followed = await followUp(ports, applied);
  return followed.map(() => 'changed' as const);
}

async function resume(ports: EscrowPorts, limit: number): Promise<Result<number, DatabaseFault>> {
  const owing = await ports.repository.owing({ before: ports.clock.now(), limit });
  if (owing.isErr()) return err(owing.error);
  for (const payment of owing.value) {
    const taken = await takeOver(ports, payment);
    if (taken.isErr() && taken.error.type === 'DatabaseUnavailable') return err(taken.error);
  }
  return ok(owing.value.length);
}
