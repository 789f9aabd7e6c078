import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Publisher } from '@campusg-pay/core';
import { pino } from 'pino';
import { afterAll, expect, it } from 'vitest';
import { readConfig } from '../../src/service/config.js';
import { openOperatorSession } from '../../src/service/operator-session.js';
import { openRuntime } from '../../src/service/runtime.js';
import { testDatabase } from '../setup/database.js';
import { authorizing, until } from '../setup/service.js';

const HOUR_MS = 3_600_000;
const closing: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const close of closing.reverse()) await close();
});

it('moves the service with the embedded sandbox, so that a lapse can be rehearsed', async () => {
  const { connectionString } = await testDatabase();
  const folder = await mkdtemp(join(tmpdir(), 'moved-clock-'));
  closing.push(() => rm(folder, { recursive: true, force: true }));
  const config = readConfig({
    DATABASE_URL: connectionString,
    CAMPUSG_PAY_DATA_DIR: folder,
    SANDBOX_PORT: '0',
  })._unsafeUnwrap();
  const log = pino({ level: 'silent' });
  const events: string[] = [];
  const publisher: Publisher = {
    publish: async (outgoing) => {
      for (const one of outgoing) events.push('event' in one ? one.event.type : 'reply');
    },
  };
  const runtime = (await openRuntime(config, log, { publisher }))._unsafeUnwrap();
  closing.push(() => runtime.close());
  const { escrow } = runtime;
  const sandbox = /http:\S+(?=,)/.exec(runtime.embedded.join())?.[0] ?? '';
  const advance = async (ms: number) => {
    const init = { method: 'POST', body: JSON.stringify({ ms }) };
    expect((await fetch(`${sandbox}/_sandbox/clock/advance`, init)).status).toBe(200);
  };
  const find = async () => (await escrow.find({ orderId: 'order-1' }))._unsafeUnwrap();

  const held = (await escrow.authorize(authorizing()))._unsafeUnwrap();
  expect(held.payment.status).toBe('AUTHORIZED');
  await advance(6.5 * 24 * HOUR_MS);
  await until(find, ({ updatedAt }) => updatedAt.getTime() > Date.now() + 6 * 24 * HOUR_MS);
  await until(
    () => events,
    (seen) => seen.includes('expiring'),
  );
  expect((await find()).status).toBe('AUTHORIZED');

  const session = (await openOperatorSession(config, log))._unsafeUnwrap();
  closing.push(() => session.close());
  expect(session.clock.now().getTime() - Date.now()).toBeGreaterThan(6 * 24 * HOUR_MS);

  await advance(HOUR_MS * 24);
  const lapsed = await until(find, ({ status }) => status === 'REVERTED');
  expect(lapsed).toMatchObject({ revertMethod: 'expired' });
  await until(
    () => events,
    (seen) => seen.includes('reverted'),
  );
});
