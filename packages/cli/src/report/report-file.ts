import { createWriteStream } from 'node:fs';
import { access, constants, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { finished } from 'node:stream/promises';
import type { DatabaseFault, Discrepancy, Run } from '@campusg-pay/core';
import { err, ok, type Result } from 'neverthrow';
import { addTo, noTotals } from './finding-totals.js';
import { pageEnd, pageStart, rowOf } from './report-page.js';

/** The page must stay one that a browser likes to open. */
const MOST_ROWS = 5_000;

export type ReportError = DatabaseFault | { readonly type: 'NotWritable'; readonly reason: string };

/** Why no report can be written there, by what can be told before; null: nothing is known against it. */
export async function problemOfPath(path: string): Promise<string | null> {
  try {
    const found = await stat(path).catch(() => null);
    if (found?.isDirectory()) return 'EISDIR';
    await access(found === null ? dirname(path) : path, constants.W_OK);
    return null;
  } catch (error) {
    return codeOf(error);
  }
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error && 'code' in error)) throw error;
  return String(error.code);
}

/** Writes the report of a run as one page that needs nothing else: no scripts, no network. */
export async function writeReport(
  path: string,
  run: Run,
  pages: AsyncIterable<Result<readonly Discrepancy[], DatabaseFault>>,
): Promise<Result<void, ReportError>> {
  const totals = noTotals();
  const rows: string[] = [];
  for await (const page of pages) {
    if (page.isErr()) return err(page.error);
    for (const discrepancy of page.value) {
      addTo(totals, discrepancy);
      if (rows.length < MOST_ROWS) rows.push(rowOf(discrepancy));
    }
  }
  // Customers are named in it.
  const file = createWriteStream(path, { mode: 0o600 });
  try {
    file.write(pageStart(run, totals, rows.length));
    for (const row of rows) file.write(row);
    file.end(pageEnd());
    await finished(file);
    return ok();
  } catch (error) {
    return err({ type: 'NotWritable', reason: codeOf(error) });
  }
}
