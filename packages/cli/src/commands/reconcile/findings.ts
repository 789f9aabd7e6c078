import type { ReadSide } from '@campusg-pay/adapters';
import { type DatabaseFault, type Discrepancy, type Run, SEVERITIES } from '@campusg-pay/core';
import { err, ok, type Result } from 'neverthrow';
import { csvHead, csvLine } from '../../report/findings-csv.js';
import { problemOfPath, writeReport } from '../../report/report-file.js';
import { EXIT } from '../../terminal/exit-codes.js';
import { wrap } from '../../terminal/line-wrap.js';
import { clean, isRead, print, printJsonLine, tell, terminalWidth } from '../../terminal/output.js';
import { type Column, shortenId, table, wrapped } from '../../terminal/table.js';
import { remedyName, STYLES, stripeIdOf, titleOf } from '../../wording/finding-wording.js';
import { moneyWords } from '../../wording/payment-wording.js';
import { findingDocument } from '../../wording/reconcile-documents.js';
import { spanOf } from '../../wording/time-wording.js';
import { fail } from '../endings.js';

/** How findings are shown. */
export interface ShowOptions {
  /** As one document for machines. */
  readonly json?: true;
  /** As a table for machines, a line each. */
  readonly csv?: true;
  /** Where to write a page for people who look rather than read. */
  readonly html?: string;
  /** Also what people have accepted as it is. */
  readonly accepted?: true;
}

const PAGE = 500;

/** More than that nobody reads in a terminal. */
const MOST_ROWS = 200;

/** The findings of a run, the most urgent first, page by page; what people accepted comes last. */
export async function* findingsOf(
  { runs }: Pick<ReadSide, 'runs'>,
  runId: number,
  which: { readonly accepted: boolean } = { accepted: false },
): AsyncGenerator<Result<readonly Discrepancy[], DatabaseFault>> {
  for (let after: Discrepancy | null = null; ; ) {
    const page: Result<readonly Discrepancy[], DatabaseFault> = await runs.discrepancies({
      runId,
      after,
      limit: PAGE,
    });
    yield which.accepted
      ? page
      : page.map((all) => all.filter((one) => one.accepted === undefined));
    if (page.isErr() || page.value.length < PAGE) return;
    after = page.value.at(-1) ?? null;
  }
}

/** Shows what a run has found; the exit code tells whether both sides agree. */
export async function showRun(readSide: ReadSide, run: Run, options: ShowOptions): Promise<number> {
  const shown = await show(readSide, run, options);
  if (shown.isErr()) return fail(shown.error);
  const say = options.json || options.csv ? tell : print;
  const columns = terminalWidth();
  for (const line of summaryOf(run)) await say(wrap(clean(line), { columns, from: 0 }));
  if (options.html !== undefined) {
    const written = await writeReport(options.html, run, findingsOf(readSide, run.id));
    if (written.isErr()) {
      const { error } = written;
      if (error.type !== 'NotWritable') return fail(error);
      tell(notWritable(options.html, error.reason));
      return EXIT.fault;
    }
    tell(`The report is in ${options.html}`);
  }
  return hasDiscrepancies(run) ? EXIT.drift : EXIT.ok;
}

/** What is wrong with the options that needs no database to be seen; null: nothing. */
export async function problemOfShow({ json, csv, html }: ShowOptions): Promise<string | null> {
  if (json && csv) return '--json and --csv exclude each other.';
  const reason = html === undefined ? null : await problemOfPath(html);
  return html === undefined || reason === null ? null : notWritable(html, reason);
}

function notWritable(path: string, reason: string): string {
  return `The report can't be written to ${path}: ${reason}`;
}

/** A notice is something to know, and no disagreement. */
function hasDiscrepancies({ found }: Run): boolean {
  return found.some((count, rank) => count > 0 && SEVERITIES[rank] !== 'notice');
}

async function show(
  readSide: ReadSide,
  run: Run,
  { json, csv, accepted }: ShowOptions,
): Promise<Result<void, DatabaseFault>> {
  if (csv) await print(csvHead());
  const rows: Discrepancy[] = [];
  let more = 0;
  for await (const page of findingsOf(readSide, run.id, { accepted: accepted === true })) {
    if (page.isErr()) return err(page.error);
    if (!isRead()) break;
    for (const discrepancy of page.value) {
      if (json) await printJsonLine(findingDocument(run.id, discrepancy));
      else if (csv) await print(csvLine(discrepancy));
      else if (rows.length < MOST_ROWS) rows.push(discrepancy);
      else more += 1;
    }
  }
  if (rows.length > 0) await print([...findingsTable(rows), '']);
  if (!json && !csv) for (const row of rows) await tellAcceptance(row);
  if (more > 0) tell(`${more} more: --json, --csv and --html show all of them.`);
  return ok();
}

