import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startSandbox } from '@campusg-pay/sandbox';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CHECK } from '../src/wording/documents.js';
import { bash, campusgPay, program } from './cli.js';
import { ownDatabase } from './database.js';
import { heldElsewhere } from './drifting.js';
import { linesOf, openWorld, type World } from './world.js';

// Many programs are started, one after the other.
vi.setConfig({ testTimeout: 90_000 });

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

/** What doctor found, by name. */
async function doctor(env: Readonly<Record<string, string>>) {
  const { code, stdout, stderr } = await campusgPay(['doctor', '--json'], env);
  const checks = linesOf({ stdout }).map((line) => CHECK.parse(line));
  return { code, stderr, found: Object.fromEntries(checks.map((check) => [check.name, check])) };
}

describe('doctor', () => {
  it('finds nothing to mend where all is well', async () => {
    const url = 'http://127.0.0.1:1/api/stripe-webhook';
    world.sandbox.webhooks.setEndpoint({ url, secret: 'whsec_test' });
    const { code, stderr, found } = await doctor({
      ...world.env,
      STRIPE_WEBHOOK_SECRET: 'whsec_test',
      API_KEYS: 'orders:1234567890123456',
    });
    expect(Object.keys(found)).toEqual([
      'configuration',
      'database',
      'database clock',
      'schema',
      'writing',
      'Stripe',
      'Stripe clock',
      'webhooks',
      'Stripe limits',
    ]);
    expect(Object.values(found).map(({ state, fix }) => [state, fix])).toEqual(
      Object.keys(found).map(() => ['ok', null]),
    );
    expect([code, stderr]).toEqual([0, 'All is well.\n']);
  });

  it.each([
    ['no database', { DATABASE_URL: 'postgres://u@127.0.0.1:1/d' }, 'database', /ECONNREFUSED/],
    ['no Stripe', { STRIPE_API_BASE: 'http://127.0.0.1:1' }, 'Stripe', /ECONNREFUSED/],
    ['a wrong key', { STRIPE_SECRET_KEY: 'sk_test_wrong' }, 'Stripe', /does not accept our key/],
  ])('fails with 3 and a fix for %s', async (_, env, name, what) => {
    const { code, found } = await doctor({ ...world.env, ...env });
    expect(code).toBe(3);
    expect(found[name]).toMatchObject({ state: 'fail', fix: expect.any(String) });
    expect(found[name]?.found).toMatch(what);
  });

  it('fails with 1 for a wrong variable, as every command does', async () => {
    const { code, found } = await doctor({ ...world.env, PORT: 'x' });
    expect(code).toBe(1);
    expect(found.configuration).toMatchObject({ state: 'fail', fix: expect.any(String) });
    expect(found.configuration?.found).toMatch(/PORT must be a port number/);
    const { code: same, stderr } = await campusgPay(['status'], { ...world.env, PORT: 'x' });
    expect([same, stderr]).toEqual([
      1,
      "The configuration can't be used:\n  PORT must be a port number\nSee .env.example for every variable.\n",
    ]);
  });

  it('names the migrations that are missing, and the events that an endpoint does not get', async () => {
    const empty = await ownDatabase('nothing');
    world.sandbox.webhooks.setEndpoint(null);
    const endpoint = { url: 'http://127.0.0.1:1/api/stripe-webhook' };
    // The one for connected accounts, which is listed first, gets other events.
    for (const more of [
      { 'enabled_events[0]': 'charge.refunded' },
      { 'enabled_events[0]': 'account.updated', connect: 'true' },
    ]) {
      const made = await fetch(`${world.env.STRIPE_API_BASE}/v1/webhook_endpoints`, {
        method: 'POST',
        headers: { authorization: `Bearer ${world.env.STRIPE_SECRET_KEY}` },
        body: new URLSearchParams({ ...endpoint, ...more }),
      });
      expect(made.status).toBe(200);
    }
    const { code, found } = await doctor({
      ...world.env,
      DATABASE_URL: empty.connectionString,
      STRIPE_WEBHOOK_SECRET: 'whsec_test',
    });
    await empty.drop();
    expect(code).toBe(3);
    expect(found.schema).toMatchObject({ state: 'fail', fix: 'campusg-pay migrate' });
    expect(found.schema?.found).toMatch(/^lacks 000001_payments, /);
    expect(found.webhooks?.found).toMatch(
      /lacks payment_intent\.succeeded, .*refund\.failed, .*transfer\.reversed$/,
    );
    expect(found.webhooks?.found).not.toContain('charge.refunded');
  });

  it('warns of a clock that is off', async () => {
    const ahead = createServer((request, response) => {
      response.setHeader('Date', new Date(Date.now() + 10_000).toUTCString());
      const account = { id: 'acct_1', object: 'account', charges_enabled: true };
      const list = { object: 'list', data: [], has_more: false };
      response.end(JSON.stringify(request.url?.includes('account') ? account : list));
    });
    await once(ahead.listen(0, '127.0.0.1'), 'listening');
    const { port } = ahead.address() as AddressInfo;
    const STRIPE_API_BASE = `http://127.0.0.1:${port}`;
    const { code, found } = await doctor({ ...world.env, STRIPE_API_BASE });
    ahead.close();
    expect(found['Stripe clock']?.found).toMatch(/^([5-9]|1[0-5])\.\d s ahead of this machine$/);
    expect(found['Stripe clock']).toMatchObject({ state: 'warn' });
    expect(code).toBe(0);
  });

  it('tells of other installations on the account', async () => {
    expect((await doctor(world.env)).found.installations).toBeUndefined();
    heldElsewhere(world, await world.hold(), 'pi_elsewhere');
    const { found } = await doctor(world.env);
    expect(found.installations).toMatchObject({
      state: 'warn',
      found: expect.stringMatching(/^1 of the latest \d+ PaymentIntents are of inst_elsewhere,/),
    });
  });

  it('fails for the key of an account that knows none of the payments', async () => {
    await world.hold();
    await world.hold();
    const other = await startSandbox({ secretKey: 'sk_test_other' });
    const { code, found } = await doctor({
      ...world.env,
      STRIPE_API_BASE: other.url,
      STRIPE_SECRET_KEY: 'sk_test_other',
    });
    await other.close();
    expect(code).toBe(3);
    expect(found.Stripe).toMatchObject({
      state: 'fail',
      found: expect.stringContaining('knows none of the latest PaymentIntents'),
      fix: expect.stringContaining('STRIPE_SECRET_KEY'),
    });
  });
});

