import { err, ok, type Result } from 'neverthrow';
import { ensureCustomer, KEY_LIFETIME_MS } from '../commands/stripe-customer.js';
import type { CustomerAction, GatewayFault, GatewayReply } from '../gateway/payment-gateway.js';
import { apply } from '../payment/evolve.js';
import type { Payment } from '../payment/payment.js';
import type { EscrowPorts, Fault } from '../ports.js';
import { retryWithFreshKey } from './fresh-key.js';
import type { HoldFailure, Operation } from './operation.js';
import { applyReport, currentPayment } from './report-application.js';

/** Where a payment stands after its open calls were made, as far as that went. */
export interface Execution {
  readonly payment: Payment;
  /** What the customer must do, when Stripe has just said so. */
  readonly action: CustomerAction | null;
  /** Why the last call did not come to an answer, or why its answer is not written down yet. */
  readonly fault: Fault | null;
  /**
   * Nothing was done and nothing will be: what this command had written down is withdrawn. With a
   * `fault` it may be asked for again; with `rejected` Stripe will never do it.
   */
  readonly withdrawn: boolean;
  /** Why Stripe definitely refused the last call, or null. */
  readonly refused: string | null;
  /** Why Stripe would not even make a PaymentIntent, or null. */
  readonly rejected: Rejection | null;
}

/** Stripe's no to the request itself; `param` is what it names as the cause. */
export interface Rejection {
  readonly failure: HoldFailure;
  readonly param: string | null;
}

/** What is known of calls that were just made. */
export function executionOf(
  payment: Payment,
  known: Partial<Omit<Execution, 'payment'>> = {},
): Execution {
  const nothing = { action: null, fault: null, withdrawn: false, refused: null, rejected: null };
  return { ...nothing, ...known, payment };
}

/** Whether the calls are those of the very command that has just opened the operation. */
export type OperationAge = 'just_now' | 'before';

/**
 * Makes the calls that a payment owes, and writes down what came of each. The caller must hold the
 * lease of the open operation.
 *
 * If the first attempt of what was `just_now` asked for was certainly not carried out, it is
 * withdrawn: the caller is told so, and nobody finds it done later. Whatever may have been carried
 * out stays open until Stripe has told.
 */
export async function executeOperation(
  ports: EscrowPorts,
  payment: Payment,
  age: OperationAge,
): Promise<Result<Execution, Fault>> {
  let current = payment;
  let action: CustomerAction | null = null;
  let own = age === 'just_now';
  let startedOver = false;
  for (;;) {
    const { operation } = current;
    if (operation === null) return ok(executionOf(current, { action }));
    const mayWithdraw = own && operation.attempts === 1;
    own = false;
    const reply = await call(ports, current, operation);
    if (reply.isErr()) {
      const fault = reply.error;
      if (mayWithdraw && isCertainlyUndone(fault)) {
        return withdraw(ports, current, operation, { fault });
      }
      if (!isRemembered(fault) || startedOver) return ok(executionOf(current, { action, fault }));
      startedOver = true;
      const fresh = await retryWithFreshKey(ports, current, operation);
      if (fresh.isErr()) return ok(executionOf(current, { action, fault: fresh.error }));
      if (fresh.value === null) return readBack(ports, current);
      current = fresh.value;
      continue;
    }
    action = reply.value.action ?? action;
    const { report } = reply.value;
    if (report.type === 'not_created' && mayWithdraw) {
      const { failure, param } = report;
      return withdraw(ports, current, operation, { rejected: { failure, param } });
    }
    const applied = await applyReport(ports, current, report);
    // Stripe did it, only our record does not say so yet: that is "processing", not a failure.
    if (applied.isErr()) return ok(executionOf(current, { fault: applied.error }));
    current = applied.value.payment;
    const refused = report.type === 'intent' ? (report.refused?.detail ?? null) : null;
    if (!applied.value.opened) return ok(executionOf(current, { action, refused }));
  }
}

/** Before the call itself only the database can be away. */
function isCertainlyUndone(fault: Fault): boolean {
  return fault.type === 'DatabaseUnavailable' || fault.executed === 'no';
}

