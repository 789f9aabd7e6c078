import { type DatabaseFault, type SharedTurns, TURNS_WITHIN_MS } from '@campusg-pay/core';
import { err, ok } from 'neverthrow';

type Take = SharedTurns['take'];

const AWAY: DatabaseFault = {
  type: 'DatabaseUnavailable',
  reason: 'gone',
  outcome: 'not-executed',
};

/** The shared line of turns in memory, by the time that `now` tells in milliseconds. */
export function memoryTurns(now: () => number): {
  readonly turns: SharedTurns;
  /** What is answered while the database is away. */
  away(): ReturnType<Take>;
} {
  const nextAt = new Map<string, number>();
  const take = ({ limit, spacingMs, urgent, others }: Parameters<Take>[0][number]) => {
    const at = now();
    const first = Math.max(nextAt.get(limit) ?? at, at);
    const room = (withinMs: number) => Math.max(0, Math.ceil((at + withinMs - first) / spacingMs));
    const taken = Math.min(urgent, room(TURNS_WITHIN_MS.urgent));
    const count = taken + Math.min(others, Math.max(0, room(TURNS_WITHIN_MS.others) - taken));
    nextAt.set(limit, first + count * spacingMs);
    return { limit, count, firstInMs: first - at };
  };
  return {
    turns: { take: async (wanted) => ok(wanted.map(take)) },
    away: async () => err(AWAY),
  };
}
