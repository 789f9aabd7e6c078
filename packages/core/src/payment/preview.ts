import type { Result } from 'neverthrow';
import type { OperationKind } from '../operation/operation.js';
import type { RefundWish } from './decide-refund.js';
import { decideRelease } from './decide-release.js';
import { decideRevert } from './decide-revert.js';
import { type Payment, runnerOf } from './payment.js';
import type { Step } from './payment-events.js';
import type { Refusal } from './refusal.js';
import type { ReleaseWish } from './release-terms.js';
import type { StatedMoney } from './stated-money.js';
import { TRANSITIONS, type Transition } from './transitions.js';

/** What may be asked of a payment that exists. */
export type Wish = (
  | ({ readonly type: 'release' } & ReleaseWish)
  | ({ readonly type: 'revert' } & RefundWish)
) & {
  /** What is said of the money; must be the payment's whole. Left out: nothing. */
  readonly stated?: readonly StatedMoney[];
};

/** What a wish would lead to, before anything is done. */
export interface Preview {
  /** The call that Stripe would get; null: none. */
  readonly call: OperationKind | null;
  /** What would be written down without a call; null where there is a call, or nothing to do. */
  readonly written: 'runner_named' | 'revert_requested' | 'refund_requested' | null;
}

/** What the rules say to a wish at that time. The same decision as that of the command itself. */
export function preview(payment: Payment | null, wish: Wish, now: Date): Result<Preview, Refusal> {
  // Nothing is carried out, so the key and the lease of what would be opened mean nothing.
  const context = { now, operationKey: 'previewed', leaseMs: 0, correlationId: 'previewed' };
  const decided =
    wish.type === 'release'
      ? decideRelease(payment, wish, context)
      : decideRevert(payment, wish, context);
  return decided.map(previewOf);
}

function previewOf(steps: readonly Step[]): Preview {
  const opened = steps.find((step) => step.type === 'operation_opened');
  const written = steps.find(
    (step) =>
      step.type === 'runner_named' ||
      step.type === 'revert_requested' ||
      // Where it comes with its call, that is what is done.
      (step.type === 'refund_requested' && opened === undefined),
  );
  const type = written?.type;
  const isNamed =
    type === 'runner_named' || type === 'revert_requested' || type === 'refund_requested';
  return { call: opened?.operation.kind ?? null, written: isNamed ? type : null };
}

/** What people note, and what banks do about money that was taken: the status stays. */
const LEADS_NOWHERE: readonly Transition['event'][] = [
  'review_needed',
  'reviewed',
  'refund_pending',
  'refunded',
  'refund_failed',
  'disputed',
  'dispute_closed',
  'transfer_owed',
  'transfer_sent',
  'transfer_waiting',
  'transfer_reversed',
  'runner_debt',
];

/** What may be asked of a payment next, and what may happen to it. */
export interface Moves {
  readonly release: Result<Preview, Refusal>;
  readonly revert: Result<Preview, Refusal>;
  /** Every move that leads on from its status. */
  readonly arrows: readonly Transition[];
}

/** The moves of a payment. A release is to the runner it has, or to anybody where it has none. */
export function movesOf(payment: Payment, now: Date): Moves {
  const runnerId = runnerOf(payment) ?? 'anybody';
  const release = preview(payment, { type: 'release', runnerId }, now);
  const revert = preview(payment, { type: 'revert', reason: null }, now);
  // Only a release does that, and not where there is a runner or a person must look first.
  const namesRunner = release.isOk() && release.value.written === 'runner_named';
  const isBarred = (event: Transition['event']) =>
    (event === 'runner_named' && !namesRunner) ||
    // While a bank disputes it Stripe refunds nothing, whoever asks.
    (event === 'reverted' && revert.isErr() && revert.error.type === 'Disputed');
  return {
    release,
    revert,
    arrows: TRANSITIONS.filter(
      ({ from, event }) =>
        from === payment.status && !isBarred(event) && !LEADS_NOWHERE.includes(event),
    ),
  };
}
