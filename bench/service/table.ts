import type { Cell, CellTarget, Ratio } from './figures.js';
import type { SoakSlice } from './shapes.js';

type Row = readonly string[];

const HEAD: Row = [
  'what',
  'users',
  'who',
  'per s',
  'of floor',
  'p50 ms',
  'p99 ms',
  'CPU ms',
  'Postgres ms',
  'WAL records',
  'WAL bytes',
  'images',
  'Stripe',
  'failed',
  'MB',
];

/** All cells, a line for each target, figures per order or request. */
export function cellTable(cells: readonly Cell[]): string {
  const rows = cells.flatMap((cell) => cell.targets.map((target) => rowOf(cell, target)));
  return tableOf([HEAD, ...rows]);
}

function rowOf({ window, users }: Cell, { name, figures, toFloor }: CellTarget): Row {
  const withRatio = (text: string, ratio: Ratio | null | undefined) =>
    ratio == null ? text : `${text} (${ratio.median.toFixed(1)}x)`;
  return [
    window,
    String(users),
    name,
    figures.perSecond.toFixed(0),
    spread(toFloor?.speed ?? null),
    figures.p50Ms.toFixed(1),
    withRatio(figures.p99Ms.toFixed(1), toFloor?.p99),
    withRatio(figure(figures.cpuMs, 2), toFloor?.cpu),
    withRatio(figure(figures.postgresCpuMs, 2), toFloor?.postgresCpu),
    figures.walRecords.toFixed(1),
    figures.walBytes.toFixed(0),
    figures.walImageBytes.toFixed(0),
    figures.stripeCalls.toFixed(2),
    figures.failed === 0 ? '' : `${(figures.failed * 100).toFixed(1)} %`,
    figure(figures.residentMb, 0),
  ];
}

/** Our figures beside those of the other checkout, round by round; empty where there is none. */
export function beforeTable(cells: readonly Cell[]): string {
  const head = ['ours beside before', 'users', 'speed', 'p99', 'CPU', 'Postgres CPU'];
  const rows = cells.flatMap(({ window, users, targets }) =>
    targets.flatMap(({ toBefore }) =>
      toBefore === null
        ? []
        : [
            [
              window,
              String(users),
              spread(toBefore.speed),
              spread(toBefore.p99),
              spread(toBefore.cpu),
              spread(toBefore.postgresCpu),
            ],
          ],
    ),
  );
  return rows.length === 0 ? '' : tableOf([head, ...rows]);
}

/** Which kinds of records each target wrote for an order or a request, the most first. */
export function kindTable(cells: readonly Cell[]): string {
  const lines = cells.flatMap(({ window, users, targets }) =>
    targets.map(({ name, figures }) => {
      const kinds = Object.entries(figures.walKinds)
        .filter(([, count]) => count >= 0.05)
        .toSorted(([, a], [, b]) => b - a)
        .map(([kind, count]) => `${kind} ${count.toFixed(1)}`);
      return `${window} at ${users}, ${name}: ${kinds.join(', ')}`;
    }),
  );
  return lines.join('\n');
}

/** A line a slice. */
export function soakTable(slices: readonly SoakSlice[]): string {
  const head = ['minute', 'orders', 'per s', 'p99 ms', 'CPU ms', 'Postgres ms', 'WAL', 'MB'];
  const rows = slices.map(({ minute, ordersSoFar, sample }) => {
    const { units, load, cpuMs, postgresCpuMs, wal, residentBytes } = sample;
    const each = (sum: number | null) => figure(sum === null ? null : sum / units, 2);
    return [
      minute.toFixed(1),
      String(ordersSoFar),
      ((units / load.ms) * 1000).toFixed(0),
      load.p99.toFixed(0),
      each(cpuMs),
      each(postgresCpuMs),
      (wal.records / units).toFixed(1),
      figure(residentBytes === null ? null : residentBytes / 1e6, 0),
    ];
  });
  return tableOf([head, ...rows]);
}

/** `0.31 (0.29 to 0.33)`. */
function spread(ratio: Ratio | null): string {
  if (ratio === null) return '';
  const { median, least, most } = ratio;
  return `${median.toFixed(2)} (${least.toFixed(2)} to ${most.toFixed(2)})`;
}

function figure(value: number | null, digits: number): string {
  return value === null ? '-' : value.toFixed(digits);
}

/** Columns as wide as they need; the first line is the head. */
export function tableOf(rows: readonly Row[]): string {
  const [head = []] = rows;
  const widths = head.map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  const lines = rows.map((row) =>
    row
      .map((text, column) => {
        const width = widths[column] ?? 0;
        return column === 0 || head[column] === 'who' ? text.padEnd(width) : text.padStart(width);
      })
      .join('  ')
      .trimEnd(),
  );
  return lines.join('\n');
}
