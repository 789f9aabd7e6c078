import { describe, expect, it } from 'vitest';
import { compare, merged, type StoredBaseline } from '../../../bench/service/stored-baseline.js';

const baseline = (roundTrips: number, walRecords: number, speed: number): StoredBaseline => ({
  date: '2026-01-05',
  machine: { cores: 2, node: 'v20.20.2', postgres: '18.4', poolSize: 10 },
  counts: [{ command: 'release', roundTrips, stripeCalls: 1 }],
  ratios: [
    {
      window: 'order',
      users: 32,
      speed,
      cpu: 5,
      postgresCpu: 4,
      walRecords,
      walBytes: 9_000,
    },
  ],
});

describe('a run beside the stored baseline', () => {
  it('has grown where a command sends more', () => {
    expect(compare(baseline(6, 80, 0.3), baseline(5, 80, 0.3)).grown).toEqual([
      'release: round trips 5 -> 6',
    ]);
  });

  it('has grown where an order writes a tenth more to the log', () => {
    expect(compare(baseline(5, 90, 0.3), baseline(5, 80, 0.3)).grown).toEqual([
      'order at 32: WAL records 80 -> 90',
    ]);
  });

  it('has not grown by being slower, by sending less, or by what pages happen to do', () => {
    expect(compare(baseline(4, 85, 0.1), baseline(5, 80, 0.3)).grown).toEqual([]);
  });

  it('tells what differs', () => {
    expect(compare(baseline(4, 60, 0.4), baseline(5, 80, 0.3)).lines).toEqual([
      'release: round trips 5 -> 4',
      "order at 32: of the floor's speed 0.3 -> 0.4, CPU 5x -> 5x, Postgres 4x -> 4x, WAL records 80 -> 60, bytes 9000 -> 9000",
    ]);
  });

  it('leaves out what only one of them measured', () => {
    const other = { ...baseline(9, 999, 0.3), counts: [], ratios: [] };
    expect(compare(baseline(9, 999, 0.3), other)).toEqual({ lines: [], grown: [] });
  });
});

describe('a run that is stored', () => {
  it('replaces what it has measured and keeps the rest', () => {
    const stored = baseline(5, 80, 0.3);
    const other = stored.ratios.map((one) => ({ ...one, users: 64 }));
    const both = merged(
      { ...baseline(4, 60, 0.4), counts: [] },
      { ...stored, ratios: [...other, ...stored.ratios] },
    );
    expect(both.counts).toEqual(stored.counts);
    expect(both.ratios).toEqual([...other, ...baseline(4, 60, 0.4).ratios]);
  });

  it('is all there is where nothing was stored', () => {
    expect(merged(baseline(4, 60, 0.4), null)).toEqual(baseline(4, 60, 0.4));
  });
});
