import { INTENT_UNKNOWN } from '../gateway/decide-report.js';
import { belongsTo, isOfSameOrder } from '../gateway/identity.js';
import type { ListedTransfer } from '../gateway/money-lists.js';
import { brokenByRecord, isAlive } from '../payment/invariants.js';
import { isLive, type Payment } from '../payment/payment.js';
import { unreachable } from '../unreachable.js';
import type { Discrepancy, JudgeContext, OurSide, TheirSide } from './discrepancy.js';
import { discrepancyOf, heldIn, iso, type Judgement, markOnce, moneyOf } from './evidence.js';
import { judgeBoth } from './judge-both.js';
import { judgeOnward } from './judge-onward.js';
import { judgeStray, judgeTransfers } from './judge-transfers.js';

/** What belongs together, as far as there is anything. */
export type Pair = IntentPair | MovedPair;

/** What was moved onward, and by whom. */
export type MovedPair =
  /** A record and all transfers that Stripe has in its groups. */
  | { readonly kind: 'moved'; readonly ours: OurSide; readonly sent: readonly ListedTransfer[] }
  /** A transfer under our name of a payment that no record has. */
  | { readonly kind: 'stray'; readonly sent: ListedTransfer };

/** A record and its PaymentIntent. */
export type IntentPair =
  /** A record and its PaymentIntent. */
  | { readonly kind: 'both'; readonly ours: OurSide; readonly theirs: TheirSide }
  /** A record that Stripe has nothing for; `missing` when it should have. */
  | { readonly kind: 'ours'; readonly ours: OurSide; readonly missing: boolean }
  /** A PaymentIntent of ours without a record. */
  | { readonly kind: 'theirs'; readonly theirs: TheirSide; readonly by: 'metadata' | 'customer' }
  /** A PaymentIntent beside the record's `own` one, which is null where Stripe has none. */
  | {
      readonly kind: 'second';
      readonly ours: OurSide;
      readonly theirs: TheirSide;
      readonly own: TheirSide | null;
    }
  /** A PaymentIntent that tells nothing, and the only record that it can be meant for. */
  | { readonly kind: 'guess'; readonly ours: OurSide; readonly theirs: TheirSide };

/** All that is wrong with a pair; nothing for nearly all of them. */
export function judge(pair: Pair, context: JudgeContext): readonly Discrepancy[] {
  if (pair.kind === 'stray') return told({ ours: null, theirs: null }, judgeStray(pair.sent));
  if (pair.kind === 'theirs')
    return told({ ours: null, theirs: pair.theirs }, judgeUnknown(pair.theirs, pair.by));
  const { ours } = pair;
  if (pair.kind === 'second') return told(pair, judgeSecond(pair, context));
  if (pair.kind === 'moved') {
    const found = judgeTransfers(ours, pair.sent, context);
    return found.map((one) => discrepancyOf({ ours, theirs: null }, one));
  }
  const theirs = pair.kind === 'ours' ? null : pair.theirs;
  const discrepancies = (found: readonly Judgement[]) =>
    found.map((one) => discrepancyOf({ ours, theirs }, one));
  // A record that contradicts itself is no ground to move anything on.
  const broken = judgeRecord(ours);
  const waiting = judgeOutbox(ours, context);
  if (broken.length > 0) return discrepancies([...broken, ...waiting]);
  const onward = judgeOnward(ours, context);
  return discrepancies([...judgeState(pair, context), ...onward, ...waiting]);
}

function told(
  sides: { readonly ours: OurSide | null; readonly theirs: TheirSide | null },
  found: Judgement | null,
): readonly Discrepancy[] {
  return found === null ? [] : [discrepancyOf(sides, found)];
}

function judgeState(
  pair: Exclude<IntentPair, { kind: 'theirs' | 'second' }>,
  context: JudgeContext,
): readonly Judgement[] {
  switch (pair.kind) {
    case 'both':
      return judgeBoth(pair, context);
    case 'ours':
      return pair.missing ? [judgeMissing(pair.ours.payment)] : judgeAlone(pair.ours, context);
    case 'guess':
      return [judgeGuess(pair)];
    default:
      return unreachable(pair);
  }
}

