import { ok, type Result, safeTry } from 'neverthrow';
import type { DatabaseFault, Fault } from '../ports.js';
import { type ListCall, openPages, type ReadPage } from './pages.js';
import { openRecordPages } from './read-ahead.js';
import type { RecordPlace, Walk } from './record-stream.js';
import type { Sides } from './sides.js';
import { tally } from './tally.js';

/** What we have of something that Stripe has under that id. */
export interface OurThing {
  /** Stripe's id. */
  readonly stripeId: string;
  readonly at: Date;
  readonly place: RecordPlace;
}

/** What Stripe lists, with when it was made. */
export interface TheirThing {
  readonly createdAt: Date;
}

/** Both sides of one kind of things, each the newest first. */
export interface Streams<Theirs extends TheirThing, Ours extends OurThing> {
  readonly list: ListCall<Theirs>;
  readonly within: (walk: Walk) => Promise<Result<readonly Ours[], DatabaseFault>>;
  readonly idOf: (theirs: Theirs) => string;
}

/** What one page of Stripe's list and our things of its time come to. */
export interface StreamBatch<Theirs, Ours> {
  readonly met: readonly { readonly theirs: Theirs; readonly ours: Ours }[];
  /** Without one of ours that came by. */
  readonly theirs: readonly Theirs[];
  /** Without one of Stripe's that came by. */
  readonly ours: readonly Ours[];
  readonly unreadable: number;
  /** How many of both were told by now, each once. */
  readonly counts: { readonly theirs: number; readonly ours: number };
  /** Everything made since then, on both sides, has been told. */
  readonly doneTo: Date;
}

export interface StreamMerge<Theirs, Ours> {
  /** Null when all of the period has been told. */
  next(): Promise<Result<StreamBatch<Theirs, Ours> | null, Fault>>;
}

/** How far apart the two may be made and still meet on the way; others are looked up. */
const SLACK_MS = 60_000;

/**
 * Goes through both sides of a period from new to old and brings together what has the same id. Memory
 * is bounded by a page and by our things of its time, whatever the period.
 */
export function mergeStreams<Theirs extends TheirThing, Ours extends OurThing>(
  sides: Sides,
  period: { readonly from: Date; readonly to: Date },
  streams: Streams<Theirs, Ours>,
): StreamMerge<Theirs, Ours> {
  const pages = openPages(sides, period, streams.list);
  const waiting = waitingThings(streams.within, period);
  const counts = { theirs: tally(), ours: tally() };
  let over = false;
  return {
    next: async () => {
      if (over) return ok(null);
      return safeTry(async function* () {
        const page: ReadPage<Theirs> = (yield* await pages.next()) ?? NOTHING(sides);
        const { items, unreadable, last } = page;
        const horizon = last ? period.from : (items.at(-1)?.createdAt ?? period.from);
        const until = last ? period.from : moved(horizon, -SLACK_MS);
        counts.ours.add(yield* await waiting.readTo(until));
        counts.theirs.add(items.map(({ createdAt }) => createdAt));
        const met: { readonly theirs: Theirs; readonly ours: Ours }[] = [];
        const alone: Theirs[] = [];
        for (const theirs of items) {
          const ours = waiting.meet(streams.idOf(theirs));
          if (ours === null) alone.push(theirs);
          else met.push({ theirs, ours });
        }
        const doneTo = last ? period.from : moved(horizon, SLACK_MS);
        over = last;
        return ok({
          met,
          theirs: alone,
          ours: waiting.take(doneTo),
          unreadable,
          counts: { theirs: counts.theirs.since(doneTo), ours: counts.ours.since(doneTo) },
          doneTo,
        });
      });
    },
  };
}

function NOTHING({ clock }: Sides) {
  return { items: [], unreadable: 0, last: true, readAt: clock.now() };
}

function moved(time: Date, ms: number): Date {
  return new Date(time.getTime() + ms);
}

/** Enough for any usual two to meet. */
const MOST_WAITING = 10_000;

/** Our things of a period on their way from new to old, as far as they wait for Stripe's. */
function waitingThings<Ours extends OurThing>(
  within: Streams<TheirThing, Ours>['within'],
  period: { readonly from: Date; readonly to: Date },
) {
  const pages = openRecordPages(within, period);
  const waiting = new Map<string, Ours>();
  let reached: Date | null = period.to;
  return {
    /** Reads on until all that were made since then are here. Tells when the new ones were. */
    readTo: async (time: Date): Promise<Result<readonly Date[], DatabaseFault>> =>
      safeTry(async function* () {
        const read: Date[] = [];
        while (reached !== null && reached >= time && waiting.size < MOST_WAITING) {
          const found: readonly Ours[] | null = yield* await pages.next();
          for (const one of found ?? []) {
            waiting.set(one.stripeId, one);
            read.push(one.at);
          }
          reached = found === null ? null : (found.at(-1)?.at ?? reached);
        }
        return ok(read);
      }),
    meet: (stripeId: string): Ours | null => {
      const found = waiting.get(stripeId) ?? null;
      waiting.delete(stripeId);
      return found;
    },
    /** Takes out those made since then: what belongs to them would have come by. */
    take: (time: Date): readonly Ours[] => {
      const taken: Ours[] = [];
      for (const ours of waiting.values()) {
        if (ours.at < time) break;
        taken.push(ours);
      }
      for (const { stripeId } of taken) waiting.delete(stripeId);
      return taken;
    },
  };
}
