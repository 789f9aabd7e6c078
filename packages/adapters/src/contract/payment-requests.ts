import type { StatedMoney } from '@campusg-pay/core';
import { err, ok } from 'neverthrow';
import type { z } from 'zod';
import { moneySaid } from './money-fields.js';
import { issuesOf, type Read, read, releaseBody, revertBody } from './schemas.js';

/** A checked body, with what it says of the payment's money. */
export type WithMoney<Terms> = Terms & { readonly stated?: readonly StatedMoney[] };

/** Reads the body of a release. */
export function readRelease(body: unknown): Read<WithMoney<z.output<typeof releaseBody>>> {
  return readWithMoney(releaseBody, body);
}

/** Reads the body of a revert. */
export function readRevert(body: unknown): Read<WithMoney<z.output<typeof revertBody>>> {
  return readWithMoney(revertBody, body);
}

/** Reads a body by its schema, and every other field of it that speaks of money. */
export function readWithMoney<Schema extends z.ZodObject>(
  schema: Schema,
  body: unknown,
): Read<WithMoney<z.output<Schema>>> {
  const terms = read(schema, body);
  const { stated, issues } = moneySaid(body);
  if (terms.isErr() || issues.length > 0) return err([...issuesOf(terms), ...issues]);
  return ok(stated.length === 0 ? terms.value : { ...terms.value, stated });
}

/** Money that is named where nobody reads it: in the query string of a command. */
export function readQuery(query: unknown): Read<void> {
  const { stated, issues } = moneySaid(query);
  const fields = [...stated, ...issues].map(({ field }) => field);
  if (fields.length === 0) return ok();
  return err(fields.map((field) => ({ field, rule: 'must not stand in the query string' })));
}
