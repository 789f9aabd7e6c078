import type { DecisionContext } from '../payment/decision-context.js';
import type { DatabaseFault, EscrowPorts } from '../ports.js';

/** More rounds than this mean that writers keep overtaking each other: say so instead of spinning. */
export const MAX_ROUNDS = 10;

/**
 * The same for commands: a payment may be given back in a hundred parts at once. Whoever was overtaken a
 * few times lets the others go first, each for a time of its own.
 */
export const MAX_COMMAND_ROUNDS = 60;

/** How long to let others go first, in milliseconds, after so many rounds in which they were faster. */
export function giveWayMs(round: number, { operationKey }: DecisionContext): number {
  return round < 3 ? 0 : Math.min(round, 20) * 5 * (0.5 + spreadOf(operationKey));
}

/** From 0 up to 1: the same for the same key, so that what failed together comes back apart. */
export function spreadOf(key: string): number {
  return ([...key].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % 100) / 100;
}

/** The answer when writers kept overtaking this one; trying again is safe. */
export const TOO_BUSY: DatabaseFault = {
  type: 'DatabaseUnavailable',
  reason: 'the payment was changed by others over and over',
};

/** What a decision needs from outside. */
export function contextFor(ports: EscrowPorts, correlationId: string): DecisionContext {
  const { clock, newId, settings } = ports;
  return { now: clock.now(), operationKey: newId(), leaseMs: settings.leaseMs, correlationId };
}
