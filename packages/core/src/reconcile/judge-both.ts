import { decideReport } from '../gateway/decide-report.js';
import { isExpectedAmount } from '../gateway/identity.js';
import { type IntentSnapshot, pendingMinor } from '../gateway/intent.js';
import type { Money } from '../money/money.js';
import { isDue } from '../operation/operation.js';
import { evolve } from '../payment/evolve.js';
import { agrees, isAlive, isOverdrawn } from '../payment/invariants.js';
import { isLive, type Payment, waitsForBank } from '../payment/payment.js';
import type { Step } from '../payment/payment-events.js';
import { isOrphan } from '../upkeep/orphaned-intent.js';
import type {
  DiscrepancyFact,
  JudgeContext,
  OurSide,
  RepairAct,
  Severity,
  TheirSide,
} from './discrepancy.js';
import { heldIn, iso, type Judgement, markOnce, moneyOf } from './evidence.js';
import { judgeLeftUndone } from './judge-left-undone.js';
import { ofPayment } from './judge-onward.js';
import { judgeTaken, judgeUnheardDispute } from './judge-taken.js';

interface Both {
  readonly ours: OurSide;
  readonly theirs: TheirSide;
}

/** What differs between a record that is sound in itself and its PaymentIntent. */
export function judgeBoth(both: Both, context: JudgeContext): readonly Judgement[] {
  const { payment } = both.ours;
  const { intent } = both.theirs;
  const terms = judgeTerms(payment, intent);
  if (terms.length > 0) return terms;
  const { operation } = payment;
  // Whoever works on it, or looks next, is about to write down what Stripe already shows.
  const busy = operation !== null && !isDue(operation, context.now);
  const state = busy ? null : (judgeOrphan(both) ?? judgeStatus(both, context));
  const found = state ?? judgeStuck(both, context) ?? judgeEnd(both, context);
  return found === null ? [] : [found];
}

/** What can never change: nothing else is compared with the terms of another payment. */
function judgeTerms(payment: Payment, intent: IntentSnapshot): readonly Judgement[] {
  const { amount, stripeCustomerId } = payment;
  const found: Judgement[] = [];
  const add = (fact: DiscrepancyFact, severity: Severity, why: string) =>
    found.push({ fact, severity, atRisk: amount, act: markOnce(payment, why) });
  const why = `amount at the gateway is ${intent.amountMinor} ${intent.currency}`;
  if (intent.currency !== amount.currency) add({ type: 'currency_differs' }, 'critical', why);
  else if (!isExpectedAmount(payment, intent))
    add({ type: 'amount_differs', which: 'charged' }, 'critical', why);
  const theirCustomer = intent.stripeCustomerId;
  if (stripeCustomerId !== null && theirCustomer !== null && theirCustomer !== stripeCustomerId)
    add({ type: 'customer_differs' }, 'serious', `customer at the gateway is ${theirCustomer}`);
  if (isOverdrawn(intent)) {
    const detail = `${intent.receivedMinor} of ${intent.amountMinor} captured, ${intent.refundedMinor ?? 0} refunded`;
    add({ type: 'invariant_broken', invariant: 'overdrawn', detail }, 'critical', detail);
  }
  const received = 'receivedMinor' in payment ? payment.receivedMinor : intent.receivedMinor;
  if (found.length === 0 && received !== intent.receivedMinor && intent.status === 'succeeded') {
    const why = `${intent.receivedMinor} were received at the gateway, not ${received}`;
    add({ type: 'amount_differs', which: 'received' }, 'critical', why);
  }
  return found;
}

function judgeOrphan({ ours: { payment }, theirs }: Both): Judgement | null {
  if (!isOrphan(payment, theirs.intent)) return null;
  return {
    fact: { type: 'intent_stray' },
    severity: 'critical',
    atRisk: moneyOf(theirs, theirs.intent.amountMinor),
    act: { type: 'cancel_stray' },
    givesBack: heldIn(theirs),
  };
}

