export { idle, until, VIRTUAL_START, type VirtualClock, virtualClock } from './clock.js';
export { type CommandRow, type MemoryCommands, memoryCommands } from './commands.js';
export type { AccountState, ModelAccount, ModelReversal, ModelTransfer } from './connect-model.js';
export { type HolderLine, memoryHolderLocks } from './holder-locks.js';
export { CARDS, type ModelIntent } from './intents.js';
export { brokenInvariants, INVARIANTS } from './invariants.js';
export type { Evidence, Invariant, LedgerIntent } from './judged.js';
export type { GatewayCallName, GatewayTrouble } from './line.js';
export { type MemoryStore, memoryStore } from './memory.js';
export {
  type MemoryGateway,
  type MemoryGatewayOptions,
  memoryGateway,
} from './memory-gateway.js';
export type { JournalEntry } from './memory-tables.js';
export { memoryPaymentSearch } from './payment-search.js';
export { owedRefund, owedTransfer, released } from './samples.js';
export { memoryTurns } from './shared-turns.js';
export {
  answerJudge,
  callJudge,
  leaseJudge,
  type Plan,
  planOf,
  type Sabotage,
  type Shrunk,
  type Simulated,
  shrink,
  simulate,
  stepsOf,
  viewOfCommand,
} from './simulator/index.js';
export type { StoreCall, StoreTrouble } from './store-trouble.js';
export type { ModelCustomer } from './stripe-model.js';
export {
  countingIds,
  INSTALLATION,
  leaveDoubt,
  type MemorySystem,
  type MemorySystemOptions,
  memorySystem,
  SETTINGS,
  usd,
} from './system.js';
