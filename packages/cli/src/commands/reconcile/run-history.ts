import { type Discrepancy, type Run, SEVERITIES } from '@campusg-pay/core';
import { EXIT } from '../../terminal/exit-codes.js';
import { paint, print, printJsonLine, tell, terminalWidth } from '../../terminal/output.js';
import { type Column, table } from '../../terminal/table.js';
import {
  type DifferenceDocument,
  findingDocument,
  runDocument,
} from '../../wording/reconcile-documents.js';
import { spanOf } from '../../wording/time-wording.js';
import { fail } from '../endings.js';
import { withReadSide } from '../session.js';
import { chosenRun } from './chosen-run.js';
import { findingsTable } from './findings.js';

/** `campusg-pay reconcile history` */
export function reconcileHistoryCommand(options: {
  readonly limit: number;
  readonly json?: true;
}): Promise<number> {
  return withReadSide(async ({ runs }) => {
    const found = await runs.latest(options.limit);
    if (found.isErr()) return fail(found.error);
    if (options.json) for (const run of found.value) await printJsonLine(runDocument(run));
    else if (found.value.length > 0) await print(table(COLUMNS, found.value, terminalWidth()));
    if (found.value.length === 0) tell('There is no run yet: campusg-pay reconcile makes one.');
    return EXIT.ok;
  });
}

const COLUMNS: readonly Column<Run>[] = [
  { title: 'RUN', value: ({ id }) => String(id), align: 'right' },
  { title: 'STARTED (UTC)', value: ({ startedAt }) => minute(startedAt) },
  { title: 'FROM', value: ({ from }) => minute(from), spare: 3 },
  { title: 'TO', value: ({ to }) => minute(to), spare: 2 },
  { title: 'BY', value: ({ startedBy }) => startedBy, least: 8, spare: 4 },
  {
    title: 'PAYMENTS',
    value: ({ progress }) => String(progress.payments),
    align: 'right',
    spare: 1,
  },
  { title: 'TOOK', value: tookOf, align: 'right' },
  ...SEVERITIES.map((severity, rank) => ({
    title: severity.toUpperCase(),
    value: ({ found }: Run) => String(found[rank] ?? 0),
    align: 'right' as const,
  })),
  { title: 'ACCEPTED', value: ({ accepted }) => String(accepted), align: 'right', spare: 5 },
];

function tookOf({ finishedAt, progress }: Run): string {
  return finishedAt === null ? 'interrupted' : spanOf(progress.spentMs);
}

function minute(iso: string): string {
  return iso.slice(0, 16).replace('T', ' ');
}

const MOST = 10_000;

/** `campusg-pay reconcile diff`: what is new in the second run, and what is gone. */
export function reconcileDiffCommand(
  first: number,
  second: number,
  { json }: { readonly json?: true },
): Promise<number> {
  return withReadSide(async (readSide) => {
    for (const id of [first, second]) {
      const run = await chosenRun(readSide, id);
      if (run.isErr()) return run.error;
    }
    const fresh = await readSide.runs.only({ inRun: second, notIn: first, limit: MOST });
    if (fresh.isErr()) return fail(fresh.error);
    const gone = await readSide.runs.only({ inRun: first, notIn: second, limit: MOST });
    if (gone.isErr()) return fail(gone.error);
    if (json) {
      for (const [change, runId, discrepancies] of [
        ['new', second, fresh.value],
        ['gone', first, gone.value],
      ] as const) {
        for (const discrepancy of discrepancies) {
          const document: DifferenceDocument = { change, ...findingDocument(runId, discrepancy) };
          await printJsonLine(document);
        }
      }
    } else {
      await show(`New in run ${second}`, fresh.value);
      await show(`Gone since run ${first}`, gone.value);
    }
    return fresh.value.some(({ severity }) => severity !== 'notice') ? EXIT.drift : EXIT.ok;
  });
}

async function show(title: string, discrepancies: readonly Discrepancy[]): Promise<void> {
  await print(
    paint('bold', `${title}: ${discrepancies.length === 0 ? 'nothing' : discrepancies.length}`),
  );
  if (discrepancies.length > 0) await print([...findingsTable(discrepancies), '']);
}
