import { splitAt, widthOf } from './text-width.js';

/** Narrower than this nothing is gained by lining text up. */
const LEAST_ROOM = 20;

/**
 * Breaks text between words into lines; what follows the first lines up with where that began, after
 * `from` letters. A word that is longer than a line is broken too. Without columns, in a pipe, it stays one
 * line.
 */
export function wrap(
  text: string,
  { columns, from }: { readonly columns: number | undefined; readonly from: number },
): readonly string[] {
  if (columns === undefined || columns - from < LEAST_ROOM) return [text];
  // One less: some terminals begin a new line after the last column.
  const [first = '', ...rest] = wrappedLines(text, columns - from - 1);
  return [first, ...rest.map((line) => ' '.repeat(from) + line)];
}

/** The same behind what the first line begins with. */
export function wrapBehind(
  start: string,
  text: string,
  room: { readonly columns: number | undefined; readonly from: number },
): readonly string[] {
  const [first = '', ...rest] = wrap(text, room);
  return [start + first, ...rest];
}

/** Text as lines of at most `room` columns. */
export function wrappedLines(text: string, room: number): string[] {
  const lines = [''];
  let used = 0;
  for (const word of text.split(' ').flatMap((one) => pieces(one, room))) {
    const width = widthOf(word);
    const isFirst = lines.at(-1) === '';
    if (!isFirst && used + 1 + width > room) lines.push(word);
    else lines[lines.length - 1] += isFirst ? word : ` ${word}`;
    used = lines.at(-1) === word ? width : used + 1 + width;
  }
  return lines;
}

function pieces(word: string, room: number): string[] {
  if (widthOf(word) <= room) return [word];
  const cut: string[] = [];
  let rest = word;
  while (rest !== '') {
    const [piece, after] = splitAt(rest, room);
    cut.push(piece);
    rest = after;
  }
  return cut;
}

/** Wraps a line that may begin with a name and a gap: what follows lines up behind the gap. */
export function wrapNamed(line: string, columns: number | undefined): readonly string[] {
  const [start = ''] = /^ {2,}(?:\S+ {2,})?/.exec(line) ?? [];
  return wrapBehind(start, line.slice(start.length), { columns, from: start.length });
}
