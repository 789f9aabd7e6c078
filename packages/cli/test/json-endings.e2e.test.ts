import type { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createProgram } from '../src/program.js';
import { DOCUMENTS } from '../src/wording/document-table.js';
import { ENDED } from '../src/wording/documents.js';
import { campusgPay, type Ended, newFolder } from './cli.js';
import { openWorld, type World } from './world.js';

/** The path of every command that takes `--json`. */
function withJson(parent: Command, before: readonly string[] = []): string[] {
  return parent.commands.flatMap((one) => {
    const path = [...before, one.name()];
    const own = one.options.some(({ long }) => long === '--json') ? [path.join(' ')] : [];
    return [...own, ...withJson(one, path)];
  });
}

vi.setConfig({ testTimeout: 60_000 });

const commands = withJson(createProgram().tree);

/** What each must be given. */
const GIVEN: Readonly<Record<string, readonly string[]>> = {
  'payments show': ['order_none'],
  'payments release': ['order_none', '--runner', 'user_1'],
  'payments revert': ['order_none'],
  'runners set-account': ['user_none', '--account', 'none'],
  'payments reviewed': ['order_none'],
  explain: ['order_none'],
  'approvals approve': ['1'],
  'approvals reject': ['1'],
  'commands parked retry': ['1'],
  'commands parked drop': ['1'],
  'events replay': ['--from', '1h'],
  'reconcile show': ['1'],
  'reconcile apply': ['nowhere.json'],
  'reconcile diff': ['1', '2'],
};

const argsOf = (command: string) => [...command.split(' '), ...(GIVEN[command] ?? []), '--json'];

/** One document that is laid out, or one a line. */
function documentsOf({ stdout }: Ended): unknown[] {
  const lines = stdout.split('\n').filter((line) => line !== '');
  if (lines.length > 1 && lines[0] === '{') return [JSON.parse(stdout)];
  return lines.map((line) => JSON.parse(line));
}

/** All of them are as the schema says, and what did not go well says so. */
function expectTold(command: string, ended: Ended): void {
  const documents = documentsOf(ended);
  for (const document of documents)
    expect(DOCUMENTS[command]?.safeParse(document).error?.message).toBeUndefined();
  if (![1, 2, 3, 130].includes(ended.code ?? 0)) return;
  expect(documents.length).toBeGreaterThan(0);
}

describe('--json', () => {
  let empty: World;
  beforeAll(async () => {
    empty = await openWorld();
  });
  afterAll(() => empty.close());

  it('has a schema for every command that takes it, and for no other', () => {
    expect(Object.keys(DOCUMENTS).toSorted()).toEqual(commands.toSorted());
  });

  it.each(commands)('of %s tells that the command line is wrong', async (command) => {
    const ended = await campusgPay([...argsOf(command), '--frobnicate']);
    expect(ended.code).toBe(1);
    expect(documentsOf(ended).map((one) => ENDED.parse(one))).toMatchObject([
      { outcome: 'usage', error: { code: 'usage', message: expect.stringContaining('--frobnic') } },
    ]);
  });

  it.each(commands)('of %s tells that the configuration is wrong', async (command) => {
    const ended = await campusgPay(argsOf(command), { PORT: 'x', DATABASE_URL: 'y' });
    expect(ended.code).toBe(1);
    expectTold(command, ended);
  });

  it.each(commands)('of %s tells that nothing runs', async (command) => {
    const data = await newFolder();
    const ended = await campusgPay(argsOf(command), { CAMPUSG_PAY_DATA_DIR: data });
    if (command !== 'config') expect([1, 3]).toContain(ended.code);
    expectTold(command, ended);
  });

  it.each(commands)('of %s tells that there is nothing', async (command) => {
    const ended = await empty.run(...argsOf(command));
    expectTold(command, ended);
  });
});
