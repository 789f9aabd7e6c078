export { describeGatewayContract } from './gateway-contract.js';
export {
  type ContractProcess,
  describeHolderContract,
  type HolderSetup,
} from './holders.js';
export { describePaymentSearch, type ListingSetup } from './listing.js';
export type { ContractPorts } from './ports.js';
export { describeRepositoryContract } from './repository.js';
export type { GatewaySetup } from './till.js';
export { describeTurnsContract } from './turns.js';
