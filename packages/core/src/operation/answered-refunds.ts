import type { IntentSnapshot } from '../gateway/intent.js';
import type { RefusedCall } from '../gateway/report.js';
import { hasFailed, markOfLoss } from '../gateway/taken-steps.js';
import type { Operation } from './operation.js';

/** The answer to a refund shows no other, and one of those may wait for the bank. */
export function hidesRefunds({ refundedMinor, latestRefunds }: IntentSnapshot): boolean {
  if (latestRefunds === null) return false;
  const shownMinor = latestRefunds.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
  return (refundedMinor ?? 0) > shownMinor;
}

/** The refund that a call has made, which its answer shows first, may have failed since. */
export function failedSince(
  { kind, key: operationKey }: Operation,
  answered: IntentSnapshot,
  now: IntentSnapshot,
): RefusedCall | null {
  const made = kind === 'refund' ? answered.latestRefunds?.[0] : undefined;
  const refund = now.latestRefunds?.find(({ refundId }) => refundId === made?.refundId);
  if (refund === undefined || !hasFailed(refund)) return null;
  return { operationKey, detail: markOfLoss(refund), final: true };
}
