import pg from 'pg';
import { isServerError } from './database-fault.js';
import { PinnedQuery, type StatementRows } from './pinned-query.js';
import { pinnedForTransaction, type SessionSettings } from './session-settings.js';
import { StatementPooling } from './statement-pooling.js';

/** What is known of the way to a database; shared by all connections of a pool. */
export interface SessionRoute {
  readonly settings: SessionSettings;
  /** Somebody on the way refuses settings in a start packet, as PgBouncer does. */
  refusesSettings: boolean;
  /** Each statement may meet another session. */
  changesSessions: boolean;
  /** Connections of before are not to be used any more. */
  generation: number;
  generationAt: number;
}

export function sessionRoute(settings: SessionSettings): SessionRoute {
  return {
    settings,
    refusesSettings: false,
    changesSessions: false,
    generation: 0,
    generationAt: Number.NEGATIVE_INFINITY,
  };
}

/** A protocol violation: so PgBouncer says all that it refuses. */
const REFUSED_BY_POOLER = '08P01';

/** What poolers, and servers that lack a setting, answer to a start packet with settings. */
const SETTINGS_REFUSED = new Set([REFUSED_BY_POOLER, '0A000', '42704']);

/** Named statements that a session does not know, or knows already: it is not ours alone. */
const FOREIGN_SESSION = new Set(['26000', '42P05']);

/** A server that only reads: after a failover the new primary is elsewhere. */
const READ_ONLY = '25006';

/** How often at most all connections are left because one leads to a server that only reads. */
const LEAVE_EVERY_MS = 1_000;

/** Whether another start packet may do. */
export function mayDoWithoutSettings(error: unknown, route: SessionRoute): boolean {
  return !route.refusesSettings && isServerError(error) && SETTINGS_REFUSED.has(error.code);
}

/**
 * A connection that sees to its session's settings: in the start packet where that leads to Postgres
 * itself, which costs nothing; else with each statement. Where it leads is found out when it is made.
 */
export class SessionClient extends pg.Client {
  readonly #route: SessionRoute;
  #pins = '';
  readonly generation: number;
  #isPinned = false;
  #isPooled = false;

  constructor(route: SessionRoute, config?: pg.ClientConfig) {
    super(config);
    this.#route = route;
    this.generation = route.generation;
    // What breaks it before anybody can listen also rejects what waits for it.
    this.on('error', () => {});
  }

  /** Whether somebody stands between us and Postgres who decides which session we get. */
  get isPooled(): boolean {
    return this.#isPooled;
  }

  /** Called by the driver for what it sends first. */
  getStartupConf(): Record<string, string> {
    // The driver's types don't tell of it.
    const inherited: unknown = Reflect.get(pg.Client.prototype, 'getStartupConf').call(this);
    const usual = Object.entries(inherited as Record<string, string>);
    const { settings, refusesSettings } = this.#route;
    // What the address says of a limit goes before what we would say.
    const named = usual.filter(([name]) => name in settings);
    const pinned = { ...settings, ...Object.fromEntries(named) };
    this.#pins = pinnedForTransaction(pinned);
    this.#isPinned = !refusesSettings;
    const other = Object.fromEntries(usual.filter(([name]) => !(name in settings)));
    return this.#isPinned ? { ...other, ...pinned } : other;
  }

  override connect(): Promise<this>;
  override connect(callback: (error: Error | null, client?: this) => void): void;
  override connect(
    callback?: (error: Error | null, client?: this) => void,
  ): Promise<this> | undefined {
    const opened = this.#open();
    if (callback === undefined) return opened;
    opened.then(
      (client) => callback(null, client),
      (error: Error) => callback(error),
    );
    return undefined;
  }

  async #open(): Promise<this> {
    await super.connect();
    try {
      await this.#findOut();
    } catch (error) {
      void this.end().catch(() => {});
      throw error;
    }
    return this;
  }

  /** A pooler tells a process of its own making, for it may change the server's at any time. */
  async #findOut(): Promise<void> {
    const { rows } = await this.query<{ pid: number }>('select pg_catalog.pg_backend_pid() as pid');
    const told: unknown = Reflect.get(this, 'processID');
    this.#isPooled = rows[0]?.pid !== told;
    if (!this.#isPooled) return;
    try {
      await this.query('begin');
      await this.query('commit');
    } catch (error) {
      throw isServerError(error) && error.code === REFUSED_BY_POOLER
        ? new StatementPooling()
        : error;
    }
  }

  /**
   * Begins a transaction with the settings that we rely on; `commit` ends it.
   *
   * @param mode as SQL has it behind `isolation level`
   */
  async begin(mode = 'read committed'): Promise<void> {
    await this.query(`begin isolation level ${mode}`);
    await this.query(this.#pins);
  }

  /** Runs one statement by itself, with the settings that we rely on. */
  async run(statement: {
    readonly name: string;
    readonly text: string;
    readonly values: unknown[];
    readonly types: pg.CustomTypesConfig;
  }): Promise<StatementRows> {
    try {
      const isOurs = this.#isPinned && !this.#isPooled && !this.#route.changesSessions;
      return await (isOurs ? this.query(statement) : this.#runPinned(statement));
    } catch (error) {
      if (isServerError(error)) this.#learnFrom(error.code);
      throw error;
    }
  }

  async #runPinned(
    statement: ConstructorParameters<typeof PinnedQuery>[0],
  ): Promise<StatementRows> {
    try {
      return await new Promise((resolve, reject) => {
        const query = new PinnedQuery(statement, this.#pins, (error, answer) =>
          error === null ? resolve(answer) : reject(error),
        );
        this.query(query);
      });
    } catch (error) {
      // Where even that fails the connection is broken, and its next user or the pool finds out.
      if (isServerError(error)) await this.query('rollback').catch(() => {});
      throw error;
    }
  }

  #learnFrom(code: string): void {
    const route = this.#route;
    if (FOREIGN_SESSION.has(code)) route.changesSessions = true;
    if (code !== READ_ONLY || this.generation !== route.generation) return;
    const now = performance.now();
    if (now - route.generationAt < LEAVE_EVERY_MS) return;
    route.generation += 1;
    route.generationAt = now;
  }
}

/** Connects what is made; makes it once more where the start packet is refused for its settings. */
export async function connectEither<Made extends { readonly client: SessionClient }>(
  route: SessionRoute,
  make: () => Made,
): Promise<Made> {
  const connect = async () => {
    const made = make();
    try {
      await made.client.connect();
      return made;
    } catch (error) {
      void made.client.end().catch(() => {});
      throw error;
    }
  };
  try {
    return await connect();
  } catch (error) {
    if (!mayDoWithoutSettings(error, route)) throw error;
    route.refusesSettings = true;
    return connect();
  }
}
