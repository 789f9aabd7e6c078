import {
  type ArchivedHistory,
  awaitsCustomer,
  failingWith,
  type JournaledOperation,
  openReview,
  type Payment,
  type PaymentEvent,
  type StoryEntry,
  type Timeline,
} from '@campusg-pay/core';
import { tellFound, tellOpenFindings } from './found-wording.js';
import { amountOf, moneyWords } from './payment-wording.js';
import { tellTaken } from './taken-wording.js';
import { minuteOf, spanOf } from './time-wording.js';
import { tellTerms, tellTransfer } from './transfer-wording.js';

/** Who or what an entry comes from, as the middle column names it. */
export type Source =
  | 'asked'
  | 'kafka'
  | 'operator'
  | 'call'
  | 'stripe'
  | 'event'
  | 'archive'
  | 'found';

/** An entry of the timeline in words. */
export interface Told {
  readonly source: Source;
  readonly says: string;
  /** What caused it: a correlation id, or an operator. */
  readonly by: string | null;
}

/** One entry in words. */
export function tellEntry(entry: StoryEntry, payment: Payment): Told {
  switch (entry.what) {
    case 'asked': {
      const { customerId, paymentMethodId, correlationId } = payment;
      const says = `authorize of ${amountOf(payment)} for ${customerId} on ${paymentMethodId}`;
      return { source: 'asked', says, by: correlationId };
    }
    case 'command_received': {
      const { type, correlationId } = entry.command;
      return { source: 'kafka', says: `command ${type}`, by: correlationId };
    }
    case 'command_answered': {
      const { type, answer, correlationId } = entry.command;
      const by = answer === 'event' ? 'an event' : `the reply ${answer}`;
      return { source: 'kafka', says: `${type} is answered by ${by}`, by: correlationId };
    }
    case 'approval_asked': {
      const { id, act, requestedBy, reason } = entry.approval;
      return { source: 'operator', says: `asks for ${act} (${id}): ${reason}`, by: requestedBy };
    }
    case 'approval_decided': {
      const { id, state, decidedBy, decision } = entry.approval;
      const decided = state === 'rejected' ? 'rejects' : 'approves';
      return { source: 'operator', says: `${decided} request ${id}: ${decision}`, by: decidedBy };
    }
    case 'act_begun': {
      const { act, operator, reason } = entry.act;
      return { source: 'operator', says: `${act}: ${reason}`, by: operator };
    }
    case 'act_ended': {
      const { act, outcome, result, operator } = entry.act;
      return { source: 'operator', says: `${act} ended ${outcome}: ${result}`, by: operator };
    }
    case 'archived':
      return { source: 'archive', says: tellArchived(entry.archived), by: null };
    case 'found':
      return { source: 'found', says: tellFound(entry.finding), by: null };
    case 'call_opened':
      return { source: 'call', says: `${entry.call.kind} is owed`, by: entry.call.correlationId };
    case 'call_closed':
      return { source: 'call', says: closedCall(entry.call), by: entry.call.correlationId };
    case 'webhook':
      return { source: 'stripe', says: `webhook ${entry.webhook.type}`, by: entry.webhook.id };
    case 'event': {
      const { version, event, correlationId } = entry.entry;
      return {
        source: 'event',
        says: `${version}. ${tellEvent(event, payment)}`,
        by: correlationId,
      };
    }
  }
}

function tellArchived({ version, file }: ArchivedHistory): string {
  const what = `the history up to event ${version}, with its calls and webhooks,`;
  if (file === null) return `${what} was dropped`;
  return `${what} was archived in ${file.file} (SHA-256 ${file.sha256})`;
}

function closedCall({
  kind,
  outcome,
  attempts,
  detail,
  openedAt,
  closedAt,
}: JournaledOperation): string {
  const took = closedAt === null ? 0 : closedAt.getTime() - openedAt.getTime();
  const tries = attempts === 1 ? '' : `, attempt ${attempts}`;
  const why = detail === null ? '' : `: ${detail}`;
  return `${kind} ${outcome} after ${took < 10_000 ? `${took} ms` : spanOf(took)}${tries}${why}`;
}

