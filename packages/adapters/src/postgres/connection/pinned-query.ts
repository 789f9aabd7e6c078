import type { EventEmitter } from 'node:events';
import pg from 'pg';
import { BEGIN } from './session-settings.js';

/** As much of the driver's connection as a query talks to. */
interface Wire {
  parse(statement: { readonly name: string; readonly text: string }): void;
  bind(values: object): void;
  execute(portal: object): void;
  sync(): void;
}

/** The driver's query as it is inside: its types tell only how it is started. */
interface DriversQuery extends EventEmitter {
  prepare(wire: Wire): void;
  _getRows(wire: Wire, rows: unknown): void;
  handleDataRow(message: unknown): void;
  handleCommandComplete(message: unknown, wire: Wire): void;
  submit(wire: pg.Connection): void;
}

export interface StatementRows {
  readonly rows: unknown[];
}

const DriversQuery = pg.Query as unknown as new (
  config: object,
  callback: (error: Error | null, answer: StatementRows) => void,
) => DriversQuery;

/** How many commands are answered before the statement's own: `begin` and what pins the settings. */
const BEFORE = 2;

/**
 * One statement in a transaction of its own that brings its settings along, in one round trip: begin,
 * settings, statement and commit go out together. For sessions that are another one each time, as
 * behind a pooler in transaction mode: nothing is left behind in them, no plan and no setting.
 *
 * After an error the transaction is still open, and has to be rolled back.
 */
export class PinnedQuery extends DriversQuery {
  readonly #pins: string;
  #answered = 0;

  constructor(
    statement: { readonly text: string; readonly values: unknown[]; readonly types: object },
    pins: string,
    callback: (error: Error | null, answer: StatementRows) => void,
  ) {
    const { text, values, types } = statement;
    super({ text, values, types, queryMode: 'extended' }, callback);
    this.#pins = pins;
  }

  override prepare(wire: Wire): void {
    for (const text of [BEGIN, this.#pins]) send(wire, text);
    super.prepare(wire);
  }

  override _getRows(wire: Wire): void {
    wire.execute({ portal: '' });
    send(wire, 'commit');
    wire.sync();
  }

  override handleDataRow(message: unknown): void {
    if (this.#answered === BEFORE) super.handleDataRow(message);
  }

  override handleCommandComplete(message: unknown, wire: Wire): void {
    if (this.#answered === BEFORE) super.handleCommandComplete(message, wire);
    this.#answered += 1;
  }
}

function send(wire: Wire, text: string): void {
  wire.parse({ name: '', text });
  wire.bind({});
  wire.execute({});
}
