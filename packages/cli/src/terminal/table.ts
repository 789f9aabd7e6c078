import { wrappedLines } from './line-wrap.js';
import { clean, paint, type Style } from './output.js';
import { endOf, splitAt, widthOf } from './text-width.js';

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

/** Lines: rows under a head, in columns that fit into `width` letters; undefined: as wide as they are. */
export function table<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  width: number | undefined,
): readonly string[] {
  const texts = new Map(columns.map((one) => [one, rows.map((row) => clean(one.value(row)))]));
  const fitted = intoWidth(
    columns.map((column) => ({ column, width: naturalWidth(column, texts.get(column) ?? []) })),
    width,
  );
  const head = fitted.map(({ column, width: room }) => ({
    lines: [column.title],
    room,
    align: column.align,
    style: 'bold' as const,
  }));
  const body = rows.map((row, at) =>
    fitted.map(({ column, width: room }) => {
      const text = (column.cut ?? shorten)(texts.get(column)?.[at] ?? '', room);
      return { lines: text.split('\n'), room, align: column.align, style: column.style?.(row) };
    }),
  );
  return [head, ...body].flatMap(drawn);
}

function naturalWidth<Row>({ title }: Column<Row>, texts: readonly string[]): number {
  return texts.reduce((most, text) => Math.max(most, widthOf(text)), title.length);
}

interface Cell {
  readonly lines: readonly string[];
  readonly room: number;
  readonly align: 'right' | undefined;
  readonly style: Style | undefined;
}

/** A row, in as many lines as its tallest cell has. */
function drawn(cells: readonly Cell[]): string[] {
  const height = Math.max(...cells.map(({ lines }) => lines.length));
  return Array.from({ length: height }, (_, at) =>
    cells
      .map(({ lines, room, align, style }) => {
        const text = lines[at] ?? '';
        const gap = ' '.repeat(Math.max(0, room - widthOf(text)));
        const shown = style === undefined || text === '' ? text : paint(style, text);
        return align === 'right' ? gap + shown : shown + gap;
      })
      .join(' '.repeat(GAP))
      .trimEnd(),
  );
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
  for (let rest = over; rest > 0; ) {
    const [widest, next] = cut
      .filter(({ column, width }) => width > (column.least ?? Number.POSITIVE_INFINITY))
      .toSorted((a, b) => b.width - a.width);
    if (widest === undefined) break;
    // Down to the next widest at once, then letter by letter.
    const least = Math.max(widest.column.least ?? 0, next?.width ?? 0);
    const less = Math.max(1, Math.min(rest, widest.width - least));
    widest.width -= less;
    rest -= less;
  }
  return cut;
}

/** With its beginning and its end, by which people tell ids apart. */
export function shorten(text: string, room: number): string {
  if (widthOf(text) <= room) return text;
  const end = Math.floor((room - 1) / 2);
  return `${splitAt(text, room - 1 - end)[0]}…${endOf(text, end)}`;
}

/** An id that somebody gave out: what its kind is, and its end, by which those of a kind differ. */
export function shortenId(text: string, room: number): string {
  const [kind = ''] = /^[a-z]{1,4}_/.exec(text) ?? [];
  const end = room - kind.length - 1;
  return widthOf(text) <= room || end < 1 ? shorten(text, room) : `${kind}…${endOf(text, end)}`;
}

/** Prose is told whole, in as many lines as it takes: without its middle it may say the opposite. */
export function wrapped(text: string, room: number): string {
  return wrappedLines(text, room).join('\n');
}
