import {
  type Config,
  configFromEnvironment,
  createLogger,
  openRuntime,
  type Runtime,
} from '@campusg-pay/adapters';
import { serve } from '@campusg-pay/http';
import { EXIT } from '../exit.js';
import { explainConfig, explainPart, explainServe } from '../explain.js';

/** `campusg-pay serve`: runs until SIGINT or SIGTERM, then lets what is under way finish. */
export async function serveCommand(): Promise<number> {
  const config = configFromEnvironment();
  if (config.isErr()) {
    console.error(explainConfig(config.error));
    return EXIT.usage;
  }
  const { logLevel: level, production } = config.value;
  const log = createLogger({ level, readable: !production && process.stdout.isTTY === true });
  const runtime = await openRuntime(config.value, log);
  if (runtime.isErr()) {
    console.error(explainPart(runtime.error));
    return EXIT.fault;
  }
  const served = await serve(runtime.value);
  if (served.isErr()) {
    console.error(explainServe(served.error));
    await runtime.value.close();
    return EXIT.fault;
  }
  console.error(banner(served.value.url, runtime.value, config.value));
  const signal = await nextSignal();
  log.info({ signal }, 'stopping: finishing what is under way');
  await served.value.close();
  await runtime.value.close();
  log.info('stopped');
  return EXIT.ok;
}

/** The first signal ends the service in order; a second one ends the process at once. */
function nextSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    const stop = (signal: NodeJS.Signals) => {
      resolve(signal);
      process.once('SIGINT', () => process.exit(EXIT.interrupted));
      process.once('SIGTERM', () => process.exit(EXIT.interrupted));
    };
    process.once('SIGINT', stop);
    process.once('SIGTERM', stop);
  });
}

function banner(url: string, { embedded }: Runtime, { apiKeys }: Config): string {
  const lines = [`CampusG Pay listens on ${url}`];
  for (const part of embedded) lines.push(`  embedded: ${part}`);
  if (apiKeys.length === 0)
    lines.push('  API_KEYS is not set: whoever reaches the port may move money');
  if (embedded.length === 0 || apiKeys.length > 0) return lines.join('\n');
  return [...lines, '', 'Try it:', ...curlWalk(url), ''].join('\n');
}

/** Three lines to paste: hold, release, look. */
function curlWalk(url: string): string[] {
  const orderId = `order_${Date.now().toString(36)}`;
  const authorize = {
    customer: { clerkUserId: 'user_1', userStripeCard: { payment_method_id: 'pm_card_visa' } },
    order: { amount: 2098 },
  };
  const post = (command: string, body: object) =>
    `  curl -sX POST ${url}/api/payment/${orderId}/${command} -H 'content-type: application/json' -d '${JSON.stringify(body)}'`;
  return [
    post('authorize', authorize),
    post('release', { runnerId: 'user_2' }),
    `  curl -s ${url}/api/payment/${orderId}/status`,
  ];
}
