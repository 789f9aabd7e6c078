import {
  type DatabaseFault,
  OTHERS_WITHIN_MS,
  type SharedTurns,
  type TurnsTaken,
  type TurnsWanted,
  URGENT_WITHIN_MS,
} from '@campusg-pay/core';
import { err, ok, type Result } from 'neverthrow';

const AWAY: DatabaseFault = {
  type: 'DatabaseUnavailable',
  reason: 'gone',
  outcome: 'not-executed',
};

/** The shared line of turns in memory, by the time that `now` tells in milliseconds. */
export function memoryTurns(now: () => number): {
  readonly turns: SharedTurns;
  /** What is answered while the database is away. */
  away(): Promise<Result<readonly TurnsTaken[], DatabaseFault>>;
} {
  const nextAt = new Map<string, number>();
  const take = ({ limit, spacingMs, urgent, others }: TurnsWanted): TurnsTaken => {
    const at = now();
    const first = Math.max(nextAt.get(limit) ?? at, at);
    const room = (withinMs: number) => Math.max(0, Math.ceil((at + withinMs - first) / spacingMs));
    const taken = Math.min(urgent, room(URGENT_WITHIN_MS));
    const count = taken + Math.min(others, Math.max(0, room(OTHERS_WITHIN_MS) - taken));
    nextAt.set(limit, first + count * spacingMs);
    return { limit, count, firstInMs: first - at };
  };
  return {
    turns: { take: async (wanted) => ok(wanted.map(take)) },
    away: async () => err(AWAY),
  };
}
