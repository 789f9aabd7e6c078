export { answerJudge } from './answers.js';
export { callJudge } from './calls.js';
export { leaseJudge } from './leases.js';
export type { Sabotage } from './parts.js';
export { type Plan, planOf, TROUBLES, type Trouble } from './plan.js';
export { type Shrunk, shrink, stepsOf } from './shrink.js';
export { type Simulated, simulate } from './simulate.js';
export { viewOfCommand } from './views.js';
