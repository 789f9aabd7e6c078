import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkDatabase } from '../../src/postgres/schema/database-checkup.js';
import { migrationStatus } from '../../src/postgres/schema/migrate.js';
import { explainDatabase } from '../../src/service/database-wording.js';
import { admin } from '../setup/admin.js';
import { emptyDatabase } from '../setup/database.js';

const { connectionString } = await emptyDatabase();
const role = `guest_${process.pid}`;
const servers: Server[] = [];

beforeAll(async () => {
  await admin(connectionString, `create role ${role} login password 'guest'`);
});
afterAll(async () => {
  for (const server of servers) server.close();
  const database = new URL(connectionString).pathname.slice(1);
  await admin(connectionString, `grant connect on database ${database} to public`);
  await admin(connectionString, `drop role ${role}`);
});

/** The database's URL with something else in it. */
function changed(change: (url: URL) => void): string {
  const url = new URL(connectionString);
  change(url);
  return url.href;
}

const asGuest = () =>
  changed((url) => {
    url.username = role;
    url.password = 'guest';
  });

/** Another service on a port of this machine. */
async function listening(server: Server): Promise<string> {
  servers.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return `postgres://me:hunter2@127.0.0.1:${port}/pay`;
}

/** A server that refuses whoever says hello, as Postgres does. */
const refusing = (code: string) =>
  createServer((socket) => {
    socket.on('error', () => {});
    const fields = `SFATAL\0VFATAL\0C${code}\0Mnot now\0\0`;
    const head = Buffer.from([0x45, 0, 0, 0, fields.length + 4]);
    socket.once('data', () => socket.end(Buffer.concat([head, Buffer.from(fields)])));
  });

/** What is said of it, by who migrates and by who looks. */
async function said(url: string): Promise<string> {
  const [status, looked] = [
    await migrationStatus({ connectionString: url }),
    await checkDatabase(url),
  ];
  const told = [status, looked].map((result) => {
    const fault = result._unsafeUnwrapErr();
    if (fault.type !== 'DatabaseUnavailable') throw new Error(fault.detail);
    const { found, cure } = explainDatabase(fault, url);
    return `${found} -> ${cure}`;
  });
  expect(told[1]).toBe(told[0]);
  expect(told[0]).not.toMatch(/hunter2|undefined/);
  return told[0] ?? '';
}

describe('what keeps us out of a database has a sentence and a cure of its own:', () => {
  it.each([
    [
      'nobody listens',
      () => 'postgres://me@127.0.0.1:1/d',
      /^nobody listens on 127\.0\.0\.1:1 \(ECONNREFUSED\) -> start Postgres there/,
    ],
    ['nobody listens at an IPv6 address', () => 'postgres://me@[::1]:1/d', /\[::1\]:1 .* -> /],
    [
      'no such host',
      () => 'postgres://me:hunter2@nowhere.invalid/d',
      /^the name of the host nowhere\.invalid:5432 .*(ENOTFOUND|EAI_AGAIN)/,
    ],
    [
      'no socket',
      () => 'postgres://me@/d?host=/no/folder',
      /^there is no socket of Postgres in \/no\/folder \(ENOENT\) -> /,
    ],
    [
      'a web server',
      () => listening(createHttpServer()),
      /^what listens on 127\.0\.0\.1:\d+ does not speak Postgres \(ERR_CONNECTION_CLOSED\)/,
    ],
    [
      'a web server, asked for TLS',
      async () => `${await listening(createHttpServer())}?sslmode=require`,
      /does not speak Postgres \(ERR_NOT_POSTGRES\)/,
    ],
    [
      'a silent server',
      async () => `${await listening(createServer())}?connect_timeout=1`,
      /^127\.0\.0\.1:\d+ does not answer \(ERR_CONNECT_TIMEOUT\) -> let the firewall/,
    ],
    [
      'it is starting up',
      () => listening(refusing('57P03')),
      /is starting up, or shutting down \(57P03\) -> wait/,
    ],
    [
      'a wrong password',
      () =>
        changed((url) => {
          url.password = 'hunter2';
        }),
      /^the password of the user "campusg_pay" is wrong, .*\(28P01\)/,
    ],
    [
      'no password',
      () =>
        changed((url) => {
          url.password = '';
        }),
      /wants a password .*DATABASE_URL has none \(ERR_NO_PASSWORD\)/,
    ],
    [
      'no such user',
      () => listening(refusing('28000')),
      /^there is no user "me", or it may not log in \(28000\) -> create role "me" login/,
    ],
    [
      'no such database',
      () =>
        changed((url) => {
          url.pathname = '/paymnts';
        }),
      /^there is no database "paymnts" on .*\(3D000\) -> create database "paymnts"/,
    ],
    [
      'a wrong option',
      () => `${connectionString}?options=-c%20no_such%3D1`,
      /^127.* a setting that the options of DATABASE_URL name \(42704\)/,
    ],
  ] satisfies [string, () => string | Promise<string>, RegExp][])(
    '%s',
    async (_, urlOf, sentence) => {
      expect(await said(await urlOf())).toMatch(sentence);
    },
  );

  it('no right to connect', async () => {
    const database = new URL(connectionString).pathname.slice(1);
    await admin(connectionString, `revoke connect on database ${database} from public`);
    expect(await said(asGuest())).toContain(
      `-> grant connect on database "${database}" to "${role}"`,
    );
    await admin(connectionString, `grant connect on database ${database} to public`);
  });

  it('no connection left', async () => {
    await admin(connectionString, `alter role ${role} connection limit 0`);
    expect(await said(asGuest())).toMatch(
      /has no connection left \(53300\) -> set DATABASE_POOL_SIZE/,
    );
    await admin(connectionString, `alter role ${role} connection limit -1`);
  });
});
