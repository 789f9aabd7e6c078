// How much of the possible speed the safe protocol keeps: authorize + release through the use cases,
// beside a floor that does the least thinkable: one insert, one update, the same two Stripe calls.
// Prints ratios of one run; absolute figures depend on the machine and on what else it does.
//
//   npm run bench

import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPool } from '../packages/adapters/src/postgres/connection/pool.js';
import { startEmbeddedPostgres } from '../packages/adapters/src/postgres/embedded/embedded.js';
import { openRuntime, readConfig } from '../packages/adapters/src/service/index.js';
import { createStripeClient } from '../packages/adapters/src/stripe/client.js';
import { createLogger } from '../packages/cli/src/logging/logger.js';
import { parseCharge, parseCurrency } from '../packages/core/src/index.js';

const ORDERS = Number(process.argv[2] ?? 2_000);
const CLIENTS = 16;
const CARD = 'pm_card_visa';

const folder = await mkdtemp(join(tmpdir(), 'campusg-pay-bench-'));
const postgres = (
  await startEmbeddedPostgres({ dataDir: join(folder, 'postgres') })
)._unsafeUnwrap();
const { sandbox, url } = await startSandboxProcess();
const log = createLogger({ level: 'error', readable: true });
const config = readConfig({
  DATABASE_URL: postgres.connectionString,
  STRIPE_API_BASE: url,
  STRIPE_SECRET_KEY: 'sk_test_bench',
  DATABASE_POOL_SIZE: String(CLIENTS),
})._unsafeUnwrap();
const runtime = (await openRuntime(config, log))._unsafeUnwrap();
const stripe = createStripeClient({
  secretKey: 'sk_test_bench',
  apiBase: new URL(url),
  timeoutMs: 20_000,
});
const customer = (await stripe.customers.create()).id;
const pool = createPool({
  connectionString: postgres.connectionString,
  applicationName: 'bench',
  max: CLIENTS,
});
await pool.query('create table floor (id text primary key, status text not null)');

try {
  await each(200, floor);
  await each(200, ours);
  const floorMs = await timed(() => each(ORDERS, floor));
  const oursMs = await timed(() => each(ORDERS, ours));
  report('floor', floorMs);
  report('CampusG Pay', oursMs);
  console.log(`ratio: ${(floorMs / oursMs).toFixed(2)} of the floor's speed`);
} finally {
  await runtime.close();
  await pool.end();
  sandbox.kill('SIGTERM');
  await once(sandbox, 'exit');
  await postgres.close();
  await rm(folder, { recursive: true, force: true });
}

/** An order held and released, with everything that makes it safe. */
async function ours(): Promise<void> {
  const orderId = randomUUID();
  const amount = parseCurrency('USD')
    .andThen((usd) => parseCharge(2098, usd))
    ._unsafeUnwrap();
  const held = await runtime.escrow.authorize({
    orderId,
    customerId: 'user_bench',
    stripeCustomerId: customer,
    paymentMethodId: CARD,
    amount,
    description: null,
    paymentId: null,
    returnUrl: null,
    savePaymentMethod: false,
    correlationId: orderId,
  });
  const command = { payment: { orderId }, runnerId: 'runner_bench', correlationId: orderId };
  const released = await runtime.escrow.release(command);
  if (held.isErr() || released.isErr()) throw new Error('the bench itself is broken');
}

/** The same money moves with nothing that makes them safe. */
async function floor(): Promise<void> {
  const id = randomUUID();
  const intent = await stripe.paymentIntents.create({
    amount: 2098,
    currency: 'usd',
    customer,
    payment_method: CARD,
    capture_method: 'manual',
    confirm: true,
    allowed_payment_method_types: ['card'],
  });
  await pool.query({
    name: 'floor_insert',
    text: 'insert into floor values ($1, $2)',
    values: [id, 'held'],
  });
  await stripe.paymentIntents.capture(intent.id);
  await pool.query({
    name: 'floor_update',
    text: 'update floor set status = $2 where id = $1',
    values: [id, 'paid'],
  });
}

async function each(count: number, run: () => Promise<void>): Promise<void> {
  let left = count;
  const client = async () => {
    while (left > 0) {
      left -= 1;
      await run();
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
}

async function timed(run: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await run();
  return performance.now() - began;
}

function report(name: string, ms: number): void {
  console.log(
    `${name.padEnd(12)} ${Math.round((ORDERS / ms) * 1000)} orders/s (${ORDERS} orders, ${CLIENTS} clients)`,
  );
}

/** In a process of its own, so that its work is not counted as ours. */
async function startSandboxProcess(): Promise<{ sandbox: ChildProcess; url: string }> {
  const entry = 'packages/sandbox/src/main.ts';
  const flags = ['--conditions=@campusg-pay/source', '--import', 'tsx', entry, '--port', '0'];
  const sandbox = spawn(process.execPath, flags, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(sandbox.stdout, 'data');
  return { sandbox, url: JSON.parse(String(line)).url };
}
