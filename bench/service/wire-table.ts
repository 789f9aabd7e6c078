import { sumOf, type WireFigures } from './exact-counts.js';
import { tableOf } from './table.js';
import type { RoundTrips } from './wire-counter.js';

/** What each command sends: whole numbers, by the names of statements. */
export function wireTable({ commands, idle, shared }: WireFigures): string {
  const rowsOf = (kind: 'stripeCalls' | 'roundTrips' | 'timers') =>
    [...new Set(commands.flatMap((one) => Object.keys(one[kind])))]
      .sort()
      .map((name) => [`  ${name}`, ...commands.map((one) => String(one[kind][name] ?? ''))]);
  const row = (name: string, of: (one: (typeof commands)[number]) => number | string) => [
    name,
    ...commands.map((one) => String(of(one))),
  ];
  const rows = [
    row('one command alone', ({ command }) => command),
    row('calls of Stripe', ({ stripeCalls }) => sumOf(stripeCalls)),
    ...rowsOf('stripeCalls'),
    row('round trips to Postgres', ({ roundTrips }) => sumOf(roundTrips)),
    ...rowsOf('roundTrips'),
    row('beside them, by timers too', ({ timers }) => sumOf(timers)),
    ...rowsOf('timers'),
  ];
  return [
    tableOf(rows),
    '',
    `An order with ${shared.users} users: ${rateWords(shared.roundTrips)}`,
    `Idle, a second: ${rateWords(idle)}`,
  ].join('\n');
}

function rateWords(rates: RoundTrips): string {
  const most = Object.entries(rates)
    .filter(([, rate]) => rate >= 0.005)
    .toSorted(([, a], [, b]) => b - a)
    .map(([name, rate]) => `${name} ${rate.toFixed(2)}`);
  return `${sumOf(rates).toFixed(2)} round trips (${most.join(', ')})`;
}
