import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLogger, openRuntime, readConfig } from '@campusg-pay/adapters';
import { serve } from '@campusg-pay/http';
import { type Api, createApi, type Reply } from '../demo/api.js';
import { approveOnSandbox } from '../demo/authenticate.js';
import { EXIT } from '../exit.js';
import { explainPart, explainServe } from '../explain.js';

/** How long a person has for an authentication page that the demo can't press through itself. */
const AUTHENTICATION_MS = 120_000;

/** `campusg-pay demo`: four orders, each step shown with what the service answered. */
export async function demoCommand({
  url,
  apiKey,
}: {
  url?: string;
  apiKey?: string;
}): Promise<number> {
  if (url !== undefined) return walk(url, apiKey);
  const service = await startForDemo();
  if (typeof service === 'number') return service;
  try {
    return await walk(service.url, undefined);
  } finally {
    await service.close();
  }
}

async function walk(url: string, apiKey: string | undefined): Promise<number> {
  if (!URL.canParse(url)) {
    console.error(`--url must be a URL such as http://127.0.0.1:3003, not ${url}`);
    return EXIT.usage;
  }
  const show = createShow();
  const api = createApi({ url, apiKey });
  // Fresh order ids, so that the demo can be run again on the same service.
  const orderId = (letter: string) => `demo-${Date.now().toString(36)}-${letter}`;
  try {
    await holdAndRelease(api, show, orderId('a'));
    await holdAndRevert(api, show, orderId('b'));
    await authenticate(api, show, orderId('c'));
    await decline(api, show, orderId('d'));
  } catch (error) {
    console.error(`The service at ${url} can't be reached: ${causeOf(error)}`);
    return EXIT.fault;
  }
  console.log(
    show.unexpected === 0
      ? '\nAll four went as they should.'
      : `\n${show.unexpected} steps went otherwise.`,
  );
  return show.unexpected === 0 ? EXIT.ok : EXIT.fault;
}

async function holdAndRelease(api: Api, show: Show, orderId: string): Promise<void> {
  show.title('Delivered: the money is held, then paid out');
  show.step('authorize', await api.authorize(orderId, 'pm_card_visa'), [200, 'AUTHORIZED']);
  show.step('release', await api.release(orderId), [200, 'RELEASED']);
  show.step('status', await api.status(orderId), [200, 'RELEASED']);
}

async function holdAndRevert(api: Api, show: Show, orderId: string): Promise<void> {
  show.title('Canceled: the money is held, then given back');
  show.step('authorize', await api.authorize(orderId, 'pm_card_visa'), [200, 'AUTHORIZED']);
  show.step('revert', await api.revert(orderId), [200, 'FAILED']);
  show.step('status', await api.status(orderId), [200, 'REVERTED']);
}

async function authenticate(api: Api, show: Show, orderId: string): Promise<void> {
  show.title('The bank wants to see the customer (3D Secure)');
  const asked = await api.authorize(orderId, 'pm_card_threeDSecure2Required');
  show.step('authorize', asked, [200, 'INITIATING']);
  const action = asked.body.nextAction as { redirectUrl?: string } | undefined;
  const redirectUrl = action?.redirectUrl ?? '';
  if (await approveOnSandbox(redirectUrl))
    show.note('the customer approves on the page of the bank');
  else show.note(`open this page and approve within two minutes: ${redirectUrl}`);
  show.step('status', await statusAfterwards(api, orderId), [200, 'AUTHORIZED']);
}

async function decline(api: Api, show: Show, orderId: string): Promise<void> {
  show.title('The card is declined: nothing is held');
  show.step(
    'authorize',
    await api.authorize(orderId, 'pm_card_visa_chargeDeclinedInsufficientFunds'),
    [402, ''],
  );
  show.step('status', await api.status(orderId), [200, 'FAILED']);
}

async function statusAfterwards(api: Api, orderId: string): Promise<Reply> {
  const until = Date.now() + AUTHENTICATION_MS;
  for (;;) {
    const reply = await api.status(orderId);
    if (statusOf(reply) !== 'INITIATING' || Date.now() > until) return reply;
    await sleep(500);
  }
}

interface Show {
  readonly unexpected: number;
  title(text: string): void;
  step(name: string, reply: Reply, expected: readonly [number, string]): void;
  note(text: string): void;
}

function createShow(): Show {
  let unexpected = 0;
  return {
    get unexpected() {
      return unexpected;
    },
    title: (text) => console.log(`\n${text}`),
    note: (text) => console.log(`  ${text}`),
    step: (name, reply, [status, state]) => {
      const found = statusOf(reply);
      const right = reply.status === status && found === state;
      if (!right) unexpected += 1;
      const { declineCode, description } = reply.body;
      const words = [found, declineCode ?? '', description ?? ''].filter((word) => word !== '');
      console.log(
        `  ${name.padEnd(10)} ${reply.status}  ${words.join('  ')}${right ? '' : '   <- unexpected'}`,
      );
    },
  };
}

function statusOf({ body }: Reply): string {
  const payment = body.payment as { status?: string } | undefined;
  return String(body.status ?? payment?.status ?? '');
}

function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}

/** A whole service of its own on free ports, with its data in a temporary folder. */
async function startForDemo(): Promise<{ url: string; close(): Promise<void> } | number> {
  const folder = await mkdtemp(join(tmpdir(), 'campusg-pay-demo-'));
  const config = readConfig({
    CAMPUSG_PAY_DATA_DIR: folder,
    PORT: '0',
    SANDBOX_PORT: '0',
  })._unsafeUnwrap();
  const discard = () => rm(folder, { recursive: true, force: true });
  const runtime = await openRuntime(config, createLogger({ level: 'error', readable: true }));
  if (runtime.isErr()) {
    console.error(explainPart(runtime.error));
    await discard();
    return EXIT.fault;
  }
  const served = await serve(runtime.value);
  if (served.isErr()) {
    console.error(explainServe(served.error));
    await runtime.value.close();
    await discard();
    return EXIT.fault;
  }
  return {
    url: served.value.url,
    close: async () => {
      await served.value.close();
      await runtime.value.close();
      await discard();
    },
  };
}
