import type { Fault } from '../ports.js';
import { isUnreadable } from '../ports.js';
import type { Discrepancy, OurSide } from './discrepancy.js';
import { discrepancyOf } from './evidence.js';

/** What could not be judged, for it could not be read: a row of ours, or what Stripe said. */
export interface Unread {
  /** The record that it is about, where that is known. */
  readonly ours: OurSide | null;
  readonly detail: string;
}

/** What Stripe says of a PaymentIntent can't be read; null for any other fault. */
export function unreadAt(fault: Fault, ours: OurSide | null): Unread | null {
  if (!isUnreadable(fault)) return null;
  const id = ours?.payment.paymentIntentId ?? 'one';
  return { ours, detail: `PaymentIntent ${id} can't be read at Stripe` };
}

/** A run that passes over something must not look like one that found nothing. */
export function unreadDiscrepancy({ ours, detail }: Unread): Discrepancy {
  return discrepancyOf(
    { ours, theirs: null },
    {
      fact: { type: 'invariant_broken', invariant: 'unreadable', detail },
      severity: 'critical',
      atRisk: ours?.payment.amount ?? null,
      act: null,
    },
  );
}
