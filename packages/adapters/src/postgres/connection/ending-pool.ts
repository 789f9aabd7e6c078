import pg from 'pg';
import { mayDoWithoutSettings, SessionClient, type SessionRoute } from './session-client.js';

type OnConnection = (
  error: Error | undefined,
  client: pg.PoolClient | undefined,
  done: (release?: boolean | Error) => void,
) => void;

/**
 * A pool of connections that see to their sessions; those of before are left when the server that they
 * lead to has become one that only reads.
 *
 * It turns away whoever waits for a connection when it is ended. That of `pg` forgets them: their
 * promises never settle (pg-pool 3.x looks at its queue no more once `end` was called).
 */
export class EndingPool extends pg.Pool {
  readonly #waiting = new Set<() => void>();
  readonly #route: SessionRoute;

  /** @param host tells for each new connection where it leads */
  constructor(route: SessionRoute, config: pg.PoolConfig, host: () => pg.ClientConfig) {
    super({
      ...config,
      Client: class extends SessionClient {
        constructor() {
          super(route, { ...config, ...host() });
        }
      },
    });
    this.#route = route;
  }

  override connect(): Promise<pg.PoolClient>;
  override connect(onConnection: OnConnection): void;
  override connect(onConnection?: OnConnection): Promise<pg.PoolClient> | undefined {
    const connected = this.#connectOrEnd(this.newConnection());
    if (onConnection === undefined) return connected;
    connected.then(
      (client) => onConnection(undefined, client, client.release.bind(client)),
      (error: Error) => onConnection(error, undefined, () => {}),
    );
    return undefined;
  }

  override end(): Promise<void>;
  override end(onEnd: () => void): void;
  override end(onEnd?: () => void): Promise<void> | undefined {
    for (const turnAway of this.#waiting) turnAway();
    if (onEnd === undefined) return super.end();
    super.end(onEnd);
    return undefined;
  }

  /** What hands a connection out, an open or a new one. */
  protected async newConnection(): Promise<pg.PoolClient> {
    const client = await this.#connectAnyhow();
    const isOld = client instanceof SessionClient && client.generation < this.#route.generation;
    if (!isOld) return client;
    client.release(true);
    return this.newConnection();
  }

  #connectOrEnd(connecting: Promise<pg.PoolClient>): Promise<pg.PoolClient> {
    return new Promise((resolve, reject) => {
      let over = false;
      const turnAway = () => {
        over = true;
        // As `pg` says it to whoever comes later: it was certainly not executed.
        reject(new Error('Cannot use a pool after calling end on the pool'));
      };
      this.#waiting.add(turnAway);
      connecting
        .finally(() => this.#waiting.delete(turnAway))
        .then((client) => (over ? client.release(true) : resolve(client)), reject);
    });
  }

  async #connectAnyhow(): Promise<pg.PoolClient> {
    try {
      return await super.connect();
    } catch (error) {
      if (!mayDoWithoutSettings(error, this.#route)) throw error;
      this.#route.refusesSettings = true;
      return super.connect();
    }
  }
}
