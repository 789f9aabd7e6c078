import { err, ok, type Result } from 'neverthrow';
import { ensureCustomer, KEY_LIFETIME_MS } from './customers.js';
import type { DecisionContext } from './escrow.js';
import { apply } from './evolve.js';
import { isLeased, type Operation } from './operation.js';
import type { Payment } from './payment.js';
import type { CustomerAction, EscrowPorts, Fault, GatewayFault, WebhookNote } from './ports.js';
import { decideReport, type Report } from './report.js';

/** Where a payment stands after its open calls were made, as far as that went. */
export interface CarriedOut {
  readonly payment: Payment;
  /** What the customer must do, when Stripe has just said so. */
  readonly action: CustomerAction | null;
  /** Why the last call did not come to an answer, or null. */
  readonly fault: GatewayFault | null;
  /** Why Stripe definitely refused the last call, or null. */
  readonly refused: string | null;
}

/** More rounds than this mean that writers keep overtaking each other: say so instead of spinning. */
export const MAX_ROUNDS = 10;

/** What a decision needs from outside. */
export function contextFor(ports: EscrowPorts, correlationId: string): DecisionContext {
  const { clock, newId, settings } = ports;
  return { now: clock.now(), operationKey: newId(), leaseMs: settings.leaseMs, correlationId };
}

/**
 * Makes the calls that a payment owes, and writes down what came of each. The caller must hold the
 * lease of the open operation.
 *
 * A call that was certainly not made gives its lease back, so that the next one may try at once. One
 * that may have been made keeps it until it runs out.
 */
export async function carryOut(
  ports: EscrowPorts,
  payment: Payment,
): Promise<Result<CarriedOut, Fault>> {
  let current = payment;
  let action: CustomerAction | null = null;
  for (;;) {
    const { operation } = current;
    if (operation === null) return ok(rest(current, { action }));
    const reply = await call(ports, current, operation);
    if (reply.isErr()) {
      if (reply.error.type === 'DatabaseUnavailable') return err(reply.error);
      if (reply.error.executed === 'no') await giveBackLease(ports, current, operation);
      return ok(rest(current, { action, fault: reply.error }));
    }
    action = reply.value.action ?? action;
    const { report } = reply.value;
    const applied = await applyReport(ports, current, report);
    if (applied.isErr()) return err(applied.error);
    current = applied.value.payment;
    const refused = report.type === 'intent' ? (report.refused?.detail ?? null) : null;
    if (!applied.value.opened) return ok(rest(current, { action, refused }));
  }
}

async function call(ports: EscrowPorts, payment: Payment, operation: Operation) {
  if (operation.kind !== 'authorize' || payment.stripeCustomerId !== null) {
    return ports.gateway.perform({ payment, operation });
  }
  const customer = await ensureCustomer(ports, payment.customerId);
  if (customer.isErr()) {
    // The hold itself was not asked for, whatever became of the customer's call.
    const { error } = customer;
    return err(error.type === 'GatewayUnavailable' ? { ...error, executed: 'no' as const } : error);
  }
  return ports.gateway.perform({
    payment: { ...payment, stripeCustomerId: customer.value },
    operation,
  });
}

/** Lets the next one try at once. Should that fail too, the lease simply runs out later. */
async function giveBackLease(
  ports: EscrowPorts,
  payment: Payment,
  operation: Operation,
): Promise<void> {
  const now = ports.clock.now();
  const { attempts } = operation;
  const change = apply(payment, [{ type: 'operation_leased', leaseUntil: now, attempts }], now);
  await ports.repository.save(change);
}

/**
 * Writes what a report means for a payment, on whatever the payment has become meanwhile.
 *
 * `opened` tells that it left a further call to make, whose lease is the caller's.
 */
