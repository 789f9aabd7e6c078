import { startSandbox } from '@campusg-pay/sandbox';
import { afterAll, expect, it } from 'vitest';
import { migrate } from '../../src/postgres/schema/migrate.js';
import { systemClock } from '../../src/service/settings.js';
import { admin } from '../setup/admin.js';
import { startPostgres } from '../setup/postgres-server.js';
import { authorizing, openService, until } from '../setup/service.js';

const server = await startPostgres();
const { connectionString } = server;
(await migrate({ connectionString }))._unsafeUnwrap();
const sandbox = await startSandbox();
afterAll(async () => {
  await sandbox.close();
  await server.destroy();
});

interface Call {
  readonly closed_at: Date | null;
  readonly lease_until: Date;
  readonly holder: number | null;
}

/** The hold of an order, as the journal has it. */
const holdOf = async (orderId: string): Promise<Call | undefined> =>
  (
    await admin<Call & Record<string, unknown>>(
      connectionString,
      `select o.closed_at, o.lease_until, o.holder from operations o
       join payments p on p.id = o.payment_id where p.order_id = '${orderId}'`,
    )
  )[0];

it('a call whose end could not be written down while Postgres was away is not waited for until its lease is over', async () => {
  const { runtime, close } = await openService(
    {
      DATABASE_URL: connectionString,
      STRIPE_SECRET_KEY: 'sk_test_left',
      STRIPE_API_BASE: sandbox.url,
      // With it a lease is longer than the test waits for anything.
      STRIPE_TIMEOUT_MS: '60000',
    },
    systemClock,
  );
  // Once it has seen itself its leases carry its name.
  let orders = 0;
  const asked = async () => {
    orders += 1;
    const orderId = `before-${orders}`;
    await runtime.escrow.authorize(authorizing({ orderId }));
    return holdOf(orderId);
  };
  await until(asked, (hold) => hold?.holder != null);
  const effect = { kind: 'latency', ms: 3_000, phase: 'after' } as const;
  sandbox.faults.add({ method: 'POST', path: '/v1/payment_intents', effect });
  const asking = runtime.escrow.authorize(authorizing());
  const begun = await until(
    () => holdOf('order-1'),
    (hold) => hold !== undefined,
  );
  expect(begun?.holder).not.toBeNull();
  await server.crash();
  // Stripe has done it, and nobody could write that down.
  await asking;
  expect(sandbox.ledger().paymentIntents).toHaveLength(orders + 1);
  await server.start();

  const done = await until(
    () => holdOf('order-1'),
    (hold) => hold?.closed_at != null,
  );
  expect(done?.closed_at?.getTime()).toBeLessThan(begun?.lease_until.getTime() ?? 0);
  const found = await runtime.escrow.find({ orderId: 'order-1' });
  expect(found._unsafeUnwrap().status).toBe('AUTHORIZED');
  expect(sandbox.ledger().paymentIntents).toHaveLength(orders + 1);
  await close();
});
