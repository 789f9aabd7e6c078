import {
  type Discrepancy,
  type IntentSnapshot,
  type IntentStatus,
  judge,
  type OurSide,
  type Pair,
  type Payment,
  type PaymentEventType,
  type RepairAct,
  type TheirSide,
} from '@campusg-pay/core';
import { INSTALLATION, usd, VIRTUAL_START } from '@campusg-pay/core/testing';
import { intentOf } from '../testing/samples.js';

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;

/** Times that differ, so that one can't stand for another. */
const POLICY = {
  warnMs: 24 * HOUR_MS,
  stuckAfterMs: 15 * MINUTE_MS,
  unpublishedAfterMs: 20 * MINUTE_MS,
  waitsAfterMs: 5 * HOUR_MS,
  debtAfterMs: 100 * HOUR_MS,
};

/** A moment after the samples were made. Half a minute later nobody has a lease any more. */
export function later(ms: number): Date {
  return new Date(VIRTUAL_START.getTime() + ms);
}

/** What is wrong with a pair so long after the samples were made. */
export function judged(pair: Pair, afterMs: number = MINUTE_MS): readonly Discrepancy[] {
  return judge(pair, { now: later(afterMs), installation: INSTALLATION, policy: POLICY });
}

/** Drifts without their evidence and ids: what is wrong, how bad, and what is done about it. */
export function gist(discrepancies: readonly Discrepancy[]) {
  return discrepancies.map(({ ours: _ours, theirs: _theirs, repair, ...told }) => {
    if (repair === null) return { ...told, repair };
    const { paymentId: _payment, paymentIntentId: _intent, ...act } = repair;
    return { ...told, repair: act };
  });
}

/** A repair as `gist` shows it; money goes back by it where that is said. */
export function by(act: RepairAct, givesBackMinor: number | null = null) {
  return { ...act, givesBack: givesBackMinor === null ? null : usd(givesBackMinor) };
}

/** The mark for a person, with what it says. */
export function marks(reason: string) {
  return by({ type: 'mark_for_review', reason });
}

/** A record with a history that leads to where it is. */
export function record(payment: Payment, facts: Partial<Omit<OurSide, 'payment'>> = {}): OurSide {
  const ordinary = { liveOfOrder: 1, waitingSince: null, transferAt: null, debts: [] };
  return { payment, history: historyOf(payment), ...ordinary, ...facts };
}

function historyOf(payment: Payment): OurSide['history'] {
  const way = wayTo(payment);
  // The rest are events that lead nowhere else.
  return Array.from({ length: payment.version }, (_, index) => ({
    version: index + 1,
    type: way[index] ?? 'review_needed',
  }));
}

function wayTo(payment: Payment): readonly PaymentEventType[] {
  switch (payment.status) {
    case 'INITIATING':
      return [];
    case 'AUTHORIZED':
      return ['authorized'];
    case 'RELEASED':
      return ['authorized', 'released'];
    case 'FAILED':
      return ['failed'];
    case 'REVERTED':
      if (payment.revertMethod === 'canceled') return ['reverted'];
      if (payment.revertMethod === 'refunded') return ['authorized', 'released', 'reverted'];
      return ['authorized', 'reverted'];
  }
}

/** A payment's PaymentIntent, with that status or whatever else is said; not captured if not said. */
export function intent(
  payment: Payment,
  facts: IntentStatus | Partial<IntentSnapshot> = {},
): TheirSide {
  const { id, orderId, createdAt, amount, stripeCustomerId } = payment;
  const said = typeof facts === 'string' ? { status: facts } : facts;
  return {
    intent: {
      paymentIntentId: payment.paymentIntentId ?? intentOf(payment),
      origin: { installation: INSTALLATION.id, paymentId: id, orderId },
      status: 'requires_capture',
      ...amount,
      receivedMinor: 0,
      refundedMinor: 0,
      latestRefunds: [],
      dispute: null,
      captureBefore: null,
      stripeCustomerId,
      failure: null,
      cancellationReason: null,
      ...said,
    },
    createdAt,
  };
}

/** All of the amount was captured, and so much of it given back. */
export function captured(refundedMinor: number | null = 0): Partial<IntentSnapshot> {
  return { status: 'succeeded', receivedMinor: 2098, refundedMinor };
}

/** A sound record and its PaymentIntent. */
export function both(
  payment: Payment,
  facts: IntentStatus | Partial<IntentSnapshot> = {},
  more: Partial<Omit<OurSide, 'payment'>> = {},
): Extract<Pair, { kind: 'both' }> {
  return { kind: 'both', ours: record(payment, more), theirs: intent(payment, facts) };
}
