import { randomUUID } from 'node:crypto';
import {
  type Clock,
  createEscrow,
  createLookBudget,
  createReconciler,
  type Discrepancy,
  type EscrowPorts,
  type Installation,
  type PaymentGateway,
  type RepairPlan,
  type Run,
} from '@campusg-pay/core';
import { INSTALLATION } from '@campusg-pay/core/testing';
import type { Sandbox } from '@campusg-pay/sandbox';
import type pg from 'pg';
import { createCustomerDirectory } from '../../src/postgres/payments/customer-directory.js';
import { createRepository } from '../../src/postgres/payments/repository.js';
import { createInbox } from '../../src/postgres/payments/webhook-inbox.js';
import { createReconcileRecords } from '../../src/postgres/reconcile/record-stream.js';
import { createRunStore } from '../../src/postgres/reconcile/run-store.js';
import { createRunnerDirectory } from '../../src/postgres/runners/runner-directory.js';
import { sha256 } from '../../src/service/digest.js';
import { systemScheduler } from '../../src/service/settings.js';
import { createCircuit } from '../../src/stripe/circuit.js';
import { createStripeClient } from '../../src/stripe/client.js';
import { createStripeGateway } from '../../src/stripe/stripe-gateway.js';
import { booksOf, type Seeded } from './books.js';
import { ACCOUNT } from './moved-books.js';
import { oldBooks, type Wanted } from './old-books.js';
import type { Bench, Expected } from './plant-parts.js';
import { PLANTS } from './plants.js';
import { inParts, insertPayments, movesOf } from './seed.js';

const DAY_MS = 86_400_000;
const never = new AbortController().signal;

/** Payments on both sides, and whoever reconciles them. */
export interface Lab {
  readonly seededMs: number;
  /** Brings the sides apart in every way there is, so many times. */
  plant(times: number): Promise<readonly Expected[]>;
  reconcile(): Promise<{ readonly run: Run; readonly drifts: readonly Discrepancy[] }>;
  plan(run: Run): Promise<RepairPlan>;
  /** Applies a plan; tells how often each came about. */
  apply(plan: RepairPlan): Promise<Readonly<Record<string, number>>>;
  readonly bench: Bench;
}

/** Sets up a laboratory of so many payments, between which there is no drift. */
export async function openLab(parts: {
  readonly pool: pg.Pool;
  readonly sandbox: Sandbox;
  readonly payments: number;
}): Promise<Lab> {
  const { pool, sandbox, payments } = parts;
  const began = performance.now();
  const now = new Date();
  sandbox.accounts.seed({ id: ACCOUNT });
  const byFate = new Map<Wanted, Seeded[]>();
  const old = Array.from(oldBooks(now));
  for (const part of [old, ...inParts(booksOf(payments, now), 1000)]) {
    await insertPayments(pool, part);
    sandbox.seed(
      part.map(({ intent }) => intent),
      movesOf(part),
    );
    for (const one of part) byFate.set(one.fate, [...(byFate.get(one.fate) ?? []), one]);
  }
  await pool.query('analyze');
  const seededMs = performance.now() - began;
  let numbers = 0;
  const bench: Bench = {
    pool,
    sandbox,
    now,
    number: () => String(++numbers),
    pick: (fate) => {
      const left = byFate.get(fate) ?? [];
      // From anywhere in the eight days, and not one beside the other.
      const [victim] = left.splice(Math.floor(left.length * 0.618), 1);
      if (victim === undefined) throw new Error(`no ${fate} payment is left`);
      return victim;
    },
  };
  const reconciler = reconcilerFor(pool, sandbox);
  return {
    bench,
    seededMs,
    plant: async (times) => {
      const expected: Expected[] = [];
      for (let round = 0; round < times; round += 1) {
        for (const { plant, mends, leaves } of PLANTS) {
          const planted = await plant(bench);
          const after = leaves === undefined ? {} : { leaves };
          expected.push(...planted.map((one) => ({ ...one, mends, ...after })));
        }
      }
      return expected;
    },
    reconcile: async () => {
      const from = new Date(now.getTime() - 8 * DAY_MS);
      const wanted = { from, to: new Date(), older: true, startedBy: 'lab' };
      const begun = (await reconciler.begin(wanted))._unsafeUnwrap();
      const run = (await reconciler.goOn(begun, { stop: never }))._unsafeUnwrap();
      return { run, drifts: await allDrifts(reconciler, run.id) };
    },
    plan: async (run) => (await reconciler.plan({ run, plannedBy: 'lab' }, never))._unsafeUnwrap(),
    apply: async (plan) => {
      const counts: Record<string, number> = {};
      const applying = { plan: plan.hash, dryRun: false };
      for (const planned of plan.repairs) {
        const { applied } = (await reconciler.apply(planned, applying))._unsafeUnwrap();
        counts[applied] = (counts[applied] ?? 0) + 1;
      }
      return counts;
    },
  };
}

/** All that a run has found. */
export async function allDrifts(
  { runs }: ReturnType<typeof reconcilerFor>,
  runId: number,
): Promise<readonly Discrepancy[]> {
  const all: Discrepancy[] = [];
  for (let after: Discrepancy | null = null; ; ) {
    const page: readonly Discrepancy[] = (
      await runs.discrepancies({ runId, after, limit: 100 })
    )._unsafeUnwrap();
    all.push(...page);
    after = page.at(-1) ?? null;
    if (page.length < 100) return all;
  }
}

const systemTime: Clock = {
  now: () => new Date(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};

/** Reconciles as the command does, without waiting for its turn at Stripe. */
export function reconcilerFor(
  pool: pg.Pool,
  { url }: Pick<Sandbox, 'url'>,
  decorate: (gateway: PaymentGateway) => PaymentGateway = (gateway) => gateway,
  installation: Installation = INSTALLATION,
) {
  const timeoutMs = 20_000;
  const stripe = createStripeClient({ secretKey: 'sk_test_lab', apiBase: new URL(url), timeoutMs });
  const circuit = createCircuit({ concurrency: 50, queue: 200, outages: 12, restMs: 5_000 });
  const gateway = decorate(createStripeGateway({ stripe, deadlineMs: timeoutMs, circuit }));
  const db = { pool };
  const clock = systemTime;
  const ports: EscrowPorts = {
    repository: createRepository(db),
    customers: createCustomerDirectory(db),
    runners: createRunnerDirectory(db),
    inbox: createInbox(db),
    gateway,
    clock,
    newId: randomUUID,
    looks: createLookBudget(clock, 1_000),
    installation,
    settings: {
      leaseMs: 30_000,
      waitMs: 1_000,
      looksAtOnce: 0,
      abandonAfterMs: 3_600_000,
      lapse: { warnMs: DAY_MS, action: 'warn', actMs: 3_600_000 },
    },
  };
  const escrow = createEscrow(ports);
  return createReconciler({
    records: createReconcileRecords(db),
    runs: createRunStore(db),
    gateway,
    escrow,
    clock,
    scheduler: systemScheduler,
    digest: sha256,
    warnMs: DAY_MS,
  });
}
