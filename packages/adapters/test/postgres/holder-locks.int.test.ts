import { randomUUID } from 'node:crypto';
import { describeHolderContract } from '@campusg-pay/core/testing/contract';
import { describe, expect, it } from 'vitest';
import { newLeaseHolder, openShardLocks } from '../../src/postgres/outbox/shard-locks.js';
import { createRepository } from '../../src/postgres/payments/repository.js';
import { admin } from '../setup/admin.js';
import { testDatabase } from '../setup/database.js';
import { until } from '../setup/service.js';

/** Ends the server's side of the connection that holds the lock, as the kill of its process does. */
async function endSession(connectionString: string, key: number): Promise<void> {
  const holding = `select pid from pg_locks where locktype = 'advisory' and objid = ${key}
    and database = (select oid from pg_database where datname = current_database())`;
  await admin(connectionString, `select pg_terminate_backend(pid) from (${holding}) as held`);
  await until(
    () => admin(connectionString, holding),
    (rows) => rows.length === 0,
  );
}

describeHolderContract('Postgres', async () => {
  const { pool, connectionString } = await testDatabase();
  return {
    newHolder: newLeaseHolder,
    start: async (self) => {
      const holder = randomUUID();
      const options = { connectionString, holder, leaseHolder: self, onLost: () => {} };
      return {
        repository: createRepository({ pool }, () => self),
        locks: await openShardLocks(options),
        cut: () => endSession(connectionString, self),
      };
    },
  };
});

describe('the connection that holds the locks', () => {
  it('counts as a holder of leases only where its process makes calls', async () => {
    const { connectionString } = await testDatabase();
    const relayOnly = await openShardLocks({
      connectionString,
      holder: 'r',
      onLost: () => {},
    });
    expect(await relayOnly.look()).toMatchObject({ relays: 1, holders: { live: 0, missing: [] } });
    await relayOnly.end();
  });
});
