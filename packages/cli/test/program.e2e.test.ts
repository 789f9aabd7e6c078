import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { createProgram } from '../src/program.js';
import { campusgPay } from './cli.js';

const { tree } = createProgram();
const commands = tree.commands.map((one) => one.name());

/** The path of every command, those with commands below them included. */
function pathsBelow(parent: Command, before: readonly string[] = []): string[][] {
  return parent.commands.flatMap((one) => {
    const path = [...before, one.name()];
    return [path, ...pathsBelow(one, path)];
  });
}

describe('the command line', () => {
  it.each([[], ...pathsBelow(tree)].map((path) => [path]))(
    'helps with %j on stdout and ends with an example',
    async (path) => {
      const { code, stdout, stderr } = await campusgPay([...path, '--help']);
      expect(code).toBe(0);
      expect(stderr).toBe('');
      expect(stdout).toMatch(new RegExp(`^Usage: ${['campusg-pay', ...path].join(' ')} `));
      expect(stdout).toMatch(/\nExample:\n {2}.*campusg-pay \w+.*\n$/);
      for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    },
  );

  it('lists every command, and the exit codes', async () => {
    const { stdout } = await campusgPay(['--help']);
    for (const name of commands) expect(stdout).toMatch(new RegExp(`^ {2}${name} `, 'm'));
    expect(stdout).toContain('Exit codes: 0 ok, 1 usage or configuration, 2 refused');
  });

  it('tells the version of its package', async () => {
    const manifest = JSON.parse(
      await readFile(new URL('../package.json', import.meta.url), 'utf8'),
    );
    expect((await campusgPay(['--version'])).stdout).toBe(`${manifest.version}\n`);
  });

  it.each([
    [['migrat'], "unknown command 'migrat'", 'Did you mean migrate?'],
    [['migrate', '--statu'], "unknown option '--statu'", 'Did you mean --status?'],
    [['demo', '--frobnicate'], "unknown option '--frobnicate'", 'campusg-pay demo --help'],
    [['payments', 'lst'], "unknown command 'lst'", 'Did you mean list?'],
    [['payments', 'release', 'x'], "'--runner <id>' not specified", 'payments release --help'],
    [['events', 'replay', '--from', 'x'], 'It must be a day', 'events replay --help'],
    [['kafka', 'topics', '--chek'], "unknown option '--chek'", 'campusg-pay kafka topics --help'],
    [['kafka', 'topics', '--partitions', '0'], 'must be a whole number', 'kafka topics --help'],
    [['serve', 'now'], "too many arguments for 'serve'", 'campusg-pay serve --help'],
    [['demo', '--url'], 'argument missing', 'campusg-pay demo --help'],
    [[], 'Usage: campusg-pay', 'serve'],
  ])('refuses %j with 1 and a hint on stderr', async (args, complaint, hint) => {
    const { code, stdout, stderr } = await campusgPay(args);
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toContain(complaint);
    expect(stderr).toContain(hint);
  });
});
