import { err, ok, type Result, safeTry } from 'neverthrow';
import type { ListedRefund, ListedTransfer } from '../gateway/money-lists.js';
import type { TransferSnapshot } from '../gateway/transfer-report.js';
import type { Fault } from '../ports.js';
import type { OurSide } from './discrepancy.js';
import type { Found, MadeRefund, SentRecord } from './record-stream.js';
import type { Spot } from './second-look.js';
import type { Sides } from './sides.js';
import { mergeStreams, type StreamBatch } from './streams.js';

/** Where a page of both lists does not agree, so that both sides have to be read anew. */
export interface ListedSuspects {
  readonly spots: readonly Spot[];
  /** Under our name, and no record has the payment. */
  readonly strays: readonly ListedTransfer[];
  readonly unreadable: number;
  /** Of other installations. */
  readonly passedOver: number;
  readonly counts: { readonly theirs: number; readonly ours: number };
  readonly doneTo: Date;
}

export interface Suspects {
  /** Null when all of the period has been told. */
  next(): Promise<Result<ListedSuspects | null, Fault>>;
}

interface Period {
  readonly from: Date;
  readonly to: Date;
}

/** As many as are remembered to have met late; of more, both sides are read once too often. */
const MOST_LATE = 10_000;

/** Transfers of a period, which differ, or of which one side has none. */
export function suspectTransfers(sides: Sides, period: Period): Suspects {
  const { gateway, records } = sides;
  const merge = mergeStreams<ListedTransfer, SentRecord>(sides, period, {
    list: (wanted) => gateway.listTransfers(wanted),
    within: (walk) => records.transfersWithin(walk),
    idOf: ({ transfer }) => transfer.stripeTransferId,
  });
  // A transfer may be sent long after it was decided: then the record comes by later than Stripe's.
  const late = new Set<string>();
  return {
    next: async () =>
      safeTry(async function* () {
        const batch = yield* await merge.next();
        if (batch === null) return ok(null);
        const odd = batch.met.filter(({ theirs, ours }) => !isSame(ours, theirs.transfer));
        const missing = batch.ours.filter(({ stripeId }) => !late.delete(stripeId));
        const others = yield* await placeTransfers(sides, batch.theirs);
        for (const id of others.met) if (late.size < MOST_LATE) late.add(id);
        const ids = [...odd.map(({ ours }) => ours), ...missing].map(({ paymentId }) => paymentId);
        const spots = [...new Set([...ids, ...others.odd])].map((id) => ({ transfersOf: id }));
        const { strays, passedOver } = others;
        return ok(listedOf(batch, { spots, strays, passedOver }));
      }),
  };
}

function listedOf<Theirs, Ours>(
  { unreadable, counts, doneTo }: StreamBatch<Theirs, Ours>,
  found: Pick<ListedSuspects, 'spots' | 'strays' | 'passedOver'>,
): ListedSuspects {
  return { ...found, unreadable, counts, doneTo };
}

type SentFacts = Pick<
  SentRecord,
  'stripeAccount' | 'amountMinor' | 'reversedMinor' | 'currency' | 'stripeId'
>;

function isSame(ours: SentFacts, theirs: TransferSnapshot): boolean {
  return (
    ours.stripeId === theirs.stripeTransferId &&
    ours.stripeAccount === theirs.stripeAccount &&
    ours.amountMinor === theirs.amountMinor &&
    ours.reversedMinor === theirs.reversedMinor &&
    ours.currency === theirs.currency
  );
}

/** What became of transfers whose record did not come by. */
interface Placed {
  /** Those that are a record's, and the same. */
  readonly met: readonly string[];
  /** Payments whose record has it otherwise, or not at all. */
  readonly odd: readonly string[];
  readonly strays: readonly ListedTransfer[];
  readonly passedOver: number;
}

