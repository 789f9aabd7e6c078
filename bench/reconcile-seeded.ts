// Reconciling what `npm run seed` has made, beside the least that reading both sides can be, in turn. Stripe
// is a double that works its lists out, so that its memory is no limit; both are read whole, page by page.
//
//   npm run bench:reconcile -- --seeded postgres://... [rounds [days]]      days: only the newest

import { createPool } from '../packages/adapters/src/postgres/connection/pool.js';
import type { SeedSpan } from '../scripts/seed/book.js';
import { seededSpan } from '../scripts/seed/seed.js';
import { processWithUrl, runScript } from './data-processes.js';

interface Bare {
  readonly theirs: number;
  readonly ours: number;
  readonly ms: number;
  readonly cpuMs: number;
  readonly peakMegabytes: number;
}

interface Reconciled {
  readonly intents: number;
  readonly payments: number;
  readonly transfers: { readonly theirs: number; readonly ours: number };
  readonly refunds: { readonly theirs: number; readonly ours: number };
  readonly drifts: number;
  readonly ms: number;
  readonly cpuMs: number;
  readonly peakMegabytes: number;
  readonly heapMegabytes: number;
}

/** Measures and tells; throws where the run finds anything, or does not read all that was seeded. */
export async function reconcileSeeded(
  connectionString: string,
  rounds: number,
  newestDays: number | null,
): Promise<void> {
  const pool = createPool({ connectionString, applicationName: 'bench', max: 1 });
  const span = await seededSpan(pool as never);
  const { rows } = await pool.query<{ id: string }>('select id from installation');
  await pool.end();
  if (span === null) throw new Error('This database was not made by npm run seed.');
  const stripe = await processWithUrl('data-stripe-double.ts', span);
  try {
    for (let round = 1; round <= rounds; round += 1)
      await compare({
        connectionString,
        url: stripe.url,
        span,
        installation: rows[0]?.id ?? '',
        days: newestDays ?? Math.ceil((Date.now() / 1000 - span.fromS) / 86_400) + 1,
      });
  } finally {
    stripe.child.kill('SIGTERM');
  }
}

async function compare(at: {
  readonly connectionString: string;
  readonly url: string;
  readonly span: SeedSpan;
  readonly installation: string;
  /** How far back is read. */
  readonly days: number;
}): Promise<void> {
  const { connectionString, url, span, installation, days } = at;
  const bare = await runScript<Bare>('data-bare.ts', { connectionString, url, days });
  const wanted = { connectionString, url, stopAt: null, days, installation };
  const run = await runScript<Reconciled>('reconcile-child.ts', wanted);
  const { intents, payments, transfers, refunds } = run;
  const theirs = intents + transfers.theirs + refunds.theirs;
  const ours = payments + transfers.ours + refunds.ours;
  tell('bare reads', { ...bare, rows: bare.theirs + bare.ours });
  tell('reconcile', { ...run, rows: theirs + ours });
  const ratio = (ours + theirs) / run.ms / ((bare.ours + bare.theirs) / bare.ms);
  console.log(
    `ratio: ${ratio.toFixed(2)} of the bare reads' rows a second; ${run.heapMegabytes} MB heap`,
  );
  const isAll = Date.now() / 1000 - days * 86_400 < span.fromS;
  if (run.drifts !== 0 || intents !== payments || (isAll && payments !== span.count))
    throw new Error(`not what was seeded: ${JSON.stringify(run)}`);
}

function tell(
  what: string,
  of: {
    readonly rows: number;
    readonly ms: number;
    readonly cpuMs: number;
    readonly peakMegabytes: number;
  },
): void {
  const seconds = (ms: number) => (ms / 1000).toFixed(1);
  const rate = Math.round((of.rows / of.ms) * 1000);
  console.log(
    `${what.padEnd(10)} ${of.rows} rows in ${seconds(of.ms)} s: ${rate} rows/s, ` +
      `${seconds(of.cpuMs)} s of CPU, peak ${of.peakMegabytes} MB resident`,
  );
}
