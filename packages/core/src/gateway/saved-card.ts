import type { CardFace } from './payment-gateway.js';

/** A card that a customer has saved. */
export interface SavedCard extends CardFace {
  /** `pm_...`, or `card_...` of old. */
  readonly paymentMethodId: string;
  /** What is paid with where no card is named. */
  readonly isDefault: boolean;
}
