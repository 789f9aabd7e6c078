import {
  DISCREPANCY_TYPES,
  type Discrepancy,
  type Money,
  type Repair,
  type Run,
  SEVERITIES,
} from '@campusg-pay/core';
import { z } from 'zod';
import { AMOUNT } from './document-parts.js';
import { repairWords, sentenceOf } from './finding-wording.js';
import { amountDocument } from './money-document.js';

// What the reconcile commands print with `--json`, as schemas.

const TIME = z.iso.datetime();
const COUNT = z.int().nonnegative();
const SIDES = z.object({ stripe: COUNT, records: COUNT });

/** A finding, as `reconcile --json` prints one a line. */
export const FINDING = z.object({
  runId: COUNT,
  finding: z.enum(DISCREPANCY_TYPES),
  severity: z.enum(SEVERITIES),
  /** In words. */
  says: z.string(),
  atRisk: AMOUNT.nullable(),
  /** What the record says; null where there is none. */
  record: z.record(z.string(), z.unknown()).nullable(),
  /** What Stripe says; null where it has nothing. */
  stripe: z.record(z.string(), z.unknown()).nullable(),
  /** The transfer at Stripe that it is about; null where it is about none, or Stripe has none. */
  transfer: z.record(z.string(), z.unknown()).nullable(),
  /** What else belongs to a finding of this type. */
  facts: z.record(z.string(), z.unknown()),
  /** Null: a person must see to it, or time does. */
  repair: z
    .object({
      type: z.string(),
      says: z.string(),
      /** To the customer. */
      givesBack: AMOUNT.nullable(),
      /** What moves between the platform and the runner; null: nothing. */
      runner: z.object({ way: z.enum(['sends', 'takes_back']), amount: AMOUNT }).nullable(),
    })
    .nullable(),
  /** Who has looked at these very facts and let them be; shown with `--accepted` only. */
  accepted: z.object({ by: z.string(), at: TIME, note: z.string() }).nullable(),
});

/** What another run found or did not find, as `reconcile diff --json` prints one a line. */
export const DIFFERENCE = FINDING.extend({ change: z.enum(['new', 'gone']) });

/** A run, as `reconcile history --json` prints one a line. */
export const RUN = z.object({
  runId: COUNT,
  from: TIME,
  to: TIME,
  startedAt: TIME,
  finishedAt: TIME.nullable(),
  startedBy: z.string(),
  paymentIntents: COUNT,
  /** Of other installations on the account, of which nothing is said. */
  passedOver: COUNT,
  payments: COUNT,
  /** How many Stripe has, and how many the records; null in runs of before. */
  transfers: SIDES.nullable(),
  refunds: SIDES.nullable(),
  seconds: z.number().nonnegative(),
  /** Without those that people have accepted as they are. */
  findings: z.record(z.enum(SEVERITIES), COUNT),
  accepted: COUNT,
});

/** What came of a repair, as `reconcile apply --json` prints one a line. */
export const REPAIRED = z.object({
  outcome: z.enum(['done', 'changed', 'failed', 'before', 'would', 'second_person']),
  detail: z.string().nullable(),
  finding: FINDING,
});

export type DifferenceDocument = z.infer<typeof DIFFERENCE>;
export type FindingDocument = z.infer<typeof FINDING>;
export type RunDocument = z.infer<typeof RUN>;
export type RepairedDocument = z.infer<typeof REPAIRED>;

export function findingDocument(runId: number, discrepancy: Discrepancy): FindingDocument {
  const { type, severity, atRisk, ours, theirs, repair, accepted, ...rest } = discrepancy;
  const { transfer = null, ...facts } = rest;
  return {
    runId,
    finding: type,
    severity,
    says: sentenceOf(discrepancy),
    atRisk: amount(atRisk),
    record: ours === null ? null : { ...ours, amount: amount(ours.amount) },
    stripe: theirs === null ? null : { ...theirs },
    transfer: transfer === null ? null : { ...transfer },
    facts,
    repair: repair === null ? null : repairDocument(repair),
    accepted: accepted ?? null,
  };
}

export function runDocument(run: Run): RunDocument {
  const { id, from, to, startedAt, finishedAt, startedBy, progress, found } = run;
  const counts = Object.fromEntries(SEVERITIES.map((name, index) => [name, found[index] ?? 0]));
  return {
    runId: id,
    from,
    to,
    startedAt,
    finishedAt,
    startedBy,
    paymentIntents: progress.intents,
    passedOver: progress.passedOver ?? 0,
    payments: progress.payments,
    transfers: sidesOf(progress.transfers),
    refunds: sidesOf(progress.refunds),
    seconds: progress.spentMs / 1000,
    findings: RUN.shape.findings.parse(counts),
    accepted: run.accepted,
  };
}

function repairDocument(repair: Repair) {
  const { type, givesBack, runner } = repair;
  return {
    type,
    says: repairWords(repair),
    givesBack: amount(givesBack),
    runner: runner === undefined ? null : { way: runner.way, amount: sum(runner.money) },
  };
}

function sidesOf(told: { readonly theirs: number; readonly ours: number } | undefined) {
  return told === undefined ? null : { stripe: told.theirs, records: told.ours };
}

function sum({ currency, amountMinor }: Money) {
  return amountDocument({ currency, minor: BigInt(amountMinor) });
}

function amount(money: Money | null) {
  return money === null ? null : sum(money);
}
