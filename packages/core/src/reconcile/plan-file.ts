import { err, ok, type Result } from 'neverthrow';
import { hashOf } from './data-hash.js';
import { DISCREPANCY_TYPES } from './discrepancy.js';
import { FORMAT, type RepairPlan } from './plan.js';
import type { Sides } from './sides.js';

/** Why a file is no plan that could be applied: where in it, and what must be there. */
export interface PlanProblem {
  /** e.g. `repairs[2].drift.type`; empty: the file as a whole. */
  readonly place: string;
  /** Ends a sentence that begins with the place. */
  readonly rule: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** Reads a plan, and makes sure that it is whole, and as it was written: with the digest that sealed it. */
export function readPlan(text: string, digest: Sides['digest']): Result<RepairPlan, PlanProblem> {
  const read = parse(text);
  if (read.isErr()) return err(read.error);
  const problem = problemOfPlan(read.value);
  if (problem !== null) return err(problem);
  // All that is read of it was looked at; that the rest is as it was written its hashes tell.
  const plan = read.value as unknown as RepairPlan;
  return changedAt(digest, plan).map(() => plan);
}

function parse(text: string): Result<Fields, PlanProblem> {
  if (text.trim() === '') return err({ place: '', rule: 'is empty' });
  try {
    const document: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    return isFields(document) ? ok(document) : err({ place: '', rule: 'must be one JSON object' });
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return err({ place: '', rule: `is not JSON: ${error.message}` });
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

type Check = (value: unknown) => string | null;

const text: Check = (value) =>
  typeof value === 'string' && value !== '' ? null : 'must be a text';
const time: Check = (value) =>
  typeof value === 'string' && !Number.isNaN(Date.parse(value)) ? null : 'must be a time, ISO 8601';
const count: Check = (value) =>
  Number.isSafeInteger(value) && Number(value) > 0 ? null : 'must be a whole number above 0';
const fields: Check = (value) => (isFields(value) ? null : 'must be an object');
const side: Check = (value) =>
  value === null || isFields(value) ? null : 'must be an object or null';

const OF_PLAN: Readonly<Record<string, Check>> = {
  runId: count,
  from: time,
  to: time,
  plannedAt: time,
  plannedBy: text,
  hash: text,
  repairs: (value) => (Array.isArray(value) ? null : 'must be a list'),
};
const OF_REPAIR: Readonly<Record<string, Check>> = {
  drift: fields,
  precondition: text,
  hash: text,
};
const OF_FINDING: Readonly<Record<string, Check>> = {
  type: (value) =>
    DISCREPANCY_TYPES.some((one) => one === value)
      ? null
      : `must be one of ${DISCREPANCY_TYPES.join(', ')}`,
  ours: side,
  theirs: side,
  repair: fields,
};
const REPAIRS = [
  'report',
  'adopt',
  'mark_for_review',
  'cancel_stray',
  'resume_operation',
  'send_transfer',
];
const OF_ACT: Readonly<Record<string, Check>> = {
  type: (value) =>
    REPAIRS.some((one) => one === value) ? null : `must be one of ${REPAIRS.join(', ')}`,
  givesBack: (value) =>
    value === null ||
    (isFields(value) && Number.isSafeInteger(value.amountMinor) && text(value.currency) === null)
      ? null
      : 'must be null, or amountMinor in minor units and currency',
};

function problemOfPlan(plan: Fields): PlanProblem | null {
  if (plan.format !== FORMAT) {
    const rule = `must be "${FORMAT}": this is no plan, or one of another release`;
    return { place: 'format', rule };
  }
  const own = broken('', plan, OF_PLAN);
  if (own !== null || !Array.isArray(plan.repairs)) return own;
  const seen = new Map<unknown, number>();
  for (const [at, repair] of plan.repairs.entries()) {
    const place = `repairs[${at}]`;
    const found = problemOfRepair(place, repair);
    if (found !== null) return found;
    const before = seen.get(repair.hash);
    if (before !== undefined) return { place, rule: `is repairs[${before}] once more` };
    seen.set(repair.hash, at);
  }
  return null;
}

function problemOfRepair(place: string, repair: unknown): PlanProblem | null {
  if (!isFields(repair)) return { place, rule: 'must be an object' };
  const own = broken(place, repair, OF_REPAIR);
  if (own !== null || !isFields(repair.drift)) return own;
  const drift = broken(`${place}.drift`, repair.drift, OF_FINDING);
  if (drift !== null || !isFields(repair.drift.repair)) return drift;
  return broken(`${place}.drift.repair`, repair.drift.repair, OF_ACT);
}

function broken(
  place: string,
  value: Fields,
  checks: Readonly<Record<string, Check>>,
): PlanProblem | null {
  for (const [name, check] of Object.entries(checks)) {
    const at = place === '' ? name : `${place}.${name}`;
    if (!(name in value)) return { place: at, rule: 'is missing' };
    const rule = check(value[name]);
    if (rule !== null) return { place: at, rule };
  }
  return null;
}

/** Where the hashes say that something else was written. */
function changedAt(digest: Sides['digest'], plan: RepairPlan): Result<void, PlanProblem> {
  const rule = 'was changed since it was planned';
  const at = plan.repairs.findIndex(({ hash, ...one }) => hashOf(digest, one) !== hash);
  if (at >= 0) return err({ place: `repairs[${at}]`, rule });
  const { hash, ...sealed } = plan;
  return hashOf(digest, sealed) === hash ? ok() : err({ place: '', rule });
}
