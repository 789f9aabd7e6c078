import type { Sample } from './sampling.js';
import type { TargetName } from './world.js';

/** What one unit (an order, or a request) took; medians over the rounds. Null: not to be had here. */
export interface TargetFigures {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuMs: number | null;
  readonly postgresCpuMs: number | null;
  readonly doubleCpuMs: number | null;
  readonly loadCpuMs: number | null;
  readonly walRecords: number;
  readonly walBytes: number;
  readonly walImageBytes: number;
  readonly walKinds: Readonly<Record<string, number>>;
  readonly stripeCalls: number;
  /** The share of the requests that was answered otherwise than well. */
  readonly failed: number;
  /** Of the whole process, at the end of the window. */
  readonly residentMb: number | null;
}

/** A figure beside another's of the same round. */
export interface Ratio {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

export interface Cell {
  readonly window: string;
  readonly users: number;
  readonly targets: readonly CellTarget[];
}

export interface CellTarget {
  readonly name: TargetName;
  readonly figures: TargetFigures;
  /** Null for the floor itself. */
  readonly toFloor: Beside | null;
  /** Of `ours`, where another checkout is measured too. */
  readonly toBefore: Beside | null;
}

/** The speed is better when it is more, the others when they are less. */
export interface Beside {
  readonly speed: Ratio | null;
  readonly p99: Ratio | null;
  readonly cpu: Ratio | null;
  readonly postgresCpu: Ratio | null;
}

/** All samples, by window and number of users. */
export function cellsOf(samples: readonly Sample[]): readonly Cell[] {
  const groups = new Map<string, Sample[]>();
  for (const one of samples) {
    const key = `${one.window} ${one.users}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()].map(cellOf);
}

function cellOf(samples: readonly Sample[]): Cell {
  const [first] = samples as readonly [Sample];
  const names = [...new Set(samples.map(({ target }) => target))];
  const of = (name: TargetName) =>
    samples.filter(({ target }) => target === name).toSorted((a, b) => a.round - b.round);
  const beside = (name: TargetName, other: TargetName): Beside | null => {
    if (name === other || !names.includes(other)) return null;
    const ratio = (figure: (one: Sample) => number | null) => ratioOf(of(name), of(other), figure);
    return {
      speed: ratio((one) => one.units / one.load.ms),
      p99: ratio((one) => one.load.p99),
      cpu: ratio((one) => one.cpuMs),
      postgresCpu: ratio((one) => one.postgresCpuMs),
    };
  };
  const targets = names.map((name) => ({
    name,
    figures: figuresOf(of(name)),
    toFloor: beside(name, 'floor'),
    toBefore: name === 'ours' ? beside(name, 'before') : null,
  }));
  return { window: first.window, users: first.users, targets };
}

function figuresOf(samples: readonly Sample[]): TargetFigures {
  const each = (figure: (one: Sample) => number | null) => median(samples.map(figure));
  const perUnit = (figure: (one: Sample) => number | null) =>
    each((one) => {
      const sum = figure(one);
      return sum === null ? null : sum / one.units;
    });
  const kinds = new Set(samples.flatMap(({ wal }) => Object.keys(wal.kinds)));
  return {
    perSecond: each(({ units, load }) => (units / load.ms) * 1000) ?? 0,
    p50Ms: each(({ load }) => load.p50) ?? 0,
    p99Ms: each(({ load }) => load.p99) ?? 0,
    cpuMs: perUnit(({ cpuMs }) => cpuMs),
    postgresCpuMs: perUnit(({ postgresCpuMs }) => postgresCpuMs),
    doubleCpuMs: perUnit(({ doubleCpuMs }) => doubleCpuMs),
    loadCpuMs: perUnit(({ load }) => load.cpuMs),
    walRecords: perUnit(({ wal }) => wal.records) ?? 0,
    walBytes: perUnit(({ wal }) => wal.bytes) ?? 0,
    walImageBytes: perUnit(({ wal }) => wal.imageBytes) ?? 0,
    walKinds: Object.fromEntries(
      [...kinds].map((kind) => [kind, perUnit(({ wal }) => wal.kinds[kind] ?? 0) ?? 0]),
    ),
    stripeCalls: perUnit(({ stripeCalls }) => sum(Object.values(stripeCalls))) ?? 0,
    failed: each(({ load }) => load.failures / load.requests) ?? 0,
    residentMb: each((one) => (one.residentBytes === null ? null : one.residentBytes / 1e6)),
  };
}

/** Round by round, since a busy machine is busy for both. */
function ratioOf(
  own: readonly Sample[],
  others: readonly Sample[],
  figure: (one: Sample) => number | null,
): Ratio | null {
  const ratios = own.flatMap((one) => {
    const other = others.find(({ round }) => round === one.round);
    const [above, below] = [figure(one), other === undefined ? null : figure(other)];
    return above === null || below === null || below === 0 ? [] : [above / below];
  });
  const middle = median(ratios);
  if (middle === null) return null;
  return { median: middle, least: Math.min(...ratios), most: Math.max(...ratios) };
}

/** Null where one of them is not known, and of none. */
export function median(values: readonly (number | null)[]): number | null {
  const known = values.filter((one) => one !== null).toSorted((a, b) => a - b);
  if (known.length === 0 || known.length < values.length) return null;
  const middle = Math.floor(known.length / 2);
  const [low, high] = [known[middle - 1], known[middle]];
  if (known.length % 2 === 1) return high ?? null;
  return ((low ?? 0) + (high ?? 0)) / 2;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, one) => total + one, 0);
}
