import type { Result } from 'neverthrow';
import type { Payment } from '../payment/payment.js';
import type { DatabaseFault, EscrowPorts } from '../ports.js';

/** Connections that were cut with the one whose answer was lost are noticed one by one. */
const TRIES = 3;
const PAUSE_MS = 20;

/** The payment as it is after the answer to a commit was lost: reading harms nobody, so it is tried again. */
export async function rereadPayment(
  { repository, clock }: EscrowPorts,
  paymentId: string,
): Promise<Result<Payment | null, DatabaseFault>> {
  let read = await repository.find({ paymentId });
  for (let tries = 1; tries < TRIES && read.isErr(); tries += 1) {
    await clock.sleep(PAUSE_MS);
    read = await repository.find({ paymentId });
  }
  return read;
}
