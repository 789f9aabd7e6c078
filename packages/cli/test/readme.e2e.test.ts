import { execFile } from 'node:child_process';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ACCOUNT_EVENTS, readConfig, VARIABLE_NAMES, WEBHOOK_EVENTS } from '@campusg-pay/adapters';
import { beforeAll, describe, expect, it } from 'vitest';
import { bash, campusgPay, keep, newFolder, serve } from './cli.js';
import { authorize, statusOf } from './payments.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const readme = await readFile(join(root, 'README.md'), 'utf8');
const run = promisify(execFile);

/** What stands in the fenced blocks of a language. */
function blocks(language: string): string[] {
  return [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(
    ([, text = '']) => text,
  );
}

/** The text between one heading and the next. */
function section(heading: string): string {
  const [, text = ''] = readme.split(`\n## ${heading}\n`);
  return text.split('\n## ')[0] ?? '';
}

/** The cells of a section's table, without its head. */
function rows(heading: string): string[][] {
  const lines = section(heading)
    .split('\n')
    .filter((line) => line.startsWith('|'));
  return lines.slice(2).map((line) => line.split('|').slice(1, -1));
}

describe('the curl walk of the README', () => {
  const lines = blocks('sh')
    .flatMap((block) => block.split('\n'))
    .filter((line) => line.startsWith('curl '));
  const answers: Record<string, unknown>[] = [];

  beforeAll(async () => {
    const service = keep(await serve({ CAMPUSG_PAY_DATA_DIR: await newFolder() }));
    const here = `127.0.0.1:${new URL(service.url).port}`;
    const [, sandbox = ''] = /sandbox on http:\/\/(\S+),/.exec(service.stderr()) ?? [];
    for (const line of lines) {
      expect(line).toMatch(/(localhost|127\.0\.0\.1):3003|127\.0\.0\.1:12111\/_sandbox/);
      const ours = line.replace(/(localhost|127\.0\.0\.1):3003/, here);
      const said = await bash(ours.replace('127.0.0.1:12111', sandbox));
      answers.push(JSON.parse(said));
    }
    answers.push(JSON.parse(await bash(`curl -s http://${here}/health`)));
  });

  it('holds, releases, looks and gives back, with the documented answers', () => {
    const [authorized, released, looked, reverted] = answers;
    const documented = { success: true, description: expect.any(String) };
    expect(lines).toHaveLength(13);
    expect(authorized).toMatchObject({
      ...documented,
      paymentId: expect.any(String),
      paymentIntentId: expect.stringMatching(/^pi_/),
      status: 'AUTHORIZED',
    });
    expect(released).toMatchObject({ ...documented, status: 'RELEASED', runnerId: 'user_456' });
    expect(looked).toMatchObject({
      success: true,
      payment: {
        paymentId: authorized?.paymentId,
        orderId: 'order_123abc',
        customerId: 'user_2uFnauOsxFRGIoy3O5CJA6v5sM6',
        runnerId: 'user_456',
        amount: 20.98,
        status: 'RELEASED',
        description: 'Order with ID order_123abc - CampusG Escrow',
        paymentIntentId: authorized?.paymentIntentId,
        createdAt: expect.stringMatching(/\+00:00$/),
        updatedAt: expect.stringMatching(/\+00:00$/),
      },
    });
    expect(reverted).toMatchObject({
      ...documented,
      status: 'FAILED',
      payment: { status: 'REVERTED' },
    });
  });

  it('takes and gives back parts, and tells of the runner', () => {
    const [account, authorized, released, refunded, set, runner] = answers.slice(4);
    expect(account).toMatchObject({ id: 'acct_runner', capabilities: { transfers: 'active' } });
    expect(authorized).toMatchObject({ success: true, status: 'AUTHORIZED' });
    expect(released).toMatchObject({
      status: 'RELEASED',
      payment: {
        heldMinor: 0,
        capturedMinor: 1600,
        tipMinor: 100,
        feeMinor: 98,
        transfer: { status: 'sent', amountMinor: 1502, stripeAccount: 'acct_runner' },
      },
    });
    expect(refunded).toMatchObject({
      status: 'RELEASED',
      refund: { refundId: 'missing-item-1', amountMinor: 500, status: 'succeeded' },
      payment: { status: 'RELEASED', refundedMinor: 500, transfer: { reversedMinor: 469 } },
    });
    expect(set).toMatchObject({
      runner: {
        runnerId: 'user_456',
        stripeAccount: 'acct_runner',
        debts: [],
        transferredMinor: [{ currency: 'USD', amountMinor: 1033 }],
      },
    });
    expect(runner).toEqual(set);
  });

  it('shows the answer of authorize as it is', () => {
    const [shown = ''] = blocks('json');
    expect(answers[0]).toMatchObject(asPattern(JSON.parse(shown)));
  });

  it('tells the answer of /health as it is', () => {
    const [, shown = ''] = /health` answers `([^`]+)`/.exec(readme) ?? [];
    expect(answers.at(-1)).toEqual(JSON.parse(shown));
  });
});

describe('the terminal in the README', () => {
  it('runs every command as it stands, beside a service with nothing configured', async () => {
    const data = { CAMPUSG_PAY_DATA_DIR: await newFolder() };
    const { url } = keep(await serve(data));
    expect((await authorize(url, 'order_123abc')).status).toBe(200);
    const [text = ''] = /```sh\n(.*?)```/s.exec(section('At the terminal'))?.slice(1) ?? [];
    const lines = text.split('\n').filter((line) => line.startsWith('campusg-pay '));
    expect(lines).toHaveLength(10);
    for (const line of lines) {
      const args = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, word]) => quoted ?? word);
      const { code, stderr } = await campusgPay(args.slice(1) as string[], data);
      expect(`${line}: ${code} ${code === 0 ? '' : stderr}`).toBe(`${line}: 0 `);
    }
    expect(await statusOf(url, 'order_123abc')).toBe('REVERTED');
  }, 90_000);
});

