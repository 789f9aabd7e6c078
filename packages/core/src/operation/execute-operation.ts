import { err, ok, type Result } from 'neverthrow';
import { ensureCustomer } from '../commands/customer.js';
import type { GatewayFault } from '../gateway/gateway-answer.js';
import { belongsTo, mayBeNameless, nameFor } from '../gateway/identity.js';
import type { CustomerAction, GatewayReply } from '../gateway/payment-gateway.js';
import type { Payment } from '../payment/payment.js';
import type { EscrowPorts, Fault } from '../ports.js';
import { failedSince, hidesRefunds } from './answered-refunds.js';
import { withdrawOperation } from './close-operation.js';
import { type Execution, executionOf } from './execution.js';
import { findIntent } from './find-intent.js';
import { ageMs, isMadeOnce, KEY_LIFETIME_MS, TOO_OLD } from './key-lifetime.js';
import { letGo } from './let-go.js';
import { lookBefore, seenWhole } from './look-before.js';
import type { Operation } from './operation.js';
import { applyReport, currentPayment } from './report-application.js';
import { retryWithFreshKey } from './retry-operation.js';
import { isFirstOfTransfer, notNow, sendAlong } from './send-along.js';

/**
 * Whether the calls are those of the very command that has just opened the operation. `looked_for`: what
 * it should have made is certainly not there, though its key may be forgotten.
 */
export type OperationAge = 'just_now' | 'before' | 'looked_for';

/**
 * Makes the calls that a payment owes, and writes down what came of each. The caller must hold the
 * lease of the open operation.
 *
 * If the first attempt of what was `just_now` asked for was certainly not carried out, it is
 * withdrawn: the caller is told so, and nobody finds it done later. Whatever may have been carried
 * out stays open until Stripe has told, and is let go of, so that anybody may ask.
 */
export async function executeOperation(
  ports: EscrowPorts,
  payment: Payment,
  age: OperationAge,
): Promise<Result<Execution, Fault>> {
  const end = ports.underWay?.begin(payment.id);
  try {
    return await makeCalls(ports, payment, age);
  } finally {
    end?.();
  }
}

async function makeCalls(
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
    const looked = await lookBefore(ports, current, operation);
    if (looked.isErr()) {
      const fault = looked.error;
      return ok(await letGo(ports, executionOf(current, { action, fault })));
    }
    current = looked.value;
    if (!isSameCall(current, operation)) return ok(executionOf(current, { action }));
    const isLookedFor = age === 'looked_for' && operation.key === payment.operation?.key;
    const reply = await call(ports, current, operation, isLookedFor);
    if (reply.isErr()) {
      const fault = reply.error;
      if (mayWithdraw && isCertainlyUndone(fault)) {
        return withdrawOperation(ports, current, operation, { fault });
      }
      if (isFirstOfTransfer(operation) && isCertainlyUndone(fault)) {
        const put = await putOff(ports, current, operation, fault);
        if (put.isErr()) return ok(await letGo(ports, executionOf(current, { action, fault })));
        current = put.value.payment;
        if (put.value.opened) continue;
        return ok(executionOf(current, { action }));
      }
      if (!isRemembered(fault) || startedOver) {
        // Under a fresh key it failed as well: hardly anything else comes of the next one.
        const prospect = startedOver ? 'later' : 'soon';
        return ok(await letGo(ports, executionOf(current, { action, fault }), prospect));
      }
      startedOver = true;
      const fresh = await retryWithFreshKey(ports, current, operation);
      if (fresh.isErr())
        return ok(await letGo(ports, executionOf(current, { action, fault: fresh.error })));
      if (fresh.value === null) return readBack(ports, current);
      current = fresh.value;
      continue;
    }
    action = reply.value.action ?? action;
    const { report } = reply.value;
    if (report.type === 'not_created' && mayWithdraw) {
      const { failure, param } = report;
      return withdrawOperation(ports, current, operation, { rejected: { failure, param } });
    }
    const seen = await seenWhole(ports, current, operation, report);
    if (seen.isErr()) {
      const fault = seen.error;
      return ok(await letGo(ports, executionOf(current, { action, fault })));
    }
    const along = await sendAlong(ports, current, operation, {
      ...reply.value,
      report: seen.value,
    });
    const applied = await applyReport(ports, reply.value.payment, along.reply.report);
    // Stripe did it, only our record does not say so yet: that is "processing", not a failure.
    if (applied.isErr())
      return ok(await letGo(ports, executionOf(current, { action, fault: applied.error })));
    current = applied.value.payment;
    const refused = (report.type === 'intent' ? report.refused : null) ?? applied.value.refused;
    if (!applied.value.opened) return ok(executionOf(current, { action, refused }));
    // What was asked for together with the capture has just come to no answer.
    const { fault } = along;
    if (fault !== null && current.operation?.kind === 'transfer')
      return ok(await letGo(ports, executionOf(current, { action, fault })));
  }
}

