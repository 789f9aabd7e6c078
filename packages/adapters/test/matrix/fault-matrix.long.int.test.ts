import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CELLS, type Cell, endingOf, ROWS } from './cells.js';
import { type CellResult, runCell } from './run-cell.js';

/** Processes at once; each is a whole service that starts from nothing. */
const AT_ONCE = 3;

const results = new Map<Cell, CellResult>();

beforeAll(async () => {
  const waiting = [...CELLS];
  const work = async () => {
    for (let cell = waiting.shift(); cell !== undefined; cell = waiting.shift()) {
      results.set(cell, await runCell(cell));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}, 600_000);

function resultOf(cell: Cell): CellResult {
  const result = results.get(cell);
  if (result === undefined) throw new Error('the cell was not run');
  return result;
}

describe.each(Object.keys(ROWS))('a process killed during %s', (command) => {
  const cells = CELLS.filter((cell) => cell.command === command);
  it.each(cells)('$kill.point ($kill.nth) leaves an order that heals by itself', (cell) => {
    const { signal, healed, broken } = resultOf(cell);
    expect(signal).toBe('SIGKILL');
    expect(healed).toEqual(endingOf(cell));
    expect(broken).toEqual([]);
  });
});

afterAll(() => {
  const rows = CELLS.map((cell) => {
    const { signal, left, healed } = resultOf(cell);
    const { point, nth } = cell.kill;
    const columns = [cell.command, nth > 1 ? `${point} (${nth})` : point, signal ?? 'not killed'];
    const states = [left, healed].map(({ payment, intent, transfer = '' }) =>
      `${payment} / ${intent} ${transfer}`.trim(),
    );
    return [...columns, ...states];
  });
  const table = [['command', 'killed', 'by', 'left (record / Stripe)', 'healed'], ...rows];
  const widths = [35, 17, 10, 60, 60];
  const lines = table.map((row) => row.map((text, n) => text.padEnd(widths[n] ?? 0)).join(' '));
  console.log(`\n${lines.join('\n')}\n`);
});
