// How fast the relay moves events from Postgres to Kafka, beside a bare kafkajs producer that sends the
// same bytes in batches of the same size and knows no database. Prints the ratio of one run; absolute
// figures depend on the machine and on what else it does. Needs Java and Maven, or KAFKA_BROKERS.
//
//   npm run bench:relay [-- <events>]

import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { toMessage } from '../packages/adapters/src/contract/messages.js';
import { createKafkaClient } from '../packages/adapters/src/kafka/client.js';
import { createPool } from '../packages/adapters/src/postgres/connection/pool.js';
import { startEmbeddedPostgres } from '../packages/adapters/src/postgres/embedded/embedded.js';
import { migrate } from '../packages/adapters/src/postgres/schema/migrate.js';
import { readConfig } from '../packages/adapters/src/service/index.js';
import { startConfiguredRelay } from '../packages/adapters/src/service/relay-wiring.js';
import { createLogger } from '../packages/cli/src/logging/logger.js';
import { startBroker } from '../scripts/kafka/broker.js';
import { whyNoKafka } from '../scripts/kafka/jars.js';
import { freePorts } from '../scripts/kafka/settings.js';

const EVENTS = Number(process.argv[2] ?? 60_000);
const BATCH = 1_000;
const ROUNDS = 3;

const given = process.env.KAFKA_BROKERS;
const missing = given ? null : await whyNoKafka();
if (missing !== null) throw new Error(`No Kafka here: ${missing}.`);

const folder = await mkdtemp(join(tmpdir(), 'campusg-pay-bench-'));
const broker = given
  ? null
  : await startBroker({ folder: join(folder, 'kafka'), ports: await freePorts() });
const brokers = given ?? broker?.address ?? '';
const postgres = (
  await startEmbeddedPostgres({ dataDir: join(folder, 'postgres') })
)._unsafeUnwrap();
const { connectionString } = postgres;
(await migrate({ connectionString }))._unsafeUnwrap();
const pool = createPool({
  connectionString,
  applicationName: 'bench',
  max: 5,
});
const log = createLogger({ level: 'error', readable: true });
const configFor = (topic: string) =>
  readConfig({
    DATABASE_URL: connectionString,
    KAFKA_BROKERS: brokers,
    KAFKA_EVENTS_TOPIC: topic,
  })._unsafeUnwrap();
const settings = configFor('unused').kafka;
if (settings === null) throw new Error('no brokers');
const { kafka, cut } = createKafkaClient(settings, log);
const announcements = Array.from({ length: EVENTS }, (_, n) => ({
  id: `p${n % 5_000}:${Math.floor(n / 5_000) + 1}`,
  paymentId: `p${n % 5_000}`,
  orderId: `order_${n % 5_000}`,
  version: Math.floor(n / 5_000) + 1,
  at: '2026-01-05T09:00:00.000Z',
  correlationId: 'bench',
  answers: 'authorize' as const,
  status: 'AUTHORIZED' as const,
  customerId: 'user_bench',
  runnerId: null,
  paymentIntentId: 'pi_bench',
  amountMinor: 2098,
  currency: 'USD',
  event: { type: 'authorized' as const, paymentIntentId: 'pi_bench', captureBefore: null },
}));

try {
  const ratios: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const bareMs = await bare(await newTopic());
    const relayMs = await relayed(await newTopic());
    ratios.push(bareMs / relayMs);
    console.log(`bare producer ${rate(bareMs)}, relay ${rate(relayMs)}`);
  }
  const sorted = ratios.sort((a, b) => a - b);
  console.log(
    `ratio: ${sorted[1]?.toFixed(2)} of the bare producer's speed (${EVENTS} events, median of ${ROUNDS})`,
  );
} finally {
  await pool.end();
  await postgres.close();
  cut();
  await broker?.kill();
  await rm(folder, { recursive: true, force: true });
}

/** The same messages, one awaited batch after the other. */
async function bare(topic: string): Promise<number> {
  const producer = kafka.producer({
    idempotent: false,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    // The leaders of a fresh topic may not know yet that they are.
    retry: { retries: 10 },
  });
  await producer.connect();
  const began = performance.now();
  for (let from = 0; from < EVENTS; from += BATCH) {
    const messages = announcements.slice(from, from + BATCH).map((one) => toMessage(one, 'own'));
    await producer.send({ topic, acks: -1, messages });
  }
  const took = performance.now() - began;
  await producer.disconnect();
  return took;
}

/** From a full outbox to an empty one. */
async function relayed(topic: string): Promise<number> {
  await pool.query(
    `insert into outbox (payment_id, order_id, version, announcement)
     select a ->> 'paymentId', a ->> 'orderId', (a ->> 'version')::int, a
     from jsonb_array_elements($1) with ordinality as one (a, n) order by n`,
    [JSON.stringify(announcements)],
  );
  await pool.query('analyze outbox');
  const config = configFor(topic);
  const began = performance.now();
  const db = { pool };
  const locksAt = { connectionString };
  const relay = (await startConfiguredRelay({ config, db, locksAt, log }))._unsafeUnwrap();
  while ((await pool.query('select 1 from outbox limit 1')).rowCount !== 0) await sleep(5);
  const took = performance.now() - began;
  await relay.stop();
  return took;
}

async function newTopic(): Promise<string> {
  const topic = `bench_${randomUUID()}`;
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({
    waitForLeaders: true,
    topics: [{ topic, numPartitions: 6, replicationFactor: 1 }],
  });
  await admin.disconnect();
  return topic;
}

function rate(ms: number): string {
  return `${Math.round((EVENTS * 1000) / ms).toLocaleString('en')} events/s`;
}
