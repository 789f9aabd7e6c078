import type { ListWanted, RecordPlace } from '@campusg-pay/core';
import { INSTALLATION } from '@campusg-pay/core/testing';
import { ok } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import type { Walk } from '../../src/reconcile/record-stream.js';
import type { Sides } from '../../src/reconcile/sides.js';
import { mergeStreams, type OurThing, type StreamBatch } from '../../src/reconcile/streams.js';
import { MINUTE_MS } from '../sides.js';

interface Theirs {
  readonly id: string;
  readonly createdAt: Date;
}

const PAGE = 10;
const START = Date.parse('2026-01-05T09:00:00Z');
const period = { from: new Date(START), to: new Date(START + 1000 * MINUTE_MS) };

/** What is on both sides, a page at a time, the newest first; `walks` counts what was kept at once. */
function world(theirs: readonly Theirs[], ours: readonly OurThing[]) {
  const newest = theirs.toSorted((a, b) => b.createdAt.getTime() - a.createdAt.getTime());
  const walked = ours.toSorted((a, b) => b.at.getTime() - a.at.getTime());
  const list = async ({ from, to, after }: ListWanted) => {
    const all = newest.filter(({ createdAt }) => createdAt >= from && createdAt < to);
    const start = after === null ? 0 : all.findIndex(({ id }) => id === after) + 1;
    const items = all.slice(start, start + PAGE);
    const isLast = start + PAGE >= all.length;
    return ok({ items, unreadable: 0, next: isLast ? null : (items.at(-1)?.id ?? null) });
  };
  const within = async ({ from, to, before, limit }: Walk) => {
    const all = walked.filter(({ at, place }) => at >= from && isBefore(at, place, to, before));
    return ok(all.slice(0, limit));
  };
  return { list, within, idOf: ({ id }: Theirs) => id };
}

function isBefore(at: Date, { id }: RecordPlace, to: Date, before: RecordPlace | null): boolean {
  if (before === null) return at < to;
  const mark = Date.parse(before.at);
  return at.getTime() < mark || (at.getTime() === mark && id < before.id);
}

const sides: Sides = {
  records: {} as Sides['records'],
  gateway: {} as Sides['gateway'],
  clock: { now: () => period.to, sleep: async () => {} },
  installation: INSTALLATION,
  scheduler: { pause: async () => {}, elapsedMs: () => 0, random: () => 0.5 },
  digest: (text) => text,
  stop: new AbortController().signal,
  met: { stripe: true },
};

const at = (minute: number) => new Date(START + minute * MINUTE_MS);
const their = (id: string, minute: number): Theirs => ({ id, createdAt: at(minute) });
const our = (stripeId: string, minute: number): OurThing => {
  const time = at(minute);
  return { stripeId, at: time, place: { at: time.toISOString(), id: stripeId } };
};

type Batch = StreamBatch<Theirs, OurThing>;

async function batchesOf(streams: ReturnType<typeof world>, to = period.to): Promise<Batch[]> {
  const merge = mergeStreams(sides, { ...period, to }, streams);
  const batches: Batch[] = [];
  for (;;) {
    const batch = (await merge.next())._unsafeUnwrap();
    if (batch === null) return batches;
    batches.push(batch);
  }
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);

describe('two streams of the same things', () => {
  const names = Array.from({ length: 95 }, (_, index) => `thing-${String(index).padStart(3, '0')}`);
  const both = world(
    names.map((id, index) => their(id, index * 3)),
    names.map((id, index) => our(id, index * 3)),
  );

  it('meet, page by page, each once', async () => {
    const batches = await batchesOf(both);
    expect(batches.length).toBeGreaterThan(9);
    const met = batches.flatMap((one) => one.met.map(({ ours }) => ours.stripeId));
    expect(met.toSorted()).toEqual(names);
    expect(batches.flatMap(({ theirs, ours }) => [...theirs, ...ours])).toEqual([]);
    expect(batches.at(-1)?.doneTo).toEqual(period.from);
  });

  it('are counted once, wherever a run was interrupted', async () => {
    const whole = await batchesOf(both);
    for (const [index, stopped] of whole.entries()) {
      const rest = await batchesOf(both, stopped.doneTo);
      const parts = [...whole.slice(0, index + 1), ...rest];
      expect(sum(parts.map(({ counts }) => counts.theirs))).toBe(names.length);
      expect(sum(parts.map(({ counts }) => counts.ours))).toBe(names.length);
    }
  });

  it('tell what one of them lacks', async () => {
    const half = names.map((id, index) => our(id, index * 3)).filter((_, index) => index % 2 === 0);
    const [gone] = half;
    const streams = world(
      names.map((id, index) => their(id, index * 3)).filter(({ id }) => id !== gone?.stripeId),
      half,
    );
    const batches = await batchesOf(streams);
    const alone = batches.flatMap(({ theirs }) => theirs.map(({ id }) => id));
    expect(alone.toSorted()).toEqual(names.filter((_, index) => index % 2 === 1));
    expect(batches.flatMap(({ ours }) => ours.map(({ stripeId }) => stripeId))).toEqual([
      gone?.stripeId,
    ]);
  });

  it('do not meet where one was made much later: both are told, to be looked up', async () => {
    // More than are read ahead.
    const others = Array.from({ length: 600 }, (_, index) => our(`other-${index}`, 100 + index));
    const streams = world([their('late', 900), ...fillers(30)], [our('late', 5), ...others]);
    const batches = await batchesOf(streams);
    expect(batches.flatMap(({ theirs }) => theirs.map(({ id }) => id))).toContain('late');
    const ours = batches.flatMap((one) => one.ours.map(({ stripeId }) => stripeId));
    expect(ours).toContain('late');
    expect(ours).toHaveLength(601);
  });

  it('are read to the end where the other has nothing', async () => {
    const batches = await batchesOf(
      world(
        [],
        names.map((id, index) => our(id, index * 3)),
      ),
    );
    expect(batches.flatMap(({ ours }) => ours)).toHaveLength(names.length);
    expect(await batchesOf(world([], []))).toMatchObject([{ met: [], counts: { theirs: 0 } }]);
  });
});

function fillers(count: number): readonly Theirs[] {
  return Array.from({ length: count }, (_, index) => their(`filler-${index}`, 800 - index * 20));
}
