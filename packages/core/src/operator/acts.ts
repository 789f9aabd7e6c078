import { err, ok, type Result } from 'neverthrow';
import type { Answer } from '../commands/answer.js';
import type { Escrow } from '../escrow.js';
import type { PaymentGateway } from '../gateway/payment-gateway.js';
import type { Logger } from '../logger.js';
import type { Money } from '../money/money.js';
import type { Payment } from '../payment/payment.js';
import { type Preview, preview, type Wish } from '../payment/preview.js';
import type { Refusal } from '../payment/refusal.js';
import type { Clock, DatabaseFault, Fault, NewId, PaymentRepository } from '../ports.js';
import type { ActJournal, ActOutcome } from './act-journal.js';

/** Who does something at the terminal, and why. */
export interface OperatorsWill {
  readonly operator: string;
  readonly reason: string;
}

/** What an act was about. */
export interface ActFacts extends OperatorsWill {
  readonly act: string;
  readonly payment: Pick<Payment, 'id' | 'orderId'> | null;
  readonly details: object;
  readonly approvalId?: number;
}

/** What acting on record needs. */
export interface ActPorts {
  readonly acts: ActJournal;
  readonly clock: Clock;
  readonly log: Logger;
}

/** What a release or revert by an operator needs. */
export interface WishPorts extends ActPorts {
  readonly repository: Pick<PaymentRepository, 'find'>;
  readonly escrow: Pick<Escrow, 'release' | 'revert'>;
  readonly newId: NewId;
}

/** How an act ended, as it is kept. */
export interface ActRecord {
  readonly outcome: ActOutcome;
  /** The outcome in words. */
  readonly result: string;
}

/** How an act ended, for the records and for whoever asked for it. */
export interface ActDone<Value> extends ActRecord {
  readonly value: Value;
}

/**
 * Does something with a record: who and why is written down before it, the outcome after it. If the
 * record can't be made, nothing is done. One that can't be completed reads as cut off; the caller
 * is told the outcome all the same.
 */
export async function onRecord<Value>(
  ports: ActPorts,
  facts: ActFacts,
  run: () => Promise<ActDone<Value>>,
): Promise<Result<Value, DatabaseFault>> {
  const { operator, reason, act, payment, details, approvalId } = facts;
  const begun = await ports.acts.begin({
    operator,
    reason,
    act,
    details,
    approvalId: approvalId ?? null,
    paymentId: payment?.id ?? null,
    orderId: payment?.orderId ?? null,
    begunAt: ports.clock.now(),
  });
  if (begun.isErr()) return err(begun.error);
  const { outcome, result, value } = await run();
  const endedAt = ports.clock.now();
  const ended = await ports.acts.end({ id: begun.value, endedAt, outcome, result });
  if (ended.isErr()) ports.log.error({ act, ...ended.error }, 'the record was not completed');
  return ok(value);
}

/** Whether an act on so much money wants a second person. */
export function needsApproval(above: readonly Money[], { amountMinor, currency }: Money): boolean {
  if (above.length === 0) return false;
  const bound = above.find((one) => one.currency === currency);
  return bound === undefined || amountMinor > bound.amountMinor;
}

/**
 * Whether the Stripe that is configured knows the payment at all. A key of another account or mode
 * would otherwise be noticed by the call itself, which marks the payment for review.
 */
export async function isKnownToStripe(
  { gateway }: { readonly gateway: Pick<PaymentGateway, 'retrieve'> },
  { paymentIntentId }: Payment,
): Promise<Result<boolean, Fault>> {
  if (paymentIntentId === null) return ok(true);
  return (await gateway.retrieve(paymentIntentId)).map((reply) => reply !== null);
}

/** How a release or revert ended. */
export type WishDone = Result<Answer, Refusal | Fault>;

/**
 * Carries out a release or revert as it was agreed to, by the use case that every door uses. If the
 * payment has moved on since, so that something else would be done now, nothing is.
 */
export async function executeAct(
  ports: WishPorts,
  agreed: { readonly payment: Payment; readonly wish: Wish; readonly previewed: Preview },
  will: OperatorsWill & { readonly approvalId?: number },
): Promise<Result<WishDone, DatabaseFault>> {
  const { payment, wish } = agreed;
  const correlationId = `operator-${ports.newId()}`;
  const { type: _, ...details } = wish;
  const act = `payments.${wish.type}`;
  const facts = { ...will, act, payment, details: { ...details, correlationId } };
  return onRecord(ports, facts, async () => {
    const done = await stillAsAgreed(ports, agreed);
    const answer = done.isErr() ? err(done.error) : await ask(ports, agreed, correlationId);
    return { ...recordOf(answer), value: answer };
  });
}

async function stillAsAgreed(
  { repository, clock }: WishPorts,
  { payment, wish, previewed }: Parameters<typeof executeAct>[1],
): Promise<Result<void, Refusal | DatabaseFault>> {
  const found = await repository.find({ paymentId: payment.id });
  if (found.isErr()) return err(found.error);
  const now = preview(found.value, wish, clock.now());
  if (now.isErr()) return err(now.error);
  const same = now.value.call === previewed.call && now.value.written === previewed.written;
  return same
    ? ok()
    : err({ type: 'OvertakenByAnother', status: found.value?.status ?? payment.status });
}

function ask(
  { escrow }: WishPorts,
  { payment, wish }: Parameters<typeof executeAct>[1],
  correlationId: string,
): Promise<WishDone> {
  const ref = { paymentId: payment.id };
  if (wish.type === 'release') {
    const { type: _release, ...terms } = wish;
    return escrow.release({ ...terms, payment: ref, correlationId });
  }
  const { type: _revert, ...terms } = wish;
  return escrow.revert({ ...terms, payment: ref, correlationId });
}

function recordOf(answer: WishDone): ActRecord {
  if (answer.isOk()) {
    const { outcome, payment } = answer.value;
    // Only an authorize can require an action of the customer.
    const recorded = outcome === 'done' ? 'done' : 'processing';
    return { outcome: recorded, result: `the payment is ${payment.status}` };
  }
  const { error } = answer;
  return error.type === 'DatabaseUnavailable' || error.type === 'GatewayUnavailable'
    ? recordOfFault(error)
    : { outcome: 'refused', result: error.type };
}

/** How an act that ran into a fault is kept. */
export function recordOfFault({ type, reason }: Fault): ActRecord {
  return { outcome: 'fault', result: `${type}: ${reason}` };
}
