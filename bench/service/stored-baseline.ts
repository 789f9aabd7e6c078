import { readFileSync, writeFileSync } from 'node:fs';
import { sumOf, type WireFigures } from './exact-counts.js';
import type { Cell } from './figures.js';

/** What is kept of a run to compare others with: ratios and counts, since times are a machine's own. */
export interface StoredBaseline {
  readonly date: string;
  readonly machine: Machine;
  readonly counts: readonly StoredCounts[];
  readonly ratios: readonly StoredRatios[];
}

export interface Machine {
  readonly cores: number;
  readonly node: string;
  readonly postgres: string;
  readonly poolSize: number;
}

interface StoredCounts {
  readonly command: string;
  readonly roundTrips: number;
  readonly stripeCalls: number;
}

interface StoredRatios {
  readonly window: string;
  readonly users: number;
  readonly speed: number | null;
  readonly cpu: number | null;
  readonly postgresCpu: number | null;
  readonly walRecords: number;
  readonly walBytes: number;
}

/** What differs, a line each; `grown` are the counts that no machine explains. */
export interface Comparison {
  readonly lines: readonly string[];
  readonly grown: readonly string[];
}

/** How pages split and are cleaned differs from run to run by less than this. */
const WAL_MARGIN = 0.1;

/** As a run would be stored. */
export function toStored(
  machine: Machine,
  { wire, cells }: { readonly wire: WireFigures | null; readonly cells: readonly Cell[] },
): StoredBaseline {
  const round = (value: number | null | undefined) =>
    value == null ? null : Math.round(value * 100) / 100;
  const counts = (wire?.commands ?? []).map(({ command, roundTrips, stripeCalls }) => ({
    command,
    roundTrips: sumOf(roundTrips),
    stripeCalls: sumOf(stripeCalls),
  }));
  const ratios = cells.flatMap(({ window, users, targets }) => {
    const ours = targets.find(({ name }) => name === 'ours');
    if (ours === undefined) return [];
    const { figures, toFloor } = ours;
    return {
      window,
      users,
      speed: round(toFloor?.speed?.median),
      cpu: round(toFloor?.cpu?.median),
      postgresCpu: round(toFloor?.postgresCpu?.median),
      walRecords: round(figures.walRecords) ?? 0,
      walBytes: Math.round(figures.walBytes),
    };
  });
  return { date: new Date().toISOString().slice(0, 10), machine, counts, ratios };
}

/** Null: there is none. */
export function readStored(file: string): StoredBaseline | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as StoredBaseline;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

/** Replaces what the run has measured, and keeps the rest. */
export function writeStored(file: string, now: StoredBaseline): void {
  const all = merged(now, readStored(file));
  writeFileSync(file, `${JSON.stringify(all, null, 2)}\n`);
}

/** A run over a stored one, of which it may have measured a part. */
export function merged(now: StoredBaseline, stored: StoredBaseline | null): StoredBaseline {
  if (stored === null) return now;
  const counts = stored.counts.map(
    (old) => now.counts.find(({ command }) => command === old.command) ?? old,
  );
  const ratios = stored.ratios.map((old) => now.ratios.find((one) => isSame(one, old)) ?? old);
  return {
    ...now,
    counts: [
      ...counts,
      ...now.counts.filter((one) => counts.every(({ command }) => command !== one.command)),
    ],
    ratios: [...ratios, ...now.ratios.filter((one) => !ratios.some((other) => isSame(other, one)))],
  };
}

function isSame(one: StoredRatios, other: StoredRatios): boolean {
  return one.window === other.window && one.users === other.users;
}

/** This run beside a stored one, as far as they measured the same. */
export function compare(now: StoredBaseline, stored: StoredBaseline): Comparison {
  const lines: string[] = [];
  const grown: string[] = [];
  for (const one of now.counts) {
    const old = stored.counts.find(({ command }) => command === one.command);
    if (old === undefined) continue;
    for (const what of ['roundTrips', 'stripeCalls'] as const) {
      const line = `${one.command}: ${WORDS[what]} ${old[what]} -> ${one[what]}`;
      if (old[what] !== one[what]) lines.push(line);
      if (old[what] < one[what]) grown.push(line);
    }
  }
  for (const one of now.ratios) {
    const old = stored.ratios.find((other) => isSame(other, one));
    if (old === undefined) continue;
    const name = `${one.window} at ${one.users}`;
    const wal = `WAL records ${old.walRecords} -> ${one.walRecords}, bytes ${old.walBytes} -> ${one.walBytes}`;
    const cost = `CPU ${times(old.cpu)} -> ${times(one.cpu)}, Postgres ${times(old.postgresCpu)} -> ${times(one.postgresCpu)}`;
    lines.push(
      `${name}: of the floor's speed ${old.speed ?? '-'} -> ${one.speed ?? '-'}, ${cost}, ${wal}`,
    );
    if (one.walRecords > old.walRecords * (1 + WAL_MARGIN) + 1)
      grown.push(`${name}: WAL records ${old.walRecords} -> ${one.walRecords}`);
  }
  return { lines, grown };
}

const WORDS = { roundTrips: 'round trips', stripeCalls: 'calls of Stripe' } as const;

function times(value: number | null): string {
  return value === null ? '-' : `${value}x`;
}
