import pg from 'pg';

type OnConnection = (
  error: Error | undefined,
  client: pg.PoolClient | undefined,
  done: (release?: boolean | Error) => void,
) => void;

/**
 * A pool that turns away whoever waits for a connection when it is ended. That of `pg` forgets them:
 * their promises never settle (pg-pool 3.x looks at its queue no more once `end` was called).
 */
export class EndingPool extends pg.Pool {
  readonly #waiting = new Set<() => void>();

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
  protected newConnection(): Promise<pg.PoolClient> {
    return super.connect();
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
}
