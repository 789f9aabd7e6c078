// The least that reading both sides can be: each page asked for after the other, read, and let go of. Started
// by reconcile-seeded.ts, in a process of its own as the run is.

import { Agent, get } from 'node:http';
import { createPool } from '../packages/adapters/src/postgres/connection/pool.js';

const { connectionString, url, days } = JSON.parse(process.argv[2] ?? '{}') as {
  readonly connectionString: string;
  readonly url: string;
  readonly days: number;
};
const from = new Date(Date.now() - days * 86_400_000);
const pool = createPool({ connectionString, applicationName: 'bare', max: 1 });
const agent = new Agent({ keepAlive: true });
const began = performance.now();
const LISTS = [
  'payment_intents',
  'transfers',
  'refunds',
  'balance_transactions?type=transfer_refund',
];

/** As many rows a page as reconciling reads. */
const PAGE = 500;

const [theirs, ours] = await Promise.all([readLists(), readTables()]);
console.log(
  JSON.stringify({
    theirs,
    ours,
    ms: performance.now() - began,
    cpuMs: (process.cpuUsage().user + process.cpuUsage().system) / 1000,
    peakMegabytes: Math.round(process.resourceUsage().maxRSS / 1024),
  }),
);
agent.destroy();
await pool.end();

async function readLists(): Promise<number> {
  let read = 0;
  for (const list of LISTS) {
    const start = `${url}/v1/${list}${list.includes('?') ? '&' : '?'}limit=100&created[gte]=${Math.floor(from.getTime() / 1000)}`;
    for (let after = ''; ; ) {
      const page = await ask(`${start}${after}`);
      read += page.data.length;
      const last = page.data.at(-1);
      if (!page.has_more || last === undefined) break;
      after = `&starting_after=${last.id}`;
    }
  }
  return read;
}

function ask(
  address: string,
): Promise<{ readonly data: readonly { readonly id: string }[]; readonly has_more: boolean }> {
  return new Promise((resolve, reject) => {
    const request = get(address, { agent }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => resolve(JSON.parse(Buffer.concat(parts).toString())));
    });
    request.on('error', reject);
  });
}

async function readTables(): Promise<number> {
  const isSent = 'stripe_transfer_id is not null';
  const payments = await readTable('payments', 'id', 'true');
  const transfers = await readTable('transfers', 'payment_id', isSent);
  return payments + transfers + (await readTable('refunds', 'payment_id', 'true'));
}

async function readTable(table: string, id: string, where: string): Promise<number> {
  let read = 0;
  let at = 'infinity';
  let before = '';
  for (;;) {
    const { rows } = await pool.query<{ place: string; at: string }>({
      name: `bare_${table}`,
      text: `select *, ${id} as place, created_at::text as at from ${table}
        where (created_at, ${id}) < ($1, $2) and created_at >= $3 and ${where}
        order by created_at desc, ${id} desc limit ${PAGE}`,
      values: [at, before, from],
    });
    read += rows.length;
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return read;
    at = last.at;
    before = last.place;
  }
}
