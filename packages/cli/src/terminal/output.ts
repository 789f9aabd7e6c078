import { styleText } from 'node:util';
import { wrapNamed } from './line-wrap.js';

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

/** In colour where the terminal has it and NO_COLOR does not forbid it. */
export function paint(style: Style, text: string): string {
  return isWatched() && process.stdout.hasColors() ? styleText(style, text) : text;
}

/** A line of what was asked for, on stdout. Waits for a slow reader. */
export async function print(line = ''): Promise<void> {
  if (!reader || process.stdout.write(`${line}\n`)) return;
  await new Promise<void>((resolve) => {
    process.stdout.once('drain', resolve);
    process.stdout.once('error', () => resolve());
    process.stdout.once('close', () => resolve());
  });
}

/** One JSON document, for machines. */
export function printJson(document: object): Promise<void> {
  return print(JSON.stringify(document, null, 2));
}

/** One JSON document of many, a line each. */
export function printJsonLine(document: object): Promise<void> {
  return print(JSON.stringify(document));
}

/** Everything that is not what was asked for, on stderr. */
export function tell(line: string): void {
  const { isTTY, columns } = process.stderr;
  process.stderr.write(`${wrapNamed(line, isTTY && columns > 0 ? columns : undefined)}\n`);
}

/** Text from a record can neither break out of its line nor command the terminal. */
export function clean(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\uFFFD');
}
