// Which of our statements an engine takes that spreads Postgres over several servers, which it refuses
// and which it takes in another meaning.

import { migrate } from '../../packages/adapters/src/postgres/schema/migrate.js';
import { startPostgres } from '../../packages/adapters/test/setup/postgres-server.js';
import { loadAdapters, type NotedAdapters } from './trial/adapters.js';
import { cost } from './trial/cost.js';
import { startFdwCluster } from './trial/fdw.js';
import { probe } from './trial/fdw-probes.js';
import { type Engine, judge, type Sending, tellVerdicts } from './trial/judge.js';
import { compareLookups } from './trial/lookups.js';
import { liveThrough } from './trial/scenario.js';
import { startShardingSphere } from './trial/shardingsphere.js';

/** The adapters, with a trace of all that they usually run. */
async function tracedAdapters(): Promise<NotedAdapters> {
  const adapters = await loadAdapters();
  const server = await startMigrated();
  await liveThrough(adapters, server.connectionString);
  await server.destroy();
  return { ...adapters, trace: adapters.trace.splice(0) };
}

async function startMigrated() {
  const server = await startPostgres();
  const { connectionString } = server;
  (await migrate({ connectionString }))._unsafeUnwrap();
  return server;
}

async function hold(adapters: NotedAdapters, engine: Engine, title: string, sending: Sending) {
  const reference = await startMigrated();
  try {
    tellVerdicts(title, await judge(adapters, reference.connectionString, engine, sending));
  } finally {
    await reference.destroy();
  }
}

export async function tryFdw(): Promise<void> {
  const adapters = await tracedAdapters();
  const plain = await startMigrated();
  console.log(`one Postgres: ${await cost(adapters, plain.connectionString, [plain])}`);
  await tell('one Postgres', probe(adapters, { ...plain, secondShard: null }));
  await plain.destroy();
  const cluster = await startFdwCluster();
  try {
    await hold(adapters, cluster, 'partitions over postgres_fdw', 'parameters');
    console.log(`\npartitions: ${await cost(adapters, cluster.connectionString, cluster.servers)}`);
    const secondShard = cluster.servers[2]?.connectionString ?? null;
    await tell('partitions', probe(adapters, { ...cluster, secondShard }));
  } finally {
    await cluster.close();
  }
}

export async function tryShardingSphere(): Promise<void> {
  const adapters = await tracedAdapters();
  const proxy = await startShardingSphere();
  try {
    const [plain] = proxy.servers;
    if (plain === undefined) throw new Error('two were started');
    for (const line of await compareLookups(plain.connectionString, proxy)) console.log(line);
    console.log(`the service: ${await cost(adapters, proxy.connectionString, proxy.servers)}`);
    await hold(adapters, proxy, 'ShardingSphere-Proxy, as the service sends them', 'parameters');
    await hold(adapters, proxy, 'ShardingSphere-Proxy, with the values in the text', 'literals');
  } finally {
    await proxy.close();
  }
}

async function tell(who: string, lines: Promise<readonly string[]>): Promise<void> {
  for (const line of await lines) console.log(`${who}: ${line}`);
}
