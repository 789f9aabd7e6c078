import type { OperatorSession } from '@campusg-pay/adapters';
import { applyRepair, type Discrepancy, type Run } from '@campusg-pay/core';
import type { Result } from 'neverthrow';
import { EXIT } from '../../terminal/exit-codes.js';
import { clean, paint, tell } from '../../terminal/output.js';
import { askChoice, canAsk } from '../../terminal/questions.js';
import {
  repairWords,
  STYLES,
  sentenceOf,
  titleOf,
  whoseOf,
} from '../../wording/finding-wording.js';
import { moneyWords } from '../../wording/payment-wording.js';
import { type ActOptions, operatorOf, reasonFor, reasonGiven } from '../consent.js';
import { fail, wrongUsage } from '../endings.js';
import { withStripe } from '../session.js';
import { chosenRun } from './chosen-run.js';
import { findingsOf } from './findings.js';

/** `campusg-pay reconcile fix`: one finding after the other, each with a question. */
export async function reconcileFixCommand(
  options: ActOptions & { readonly run?: number },
): Promise<number> {
  if (!canAsk()) {
    return wrongUsage(
      'reconcile fix asks about each finding, which needs a terminal. In scripts: plan and apply.',
    );
  }
  return withStripe(async (session, ending) => {
    const run = await chosenRun(session, options.run);
    if (run.isErr()) return run.error;
    const operator = await operatorOf(options, session.config);
    if (operator.isErr()) return operator.error;
    const given = await reasonGiven(options);
    if (given.isErr()) return given.error;
    return walk(session, run.value, ending, {
      operator: operator.value,
      reason: once(() => reasonFor(options)),
    });
  });
}

/** Who repairs, and why: asked for when the first repair is wanted. */
interface Will {
  readonly operator: string;
  readonly reason: () => Promise<Result<string, number>>;
}

function once<Value>(ask: () => Promise<Value>): () => Promise<Value> {
  let asked: Promise<Value> | null = null;
  return () => {
    asked ??= ask();
    return asked;
  };
}

async function walk(
  session: OperatorSession,
  run: Run,
  ending: AbortSignal,
  will: Will,
): Promise<number> {
  let left = 0;
  for await (const page of findingsOf(session, run.id)) {
    if (page.isErr()) return fail(page.error);
    for (const discrepancy of page.value) {
      if (ending.aborted) return EXIT.interrupted;
      show(discrepancy);
      if (discrepancy.repair === null) {
        left += 1;
        tell('  For a person: there is no repair.');
        continue;
      }
      const code = await decide(session, discrepancy, will);
      if (code === 'stop') return EXIT.ok;
      if (typeof code === 'number') return code;
    }
  }
  tell(
    `That was all. ${left} want a person: campusg-pay payments reviewed says that one has looked.`,
  );
  return EXIT.ok;
}

function show(discrepancy: Discrepancy): void {
  const { type, severity, atRisk } = discrepancy;
  const whose = whoseOf(discrepancy);
  tell('');
  tell(paint(STYLES[severity], clean(`${severity}: ${titleOf(type)}, order ${whose}`)));
  tell(clean(`  ${sentenceOf(discrepancy)}`));
  if (atRisk !== null) tell(`  At risk: ${moneyWords(atRisk)}`);
}

/** Asks, and does what was chosen; `next` goes on, a number ends with that exit code. */
async function decide(
  session: OperatorSession,
  discrepancy: Discrepancy,
  will: Will,
): Promise<'next' | 'stop' | number> {
  // The finding may be days old: what is offered is what both sides want now.
  const planned = await session.reconciler.planOne(discrepancy);
  if (planned.isErr()) return fail(planned.error);
  if (planned.value === null) {
    tell('  Gone by now.');
    return 'next';
  }
  const answer = await askChoice('What now?', [
    { name: `Repair: ${clean(repairWords(planned.value.drift.repair))}`, value: 'repair' },
    { name: 'Leave it', value: 'leave' },
    { name: 'Stop here', value: 'stop' },
  ]);
  if (answer === null) return EXIT.interrupted;
  if (answer === 'stop') return 'stop';
  if (answer === 'leave') return 'next';
  const reason = await will.reason();
  if (reason.isErr()) return reason.error;
  const { operator } = will;
  const wanted = {
    plan: planned.value.hash,
    plannedBy: operator,
    dryRun: false,
    will: { operator, reason: reason.value },
  };
  const done = await applyRepair(session, planned.value, wanted);
  if (done.isErr()) return fail(done.error);
  tell(`  ${SAYS[done.value.applied]}`);
  return 'next';
}

const SAYS = {
  done: 'Done.',
  before: 'That was done before.',
  changed: 'Skipped: something has changed just now.',
  failed: 'It failed; the service may finish it by itself. Reconcile again.',
  would: 'It would be done.',
  second_person:
    'Left: it moves more than OPS_APPROVAL_ABOVE. Plan it, and let somebody else apply the plan.',
} as const;
