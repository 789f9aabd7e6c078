import type { Operation } from '@campusg-pay/core';
import type { MemoryStore } from '../memory.js';

/** Attempts that were let go of for holders who live and work on: what they do meanwhile is no mistake. */
export interface Robbed {
  /** Lets go of all calls at that moment; tells how many they were. */
  rob(letGo: () => number): number;
  has(operation: Operation): boolean;
}

export function robberies(store: Pick<MemoryStore, 'payments'>): Robbed {
  const attempts = new Set<string>();
  return {
    rob: (letGo) => {
      for (const { operation } of store.payments()) {
        if (operation !== null && !operation.resting) attempts.add(nameOf(operation));
      }
      return letGo();
    },
    has: (operation) => attempts.has(nameOf(operation)),
  };
}

function nameOf({ key, attempts }: Operation): string {
  return `${key} ${attempts}`;
}
