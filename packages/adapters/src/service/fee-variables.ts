import { parseCurrency } from '@campusg-pay/core';
import { z } from 'zod';
import { listOf } from './text-list.js';

/**
 * A percentage as millionths, read as digits: 2.5 is 25000. No float is calculated with, and nothing is
 * rounded.
 */
export const feePercent = z
  .string()
  .regex(/^\d{1,3}(?:\.\d{1,4})?$/)
  .transform((text) => {
    const [whole = '', decimals = ''] = text.split('.');
    return Number(`${whole}${decimals.padEnd(4, '0')}`);
  })
  .refine((partsPerMillion) => partsPerMillion <= 1_000_000);

const FIXED_RULE =
  'must be minor units with a currency, e.g. 30 USD; several separated by commas, each currency once';

/** Minor units of each currency, as in `30 USD,50 SGD`. */
export const feeFixed = z.string().transform((text, issues) => {
  const fixedMinor: Record<string, number> = {};
  const parts = listOf(text);
  if (parts.length === 0) issues.addIssue(FIXED_RULE);
  for (const part of parts) {
    const [, minor = '', code = ''] = /^(\d{1,12}) ?([a-z]{3})$/i.exec(part) ?? [];
    const currency = code.toUpperCase();
    if (minor === '') issues.addIssue(FIXED_RULE);
    else if (parseCurrency(code).isErr())
      issues.addIssue(`names ${currency}, which is no currency that Stripe can charge`);
    else if (currency in fixedMinor) issues.addIssue(`names ${currency} twice`);
    fixedMinor[currency] = Number(minor);
  }
  return fixedMinor;
});