function isSameCall({ operation: now }: Payment, { key, attempts }: Operation): boolean {
  return now?.key === key && now.attempts === attempts;
}

/** A transfer that was certainly not made is tried later, so that no refund has to wait for it. */
function putOff(ports: EscrowPorts, payment: Payment, { key }: Operation, fault: Fault) {
  const report = { type: 'transfer', operationKey: key, outcome: notNow(fault) } as const;
  return applyReport(ports, payment, report);
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

/** A reply, and the payment that it is to be applied to. */
interface CallReply extends GatewayReply {
  readonly payment: Payment;
}

async function call(
  ports: EscrowPorts,
  payment: Payment,
  operation: Operation,
  isLookedFor: boolean,
): Promise<Result<CallReply, Fault>> {
  let complete = payment;
  if (operation.kind === 'authorize' && payment.stripeCustomerId === null) {
    const customer = await ensureCustomer(ports, payment.customerId);
    // The hold itself was not asked for, whatever became of the customer's call.
    if (customer.isErr()) return err(undone(customer.error));
    complete = { ...payment, stripeCustomerId: customer.value };
  }
  // Finding the customer takes time, and so does being put to sleep with the process.
  const isOld = ageMs(operation, ports.clock.now()) >= KEY_LIFETIME_MS;
  if (isMadeOnce(operation) && isOld && !isLookedFor) return err(TOO_OLD);
  const reply = await perform(ports, complete, operation);
  // Without a name in the metadata, the customer is what tells that the answer is ours.
  const nameless = mayBeNameless(payment, ports.installation);
  return reply.map((said) => ({ ...said, payment: nameless ? complete : payment }));
}

/** Makes the call, and believes no reply that is about another PaymentIntent. */
async function perform(
  ports: EscrowPorts,
  payment: Payment,
  operation: Operation,
): Promise<Result<GatewayReply, Fault>> {
  const { gateway, installation } = ports;
  const named = nameFor(installation, payment.createdAt);
  const reply = await gateway.perform({ payment, operation, installation: named });
  if (reply.isErr() || reply.value.report.type !== 'intent') return reply;
  if (!isItsOwn(ports, payment, reply.value)) return lookFor(ports, payment, operation);
  const { intent, refused } = reply.value.report;
  if (operation.attempts === 1 && !hidesRefunds(intent)) return reply;
  // A repeated call may have been answered from Stripe's memory: ask what is true by now.
  const now = await gateway.retrieve(intent.paymentIntentId);
  // Whatever became of the question, the call itself was answered, so it may have been carried out.
  if (now.isErr()) return err({ ...now.error, executed: 'unknown' });
  if (now.value === null || now.value.report.type !== 'intent') return reply;
  if (!isItsOwn(ports, payment, now.value)) return err(NOT_OURS);
  const { report } = now.value;
  const failed = refused ?? failedSince(operation, intent, report.intent);
  return ok({ ...now.value, report: { ...report, refused: failed } });
}

/** Whether the PaymentIntent of an answer is the one that was asked about, or asked for. */
function isItsOwn(
  { installation }: EscrowPorts,
  payment: Payment,
  { report }: GatewayReply,
): boolean {
  if (report.type !== 'intent') return true;
  const { paymentIntentId } = payment;
  if (paymentIntentId !== null) return report.intent.paymentIntentId === paymentIntentId;
  return belongsTo(payment, report.intent, installation);
}

/** The answer was somebody else's. What it should have told is looked for, else it stays in doubt. */
async function lookFor(
  ports: EscrowPorts,
  payment: Payment,
  operation: Operation,
): Promise<Result<GatewayReply, Fault>> {
  if (operation.kind !== 'authorize') return err(NOT_OURS);
  const found = await findIntent(ports, payment, operation.openedAt);
  // Whatever became of the search, the call itself may have been carried out.
  return found.isOk() && found.value !== null ? ok(found.value) : err(NOT_OURS);
}

const NOT_OURS: GatewayFault = {
  type: 'GatewayUnavailable',
  executed: 'unknown',
  reason: 'Stripe answered with a PaymentIntent that was not asked for',
  retryAfterMs: null,
  // Under the same key it is going to say the same: after an hour of that a person must look.
  unreadable: true,
};

function undone(fault: Fault): Fault {
  if (fault.type === 'DatabaseUnavailable') return fault;
  const { type, reason, retryAfterMs } = fault;
  return { type, executed: 'no', reason, retryAfterMs };
}
