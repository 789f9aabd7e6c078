import {
  type Currency,
  type Discrepancy,
  formatSum,
  type Run,
  SEVERITIES,
} from '@campusg-pay/core';
import { repairWords, sentenceOf, stripeIdOf, TITLES } from '../wording/finding-wording.js';
import { moneyWords } from '../wording/payment-wording.js';
import { barChart } from './bar-chart.js';
import type { FindingTotals } from './finding-totals.js';
import { escaped } from './html-text.js';
import { STYLE } from './stylesheet.js';

/** The page up to the rows of its table. */
export function pageStart(run: Run, totals: FindingTotals, rows: number): string {
  const { id, from, to, startedAt, startedBy, progress } = run;
  const cut = rows < totals.findings ? ` (the ${rows} most urgent of ${totals.findings})` : '';
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="color-scheme" content="light dark">
<title>Reconciliation ${id}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<header>
<p class="tag">CampusG Pay</p>
<h1>Reconciliation ${id}</h1>
<p>${time(from)} to ${time(to)}, started ${time(startedAt)} by ${escaped(startedBy)}.
${run.finishedAt === null ? '<strong>Not finished.</strong>' : ''}</p>
</header>
${tiles([
  ['PaymentIntents', String(progress.intents)],
  ...(progress.passedOver ? [['Passed over', String(progress.passedOver)] as const] : []),
  ['Payments', String(progress.payments)],
  ...movedTiles(run),
  ['Findings', String(totals.findings)],
  ...(run.accepted > 0 ? [['Accepted by people', String(run.accepted)] as const] : []),
  ['Repairs proposed', String(totals.repairable)],
  ['At risk', sums(totals.atRisk)],
  ['Repairs give back', sums(totals.givesBack)],
  ...runnerTiles(totals),
])}
${totals.findings === 0 ? '<p class="well">Both sides agree.</p>' : charts(totals)}
<section>
<h2>Findings${cut}</h2>
<div class="scroll" role="region" aria-label="Findings" tabindex="0">
<table role="table">
<thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">Severity</th><th role="columnheader" scope="col">Finding</th><th role="columnheader" scope="col">Payment</th>
<th role="columnheader" scope="col">What differs</th><th role="columnheader" scope="col" class="money">At risk</th><th role="columnheader" scope="col">Repair</th></tr></thead>
<tbody role="rowgroup">
`;
}

export function pageEnd(): string {
  return '</tbody>\n</table>\n</div>\n</section>\n</main>\n</body>\n</html>\n';
}

/** One finding in the table. */
export function rowOf(discrepancy: Discrepancy): string {
  const { severity, type, ours, theirs, transfer, atRisk, repair } = discrepancy;
  const order = ours?.orderId ?? theirs?.orderId ?? '';
  const payment = ours?.id ?? theirs?.paymentId ?? transfer?.paymentId ?? '';
  const ids = [order, payment, stripeIdOf(discrepancy)].filter((one) => one !== '');
  return `<tr role="row"><td role="cell"><span class="badge ${severity}">${severity}</span></td><th role="rowheader" scope="row">${TITLES[type]}<br><code>${type}</code></th>
<td role="cell" class="ids">${ids.map((one) => `<code>${escaped(one)}</code>`).join('<br>')}</td>
<td role="cell">${escaped(sentenceOf(discrepancy))}${ours?.review ? `<br><em>${escaped(ours.review)}</em>` : ''}</td>
<td role="cell" class="money">${escaped(moneyWords(atRisk))}</td><td role="cell">${repair === null ? 'a person' : escaped(repairWords(repair))}</td></tr>
`;
}

/** What was moved, on both sides, where anything was. */
function movedTiles({
  progress: { transfers, refunds },
}: Run): readonly (readonly [string, string])[] {
  const both = ({ theirs, ours }: { readonly theirs: number; readonly ours: number }) =>
    `${theirs} / ${ours}`;
  return [
    ...(transfers === undefined ? [] : [['Transfers there / here', both(transfers)] as const]),
    ...(refunds === undefined ? [] : [['Refunds there / here', both(refunds)] as const]),
  ];
}

function runnerTiles({ sends, takesBack }: FindingTotals): readonly (readonly [string, string])[] {
  return [
    ...(sends.size === 0 ? [] : [['Repairs send to runners', sums(sends)] as const]),
    ...(takesBack.size === 0 ? [] : [['Repairs take of runners', sums(takesBack)] as const]),
  ];
}

function tiles(all: readonly (readonly [string, string])[]): string {
  const each = all.map(([name, value]) => `<div><dt>${name}</dt><dd>${escaped(value)}</dd></div>`);
  return `<dl class="tiles">${each.join('')}</dl>`;
}

function charts({ byType, bySeverity, byDay }: FindingTotals): string {
  const types = [...byType].toSorted(([, a], [, b]) => b.count - a.count);
  const severities = SEVERITIES.flatMap((severity) => {
    const value = bySeverity.get(severity) ?? 0;
    return value === 0 ? [] : [{ label: severity, value, kind: severity }];
  });
  const days = [...byDay].toSorted(([a], [b]) => (a < b ? -1 : 1)).slice(-31);
  return `<div class="charts">
${barChart('Findings by severity', severities)}
${barChart(
  'Findings by type',
  types.map(([type, { count, severity }]) => ({
    label: TITLES[type],
    value: count,
    kind: severity,
  })),
)}
${barChart(
  'Findings by day of creation (UTC)',
  days.map(([day, count]) => ({ label: day, value: count, kind: 'day' })),
)}
</div>`;
}

function sums(all: ReadonlyMap<string, bigint>): string {
  const each = [...all].map(([code, minor]) => `${formatSum(minor, code as Currency)} ${code}`);
  return each.length === 0 ? 'nothing' : each.join(', ');
}

function time(iso: string): string {
  const text = `${iso.slice(0, 16).replace('T', ' ')} UTC`;
  return `<time datetime="${escaped(iso)}">${escaped(text)}</time>`;
}
