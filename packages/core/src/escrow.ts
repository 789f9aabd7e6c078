import type { Result } from 'neverthrow';
import type { Answer } from './commands/answer.js';
import { authorize } from './commands/authorize.js';
import { savedCards } from './commands/cards.js';
import type { AuthorizeCommand } from './commands/hold-claim.js';
import { type ReleaseCommand, release } from './commands/release.js';
import { type RevertCommand, revert } from './commands/revert.js';
import { type NothingToReview, type ReviewedCommand, reviewed } from './commands/review.js';
import {
  noteAccount,
  type RunnerNotFound,
  runnerStanding,
  setRunnerAccount,
} from './commands/runners.js';
import { type CheckedPayment, check, find, type NotFound } from './commands/status.js';
import { pauseTransfer, resumeTransfer, type TransferAct } from './commands/transfer-acts.js';
import { isOurAccount } from './gateway/account.js';
import type { Installation } from './gateway/identity.js';
import type { WebhookReport } from './gateway/report.js';
import type { SavedCard } from './gateway/saved-card.js';
import type { TransferRefusal } from './payment/decide-transfer-act.js';
import type { Payment, PaymentRef } from './payment/payment.js';
import type { Refusal } from './payment/refusal.js';
import type { DatabaseFault, EscrowPorts, Fault, HistoryEntry } from './ports.js';
import { type Repairable, type Repaired, repair } from './reconcile/repair.js';
import type { AccountSnapshot, RunnerStanding } from './runner/runner.js';
import { type CaughtUp, catchUp } from './upkeep/catch-up.js';
import { type Compared, compare, type Period } from './upkeep/comparison.js';
import { type Recovered, recover } from './upkeep/recovery.js';
import { type Swept, sweep } from './upkeep/sweep.js';
import { type SentTransfers, sendDueTransfers } from './upkeep/transfers.js';
import { takeIn } from './upkeep/webhooks.js';

/** The use cases. HTTP, the CLI and Kafka are doors to these and add no rules of their own. */
export interface Escrow {
  /** Whose payments these are, among those on the same Stripe account. */
  readonly installation: Installation;
  /** Holds an order's amount on the customer's card. */
  authorize(command: AuthorizeCommand): Promise<Result<Answer, Refusal | Fault>>;
  /** Takes a held amount for the runner. */
  release(command: ReleaseCommand): Promise<Result<Answer, Refusal | Fault>>;
  /** Gives the money back: cancels, voids or refunds, as the payment stands. */
  revert(command: RevertCommand): Promise<Result<Answer, Refusal | Fault>>;
  /** Writes down that a person has looked at what the payment was marked for. */
  reviewed(
    command: ReviewedCommand,
  ): Promise<Result<Payment, NotFound | NothingToReview | DatabaseFault>>;
  /** The payment as recorded. */
  find(ref: PaymentRef): Promise<Result<Payment, NotFound | DatabaseFault>>;
  /** The payment as it is: Stripe is asked where the record can't know. */
  check(ref: PaymentRef): Promise<Result<Payment, NotFound | DatabaseFault>>;
  /**
   * The same, with what the customer must do before there is a hold: null where nothing, or where
   * Stripe does not tell. The secret in it is never stored, and goes to the caller only.
   */
  checkWithAction(ref: PaymentRef): Promise<Result<CheckedPayment, NotFound | DatabaseFault>>;
  /** The payment's events, oldest first. */
  history(paymentId: string): Promise<Result<readonly HistoryEntry[], DatabaseFault>>;
  /** Takes in what Stripe told us. `unmatched`: it is about no payment of ours. */
  report(webhook: WebhookReport): Promise<Result<'changed' | 'unchanged' | 'unmatched', Fault>>;
  /** Asks Stripe about payments that time moves on, at most `limit`, going on after `after`. */
  sweep(part: {
    readonly after: string | null;
    readonly limit: number;
  }): Promise<Result<Swept, DatabaseFault>>;
  /** Takes in webhooks that never reached us, a page at a time, the newest page first. */
  catchUp(part: {
    readonly since: Date;
    readonly after: string | null;
  }): Promise<Result<CaughtUp, Fault>>;
  /** Compares what Stripe made in a period with our records, and mends what can be mended. */
  compare(period: Period): Promise<Result<Compared, Fault>>;
  /** Whether the gateway's key is of the account that the records are about, as far as that shows. */
  isOurAccount(): Promise<Result<boolean, Fault>>;
  /** Carries out the repair of a discrepancy that was found just now. */
  repair(found: Repairable): Promise<Result<Repaired, Fault>>;
  /** The cards that a user has saved, each once; none of a user who has no Stripe customer. */
  cards(customerId: string): Promise<Result<readonly SavedCard[], Fault>>;
  /** A runner, with what they owe and what they got. */
  runner(runnerId: string): Promise<Result<RunnerStanding, RunnerNotFound | DatabaseFault>>;
  /** Sets or changes where a runner's money goes, and has sent what waits for it. */
  setRunnerAccount(wanted: {
    readonly runnerId: string;
    readonly stripeAccount: string | null;
  }): Promise<Result<RunnerStanding, DatabaseFault>>;
  /** Takes down what Stripe told of a connected account; tells of how many runners it is. */
  noteAccount(told: AccountSnapshot): Promise<Result<number, DatabaseFault>>;
  /** Keeps a transfer from being sent. */
  pauseTransfer(act: TransferAct): Promise<Result<Payment, TransferRefusal | Fault>>;
  /** Lets a transfer that is paused or under review be sent. */
  resumeTransfer(
    act: Pick<TransferAct, 'payment'>,
  ): Promise<Result<Payment, TransferRefusal | Fault>>;
  /** Sends transfers that are due, at most `limit`. */
  sendDueTransfers(limit: number): Promise<Result<SentTransfers, DatabaseFault>>;
  /** Finishes calls whose holder was lost, at most `limit`. */
  resume(limit: number): Promise<Result<Recovered, DatabaseFault>>;
}

/** Wires the use cases to the outside. */
export function createEscrow(ports: EscrowPorts): Escrow {
  return {
    installation: ports.installation,
    authorize: (command) => authorize(ports, command),
    release: (command) => release(ports, command),
    revert: (command) => revert(ports, command),
    reviewed: (command) => reviewed(ports, command),
    find: (ref) => find(ports, ref),
    check: async (ref) => (await check(ports, ref)).map(({ payment }) => payment),
    checkWithAction: (ref) => check(ports, ref),
    history: (paymentId) => ports.repository.history(paymentId),
    report: (webhook) => takeIn(ports, webhook),
    sweep: (part) => sweep(ports, part),
    catchUp: (part) => catchUp(ports, part),
    compare: (period) => compare(ports, period),
    isOurAccount: () => isOurAccount(ports),
    repair: (found) => repair(ports, found),
    cards: (customerId) => savedCards(ports, customerId),
    runner: (runnerId) => runnerStanding(ports, runnerId),
    setRunnerAccount: (wanted) => setRunnerAccount(ports, wanted),
    noteAccount: (told) => noteAccount(ports, told),
    pauseTransfer: (act) => pauseTransfer(ports, act),
    resumeTransfer: (act) => resumeTransfer(ports, act),
    sendDueTransfers: (limit) => sendDueTransfers(ports, limit),
    resume: (limit) => recover(ports, limit),
  };
}
