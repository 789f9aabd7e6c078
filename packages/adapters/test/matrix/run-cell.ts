import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Announcement, Escrow, PaymentRepository } from '@campusg-pay/core';
import { brokenInvariants } from '@campusg-pay/core/testing';
import { type Sandbox, startSandbox } from '@campusg-pay/sandbox';
import { pino } from 'pino';
import { expect } from 'vitest';
import { createRepository } from '../../src/postgres/payments/repository.js';
import { readConfig } from '../../src/service/config.js';
import { openRuntime, type Runtime } from '../../src/service/runtime.js';
import { admin } from '../setup/admin.js';
import { type TestClock, testClock } from '../setup/clock.js';
import { testDatabase } from '../setup/database.js';
import { evidenceOf } from '../setup/evidence.js';
import { programOf } from '../setup/program.js';
import { authorizing, until } from '../setup/service.js';
import { type Cell, type Ending, ONWARD } from './cells.js';
import { filePublisher, IN_CALL_MS } from './failpoints.js';

/** What one cell of the matrix came to. */
export interface CellResult {
  /** How the process that ran the command ended. */
  readonly signal: string | null;
  /** What was there before anything was healed. */
  readonly left: Ending;
  readonly healed: Ending;
  readonly broken: readonly string[];
}

/** Longer than any lease with the timeout below. */
const LEASE_MS = 30_000;

interface World {
  readonly repository: PaymentRepository;
  readonly sandbox: Sandbox;
  readonly clock: TestClock;
  readonly environment: Record<string, string>;
  readonly published: string;
}