async function placeTransfers(
  { records, installation }: Sides,
  listed: readonly ListedTransfer[],
): Promise<Result<Placed, Fault>> {
  const isOthers = ({ transfer }: ListedTransfer) =>
    transfer.installation !== null && transfer.installation !== installation.id;
  const ours = listed.filter((one) => !isOthers(one));
  const passedOver = listed.length - ours.length;
  if (ours.length === 0) return ok({ met: [], odd: [], strays: [], passedOver });
  const found = await records.of(namesOf(ours));
  if (found.isErr()) return err(found.error);
  const met: string[] = [];
  const odd: string[] = [];
  const strays: ListedTransfer[] = [];
  for (const one of ours) {
    const record = found.value.find((known) => isNamedBy(known, one));
    // Told where its record is told.
    if (record?.type === 'unreadable') continue;
    if (record === undefined) {
      if (one.transfer.installation === installation.id) strays.push(one);
      continue;
    }
    const own = sentBy(record.ours);
    if (own !== null && isSame(own, one.transfer)) met.push(own.stripeId);
    else odd.push(record.ours.payment.id);
  }
  return ok({ met, odd, strays, passedOver });
}

/** A group that Stripe has made up names the PaymentIntent. */
const MADE_UP = 'group_';

function namesOf(listed: readonly ListedTransfer[]) {
  return {
    paymentIds: listed.flatMap(({ transfer, group }) => transfer.paymentId ?? group ?? []),
    paymentIntentIds: listed.flatMap(({ group }) =>
      group?.startsWith(MADE_UP) ? group.slice(MADE_UP.length) : [],
    ),
  };
}

function isNamedBy(found: Found, { transfer, group }: ListedTransfer): boolean {
  const isRecord = found.type === 'record';
  const id = isRecord ? found.ours.payment.id : found.id;
  if (transfer.paymentId !== null) return id === transfer.paymentId;
  const intentId = isRecord ? found.ours.payment.paymentIntentId : found.paymentIntentId;
  return group !== null && (group === id || group === `${MADE_UP}${intentId}`);
}

function sentBy({ payment }: OurSide): SentFacts | null {
  const transfer = 'transfer' in payment ? payment.transfer : null;
  if (transfer === null || transfer.stripeTransferId === null) return null;
  const { stripeAccount, amountMinor, reversedMinor, stripeTransferId: stripeId } = transfer;
  return { stripeId, stripeAccount, amountMinor, reversedMinor, currency: payment.amount.currency };
}

/**
 * Refunds of a period that differ, or that one side has not, of payments that are older than it: those of
 * the others are judged with their PaymentIntents.
 *
 * @param since where the run begins: what is older was not gone through
 */
export function suspectRefunds(sides: Sides, period: Period, since: Date): Suspects {
  const { gateway, records } = sides;
  const merge = mergeStreams<ListedRefund, MadeRefund>(sides, period, {
    list: (wanted) => gateway.listRefunds(wanted),
    within: (walk) => records.refundsWithin(walk),
    idOf: ({ refund }) => refund.refundId,
  });
  return {
    next: async () =>
      safeTry(async function* () {
        const batch = yield* await merge.next();
        if (batch === null) return ok(null);
        const odd = batch.met
          .filter(({ theirs, ours }) => !isSameRefund(ours, theirs))
          .map(({ ours }) => ours);
        const older = [...odd, ...batch.ours].filter(({ paymentAt }) => paymentAt < since);
        const named = batch.theirs.flatMap((one) => one.paymentIntentId ?? []);
        const others = yield* await olderPayments(sides, named, since);
        const ids = new Set([...older.map(({ paymentId }) => paymentId), ...others]);
        const spots = [...ids].map((paymentId) => ({ paymentId }));
        return ok(listedOf(batch, { spots, strays: [], passedOver: 0 }));
      }),
  };
}

function isSameRefund(ours: MadeRefund, { refund }: ListedRefund): boolean {
  return ours.status === refund.status && ours.amountMinor === refund.amountMinor;
}

/** Records of these PaymentIntents that are older than the period. */
export async function olderPayments(
  { records }: Sides,
  paymentIntentIds: readonly string[],
  since: Date,
): Promise<Result<readonly string[], Fault>> {
  if (paymentIntentIds.length === 0) return ok([]);
  const found = await records.of({
    paymentIds: [],
    paymentIntentIds: [...new Set(paymentIntentIds)],
  });
  return found.map((all) =>
    all.flatMap((one) =>
      one.type === 'record' && one.ours.payment.createdAt < since ? one.ours.payment.id : [],
    ),
  );
}
