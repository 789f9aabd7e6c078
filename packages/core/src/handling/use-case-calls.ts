import { err, ok, type Result } from 'neverthrow';
import type { Answer } from '../commands/answer.js';
import type { Escrow } from '../escrow.js';
import type { Refusal } from '../payment/decide.js';
import type { Payment } from '../payment/payment.js';
import { type NotTheWhole, partIn, wholeOf } from '../payment/stated-money.js';
import type { DatabaseFault, Fault } from '../ports.js';
import type { ParsedCommand } from './command.js';
import type { WaitingCommand } from './command-store.js';

/** Carries a command out by the use case of its type. */
export function callUseCase(
  escrow: Escrow,
  asked: ParsedCommand,
): Promise<Result<Answer, Refusal | Fault>> {
  switch (asked.type) {
    case 'authorize_payment':
      return escrow.authorize(asked.command);
    case 'release_payment':
      return escrow.release(asked.command);
    case 'revert_payment':
      return escrow.revert(asked.command);
  }
}

/** The payment that a command is about: the one it has made, or else its order's latest. */
export async function paymentOf(
  escrow: Escrow,
  { type, command }: ParsedCommand,
): Promise<Result<Payment | null, DatabaseFault>> {
  if (type !== 'authorize_payment') return paymentNamed(escrow, command.payment);
  const { paymentId, orderId } = command;
  const own = paymentId === null ? ok(null) : await paymentNamed(escrow, { paymentId });
  return own.isErr() || own.value?.orderId === orderId ? own : paymentNamed(escrow, { orderId });
}

/** A payment, or null where there is none. */
async function paymentNamed(
  escrow: Escrow,
  ref: Parameters<Escrow['find']>[0],
): Promise<Result<Payment | null, DatabaseFault>> {
  const found = await escrow.find(ref);
  if (found.isOk()) return ok(found.value);
  return found.error.type === 'PaymentNotFound' ? ok(null) : err(found.error);
}

/** What a command about a payment that is there says of its money, and must not; null for nothing. */
export async function partNamedIn(
  escrow: Escrow,
  asked: ParsedCommand,
): Promise<Result<NotTheWhole | null, DatabaseFault>> {
  if (asked.type === 'authorize_payment' || asked.command.stated === undefined) return ok(null);
  const { stated } = asked.command;
  const found = await paymentOf(escrow, asked);
  return found.map((payment) => (payment === null ? null : partIn(wholeOf(payment), stated)));
}

/** The payment that a command waits for; null where it was not carried out yet. */
export async function awaitedBy(
  escrow: Escrow,
  { asked, waits, waitsFor }: WaitingCommand,
): Promise<Result<Payment | null, DatabaseFault>> {
  if (!waits) return ok(null);
  return waitsFor === null
    ? paymentOf(escrow, asked)
    : paymentNamed(escrow, { paymentId: waitsFor });
}
