import type { DecisionContext } from '../payment/decision-context.js';
import type { Step } from '../payment/payment-events.js';
import type { Operation, OperationOutcome } from './operation.js';

/** What distinguishes one operation from another of its kind: who asked, when, under which key. */
type OperationFacts = Omit<Operation, 'kind' | 'params'>;

type CallOf<One> = One extends Operation ? Pick<One, 'kind' | 'params'> : never;

/** The operation for a call, open from now on. */
export function operationFor<Call extends CallOf<Operation>>(
  call: Call,
  { now, operationKey, leaseMs, correlationId }: DecisionContext,
): Call & OperationFacts {
  const leaseUntil = new Date(now.getTime() + leaseMs);
  const facts: OperationFacts = {
    key: operationKey,
    openedAt: now,
    attempts: 1,
    leaseUntil,
    resting: false,
    correlationId,
  };
  return Object.assign({ ...call }, facts);
}

/** The step that writes down a call we now owe. */
export function opened(call: CallOf<Operation>, context: DecisionContext): Step {
  return { type: 'operation_opened', operation: operationFor(call, context) };
}

/**
 * The step that writes down until when somebody is expected to work on the operation.
 *
 * @param attempts how often its call was begun, counting the one that the lease is for
 */
export function leased(leaseUntil: Date, attempts: number): Step {
  return { type: 'operation_leased', leaseUntil, attempts };
}

/** The step that lets go of the operation: nobody works on it, and the next look is due then. */
export function rests(until: Date): Step {
  return { type: 'operation_rests', until };
}

/** The step that writes down how an operation ended. */
export function closed(
  { key }: Operation,
  outcome: OperationOutcome,
  detail: string | null = null,
): Step {
  return { type: 'operation_closed', key, outcome, detail };
}
