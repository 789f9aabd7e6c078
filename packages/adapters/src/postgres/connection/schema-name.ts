import { type Entrances, entrancesOf, withOptions } from './write-host.js';

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

/** What opens a connection in the schema; without one, in that of the database user, as it comes. */
export function connectionIn(schema: string | undefined, connectionString: string): Entrances {
  const entrances = entrancesOf(connectionString);
  if (schema === undefined) return entrances;
  // The driver has one place for both, and would forget one of them.
  if (entrances.hosts.some(({ options }) => options !== undefined)) {
    throw new RangeError(
      `The database URL has "options", which would hide the schema "${schema}": name the schema in one place only.`,
    );
  }
  return withOptions(entrances, searchPathOption(schema));
}
