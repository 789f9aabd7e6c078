import { randomInt } from 'node:crypto';
import { styleText } from 'node:util';
import { wrapNamed } from './line-wrap.js';
import { printable, printableJson } from './printable.js';

/** A colour or weight, as `util.styleText` names it. */
export type Style = Parameters<typeof styleText>[0];

let reader = true;

/** Whoever read our output has left (`| head -1`); what is begun goes on without a word. */
export function readerLeft(): void {
  reader = false;
}

/** Whether anybody still reads stdout. */
export function isRead(): boolean {
  return reader;
}

/** Whether a person sees what goes to stdout. */
export function isWatched(): boolean {
  return process.stdout.isTTY === true;
}

/** How wide the terminal is; undefined in a pipe, where lines stay whole. */
export function terminalWidth(): number | undefined {
  if (!isWatched()) return undefined;
  // A terminal that was just made says 0.
  return process.stdout.columns > 0 ? process.stdout.columns : 80;
}

/**
 * How our own colours begin until they are written: with a number that no text from outside can know,
 * so that its colours are told from ours. Widths are reckoned as if it were a colour like any other.
 */
const MARK = `\u001b[${[1, 2, 3].map(() => randomInt(1_000, 10_000)).join(';')};`;

/** In colour where the terminal has it and NO_COLOR does not forbid it. */
export function paint(style: Style, text: string): string {
  if (!isWatched() || !process.stdout.hasColors()) return text;
  return styleText(style, clean(text)).replaceAll('\u001b[', MARK);
}

/** One line of text and our own colours: whatever else it holds shows as what can't be shown. */
export function clean(text: string): string {
  return text.split(MARK).map(printable).join(MARK);
}

function written(line: string): string {
  return clean(line).replaceAll(MARK, '\u001b[');
}

/**
 * A line of what was asked for, or several, on stdout. Waits for a slow reader. A line feed within a
 * line is no new line: everything printed goes through here, and what stems from data can't pose as more.
 */
export async function print(text: string | readonly string[] = ''): Promise<void> {
  const lines = typeof text === 'string' ? [text] : text;
  await write(lines.map((line) => `${written(line)}\n`).join(''));
}

/** Draws a screen over the one before. */
export function redraw(lines: readonly string[]): Promise<void> {
  // Home, then each line to its end, then what is left below: drawing over does not flicker.
  const screen = lines.map((line) => `${written(line)}\u001b[K`).join('\n');
  return write(`\u001b[H${screen}\u001b[J\n`);
}

async function write(text: string): Promise<void> {
  wrote = true;
  if (!reader || process.stdout.write(text)) return;
  await new Promise<void>((resolve) => {
    process.stdout.once('drain', resolve);
    process.stdout.once('error', () => resolve());
    process.stdout.once('close', () => resolve());
  });
}

let wrote = false;

/** Whether anything was asked for and told. */
export function hasWritten(): boolean {
  return wrote;
}

/** One JSON document, for machines. */
export function printJson(document: object): Promise<void> {
  return write(`${printableJson(JSON.stringify(document, null, 2))}\n`);
}

/** One JSON document of many, a line each. */
export function printJsonLine(document: object): Promise<void> {
  return write(`${printableJson(JSON.stringify(document))}\n`);
}

/** Everything that is not what was asked for, on stderr: a line, or several. */
export function tell(text: string | readonly string[]): void {
  const { isTTY, columns } = process.stderr;
  const width = isTTY && columns > 0 ? columns : undefined;
  for (const line of typeof text === 'string' ? [text] : text)
    process.stderr.write(`${wrapNamed(clean(line), width).map(written).join('\n')}\n`);
}
