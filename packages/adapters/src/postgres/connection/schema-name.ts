import type pg from 'pg';
import { readAddress } from './database-address.js';
import type { Entrances } from './write-host.js';

/**
 * Where in a start packet a connection is told the schema that holds our tables: what a host gives
 * its own `pg.Pool` as `options`. Nothing else is looked through, so that a table that is missing is
 * not found somewhere else.
 *
 *     new pg.Pool({ connectionString, options: searchPathOption('payments_of_host') })
 *
 * A pooler in between has to pass it on: PgBouncer refuses it unless told to, and must not ignore
 * it. Where it can't, give the database user the path: `alter role ... set search_path to ...`.
 */
export function searchPathOption(schema: string): string {
  return `-c search_path=${quoteSchema(schema)}`;
}

/** The name of a schema as SQL wants it. Throws where it is none that needs no second thought. */
export function quoteSchema(schema: string): string {
  // Postgres cuts what is longer, silently, and a cut name could be another schema's.
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,62}$/.test(schema)) {
    throw new RangeError(
      `"${schema}" can't name our schema: take at most 63 letters, digits and underscores, and no digit first.`,
    );
  }
  return `"${schema}"`;
}

/**
 * What opens a connection in the schema; without one, in that of the database user, as it comes. Throws
 * a `RangeError` for an address that can't be read, without a part of it that may be secret.
 */
export function connectionIn(schema: string | undefined, connectionString: string): Entrances {
  const address = readAddress(connectionString);
  if (address.isErr()) throw new RangeError(`The database URL ${address.error}.`);
  const { hosts, user, password, database, ssl, driver, target } = address.value;
  // The driver has one place for both, and would forget one of them.
  if (schema !== undefined && driver.options !== undefined) {
    throw new RangeError(
      `The database URL has "options", which would hide the schema "${schema}": name the schema in one place only.`,
    );
  }
  const common: pg.ClientConfig = { user, password, database, ssl, ...driver };
  if (schema !== undefined) common.options = searchPathOption(schema);
  const [first, ...others] = hosts.map((host) => ({ ...common, ...host }));
  if (first === undefined) throw new Error('bug: an address has a host');
  return { hosts: [first, ...others], target: target ?? 'read-write' };
}