export async function applyReport(
  ports: EscrowPorts,
  payment: Payment,
  report: Report,
  webhook?: Omit<WebhookNote, 'paymentId'>,
): Promise<Result<{ payment: Payment; opened: boolean; changed: boolean }, Fault>> {
  let current = payment;
  let heard = report;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const context = contextFor(ports, current.correlationId);
    const decision = decideReport(current, heard, context);
    if ('ask' in decision) {
      const asked = await ports.gateway.retrieve(decision.ask.paymentIntentId);
      if (asked.isErr()) return err(asked.error);
      if (asked.value === null) return ok({ payment: current, opened: false, changed: false });
      heard = asked.value.report;
      continue;
    }
    if (decision.steps.length === 0) return ok({ payment: current, opened: false, changed: false });
    const change = apply(current, decision.steps, context.now);
    const saved = await ports.repository.save(change, webhook);
    if (saved.isErr()) return err(saved.error);
    if (saved.value === 'saved') {
      return ok({ payment: change.payment, opened: change.opened !== null, changed: true });
    }
    const reread = await readAgain(ports, current);
    if (reread.isErr()) return err(reread.error);
    current = reread.value;
  }
  return err(TOO_BUSY);
}

/**
 * Waits for whoever is working on a payment, takes over where they were lost, and tells where the
 * payment stands. After `waitMs` it tells so even if the call is still under way.
 */
export async function settle(
  ports: EscrowPorts,
  payment: Payment,
): Promise<Result<CarriedOut, Fault>> {
  const { clock, settings } = ports;
  const deadline = clock.now().getTime() + settings.waitMs;
  let current = payment;
  for (let pauseMs = 10; current.operation !== null; pauseMs = Math.min(pauseMs * 1.5, 250)) {
    if (!isLeased(current.operation, clock.now())) {
      const taken = await takeOver(ports, current);
      if (taken.isErr()) return err(taken.error);
      if (taken.value !== 'stale') return ok(taken.value);
    }
    if (clock.now().getTime() >= deadline) break;
    await clock.sleep(pauseMs);
    const reread = await readAgain(ports, current);
    if (reread.isErr()) return err(reread.error);
    current = reread.value;
  }
  return ok(rest(current, {}));
}

/**
 * Finishes an operation whose holder was lost: asks Stripe what is true first, then makes the same
 * call again under the same key. `stale` when somebody else took it over.
 *
 * A hold whose key Stripe may have forgotten is never asked for again: that could hold twice.
 */
export async function takeOver(
  ports: EscrowPorts,
  payment: Payment,
): Promise<Result<CarriedOut | 'stale', Fault>> {
  const { operation, paymentIntentId } = payment;
  if (operation === null) return ok(rest(payment, {}));
  const now = ports.clock.now();
  if (
    operation.kind === 'authorize' &&
    now.getTime() - operation.openedAt.getTime() > KEY_LIFETIME_MS
  ) {
    const reason = 'the hold was asked for too long ago to ask again';
    return ok(
      rest(payment, {
        fault: { type: 'GatewayUnavailable', executed: 'unknown', reason, retryAfterMs: null },
      }),
    );
  }
  const leaseUntil = new Date(now.getTime() + ports.settings.leaseMs);
  const attempts = operation.attempts + 1;
  const change = apply(payment, [{ type: 'operation_leased', leaseUntil, attempts }], now);
  const saved = await ports.repository.save(change);
  if (saved.isErr()) return err(saved.error);
  if (saved.value === 'stale') return ok('stale');
  if (paymentIntentId === null) return carryOut(ports, change.payment);

  const known = await ports.gateway.retrieve(paymentIntentId);
  if (known.isErr()) return ok(rest(change.payment, { fault: known.error }));
  if (known.value === null) return carryOut(ports, change.payment);
  const applied = await applyReport(ports, change.payment, known.value.report);
  if (applied.isErr()) return err(applied.error);
  const { payment: current, opened } = applied.value;
  // Whoever moved the payment on meanwhile makes the call that it owes now.
  const ours = opened || current.operation?.key === operation.key;
  return ours ? carryOut(ports, current) : ok(rest(current, {}));
}

/** The payment as it is now. Payments are never deleted, so that it is there is certain. */
async function readAgain(
  { repository }: EscrowPorts,
  { id }: Payment,
): Promise<Result<Payment, Fault>> {
  const found = await repository.find({ paymentId: id });
  return found.map((payment) => {
    if (payment === null) throw new Error(`bug: payment ${id} is gone`);
    return payment;
  });
}

/** The answer when writers kept overtaking this one; trying again is safe. */
export const TOO_BUSY: Fault = {
  type: 'DatabaseUnavailable',
  reason: 'the payment was changed by others over and over',
};

function rest(payment: Payment, found: Partial<Omit<CarriedOut, 'payment'>>): CarriedOut {
  return { action: null, fault: null, refused: null, ...found, payment };
}
