export type { Sabotage } from './parts.js';
export { type Plan, planOf, TROUBLES, type Trouble } from './plan.js';
export { type Shrunk, shrink, stepsOf } from './shrink.js';
export { type Simulated, simulate } from './simulate.js';
