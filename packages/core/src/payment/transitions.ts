import type { Status } from './payment.js';
import type { PaymentEventType } from './payment-events.js';

/** One arrow of the state machine. `NEW` is where a payment that does not exist yet stands. */
export interface Transition {
  readonly from: Status | 'NEW';
  readonly event: 'initiated' | PaymentEventType;
  readonly to: Status;
  /** What makes it happen, in words for the diagram. */
  readonly when: string;
}

/**
 * Every move a payment can make; there are no others. `evolve` looks its moves up here, and the
 * diagram in docs/architecture.md is drawn from it. REVERTED and FAILED are final.
 */
export const TRANSITIONS: readonly Transition[] = [
  { from: 'NEW', event: 'initiated', to: 'INITIATING', when: 'authorize is asked for' },
  {
    from: 'INITIATING',
    event: 'requires_action',
    to: 'INITIATING',
    when: 'the customer must authenticate',
  },
  { from: 'INITIATING', event: 'authorized', to: 'AUTHORIZED', when: 'the amount is held' },
  {
    from: 'INITIATING',
    event: 'failed',
    to: 'FAILED',
    when: 'declined, or canceled before there was a hold',
  },
  {
    from: 'INITIATING',
    event: 'reverted',
    to: 'REVERTED',
    when: 'canceled on request before there was a hold',
  },
  {
    from: 'AUTHORIZED',
    event: 'expiring',
    to: 'AUTHORIZED',
    when: 'the hold lapses soon',
  },
  { from: 'AUTHORIZED', event: 'released', to: 'RELEASED', when: 'the hold is captured' },
  { from: 'AUTHORIZED', event: 'reverted', to: 'REVERTED', when: 'the hold is voided, or lapses' },
  {
    from: 'RELEASED',
    event: 'runner_named',
    to: 'RELEASED',
    when: 'it was captured before a runner was known',
  },
  { from: 'RELEASED', event: 'reverted', to: 'REVERTED', when: 'the money is refunded' },
  { from: 'RELEASED', event: 'refund_pending', to: 'RELEASED', when: 'the bank has to agree' },
  { from: 'RELEASED', event: 'refunded', to: 'RELEASED', when: 'a part is refunded' },
  {
    from: 'REVERTED',
    event: 'refunded',
    to: 'REVERTED',
    when: 'what had failed is refunded outside',
  },
  { from: 'RELEASED', event: 'refund_failed', to: 'RELEASED', when: 'a refund failed' },
  { from: 'REVERTED', event: 'refund_failed', to: 'REVERTED', when: 'a refund failed' },
  { from: 'RELEASED', event: 'disputed', to: 'RELEASED', when: 'a bank disputes the payment' },
  { from: 'REVERTED', event: 'disputed', to: 'REVERTED', when: 'a bank disputes the payment' },
  { from: 'RELEASED', event: 'dispute_closed', to: 'RELEASED', when: 'the dispute is over' },
  { from: 'REVERTED', event: 'dispute_closed', to: 'REVERTED', when: 'the dispute is over' },
  { from: 'RELEASED', event: 'transfer_owed', to: 'RELEASED', when: "the runner's share is owed" },
  { from: 'RELEASED', event: 'transfer_sent', to: 'RELEASED', when: "the runner's share is sent" },
  { from: 'RELEASED', event: 'transfer_waiting', to: 'RELEASED', when: 'it has to wait' },
  { from: 'RELEASED', event: 'transfer_reversed', to: 'RELEASED', when: 'of it is taken back' },
  { from: 'REVERTED', event: 'transfer_reversed', to: 'REVERTED', when: 'of it is taken back' },
  { from: 'RELEASED', event: 'runner_debt', to: 'RELEASED', when: 'the account is short' },
  { from: 'REVERTED', event: 'runner_debt', to: 'REVERTED', when: 'the account is short' },
  { from: 'INITIATING', event: 'review_needed', to: 'INITIATING', when: 'a person must look' },
  { from: 'AUTHORIZED', event: 'review_needed', to: 'AUTHORIZED', when: 'a person must look' },
  { from: 'RELEASED', event: 'review_needed', to: 'RELEASED', when: 'a person must look' },
  { from: 'REVERTED', event: 'review_needed', to: 'REVERTED', when: 'a person must look' },
  { from: 'FAILED', event: 'review_needed', to: 'FAILED', when: 'a person must look' },
  { from: 'INITIATING', event: 'reviewed', to: 'INITIATING', when: 'a person has looked' },
  { from: 'AUTHORIZED', event: 'reviewed', to: 'AUTHORIZED', when: 'a person has looked' },
  { from: 'RELEASED', event: 'reviewed', to: 'RELEASED', when: 'a person has looked' },
  { from: 'REVERTED', event: 'reviewed', to: 'REVERTED', when: 'a person has looked' },
  { from: 'FAILED', event: 'reviewed', to: 'FAILED', when: 'a person has looked' },
];

/** Where an event leads from a status, or undefined when there is no such arrow. */
export function arrow(from: Transition['from'], event: Transition['event']): Status | undefined {
  return TRANSITIONS.find((one) => one.from === from && one.event === event)?.to;
}
