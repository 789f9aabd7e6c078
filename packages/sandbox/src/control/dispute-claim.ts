import { err, ok, type Result } from 'neverthrow';
import { moveDispute, openDispute } from '../model/dispute.js';
import { type Failure, invalid, missing } from '../model/failure.js';
import {
  type ChargeRecord,
  DISPUTE_REASONS,
  DISPUTE_STATUSES,
  type DisputeReason,
  type DisputeRecord,
  type DisputeStatus,
} from '../state/records.js';
import type { World } from '../state/world.js';
import { oneOf, optional, type Part, shapeProblem, TEXT, wholeFrom } from './shape-check.js';

/** A dispute that is to begin, of a charge or of the charge of a PaymentIntent. */
export interface NewDispute {
  readonly charge?: string;
  readonly payment_intent?: string;
  /**
   * Minor units, 1 or more; it may differ from what was charged.
   *
   * @default all that was captured
   */
  readonly amount?: number;
  /** @default 'fraudulent' */
  readonly reason?: DisputeReason;
  /** @default 'needs_response' */
  readonly status?: DisputeStatus;
}

/** What becomes of a dispute. */
export interface DisputeChange {
  readonly status: DisputeStatus;
}

const STATUS = oneOf(...DISPUTE_STATUSES);

const NEW: Readonly<Record<keyof NewDispute, Part>> = {
  charge: optional(TEXT),
  payment_intent: optional(TEXT),
  amount: optional(wholeFrom(1)),
  reason: optional(oneOf(...DISPUTE_REASONS)),
  status: optional(STATUS),
};

/** What is wrong with it: over HTTP no compiler looks at it. */
function newProblem(wish: NewDispute): string | undefined {
  const problem = shapeProblem({ ...wish }, { of: NEW, what: 'a dispute' });
  if (problem !== undefined) return problem;
  const one = (wish.charge === undefined) !== (wish.payment_intent === undefined);
  return one ? undefined : 'a dispute: give charge or payment_intent, one of them';
}

function chargeOf(world: World, wish: NewDispute): Result<ChargeRecord, Failure> {
  const { charge: id, payment_intent: intentId } = wish;
  const intent = world.store.get('payment_intent', intentId ?? '');
  if (intentId !== undefined && intent === undefined) {
    return err(missing('payment_intent', { id: intentId, param: 'payment_intent', status: 400 }));
  }
  const charge = world.store.get('charge', id ?? intent?.latestCharge ?? '');
  if (id !== undefined && charge === undefined) {
    return err(missing('charge', { id, param: 'charge', status: 400 }));
  }
  if (charge?.captured === true) return ok(charge);
  return err(invalid('a dispute needs a charge that was captured'));
}

/** Begins a dispute, as the customer's bank does. */
export function beginDispute(world: World, wish: NewDispute): Result<DisputeRecord, Failure> {
  const problem = newProblem(wish);
  if (problem !== undefined) return err(invalid(problem));
  const { reason = 'fraudulent', status = 'needs_response' } = wish;
  return chargeOf(world, wish).map((charge) =>
    openDispute(world, charge, { amount: wish.amount ?? charge.amountCaptured, reason, status }),
  );
}

/** Gives the dispute of this id another status, as the bank decides. */
export function moveDisputeById(
  world: World,
  id: string,
  to: DisputeChange,
): Result<DisputeRecord, Failure> {
  const what = 'the change of a dispute';
  const problem = shapeProblem({ ...to }, { of: { status: STATUS }, what });
  if (problem !== undefined) return err(invalid(problem));
  const dispute = world.store.get('dispute', id);
  if (dispute === undefined) return err(missing('dispute', { id, param: 'id', status: 404 }));
  return moveDispute(world, dispute, to.status);
}
