import { err, ok, type Result } from 'neverthrow';
import { ACCOUNT_ID } from '../model/account.js';
import { type Failure, invalid, missing } from '../model/failure.js';
import { fundsIn, move } from '../model/movements.js';
import { tellAvailable } from '../model/settlement.js';
import { newId } from '../state/ids.js';
import type { Terms, World } from '../state/world.js';
import { optional, type Part, type Shape, shapeProblem, TEXT, wholeFrom } from './shape-check.js';

/** Money that comes from a bank account. */
export interface TopUp {
  /** @default the platform */
  readonly account?: string;
  /** Lower case. */
  readonly currency: string;
  /** Minor units, 1 or more. */
  readonly amount: number;
}

/** Money that goes to a bank account. */
export interface PayOut {
  /** @default the platform */
  readonly account?: string;
  /** Lower case. */
  readonly currency: string;
  /**
   * Minor units, 1 or more; it may be more than there is.
   *
   * @default all that is available
   */
  readonly amount?: number;
}

/** What an account has in one currency, in minor units. */
export interface AccountFunds {
  readonly account: string;
  readonly currency: string;
  readonly available: number;
  readonly pending: number;
}

const CURRENCY: Part = {
  rule: 'three small letters',
  allows: (value) => typeof value === 'string' && /^[a-z]{3}$/.test(value),
};
const PAY_OUT: Readonly<Record<keyof PayOut, Part>> = {
  account: optional(TEXT),
  currency: CURRENCY,
  amount: optional(wholeFrom(1)),
};
const TOP_UP: Readonly<Record<keyof TopUp, Part>> = { ...PAY_OUT, amount: wholeFrom(1) };

function checked(
  world: World,
  wish: PayOut,
  { of, what }: { of: Shape; what: string },
): Result<AccountFunds, Failure> {
  const problem = shapeProblem({ ...wish }, { of, what });
  if (problem !== undefined) return err(invalid(problem));
  const { account = ACCOUNT_ID, currency } = wish;
  if (account !== ACCOUNT_ID && world.store.get('account', account) === undefined) {
    return err(missing('account', { id: account, param: 'account', status: 404 }));
  }
  return ok({ account, ...fundsIn(world, account, currency) });
}

function after(world: World, { account, currency }: AccountFunds): AccountFunds {
  return { account, ...fundsIn(world, account, currency) };
}

/** Adds money to a balance, there to be spent at once. */
export function addFunds(world: World, wish: TopUp): Result<AccountFunds, Failure> {
  return checked(world, wish, { of: TOP_UP, what: 'funds' }).map((funds) => {
    const { account, currency } = funds;
    const source = newId('tu');
    const added = move(world, { account, type: 'topup', amount: wish.amount, currency, source });
    if (account === ACCOUNT_ID) tellAvailable(world, added);
    return after(world, funds);
  });
}

/** Takes money out of a balance, as a payout does. */
export function payOut(world: World, wish: PayOut): Result<AccountFunds, Failure> {
  return checked(world, wish, { of: PAY_OUT, what: 'a payout' }).map((funds) => {
    const { account, currency } = funds;
    const amount = wish.amount ?? Math.max(funds.available, 0);
    if (amount === 0) return funds;
    move(world, { account, type: 'payout', amount: -amount, currency, source: newId('po') });
    return after(world, funds);
  });
}

const PERCENT: Part = {
  rule: 'a number from 0 to 100',
  allows: (value) => typeof value === 'number' && value >= 0 && value <= 100,
};

const TERMS: Readonly<Record<keyof Terms, Part>> = {
  feePercent: optional(PERCENT),
  feeFixed: optional(wholeFrom(0)),
  settlementSeconds: optional(wholeFrom(0)),
};

/** What is wrong with terms; undefined: nothing. */
export function termsProblem(terms: Partial<Terms>): string | undefined {
  return shapeProblem({ ...terms }, { of: TERMS, what: 'terms' });
}
