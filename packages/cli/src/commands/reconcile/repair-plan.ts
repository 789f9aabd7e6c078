import { readFile } from 'node:fs/promises';
import { type OperatorSession, sha256 } from '@campusg-pay/adapters';
import {
  type AppliedRepair,
  applyRepair,
  type Currency,
  formatSum,
  type Money,
  type PlannedRepair,
  type RepairPlan,
  readPlan,
} from '@campusg-pay/core';
import { ok } from 'neverthrow';
import { EXIT } from '../../terminal/exit-codes.js';
import { clean, print, printJson, printJsonLine, tell } from '../../terminal/output.js';
import { repairWords, titleOf, whoseOf } from '../../wording/finding-wording.js';
import { findingDocument, type RepairedDocument } from '../../wording/reconcile-documents.js';
import {
  type ActOptions,
  type Consent,
  consent,
  operatorOf,
  type Plan,
  reasonGiven,
} from '../consent.js';
import { endAs, fail, refused, wrongUsage } from '../endings.js';
import { withStripe } from '../session.js';
import { chosenRun } from './chosen-run.js';

/** `campusg-pay reconcile plan`: the plan on stdout, what it comes to on stderr. */
export function reconcilePlanCommand(options: {
  readonly run?: number;
  readonly operator?: string;
}): Promise<number> {
  return withStripe(async (session, ending) => {
    const run = await chosenRun(session, options.run);
    if (run.isErr()) return run.error;
    const operator = await operatorOf(options, session.config);
    if (operator.isErr()) return operator.error;
    const wanted = { run: run.value, plannedBy: operator.value };
    const planned = await session.reconciler.plan(wanted, ending);
    if (planned.isErr()) return fail(planned.error);
    if (ending.aborted) return EXIT.interrupted;
    await printJson(planned.value);
    for (const line of consequencesOf(planned.value)) tell(line);
    return EXIT.ok;
  });
}

/** `campusg-pay reconcile apply` */
export async function reconcileApplyCommand(file: string, options: ActOptions): Promise<number> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => error);
  if (typeof text !== 'string') return wrongUsage(`${file} can't be read (${text.code}).`);
  const plan = readPlan(text, sha256);
  if (plan.isErr()) {
    const { place, rule } = plan.error;
    const where = place === '' ? file : `${file}: ${place}`;
    const cure = `campusg-pay reconcile plan > ${file} makes a new one.`;
    return wrongUsage(`${where} ${rule}. Nothing was done; ${cure}`);
  }
  return withStripe((session, ending) => applyPlan(session, plan.value, { ...options, ending }));
}

async function applyPlan(
  session: OperatorSession,
  plan: RepairPlan,
  options: ActOptions & { readonly ending: AbortSignal },
): Promise<number> {
  const { ending, json, dryRun } = options;
  const { installation = session.escrow.installation.id } = plan;
  if (installation !== session.escrow.installation.id) return endAs(ELSEWHERE);
  if (plan.repairs.length === 0) {
    tell('There is nothing to repair in this plan.');
    return EXIT.ok;
  }
  const consequences = consequencesOf(plan);
  const given = await reasonGiven(options);
  if (given.isErr()) return given.error;
  // A dry run rereads both sides, so it tells what would be done now rather than what was planned.
  const agreed = dryRun
    ? ok(NOBODY)
    : await consent(questionFor(plan, consequences), options, session.config);
  if (agreed.isErr()) return agreed.error;
  const will = agreed.value;
  const counts = new Map<string, number>();
  for (const planned of plan.repairs) {
    if (ending.aborted) break;
    const { hash, plannedBy } = plan;
    const wanted = { plan: hash, plannedBy, dryRun: dryRun === true, will };
    const done = await applyRepair(session, planned, wanted);
    if (done.isErr()) {
      const code = await fail(done.error);
      tell('What is done is done; applying the same plan again goes on.');
      return code;
    }
    const { applied } = done.value;
    counts.set(applied, (counts.get(applied) ?? 0) + 1);
    await tellRepair(plan.runId, planned, { ...done.value, json: json === true });
  }
  return end(plan, counts, ending.aborted);
}

