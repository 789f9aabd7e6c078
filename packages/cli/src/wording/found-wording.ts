import type { FoundOfPayment } from '@campusg-pay/core';
import { sentenceOf, titleOf } from './finding-wording.js';

/** What reconciling found, by which runs, and what became of it. */
export function tellFound({ discrepancy, firstRun, lastRun, fate }: FoundOfPayment): string {
  const { type, severity } = discrepancy;
  const runs = firstRun === lastRun ? `run ${firstRun}` : `runs ${firstRun} to ${lastRun}`;
  return `${severity}, ${titleOf(type)} by ${runs}: ${sentenceOf(discrepancy)} Now: ${fateOf(fate)}.`;
}

function fateOf(fate: FoundOfPayment['fate']): string {
  switch (fate.state) {
    case 'open':
      return 'nothing has become of it yet';
    case 'gone':
      return `gone by run ${fate.runId}`;
    case 'accepted':
      return `accepted by ${fate.by} on ${fate.at.slice(0, 10)}`;
  }
}

/** What was found, and nothing has become of yet. */
export function tellOpenFindings(findings: readonly FoundOfPayment[]): string[] {
  return findings
    .filter(({ fate }) => fate.state === 'open')
    .map(({ discrepancy: { type, repair }, lastRun }) => {
      const cure = repair === null ? 'a person must see to it' : 'campusg-pay reconcile plan';
      return `Reconcile found ${titleOf(type)} in run ${lastRun}: ${cure}.`;
    });
}
