import pg from 'pg';
import { cpuMsOf } from '../../../bench/service/cpu.js';

const LOOKUPS = 2_000;

/** What a lookup costs by which the proxy knows the server, beside the same on the server itself. */
export async function compareLookups(
  direct: string,
  proxy: { readonly connectionString: string; readonly pid: number },
): Promise<readonly string[]> {
  const told: string[] = [];
  // By turns, since the machine is not ours alone.
  for (let round = 1; round <= 3; round += 1) {
    const alone = await lookUp(direct);
    const cpu = await cpuMsOf(proxy.pid);
    const through = await lookUp(proxy.connectionString);
    const spent = ((await cpuMsOf(proxy.pid)) ?? 0) - (cpu ?? 0);
    told.push(
      `round ${round}: a lookup by order takes ${alone.toFixed(2)} ms on the server, ${through.toFixed(2)} ms through the proxy, ` +
        `which spends ${(spent / LOOKUPS).toFixed(2)} CPU ms on it`,
    );
  }
  return told;
}

async function lookUp(connectionString: string): Promise<number> {
  const client = new pg.Client({ connectionString });
  client.on('error', () => {});
  await client.connect();
  const began = performance.now();
  for (let n = 0; n < LOOKUPS; n += 1) {
    await client.query(`select id, status, revision from payments where order_id = 'order-${n}'`);
  }
  const ms = performance.now() - began;
  await client.end();
  return ms / LOOKUPS;
}
