import { err, ok, type Result } from 'neverthrow';
import type { ListedIntent } from '../gateway/payment-gateway.js';
import type { Fault } from '../ports.js';
import {
  type Discrepancy,
  discrepancyKey,
  type JudgeContext,
  type OurSide,
  type TheirSide,
} from './discrepancy.js';
import { type IntentPair, judge, type Pair } from './judge.js';
import { aloneOf, lookUp, place } from './merge.js';
import { patiently, retrieve, type Sides } from './sides.js';

/** What to read anew: a record, or a PaymentIntent and whatever belongs to it. */
export type Spot =
  | { readonly paymentId: string }
  /** The transfers of a record. */
  | { readonly transfersOf: string }
  | { readonly theirs: ListedIntent /** Ask Stripe, too. */; readonly ask: boolean };

/** Both sides as they are now; null where there is nothing any more that could differ. */
export function readAgain(sides: Sides, spot: Spot): Promise<Result<Pair | null, Fault>> {
  return 'transfersOf' in spot ? readTransfers(sides, spot.transfersOf) : readIntent(sides, spot);
}

async function readIntent(
  sides: Sides,
  spot: Exclude<Spot, { readonly transfersOf: string }>,
): Promise<Result<IntentPair | null, Fault>> {
  if ('paymentId' in spot) return readRecord(sides, spot.paymentId);
  const { theirs, ask } = spot;
  const { paymentIntentId } = theirs.intent;
  const now = ask ? await retrieve(sides, paymentIntentId, theirs.createdAt) : ok(theirs);
  if (now.isErr()) return err(now.error);
  if (now.value === null) return readRecord(sides, theirs.intent.origin.paymentId ?? '');
  const current = { ...theirs, intent: now.value.intent };
  const found = await lookUp(sides, [current]);
  if (found.isErr()) return err(found.error);
  return place(sides, { theirs: current, found: found.value });
}

async function readRecord(
  sides: Sides,
  paymentId: string,
): Promise<Result<IntentPair | null, Fault>> {
  const found = await sides.records.of({ paymentIds: [paymentId], paymentIntentIds: [] });
  if (found.isErr()) return err(found.error);
  const [record] = found.value;
  return record?.type === 'record' ? aloneOf(sides, record.ours) : ok(null);
}

async function readTransfers(sides: Sides, paymentId: string): Promise<Result<Pair | null, Fault>> {
  const found = await sides.records.of({ paymentIds: [paymentId], paymentIntentIds: [] });
  if (found.isErr()) return err(found.error);
  const [record] = found.value;
  return record?.type === 'record' ? transfersOf(sides, record.ours) : ok(null);
}

/** A record with all that was sent in its name. */
export async function transfersOf(sides: Sides, ours: OurSide): Promise<Result<Pair, Fault>> {
  const sent = await patiently(sides, () => sides.gateway.transfersOf(ours.payment));
  return sent.map((told): Pair => ({ kind: 'moved', ours, sent: told }));
}

/** Stripe's list is a little old once it is here, and a payment may be moving meanwhile. */
const MOVING_MS = 60_000;

/**
 * What still differs when both sides are read once more. The records are always; Stripe is asked
 * where anything has moved since shortly before its list was read.
 */
export async function confirm(
  sides: Sides,
  { pair, readAt }: { readonly pair: IntentPair; readonly readAt: Date },
  context: JudgeContext,
): Promise<Result<readonly Discrepancy[], Fault>> {
  const suspected = judge(pair, context);
  if (suspected.length === 0) return ok([]);
  const since = readAt.getTime() - MOVING_MS;
  const first = await readIntent(sides, spotOf(pair, movedSince(pair, since)));
  if (first.isErr()) return err(first.error);
  let now = first.value;
  // It has moved only now, so that what the list says of it is the older news.
  if (now !== null && movedSince(now, since) && !movedSince(pair, since)) {
    const second = await readIntent(sides, spotOf(now, true));
    if (second.isErr()) return err(second.error);
    now = second.value;
  }
  if (now === null) return ok([]);
  const keys = new Set(suspected.map(discrepancyKey));
  return ok(judge(now, context).filter((discrepancy) => keys.has(discrepancyKey(discrepancy))));
}

function spotOf(pair: IntentPair, ask: boolean): Exclude<Spot, { readonly transfersOf: string }> {
  if (pair.kind === 'ours') return { paymentId: pair.ours.payment.id };
  return { theirs: listed(pair.theirs), ask };
}

/** Only what was made like ours is ever placed, so it was. */
export function listed(theirs: TheirSide): ListedIntent {
  return { ...theirs, createdAt: theirs.createdAt ?? new Date(0), manual: true };
}

function movedSince(pair: IntentPair, time: number): boolean {
  const created = pair.kind === 'ours' ? 0 : (pair.theirs.createdAt?.getTime() ?? 0);
  const written = pair.kind === 'theirs' ? 0 : pair.ours.payment.updatedAt.getTime();
  return Math.max(created, written) >= time;
}
