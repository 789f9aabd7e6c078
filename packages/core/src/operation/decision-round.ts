import type { DecisionContext } from '../payment/decision-context.js';
import type { DatabaseFault, EscrowPorts } from '../ports.js';

/** More rounds than this mean that writers keep overtaking each other: say so instead of spinning. */
export const MAX_ROUNDS = 10;

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
