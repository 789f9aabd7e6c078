import { DISCREPANCY_TYPES, type Discrepancy, type RepairPlan, readPlan } from '@campusg-pay/core';
import { type Sandbox, startSandbox } from '@campusg-pay/sandbox';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256 } from '../../src/service/digest.js';
import { testDatabase } from '../setup/database.js';
import { booksAt, inOrder, leftOf, moneyMoved, namedBy, told } from './checks.js';
import { type Lab, openLab } from './lab.js';
import { PLANTS } from './plants.js';

const PAYMENTS = 1_000;

const closing: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of closing) await close();
});

async function newLab(): Promise<{ pool: pg.Pool; sandbox: Sandbox; lab: Lab }> {
  const { pool } = await testDatabase();
  const sandbox = await startSandbox({ secretKey: 'sk_test_lab' });
  closing.push(() => sandbox.close());
  return { pool, sandbox, lab: await openLab({ pool, sandbox, payments: PAYMENTS }) };
}

describe('the drift laboratory', () => {
  let lab: Lab;
  let sandbox: Sandbox;
  let planted: Awaited<ReturnType<Lab['plant']>>;
  let first: readonly Discrepancy[];
  let plan: RepairPlan;
  beforeAll(async () => {
    ({ lab, sandbox } = await newLab());
  });

  it('finds nothing where nothing was planted', async () => {
    const { run, drifts } = await lab.reconcile();
    expect(drifts).toEqual([]);
    expect(run.progress).toMatchObject({ intents: PAYMENTS, payments: PAYMENTS });
    expect(run.finishedAt).not.toBeNull();
  });

  it('finds all that was planted, and nothing else, with the repair that fits', async () => {
    planted = await lab.plant(2);
    expect(new Set(planted.map(({ type }) => type))).toEqual(new Set(DISCREPANCY_TYPES));
    const { run, drifts } = await lab.reconcile();
    expect(inOrder(drifts.map(told))).toEqual(inOrder(planted));
    first = drifts;
    plan = await lab.plan(run);
    const repairable = drifts.filter(({ repair }) => repair !== null);
    // One a payment, though two things may be wrong with it.
    expect(plan.repairs).toHaveLength(new Set(repairable.map(({ ours }) => ours?.id)).size);
    const proposed = new Set(repairable.map(({ repair }) => repair?.type));
    expect(proposed).toEqual(new Set(PLANTS.flatMap(({ repair }) => repair ?? [])));
  });

  it('proposes nothing that takes money', () => {
    const resumed = first.flatMap(({ repair }) =>
      repair?.type === 'resume_operation' ? [repair.kind] : [],
    );
    expect(new Set(resumed)).toEqual(new Set(['void', 'refund', 'transfer', 'reversal']));
  });

  it('applies a plan, and moves no money that the finding did not name', async () => {
    const before = booksAt(sandbox);
    expect(await lab.apply(plan)).toEqual({ done: plan.repairs.length });
    const named = namedBy(plan);
    const moved = moneyMoved(before, booksAt(sandbox));
    expect(moved.sort()).toEqual(named.sort());
    expect(moved.length).toBeGreaterThan(10);
  });

  it('is clean afterwards, but for what a person must do', async () => {
    const { drifts } = await lab.reconcile();
    const left = leftOf(planted);
    expect(inOrder(drifts.map(told))).toEqual(inOrder(left));
    expect(drifts.filter(({ repair }) => repair !== null)).toEqual([]);
  });

  it('does nothing when the same plan is applied again', async () => {
    const before = booksAt(sandbox);
    expect(await lab.apply(plan)).toEqual({ before: plan.repairs.length });
    expect(booksAt(sandbox)).toEqual(before);
  });
});

describe('a plan that has grown old', () => {
  let lab: Lab;
  let sandbox: Sandbox;
  let pool: pg.Pool;
  let plan: RepairPlan;
  beforeAll(async () => {
    ({ lab, sandbox, pool } = await newLab());
    await lab.plant(1);
    plan = await lab.plan((await lab.reconcile()).run);
  });

  it('skips whatever was changed since, on either side, and makes the rest', async () => {
    const [atStripe, inRecords, gone, ...rest] = plan.repairs.filter(
      ({ drift: { theirs, ours, type } }) =>
        theirs !== null && ours !== null && ['intent_stray', 'status_differs'].includes(type),
    );
    const tampered = [atStripe, inRecords, gone].map((one) => one?.drift.ours?.id);
    expect(rest.length).toBeGreaterThan(0);
    // Somebody refunds, edits the record by hand, and lets the service hear of it.
    sandbox.seed(intentsOf(sandbox, [atStripe?.drift.theirs?.paymentIntentId]));
    await pool.query('update payments set description = $2, review = $2 where id = $1', [
      inRecords?.drift.ours?.id,
      'edited',
    ]);
    await pool.query('delete from payment_events where payment_id = $1', [gone?.drift.ours?.id]);
    const before = booksAt(sandbox);
    const counts = await lab.apply(plan);
    expect(counts).toEqual({ changed: 3, done: plan.repairs.length - 3 });
    const moved = moneyMoved(before, booksAt(sandbox)).join();
    for (const id of tampered) expect(moved).not.toContain(`pi_${id?.replace('-', '')} `);
  });

  it('is not read once its file was edited', () => {
    expect(readPlan(JSON.stringify(plan), sha256)._unsafeUnwrap()).toEqual(plan);
    const [first, ...others] = plan.repairs;
    const edited = { ...first, precondition: 'another' };
    const forged = JSON.stringify({ ...plan, repairs: [edited, ...others] });
    expect(readPlan(forged, sha256)._unsafeUnwrapErr()).toMatchObject({
      rule: expect.stringContaining('changed'),
    });
    const shortened = JSON.stringify({ ...plan, repairs: others });
    expect(readPlan(shortened, sha256)._unsafeUnwrapErr()).toMatchObject({
      rule: expect.stringContaining('changed'),
    });
    for (const text of ['', '{}', '[]', 'null', '{"format":"campusg-pay repairs 1"}']) {
      expect(readPlan(text, sha256).isErr()).toBe(true);
    }
  });
});

/** The PaymentIntents of these ids, with another customer. */
function intentsOf(sandbox: Sandbox, ids: readonly (string | undefined)[]) {
  return sandbox.ledger().paymentIntents.flatMap((intent) => {
    if (!ids.includes(intent.id)) return [];
    const { id, created, amount, currency, metadata, amount_received: received } = intent;
    const status = intent.status as 'requires_capture';
    return [{ id, created, amount, currency, metadata, received, status, customer: 'cus_other' }];
  });
}
