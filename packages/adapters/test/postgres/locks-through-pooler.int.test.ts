import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { openShardLocks } from '../../src/postgres/outbox/shard-locks.js';
import { admin } from '../setup/admin.js';
import { testDatabase } from '../setup/database.js';
import { startPgBouncer } from '../setup/pgbouncer.js';
import { hasPgBouncer } from '../setup/pgbouncer-process.js';

it.skipIf(!hasPgBouncer)('locks outlive what a database allows transactions', async () => {
  const { connectionString } = await testDatabase();
  const name = new URL(connectionString).pathname.slice(1);
  await admin(connectionString, `alter database ${name} set transaction_timeout = '1s'`);
  const pooler = await startPgBouncer(connectionString, 'transaction');
  let isLost = false;
  const locks = await openShardLocks({
    connectionString: pooler.connectionString,
    holder: 'relay',
    onLost: () => {
      isLost = true;
    },
  });
  await sleep(1_500);
  expect((await locks.look()).relays).toBe(1);
  expect(isLost).toBe(false);
  await locks.end();
});
