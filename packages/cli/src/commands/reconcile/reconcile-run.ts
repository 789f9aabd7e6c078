import type { OperatorSession, ReadSide } from '@campusg-pay/adapters';
import type { Run } from '@campusg-pay/core';
import { DAY_MS } from '@campusg-pay/core';
import { err, ok, type Result } from 'neverthrow';
import { EXIT } from '../../terminal/exit-codes.js';
import { tell } from '../../terminal/output.js';
import { openProgress } from '../../terminal/progress-bar.js';
import { operatorOf } from '../consent.js';
import { endAs, fail, refused, wrongUsage } from '../endings.js';
import { withReadSide, withStripe } from '../session.js';
import { chosenRun } from './chosen-run.js';
import { problemOfShow, type ShowOptions, showRun } from './findings.js';

/** Which time is reconciled, by whom, and how it is shown. */
export interface ReconcileOptions extends ShowOptions {
  /** @default 8 days before `to` */
  readonly from?: Date;
  /** @default now */
  readonly to?: Date;
  /** The run to go on with; true: the last one that was interrupted. */
  readonly resume?: number | true;
  /**
   * Who starts it.
   *
   * @default `OPERATOR`, or else the user of the operating system
   */
  readonly operator?: string;
}

const DEFAULT_DAYS = 8;

/** `campusg-pay reconcile` */
export async function reconcileCommand(options: ReconcileOptions): Promise<number> {
  const problem = problemOf(options) ?? (await problemOfShow(options));
  if (problem !== null) {
    return wrongUsage(problem);
  }
  return withStripe(async (session, ending) => {
    const begun = await begin(session, options);
    if (begun.isErr()) return begun.error;
    const run = begun.value;
    const bar = await openProgress();
    const gone = await session.reconciler.goOn(run, { stop: ending, onNews: bar.show });
    bar.stop();
    if (gone.isErr()) {
      const code = await fail(gone.error);
      tell(howToGoOn(run));
      return code;
    }
    if (gone.value.finishedAt === null) {
      tell(howToGoOn(run));
      return EXIT.interrupted;
    }
    return showRun(session, gone.value, options);
  });
}

/** `campusg-pay reconcile show` */
export async function reconcileShowCommand(runId: number, options: ShowOptions): Promise<number> {
  const problem = await problemOfShow(options);
  if (problem !== null) {
    return wrongUsage(problem);
  }
  return withReadSide(async (readSide) => {
    const run = await chosenRun(readSide, runId);
    return run.isErr() ? run.error : showRun(readSide, run.value, options);
  });
}

function problemOf({ from, to, resume }: ReconcileOptions): string | null {
  if (resume !== undefined && (from !== undefined || to !== undefined))
    return '--resume goes on with the period of its run: leave out --from and --to.';
  const end = to ?? new Date();
  if (from !== undefined && from >= end) return '--from is not before --to: nothing is in between.';
  return null;
}

function howToGoOn({ id }: Run): string {
  return `What was found so far is kept. Go on with: campusg-pay reconcile --resume ${id}`;
}

async function begin(
  session: OperatorSession,
  options: ReconcileOptions,
): Promise<Result<Run, number>> {
  const { resume } = options;
  if (resume !== undefined) return unfinishedRun(session, resume);
  const operator = await operatorOf(options, session.config);
  if (operator.isErr()) return err(operator.error);
  const startedBy = operator.value;
  const to = options.to ?? endOfSecond(session.clock.now());
  const from = options.from ?? new Date(to.getTime() - DEFAULT_DAYS * DAY_MS);
  const older = options.from === undefined && options.to === undefined;
  const begun = await session.reconciler.begin({ from, to, older, startedBy });
  return begun.isErr() ? err(await fail(begun.error)) : ok(begun.value);
}

/**
 * When the present second is over. Stripe tells only the second in which something was made; a run
 * that ended within it would leave out the newest without a word.
 */
export function endOfSecond(now: Date): Date {
  return new Date((Math.floor(now.getTime() / 1000) + 1) * 1000);
}

async function unfinishedRun(
  readSide: ReadSide,
  resume: number | true,
): Promise<Result<Run, number>> {
  const runs = await readSide.runs.latest(1_000);
  if (runs.isErr()) return err(await fail(runs.error));
  const open = runs.value.filter(({ finishedAt }) => finishedAt === null);
  const run = resume === true ? open[0] : open.find(({ id }) => id === resume);
  if (run !== undefined) return ok(run);
  const why =
    resume === true ? 'No run was interrupted.' : `There is no interrupted run ${resume}.`;
  return err(await endAs(refused('no_interrupted_run', why)));
}
