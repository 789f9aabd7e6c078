import type { ReadSide } from '@campusg-pay/adapters';
import type { Run } from '@campusg-pay/core';
import { err, ok, type Result } from 'neverthrow';
import { endAs, fail, refused } from '../endings.js';

/** The run of that number, or the last one that came to its end; else the exit code. */
export async function chosenRun(
  { runs }: Pick<ReadSide, 'runs'>,
  runId: number | undefined,
): Promise<Result<Run, number>> {
  if (runId === undefined) return lastFinished({ runs });
  const found = await runs.find(runId);
  if (found.isErr()) return err(await fail(found.error));
  if (found.value !== null) return ok(found.value);
  const why = `There is no run ${runId}: campusg-pay reconcile history lists them.`;
  return err(await endAs(refused('unknown_run', why)));
}

async function lastFinished({ runs }: Pick<ReadSide, 'runs'>): Promise<Result<Run, number>> {
  const latest = await runs.latest(1_000);
  if (latest.isErr()) return err(await fail(latest.error));
  const run = latest.value.find(({ finishedAt }) => finishedAt !== null);
  if (run !== undefined) return ok(run);
  const why = 'There is no finished run yet: campusg-pay reconcile makes one.';
  return err(await endAs(refused('no_run', why)));
}