/**
 * Where the record would move on if it were told. That is asked of the very rules by which it takes
 * in a webhook, so that there is no second opinion on what a status means.
 */
function judgeStatus({ ours: { payment }, theirs }: Both, context: JudgeContext): Judgement | null {
  const unheard = judgeUnheardDispute(payment, theirs);
  if (unheard !== null) return unheard;
  const { intent } = theirs;
  const unmarked = { ...payment, review: null };
  const steps = stepsFor(unmarked, intent, context);
  if (steps.length === 0) return judgeTaken(payment, theirs) ?? judgeAhead(payment, theirs);
  const left = judgeLeftUndone(payment, steps);
  if (left !== null) return left;
  const marked = steps.every(({ type }) => type === 'review_needed');
  // Told before, and marked for a person: there is nothing to do but to look.
  const act: RepairAct | null = marked && payment.review !== null ? null : { type: 'report' };
  const after = steps.reduce<Payment>(evolve, unmarked);
  return { ...nameOf({ payment, after, steps, theirs }), act, ...movesOf(payment, steps, theirs) };
}

/** What money the call moves that the record would owe. */
function movesOf(
  payment: Payment,
  steps: readonly Step[],
  theirs: TheirSide,
): Pick<Judgement, 'givesBack' | 'runner'> {
  const opened = steps.find((step) => step.type === 'operation_opened')?.operation;
  if (opened === undefined) return {};
  if (opened.kind === 'refund')
    return { givesBack: moneyOf(theirs, opened.params.amountMinor ?? 0) };
  if (opened.kind !== 'reversal') return { givesBack: heldIn(theirs) };
  const money = ofPayment(payment, opened.params.amountMinor);
  return money === null ? {} : { runner: { way: 'takes_back', money } };
}

function stepsFor(
  payment: Payment,
  intent: IntentSnapshot,
  { now, installation, clawback }: JudgeContext,
): readonly Step[] {
  const report = { type: 'intent', intent, authoritative: true, refused: null } as const;
  // The key is of a call that is only imagined.
  const call = { operationKey: 'imagined', leaseMs: 0 };
  const imagined = { now, installation, ...call, ...(clawback === undefined ? {} : { clawback }) };
  const decision = decideReport(payment, report, imagined);
  return 'steps' in decision ? decision.steps : [];
}

function nameOf(change: {
  readonly payment: Payment;
  readonly after: Payment;
  readonly steps: readonly Step[];
  readonly theirs: TheirSide;
}): Pick<Judgement, 'fact' | 'severity' | 'atRisk'> {
  const { payment, after, steps, theirs } = change;
  const { amount } = payment;
  const refundedMinor = theirs.intent.refundedMinor ?? 0;
  const fact = { type: 'refund_differs', refundedMinor } as const;
  const failed = steps.find((step) => step.type === 'refund_failed');
  if (failed !== undefined)
    return { fact, severity: 'critical', atRisk: moneyOf(theirs, failed.amountMinor) };
  if (payment.status === 'RELEASED' && refundedMinor > 0) {
    const known = 'refundedMinor' in payment ? payment.refundedMinor : 0;
    const unheard = refundedMinor > known ? refundedMinor - known : refundedMinor;
    return { fact, severity: 'serious', atRisk: moneyOf(theirs, unheard) };
  }
  const reverted = steps.find((step) => step.type === 'reverted');
  if (payment.status === 'AUTHORIZED' && reverted?.revertMethod === 'expired') {
    const { captureBefore } = payment;
    const fact = { type: 'hold_expired', ended: true, captureBefore: iso(captureBefore) } as const;
    return { fact, severity: 'serious', atRisk: amount };
  }
  const differs = { type: 'status_differs', becomes: after.status } as const;
  return { fact: differs, ...weightOf({ payment, after, theirs }) };
}

