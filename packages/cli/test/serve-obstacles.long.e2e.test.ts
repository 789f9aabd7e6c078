import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  asRoot,
  campusgPay,
  isAlive,
  newFolder,
  postgresOf,
  type Serving,
  serve,
  start,
  until,
} from './cli.js';
import { ownDatabase } from './database.js';
import { authorize, isHealthy, newOrder, statusOf } from './payments.js';

let folder = '';
const others: Server[] = [];
beforeAll(async () => {
  folder = await newFolder();
});
afterAll(() => {
  for (const other of others) other.close();
});

const serveHere = (): Promise<Serving> => serve({ CAMPUSG_PAY_DATA_DIR: folder });

/** A port on which another program listens. */
async function takenPort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  others.push(server);
  await new Promise((resolve) => server.once('listening', resolve));
  return String((server.address() as AddressInfo).port);
}

/** No claim, no server: what a start that failed must leave. */
async function leftovers(): Promise<string[]> {
  const postgres = join(folder, 'postgres');
  const inCluster = await readdir(join(postgres, 'cluster')).catch(() => []);
  return [...(await readdir(postgres).catch(() => [])), ...inCluster].filter((name) =>
    ['owner.json', 'postmaster.pid'].includes(name),
  );
}

describe('serve where something is in the way', () => {
  it('refuses production while anything that it needs is missing, and starts nothing', async () => {
    const dataDir = join(folder, 'production');
    const env = { NODE_ENV: 'production', CAMPUSG_PAY_DATA_DIR: dataDir };
    const { code, stdout, stderr } = await campusgPay(['serve'], env);
    expect(code).toBe(1);
    expect(stderr.trimEnd().split('\n')).toEqual([
      "The configuration can't be used:",
      '  DATABASE_URL is required in production',
      '  STRIPE_SECRET_KEY is required in production',
      '  STRIPE_WEBHOOK_SECRET is required in production',
      '  API_KEYS is required in production',
      '  KAFKA_BROKERS is required in production',
      'See .env.example for every variable.',
    ]);
    expect(stdout).toBe('');
    expect(await readdir(folder)).not.toContain('production');
  });

  it('ends after a bug at the start, whatever it had opened', async () => {
    const database = await ownDatabase('template');
    await database.sql('alter table installation rename column upgraded to moved');
    const { code, stderr } = await campusgPay(['serve'], {
      DATABASE_URL: database.connectionString,
      CAMPUSG_PAY_DATA_DIR: join(folder, 'bug'),
      PORT: '0',
      SANDBOX_PORT: '0',
    });
    await database.drop();
    expect(code).toBe(3);
    expect(stderr).toMatch(/^This is a bug in campusg-pay/m);
  });

  it('names every wrong variable, and no value of any', async () => {
    const { code, stderr } = await campusgPay(['serve'], {
      PORT: 'eighty',
      STRIPE_SECRET_KEY: 'not-a-key',
      API_KEYS: 'orders:short',
    });
    expect(code).toBe(1);
    for (const name of ['PORT', 'STRIPE_SECRET_KEY', 'API_KEYS']) {
      expect(stderr).toMatch(new RegExp(`^ {2}${name} must be `, 'm'));
    }
    expect(stderr).not.toMatch(/eighty|not-a-key|short$/m);
  });

  it.each([
    ['PORT', /^Another program listens on 127\.0\.0\.1:(\d+)\. .*set PORT to another port\.\n$/],
    [
      'SANDBOX_PORT',
      /^Port (\d+), wanted by the Stripe sandbox, is taken\. Set SANDBOX_PORT .*\n$/,
    ],
  ])('says in one line that %s is taken, and leaves nothing running', async (variable, line) => {
    const port = await takenPort();
    const env = { CAMPUSG_PAY_DATA_DIR: folder, PORT: '0', SANDBOX_PORT: '0', [variable]: port };
    const { code, stderr } = await campusgPay(['serve'], env);
    expect(stderr).toMatch(line);
    expect(line.exec(stderr)?.[1]).toBe(port);
    expect(code).toBe(3);
    expect(await leftovers()).toEqual([]);
  });

  it('says in one line that the data of the sandbox is damaged', async () => {
    const dataDir = await newFolder();
    const file = join(dataDir, 'sandbox.jsonl');
    await writeFile(file, 'not what it wrote\n[]\n');
    const env = { CAMPUSG_PAY_DATA_DIR: dataDir, PORT: '0', SANDBOX_PORT: '0' };
    const { code, stderr } = await campusgPay(['serve'], env);
    expect(code).toBe(3);
    expect(stderr).toContain(`data file ${file} is damaged at line 1. Delete`);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  it('names the process that already serves from the same data, and does not disturb it', async () => {
    const first = await serveHere();
    const { code, stderr } = await campusgPay(['serve'], {
      CAMPUSG_PAY_DATA_DIR: folder,
      PORT: '0',
      SANDBOX_PORT: '0',
    });
    expect(code).toBe(3);
    expect(stderr).toContain(`is in use by process ${first.pid}.`);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(await isHealthy(first.url)).toBe(true);
  });

  it('carries on after it was killed, with every hold it had acknowledged', async () => {
    const order = newOrder();
    const killed = await serveHere();
    expect((await authorize(killed.url, order)).status).toBe(200);
    const postgres = await postgresOf(folder);
    killed.kill('SIGKILL');
    await killed.ended;
    const next = await serveHere();
    expect(await statusOf(next.url, order)).toBe('AUTHORIZED');
    await until(() => !isAlive(postgres));
  });

  it('says that its Postgres was killed, and goes on once it has started it again', async () => {
    const order = newOrder();
    const service = await serveHere();
    expect((await authorize(service.url, order)).status).toBe(200);
    const postgres = await postgresOf(folder);
    process.kill(postgres, 'SIGKILL');
    await until(() => service.stdout().includes('the embedded Postgres is back'));
    expect(service.stdout()).toContain('the embedded Postgres was killed or has crashed');
    await until(() => isHealthy(service.url));
    expect(await statusOf(service.url, order)).toBe('AUTHORIZED');
    const next = await postgresOf(folder);
    service.kill('SIGTERM');
    expect((await service.ended).code).toBe(0);
    expect([isAlive(postgres), isAlive(next)]).toEqual([false, false]);
    expect(await leftovers()).toEqual([]);
  });

  it('ends during its start when it is asked to, and leaves nothing running', async () => {
    const fresh = await newFolder();
    const starting = start(['serve'], {
      CAMPUSG_PAY_DATA_DIR: fresh,
      PORT: '0',
      SANDBOX_PORT: '0',
    });
    await until(async () => (await readdir(fresh)).includes('postgres'));
    starting.kill('SIGTERM');
    const { code, stderr } = await starting.ended;
    expect(code).toBe(130);
    expect(stderr).toBe('');
    await until(async () => {
      const pid = await postgresOf(fresh).catch(() => 0);
      return pid === 0 || !isAlive(pid);
    });
  });

  it.runIf(asRoot)('works for root in a folder that nobody else may enter', async () => {
    const home = await newFolder();
    await mkdir(join(home, 'private'));
    await chmod(join(home, 'private'), 0o700);
    const dataDir = join(home, 'private/data');
    const order = newOrder();
    const first = await serve({ CAMPUSG_PAY_DATA_DIR: dataDir });
    const [, place = ''] = /Postgres on port \d+, data in (\S+)/.exec(first.stderr()) ?? [];
    expect(place).not.toContain(dataDir);
    expect(await readdir(place)).toContain('cluster');
    expect((await authorize(first.url, order)).status).toBe(200);
    first.kill('SIGTERM');
    await first.ended;

    const second = await serve({ CAMPUSG_PAY_DATA_DIR: dataDir });
    expect(second.stderr()).toContain(`data in ${place}`);
    expect(await statusOf(second.url, order)).toBe('AUTHORIZED');
  });
});
