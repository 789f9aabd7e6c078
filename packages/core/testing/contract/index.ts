export { describeGatewayContract } from './gateway-contract.js';
export type { ContractPorts } from './ports.js';
export { describeRepositoryContract } from './repository.js';
export type { GatewaySetup } from './till.js';