function judgeUnknown(theirs: TheirSide, by: 'metadata' | 'customer'): Judgement | null {
  const { intent } = theirs;
  if (!isAlive(intent)) return null;
  const captured = intent.status === 'succeeded';
  const kept = intent.receivedMinor - (intent.refundedMinor ?? 0);
  return {
    fact: { type: 'intent_unknown', by },
    severity: captured ? 'critical' : 'serious',
    atRisk: captured ? moneyOf(theirs, kept) : moneyOf(theirs, intent.amountMinor),
    // Canceling what no record knows would let go of every hold made since a restored backup.
    act: null,
  };
}

/** Only a call whose answer was lost makes an intent that its record does not know yet. */
function judgeGuess({ theirs }: { readonly theirs: TheirSide }): Judgement {
  return {
    fact: { type: 'intent_unknown', by: 'customer' },
    severity: 'serious',
    atRisk: moneyOf(theirs, theirs.intent.amountMinor),
    act: { type: 'adopt' },
  };
}

function judgeSecond(
  { ours, theirs, own }: Extract<Pair, { kind: 'second' }>,
  { installation }: JudgeContext,
): Judgement | null {
  const { payment } = ours;
  const { intent } = theirs;
  if (!isAlive(intent)) return null;
  const twice = own !== null && isAlive(own.intent);
  const over = !isLive(payment);
  const reason = `a second PaymentIntent exists: ${intent.paymentIntentId}`;
  const captured = intent.status === 'succeeded';
  const isOurs =
    belongsTo(payment, intent, installation) || isOfSameOrder(payment, intent, installation);
  // What was captured can't be canceled, nor what was made on other terms. And where the record's own one is gone while the payment
  // lives, this one may be the hold that counts: a person must say which.
  const cancelable = isOurs && !captured && (twice || over) && brokenByRecord(ours).length === 0;
  const kept = captured ? intent.receivedMinor - (intent.refundedMinor ?? 0) : intent.amountMinor;
  return {
    fact: twice ? { type: 'duplicate_hold' } : over ? { type: 'intent_stray' } : UNKNOWN,
    severity: 'critical',
    atRisk: moneyOf(theirs, kept),
    act: cancelable ? { type: 'cancel_stray' } : markOnce(payment, reason),
    givesBack: cancelable ? heldIn(theirs) : null,
  };
}

const UNKNOWN = { type: 'intent_unknown', by: 'metadata' } as const;

function judgeMissing(payment: Payment): Judgement {
  const { status, amount } = payment;
  const counts = status === 'AUTHORIZED' || status === 'RELEASED';
  return {
    fact: { type: 'intent_missing' },
    severity: counts ? 'critical' : 'minor',
    atRisk: counts ? amount : null,
    act: markOnce(payment, INTENT_UNKNOWN),
  };
}

/** A payment that has no PaymentIntent yet: its authorize is owed. */
function judgeAlone({ payment }: OurSide, { now, policy }: JudgeContext): readonly Judgement[] {
  const { operation } = payment;
  if (operation === null) return [];
  const { kind, openedAt } = operation;
  if (now.getTime() - openedAt.getTime() < policy.stuckAfterMs) return [];
  const fact = { type: 'operation_stuck', kind, openedAt: iso(openedAt) } as const;
  // Made again it would take hold of money, which nobody but the service may decide.
  return [{ fact, severity: 'serious', atRisk: payment.amount, act: null }];
}

function judgeRecord(ours: OurSide): readonly Judgement[] {
  const { payment } = ours;
  return brokenByRecord(ours).map(({ invariant, detail }) => ({
    fact: { type: 'invariant_broken', invariant, detail },
    severity: 'critical',
    atRisk: payment.amount,
    act: markOnce(payment, `invariant broken: ${invariant}`),
  }));
}

/** Nothing to repair here: it goes out by itself once a relay runs, and in its order. */
function judgeOutbox(
  { waitingSince: since }: OurSide,
  { now, policy }: JudgeContext,
): readonly Judgement[] {
  if (since === null || now.getTime() - since.getTime() < policy.unpublishedAfterMs) return [];
  const fact = { type: 'unpublished_event', since: iso(since) } as const;
  return [{ fact, severity: 'minor', atRisk: null, act: null }];
}
