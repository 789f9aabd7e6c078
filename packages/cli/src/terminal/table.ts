import Table from 'cli-table3';
import { wrappedLines } from './line-wrap.js';
import { clean, paint, type Style } from './output.js';

/** One column of a table. */
export interface Column<Row> {
  readonly title: string;
  readonly value: (row: Row) => string;
  readonly align?: 'right';
  /** May be cut to this many letters where the terminal is narrow. */
  readonly least?: number;
  /** How it is cut, if not to its beginning and its end; may answer several lines. */
  readonly cut?: (text: string, room: number) => string;
  /** Left out where cutting is not enough; the highest goes first. */
  readonly spare?: number;
  readonly style?: (row: Row) => Style | undefined;
}

const GAP = 2;

/** Rows under a head, in columns that fit into `width` letters; undefined: as wide as they are. */
export function table<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  width: number | undefined,
): string {
  const texts = new Map(columns.map((one) => [one, rows.map((row) => clean(one.value(row)))]));
  const natural = (one: Column<Row>) =>
    Math.max(one.title.length, ...(texts.get(one) ?? []).map((text) => text.length));
  const fitted = intoWidth(
    columns.map((column) => ({ column, width: natural(column) })),
    width,
  );
  const drawn = new Table({
    head: fitted.map(({ column }) => paint('bold', column.title)),
    colAligns: fitted.map(({ column }) => column.align ?? 'left'),
    colWidths: fitted.map((one) => one.width + GAP),
    chars: NO_LINES,
    style: { 'padding-left': 0, 'padding-right': GAP, head: [], border: [], compact: true },
  });
  for (const [at, row] of rows.entries()) {
    drawn.push(
      fitted.map(({ column, width: room }) => {
        const text = (column.cut ?? shorten)(texts.get(column)?.[at] ?? '', room);
        const style = column.style?.(row);
        return style === undefined ? text : paint(style, text);
      }),
    );
  }
  const lines = drawn.toString().split('\n');
  return lines.map((line) => line.trimEnd()).join('\n');
}

interface Fitted<Row> {
  readonly column: Column<Row>;
  readonly width: number;
}

/** Cuts what may be cut, the widest first; then leaves out what can be spared. */
function intoWidth<Row>(columns: readonly Fitted<Row>[], width: number | undefined): Fitted<Row>[] {
  let left = [...columns];
  if (width === undefined) return left;
  for (;;) {
    const over = totalOf(left) - width;
    if (over <= 0) return left;
    const cut = narrowed(left, over);
    if (totalOf(cut) <= width) return cut;
    const [first] = left
      .filter(({ column }) => column.spare !== undefined)
      .toSorted((a, b) => (b.column.spare ?? 0) - (a.column.spare ?? 0));
    if (first === undefined) return cut;
    left = left.filter((one) => one !== first);
  }
}

function totalOf(columns: readonly { readonly width: number }[]): number {
  return columns.reduce((sum, { width }) => sum + width + GAP, -GAP);
}

function narrowed<Row>(columns: readonly Fitted<Row>[], over: number): Fitted<Row>[] {
  const cut = columns.map((one) => ({ ...one }));
  for (let rest = over; rest > 0; rest -= 1) {
    const [widest] = cut
      .filter(({ column, width }) => width > (column.least ?? Number.POSITIVE_INFINITY))
      .toSorted((a, b) => b.width - a.width);
    if (widest === undefined) break;
    widest.width -= 1;
  }
  return cut;
}

/** With its beginning and its end, by which people tell ids apart. */
export function shorten(text: string, room: number): string {
  if (text.length <= room) return text;
  const end = Math.floor((room - 1) / 2);
  return `${text.slice(0, room - 1 - end)}…${end === 0 ? '' : text.slice(-end)}`;
}

/** An id that somebody gave out: what its kind is, and its end, by which those of a kind differ. */
export function shortenId(text: string, room: number): string {
  const [kind = ''] = /^[a-z]{1,4}_/.exec(text) ?? [];
  const end = room - kind.length - 1;
  return text.length <= room || end < 1 ? shorten(text, room) : `${kind}…${text.slice(-end)}`;
}

/** Prose is told whole, in as many lines as it takes: without its middle it may say the opposite. */
export function wrapped(text: string, room: number): string {
  return wrappedLines(text, room).join('\n');
}

const NO_LINES = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  right: '',
  'right-mid': '',
  mid: '',
  'mid-mid': '',
  middle: '',
};