/** Prepares the order, kills the command on its way, heals, and judges by the sandbox's own books. */
export async function runCell(cell: Cell): Promise<CellResult> {
  const database = await testDatabase({ max: 2 });
  const sandbox = await startSandbox();
  const folder = await mkdtemp(join(tmpdir(), 'campusg-pay-matrix-'));
  const world: World = {
    repository: createRepository({ pool: database.pool }),
    sandbox,
    clock: testClock(),
    published: join(folder, 'published.jsonl'),
    environment: {
      DATABASE_URL: database.connectionString,
      STRIPE_SECRET_KEY: 'sk_test_matrix',
      STRIPE_API_BASE: sandbox.url,
      STRIPE_TIMEOUT_MS: '3000',
      DATABASE_POOL_SIZE: '3',
    },
  };
  try {
    await withRuntime(world, ({ escrow }) => prepare(world, escrow, cell));
    const signal = await runChild(world, cell);
    const left = await endingNow(world, cell);
    await withRuntime(world, ({ escrow }) => heal(world, escrow, cell));
    const ledger = sandbox.ledger();
    const books = { ledger, requests: ledger.requests };
    const evidence = await evidenceOf(database.pool, toldIn(world.published), books);
    const broken = brokenInvariants(evidence, { quiet: true });
    return { signal, left, healed: await endingNow(world, cell), broken };
  } finally {
    await sandbox.close();
    await database.drop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function withRuntime(world: World, use: (runtime: Runtime) => Promise<void>): Promise<void> {
  const { environment, clock, published } = world;
  const config = readConfig(environment)._unsafeUnwrap();
  const publisher = filePublisher(published, () => {});
  const silent = pino({ level: 'silent' });
  const runtime = (await openRuntime(config, silent, { clock, publisher }))._unsafeUnwrap();
  try {
    await use(runtime);
    // What the command did is told before the next process comes.
    await until(
      () => unpublished(environment),
      (count) => count === 0,
    );
  } finally {
    await runtime.close();
  }
}

async function unpublished({ DATABASE_URL = '' }: Record<string, string>): Promise<number> {
  const rows = await admin<{ count: number }>(DATABASE_URL, 'select count(*)::int from outbox');
  return rows[0]?.count ?? 0;
}

async function prepare(world: World, escrow: Escrow, cell: Cell): Promise<void> {
  const { command, orderId, card, amount } = cell;
  if (command === 'authorize' || command === 'authorize declined') return;
  const payment = { orderId };
  const held = await escrow.authorize(authorizing({ orderId, paymentMethodId: card, amount }));
  expect(held.isOk()).toBe(true);
  if (command === 'revert a release') {
    const release = { payment, runnerId: 'runner-1', correlationId: 'prepare' };
    expect((await escrow.release(release)).isOk()).toBe(true);
  }
  if (command === 'report') await approve(world.sandbox, orderId);
  await prepareRunner(world, escrow, cell);
}

/** What goes on to a runner is paid in the first two, and on its way back in the others. */
async function prepareRunner({ sandbox }: World, escrow: Escrow, cell: Cell): Promise<void> {
  const { command } = cell;
  const payment = { orderId: cell.orderId };
  const { runnerId, stripeAccount } = ONWARD;
  sandbox.accounts.seed({ id: stripeAccount });
  const release = { payment, ...ONWARD, correlationId: 'prepare' };
  if (command === 'send a transfer') {
    await escrow.setRunnerAccount({ runnerId, stripeAccount: null });
    const { stripeAccount: _, ...nameless } = release;
    expect((await escrow.release(nameless)).isOk()).toBe(true);
    await escrow.setRunnerAccount({ runnerId, stripeAccount });
  }
  const isBack = ['give back a part', 'revert a transfer', 'revert a transfer that was paid out'];
  if (isBack.includes(command)) expect((await escrow.release(release)).isOk()).toBe(true);
  if (command === 'revert a transfer that was paid out')
    sandbox.funds.payOut({ account: stripeAccount, currency: 'usd', amount: 2000 });
}

/** The customer presses the button on the page of the bank; we don't hear of it. */
async function approve(sandbox: Sandbox, orderId: string): Promise<void> {
  const intent = intentsOf(sandbox, orderId)[0];
  const body = new URLSearchParams({ client_secret: intent?.client_secret ?? '' });
  const url = `${sandbox.url}/3ds/${intent?.id}/approve`;
  await fetch(url, { method: 'POST', body, redirect: 'manual' });
}

/** The signal that ended the child, or null when it got through to its end. */
async function runChild(world: World, cell: Cell): Promise<string | null> {
  const { sandbox, environment, published, clock } = world;
  if (cell.kill.point === 'in call') {
    const effect = { kind: 'latency', ms: 10 * IN_CALL_MS, phase: 'after' } as const;
    sandbox.faults.add({ method: 'POST', path: '/v1/**', times: 9, effect });
  }
  const clockOffsetMs = clock.now().getTime() - Date.now();
  const input = JSON.stringify({ environment, published, clockOffsetMs, cell });
  const program = await programOf(new URL('./child.ts', import.meta.url));
  const child = spawn(process.execPath, [program, input], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [, signal] = await once(child, 'exit');
  sandbox.faults.clear();
  return signal;
}

/** What a service does by itself after a restart, once the dead one's leases have run out. */
async function heal({ clock }: World, escrow: Escrow, { orderId }: Cell): Promise<void> {
  for (let round = 0; round < 3; round += 1) {
    clock.advance(LEASE_MS);
    expect((await escrow.resume(10)).isOk()).toBe(true);
    await escrow.check({ orderId });
    expect((await escrow.sendDueTransfers(10)).isOk()).toBe(true);
  }
}

async function endingNow({ repository, sandbox }: World, { orderId }: Cell): Promise<Ending> {
  const payment = (await repository.find({ orderId }))._unsafeUnwrap();
  const intents = intentsOf(sandbox, orderId).map(({ status }) => status);
  const ending: Ending = {
    payment: payment?.status ?? 'none',
    intent: intents.join(' and ') || 'none',
  };
  const sent = sandbox.ledger().transfers.map(({ amount, amount_reversed }) => ({
    amount,
    back: amount_reversed,
  }));
  const transfer = payment !== null && 'transfer' in payment ? payment.transfer : null;
  if (sent.length === 0 || transfer === null) return ending;
  const books = sent.map(({ amount, back }) => `${amount} back ${back}`).join(' and ');
  return { ...ending, transfer: `${transfer.status} ${books} owed ${transfer.debtMinor}` };
}

/** Every publication of whichever process, repeats included. */
function toldIn(published: string): readonly Announcement[] {
  const lines = existsSync(published) ? readFileSync(published, 'utf8').trim().split('\n') : [];
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Announcement);
}

function intentsOf(sandbox: Sandbox, orderId: string) {
  const { paymentIntents } = sandbox.ledger();
  return paymentIntents.filter(({ metadata }) => metadata.order_id === orderId);
}
