import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '@campusg-pay/adapters';
import { walkFourOrders } from '../../demo/four-orders.js';
import { createShow } from '../../demo/narration.js';
import { createApi } from '../../demo/service-client.js';
import { createLogger } from '../../logging/logger.js';
import { EXIT } from '../../terminal/exit-codes.js';
import { print, tell } from '../../terminal/output.js';
import { endOnSignal } from '../../terminal/signals.js';
import { startService } from './running-service.js';

/** `campusg-pay demo`: four orders, each step shown with what the service answered. */
export async function demoCommand(options: { url?: string; apiKey?: string }): Promise<number> {
  const { url, apiKey } = options;
  const ending = endOnSignal();
  if (url === undefined) return onServiceOfItsOwn(ending);
  if (!/^https?:\/\/[^/]/.test(url) || !URL.canParse(url)) {
    tell(`--url must be a URL such as http://127.0.0.1:3003, not ${url}`);
    return EXIT.usage;
  }
  return walk({ url, apiKey, ending });
}

async function walk(service: {
  readonly url: string;
  readonly apiKey: string | undefined;
  readonly ending: AbortSignal;
}): Promise<number> {
  const show = createShow(process.stdout.isTTY ? process.stdout.columns : undefined);
  try {
    await walkFourOrders(createApi(service), show, service.ending);
  } catch (error) {
    if (service.ending.aborted) return EXIT.interrupted;
    tell(`The service at ${service.url} can't be used: ${causeOf(error)}`);
    return EXIT.fault;
  }
  const { unexpected } = show;
  await print([
    '',
    unexpected === 0
      ? 'All four orders went as they should.'
      : `Unexpected answers: ${unexpected}. The service's log may say more.`,
  ]);
  return unexpected === 0 ? EXIT.ok : EXIT.fault;
}

/** `fetch` says "fetch failed" and keeps the reason in the cause, at times one of several. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return 'code' in cause && cause.message === '' ? String(cause.code) : cause.message;
}

/** A whole service on free ports, with its data in a folder that goes away afterwards. */
async function onServiceOfItsOwn(ending: AbortSignal): Promise<number> {
  tell('Starting a service for the demo: embedded Postgres, Stripe sandbox, HTTP.');
  const folder = await mkdtemp(join(tmpdir(), 'campusg-pay-demo-'));
  try {
    // For root, Postgres runs as another user, who has to pass. What lies inside is closed itself.
    await chmod(folder, 0o711);
    const config = readConfig({ CAMPUSG_PAY_DATA_DIR: folder, PORT: '0', SANDBOX_PORT: '0' });
    const log = createLogger({ level: 'error', readable: true, stderr: true });
    const started = await startService(config._unsafeUnwrap(), log);
    if (ending.aborted) {
      // Ctrl-C reaches the programs that make the database too: that they fail then is no news.
      if (started.isOk()) await started.value.close();
      return EXIT.interrupted;
    }
    if (started.isErr()) {
      tell(started.error);
      return EXIT.fault;
    }
    const { url, close } = started.value;
    const code = await walk({ url, apiKey: undefined, ending });
    await close();
    return code;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
