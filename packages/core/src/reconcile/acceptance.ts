import { hashOf } from './data-hash.js';
import { type Discrepancy, type DiscrepancyType, discrepancyKey } from './discrepancy.js';
import { isOfTransfers } from './money-facts.js';
import type { Sides } from './sides.js';

/** A person has looked at a finding and let it be. */
export interface Acceptance {
  /** Of the facts that were looked at: where one of them changes, the finding is a new one. */
  readonly fingerprint: string;
  readonly by: string;
  /** ISO 8601. */
  readonly at: string;
  /** What came of it, in that person's words. */
  readonly note: string;
}

/** What passes by itself or is mended by the service: nobody can say that it may stay. */
const PASSING: readonly DiscrepancyType[] = [
  'hold_expired',
  'hold_expiring',
  'operation_stuck',
  'unpublished_event',
  'refund_waiting',
  'transfer_waiting',
  'debt_open',
];

/** Whether only a person can settle it: nothing but a mark for a person is proposed. */
export function isForPerson({ type, repair }: Discrepancy): boolean {
  if (PASSING.includes(type)) return false;
  return repair === null || repair.type === 'mark_for_review';
}

/** Names the facts of a finding: what differs, and what both sides say about the money. */
export function acceptanceKeyOf(digest: Sides['digest'], discrepancy: Discrepancy): string {
  const { type, severity, atRisk, ours, theirs, transfer, repair: _, ...rest } = discrepancy;
  const { accepted: __, ...facts } = rest;
  const record = ours && {
    status: ours.status,
    amount: ours.amount,
    receivedMinor: ours.receivedMinor,
    stripeCustomerId: ours.stripeCustomerId,
  };
  const stripe = theirs && {
    status: theirs.status,
    amountMinor: theirs.amountMinor,
    currency: theirs.currency,
    receivedMinor: theirs.receivedMinor,
    refundedMinor: theirs.refundedMinor,
    stripeCustomerId: theirs.stripeCustomerId,
  };
  const key = discrepancyKey(discrepancy);
  const found = { key, type, severity, atRisk, facts, record, stripe };
  return hashOf(
    digest,
    isOfTransfers(type) ? { ...found, ...transferFacts(ours, transfer) } : found,
  );
}

/** What was sent by both, where it is about that. */
function transferFacts(ours: Discrepancy['ours'], transfer: Discrepancy['transfer']): object {
  const own = ours?.money?.transfer ?? null;
  const sent = own && {
    status: own.status,
    stripeAccount: own.stripeAccount,
    amountMinor: own.amountMinor,
    reversedMinor: own.reversedMinor,
  };
  const told = transfer && {
    stripeAccount: transfer.stripeAccount,
    amountMinor: transfer.amountMinor,
    currency: transfer.currency,
    reversedMinor: transfer.reversedMinor,
  };
  return { sent, told: told ?? null };
}

/** The findings, those marked that a person has accepted as they are. */
export function withAcceptances(
  digest: Sides['digest'],
  discrepancies: readonly Discrepancy[],
  acceptances: readonly Acceptance[],
): readonly Discrepancy[] {
  const byFingerprint = new Map(acceptances.map((one) => [one.fingerprint, one]));
  return discrepancies.map((discrepancy) => {
    if (!isForPerson(discrepancy)) return discrepancy;
    const found = byFingerprint.get(acceptanceKeyOf(digest, discrepancy));
    if (found === undefined) return discrepancy;
    const { by, at, note } = found;
    return { ...discrepancy, accepted: { by, at, note } };
  });
}
