import pg from 'pg';
import type { Defined, NotedAdapters } from './adapters.js';
import { differences, ownColumns, readState, type State, tablesOf } from './state.js';

/** Something that spreads tables over servers and speaks Postgres. */
export interface Engine {
  readonly connectionString: string;
  /** Replaces all that is there. */
  load(state: State): Promise<void>;
  /** All that is there, wherever it stands. */
  dump(tables: readonly string[]): Promise<State>;
}

/** How a statement is sent: as the service does, or with the values in its text. */
export type Sending = 'parameters' | 'literals';

export interface Verdict {
  readonly name: string;
  readonly kind: 'works' | 'refused' | 'other meaning';
  readonly detail: string;
  /** Whether its values were those of a real run. */
  readonly isReal: boolean;
}

interface Outcome {
  readonly rows: readonly unknown[];
  readonly error: string | null;
}

const ANSWER_WITHIN_MS = 10_000;

/**
 * Holds every statement against one Postgres: brings the engine to the very state in which the service
 * has run it, runs it on both, and compares answers and what is there afterwards.
 *
 * @param reference a migrated, empty Postgres
 */
export async function judge(
  { statements, trace }: Pick<NotedAdapters, 'statements' | 'trace'>,
  reference: string,
  engine: Engine,
  sending: Sending,
): Promise<Verdict[]> {
  const byName = new Map(statements.map((one) => [one.name, one]));
  const postgres = new pg.Client({ connectionString: reference });
  // It goes with its server.
  postgres.on('error', () => {});
  await postgres.connect();
  const tables = await tablesOf(postgres);
  const own = await ownColumns(postgres);
  const verdicts = new Map<string, Verdict>();
  const hold = async (defined: Defined, values: readonly unknown[], isReal: boolean) => {
    await engine.load(await readState(postgres, tables));
    const found = await runOn(engine.connectionString, defined, values, sending);
    const after = await engine.dump(tables);
    if (!isReal) await postgres.query('savepoint before');
    const expected = await run(postgres, defined, values, 'parameters');
    if (!isReal && expected.error !== null) await postgres.query('rollback to savepoint before');
    const left = differences(await readState(postgres, tables), after, own);
    verdicts.set(defined.name, { name: defined.name, isReal, ...verdictOf(expected, found, left) });
  };
  for (const { name, values } of trace) {
    const defined = byName.get(name);
    if (defined === undefined) continue;
    if (verdicts.has(name)) {
      await run(postgres, defined, values, 'parameters');
      continue;
    }
    await hold(defined, values, true);
  }
  for (const defined of statements) {
    if (verdicts.has(defined.name)) continue;
    await postgres.query('begin');
    const values = await madeUp(postgres, defined);
    await hold(defined, values, false);
    await postgres.query('rollback');
  }
  await postgres.end();
  return [...verdicts.values()].sort((one, other) => one.name.localeCompare(other.name));
}

function verdictOf(
  expected: Outcome,
  found: Outcome,
  left: readonly string[],
): Pick<Verdict, 'kind' | 'detail'> {
  if (found.error !== null && found.error.slice(0, 5) !== expected.error?.slice(0, 5)) {
    return { kind: 'refused', detail: found.error };
  }
  const rows =
    found.rows.length === expected.rows.length
      ? []
      : [`${found.rows.length} rows told, not ${expected.rows.length}`];
  if (found.error === null && expected.error !== null) rows.push(`done, not ${expected.error}`);
  const all = [...rows, ...left];
  return all.length === 0
    ? { kind: 'works', detail: '' }
    : { kind: 'other meaning', detail: all.join('; ') };
}

async function runOn(
  connectionString: string,
  defined: Defined,
  values: readonly unknown[],
  sending: Sending,
): Promise<Outcome> {
  const client = new pg.Client({ connectionString, query_timeout: ANSWER_WITHIN_MS });
  client.on('error', () => {});
  try {
    await client.connect();
    return await run(client, defined, values, sending);
  } catch (error) {
    return { rows: [], error: told(error) };
  } finally {
    void client.end().catch(() => {});
  }
}

async function run(
  client: pg.Client,
  { name, text }: Defined,
  values: readonly unknown[],
  sending: Sending,
): Promise<Outcome> {
  try {
    const { rows } =
      sending === 'parameters'
        ? await client.query({ name, text, values: [...values] })
        : await client.query(text.replace(/\$(\d+)/g, (_, n) => literal(values[Number(n) - 1])));
    return { rows, error: null };
  } catch (error) {
    return { rows: [], error: told(error) };
  }
}

function literal(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) {
    const parts = value.map((one) => JSON.stringify(one instanceof Date ? one.toISOString() : one));
    return pg.escapeLiteral(`{${parts.join(',')}}`);
  }
  return pg.escapeLiteral(value instanceof Date ? value.toISOString() : String(value));
}

function told(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? String(error.code) : 'none';
  return `${code} ${error.message.split('\n')[0]}`;
}

/** A value of each parameter's type, of what is there where its name says which. */
async function madeUp(client: pg.Client, { text }: Defined): Promise<unknown[]> {
  await client.query(`savepoint asking`);
  try {
    await client.query(`prepare asked as ${text}`);
    const { rows } = await client.query<{ types: string[] }>(
      `select parameter_types::text[] as types from pg_prepared_statements where name = 'asked'`,
    );
    await client.query('deallocate asked');
    return (rows[0]?.types ?? []).map(ofType);
  } catch {
    await client.query('rollback to savepoint asking');
    return [];
  }
}

function ofType(type: string): unknown {
  if (type.endsWith('[]')) return [];
  if (/int|numeric|double/.test(type)) return 1;
  if (/timestamp|date/.test(type)) return new Date('2026-01-01T00:00:00Z');
  if (type === 'interval') return '1 day';
  if (type === 'boolean') return true;
  if (/json/.test(type)) return '[]';
  return 'o1.1';
}

export function tellVerdicts(title: string, verdicts: readonly Verdict[]): void {
  console.log(`\n${title}: ${verdicts.length} statements`);
  for (const kind of ['works', 'other meaning', 'refused'] as const) {
    const own = verdicts.filter((one) => one.kind === kind);
    console.log(
      `\n${kind}: ${own.length} (${own.filter(({ isReal }) => isReal).length} with values of a real run)`,
    );
    for (const { name, detail, isReal } of own) {
      console.log(
        `  ${name}${isReal ? '' : ' (made-up values)'}${detail === '' ? '' : `: ${detail}`}`,
      );
    }
  }
}
