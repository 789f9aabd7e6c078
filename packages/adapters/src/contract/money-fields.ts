import type { Issue, NotTheWhole, StatedMoney } from '@campusg-pay/core';
import { type MoneyKind, moneyKindOf } from './money-words.js';

/** A field whose name speaks of money, wherever it stands in a request. */
interface MoneyField {
  /** The way to it, e.g. `order.tip`. */
  readonly field: string;
  /** The last part of it. */
  readonly name: string;
  readonly value: unknown;
  /** It stands for money on top, such as a tip: there may be none of it. */
  readonly isExtra: boolean;
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
 *
 * @param honoured the ways to the fields that the door reads itself, e.g. `order.amount`
 */
export function moneySaid(body: unknown, honoured: readonly string[] = []): MoneySaid {
  const stated: StatedMoney[] = [];
  const issues: Issue[] = [];
  for (const found of moneyFields(body)) {
    if (honoured.includes(found.field) || saysNothing(found)) continue;
    const whole = wholeIn(found);
    if (whole === null) issues.push({ field: found.field, rule: NOT_HONOURED });
    else stated.push(whole);
  }
  return { stated, issues };
}

/** What is wrong with money that is not the whole amount of the payment. */
export function notTheWhole({ field, whole }: NotTheWhole): Issue {
  const all = `the whole amount, ${whole.amountMinor} minor units of ${whole.currency}`;
  return { field, rule: `must be left out or be of ${all}: no part of it is moved` };
}

/** Goes through a body without recursion: it may be nested as deeply as its size allows. */
function* moneyFields(body: unknown): Generator<MoneyField> {
  const open: { readonly at: string; readonly within: object; readonly kind: MoneyKind }[] = [];
  if (isObject(body)) open.push({ at: '', within: body, kind: null });
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const [name, value] of Object.entries(next.within)) {
      const field = `${next.at}${name}`;
      if (field === 'customer') continue;
      const own = moneyKindOf(name);
      const kind = own === 'extra' || next.kind === null ? own : next.kind;
      if (isObject(value)) open.push({ at: `${field}.`, within: value, kind });
      else if (kind !== null) yield { field, name, value, isExtra: kind === 'extra' };
    }
  }
}

/** An absent value asks for nothing; no tip and no fee neither. An amount of 0 is not the whole. */
function saysNothing({ value, isExtra }: MoneyField): boolean {
  return value === null || (isExtra && (value === false || value === 0 || isEmpty(value)));
}

function isEmpty(value: unknown): boolean {
  return value === '' || (Array.isArray(value) && value.length === 0);
}

/** Names of the whole, as callers may state it once more. */
const WHOLE = /^(order|payment|refund|capture|release|revert|total)?_?amount(_?minor)?$|^total$/i;

function wholeIn({ field, name, value }: MoneyField): StatedMoney | null {
  const parent = field.split('.').at(-2) ?? '';
  if (parent !== '' && !/^(order|payment)$/.test(parent)) return null;
  if (/^currency(_?code)?$/i.test(name) && typeof value === 'string')
    return { field, currency: value.toUpperCase() };
  return WHOLE.test(name) && Number.isSafeInteger(value)
    ? { field, amountMinor: value as number }
    : null;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
