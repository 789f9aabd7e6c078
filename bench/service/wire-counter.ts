import { connect, createServer, type Socket } from 'node:net';

/**
 * How often something was sent to Postgres and its answer waited for, by the name of the statement, or
 * by its first words where it has none. Of several that are sent as one the last gives the name.
 */
export type RoundTrips = Readonly<Record<string, number>>;

export interface WireCounter {
  /** Where to connect instead. */
  readonly port: number;
  /** What was sent since the last call. */
  take(): RoundTrips;
  close(): Promise<void>;
}

/** postgresql.org/docs/current/protocol-message-formats.html: of requests that have no type. */
const SSL_REQUEST = 80_877_103;
const GSS_REQUEST = 80_877_104;

const LONGEST_NAME = 40;

/**
 * Stands between a program and Postgres, hands all on as it is, and counts what it reads: Postgres itself
 * has no counter of statements without an extension that the embedded one lacks. It costs time, so
 * nothing is timed through it.
 */
export async function openWireCounter(postgresPort: number): Promise<WireCounter> {
  let counts: Record<string, number> = {};
  const waitsFor = (name: string) => {
    counts[name] = (counts[name] ?? 0) + 1;
  };
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (client) => {
    const postgres = connect({ host: '127.0.0.1', port: postgresPort, noDelay: true });
    const read = messageReader(waitsFor);
    for (const [from, to] of [
      [client, postgres],
      [postgres, client],
    ] as const) {
      sockets.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
    client.on('data', read);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    take: () => {
      const taken = counts;
      counts = {};
      return taken;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const one of sockets) one.destroy();
      }),
  };
}

/** Reads what one connection sends, however it is cut into pieces. */
function messageReader(waitsFor: (name: string) => void): (chunk: Buffer) => void {
  let rest = Buffer.alloc(0);
  let isStarted = false;
  let bound = '';
  const texts = new Map<string, string>();
  const read = (type: string, body: Buffer) => {
    switch (type) {
      case 'Q':
        waitsFor(firstWords(textAt(body, 0)));
        return;
      case 'P': {
        const name = textAt(body, 0);
        texts.set(name, textAt(body, name.length + 1));
        return;
      }
      case 'B': {
        const portal = textAt(body, 0);
        const name = textAt(body, portal.length + 1);
        bound = name === '' ? firstWords(texts.get('') ?? '') : name;
        return;
      }
      case 'S':
        waitsFor(bound);
    }
  };
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      // What starts a connection has no type before its length.
      const head = isStarted ? 1 : 0;
      if (rest.length < head + 4) return;
      const end = head + rest.readInt32BE(head);
      if (rest.length < end) return;
      const body = rest.subarray(head + 4, end);
      if (isStarted) read(String.fromCharCode(rest[0] ?? 0), body);
      else isStarted = ![SSL_REQUEST, GSS_REQUEST].includes(body.readInt32BE(0));
      rest = rest.subarray(end);
    }
  };
}

/** Text in these messages ends with a zero. */
function textAt(body: Buffer, from: number): string {
  return body.toString('latin1', from, body.indexOf(0, from));
}

function firstWords(sql: string): string {
  return sql.trim().replace(/\s+/g, ' ').slice(0, LONGEST_NAME);
}