function tellEvent(event: PaymentEvent, payment: Payment): string {
  const words = (amountMinor: number) => moneyWords({ ...payment.amount, amountMinor });
  switch (event.type) {
    case 'requires_action':
      return `the customer must authenticate (${event.paymentIntentId})`;
    case 'authorized': {
      const until = event.captureBefore === null ? '' : ` until ${minuteOf(event.captureBefore)}`;
      return `AUTHORIZED: ${amountOf(payment)} is held${until} (${event.paymentIntentId})`;
    }
    case 'expiring':
      return `the hold lapses soon, at ${minuteOf(event.captureBefore)}`;
    case 'released':
      return `RELEASED${partOf(event.receivedMinor, payment)}${
        event.runnerId === null ? ', and no runner is named yet' : ` to ${event.runnerId}`
      }${tellTerms(event.terms, words)}`;
    case 'runner_named':
      return `the runner is ${event.runnerId}${tellTerms(event.terms, words)}`;
    case 'reverted': {
      const { reason, revertMethod } = event;
      // Stripe's reason for a hold that has lapsed is the very word.
      const why = reason === null || reason === revertMethod ? '' : `: ${reason}`;
      return `REVERTED, ${revertMethod}${why}`;
    }
    case 'failed': {
      const { code, declineCode, message } = event.failure;
      return `FAILED, ${declineCode ?? code}: ${message}`;
    }
    case 'refund_pending':
      return `a refund of ${words(event.amountMinor)} waits for the bank (${event.refundId})`;
    case 'refunded': {
      const { name } = event;
      const which = name === undefined ? 'outside' : `(refund ${name})`;
      return `${words(event.amountMinor)} were given back ${which}, ${words(event.refundedMinor)} in all`;
    }
    case 'refund_failed':
      return `a refund of ${words(event.amountMinor)} came to nothing: ${event.reason}`;
    case 'disputed':
    case 'dispute_closed': {
      const { disputeId, amountMinor, reason, status } = event.dispute;
      return `the bank disputes ${words(amountMinor)} (${reason}, ${status}, ${disputeId})`;
    }
    case 'transfer_owed':
    case 'transfer_sent':
    case 'transfer_waiting':
    case 'transfer_reversed':
    case 'runner_debt':
      return tellTransfer(event, words);
    case 'review_needed':
      return `a person must look: ${event.reason}`;
    case 'reviewed':
      return `a person has looked: ${event.note}`;
  }
}

/** What was taken, where that is not the whole. */
function partOf(receivedMinor: number, { amount }: Payment): string {
  if (receivedMinor === amount.amountMinor) return '';
  return ` with ${moneyWords({ ...amount, amountMinor: receivedMinor })} of ${moneyWords(amount)}`;
}

/** What is not finished, a sentence each. */
export function tellOpen(
  timeline: Pick<Timeline, 'owed' | 'unpublished' | 'unanswered' | 'waiting' | 'findings'>,
  payment: Payment,
  now: Date,
): string[] {
  const { owed, unpublished } = timeline;
  const open: string[] = [];
  if (owed !== null) open.push(owedCall(owed, now));
  if (awaitsCustomer(payment)) {
    open.push('The customer has not authenticated yet, as far as Stripe has told us.');
  }
  const failing = failingWith(payment);
  if (failing !== null) {
    const { code, declineCode } = failing;
    open.push(
      `There will be no hold (${declineCode ?? code}); it is FAILED once Stripe has canceled it.`,
    );
  }
  if (payment.status === 'INITIATING' && payment.revertRequested !== null) {
    open.push('A revert is written down and follows the authorize.');
  }
  if (payment.status === 'AUTHORIZED' && payment.captureBefore !== null) {
    const leftMs = payment.captureBefore.getTime() - now.getTime();
    const end = leftMs > 0 ? `lapses in ${spanOf(leftMs)}` : 'should have lapsed';
    open.push(`The hold ${end} (${minuteOf(payment.captureBefore)} UTC).`);
  }
  open.push(...tellTaken(payment));
  const review = openReview(payment);
  if (review !== null) open.push(`A person must look: ${review}.`);
  open.push(...tellOpenFindings(timeline.findings));
  for (const { type, state } of timeline.unanswered) {
    open.push(`The command ${type} is ${state}; its answer is still to come.`);
  }
  for (const { id, act, requestedBy } of timeline.waiting) {
    open.push(`Request ${id} of ${requestedBy} (${act}) waits for a second person.`);
  }
  for (const { version, waitingSince } of unpublished) {
    const what = version === null ? 'A reply' : `Event ${version}`;
    const ago = spanOf(now.getTime() - waitingSince.getTime());
    open.push(`${what} waits to be published since ${ago}.`);
  }
  return open;
}

function owedCall({ kind, attempts, leaseUntil }: JournaledOperation, now: Date): string {
  const leftMs = leaseUntil.getTime() - now.getTime();
  const who =
    leftMs > 0
      ? `it is under way, or waits for the next attempt, for ${spanOf(leftMs)} more`
      : 'nobody is working on it, and the service will take it over';
  return `The call to Stripe (${kind}, attempt ${attempts}) is not finished: ${who}.`;
}
