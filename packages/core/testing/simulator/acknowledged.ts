import type { Answer, Fault, Payment, PaymentEvent, Refusal } from '@campusg-pay/core';
import type { Result } from 'neverthrow';
import type { MemoryStore } from '../memory.js';

export type Asked =
  | { readonly do: 'authorize' | 'revert' }
  /** A part of what was taken, under a name. */
  | { readonly do: 'revert'; readonly refundId: string }
  | { readonly do: 'release'; readonly runnerId: string };

/** A command that came back to its caller. */
export interface Acknowledged {
  readonly asked: Asked;
  readonly correlationId: string;
  readonly answer: Result<Answer, Refusal | Fault>;
}

/** What an answer promised at the moment it was given, and is not so. */
export function untrueNow(store: MemoryStore, one: Acknowledged): readonly string[] {
  const { answer, asked } = one;
  if (answer.isErr() || answer.value.outcome === 'requires_action') return [];
  const { outcome, payment } = answer.value;
  if (outcome === 'processing' || happened(store, asked, payment)) return [];
  return [untrue(one, payment)];
}

/** What an answer promised and did not become true in the end. */
export function untrueInTheEnd(store: MemoryStore, one: Acknowledged): readonly string[] {
  const { answer, asked, correlationId } = one;
  if (answer.isErr()) return nothingHappened(store, one, answer.error);
  const { outcome, payment } = answer.value;
  if (happened(store, asked, payment)) return [];
  const now = store.payments().find(({ id }) => id === payment.id);
  // Whoever waited with the first one may have heard "processing" before that one was withdrawn.
  if (now === undefined || now.correlationId !== payment.correlationId) {
    if (outcome === 'processing') return [];
    return [`${SAID}: ${correlationId} "${outcome}", ${payment.id} is gone`];
  }
  if (outcome === 'requires_action') return [];
  return outcome === 'processing' && mayStayUndone(store, asked, now) ? [] : [untrue(one, now)];
}

const SAID = 'what was answered is true';
const UNDONE = 'what was answered with 503 did not happen';

function untrue({ correlationId, answer }: Acknowledged, { id, status }: Payment): string {
  const outcome = answer.isOk() ? answer.value.outcome : answer.error.type;
  return `${SAID}: ${correlationId} "${outcome}", ${id} is ${status}`;
}

function happened(store: MemoryStore, asked: Asked, { id }: Payment): boolean {
  return (store.histories.get(id) ?? []).some(({ event }) => isWhat(asked, event));
}

function isWhat(asked: Asked, event: PaymentEvent): boolean {
  if (asked.do === 'authorize') return event.type === 'authorized';
  if (asked.do === 'revert')
    return event.type === 'reverted' || ('refundId' in asked && isPart(event, asked.refundId));
  const paysOut = event.type === 'released' || event.type === 'runner_named';
  return asked.do === 'release' && paysOut && event.runnerId === asked.runnerId;
}

function isPart(event: PaymentEvent, refundId: string): boolean {
  const { type } = event;
  return (type === 'refunded' || type === 'refund_pending') && event.name === refundId;
}

/** What was accepted ends otherwise only when the bank, Stripe or somebody there said no. */
function mayStayUndone(store: MemoryStore, asked: Asked, now: Payment): boolean {
  const refused = store.journal(now.id).some(({ outcome }) => outcome !== 'done');
  return asked.do === 'authorize' || now.status === 'FAILED' || now.review !== null || refused;
}

/**
 * Whoever hears that Stripe is away finds nothing done under their command's name later. With the
 * database away nobody can promise that: the claim may be there.
 */
function nothingHappened(
  store: MemoryStore,
  { correlationId, asked }: Acknowledged,
  error: Refusal | Fault,
): readonly string[] {
  if (error.type !== 'GatewayUnavailable') return [];
  const done = store
    .payments()
    .flatMap(({ id }) =>
      (store.histories.get(id) ?? []).filter(
        (entry) => entry.correlationId === correlationId && isWhat(asked, entry.event),
      ),
    );
  return done.map(({ event }) => `${UNDONE}: ${correlationId}, but ${event.type}`);
}
