import type { CardFeature, ChargeRecord, IntentRecord } from '../state/records.js';
import { featuresOf, type TestCard } from './test-cards.js';

/** Visa's limit for most shops: docs.stripe.com/payments/overcapture. */
const OVERCAPTURE_PERCENT = 15;

const HOLD_SECONDS = 7 * 86_400;

/** Visa's 30 days end six hours early: docs.stripe.com/payments/extended-authorization. */
const EXTENDED_SECONDS: Readonly<Partial<Record<TestCard['brand'], number>>> = {
  visa: 30 * 86_400 - 6 * 3600,
};

/** What was asked of a hold and the card can. */
export function grantedFeatures(
  { requests = {}, captureMethod }: IntentRecord,
  card: TestCard,
): readonly CardFeature[] {
  if (captureMethod !== 'manual') return [];
  return featuresOf(card).filter((feature) => requests[feature] === 'if_available');
}

export function has({ features }: Pick<ChargeRecord, 'features'>, feature: CardFeature): boolean {
  return features?.includes(feature) === true;
}

/** What the bank holds, or held, for this charge. */
export function authorizedOf({ authorized, amount }: ChargeRecord): number {
  return authorized ?? amount;
}

/** The most that can be captured of a hold. */
export function maximumCapturable(charge: ChargeRecord): number {
  const authorized = authorizedOf(charge);
  if (!has(charge, 'overcapture')) return authorized;
  return Math.floor((authorized * (100 + OVERCAPTURE_PERCENT)) / 100);
}

/** How long a hold lasts; tests shorten it with the metadata `sandbox_capture_before_seconds`. */
export function holdSeconds(
  { metadata }: IntentRecord,
  { brand }: TestCard,
  features: readonly CardFeature[],
): number {
  const wished = Number(metadata.sandbox_capture_before_seconds);
  if (Number.isInteger(wished) && wished > 0) return wished;
  if (!features.includes('extended_authorization')) return HOLD_SECONDS;
  return EXTENDED_SECONDS[brand] ?? 30 * 86_400;
}
