import { randomUUID } from 'node:crypto';
import { createEscrow, createLookBudget } from '@campusg-pay/core';
import { INSTALLATION, SETTINGS } from '@campusg-pay/core/testing';
import { type Sandbox, startSandbox } from '@campusg-pay/sandbox';
import { createPool, type PoolOptions } from '../../src/postgres/connection/pool.js';
import { createCustomerDirectory } from '../../src/postgres/payments/customer-directory.js';
import { createRepository } from '../../src/postgres/payments/repository.js';
import { createInbox } from '../../src/postgres/payments/webhook-inbox.js';
import { createRunnerDirectory } from '../../src/postgres/runners/runner-directory.js';
import { createCircuit } from '../../src/stripe/circuit.js';
import { createStripeClient } from '../../src/stripe/client.js';
import { createStripeGateway } from '../../src/stripe/stripe-gateway.js';
import { testClock } from '../setup/clock.js';
import { type TestDatabase, testDatabase } from '../setup/database.js';

/** Longer than any lease here. */
export const LEASE_MS = 10_000;

/** The use cases on a small pool that loses patience soon, with nothing in the background. */
export async function openSmallWorld(
  options: Partial<PoolOptions> & {
    /** Where the pool connects to instead of the database itself. */
    readonly via?: (connectionString: string) => Promise<string>;
    readonly onQuery?: (name: string) => void;
  } = {},
) {
  const { via, onQuery = () => {}, ...limits } = options;
  const database: TestDatabase = await testDatabase({ max: 4 });
  const sandbox: Sandbox = await startSandbox();
  const pool = createPool({
    connectionString: (await via?.(database.connectionString)) ?? database.connectionString,
    applicationName: 'small pool',
    max: 2,
    connectionTimeoutMs: 300,
    statementTimeoutMs: 5_000,
    lockTimeoutMs: 5_000,
    ...limits,
  });
  const db = { pool, onQuery };
  const clock = testClock();
  const settings = { secretKey: 'sk_test_small', timeoutMs: 8_000 };
  const gateway = createStripeGateway({
    stripe: createStripeClient({ ...settings, apiBase: new URL(sandbox.url) }),
    deadlineMs: settings.timeoutMs,
    circuit: createCircuit({ concurrency: 10, queue: 10, outages: 5, restMs: 100 }),
  });
  const repository = createRepository(db);
  const escrow = createEscrow({
    repository,
    customers: createCustomerDirectory(db),
    runners: createRunnerDirectory(db),
    inbox: createInbox(db),
    gateway,
    clock,
    newId: randomUUID,
    looks: createLookBudget(clock, 1_000),
    installation: INSTALLATION,
    settings: { ...SETTINGS, leaseMs: LEASE_MS - 1_000, waitMs: 1_000 },
  });
  return {
    escrow,
    repository,
    sandbox,
    clock,
    pool,
    /** Past the small pool: for looking, locking and breaking. */
    admin: database.pool,
    /** How often Stripe was told to do something to the PaymentIntents. */
    asked: (ending: string) =>
      sandbox.ledger().requests.filter(({ method, path }) => {
        return method === 'POST' && path.startsWith('/v1/payment_intents') && path.endsWith(ending);
      }).length,
    close: async () => {
      await pool.end();
      await sandbox.close();
    },
  };
}

export type SmallWorld = Awaited<ReturnType<typeof openSmallWorld>>;
