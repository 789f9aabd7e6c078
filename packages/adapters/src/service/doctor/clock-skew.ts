import { type Check, failing, ok, warn } from './check.js';

/** Beyond this two clocks are told apart by people who compare logs. */
const SKEW_WARN_MS = 2_000;
/** Webhooks are refused when they seem to be 300 s old or to come from the future. */
const SKEW_FAIL_MS = 120_000;

/** How far another clock is from this machine's. */
export function skew(name: string, aheadMs: number): Check {
  const seconds = (Math.abs(aheadMs) / 1000).toFixed(1);
  const found = `${seconds} s ${aheadMs < 0 ? 'behind' : 'ahead of'} this machine`;
  const fix = 'let NTP set the clock of this machine, and of the other';
  if (Math.abs(aheadMs) > SKEW_FAIL_MS) return failing(name, found, fix);
  return Math.abs(aheadMs) > SKEW_WARN_MS ? warn(name, found, fix) : ok(name, found);
}
