/** What a person knows a card by. Nothing of it can be paid with. */
export interface CardFace {
  /** Stripe's word, e.g. `visa`. */
  readonly brand: string;
  readonly last4: string;
  /** 1 to 12. */
  readonly expMonth: number;
  /** Of four digits. */
  readonly expYear: number;
}

/** A card that a customer has saved. */
export interface SavedCard extends CardFace {
  /** `pm_...`, or `card_...` of old. */
  readonly paymentMethodId: string;
  /** What is paid with where no card is named. */
  readonly isDefault: boolean;
}