/** Who has let it be, when and why. */
async function tellAcceptance({ ours, type, accepted }: Discrepancy): Promise<void> {
  if (accepted === undefined) return;
  const { by, at, note } = accepted;
  const line = `${ours?.orderId ?? ''}, ${titleOf(type)}: accepted by ${by} on ${at.slice(0, 10)}: ${note}`;
  await print(wrap(clean(line), { columns: terminalWidth(), from: 0 }));
}

export function findingsTable(discrepancies: readonly Discrepancy[]): readonly string[] {
  return table(COLUMNS, discrepancies, terminalWidth());
}

const COLUMNS: readonly Column<Discrepancy>[] = [
  {
    title: 'SEVERITY',
    value: ({ severity }) => severity,
    style: ({ severity }) => STYLES[severity],
  },
  { title: 'FINDING', value: ({ type }) => type },
  {
    title: 'ORDER',
    value: ({ ours, theirs }) => ours?.orderId ?? theirs?.orderId ?? '',
    least: 9,
  },
  {
    title: 'INTENT',
    least: 9,
    cut: shortenId,
    value: stripeIdOf,
  },
  { title: 'RECORD', value: ({ ours }) => ours?.status ?? '-', spare: 2 },
  {
    title: 'STRIPE',
    value: ({ theirs, transfer }) => theirs?.status ?? (transfer ? 'transfer' : '-'),
    spare: 1,
  },
  { title: 'AT RISK', value: ({ atRisk }) => moneyWords(atRisk), align: 'right' },
  { title: 'REPAIR', value: ({ repair }) => remedyName(repair), least: 15, cut: wrapped },
];

function summaryOf(run: Run): readonly string[] {
  const { id, from, to, progress, found } = run;
  const counts = SEVERITIES.map((name, rank) => `${found[rank] ?? 0} ${name}`).join(', ');
  const perSecond = Math.round(
    (progress.intents + progress.payments) / (progress.spentMs / 1000 || 1),
  );
  return [
    `Run ${id}, ${second(from)} to ${second(to)} UTC: ${progress.intents} PaymentIntents and ${progress.payments} payments in ${spanOf(progress.spentMs)} (${perSecond} a second).`,
    ...movedWords(run),
    ...passedOverWords(run),
    found.every((count) => count === 0) ? agreeing(run) : `Findings: ${counts}.`,
    ...acceptedWords(run),
  ];
}

function agreeing({ accepted }: Run): string {
  return accepted === 0 ? 'Both sides agree.' : 'Nothing new is found.';
}

/** What is settled is not shown again every night, but never gone without a word. */
function acceptedWords({ id, accepted }: Run): readonly string[] {
  if (accepted === 0) return [];
  const what = accepted === 1 ? '1 finding is' : `${accepted} findings are`;
  return [
    `${what} not counted, as somebody has looked: campusg-pay reconcile show ${id} --accepted tells who.`,
  ];
}

/** What was moved, Stripe's and ours, where anything was. */
function movedWords({ progress }: Run): readonly string[] {
  const { transfers, refunds } = progress;
  if (transfers === undefined || refunds === undefined) return [];
  const none = transfers.theirs + transfers.ours + refunds.theirs + refunds.ours === 0;
  if (none) return [];
  return [
    `Of these ${transfers.theirs} transfers at Stripe and ${transfers.ours} of ours, ${refunds.theirs} refunds at Stripe and ${refunds.ours} of ours.`,
  ];
}

/** Nothing of theirs is a finding; that it was there is told. */
function passedOverWords({ progress: { passedOver = 0 } }: Run): readonly string[] {
  if (passedOver === 0) return [];
  return [
    `Of other installations on this account: ${passedOver} PaymentIntents and transfers, passed over.`,
  ];
}

/** To the second, so that everybody sees what is too new to be in the run. */
function second(iso: string): string {
  return iso.slice(0, 19);
}
