import { err, type Result } from 'neverthrow';
import { type Failure, invalid, missing } from '../model/failure.js';
import { endRefund } from '../model/refund.js';
import type { RefundRecord } from '../state/records.js';
import type { World } from '../state/world.js';
import { oneOf, optional, type Part, shapeProblem } from './shape-check.js';

/** How a refund is to end. */
export interface RefundEnd {
  /** Pending ones take any of these; one that had succeeded can only fail. */
  readonly status: 'canceled' | 'failed' | 'succeeded';
  /**
   * Why it failed; only with the status `failed`.
   *
   * @default 'unknown'
   */
  readonly failureReason?: RefundFailureReason;
}

/** Those that Stripe documents (docs.stripe.com/api/refunds/object). */
export type RefundFailureReason = (typeof FAILURE_REASONS)[number];

const FAILURE_REASONS = [
  'charge_for_pending_refund_disputed',
  'declined',
  'expired_or_canceled_card',
  'insufficient_funds',
  'lost_or_stolen_card',
  'merchant_request',
  'unknown',
] as const;

const END: Readonly<Record<keyof RefundEnd, Part>> = {
  status: oneOf('succeeded', 'failed', 'canceled'),
  failureReason: optional(oneOf(...FAILURE_REASONS)),
};

/** What is wrong with it: over HTTP no compiler looks at it. */
function endProblem(end: RefundEnd): string | undefined {
  const problem = shapeProblem({ ...end }, { of: END, what: 'the end of a refund' });
  if (problem !== undefined) return problem;
  if (end.failureReason === undefined || end.status === 'failed') return undefined;
  return 'the end of a refund: failureReason goes with the status failed';
}

/** Ends the refund of this id now, whatever was to happen to it later. */
export function endRefundById(
  world: World,
  id: string,
  end: RefundEnd,
): Result<RefundRecord, Failure> {
  const problem = endProblem(end);
  if (problem !== undefined) return err(invalid(problem));
  const refund = world.store.get('refund', id);
  if (refund === undefined) return err(missing('refund', { id, param: 'id', status: 404 }));
  const { status, failureReason = 'unknown' } = end;
  return endRefund(world, refund, {
    status,
    failureReason: status === 'failed' ? failureReason : null,
  });
}
