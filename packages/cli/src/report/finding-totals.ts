import type { Discrepancy, DiscrepancyType, Severity } from '@campusg-pay/core';

/** What a report sums up. Money in minor units, exact whatever the sum. */
export interface FindingTotals {
  findings: number;
  repairable: number;
  readonly byType: Map<DiscrepancyType, { count: number; severity: Severity }>;
  readonly bySeverity: Map<Severity, number>;
  readonly atRisk: Map<string, bigint>;
  readonly givesBack: Map<string, bigint>;
  /** To runners, and of them. */
  readonly sends: Map<string, bigint>;
  readonly takesBack: Map<string, bigint>;
  /** Findings by the day on which the payment or PaymentIntent was made. */
  readonly byDay: Map<string, number>;
}

export function noTotals(): FindingTotals {
  return {
    findings: 0,
    repairable: 0,
    byType: new Map(),
    bySeverity: new Map(),
    atRisk: new Map(),
    givesBack: new Map(),
    sends: new Map(),
    takesBack: new Map(),
    byDay: new Map(),
  };
}

export function addTo(totals: FindingTotals, discrepancy: Discrepancy): void {
  const { type, severity, atRisk, repair, ours, theirs, transfer } = discrepancy;
  totals.findings += 1;
  if (repair !== null) totals.repairable += 1;
  const count = (totals.byType.get(type)?.count ?? 0) + 1;
  // Findings come the most urgent first, and the most urgent of a type gives it its colour.
  totals.byType.set(type, { count, severity: totals.byType.get(type)?.severity ?? severity });
  totals.bySeverity.set(severity, (totals.bySeverity.get(severity) ?? 0) + 1);
  if (atRisk !== null && severity !== 'notice') add(totals.atRisk, atRisk);
  if (repair?.givesBack) add(totals.givesBack, repair.givesBack);
  const { runner } = repair ?? {};
  if (runner !== undefined)
    add(runner.way === 'sends' ? totals.sends : totals.takesBack, runner.money);
  const day = (ours?.createdAt ?? theirs?.createdAt ?? transfer?.createdAt ?? '').slice(0, 10);
  if (day !== '') totals.byDay.set(day, (totals.byDay.get(day) ?? 0) + 1);
}

function add(
  sums: Map<string, bigint>,
  { amountMinor, currency }: { readonly amountMinor: number; readonly currency: string },
): void {
  sums.set(currency, (sums.get(currency) ?? 0n) + BigInt(amountMinor));
}
