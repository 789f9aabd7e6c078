import { apply } from '../payment/change.js';
import { evolve } from '../payment/evolve.js';
import type { Payment } from '../payment/payment.js';
import type { EscrowPorts } from '../ports.js';
import { type Backoff, backoffMs } from '../time/backoff.js';
import { HOUR_MS, SECOND_MS } from '../time/durations.js';
import { MAX_COMMAND_ROUNDS, spreadOf } from './decision-round.js';
import type { Execution } from './execution.js';
import { ageMs } from './key-lifetime.js';
import type { Operation } from './operation.js';
import { rests } from './operation-steps.js';
import { currentPayment } from './report-application.js';

/** How soon the next look makes sense: Stripe's next answer may be another one, or hardly so. */
export type Prospect = 'soon' | 'later';

/** Whether a call was made that may have been carried out, and nobody knows how it ended. */
export function isInDoubt({ fault, withdrawn, payment }: Execution): boolean {
  return fault !== null && !withdrawn && payment.operation !== null;
}

/**
 * Lets go of a call that ended in doubt: whoever knows that nobody works on it any more says so,
 * instead of letting its lease run out. The next look is due soon, and anybody may look before.
 */
export async function letGo(
  ports: EscrowPorts,
  ended: Execution,
  prospect: Prospect = 'soon',
): Promise<Execution> {
  const { payment } = ended;
  const { operation } = payment;
  if (!isInDoubt(ended) || operation === null) return ended;
  const { repository, clock } = ports;
  const now = clock.now();
  const step = rests(new Date(now.getTime() + doubtRestMs(operation, now, prospect)));
  let current: Payment = payment;
  for (let round = 0; round < MAX_COMMAND_ROUNDS; round += 1) {
    const change = apply(current, [step], now);
    const saved = await repository.save(change);
    // Should it not be written down, the lease runs out by itself. Who let go knows all the same.
    if (saved.isErr()) break;
    if (saved.value === 'saved') return { ...ended, payment: change.payment };
    const reread = await currentPayment(ports, current);
    if (reread.isErr()) break;
    if (reread.value === null) return ended;
    // Somebody was faster, such as a webhook's taker: what they wrote is the end of the doubt.
    if (!isSameTry(reread.value, operation))
      return { ...ended, payment: reread.value, fault: null };
    // Or they wrote something else, such as another part that is to be given back.
    current = reread.value;
  }
  return { ...ended, payment: evolve(current, step) };
}

function isSameTry({ operation: now }: Payment, { key, attempts }: Operation): boolean {
  return now?.key === key && now.attempts === attempts && !now.resting;
}

/** Before they are spread by a quarter to both sides. */
const FIRST_MS = SECOND_MS;
const SHORTEST_LIMIT_MS = 3 * SECOND_MS;
const LONGEST_IN_FIRST_HOUR_MS = 24 * SECOND_MS;

/** How long a call in doubt rests before the next look at it. */
function doubtRestMs(operation: Operation, now: Date, prospect: Prospect): number {
  const failuresBefore = operation.attempts - 1;
  const backoff: Backoff =
    prospect === 'soon'
      ? { firstMs: FIRST_MS, longestMs: longestMs(ageMs(operation, now)) }
      : { firstMs: LONGEST_IN_FIRST_HOUR_MS, longestMs: LONGEST_IN_FIRST_HOUR_MS };
  return backoffMs(backoff, failuresBefore, spreadOf(operation.key));
}

/**
 * A rest is a small part of what the call has waited already: so a Stripe that was away for ten
 * seconds is asked again within five of its return, and one that was away for a day within the hour.
 */
function longestMs(ageMs: number): number {
  if (ageMs >= HOUR_MS) return Math.min(ageMs / 48, HOUR_MS);
  return Math.min(Math.max(ageMs / 4, SHORTEST_LIMIT_MS), LONGEST_IN_FIRST_HOUR_MS);
}
