import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { startSandbox } from '@campusg-pay/sandbox';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CHECK } from '../src/wording/documents.js';
import { campusgPay, newFolder } from './cli.js';
import { type OwnDatabase, ownDatabase } from './database.js';
import { linesOf, openWorld, type World } from './world.js';

// Many programs are started, one after the other.
vi.setConfig({ testTimeout: 90_000 });

/** A configuration that is wrong in one way, and what doctor is to say of it. */
interface Planted {
  readonly what: string;
  readonly plant: () => Promise<Readonly<Record<string, string>>>;
  readonly check: string;
  readonly state?: 'warn';
  readonly found: RegExp;
  readonly fix: RegExp;
}

let world: World;
const made: OwnDatabase[] = [];
beforeAll(async () => {
  world = await openWorld();
});
afterAll(async () => {
  await world.close();
  for (const database of made) await database.drop();
});

/** The world's database under another user, password or name. */
const changed = (parts: Partial<Pick<URL, 'port' | 'password' | 'pathname'>>) => {
  const url = Object.assign(new URL(world.env.DATABASE_URL ?? ''), parts);
  return { DATABASE_URL: url.href };
};

async function another(from: 'template' | 'nothing', ...statements: string[]) {
  const database = await ownDatabase(from);
  made.push(database);
  for (const statement of statements) await database.sql(statement);
  return { DATABASE_URL: database.connectionString };
}

/** Somebody who may enter, and nothing else. */
async function roleWithoutRights() {
  const role = `clerk_${randomUUID().slice(0, 8)}`;
  const { DATABASE_URL } = await another('template');
  await made.at(-1)?.sql(`create role ${role} login password 'clerk'`);
  const url = new URL(DATABASE_URL);
  [url.username, url.password] = [role, 'clerk'];
  return { DATABASE_URL: url.href };
}

