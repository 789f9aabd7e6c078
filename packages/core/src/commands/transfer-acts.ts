import { err, ok, type Result } from 'neverthrow';
import { MAX_ROUNDS, TOO_BUSY } from '../operation/decision-round.js';
import { apply } from '../payment/change.js';
import { decidePause, decideResume, type TransferRefusal } from '../payment/decide-transfer-act.js';
import type { Payment, PaymentRef } from '../payment/payment.js';
import type { Step } from '../payment/payment-events.js';
import type { EscrowPorts, Fault } from '../ports.js';
import { sendTransfer } from './send-transfer.js';

/** What a person does about a transfer. */
export interface TransferAct {
  readonly payment: PaymentRef;
  /** Why, in the person's words: a paused transfer shows it. */
  readonly reason: string;
}

/** Keeps a transfer that is not sent yet from being sent, until somebody resumes it. */
export function pauseTransfer(ports: EscrowPorts, act: TransferAct) {
  return change(ports, act, (payment) => decidePause(payment, act.reason));
}

/** Lets a transfer that is paused, or that a person had to look at, be sent; and sends it. */
export async function resumeTransfer(
  ports: EscrowPorts,
  act: Pick<TransferAct, 'payment'>,
): Promise<Result<Payment, TransferRefusal | Fault>> {
  const { clock } = ports;
  const resumed = await change(ports, act, (payment) => decideResume(payment, clock.now()));
  if (resumed.isErr()) return err(resumed.error);
  return sendTransfer(ports, resumed.value);
}

async function change(
  ports: EscrowPorts,
  { payment: ref }: Pick<TransferAct, 'payment'>,
  decide: (payment: Payment) => Result<readonly Step[], TransferRefusal>,
): Promise<Result<Payment, TransferRefusal | Fault>> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const found = await ports.repository.find(ref);
    if (found.isErr()) return err(found.error);
    const payment = found.value;
    if (payment === null) return err({ type: 'PaymentNotFound' });
    const steps = decide(payment);
    if (steps.isErr()) return err(steps.error);
    if (steps.value.length === 0) return ok(payment);
    const changed = apply(payment, steps.value, ports.clock.now());
    const saved = await ports.repository.save(changed);
    if (saved.isErr()) return err(saved.error);
    if (saved.value === 'saved') return ok(changed.payment);
  }
  return err(TOO_BUSY);
}