const ELSEWHERE = refused(
  'other_installation',
  'The plan is of another installation: DATABASE_URL is not that of whoever made it. Nothing was done.',
);

/** A dry run leaves no record. */
const NOBODY: Consent = { operator: '', reason: '' };

function questionFor(plan: RepairPlan, consequences: readonly string[]): Plan {
  const count = plan.repairs.length;
  const { runId, hash } = plan;
  return {
    question: `Make ${count} ${count === 1 ? 'repair' : 'repairs'}`,
    consequences,
    facts: { act: 'reconcile.apply', plan: hash, runId, repairs: count },
  };
}

/** What a plan does, by kind, and all the money that goes back by it. */
export function consequencesOf({ runId, plannedAt, repairs, hash }: RepairPlan): readonly string[] {
  const byType = new Map<string, number>();
  const back = new Map<string, bigint>();
  const runners = { sends: new Map<string, bigint>(), takes_back: new Map<string, bigint>() };
  for (const { drift: discrepancy } of repairs) {
    const { type, givesBack, runner } = discrepancy.repair;
    byType.set(type, (byType.get(type) ?? 0) + 1);
    if (givesBack !== null) addTo(back, givesBack);
    if (runner !== undefined) addTo(runners[runner.way], runner.money);
  }
  const onward =
    runners.sends.size + runners.takes_back.size === 0
      ? []
      : [
          `  sends to runners: ${sums(runners.sends)}; takes of runners: ${sums(runners.takes_back)}`,
        ];
  return [
    `${repairs.length} repairs of run ${runId}, planned ${plannedAt} (${hash.slice(0, 12)})`,
    ...[...byType].map(([type, count]) => `  ${String(count).padStart(6)}  ${type}`),
    `  gives back to customers: ${sums(back)}; takes: nothing`,
    ...onward,
  ];
}

function addTo(all: Map<string, bigint>, { currency, amountMinor }: Money): void {
  all.set(currency, (all.get(currency) ?? 0n) + BigInt(amountMinor));
}

function sums(all: ReadonlyMap<string, bigint>): string {
  const money = [...all].map(([code, minor]) => `${formatSum(minor, code as Currency)} ${code}`);
  return money.length === 0 ? 'nothing' : money.join(', ');
}

async function tellRepair(
  runId: number,
  planned: PlannedRepair,
  { applied, detail, json }: AppliedRepair & { readonly json: boolean },
): Promise<void> {
  const { drift: discrepancy } = planned;
  if (json) {
    const finding = findingDocument(runId, discrepancy);
    const document: RepairedDocument = { outcome: applied, detail, finding };
    return printJsonLine(document);
  }
  const whose = whoseOf(discrepancy);
  const why = detail === null ? '' : ` (${detail})`;
  await print(
    clean(
      `${SAYS[applied]}  ${whose}: ${titleOf(discrepancy.type)}, ${repairWords(discrepancy.repair)}${why}`,
    ),
  );
}

const SAYS: Readonly<Record<AppliedRepair['applied'], string>> = {
  done: 'done   ',
  changed: 'skipped',
  failed: 'failed ',
  before: 'before ',
  would: 'would  ',
  second_person: 'left   ',
};

function end(plan: RepairPlan, counts: ReadonlyMap<string, number>, stopped: boolean): number {
  const told = [...counts].map(([applied, count]) => `${count} ${WORDS[applied] ?? applied}`);
  const left = plan.repairs.length - [...counts.values()].reduce((sum, one) => sum + one, 0);
  tell(`${told.join(', ') || 'Nothing'}${left > 0 ? `, ${left} not tried` : ''}.`);
  if (stopped) tell('Applying the same plan again goes on.');
  if (stopped) return EXIT.interrupted;
  if (counts.has('failed')) return EXIT.fault;
  return counts.has('second_person') ? EXIT.refused : EXIT.ok;
}

const WORDS: Readonly<Record<string, string>> = {
  done: 'done',
  changed: 'skipped, as something has changed since',
  failed: 'failed',
  before: 'done before',
  would: 'would be done',
  second_person:
    'left: they move more than OPS_APPROVAL_ABOVE, so somebody else than who planned them must apply them',
};
