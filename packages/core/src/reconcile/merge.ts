import { err, ok, type Result, safeTry } from 'neverthrow';
import { fitOf, isNamed, mayBeOurs } from '../gateway/identity.js';
import type { ListedIntent } from '../gateway/payment-gateway.js';
import { isAlive } from '../payment/invariants.js';
import type { DatabaseFault, Fault } from '../ports.js';
import type { OurSide } from './discrepancy.js';
import type { IntentPair } from './judge.js';
import { openPages } from './pages.js';
import { type PendingRecords, pendingRecords } from './pending.js';
import type { Found } from './record-stream.js';
import { retrieve, type Sides } from './sides.js';
import { tally } from './tally.js';
import { placeUnknown } from './unknown-intents.js';
import { type Unread, unreadAt } from './unread.js';

/** What one page of Stripe's list and the records of its time come to. */
export interface Batch {
  readonly pairs: readonly IntentPair[];
  readonly unreadable: readonly Unread[];
  readonly intents: number;
  readonly payments: number;
  /** PaymentIntents of other installations, of which nothing is said. */
  readonly passedOver: number;
  /** Everything made since then, on both sides, has been told. */
  readonly doneTo: Date;
  readonly readAt: Date;
}

export interface Merge {
  /** Null when all of the period has been told. */
  next(): Promise<Result<Batch | null, Fault>>;
}

/**
 * How far apart a record and its intent may be created and still meet on the way: clocks differ, and
 * Stripe is asked after the record is written. Whatever is further apart is looked up.
 */
const SLACK_MS = 60_000;

/**
 * Goes through both sides of a period from new to old and brings together what belongs together.
 * Memory is bounded by a page and by the records of its time, whatever the period.
 */
export function mergeSides(
  sides: Sides,
  period: { readonly from: Date; readonly to: Date },
): Merge {
  const pages = openPages(sides, period, (wanted) => sides.gateway.listIntents(wanted));
  const pending = pendingRecords(sides.records, period);
  const intents = tally();
  const payments = tally();
  const passedOver = tally();
  let over = false;
  return {
    next: async () => {
      if (over) return ok(null);
      return safeTry(async function* () {
        const { items, unreadable, last, readAt } = (yield* await pages.next()) ?? NOTHING(sides);
        const horizon = last ? period.from : (items.at(-1)?.createdAt ?? period.from);
        const read = yield* await pending.readTo(last ? period.from : moved(horizon, -SLACK_MS));
        const met = yield* await meet(sides, pending, items);
        const doneTo = last ? period.from : moved(horizon, SLACK_MS);
        const unread = [
          ...met.unread,
          ...pending.takeUnreadable().map(ofRow),
          ...listed(unreadable),
        ];
        const alone = yield* await leftAlone(sides, pending.take(doneTo));
        over = last;
        intents.add(items.map(({ createdAt }) => createdAt));
        payments.add(read);
        passedOver.add(met.passedOver.map(({ createdAt }) => createdAt));
        return ok({
          pairs: [...met.pairs, ...alone.pairs],
          unreadable: [...unread, ...alone.unread],
          intents: intents.since(doneTo),
          payments: payments.since(doneTo),
          passedOver: passedOver.since(doneTo),
          doneTo,
          readAt,
        });
      });
    },
  };
}

const NOTHING = ({ clock }: Sides) => ({
  items: [],
  unreadable: 0,
  last: true,
  readAt: clock.now(),
});

function ofRow({ detail }: Extract<Found, { type: 'unreadable' }>): Unread {
  return { ours: null, detail };
}

function listed(count: number): readonly Unread[] {
  const what = count === 1 ? 'one PaymentIntent' : `${count} PaymentIntents`;
  return count === 0 ? [] : [{ ours: null, detail: `${what} in Stripe's list can't be read` }];
}

function moved(time: Date, ms: number): Date {
  return new Date(time.getTime() + ms);
}

/** What was brought together, and what could not be. */
interface Met {
  readonly pairs: readonly IntentPair[];
  readonly unread: readonly Unread[];
  /** Of other installations. */
  readonly passedOver: readonly ListedIntent[];
}

