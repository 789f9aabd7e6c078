import { readdir } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bash, campusgPay, keep, newFolder, program, serve, start, until } from './cli.js';
import { hasTerminal, inTerminal } from './terminal.js';

const asTheyShould = '\nAll four orders went as they should.\n';

describe('demo on a service of its own', () => {
  it('walks four orders to their ends, shows each step, and keeps nothing', async () => {
    const temporary = await newFolder();
    const { code, stdout, stderr } = await campusgPay(['demo'], { TMPDIR: temporary });
    expect(stderr).toBe(
      'Starting a service for the demo: embedded Postgres, Stripe sandbox, HTTP.\n',
    );
    expect(code).toBe(0);
    const stories = stdout.split('\n\n').map(stepsIn);
    expect(stories).toEqual([
      ['authorize 200 AUTHORIZED', 'release 200 RELEASED', 'status 200 RELEASED'],
      ['authorize 200 AUTHORIZED', 'revert 200 REVERTED', 'status 200 REVERTED'],
      ['authorize 200 INITIATING', 'status 200 AUTHORIZED'],
      ['authorize 402', 'status 200 FAILED'],
      [],
    ]);
    expect(stdout).toContain('20.98 USD taken for user_demo_runner');
    expect(stdout).toContain('insufficient_funds: Your card has insufficient funds.');
    expect(stdout.endsWith(asTheyShould)).toBe(true);
    expect(await foldersOfDemos(temporary)).toEqual([]);
  });

  it('throws its service away when it is interrupted', async () => {
    const temporary = await newFolder();
    const demo = start(['demo'], { TMPDIR: temporary });
    await until(async () => (await foldersOfDemos(temporary)).length > 0);
    demo.kill('SIGINT');
    const { code, stdout } = await demo.ended;
    expect(code).toBe(130);
    expect(stdout).not.toContain('All four');
    expect(await foldersOfDemos(temporary)).toEqual([]);
  });
});

describe.skipIf(!hasTerminal)('demo at a terminal', () => {
  it('ends without a word when Ctrl-C comes while its database is made', async () => {
    const temporary = await newFolder();
    const terminal = await inTerminal(['demo'], { env: { TMPDIR: temporary }, columns: 100 });
    // The next that it would say comes with the first order, after all was started.
    await terminal.sees(/Starting a service for the demo/);
    await terminal.press('C-c');
    expect(await terminal.ended()).toBe(130);
    const said = (await terminal.screen()).filter((line) => line !== '');
    expect(said).toEqual([
      'Starting a service for the demo: embedded Postgres, Stripe sandbox, HTTP.',
      expect.stringMatching(/^(\^C)?$/),
      '[ended 130]',
    ]);
    expect(await foldersOfDemos(temporary)).toEqual([]);
  });
});

describe('demo on a running service', () => {
  const key = 'a-key-of-sixteen';
  let url = '';
  beforeAll(async () => {
    const env = { CAMPUSG_PAY_DATA_DIR: await newFolder(), API_KEYS: `demo:${key}` };
    ({ url } = keep(await serve(env)));
  });

  it('goes as well, and again', async () => {
    for (const round of ['first', 'second']) {
      const { code, stdout, stderr } = await campusgPay(['demo', '--url', url, '--api-key', key]);
      expect(stderr, round).toBe('');
      expect(stdout, round).toContain(asTheyShould);
      expect(code, round).toBe(0);
    }
  });

  it.each([
    ['no key', []],
    ['a wrong key', ['--api-key', 'another-key-of-sixteen']],
  ])('says in one line that the service wants a key, given %s', async (_, options) => {
    const { code, stdout, stderr } = await campusgPay(['demo', '--url', url, ...options]);
    expect(code).toBe(3);
    expect(stdout).toBe('');
    expect(stderr).toBe(
      `The service at ${url} can't be used: it wants an API key of its own (--api-key)\n`,
    );
  });

  it('goes on to its end when nobody reads on after the first lines', async () => {
    const demo = `'${process.execPath}' '${program}' demo --url ${url} --api-key ${key}`;
    // Its errors go around `head`; its exit code becomes that of the line.
    const said = await bash(`set -o pipefail; { ${demo} 2>&3 | head -2; } 3>&1`);
    expect(said).toMatch(/^\nDelivered: .*\n$/);
  });
});

describe('demo on something else', () => {
  let other: Server;
  beforeAll(async () => {
    other = createServer((_, response) => response.end('<h1>It works!</h1>'));
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => other.close());

  const urlOf = (port: number) => `http://127.0.0.1:${port}`;

  it.each([
    ['nobody answers', () => urlOf(closedPort), /can't be used: connect ECONNREFUSED/],
    ['it is a web site', () => urlOf(portOf(other)), /what answers there is not CampusG Pay/],
  ])('says in one line that %s', async (_, at, line) => {
    const { code, stdout, stderr } = await campusgPay(['demo', '--url', at()]);
    expect(code).toBe(3);
    expect(stdout).toBe('');
    expect(stderr).toMatch(line);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  it.each(['localhost:3003', 'nonsense', 'file:///etc/passwd'])('refuses %s', async (at) => {
    const { code, stderr } = await campusgPay(['demo', '--url', at]);
    expect(code).toBe(1);
    expect(stderr).toContain('--url must be a URL such as http://127.0.0.1:3003');
  });
});

/** Other programs keep caches there. */
async function foldersOfDemos(temporary: string): Promise<string[]> {
  return (await readdir(temporary)).filter((name) => name.startsWith('campusg-pay-demo-'));
}

/** Below the ports that systems hand out, and listened on by nobody. */
const closedPort = 1023;

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

/** The steps of one story: name, HTTP status and the payment's. */
function stepsIn(story: string): string[] {
  return [...story.matchAll(/^ {2}(\w+) +(\d{3}) +([A-Z]+)?/gm)].map(([, ...parts]) =>
    parts.filter((part) => part !== undefined).join(' '),
  );
}
