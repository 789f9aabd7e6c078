import pg from 'pg';
import { cpuMsOfFamily } from '../../../bench/service/cpu.js';
import type { PostgresServer } from '../../../packages/adapters/test/setup/postgres-server.js';
import type { NotedAdapters } from './adapters.js';
import { holdOf, openTrialService } from './scenario.js';

const ORDERS = 300;
const USERS = 16;

/** What orders cost, held and released by a service, and how many of them came to something else. */
export async function cost(
  adapters: NotedAdapters,
  connectionString: string,
  servers: readonly PostgresServer[],
): Promise<string> {
  const service = await openTrialService(adapters.service, connectionString);
  if (service.opened.isErr()) {
    await service.close();
    return `the service does not start: ${JSON.stringify(service.opened.error).slice(0, 300)}`;
  }
  const { escrow } = service.opened.value;
  const endings = new Map<string, number>();
  const count = (ending: string) => endings.set(ending, (endings.get(ending) ?? 0) + 1);
  const one = async (orderId: string) => {
    const held = await escrow.authorize(holdOf(orderId));
    count(held.isOk() ? `hold ${held.value.outcome}` : `hold ${held.error.type}`);
    const of = { payment: { orderId }, correlationId: `release-${orderId}` };
    const released = await escrow.release({ ...of, runnerId: 'runner' });
    count(released.isOk() ? `release ${released.value.outcome}` : `release ${released.error.type}`);
  };
  const each = async (prefix: string, orders: number) => {
    let next = 0;
    const user = async () => {
      while (next < orders) await one(`${prefix}${next++}`);
    };
    await Promise.all(Array.from({ length: USERS }, user));
  };
  await each('warm', 100);
  endings.clear();
  const before = await cpuOf(servers);
  const commitsBefore = await commitsOf(servers);
  const began = performance.now();
  await each('cost', ORDERS);
  const ms = performance.now() - began;
  const cpu = (await cpuOf(servers)) - before;
  // Postgres' own counters lag behind a little.
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  const commits = (await commitsOf(servers)).map((now, n) => now - (commitsBefore[n] ?? 0));
  await service.close();
  const told = [...endings].map(([ending, times]) => `${ending} ${times}`).join(', ');
  return (
    `${(ORDERS / (ms / 1000)).toFixed(0)} orders/s, ${((ms * USERS) / ORDERS).toFixed(0)} ms an order for a user, ` +
    `${(cpu / ORDERS).toFixed(2)} CPU ms of Postgres an order, ` +
    `transactions on each server ${commits.join(' + ')}; ${told}`
  );
}

async function cpuOf(servers: readonly PostgresServer[]): Promise<number> {
  const each = await Promise.all(servers.map((server) => cpuMsOfFamily(server.pid())));
  return each.reduce<number>((sum, ms) => sum + (ms ?? 0), 0);
}

async function commitsOf(servers: readonly PostgresServer[]): Promise<number[]> {
  return Promise.all(
    servers.map(async ({ connectionString }) => {
      const client = new pg.Client({ connectionString });
      await client.connect();
      const { rows } = await client.query(
        `select xact_commit::int as commits from pg_stat_database where datname = current_database()`,
      );
      await client.end();
      return rows[0].commits;
    }),
  );
}
