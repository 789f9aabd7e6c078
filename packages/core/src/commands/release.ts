import { err, ok, type Result } from 'neverthrow';
import type { Execution } from '../operation/execution.js';
import { decideRelease } from '../payment/decide-release.js';
import type { Payment, PaymentRef } from '../payment/payment.js';
import type { Refusal } from '../payment/refusal.js';
import type { ReleaseWish } from '../payment/release-terms.js';
import type { StatedMoney } from '../payment/stated-money.js';
import type { EscrowPorts, Fault } from '../ports.js';
import type { Runner } from '../runner/runner.js';
import { type Answered, answerTo, isReached } from './answer.js';
import { runCommand } from './command-run.js';
import { sendTransfer } from './send-transfer.js';

/** Amounts in minor units of the payment's currency. */
export interface ReleaseCommand extends ReleaseWish {
  readonly payment: PaymentRef;
  /** What the caller says of the money; must be the payment's whole. Left out: nothing. */
  readonly stated?: readonly StatedMoney[];
  readonly correlationId: string;
}

/** Takes a held amount for the runner, and sends them their share where they have an account. */
export async function release(ports: EscrowPorts, command: ReleaseCommand): Promise<Answered> {
  const { payment, correlationId, ...wish } = command;
  const { runnerId } = wish;
  const { fees } = ports.settings;
  const [found, runner] = await Promise.all([
    ports.repository.find(payment),
    ports.runners.find(runnerId),
  ]);
  if (runner.isErr()) return err(runner.error);
  const ground = { runner: runner.value, ...(fees === undefined ? {} : { fees }) };
  const once = (first: typeof found | null) =>
    runCommand(
      ports,
      payment,
      correlationId,
      (read, context) => decideRelease(read, { ...wish, ...ground }, context),
      { isEnough: (now) => isReached('RELEASED', now), first },
    );
  const first = await once(found);
  // Whoever waited for a capture that was for nobody yet names the runner now.
  const done = first.isOk() && isForNobody(first.value.payment) ? await once(null) : first;
  const before = found.unwrapOr(null);
  const isRepeat = before?.status === 'RELEASED' && before.runnerId !== null;
  const sent = await onward(ports, done, { known: runner.value, command, isRepeat });
  return sent.andThen((execution) => answerToRelease(wish, execution));
}

function isForNobody(payment: Payment): boolean {
  return payment.status === 'RELEASED' && payment.runnerId === null;
}

/**
 * Sends what was not sent together with the capture, such as where the runner owes something. Its
 * trouble is no trouble of the release: the background goes on with it.
 */
async function onward(
  ports: EscrowPorts,
  done: Result<Execution, Refusal | Fault>,
  {
    known,
    command,
    isRepeat,
  }: {
    readonly known: Runner | null;
    readonly command: ReleaseCommand;
    readonly isRepeat: boolean;
  },
): Promise<Result<Execution, Refusal | Fault>> {
  if (done.isErr()) return done;
  const { payment } = done.value;
  if (payment.status !== 'RELEASED' || payment.transfer === null) return done;
  const { runnerId, stripeAccount = known?.stripeAccount ?? null } = command;
  const isAble =
    payment.transfer.status === 'sent' && payment.transfer.stripeAccount === stripeAccount;
  const isNews =
    stripeAccount !== known?.stripeAccount || (isAble && known.transfersEnabled !== true);
  // What a repeat names may have been changed since: only a transfer without an account takes it.
  const isSaidAgain = isRepeat && payment.transfer.stripeAccount !== null;
  if (stripeAccount !== null && isNews && !isSaidAgain) {
    const told = { runnerId, stripeAccount, now: ports.clock.now() };
    // Result ignored: the transfer has the account; later releases name it again.
    await ports.runners.setAccount(isAble ? { ...told, transfersEnabled: true } : told);
  }
  if (payment.transfer.status !== 'owed' || payment.operation !== null) return done;
  const sent = await sendTransfer(ports, payment);
  return ok(sent.isErr() ? done.value : { ...done.value, payment: sent.value });
}

/**
 * Whoever waited for a release that was refused may find that another runner's was not. And what is
 * being captured for nobody yet is no promise to this runner, whom nothing has written down.
 */
function answerToRelease(wish: ReleaseWish, done: Execution): Answered {
  const { runnerId } = wish;
  const { status, operation } = done.payment;
  if (operation?.kind === 'capture' && operation.params.runnerId !== runnerId)
    return err({ type: 'OperationInProgress', status, kind: operation.kind });
  if (isRaiseRefused(wish, done) && done.payment.status === 'AUTHORIZED') {
    const { amount, headroom } = done.payment;
    const { amountMinor, currency } = amount;
    const maximumMinor = headroom?.maximumMinor ?? amountMinor;
    return err({ type: 'AmountExceedsHold', status, maximumMinor, currency });
  }
  return status === 'RELEASED' && done.payment.runnerId !== runnerId
    ? err({ type: 'Contradiction', status, field: 'runnerId' })
    : answerTo('RELEASED', done);
}

/** The bank would not have the hold raised, and nothing was taken. */
function isRaiseRefused(
  { amountMinor, tipMinor = 0 }: ReleaseWish,
  { payment, refused }: Execution,
): boolean {
  if (refused === null || payment.status !== 'AUTHORIZED') return false;
  const held = payment.amount.amountMinor;
  const maximumMinor = payment.headroom?.maximumMinor ?? held;
  return (amountMinor ?? held) + tipMinor > maximumMinor;
}
