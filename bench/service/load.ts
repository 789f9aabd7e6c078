// A program of its own that is the users: it asks what a job says, each user one request at a time, and
// tells how long the answers took.

import { type Command, RUNNERS, requestOf, webhookRequest } from './requests.js';
import { openConnection, type UserConnection } from './user-connection.js';

/** What is to be asked for. */
export interface LoadJob {
  readonly url: string;
  /** Where the double is, for the PaymentIntents that webhooks are about. */
  readonly stripeUrl: string;
  /** Sent with each request. */
  readonly headers: Readonly<Record<string, string>>;
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
  /** False: the service is to find the Stripe customer by the user's id. Default: it is told. */
  readonly isCustomerTold?: boolean;
  /** Whether requests may fail: then they are told of, and the order's others are left out. */
  readonly mayFail?: boolean;
  /** Tells the events of one job from those of another. */
  readonly eventPrefix: string;
}

/** What came of a job. Times are in milliseconds. */
export interface LoadResult {
  readonly ms: number;
  readonly requests: number;
  readonly failures: number;
  /** How many failed with which status. */
  readonly statuses: Readonly<Record<string, number>>;
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
  const headers = Object.entries(job.headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
  let next = 0;
  let asked = 0;
  let failures = 0;
  const statuses: Record<string, number> = {};
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
                runner: number % RUNNERS,
                isCustomerTold: job.isCustomerTold ?? true,
                headers,
              });
        const began = performance.now();
        const answer = await connection.ask(request);
        times[asked++] = performance.now() - began;
        if (answer.status === 200) continue;
        failures += 1;
        statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
        firstFailure ??= `${command} ${answer.status} ${answer.body.slice(0, 300)}`;
        break;
      }
    }
  };

  const cpu = process.cpuUsage();
  const began = performance.now();
  await Promise.all(connections.map(user));
  const ms = performance.now() - began;
  const { user: own, system } = process.cpuUsage(cpu);
  for (const connection of connections) connection.close();
  const took = times.subarray(0, asked).sort();
  const at = (share: number) => took[Math.min(took.length - 1, Math.floor(took.length * share))];
  return {
    ms,
    requests: asked,
    failures,
    statuses,
    firstFailure,
    p50: at(0.5) ?? 0,
    p99: at(0.99) ?? 0,
    max: took.at(-1) ?? 0,
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
