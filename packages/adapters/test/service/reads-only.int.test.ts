import type { PaymentGateway } from '@campusg-pay/core';
import { startSandbox } from '@campusg-pay/sandbox';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPool } from '../../src/postgres/connection/pool.js';
import { readFigures } from '../../src/postgres/jobs/figures.js';
import { totalsOf } from '../../src/postgres/payments/totals.js';
import { createInbox } from '../../src/postgres/payments/webhook-inbox.js';
import { readConfig } from '../../src/service/config.js';
import { openReadSide, type ReadSide } from '../../src/service/operator-session.js';
import { seeded } from '../drift-lab/books.js';
import { allDrifts, reconcilerFor } from '../drift-lab/lab.js';
import { insertPayments } from '../drift-lab/seed.js';
import { testDatabase } from '../setup/database.js';

const database = await testDatabase();
const sandbox = await startSandbox({ secretKey: 'sk_test_lab' });
const nowS = Math.floor(Date.now() / 1000);
const one = seeded({ index: 0, fate: 'held', createdS: nowS - 7_200 });

/** The same database, which refuses to be written to. */
const readOnlyUrl = new URL(database.connectionString);
readOnlyUrl.searchParams.set('options', '-c default_transaction_read_only=on');
const pool = createPool({ connectionString: readOnlyUrl.href, applicationName: 'reads' });
const db = { pool };

let reads: ReadSide;
beforeAll(async () => {
  await insertPayments(database.pool, [one]);
  sandbox.seed([one.intent]);
  const config = readConfig({ DATABASE_URL: readOnlyUrl.href })._unsafeUnwrap();
  reads = (await openReadSide(config, pino({ level: 'silent' })))._unsafeUnwrap();
});
afterAll(async () => {
  await reads.close();
  await pool.end();
  await sandbox.close();
});

describe('what only looks', () => {
  const now = new Date();
  const period = { from: new Date(0), to: now, orderId: null };
  const page = { after: null, limit: 10 };
  const { id: paymentId, order_id: orderId } = one.row;
  const LOOKS: Readonly<Record<string, () => Promise<{ isOk(): boolean }>>> = {
    'the payment': () => reads.repository.find({ paymentId }),
    'the latest payments': () => reads.repository.latest(10),
    'the history': () => reads.repository.history(String(paymentId)),
    'a search': () => reads.looking.named(String(orderId)),
    'the story': () => reads.story(String(paymentId)),
    'the standing': () => reads.standing({ since: new Date(0), bounds: [] }),
    'the owed calls': () => reads.backlog.owedCalls({ dueAt: now, limit: 10 }),
    'the waiting events': () => reads.backlog.waitingEvents({ after: 0, limit: 10 }),
    'the outbox': () => reads.outboxBacklog(),
    'a replay, counted': () => reads.replay.count(period),
    'the runs': () => reads.runs.latest(10),
    'the findings': () => reads.runs.discrepancies({ runId: 1, ...page }),
    'the dead letters': () => reads.kafkaCommands.deadLetters(10),
    'the figures': () => readFigures(db, { now, expiringBefore: now }),
    'the totals': () => totalsOf(db, 'user'),
    'the inbox': () => createInbox(db).seen('evt_1'),
  };

  it.each(Object.keys(LOOKS))('%s writes nothing', async (name) => {
    expect(await LOOKS[name]?.()).toMatchObject({ value: expect.anything() });
  });
});

describe('a dry run of a repair', () => {
  it('writes nothing, asks Stripe for nothing but to look, and tells what it would do', async () => {
    const never = new AbortController().signal;
    const asked: string[] = [];
    const noted = (gateway: PaymentGateway): PaymentGateway => ({
      ...gateway,
      perform: (call) => {
        asked.push(call.operation.kind);
        return gateway.perform(call);
      },
      cancelOrphan: (id) => {
        asked.push('cancel orphan');
        return gateway.cancelOrphan(id);
      },
    });
    const { paymentIntents } = sandbox.ledger();
    await database.pool.query(`update payments set amount = amount + 1 where id = $1`, [
      one.row.id,
    ]);
    const writing = reconcilerFor(database.pool, sandbox);
    const to = new Date();
    const begun = await writing.begin({ from: new Date(0), to, older: false, startedBy: 'test' });
    const run = (await writing.goOn(begun._unsafeUnwrap(), { stop: never }))._unsafeUnwrap();
    expect(await allDrifts(writing, run.id)).toHaveLength(1);
    const plan = (await writing.plan({ run, plannedBy: 'test' }, never))._unsafeUnwrap();
    const [planned] = plan.repairs;
    if (planned === undefined) throw new Error('nothing was planned');

    const dry = reconcilerFor(pool, sandbox, noted);
    const tried = await dry.apply(planned, { plan: plan.hash, dryRun: true });
    expect(tried._unsafeUnwrap()).toEqual({ applied: 'would', detail: null });
    expect(asked).toEqual([]);
    expect(sandbox.ledger().paymentIntents).toEqual(paymentIntents);
    // It would have been refused, had it been none.
    const real = await dry.apply(planned, { plan: plan.hash, dryRun: false });
    expect(real._unsafeUnwrapErr()).toMatchObject({ type: 'DatabaseUnavailable' });
  });
});
