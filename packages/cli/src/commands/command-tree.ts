import { DAY_MS } from '@campusg-pay/core';
import { type Command, InvalidArgumentError } from 'commander';

/** Keeps the exit code of the one command that runs. */
export type Ends = <Args extends unknown[]>(
  run: (...args: Args) => Promise<number>,
) => (...args: Args) => Promise<void>;

/** A command of this name below another one. */
export function command(parent: Command, usage: string): Command {
  const made = parent.command(usage);
  return made.showHelpAfterError(`(${pathOf(made)} --help shows what there is)`);
}

/** The names of a command and those above it, as they are typed. */
function pathOf(one: Command): string {
  return one.parent === null ? one.name() : `${pathOf(one.parent)} ${one.name()}`;
}

/** The end of every help. */
export function example(...lines: readonly string[]): string {
  return `\nExample:\n${lines.map((line) => `  ${line}`).join('\n')}`;
}

/** `--json` on a command that tells something. */
export function withJson(one: Command): Command {
  return one.option('--json', 'for machines: JSON on stdout');
}

/** What every command that changes something takes. */
export function withActOptions(one: Command): Command {
  return withJson(one)
    .option('--reason <text>', 'why, for the records (asked for at a terminal)')
    .option('--operator <name>', 'who, for the records (default: OPERATOR, or your user name)')
    .option('--yes', 'do not ask')
    .option('--dry-run', 'only tell what would be done');
}

/** A number of things. */
export function countUpTo(most: number): (text: string) => number {
  return (text) => {
    const count = /^\d{1,9}$/.test(text) ? Number(text) : 0;
    if (count >= 1 && count <= most) return count;
    throw new InvalidArgumentError(`It must be a whole number from 1 to ${most}.`);
  };
}

/** An amount in minor units, exactly. */
export function minorUnitsOf(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number of minor units, e.g. cents.');
}

/** Words of a closed list, behind the option or with commas between them; it may stand again. */
export function oneMoreOf(
  words: readonly string[],
  spell: (text: string) => string,
): (text: string, before: readonly string[] | undefined) => readonly string[] {
  return (text, before) => {
    const given = spell(text).split(',');
    const unknown = given.find((word) => !words.includes(word));
    if (unknown === undefined) return [...(before ?? []), ...given];
    throw new InvalidArgumentError(`It must be one of ${words.join(', ')}.`);
  };
}

/** A point in time: `2026-11-26`, `2026-11-26T13:00Z`, or how long ago: `30m`, `12h`, `7d`. */
export function timeOf(text: string): Date {
  const ago = /^(\d{1,5})([mhd])$/.exec(text);
  if (ago !== null) return new Date(Date.now() - Number(ago[1]) * (UNIT_MS[ago[2] ?? ''] ?? 0));
  const iso = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$/.test(text);
  const time = new Date(text);
  // 2026-02-30 would be read as a day in March.
  const real = !Number.isNaN(time.getTime()) && isRealDay(text.slice(0, 10));
  if (iso && real) return time;
  throw new InvalidArgumentError(
    'It must be a day (2026-11-26), a time with zone (2026-11-26T13:00Z), or an age (30m, 12h, 7d).',
  );
}

/** A point in time that {@link timeOf} reads, in the past, and at most so many days ago. */
export function timeWithin(days: number): (text: string) => Date {
  return (text) => {
    const time = timeOf(text);
    const agoMs = Date.now() - time.getTime();
    if (agoMs >= 0 && agoMs <= days * DAY_MS + SLACK_MS) return time;
    throw new InvalidArgumentError(`It must be in the past, and at most ${days}d ago.`);
  };
}

/** `30d` is exactly 30 days before it was read, which was a moment ago. */
const SLACK_MS = 60_000;

function isRealDay(day: string): boolean {
  const read = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(read.getTime()) && read.toISOString().startsWith(day);
}

const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: DAY_MS };
