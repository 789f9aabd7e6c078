import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { toDatabaseFault } from '../connection/database-fault.js';
import { connectionIn } from '../connection/schema-name.js';
import { SessionClient, type SessionRoute, sessionRoute } from '../connection/session-client.js';
import { sessionSettings } from '../connection/session-settings.js';
import { bind, type Statement, type ValuesArgument } from '../connection/statement.js';
import { valueTypes } from '../connection/value-parsers.js';
import { enter } from '../connection/write-host.js';

/** Runs a statement; where that fails, all locks count as lost. */
type Ask = <Row, Name extends string>(
  statement: Statement<Row, Name>,
  ...given: ValuesArgument<Name>
) => Promise<Row[]>;

/** A session that keeps its locks. */
export interface LockConnection {
  /** Whether a pooler is in between, which leaves us the session for an open transaction only. */
  readonly isPooled: boolean;
  /** In the session that has the locks: to take, to read and to give back. */
  readonly ask: Ask;
  /** Committed when it returns. */
  readonly write: Ask;
  /** Cuts everything, and tells so once. */
  lost(): void;
  end(withinMs: number): Promise<void>;
}

interface Place {
  readonly connectionString: string;
  readonly schema?: string | undefined;
  readonly searchPath?: string | undefined;
}

/**
 * Opens a session for locks. A pooler in transaction mode changes the session under us, but not while a
 * transaction is open: there one is begun and stays open, it reads only, and what is written goes by a
 * second connection. Throws where it can't be opened.
 */
export async function openLockConnection(
  place: Place & { readonly onLost: () => void },
  answerWithinMs: number,
): Promise<LockConnection> {
  const entrances = connectionIn(place.schema, place.connectionString, place.searchPath);
  const route = sessionRoute(
    sessionSettings(entrances.searchPath, {
      statementTimeoutMs: answerWithinMs,
      lockTimeoutMs: answerWithinMs,
      idleInTransactionMs: 0,
    }),
  );
  const wires: Socket[] = [];
  const cut = () => {
    for (const wire of wires) wire.destroy();
  };
  let over = false;
  const lost = () => {
    if (over) return;
    over = true;
    cut();
    place.onLost();
  };
  const open = async () => {
    const { client, wire } = await enter(entrances, route, wiredTo(route, answerWithinMs));
    wires.push(wire);
    client.on('error', lost);
    client.on('end', lost);
    return client;
  };
  try {
    const holding = await open();
    const { isPooled } = holding;
    if (isPooled) await holding.begin();
    const writing = isPooled ? await open() : holding;
    const ask = askIn(holding, lost);
    const end = async (withinMs: number) => {
      if (over) return;
      over = true;
      await Promise.race([Promise.all([leave(holding), writing.end()]), sleep(withinMs)]);
      cut();
    };
    return { isPooled, ask, write: isPooled ? writeBy(writing, lost) : ask, lost, end };
  } catch (error) {
    over = true;
    cut();
    throw toDatabaseFault(error, 'connect') ?? error;
  }
}

/** Its wire is ours, so that it can be cut even while it waits for an answer that will not come. */
function wiredTo(route: SessionRoute, answerWithinMs: number) {
  return (host: pg.ClientConfig) => {
    const wire = new Socket();
    const client = new SessionClient(route, {
      stream: () => wire,
      application_name: 'campusg-pay relay',
      connectionTimeoutMillis: 5_000,
      ...host,
      // Limits of the address are meant for statements.
      statement_timeout: answerWithinMs,
      query_timeout: answerWithinMs,
      keepAlive: true,
    });
    client.on('error', () => wire.destroy());
    return { client, wire };
  };
}

/** Behind a pooler the session may outlive us, and its locks with it. */
async function leave(client: SessionClient): Promise<void> {
  if (client.isPooled) await client.query('select pg_advisory_unlock_all()').catch(() => {});
  await client.end();
}

function askIn(client: SessionClient, lost: () => void): Ask {
  return async <Row, Name extends string>(
    statement: Statement<Row, Name>,
    ...given: ValuesArgument<Name>
  ) => {
    // Without its name: a pooler in between shall be found out by a look, not by a plan it lacks.
    const { text, values } = bind(statement, ...given);
    try {
      return (await client.query(text, values)).rows as Row[];
    } catch (error) {
      // Whatever it was: without an answer nobody knows what we hold.
      lost();
      throw error;
    }
  };
}

function writeBy(client: SessionClient, lost: () => void): Ask {
  return async <Row, Name extends string>(
    statement: Statement<Row, Name>,
    ...given: ValuesArgument<Name>
  ) => {
    try {
      const sent = { ...bind(statement, ...given), types: valueTypes };
      return (await client.run(sent)).rows as Row[];
    } catch (error) {
      lost();
      throw error;
    }
  };
}
