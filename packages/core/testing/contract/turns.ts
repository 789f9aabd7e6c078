import type { SharedTurns } from '@campusg-pay/core';
import { describe, expect, it } from 'vitest';
import { got } from './outcome.js';

type TurnsWanted = Parameters<SharedTurns['take']>[0][number];

/**
 * What the shared line of turns must do, said as tests of the port alone, on a machine as slow as it may be.
 *
 * @param makeTurns called once per test, for a line that nobody else uses
 */
export function describeTurnsContract(
  name: string,
  makeTurns: () => Promise<SharedTurns> | SharedTurns,
): void {
  /** So far apart that the second one is never soon. */
  const hourly = (wanted: Partial<TurnsWanted> = {}): TurnsWanted => ({
    limit: 'one',
    spacingMs: 3_600_000,
    urgent: 0,
    others: 0,
    ...wanted,
  });
  const take = async (turns: SharedTurns, ...wanted: TurnsWanted[]) =>
    got(await turns.take(wanted));

  describe(`the shared line of turns: ${name}`, () => {
    it('has a turn at once for whoever comes first, and none soon for who comes then', async () => {
      const turns = await makeTurns();
      expect(await take(turns, hourly({ urgent: 5 }))).toEqual([
        { limit: 'one', count: 1, firstInMs: 0 },
      ]);
      const [later] = await take(turns, hourly({ urgent: 5, others: 5 }));
      expect(later).toMatchObject({ limit: 'one', count: 0 });
    });

    it('gives what is urgent the turns of a second, and others those of a quarter of it', async () => {
      const taken = await take(
        await makeTurns(),
        { limit: 'urgent', spacingMs: 100, urgent: 50, others: 0 },
        { limit: 'others', spacingMs: 100, urgent: 0, others: 50 },
        { limit: 'both', spacingMs: 100, urgent: 2, others: 50 },
        { limit: 'few', spacingMs: 100, urgent: 2, others: 0 },
      );
      expect(new Map(taken.map(({ limit, count }) => [limit, count]))).toEqual(
        new Map([
          ['urgent', 10],
          ['others', 3],
          ['both', 3],
          ['few', 2],
        ]),
      );
    });

    it('goes on behind the last turn that was taken', async () => {
      const turns = await makeTurns();
      await take(turns, { limit: 'one', spacingMs: 900, urgent: 1, others: 0 });
      const [next] = await take(turns, { limit: 'one', spacingMs: 900, urgent: 1, others: 0 });
      expect(next?.count).toBe(1);
      expect(next?.firstInMs).toBeGreaterThanOrEqual(0);
      expect(next?.firstInMs).toBeLessThanOrEqual(900);
    });

    it('moves nothing on for whoever gets none', async () => {
      const turns = await makeTurns();
      await take(turns, { limit: 'one', spacingMs: 900, urgent: 1, others: 0 });
      await take(turns, hourly({ limit: 'one', others: 0 }));
      const [next] = await take(turns, { limit: 'one', spacingMs: 900, urgent: 1, others: 0 });
      expect(next?.count).toBe(1);
    });

    it('gives each turn to one of many who want it at the same moment', async () => {
      const turns = await makeTurns();
      const wanted = [hourly({ limit: 'b', urgent: 3 }), hourly({ limit: 'a', others: 3 })];
      const all = await Promise.all(
        Array.from({ length: 16 }, (_, nth) =>
          take(turns, ...(nth % 2 === 0 ? wanted : [...wanted].reverse())),
        ),
      );
      const counts = (limit: string) =>
        all.flat().reduce((sum, one) => sum + (one.limit === limit ? one.count : 0), 0);
      expect([counts('a'), counts('b')]).toEqual([1, 1]);
    });

    it('keeps each limit apart from the others', async () => {
      const turns = await makeTurns();
      await take(turns, hourly({ urgent: 1 }));
      expect(await take(turns, hourly({ limit: 'two', urgent: 1 }))).toEqual([
        { limit: 'two', count: 1, firstInMs: 0 },
      ]);
      expect(await take(turns)).toEqual([]);
    });
  });
}