describe('config', () => {
  it('shows every variable in force with its source, and no secret', async () => {
    const secrets = ['pass1secret', 'sk_test_secret2', 'whsec_secret3', 'secret4secret4secret4'];
    const { code, stdout } = await campusgPay(['config', '--json'], {
      DATABASE_URL: `postgres://user:${secrets[0]}@db.example:5432/payments`,
      STRIPE_SECRET_KEY: secrets[1] ?? '',
      STRIPE_WEBHOOK_SECRET: secrets[2] ?? '',
      API_KEYS: `orders:${secrets[3]}`,
      PORT: '8080',
    });
    expect(code).toBe(0);
    for (const secret of secrets) expect(stdout).not.toContain(secret);
    const { variables } = JSON.parse(stdout);
    const from = 'environment';
    expect(variables).toEqual(
      expect.arrayContaining([
        { variable: 'PORT', value: '8080', source: from },
        { variable: 'HOST', value: '127.0.0.1', source: 'default' },
        { variable: 'API_KEYS', value: 'orders:****', source: from },
        { variable: 'STRIPE_SECRET_KEY', value: 'sk_test_****', source: from },
        { variable: 'STRIPE_WEBHOOK_SECRET', value: 'whsec_****', source: from },
        {
          variable: 'DATABASE_URL',
          value: 'postgres://user:****@db.example:5432/payments',
          source: from,
        },
      ]),
    );
  });

  it('shows what is set and says what is wrong with it, with 1', async () => {
    const { code, stdout, stderr } = await campusgPay(['config'], { PORT: 'x' });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^PORT +x +environment$/m);
    expect(stderr).toContain('PORT must be a port number');
  });
});

describe('completion', () => {
  const complete = async (...words: string[]) => {
    const typed = ['campusg-pay', ...words].map((word) => `'${word}'`).join(' ');
    const script = `source <(${process.execPath} ${program} completion bash)
      COMP_WORDS=(${typed}); COMP_CWORD=${words.length}; _campusg_pay; echo "\${COMPREPLY[*]}"`;
    return (await bash(script)).trim().split(' ');
  };

  it('completes commands, their own commands and their options in bash', async () => {
    expect(await complete('pay')).toEqual(['payments']);
    expect(await complete('payments', 're')).toEqual(['release', 'revert', 'reviewed']);
    expect(await complete('payments', 'revert', 'order_1', '--dry')).toEqual(['--dry-run']);
    expect(await complete('approvals', 'approve', '--json', '--r')).toEqual(['--reason']);
  });

  it.each(['zsh', 'fish'])('names every command and option for %s', async (shell) => {
    const { code, stdout } = await campusgPay(['completion', shell]);
    expect(code).toBe(0);
    for (const word of ['payments', 'replay', 'dry-run', 'min-amount', 'doctor']) {
      expect(stdout).toContain(word);
    }
  });

  it('refuses a shell that it does not know, with 1', async () => {
    const { code, stderr } = await campusgPay(['completion', 'tcsh']);
    expect(code).toBe(1);
    expect(stderr).toContain('Allowed choices are bash, zsh, fish');
  });
});