/** Serious where goods or money could move on what is not so. */
function weightOf({
  payment,
  after,
  theirs,
}: {
  readonly payment: Payment;
  readonly after: Payment;
  readonly theirs: TheirSide;
}): { readonly severity: Severity; readonly atRisk: Money | null } {
  const { amount, status } = payment;
  const { intent } = theirs;
  const inIt = ['requires_capture', 'succeeded'].includes(intent.status);
  const counted = status === 'AUTHORIZED' || status === 'RELEASED';
  // What is over stands for no money at all.
  const taken = !isLive(payment) && isAlive(intent);
  if (after.status === status && (counted || taken))
    return { severity: 'critical', atRisk: amount };
  return inIt || counted
    ? { severity: 'serious', atRisk: amount }
    : { severity: 'minor', atRisk: null };
}

/** The record is where Stripe has not come to, though nothing is owed: no report can mend that. */
function judgeAhead(payment: Payment, { intent }: TheirSide): Judgement | null {
  const { status, operation, amount } = payment;
  if (operation !== null || intent.status === 'unknown' || agrees(payment, intent)) return null;
  return {
    fact: { type: 'status_differs', becomes: status },
    severity: 'critical',
    atRisk: amount,
    act: markOnce(payment, `intent ${intent.status} while payment ${status}`),
  };
}

function judgeStuck(
  { ours: { payment }, theirs }: Both,
  { now, policy }: JudgeContext,
): Judgement | null {
  const { operation, amount } = payment;
  if (operation === null) return null;
  const { kind, openedAt, params } = operation;
  if (now.getTime() - openedAt.getTime() < policy.stuckAfterMs) return null;
  const { intent } = theirs;
  // A bank takes days to agree to a refund, and then it is neither owed nor at risk.
  if (waitsForBank(payment) && pendingMinor(intent.latestRefunds ?? []) > 0) return null;
  // A capture takes money, so it is never proposed. What rests is tried again by itself.
  const resumable = kind !== 'capture' && kind !== 'authorize' && isDue(operation, now);
  const left = intent.receivedMinor - (intent.refundedMinor ?? 0);
  const fact = { type: 'operation_stuck', kind, openedAt: iso(openedAt) } as const;
  const part = 'amountMinor' in params ? moneyOf(theirs, params.amountMinor ?? left) : null;
  const isOnward = kind === 'transfer' || kind === 'reversal';
  const atRisk = isOnward ? part : amount;
  if (!resumable) return { fact, severity: 'serious', atRisk, act: null };
  const act = { type: 'resume_operation', kind } as const;
  if (!isOnward) {
    const givesBack = kind === 'refund' ? (part ?? moneyOf(theirs, left)) : heldIn(theirs);
    return { fact, severity: 'serious', atRisk, act, givesBack };
  }
  const way = kind === 'transfer' ? 'sends' : 'takes_back';
  const moves = part === null ? {} : { runner: { way, money: part } as const };
  return { fact, severity: 'serious', atRisk, act, ...moves };
}

/** A hold that both sides still see, and that is past its end or near it. */
function judgeEnd(
  { ours: { payment }, theirs }: Both,
  { now, policy }: JudgeContext,
): Judgement | null {
  if (payment.status !== 'AUTHORIZED' || payment.captureBefore === null) return null;
  if (theirs.intent.status !== 'requires_capture') return null;
  const { captureBefore, amount: atRisk } = payment;
  const leftMs = captureBefore.getTime() - now.getTime();
  if (leftMs <= 0) {
    const fact = { type: 'hold_expired', ended: false, captureBefore: iso(captureBefore) } as const;
    return { fact, severity: 'serious', atRisk, act: null };
  }
  const fact = { type: 'hold_expiring', captureBefore: iso(captureBefore) } as const;
  return leftMs > policy.warnMs ? null : { fact, severity: 'notice', atRisk, act: null };
}
