/** Narrower than this nothing is gained by lining text up. */
const LEAST_ROOM = 20;

/**
 * Breaks text between words; what follows lines up with where it began, after `from` letters. A word
 * that is longer than a line is broken too. Without columns, in a pipe, lines stay whole.
 */
export function wrap(
  text: string,
  { columns, from }: { readonly columns: number | undefined; readonly from: number },
): string {
  if (columns === undefined || columns - from < LEAST_ROOM) return text;
  // One less: some terminals begin a new line after the last column.
  return wrappedLines(text, columns - from - 1).join(`\n${' '.repeat(from)}`);
}

/** Text as lines of at most `room` letters. */
export function wrappedLines(text: string, room: number): string[] {
  const lines = [''];
  for (const word of text.split(' ').flatMap((one) => pieces(one, room))) {
    const line = lines.at(-1) ?? '';
    if (line === '') lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length <= room) lines[lines.length - 1] += ` ${word}`;
    else lines.push(word);
  }
  return lines;
}

function pieces(word: string, room: number): string[] {
  const cut: string[] = [];
  for (let rest = word; ; rest = rest.slice(room)) {
    cut.push(rest.slice(0, room));
    if (rest.length <= room) return cut;
  }
}

/** Wraps a line that may begin with a name and a gap: what follows lines up behind the gap. */
export function wrapNamed(line: string, columns: number | undefined): string {
  const [start = ''] = /^ {2,}(?:\S+ {2,})?/.exec(line) ?? [];
  return start + wrap(line.slice(start.length), { columns, from: start.length });
}
