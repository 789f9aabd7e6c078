// How long nobody is served when a primary is lost: two services over HTTP on a primary with a
// synchronous standby, each a process of its own, and users who insist. The primary is killed with all
// its processes, the standby promoted at once, and the same services go on. In the end the records are
// held to every answer, and to Stripe's books (the sandbox).
//
//   npm run scale -- failover [rounds]

import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Program, startService } from '../../bench/service/processes.js';
import { openConnection, type UserConnection } from '../../bench/service/user-connection.js';
import { createPool } from '../../packages/adapters/src/postgres/connection/pool.js';
import { migrate } from '../../packages/adapters/src/postgres/schema/migrate.js';
import { startReplicatedPostgres } from '../../packages/adapters/test/setup/postgres-server.js';
import { type Sandbox, startSandbox } from '../../packages/sandbox/src/index.js';

const USERS = 32;
const ORDERS = 2_000;
const AMOUNT = 2_098;
const SECRET_KEY = 'sk_test_failover';

/** An answer with 200: when it came, and what it was to. */
interface Acknowledged {
  readonly at: number;
  readonly order: string;
  readonly command: 'authorize' | 'release';
}

export async function failover(rounds = 3): Promise<void> {
  for (let round = 1; round <= rounds; round += 1) {
    console.log(`\nround ${round}: ${ORDERS} orders of ${USERS} users, two replicas`);
    await oneRound(round);
  }
}

async function oneRound(round: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'campusg-pay-failover-'));
  const postgres = await startReplicatedPostgres(async (connectionString) => {
    (await migrate({ connectionString }))._unsafeUnwrap();
  });
  const sandbox = await startSandbox({ secretKey: SECRET_KEY });
  const replicas: Program[] = [];
  try {
    for (const name of ['a', 'b']) {
      replicas.push(await startReplica(join(folder, name), postgres.connectionString, sandbox));
    }
    const users = insistingUsers(replicas, `f${round}-`);
    const done = users.all();
    await until(() => users.acknowledged.length >= ORDERS);
    const before = performance.now();
    await postgres.primary.kill();
    const killed = performance.now();
    const known = [...users.acknowledged];
    await postgres.promote();
    const promoted = performance.now();
    const { connectionString } = postgres.standby;
    const lost = await notThere(connectionString, known);
    await done;
    const answers = users.acknowledged.map(({ at }) => at).filter((at) => at > before);
    const gap = Math.max(...answers.slice(1).map((at, place) => at - (answers[place] ?? at)));
    console.log(`  killed within ${ms(killed - before)}, promoted ${ms(promoted - killed)} later`);
    console.log(
      `  nobody was served for ${ms(gap)}; ${users.refused()} requests were told 503; ` +
        `a command that was under way took up to ${ms(users.longest())}`,
    );
    console.log(`  acknowledged before: ${known.length}, of these lost: ${lost}`);
    await compare(connectionString, sandbox, users.acknowledged);
  } finally {
    for (const replica of replicas) await replica.stop();
    await sandbox.close();
    await postgres.destroy();
    await rm(folder, { recursive: true, force: true });
  }
}

async function startReplica(
  folder: string,
  databaseUrl: string,
  sandbox: Sandbox,
): Promise<Program> {
  await mkdir(folder, { recursive: true });
  return startService(process.cwd(), {
    DATABASE_URL: databaseUrl,
    STRIPE_API_BASE: sandbox.url,
    STRIPE_SECRET_KEY: SECRET_KEY,
    STRIPE_WEBHOOK_SECRET: 'whsec_failover',
    CAMPUSG_PAY_DATA_DIR: folder,
  });
}

/** Users who hold and release, and ask again until they are told 200. */
function insistingUsers(replicas: readonly Program[], prefix: string) {
  const acknowledged: Acknowledged[] = [];
  let refused = 0;
  let next = 0;
  let longest = 0;
  const ask = async (connection: UserConnection, request: string) => {
    const began = performance.now();
    for (;;) {
      const { status, body } = await connection.ask(request);
      // "Processing" is 202: not done yet, but sure to be.
      longest = Math.max(longest, performance.now() - began);
      if (status === 200) return;
      if (status !== 202 && status !== 503) throw new Error(`${status} ${body}`);
      if (status === 503) refused += 1;
      await sleep(20);
    }
  };
  const user = async (place: number) => {
    const replica = replicas[place % replicas.length];
    const connection = await openConnection(replica?.url ?? '');
    while (next < ORDERS) {
      const n = next++;
      const order = `${prefix}${n}`;
      for (const command of ['authorize', 'release'] as const) {
        await ask(connection, requestOf(command, order, n));
        acknowledged.push({ at: performance.now(), order, command });
      }
    }
    connection.close();
  };
  return {
    acknowledged,
    refused: () => refused,
    longest: () => longest,
    all: () => Promise.all(Array.from({ length: USERS }, (_, place) => user(place))),
  };
}

function requestOf(command: 'authorize' | 'release', order: string, n: number): string {
  const customer = {
    clerkUserId: `user_${n % 100}`,
    userStripeCard: { payment_method_id: 'pm_card_visa' },
  };
  const json = JSON.stringify(
    command === 'authorize'
      ? { customer, order: { amount: AMOUNT } }
      : { runnerId: `runner_${n % 200}` },
  );
  const head = [
    `POST /api/payment/${order}/${command} HTTP/1.1`,
    'host: 127.0.0.1',
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(json)}`,
  ];
  return `${head.join('\r\n')}\r\n\r\n${json}`;
}

/** How many of the answers the records don't bear out. */
async function notThere(connectionString: string, known: readonly Acknowledged[]): Promise<number> {
  const events = await historyOf(connectionString);
  return known.filter(({ order, command }) => !events.has(`${order} ${command}d`)).length;
}

async function historyOf(connectionString: string): Promise<ReadonlySet<string>> {
  const rows = await rowsOf<{ told: string }>(
    connectionString,
    `select p.order_id || ' ' || e.type as told
     from payment_events e join payments p on p.id = e.payment_id`,
  );
  return new Set(rows.map(({ told }) => told));
}

/** Whether records and Stripe's books say the same in the end, and the same as the answers. */
async function compare(
  connectionString: string,
  sandbox: Sandbox,
  acknowledged: readonly Acknowledged[],
): Promise<void> {
  const lost = await notThere(connectionString, acknowledged);
  const records = await rowsOf<{ order_id: string; status: string; payment_intent_id: string }>(
    connectionString,
    'select order_id, status, payment_intent_id from payments',
  );
  const { paymentIntents } = sandbox.ledger();
  const taken = new Map(paymentIntents.map((one) => [one.id, one.amount_received]));
  const wrong = records.filter(
    (one) => one.status !== 'RELEASED' || taken.get(one.payment_intent_id) !== AMOUNT,
  );
  console.log(
    `  in the end: ${acknowledged.length} answers, lost ${lost}; ${records.length} payments for ${ORDERS} orders, ` +
      `${paymentIntents.length} PaymentIntents, ${wrong.length} that disagree`,
  );
  const fits = records.length === ORDERS && paymentIntents.length === ORDERS;
  if (lost > 0 || wrong.length > 0 || !fits) process.exitCode = 1;
}

async function rowsOf<Row>(connectionString: string, sql: string): Promise<Row[]> {
  const pool = createPool({ connectionString, applicationName: 'failover', max: 1 });
  try {
    return (await pool.query(sql)).rows as Row[];
  } finally {
    await pool.end();
  }
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(5);
}

const ms = (time: number) => `${Math.round(time)} ms`;
