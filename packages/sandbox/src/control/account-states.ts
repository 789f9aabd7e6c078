import { err, ok, type Result } from 'neverthrow';
import { blankAccount, changeAccount, closeAccount } from '../model/connected-account.js';
import { type Failure, invalid, missing } from '../model/failure.js';
import type { AccountRecord, CapabilityStatus } from '../state/money-records.js';
import type { World } from '../state/world.js';
import { METADATA, nullOr, oneOf, optional, type Part, shapeProblem, TEXT } from './shape-check.js';

/**
 * What is the matter with a connected account: `able` takes transfers, `new` has told nothing yet,
 * `pending` is being looked at, `disabled` was rejected, `closed` is gone.
 */
export type AccountState = 'able' | 'closed' | 'disabled' | 'new' | 'pending';

/** A connected account that is there without ever having been asked for. */
export interface SeedAccount {
  /** Begins with `acct_`. */
  readonly id: string;
  /** @default 'able' */
  readonly state?: AccountState;
  /** @default 'express' */
  readonly type?: 'custom' | 'express' | 'none' | 'standard';
  /** Two capital letters. @default 'US' */
  readonly country?: string;
  /** @default null */
  readonly email?: string | null;
  /** Lower case. @default 'usd' */
  readonly defaultCurrency?: string;
  /** The only currencies it takes, lower case; null: any. @default null */
  readonly currencies?: readonly string[] | null;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** What becomes of a connected account. */
export interface AccountChange {
  readonly state?: AccountState;
  /** Its capability to take transfers, whatever its state has made of it. */
  readonly transfers?: CapabilityStatus;
  /** Stripe's `requirements.disabled_reason`; one that begins with `rejected.` forbids transfers. */
  readonly disabledReason?: string | null;
  readonly currencies?: readonly string[] | null;
}

const STATE = oneOf('able', 'closed', 'disabled', 'new', 'pending');
const CODE: Part = {
  rule: 'three small letters',
  allows: (value) => typeof value === 'string' && /^[a-z]{3}$/.test(value),
};
const CURRENCIES = nullOr({
  rule: 'a list of currencies in small letters',
  allows: (value) => Array.isArray(value) && value.every(CODE.allows),
});

const SEED: Readonly<Record<keyof SeedAccount, Part>> = {
  id: {
    rule: 'text that begins with acct_',
    allows: (value) => typeof value === 'string' && /^acct_\w+$/.test(value),
  },
  state: optional(STATE),
  type: optional(oneOf('custom', 'express', 'none', 'standard')),
  country: optional({
    rule: 'two capital letters',
    allows: (value) => typeof value === 'string' && /^[A-Z]{2}$/.test(value),
  }),
  email: optional(nullOr(TEXT)),
  defaultCurrency: optional(CODE),
  currencies: optional(CURRENCIES),
  metadata: optional(METADATA),
};

const CHANGE: Readonly<Record<keyof AccountChange, Part>> = {
  state: optional(STATE),
  transfers: optional(oneOf('active', 'inactive', 'pending', 'unrequested')),
  disabledReason: optional(nullOr(TEXT)),
  currencies: optional(CURRENCIES),
};

function partsOf(state: AccountState): Partial<AccountRecord> {
  const told = { detailsSubmitted: true, disabledReason: null, closed: false };
  switch (state) {
    case 'able':
      return { ...told, transfers: 'active' };
    case 'new':
      return { ...told, detailsSubmitted: false, transfers: 'inactive' };
    case 'pending':
      return { ...told, transfers: 'pending' };
    case 'disabled':
      return { ...told, transfers: 'inactive', disabledReason: 'rejected.other' };
    case 'closed':
      return { ...told, transfers: 'inactive', closed: true };
  }
}

/** Puts an account there, or another in the place of the one of its id. No event tells of it. */
export function seedAccount(world: World, seed: SeedAccount): Result<AccountRecord, Failure> {
  const problem = shapeProblem({ ...seed }, { of: SEED, what: 'an account' });
  if (problem !== undefined) return err(invalid(problem));
  const { id, state = 'able', ...rest } = seed;
  const former = world.store.get('account', id);
  const blank = blankAccount(world, id);
  const { created, seq } = former ?? blank;
  const record = { ...blank, ...rest, ...partsOf(state), created, seq };
  world.store.put('account', record);
  return ok(record);
}

/** Changes an account as Stripe or its owner would; its events are sent. */
export function changeAccountById(
  world: World,
  id: string,
  change: AccountChange,
): Result<AccountRecord, Failure> {
  const what = 'the change of an account';
  const problem = shapeProblem({ ...change }, { of: CHANGE, what });
  if (problem !== undefined) return err(invalid(problem));
  const account = world.store.get('account', id);
  if (account === undefined) return err(missing('account', { id, param: 'id', status: 404 }));
  const { state, ...rest } = change;
  if (state === 'closed') return ok(closeAccount(world, account));
  const parts = state === undefined ? {} : partsOf(state);
  return ok(changeAccount(world, account, { ...parts, ...rest }));
}
