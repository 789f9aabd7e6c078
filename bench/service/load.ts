// A program of its own that is the users: it asks what a job says, each user one request at a time, and
// tells how long the answers took.

import { type Command, requestOf, webhookRequest } from './requests.js';
import { openConnection, type UserConnection } from './user-connection.js';

/** What is to be asked for. */
export interface LoadJob {
  readonly url: string;
  /** Where the double is, for the PaymentIntents that webhooks are about. */
  readonly stripeUrl: string;
  /** How many ask at the same time. */
  readonly users: number;
  /** Orders are named by this and a number. */
  readonly prefix: string;
  readonly from: number;
  readonly orders: number;
  /** Asked for each order, in this sequence, by the same user. */
  readonly commands: readonly Command[];
  /** How many customers the orders are spread over. */
  readonly customers: number;
  /** Tells the events of one job from those of another. */
  readonly eventPrefix: string;
}

/** What came of a job. Times are in milliseconds. */
export interface LoadResult {
  readonly ms: number;
  readonly requests: number;
  readonly failures: number;
  /** The first answer that was no success. */
  readonly firstFailure: string | null;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** Of this program. */
  readonly cpuMs: number;
}

process.on('disconnect', () => process.exit());
process.on('message', (job: LoadJob) => {
  run(job).then(
    (result) => process.send?.(result),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
process.send?.({ url: '' });

async function run(job: LoadJob): Promise<LoadResult> {
  const { orders, commands, users, from } = job;
  const prepared = commands.includes('webhook') ? await prepareWebhooks(job) : [];
  const connections = await Promise.all(
    Array.from({ length: Math.min(users, orders) }, () => openConnection(job.url)),
  );
  const times = new Float64Array(orders * commands.length);
  let next = 0;
  let asked = 0;
  let failures = 0;
  let firstFailure: string | null = null;

  const user = async (connection: UserConnection) => {
    while (next < orders) {
      const index = next++;
      const number = from + index;
      for (const command of commands) {
        const request =
          command === 'webhook'
            ? (prepared[index] ?? '')
            : requestOf(command, {
                order: `${job.prefix}${number}`,
                customer: number % job.customers,
                runner: number % 200,
              });
        const began = performance.now();
        const answer = await connection.ask(request);
        times[asked++] = performance.now() - began;
        if (answer.status === 200) continue;
        failures += 1;
        firstFailure ??= `${command} ${answer.status} ${answer.body.slice(0, 300)}`;
      }
    }
  };

  const cpu = process.cpuUsage();
  const began = performance.now();
  await Promise.all(connections.map(user));
  const ms = performance.now() - began;
  const { user: own, system } = process.cpuUsage(cpu);
  for (const connection of connections) connection.close();
  times.sort();
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))];
  return {
    ms,
    requests: asked,
    failures,
    firstFailure,
    p50: at(0.5) ?? 0,
    p99: at(0.99) ?? 0,
    max: times.at(-1) ?? 0,
    cpuMs: (own + system) / 1000,
  };
}

/** Signed before the clock runs: that is Stripe's work. */
async function prepareWebhooks(job: LoadJob): Promise<readonly string[]> {
  const requests: string[] = [];
  for (let index = 0; index < job.orders; index += 1) {
    const found = await fetch(
      `${job.stripeUrl}/bench/intent?order=${job.prefix}${job.from + index}`,
    );
    const intent = (await found.json()) as object | null;
    if (intent === null) throw new Error('There is no PaymentIntent to tell of.');
    requests.push(webhookRequest(`evt_${job.eventPrefix}${index}`, intent));
  }
  return requests;
}
