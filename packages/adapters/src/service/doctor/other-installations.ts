import type { StripeCheckup } from '../../stripe/account-checkup.js';
import { type Check, warn } from './check.js';

/**
 * Whether others than this installation make PaymentIntents on the account; null where none does, or
 * nobody can tell.
 */
export function otherInstallations(
  latest: StripeCheckup['latest'],
  ours: string | null,
): Check | null {
  if (latest === null || ours === null) return null;
  const others = latest.installations.filter((id) => id !== ours);
  if (others.length === 0) return null;
  const ids = [...new Set(others)];
  const found = `${others.length} of the latest ${latest.intents} PaymentIntents are of ${ids.join(', ')}, not of this one, ${ours}`;
  return warn(
    'installations',
    found,
    'fine where that is meant; else give each a Stripe account of its own (docs/operations.md)',
  );
}
