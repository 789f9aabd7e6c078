import { describe, expect, it } from 'vitest';
import { CELLS, endingOf } from './cells.js';
import { runCell } from './run-cell.js';

/** One of the fault matrix, which is run whole by `npm run test:long`. */
const [sample] = CELLS.filter(
  ({ command, kill }) => command === 'release' && kill.point === 'in call',
);

describe('a process killed while Stripe captures', () => {
  it('leaves an order that heals by itself', async () => {
    if (sample === undefined) throw new Error('the matrix has no such cell');
    const { signal, healed, broken } = await runCell(sample);
    expect(signal).toBe('SIGKILL');
    expect(healed).toEqual(endingOf(sample));
    expect(broken).toEqual([]);
  });
});
