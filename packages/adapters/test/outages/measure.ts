import type { Answer, Payment } from '@campusg-pay/core';
import type { Result } from 'neverthrow';

/** One command or question, how it ended and how long that took. */
export interface Measured {
  readonly phase: string;
  readonly command: string;
  /** The answer's outcome, `found`, or the type of the refusal or fault. */
  readonly ending: string;
  readonly ms: number;
}

type Answered = Result<Answer | Payment, { readonly type: string }>;

/** Keeps how everything that was asked ended. */
export interface Meter {
  readonly all: readonly Measured[];
  /** Asks, and keeps how it ended under the phase that it began in. */
  ask<Told extends Answered>(command: string, question: () => Promise<Told>): Promise<Told>;
  begin(phase: string): void;
  table(): string;
}

export function createMeter(): Meter {
  const all: Measured[] = [];
  let now = '';
  return {
    all,
    begin: (phase) => {
      now = phase;
    },
    ask: async (command, question) => {
      const phase = now;
      const began = performance.now();
      const told = await question();
      all.push({ phase, command, ending: endingOf(told), ms: performance.now() - began });
      return told;
    },
    table: () => tableOf(all),
  };
}

function endingOf(told: Answered): string {
  if (told.isErr()) return told.error.type;
  return 'outcome' in told.value ? told.value.outcome : 'found';
}

/** Milliseconds; 0 for nothing at all. */
export function median(times: readonly number[]): number {
  return [...times].sort((one, other) => one - other)[Math.floor(times.length / 2)] ?? 0;
}

function tableOf(all: readonly Measured[]): string {
  const rows = grouped(all, ({ phase, command }) => `${phase}\n${command}`).map(([name, group]) => {
    const times = group.map(({ ms }) => ms);
    const endings = grouped(group, ({ ending }) => ending);
    const counted = endings.map(([ending, { length }]) => `${ending} ${length}`).sort();
    const [phase = '', command = ''] = name.split('\n');
    const latency = [median(times), Math.max(...times)].map((ms) => ms.toFixed(0).padStart(6));
    return [phase, command, String(group.length).padStart(5), ...latency, counted.join(', ')];
  });
  const head = ['phase', 'command', 'asked', 'median', '   max', 'endings (latency in ms)'];
  const widths = [30, 10, 6, 7, 7, 0];
  return [head, ...rows]
    .map((row) => row.map((text, n) => text.padEnd(widths[n] ?? 0)).join(' '))
    .join('\n');
}

function grouped<One>(all: readonly One[], nameOf: (one: One) => string): [string, One[]][] {
  const groups = new Map<string, One[]>();
  for (const one of all) {
    const name = nameOf(one);
    groups.set(name, [...(groups.get(name) ?? []), one]);
  }
  return [...groups];
}
