import type { NotInstalled } from '../optional-package.js';

/** One thing that was looked at. */
export interface Check {
  readonly name: string;
  readonly state: 'ok' | 'warn' | 'fail';
  /** What was found, in a line. */
  readonly found: string;
  /** What to do about it, in a line; null where all is well. */
  readonly fix: string | null;
}

export const ok = (name: string, found: string): Check => ({ name, state: 'ok', found, fix: null });
export const warn = (name: string, found: string, fix: string): Check => ({
  name,
  state: 'warn',
  found,
  fix,
});
export const failing = (name: string, found: string, fix: string): Check => ({
  name,
  state: 'fail',
  found,
  fix,
});

/** A part that can't be looked at, for its optional package is missing. */
export function notInstalled(name: string, { package: missing }: NotInstalled): Check {
  return failing(name, `the package ${missing} is not installed`, `npm install ${missing}`);
}