/** Each intent with its record: one that came by, or one that was created at another time. */
async function meet(
  sides: Sides,
  pending: PendingRecords,
  items: readonly ListedIntent[],
): Promise<Result<Met, Fault>> {
  const pairs: IntentPair[] = [];
  const passedOver: ListedIntent[] = [];
  const unread: Unread[] = [];
  const others: ListedIntent[] = [];
  for (const theirs of items) {
    const ours = pending.match(theirs);
    if (ours === null || !isOwn(sides, ours, theirs)) {
      others.push(theirs);
      continue;
    }
    pending.remove(ours.payment.id);
    pairs.push({ kind: 'both', ours, theirs });
  }
  if (others.length === 0) return ok({ pairs, unread, passedOver });
  const found = await lookUp(sides, others);
  if (found.isErr()) return err(found.error);
  for (const theirs of others) {
    const placed = await place(sides, { theirs, found: found.value });
    if (placed.isErr()) {
      const odd = unreadAt(placed.error, null);
      if (odd === null) return err(placed.error);
      unread.push(odd);
      continue;
    }
    if (placed.value?.kind === 'both') pending.removeAhead(placed.value.ours.payment.id);
    if (placed.value !== null) pairs.push(placed.value);
    else if (isOfOthers(sides, theirs)) passedOver.push(theirs);
  }
  return ok({ pairs, unread, passedOver });
}

/** A record without a PaymentIntent waits for the one that was made for it. */
function isOwn({ installation }: Sides, { payment }: OurSide, { intent }: ListedIntent): boolean {
  const { paymentIntentId } = payment;
  if (paymentIntentId !== null) return paymentIntentId === intent.paymentIntentId;
  return fitOf(payment, intent, installation).type !== 'foreign';
}

function isOfOthers({ installation }: Sides, { intent, createdAt }: ListedIntent): boolean {
  return isNamed(intent) && !mayBeOurs(intent, createdAt, installation);
}

export function lookUp(
  { records }: Sides,
  intents: readonly ListedIntent[],
): Promise<Result<readonly Found[], DatabaseFault>> {
  return records.of({
    paymentIds: intents.flatMap(({ intent }) => intent.origin.paymentId ?? []),
    paymentIntentIds: intents.map(({ intent }) => intent.paymentIntentId),
  });
}

/** What an intent and the records found for it are to each other; null where it is of no concern. */
export async function place(
  sides: Sides,
  { theirs, found }: { readonly theirs: ListedIntent; readonly found: readonly Found[] },
): Promise<Result<IntentPair | null, Fault>> {
  const { paymentIntentId } = theirs.intent;
  const record = recordOf(found, theirs);
  if (record === undefined)
    return isOfOthers(sides, theirs) ? ok(null) : placeUnknown(sides, theirs);
  // Told where its record is told.
  if (record.type === 'unreadable') return ok(null);
  const { ours } = record;
  if (isOwn(sides, ours, theirs)) return ok({ kind: 'both', ours, theirs });
  if (fitOf(ours.payment, theirs.intent, sides.installation).type === 'foreign') return ok(null);
  if (!isAlive(theirs.intent)) return ok(null);
  const ownId = ours.payment.paymentIntentId ?? paymentIntentId;
  const own = await retrieve(sides, ownId);
  return own.map((intent) => ({ kind: 'second', ours, theirs, own: intent }));
}

/** The record that has this intent comes before one that the intent only names. */
function recordOf(found: readonly Found[], theirs: ListedIntent): Found | undefined {
  const { paymentIntentId } = theirs.intent;
  return (
    found.find((one) => intentOf(one) === paymentIntentId) ??
    found.find((one) => idOf(one) === theirs.intent.origin.paymentId)
  );
}

function intentOf(found: Found): string | null {
  return found.type === 'record' ? found.ours.payment.paymentIntentId : found.paymentIntentId;
}

function idOf(found: Found): string {
  return found.type === 'record' ? found.ours.payment.id : found.id;
}

/** Records whose intent did not come by: made much later, or not known to Stripe, or not made. */
async function leftAlone(
  sides: Sides,
  records: readonly OurSide[],
): Promise<Result<Omit<Met, 'passedOver'>, Fault>> {
  const pairs: IntentPair[] = [];
  const unread: Unread[] = [];
  for (const ours of records) {
    const pair = await aloneOf(sides, ours);
    const odd = pair.isErr() ? unreadAt(pair.error, ours) : null;
    if (odd !== null) unread.push(odd);
    else if (pair.isErr()) return err(pair.error);
    else pairs.push(pair.value);
  }
  return ok({ pairs, unread });
}

/** A record with its PaymentIntent asked for by id. */
export async function aloneOf(sides: Sides, ours: OurSide): Promise<Result<IntentPair, Fault>> {
  const { paymentIntentId } = ours.payment;
  if (paymentIntentId === null) return ok({ kind: 'ours', ours, missing: false });
  const asked = await retrieve(sides, paymentIntentId);
  return asked.map((theirs) =>
    theirs === null ? { kind: 'ours', ours, missing: true } : { kind: 'both', ours, theirs },
  );
}
