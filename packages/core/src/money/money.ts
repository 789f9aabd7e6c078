import { err, ok, type Result } from 'neverthrow';
import { currencyRule } from './currencies.js';

/** An ISO 4217 code in upper case that Stripe can charge, e.g. `USD`. Made by {@link parseCurrency}. */
export type Currency = string & { readonly __currency: unique symbol };

/** An exact amount: a safe integer of the currency's minor units (cents, yen, fils). */
export interface Money {
  readonly amountMinor: number;
  readonly currency: Currency;
}

/** Why a value is not money that can be charged. A fact; the doors make the sentence. */
export type MoneyError =
  | { readonly type: 'UnknownCurrency'; readonly value: unknown }
  | { readonly type: 'NotAnInteger'; readonly value: unknown }
  | { readonly type: 'BelowMinimum'; readonly minimumMinor: number; readonly currency: Currency }
  | { readonly type: 'AboveMaximum'; readonly maximumMinor: number; readonly currency: Currency }
  | { readonly type: 'NotAMultiple'; readonly multipleMinor: number; readonly currency: Currency }
  | { readonly type: 'NotADecimal'; readonly value: unknown };

/** Reads an ISO 4217 code in any case; refuses what Stripe has no presentment currency for. */
export function parseCurrency(value: unknown): Result<Currency, MoneyError> {
  // Letters beyond ASCII can have an ASCII upper case: 'uſd' is no way to write USD.
  const code = typeof value === 'string' && /^[a-z]{3}$/i.test(value) ? value.toUpperCase() : '';
  return currencyRule(code) === undefined
    ? err({ type: 'UnknownCurrency', value })
    : ok(code as Currency);
}

/** How many decimals the currency's major unit has: 2 for USD, 0 for JPY, 3 for KWD. */
export function exponentOf(currency: Currency): 0 | 2 | 3 {
  return ruleOf(currency).exponent;
}

/** The smallest and largest amount that may be charged, in minor units. */
export function chargeLimits(currency: Currency): { minimumMinor: number; maximumMinor: number } {
  const { minimumMinor, maximumMinor } = ruleOf(currency);
  return { minimumMinor, maximumMinor };
}

/** The step in which the card networks settle the currency, in minor units: 10 for KWD, mostly 1. */
export function multipleMinorOf(currency: Currency): number {
  return ruleOf(currency).multipleMinor;
}

/**
 * Money that a customer may be charged.
 *
 * Checks everything Stripe would refuse: a whole number of minor units, within the currency's
 * limits, and (KWD and its kin, ISK, UGX) a multiple of what the card networks settle in.
 * Never converts: `"2098"` and `20.98` are refused.
 */
export function parseCharge(amountMinor: unknown, currency: Currency): Result<Money, MoneyError> {
  if (typeof amountMinor !== 'number' || !Number.isSafeInteger(amountMinor)) {
    return err({ type: 'NotAnInteger', value: amountMinor });
  }
  const { minimumMinor, maximumMinor, multipleMinor } = ruleOf(currency);
  if (amountMinor < minimumMinor) return err({ type: 'BelowMinimum', minimumMinor, currency });
  if (amountMinor > maximumMinor) return err({ type: 'AboveMaximum', maximumMinor, currency });
  if (amountMinor % multipleMinor !== 0) {
    return err({ type: 'NotAMultiple', multipleMinor, currency });
  }
  return ok({ amountMinor, currency });
}

/** The amount in major units as decimal text, exact: 2098 USD is `"20.98"`, 500 JPY is `"500"`. */
export function formatMajor({ amountMinor, currency }: Money): string {
  return withPoint(String(amountMinor), currency);
}

/** A sum of amounts in major units, exact: it may be larger than any amount that is charged. */
export function formatSum(minor: bigint, currency: Currency): string {
  return withPoint(String(minor), currency);
}

function withPoint(minor: string, currency: Currency): string {
  const exponent = exponentOf(currency);
  const sign = minor.startsWith('-') ? '-' : '';
  const digits = minor.slice(sign.length).padStart(exponent + 1, '0');
  if (exponent === 0) return sign + digits;
  return `${sign}${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
}

/**
 * The amount as the JSON number callers see (20.98). The text is read as a number once, never
 * calculated with: every amount within the limits prints back as the same digits.
 */
export function toMajorNumber(money: Money): number {
  return Number(formatMajor(money));
}

/** Reads decimal text in major units, as Postgres returns `numeric`; refuses lost precision. */
export function parseMajor(text: unknown, currency: Currency): Result<Money, MoneyError> {
  const exponent = exponentOf(currency);
  const match = typeof text === 'string' ? /^(-?)(\d{1,15})(?:\.(\d+))?$/.exec(text) : null;
  const fraction = match?.[3] ?? '';
  const surplus = fraction.slice(exponent);
  if (match === null || /[1-9]/.test(surplus)) return err({ type: 'NotADecimal', value: text });
  const minorDigits = fraction.slice(0, exponent).padEnd(exponent, '0');
  const amountMinor = Number(`${match[1]}${match[2]}${minorDigits}`);
  return Number.isSafeInteger(amountMinor)
    ? ok({ amountMinor: amountMinor === 0 ? 0 : amountMinor, currency })
    : err({ type: 'NotADecimal', value: text });
}

/** Whether both are the same amount of the same currency. */
export function sameMoney(one: Money, other: Money): boolean {
  return one.amountMinor === other.amountMinor && one.currency === other.currency;
}

function ruleOf(currency: Currency) {
  const rule = currencyRule(currency);
  if (rule === undefined) throw new Error(`bug: ${currency} was not made by parseCurrency`);
  return rule;
}