describe('the library in the README', () => {
  it('holds and releases a payment inside another program', async () => {
    const [snippet = '', ...more] = blocks('js');
    expect(more).toEqual([]);
    const folder = await newFolder();
    await mkdir(join(folder, 'node_modules/@campusg-pay'), { recursive: true });
    for (const name of ['core', 'adapters']) {
      const place = join(folder, 'node_modules/@campusg-pay', name);
      await symlink(join(root, 'packages', name), place, 'junction');
    }
    await writeFile(join(folder, 'snippet.mjs'), snippet);
    const env = { CAMPUSG_PAY_DATA_DIR: join(folder, 'data'), SANDBOX_PORT: '0' };
    const { stdout, stderr } = await run(process.execPath, ['snippet.mjs'], { cwd: folder, env });
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^\w+ AUTHORIZED\nRELEASED\n$/);
  });
});

describe('what the documents say about the configuration', () => {
  const namesIn = (text: string) =>
    [...text.matchAll(/`([A-Z][A-Z_]+)`/g)].map(([, name = '']) => name);

  it('the README lists exactly the variables that are read', () => {
    const listed = rows('Configuration').flatMap(([names = '']) => namesIn(names));
    expect(listed.toSorted()).toEqual([...VARIABLE_NAMES].toSorted());
  });

  it('the README marks exactly what production needs', () => {
    const marked = rows('Configuration')
      .filter(([names = '']) => names.includes('*'))
      .flatMap(([names = '']) => namesIn(names));
    const missing = readConfig({ NODE_ENV: 'production' })
      ._unsafeUnwrapErr()
      .map(({ variable }) => variable);
    expect(marked.toSorted()).toEqual(missing.toSorted());
  });

  it('.env.example explains exactly the variables that are read', async () => {
    const text = await readFile(join(root, '.env.example'), 'utf8');
    const named = [...text.matchAll(/^(?:# ?)?([A-Z][A-Z_]+)=/gm)].map(([, name = '']) => name);
    expect(named.toSorted()).toEqual([...VARIABLE_NAMES, ...notReadByUs].toSorted());
  });

  it('the README names exactly the webhook events that are understood', () => {
    const named = [
      ...section('Going live').matchAll(
        /`((?:payment_intent|charge|refund|transfer|account|capability)\.[\w.]+)`/g,
      ),
    ];
    const understood = [...WEBHOOK_EVENTS, ...ACCOUNT_EVENTS];
    expect(named.map(([, name]) => name).toSorted()).toEqual(understood.toSorted());
  });
});

/** In .env.example for docker compose. */
const notReadByUs = ['POSTGRES_PASSWORD'];

/** The documented value, with any text in place of what is cut short by dots. */
function asPattern(value: unknown): object {
  const entries = Object.entries(Object(value)).filter(([name]) => name !== '...');
  return Object.fromEntries(
    entries.map(([name, one]) => {
      if (typeof one === 'object') return [name, expect.objectContaining(asPattern(one))];
      const cut = typeof one === 'string' && one.includes('...');
      return [name, cut ? expect.any(String) : one];
    }),
  );
}
