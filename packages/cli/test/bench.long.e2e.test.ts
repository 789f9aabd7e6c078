import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { newFolder } from './cli.js';

/** It starts seven programs and asks some hundred times. */
const LONGEST_MS = 300_000;

const root = fileURLToPath(new URL('../../..', import.meta.url));

interface Counts {
  readonly command: string;
  readonly stripeCalls: Readonly<Record<string, number>>;
  readonly roundTrips: Readonly<Record<string, number>>;
}

interface Cell {
  readonly window: string;
  readonly targets: readonly {
    readonly name: string;
    readonly figures: { readonly stripeCalls: number; readonly failed: number };
  }[];
}

interface Figures {
  readonly wire: { readonly commands: readonly Counts[] } | null;
  readonly cells: readonly Cell[];
}

/** What a run of a tiny size found. It is compared with nothing: that is done here. */
async function bench(...args: readonly string[]): Promise<Figures> {
  const folder = await newFolder();
  const json = join(folder, 'figures.json');
  const size = ['--users', '4', '--orders', '24', '--rounds', '1'];
  const files = ['--json', json, '--baseline', join(folder, 'none.json')];
  // Nothing of the shell that runs the tests: it may be configured.
  const env = { PATH: process.env.PATH, HOME: process.env.HOME };
  const command = ['run', '--silent', 'bench', '--', ...size, ...files, ...args];
  await promisify(execFile)('npm', command, { cwd: root, env });
  return JSON.parse(await readFile(json, 'utf8'));
}

/** How often Stripe is called for an order or a request, by window and target. */
function stripeCallsOf({ cells }: Figures) {
  return Object.fromEntries(
    cells.map(({ window, targets }) => [
      window,
      Object.fromEntries(targets.map(({ name, figures }) => [name, figures.stripeCalls])),
    ]),
  );
}

describe('the bench, at a tiny size', () => {
  let figures: Figures = { wire: null, cells: [] };
  beforeAll(async () => {
    figures = await bench();
  }, LONGEST_MS);

  it('calls Stripe once for a hold and for its end, and not to read what is known', () => {
    const calls = figures.wire?.commands.map((one) => [one.command, one.stripeCalls]) ?? [];
    expect(Object.fromEntries(calls)).toEqual({
      authorize: { 'POST /v1/payment_intents': 1 },
      webhook: {},
      status: {},
      release: { 'POST /v1/payment_intents/:id/capture': 1 },
      revert: { 'GET /v1/payment_intents/:id': 1, 'POST /v1/payment_intents/:id/cancel': 1 },
    });
  });

  it('sends as much to Postgres for each command as bench/baseline.json says', async () => {
    const stored = JSON.parse(await readFile(join(root, 'bench/baseline.json'), 'utf8'));
    const roundTrips = figures.wire?.commands.map(({ command, roundTrips: byName }) => [
      command,
      Object.values(byName).reduce((sum, count) => sum + count, 0),
    ]);
    expect(roundTrips).toEqual(
      stored.counts.map((one: { command: string; roundTrips: number }) => [
        one.command,
        one.roundTrips,
      ]),
    );
  });

  it('gives the floor the same work', () => {
    expect(stripeCallsOf(figures)).toEqual({
      order: { ours: 2, floor: 2 },
      status: { ours: 0, floor: 0 },
      authorize: { ours: 1, floor: 1 },
      webhook: { ours: 0, floor: 0 },
      release: { ours: 1, floor: 1 },
      revert: { ours: 2, floor: 1 },
    });
  });

  it('has every request answered well', () => {
    const failed = figures.cells.flatMap(({ targets }) => targets.map((one) => one.figures.failed));
    expect(new Set(failed)).toEqual(new Set([0]));
  });
});

describe('the bench with runners that have accounts', () => {
  it('sends a transfer with each release', { timeout: LONGEST_MS }, async () => {
    const figures = await bench('--runner-accounts', '--no-counts', '--commands', 'order');
    expect(stripeCallsOf(figures)).toEqual({ order: { ours: 3, floor: 2 } });
  });
});
