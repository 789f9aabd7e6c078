import { createServer, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { migrationStatus } from '../../src/postgres/schema/migrate.js';
import { readConfig } from '../../src/service/config.js';
import { openDatabase } from '../../src/service/database.js';
import { checkSessions } from '../../src/service/doctor/session-checks.js';
import { emptyDatabase, testDatabase } from '../setup/database.js';

/** What the doctor finds about the way to the server. */
async function foundOf(url: string, direct: string) {
  const environment = { DATABASE_URL: url, DATABASE_DIRECT_URL: direct };
  const config = readConfig(environment)._unsafeUnwrap();
  for await (const check of checkSessions(config, url)) if (check.name === 'pooler') return check;
  return undefined;
}

describe('the direct way to the database', () => {
  it('is looked at, also where the other way has no pooler', async () => {
    const { connectionString } = await testDatabase();
    expect(await foundOf(connectionString, connectionString)).toMatchObject({ state: 'ok' });
  });

  it('that leads nowhere is told with its cure, and by its own name', async () => {
    const { connectionString } = await testDatabase();
    const elsewhere = new URL(connectionString);
    elsewhere.pathname = '/no_such_database';
    const found = await foundOf(connectionString, elsewhere.href);
    expect(found).toMatchObject({ state: 'fail' });
    expect(found?.found).toMatch(/^DATABASE_DIRECT_URL: there is no database "no_such_database"/);
    expect(found?.fix).toMatch(/correct its name in DATABASE_DIRECT_URL$/);
  });

  it('that leads to another database is refused, by the service before it changes anything', async () => {
    const { connectionString } = await testDatabase();
    const { connectionString: other } = await emptyDatabase();
    expect(await foundOf(connectionString, other)).toMatchObject({
      state: 'fail',
      found: 'DATABASE_DIRECT_URL leads to another database than DATABASE_URL',
    });
    const environment = { DATABASE_URL: connectionString, DATABASE_DIRECT_URL: other };
    const config = readConfig(environment)._unsafeUnwrap();
    const log = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };
    const opened = await openDatabase(config, log);
    expect(opened._unsafeUnwrapErr()).toMatchObject({
      type: 'MigrationFailed',
      cure: 'name the server behind the pooler in DATABASE_DIRECT_URL, and the same database',
    });
    expect((await migrationStatus({ connectionString: other }))._unsafeUnwrap().applied).toEqual(
      [],
    );
  });

  it('that lets us in and then keeps silent is not waited for without end', async () => {
    const { connectionString } = await testDatabase();
    const silent = createServer(greetOnly);
    onTestFinished(() => void silent.close());
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const address = silent.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const found = await foundOf(connectionString, `postgres://me:pw@127.0.0.1:${port}/pay`);
    expect(found).toMatchObject({ state: 'fail' });
  });
});

/** Says that it is ready for a query, and answers none. */
function greetOnly(socket: Socket): void {
  socket.on('error', () => {});
  const isLoggedIn = [0x52, 0, 0, 0, 8, 0, 0, 0, 0];
  const isReady = [0x5a, 0, 0, 0, 5, 0x49];
  socket.once('data', () => socket.write(Buffer.from([...isLoggedIn, ...isReady])));
}
