/** Somebody who delivers, as far as it is known where their money goes. */
export interface Runner {
  /** The platform's own id. */
  readonly runnerId: string;
  /** `acct_...`; null while they have none. */
  readonly stripeAccount: string | null;
  /**
   * Whether the account can take transfers, as Stripe told last; null: nobody has asked. It is no
   * promise: a transfer is tried all the same unless this is false.
   */
  readonly transfersEnabled: boolean | null;
  /** What they owe and no transfer has paid yet, the oldest first. */
  readonly debts: readonly RunnerDebt[];
}

/** What a runner was to give back of a transfer, and their account could not. */
export interface RunnerDebt {
  readonly debtId: string;
  /** ISO 4217, upper case. */
  readonly currency: string;
  /** What is left of it, in minor units, above 0. */
  readonly leftMinor: number;
}

/** A runner for callers: amounts in minor units, added up for each currency. */
export interface RunnerStanding {
  readonly runnerId: string;
  readonly stripeAccount: string | null;
  readonly transfersEnabled: boolean;
  /** What they owe. */
  readonly debts: readonly { readonly currency: string; readonly amountMinor: number }[];
  /** What was sent to them and did not come back. */
  readonly transferredMinor: readonly { readonly currency: string; readonly amountMinor: number }[];
}

/** What Stripe tells of a connected account. */
export interface AccountSnapshot {
  readonly stripeAccount: string;
  readonly transfersEnabled: boolean;
  /** Why not, in Stripe's words; null where it can, or Stripe does not tell. */
  readonly reason: string | null;
}
