/**
 * Where a transfer stands. `owed`: it will be sent. `waiting_account`: the runner's account can't take
 * it yet, or there is none. `waiting_funds`: our balance is short. `paused`: by a person or a dispute.
 * `reversed`: all of it came back. `canceled`: nothing is to be sent any more.
 */
export const TRANSFER_STATUSES = [
  'owed',
  'waiting_account',
  'waiting_funds',
  'paused',
  'sent',
  'reversed',
  'canceled',
  'needs_review',
] as const;

export type TransferStatus = (typeof TRANSFER_STATUSES)[number];

/**
 * The runner's share of a payment on its way to the runner's connected account at Stripe. There is at
 * most one of a payment. Amounts in minor units of the payment's currency.
 */
export interface Transfer {
  /** Ours, and the same for ever; Stripe's metadata names it. */
  readonly transferId: string;
  readonly status: TransferStatus;
  readonly runnerId: string;
  /** `acct_...`; null while the runner has none. */
  readonly stripeAccount: string | null;
  /** What is to be moved, or was: the share less what was given back before, and less debts. */
  readonly amountMinor: number;
  /** Kept back of the share for debts of the runner. */
  readonly nettedMinor: number;
  /** Came back from the account. */
  readonly reversedMinor: number;
  /** Was to come back, and became a debt of the runner. */
  readonly debtMinor: number;
  /** `tr_...`, once it was sent. */
  readonly stripeTransferId: string | null;
  /** `ch_...`: what was taken, which pays for it. */
  readonly chargeId: string | null;
  /** Why it waits, in words; null where it doesn't. */
  readonly reason: string | null;
  /** How often it was tried and had to wait since it began to wait. */
  readonly tries: number;
  /** When it is to be tried again; null: not before something happens. */
  readonly nextTryAt: Date | null;
}

/** A part of a runner's debt that a transfer pays. */
export interface Netting {
  readonly debtId: string;
  readonly amountMinor: number;
}

/** The idempotency key of the call that goes with the capture, by the id of its transfer. */
export function plannedKeyOf(transferId: string): string {
  return `${transferId}:transfer`;
}

/** Whether it may still be sent, by itself or by somebody. */
export function isUnsent({ status }: Transfer): boolean {
  return !['sent', 'reversed', 'canceled'].includes(status);
}

/** Whether it is sent without anybody's doing, as soon as it can be. */
export function isSentByItself({ status }: Transfer): boolean {
  return status === 'owed' || status === 'waiting_account' || status === 'waiting_funds';
}

/** What was to come back of it: from the account, or as a debt. */
export function clawedMinor({ reversedMinor, debtMinor }: Transfer): number {
  return reversedMinor + debtMinor;
}

/** Nothing of it is to be sent any more. */
export function canceled(transfer: Transfer): Transfer {
  return { ...transfer, status: 'canceled', amountMinor: 0, nettedMinor: 0, ...NOT_WAITING };
}

/** A transfer that nothing has to be waited for. */
export const NOT_WAITING = { reason: null, tries: 0, nextTryAt: null } as const;
