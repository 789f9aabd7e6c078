import type { Issue, NotTheWhole, StatedMoney } from '@campusg-pay/core';
import { type MoneyKind, moneyKindOf } from './money-words.js';

/** A field of a request, wherever it stands in it. */
interface Field {
  /** The way to it, e.g. `order.tip`. */
  readonly field: string;
  /** The last part of it. */
  readonly name: string;
  readonly value: unknown;
  /** How its name, or that of what it stands in, speaks of money. */
  readonly kind: MoneyKind;
}

/** The fields that speak of money and that a door reads itself, by the way to them. */
export interface HonouredFields {
  /** What is to be moved, in minor units; other names of it must say the same. */
  readonly amount?: string;
  readonly others?: readonly string[];
  /** Where the money goes, in a request that sends some on. No other field may name an account. */
  readonly account?: string;
}

/** What a request says of money beside the fields that we honour. */
export interface MoneySaid {
  /** The whole amount or its currency once more: right if the payment is of just that. */
  readonly stated: readonly StatedMoney[];
  /** What we can't honour, and must not pass over. */
  readonly issues: readonly Issue[];
}

const NOT_HONOURED =
  'speaks of money, and this service does not honour it here: leave it out, or name the whole amount';

/**
 * Finds every field of a request that speaks of money, so that none is passed over in silence. One
 * list for all doors. What is under `customer` and in lists is left alone: the platform sends whole
 * user and card objects, and an order's items have prices.
 */
export function moneySaid(body: unknown, honoured: HonouredFields = {}): MoneySaid {
  const { amount, others = [], account } = honoured;
  const own = [amount, account, ...others].filter((way) => way !== undefined);
  const stated: StatedMoney[] = [];
  const issues: Issue[] = [];
  for (const found of fieldsOf(body, own)) {
    if (saysNothing(found, honoured)) continue;
    const { field } = found;
    const whole = wholeIn(found);
    const sameAs = amount === undefined ? null : otherNameOf(amount, body, whole);
    const named =
      whole === null ? own.find((way) => lettersOf(way) === lettersOf(field)) : undefined;
    if (named !== undefined) issues.push({ field, rule: `must be sent as ${named} here` });
    else if (found.kind === null)
      issues.push({ field, rule: `names an account, which must be sent as ${account} here` });
    else if (whole === null) issues.push({ field, rule: NOT_HONOURED });
    else if (sameAs === null) stated.push(whole);
    else if (!sameAs) issues.push({ field, rule: `must be left out or be the same as ${amount}` });
  }
  return { stated, issues };
}

/** What is wrong with money that is not the whole amount of the payment. */
export function notTheWhole({ field, whole }: NotTheWhole): Issue {
  const all = `the whole amount, ${whole.amountMinor} minor units of ${whole.currency}`;
  return { field, rule: `must be left out or be of ${all}` };
}

/**
 * Goes through a body without recursion: it may be nested as deeply as its size allows.
 *
 * @param own what the door reads itself, and whatever is in there
 */
function* fieldsOf(body: unknown, own: readonly string[]): Generator<Field> {
  const open: { readonly at: string; readonly within: object; readonly kind: MoneyKind }[] = [];
  if (isObject(body)) open.push({ at: '', within: body, kind: null });
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const [name, value] of Object.entries(next.within)) {
      const field = `${next.at}${name}`;
      if (field === 'customer' || own.includes(field)) continue;
      const named = moneyKindOf(name);
      const kind = named === 'extra' || next.kind === null ? named : next.kind;
      if (isObject(value)) open.push({ at: `${field}.`, within: value, kind });
      else yield { field, name, value, kind };
    }
  }
}

/**
 * An absent value asks for nothing; no tip and no fee neither, but for the platform's own fee: without
 * a word it is the configured one. An amount of 0 is not the whole.
 */
function saysNothing({ name, value, kind }: Field, { account }: HonouredFields): boolean {
  if (value === null) return true;
  if (kind === null) return account === undefined || !namesAccount(name, value);
  if (kind !== 'extra' || isEmpty(value)) return kind === 'extra';
  return (value === false || value === 0) && (account === undefined || !PLATFORM_FEE.test(name));
}

const PLATFORM_FEE =
  /^(?:platform|application|app|service)?_?(?:fee|commission)s?(?:_?amount)?(?:_?minor)?$/i;

/** An account at Stripe, by what it is called or by what it looks like. */
function namesAccount(name: string, value: unknown): boolean {
  if (typeof value === 'string' && /^acct_/i.test(value)) return true;
  return ACCOUNT_NAME.test(lettersOf(name)) && !isEmpty(value);
}

const ACCOUNT_NAME = /^(?:runner)?(?:stripe|connect|connected|destination)+account(?:id)?$/;

function isEmpty(value: unknown): boolean {
  return value === '' || (Array.isArray(value) && value.length === 0);
}

/** Names of the whole, as callers may state it once more. */
const WHOLE = /^(order|payment|refund|capture|release|revert|total)?_?amount(_?minor)?$|^total$/i;

function wholeIn({ field, name, value }: Field): StatedMoney | null {
  const parent = field.split('.').at(-2) ?? '';
  if (parent !== '' && !/^(order|payment)$/.test(parent)) return null;
  if (/^currency(_?code)?$/i.test(name) && typeof value === 'string')
    return { field, currency: value.toUpperCase() };
  return WHOLE.test(name) && Number.isSafeInteger(value)
    ? { field, amountMinor: value as number }
    : null;
}

/** What is to be moved under another name: amounts of the command itself, not of its order. */
const OTHER_NAME = /^(?:refund|capture|release|revert)?_?amount(?:_?minor)?$/i;

/** Whether a statement says the same as the amount to move; null where it speaks of the whole. */
function otherNameOf(amount: string, body: unknown, said: StatedMoney | null): boolean | null {
  const moved: unknown = isObject(body) ? Reflect.get(body, amount) : undefined;
  if (moved === undefined || moved === null || said === null) return null;
  if (!('amountMinor' in said) || !OTHER_NAME.test(said.field)) return null;
  return said.amountMinor === moved;
}

function lettersOf(name: string): string {
  return name.replaceAll(/[^a-z]/gi, '').toLowerCase();
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