function isRemembered(fault: Fault): boolean {
  return fault.type === 'GatewayUnavailable' && fault.remembered === true;
}

/** Others have moved the payment on: tell where it stands now. */
async function readBack(ports: EscrowPorts, payment: Payment): Promise<Result<Execution, Fault>> {
  const now = await currentPayment(ports, payment);
  return now.map((reread) => executionOf(reread ?? payment));
}

async function call(
  ports: EscrowPorts,
  payment: Payment,
  operation: Operation,
): Promise<Result<GatewayReply, Fault>> {
  const { gateway } = ports;
  let complete = payment;
  if (operation.kind === 'authorize' && payment.stripeCustomerId === null) {
    const customer = await ensureCustomer(ports, payment.customerId);
    // The hold itself was not asked for, whatever became of the customer's call.
    if (customer.isErr()) return err(undone(customer.error));
    complete = { ...payment, stripeCustomerId: customer.value };
  }
  // Finding the customer takes time, and so does being put to sleep with the process.
  const ageMs = ports.clock.now().getTime() - operation.openedAt.getTime();
  if (operation.kind === 'authorize' && ageMs >= KEY_LIFETIME_MS) return err(TOO_OLD);
  const reply = await gateway.perform({ payment: complete, operation });
  if (reply.isErr() || operation.attempts === 1 || reply.value.report.type !== 'intent') {
    return reply;
  }
  // A repeated call may have been answered from Stripe's memory: ask what is true by now.
  const now = await gateway.retrieve(reply.value.report.intent.paymentIntentId);
  if (now.isErr()) return err(now.error);
  const { refused } = reply.value.report;
  if (now.value === null || now.value.report.type !== 'intent') return reply;
  return ok({ ...now.value, report: { ...now.value.report, refused } });
}

/** Stripe may have forgotten the key: made again, the call could hold twice. */
export const TOO_OLD: GatewayFault = {
  type: 'GatewayUnavailable',
  executed: 'unknown',
  reason: 'the call is too old to be made again',
  retryAfterMs: null,
};

function undone(fault: Fault): Fault {
  if (fault.type === 'DatabaseUnavailable') return fault;
  const { type, reason, retryAfterMs } = fault;
  return { type, executed: 'no', reason, retryAfterMs };
}

/**
 * Takes back what was just asked for. Should that fail, it is carried out later after all, like
 * anything whose holder was lost.
 */
async function withdraw(
  ports: EscrowPorts,
  payment: Payment,
  operation: Operation,
  why: Pick<Execution, 'fault'> | Pick<Execution, 'rejected'>,
): Promise<Result<Execution, Fault>> {
  const taken = await takeBack(ports, payment, operation);
  return taken.map((withdrawn) => executionOf(payment, { ...why, withdrawn }));
}

async function takeBack(
  ports: EscrowPorts,
  payment: Payment,
  operation: Operation,
): Promise<Result<boolean, Fault>> {
  const { repository, clock } = ports;
  if (operation.kind === 'authorize') return withdrawHold(ports, payment, operation);
  const { key } = operation;
  const closing = { type: 'operation_closed', key, outcome: 'withdrawn', detail: null } as const;
  const saved = await repository.save(apply(payment, [closing], clock.now()));
  return saved.map((outcome) => outcome === 'saved');
}

/** A revert may have been asked for meanwhile; with nothing held it has nothing to do. */
async function withdrawHold(
  ports: EscrowPorts,
  payment: Payment,
  operation: Operation,
): Promise<Result<boolean, Fault>> {
  const withdrawn = await ports.repository.withdraw(payment);
  if (withdrawn.isErr() || withdrawn.value === 'withdrawn') return withdrawn.map(() => true);
  const reread = await currentPayment(ports, payment);
  if (reread.isErr()) return err(reread.error);
  const now = reread.value;
  if (now === null) return ok(true);
  if (now.operation?.key !== operation.key || now.operation.attempts > 1) return ok(false);
  return (await ports.repository.withdraw(now)).map((outcome) => outcome === 'withdrawn');
}
