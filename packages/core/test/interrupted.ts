import {
  type MemorySystemOptions,
  memorySystem,
  type StoreCall,
  type StoreTrouble,
} from '@campusg-pay/core/testing';

/** A system in which something happens just before the next round trip of a name, and may spoil it. */
export function interrupted(options: Omit<MemorySystemOptions, 'beforeStoreCall'> = {}) {
  const before = new Map<StoreCall, () => Promise<StoreTrouble>>();
  const system = memorySystem({
    ...options,
    beforeStoreCall: async (call) => {
      const happens = before.get(call);
      before.delete(call);
      return happens === undefined ? null : happens();
    },
  });
  return { ...system, before };
}
