import type { Clawback } from '@campusg-pay/core';
import type { MoneyEvidence } from './judged.js';
import type { MemoryStore } from './memory.js';
import type { MemoryGateway } from './memory-gateway.js';

/** What went on to runners and came back, by the books in memory. */
export function moneyEvidence({
  store,
  gateway,
  clawback,
}: {
  readonly store: Pick<MemoryStore, 'debts' | 'nettings'>;
  readonly gateway: Pick<MemoryGateway, 'transfers'>;
  readonly clawback: Clawback;
}): MoneyEvidence {
  return {
    clawback,
    transfers: gateway.transfers(),
    debts: store.debts(),
    nettings: store.nettings(),
  };
}
