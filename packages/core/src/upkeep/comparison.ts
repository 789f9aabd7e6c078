import { err, ok, type Result } from 'neverthrow';
import { followUp } from '../commands/status.js';
import { FOREIGN_ACCOUNT, isOurAccount } from '../gateway/account.js';
import { INTENT_UNKNOWN } from '../gateway/decide-report.js';
import { belongsTo, fitOf, isNamed, mayBeOurs } from '../gateway/identity.js';
import type { IntentSnapshot } from '../gateway/intent.js';
import type { ListedIntent } from '../gateway/payment-gateway.js';
import { applyReport } from '../operation/report-application.js';
import { markForReview } from '../operation/review-mark.js';
import { isAlive } from '../payment/invariants.js';
import type { Payment } from '../payment/payment.js';
import { type EscrowPorts, type Fault, isUnreadable } from '../ports.js';
import { cancelOrphan, isOrphan } from './orphaned-intent.js';

/** Where Stripe's list and our records did not agree, and what was done about it. */
export type Finding =
  /** The record had not heard; now it has. */
  | { readonly type: 'mended'; readonly payment: Payment }
  /** Both disagree in a way that no report mends, so the record is marked for a person. */
  | { readonly type: 'marked'; readonly payment: Payment }
  /** It was over for us, and could still have held or taken money: canceled, and marked. */
  | {
      readonly type: 'orphan_canceled';
      readonly payment: Payment;
      readonly paymentIntentId: string;
    }
  /** Stripe has it under our name, and we know nothing of it. Left alone: a person must look. */
  | {
      readonly type: 'unknown_intent';
      readonly intent: IntentSnapshot;
      readonly paymentId: string;
    }
  /** Stripe does not know the record's PaymentIntent. Marked for a person. */
  | { readonly type: 'intent_missing'; readonly payment: Payment };

/** What was compared, and what came of it. */
export interface Compared {
  readonly intents: number;
  readonly payments: number;
  /** PaymentIntents of other installations, of which nothing is said. */
  readonly passedOver: number;
  /** How often a PaymentIntent could not be read: in the list, or when asked for by itself. */
  readonly unreadable: number;
  readonly findings: readonly Finding[];
}

export interface Period {
  readonly from: Date;
  /** Exclusive. */
  readonly to: Date;
}

const PAGE = 100;

/**
 * Compares all that Stripe made in a period with our records, both ways. What a record had not
 * heard enters it as a report; what only a person can decide is told and, on a record, marked.
 *
 * Memory grows with the number of PaymentIntents of the period, so keep that short.
 */
export async function compare(
  ports: EscrowPorts,
  period: Period,
): Promise<Result<Compared, Fault>> {
  const findings: Found[] = [];
  const listed = new Set<string>();
  let passedOver = 0;
  let unreadable = 0;
  for (let after: string | null = null; ; ) {
    const page = await ports.gateway.listIntents({ ...period, after });
    if (page.isErr()) return err(page.error);
    const found = await comparePage(ports, page.value.items);
    if (found.isErr()) return err(found.error);
    findings.push(...found.value.findings);
    passedOver += found.value.passedOver;
    unreadable += page.value.unreadable;
    for (const { intent } of page.value.items) listed.add(intent.paymentIntentId);
    after = page.value.next;
    if (after === null) break;
  }
  const ours = await compareRecords(ports, period, listed);
  return ours.map(({ payments, findings: more }) => {
    const all = [...findings, ...more];
    const read = all.filter((found) => found !== 'unreadable');
    unreadable += all.length - read.length;
    return { intents: listed.size, payments, unreadable, passedOver, findings: read };
  });
}

type Found = Finding | 'unreadable';

/** One odd PaymentIntent holds up none of the others. */
function orUnreadable(found: Result<Finding | null, Fault>): Result<Found | null, Fault> {
  if (found.isErr() && isUnreadable(found.error)) return ok('unreadable');
  return found;
}

