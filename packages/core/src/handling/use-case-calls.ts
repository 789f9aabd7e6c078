import { err, ok, type Result } from 'neverthrow';
import type { Answer } from '../commands/answer.js';
import type { Escrow } from '../escrow.js';
import type { Payment } from '../payment/payment.js';
import { preview, type Wish } from '../payment/preview.js';
import type { Refusal } from '../payment/refusal.js';
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

/**
 * Why the rules say no to a command as the payment stands; null where they don't, or may not any more
 * once what is under way has ended. An authorize is judged when it is carried out.
 */
export async function previewedRefusal(
  escrow: Escrow,
  asked: ParsedCommand,
  now: Date,
): Promise<Result<Refusal | null, DatabaseFault>> {
  if (asked.type === 'authorize_payment') return ok(null);
  const wish: Wish =
    asked.type === 'release_payment'
      ? { type: 'release', ...asked.command }
      : { type: 'revert', ...asked.command };
  const found = await paymentOf(escrow, asked);
  return found.map((payment) => {
    const previewed = preview(payment, wish, now);
    if (previewed.isOk() || previewed.error.type === 'OperationInProgress') return null;
    return previewed.error;
  });
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
