import { execFile } from 'node:child_process';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ROUTES } from '../src/api/route-table.js';
import { usage } from '../src/flags.js';
import { TEST_CARDS } from '../src/model/test-cards.js';
import { serveSandbox, TSX } from './process.js';
import { newFolder, openReceiver, openSandbox } from './support.js';

const home = fileURLToPath(new URL('..', import.meta.url));
const readme = await readFile(join(home, 'README.md'), 'utf8');
const run = promisify(execFile);

interface Block {
  readonly language: string;
  readonly text: string;
}

const blocks: readonly Block[] = [...readme.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(
  ([, language = '', text = '']) => ({ language, text }),
);
const programs = blocks.filter(({ language }) => language === 'ts').map(({ text }) => text);

/** The cells of the tables under a heading, without their heads. */
function rows(heading: string): string[][] {
  const [, after = ''] = readme.split(new RegExp(`^#+ ${heading}\n`, 'm'));
  const [section = ''] = after.split(/^#+ /m);
  return section
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2)
    .map((line) => line.split('|').slice(1, -1));
}

function quoted(text = ''): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, inside = '']) => inside);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** The documented value, with any text in place of what is cut short by dots. */
function asPattern(value: unknown): unknown {
  if (typeof value === 'string' && value.endsWith('...')) {
    return expect.stringMatching(`^${value.slice(0, -3)}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const parts = Object.entries(value).map(([name, part]) => [name, asPattern(part)]);
  return expect.objectContaining(Object.fromEntries(parts));
}

describe('the README at the terminal', () => {
  it('starts the command as it stands, and every curl is answered as documented', async () => {
    const [start, ...session] = blocks.filter(({ language }) => /^(sh|json)$/.test(language));
    const [npx, command, ...flags] = (start?.text.trim() ?? '').split(' ');
    expect([npx, command, flags[0], flags[1]]).toEqual([
      'npx',
      'campusg-pay-sandbox',
      '--port',
      '12111',
    ]);
    const folder = await newFolder();
    const { url } = await serveSandbox(['--port', '0', ...flags.slice(2)], folder);
    const receiver = await openReceiver('whsec_of_your_choice');

    let lines: string[] = [];
    for (const { language, text } of session) {
      if (language === 'json') {
        expect(JSON.parse(lines.at(-1) ?? '')).toEqual(asPattern(JSON.parse(text)));
        continue;
      }
      const script = text
        .replaceAll('http://127.0.0.1:12111', url)
        .replaceAll('http://127.0.0.1:3003/webhooks/stripe', receiver.url)
        // Every answer ends its own line.
        .replaceAll('curl -s ', "curl -s -w '\\n' ");
      const { stdout, stderr } = await run('bash', ['-e', '-o', 'pipefail', '-c', script]);
      expect(stderr).toBe('');
      lines = stdout.trim().split('\n');
      expect(lines).toHaveLength(text.match(/^curl /gm)?.length ?? 0);
      for (const line of lines) expect(JSON.parse(line)).not.toHaveProperty('error');
    }
    expect(receiver.events.map(({ type }) => type)).toContain('customer.created');
  });
});

describe('the README inside a program', () => {
  it('is one program that prints what it says', async () => {
    const folder = await newFolder();
    const modules = join(folder, 'node_modules');
    await mkdir(join(modules, '@campusg-pay'), { recursive: true });
    await symlink(home, join(modules, '@campusg-pay', 'sandbox'), 'junction');
    await symlink(join(home, 'node_modules/stripe'), join(modules, 'stripe'), 'junction');
    const program = programs.join('\n').replaceAll('3003', String(await freePort()));
    await writeFile(join(folder, 'program.mts'), program);
    const args = ['--conditions=@campusg-pay/source', '--import', TSX, 'program.mts'];
    const { stdout, stderr } = await run(process.execPath, args, { cwd: folder });
    expect(stderr).toBe('');
    const documented = [...program.matchAll(/\/\/ prints (.*)$/gm)].map(([, line]) => line);
    expect(documented.length).toBe(program.match(/console\.log/g)?.length);
    expect(stdout.trim().split('\n')).toEqual(documented);
  });
});

describe('the README lists exactly', () => {
  it('the flags', () => {
    const flags = [...usage().matchAll(/^ {2}(--[\w-]+)/gm)].map(([, flag]) => flag);
    expect(rows('Start').flatMap(([cell]) => quoted(cell))).toEqual(flags);
  });

  it('the routes', () => {
    const listed = rows('What it answers').flatMap(([, cell]) => quoted(cell));
    const routes = ROUTES.map(({ route }) => `${route.method} ${route.path}`);
    expect(listed.toSorted()).toEqual(routes.toSorted());
  });

  it('the test cards, with their numbers', () => {
    const listed = rows('Test cards').flatMap(([names, number = '']) =>
      quoted(names).map((name) => [name, number.trim()]),
    );
    const known = Object.entries(TEST_CARDS).map(([name, card]) => [
      `pm_card_${name}`,
      card.number,
    ]);
    expect(listed.toSorted()).toEqual(known.toSorted());
  });

  it('what each test card does', () => {
    for (const [names, , does = ''] of rows('Test cards')) {
      for (const name of quoted(names)) {
        const card = TEST_CARDS[name.replace('pm_card_', '')];
        const [code] = quoted(does);
        expect([name, code]).toEqual([name, card?.decline?.declineCode]);
        expect([name, does.includes('3D Secure')]).toEqual([name, card?.authentication === true]);
        expect([name, does.includes('refund')]).toEqual([name, card?.refund !== undefined]);
        expect([name, does.includes('disputed')]).toEqual([name, card?.dispute !== undefined]);
      }
    }
  });

  it('the controls', async () => {
    const { sandbox } = await openSandbox();
    const response = await fetch(`${sandbox.url}/_sandbox/nothing`);
    const { controls } = (await response.json()) as { controls: string[] };
    const listed = rows('Controls').flatMap(([cell]) => quoted(cell));
    expect(listed.toSorted()).toEqual(controls.toSorted());
  });
});