async function comparePage(
  ports: EscrowPorts,
  items: readonly ListedIntent[],
): Promise<Result<{ readonly findings: readonly Found[]; readonly passedOver: number }, Fault>> {
  if (items.length === 0) return ok({ findings: [], passedOver: 0 });
  const records = await ports.repository.findAll({
    paymentIntentIds: items.map(({ intent }) => intent.paymentIntentId),
    paymentIds: items.flatMap(({ intent }) => intent.origin.paymentId ?? []),
  });
  if (records.isErr()) return err(records.error);
  const byId = new Map(records.value.map((one) => [one.id, one]));
  const byIntent = new Map(records.value.map((one) => [one.paymentIntentId, one]));
  const findings: Found[] = [];
  let passedOver = 0;
  for (const { intent, createdAt } of items) {
    const { paymentId } = intent.origin;
    const payment = byIntent.get(intent.paymentIntentId) ?? byId.get(paymentId ?? '');
    const isOurs =
      payment === undefined
        ? mayBeOurs(intent, createdAt, ports.installation)
        : fitOf(payment, intent, ports.installation).type !== 'foreign';
    if (!isOurs) {
      // Without such metadata it belongs to something else on the same account.
      if (isNamed(intent)) passedOver += 1;
      continue;
    }
    if (payment === undefined) {
      if (paymentId !== null && isAlive(intent))
        findings.push({ type: 'unknown_intent', intent, paymentId });
      continue;
    }
    const found = orUnreadable(await compareOne(ports, payment, intent));
    if (found.isErr()) return err(found.error);
    if (found.value !== null) findings.push(found.value);
  }
  return ok({ findings, passedOver });
}

async function compareOne(
  ports: EscrowPorts,
  payment: Payment,
  intent: IntentSnapshot,
): Promise<Result<Finding | null, Fault>> {
  if (isOrphan(payment, intent) && belongsTo(payment, intent, ports.installation)) {
    const { paymentIntentId } = intent;
    const canceled = await cancelOrphan(ports, { payment, paymentIntentId }, (now) =>
      isOrphan(payment, now),
    );
    return canceled.map((marked) =>
      marked === null ? null : { type: 'orphan_canceled', payment: marked, paymentIntentId },
    );
  }
  // Somebody may have moved it on since it was listed, so it counts no more than a webhook does.
  const report = { type: 'intent', intent, authoritative: false, refused: null } as const;
  const applied = await applyReport(ports, payment, report);
  const followed = await followUp(ports, applied);
  if (followed.isErr()) return err(followed.error);
  if (applied.isErr() || !applied.value.changed) return ok(null);
  const now = followed.value;
  const moved = now.status !== payment.status || now.review === payment.review;
  return ok({ type: moved ? 'mended' : 'marked', payment: now });
}

/** Records whose PaymentIntent was not in the list: made later than they were, or not known. */
async function compareRecords(
  ports: EscrowPorts,
  period: Period,
  listed: ReadonlySet<string>,
): Promise<Result<{ readonly payments: number; readonly findings: readonly Found[] }, Fault>> {
  const findings: Found[] = [];
  let payments = 0;
  for (let after: Payment | null = null; ; ) {
    const found: Result<readonly Payment[], Fault> = await ports.repository.createdWithin({
      ...period,
      after,
      limit: PAGE,
    });
    if (found.isErr()) return err(found.error);
    for (const payment of found.value) {
      const { paymentIntentId } = payment;
      if (paymentIntentId === null || listed.has(paymentIntentId)) continue;
      const missing = orUnreadable(await lookFor(ports, payment, paymentIntentId));
      if (missing.isErr()) return err(missing.error);
      if (missing.value !== null) findings.push(missing.value);
    }
    payments += found.value.length;
    after = found.value.at(-1) ?? null;
    if (found.value.length < PAGE) return ok({ payments, findings });
  }
}

async function lookFor(
  ports: EscrowPorts,
  payment: Payment,
  paymentIntentId: string,
): Promise<Result<Finding | null, Fault>> {
  const reply = await ports.gateway.retrieve(paymentIntentId);
  if (reply.isErr()) return err(reply.error);
  if (reply.value === null) {
    if (payment.review === INTENT_UNKNOWN) return ok(null);
    // With the key of another account all of them would be marked, one after the other.
    const account = await isOurAccount(ports);
    if (account.isErr()) return err(account.error);
    if (!account.value) return err(FOREIGN_ACCOUNT);
    const marked = await markForReview(ports, payment, INTENT_UNKNOWN);
    return marked.map((now) => (now === null ? null : { type: 'intent_missing', payment: now }));
  }
  const { report } = reply.value;
  return report.type === 'intent' ? compareOne(ports, payment, report.intent) : ok(null);
}