const PLANTED: readonly Planted[] = [
  {
    what: 'a slash in the password of DATABASE_URL',
    plant: async () => ({ DATABASE_URL: 'postgres://pay:half/otherhalf@db.internal/payments' }),
    check: 'configuration',
    found: /^DATABASE_URL can't be read: percent-encode/,
    fix: /DATABASE_URL/,
  },
  {
    what: 'a port where nobody listens',
    plant: async () => changed({ port: '1' }),
    check: 'database',
    found: /^nobody listens on 127\.0\.0\.1:1 \(ECONNREFUSED\)$/,
    fix: /^start Postgres there, or correct the host and port in DATABASE_URL$/,
  },
  {
    what: 'the port of a web server',
    plant: async () => {
      const web = createServer((_request, response) => response.end());
      await once(web.listen(0, '127.0.0.1'), 'listening');
      web.unref();
      return changed({ port: String((web.address() as AddressInfo).port) });
    },
    check: 'database',
    found: /does not speak Postgres/,
    fix: /correct the host and port in DATABASE_URL/,
  },
  {
    what: 'a wrong password',
    plant: async () => changed({ password: 'not-the-password' }),
    check: 'database',
    found: /^the password of the user ".*" is wrong, or there is no such user \(28P01\)$/,
    fix: /correct user and password in DATABASE_URL/,
  },
  {
    what: 'a database that is not there',
    plant: async () => changed({ pathname: '/nowhere' }),
    check: 'database',
    found: /^there is no database "nowhere" on .* \(3D000\)$/,
    fix: /^create database "nowhere"; or correct its name in DATABASE_URL$/,
  },
  {
    what: 'a user without rights on the tables',
    plant: roleWithoutRights,
    check: 'schema',
    found: /^the user "clerk_\w+" may not read our tables in the schema "public"$/,
    fix: /^grant select on "public".schema_migrations to "clerk_/,
  },
  {
    what: "somebody else's table of payments",
    plant: () => another('nothing', 'create table payments (id int primary key, card text)'),
    check: 'schema',
    found: /^the schema "public" has payments already, which we did not make/,
    fix: /create database campusg_pay, .* or a schema of our own: create schema campusg_pay/,
  },
  {
    what: 'a database that takes no writes',
    plant: async () => {
      const { DATABASE_URL } = await another('template');
      const name = new URL(DATABASE_URL).pathname.slice(1);
      await made.at(-1)?.sql(`alter database ${name} set default_transaction_read_only = on`);
      return { DATABASE_URL };
    },
    check: 'schema',
    found: /takes writes: it is a standby, or set to read only/,
    fix: /^name the primary in DATABASE_URL/,
  },
  {
    what: 'a key in quotes',
    plant: async () => ({ STRIPE_SECRET_KEY: '"sk_test_quoted"' }),
    check: 'configuration',
    found: /^STRIPE_SECRET_KEY must not have quotes around its value$/,
    fix: /^correct STRIPE_SECRET_KEY; see/,
  },
  {
    what: 'the key of another account',
    plant: async () => {
      await world.hold();
      await world.hold();
      const other = await startSandbox({ secretKey: 'sk_test_other' });
      return { STRIPE_API_BASE: other.url, STRIPE_SECRET_KEY: 'sk_test_other' };
    },
    check: 'Stripe',
    found: /knows none of the latest PaymentIntents of the records$/,
    fix: /^set STRIPE_SECRET_KEY to a key of the account and mode that made them$/,
  },
  {
    what: 'no secret for webhooks',
    plant: async () => ({}),
    check: 'webhooks',
    state: 'warn',
    found: /^STRIPE_WEBHOOK_SECRET is not set: webhooks are refused$/,
    fix: /signing secret of the endpoint/,
  },
  {
    what: 'a misspelt name',
    plant: async () => ({ STRIPE_WEBHOOK_SECRETS: 'whsec_test' }),
    check: 'settings',
    state: 'warn',
    found: /^STRIPE_WEBHOOK_SECRETS is not .*: did you mean STRIPE_WEBHOOK_SECRET\?$/,
    fix: /^correct it; see/,
  },
  {
    what: 'a service on every address, for whoever comes',
    plant: async () => ({ HOST: '0.0.0.0' }),
    check: 'configuration',
    found: /^API_KEYS is required unless HOST is an address of this machine alone/,
    fix: /^set API_KEYS; see/,
  },
  {
    what: 'a secret that was not mounted',
    plant: async () => ({ API_KEYS_FILE: join(await newFolder(), 'api-keys') }),
    check: 'configuration',
    found: /^API_KEYS_FILE must name a file that can be read \(ENOENT\)$/,
    fix: /^correct API_KEYS_FILE; see/,
  },
  {
    what: 'a secret twice',
    plant: async () => {
      const file = join(await newFolder(), 'stripe');
      await writeFile(file, 'sk_test_of_a_file\n');
      return { STRIPE_SECRET_KEY_FILE: file };
    },
    check: 'configuration',
    found: /^STRIPE_SECRET_KEY must not be set together with STRIPE_SECRET_KEY_FILE$/,
    fix: /^correct STRIPE_SECRET_KEY; see/,
  },
  {
    what: 'a broker that is not there',
    plant: async () => ({ KAFKA_BROKERS: '127.0.0.1:1' }),
    check: 'Kafka',
    found: /./,
    fix: /KAFKA_BROKERS/,
  },
];

describe('doctor, of a configuration with one mistake', () => {
  it.each(PLANTED)('$what', async ({ plant, check, state, found, fix }) => {
    const { code, stdout, stderr } = await campusgPay(['doctor', '--json'], {
      ...world.env,
      ...(await plant()),
    });
    const checks = linesOf({ stdout }).map((line) => CHECK.parse(line));
    const troubles = checks.filter((one) => one.state === (state ?? 'fail'));
    const said = troubles.find(({ name }) => name === check);
    expect(said?.found).toMatch(found);
    expect(said?.fix).toMatch(fix);
    expect(code).toBe(state === 'warn' ? 0 : check === 'configuration' ? 1 : 3);
    expect(stdout + stderr).not.toMatch(/otherhalf|not-the-password|sk_test_/);
  });
});
