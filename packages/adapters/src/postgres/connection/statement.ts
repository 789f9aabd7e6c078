import { compileSql, type NamesIn } from './named-parameters.js';

declare const rowType: unique symbol;

/**
 * One SQL statement with a fixed name: the server plans it once per connection (an unnamed CTE
 * ran at a third of the speed). `Constraint` lists the constraints whose violation is an answer
 * rather than a bug; `Name` are the names of its parameters.
 */
export interface Statement<Row, Name extends string = never, Constraint extends string = never> {
  readonly name: string;
  /** With parameters by number, as Postgres wants it. */
  readonly text: string;
  /** The names of the parameters, in the order of their numbers. */
  readonly parameters: readonly Name[];
  readonly constraints: readonly Constraint[];
  readonly [rowType]?: Row;
}

/** A value for each parameter of a statement; null stands for SQL's null. */
export type Values<Name extends string> = Readonly<Record<Name, unknown>>;

/** What is handed over with a statement: nothing where it has no parameters. */
export type ValuesArgument<Name extends string> = [Name] extends [never]
  ? []
  : [values: Values<Name>];

/**
 * Defines a statement whose rows are of the type `Row`. The SQL names its parameters, `:status`;
 * whoever runs the statement gives an object with exactly these names, which the compiler reads
 * from the text. So the text has to be a literal, and a fragment put into it `as const`.
 *
 * In two calls, because TypeScript infers either all type parameters of a call or none.
 *
 * @param definition.name unique in the program and shorter than 64 bytes
 */
export function defineStatement<Row = unknown>() {
  return <const Text extends string, const Constraint extends string = never>(definition: {
    readonly name: string;
    readonly text: Text & Literal<Text>;
    readonly constraints?: readonly Constraint[];
  }): Statement<Row, NamesIn<Text>, Constraint> => {
    const { name, constraints = [] } = definition;
    // Postgres cuts longer names silently, and two cut names would share one plan.
    if (Buffer.byteLength(name) > 63) {
      throw new Error(`The statement name ${name} is longer than 63 bytes.`);
    }
    const { text, names } = compileSql<Text>(definition.text);
    return { name, text, parameters: names, constraints };
  };
}

/** What `pg` takes: the values in the order of their numbers. */
export function bind<Row, Name extends string, Constraint extends string>(
  { name, text, parameters }: Statement<Row, Name, Constraint>,
  ...[values]: ValuesArgument<Name>
): { readonly name: string; readonly text: string; readonly values: unknown[] } {
  const given: Partial<Values<Name>> = values ?? {};
  const ordered = parameters.map((parameter) => {
    const value = given[parameter];
    // `pg` would silently make a null of it.
    if (value === undefined) throw new Error(`bug: ${name} is run without ${parameter}`);
    return value;
  });
  return { name, text, values: ordered };
}

/** The same without its name, for a session that somebody else may use after us. */
export function bindUnnamed<Row, Name extends string, Constraint extends string>(
  statement: Statement<Row, Name, Constraint>,
  ...given: ValuesArgument<Name>
): { readonly text: string; readonly values: unknown[] } {
  const { text, values } = bind(statement, ...given);
  return { text, values: [...values] };
}

/** Not `string` and without a hole of that type: every name in it can be seen. */
type Literal<Text extends string> =
  Record<never, never> extends Record<Text, true>
    ? 'mark the fragments of the text `as const`'
    : Text;
