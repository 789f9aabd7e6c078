import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** The port that a server got. */
export async function portOf(server: ReturnType<typeof createServer>): Promise<string> {
  if (!server.listening) await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  return String(typeof address === 'object' ? address?.port : address);
}

/** A port of this machine that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  const port = Number(await portOf(server));
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A wire to the real server that can fall silent or be cut; new connections work again. */
export async function openProxy(target: string) {
  let { port } = new URL(target);
  const wires: { readonly inside: Socket; readonly outside: Socket }[] = [];
  const server = createServer((inside) => {
    const outside = connect(Number(port), '127.0.0.1');
    inside.pipe(outside).pipe(inside);
    for (const socket of [inside, outside]) socket.on('error', () => {});
    // A server that is not there is felt at once, as without us.
    outside.on('close', () => inside.destroy());
    wires.push({ inside, outside });
  }).listen(0, '127.0.0.1');
  const url = new URL(target);
  url.port = await portOf(server);
  const cut = () => {
    for (const { inside, outside } of wires.splice(0)) {
      inside.destroy();
      outside.destroy();
    }
  };
  return {
    connectionString: url.href,
    fallSilent: () => {
      for (const { inside, outside } of wires) {
        for (const socket of [inside, outside]) socket.unpipe().pause();
      }
    },
    /**
     * What is asked still arrives and is done, but no answer comes back until the wire is cut.
     * Resolves when the first answer is lost.
     */
    loseAnswers: async () => {
      await Promise.race(
        wires.map(({ inside, outside }) => once(outside.unpipe(inside).resume(), 'data')),
      );
    },
    /** New connections lead to this server, which was started again on another port. */
    leadTo: (other: string) => {
      ({ port } = new URL(other));
    },
    cut,
    close: () => {
      cut();
      server.close();
    },
  };
}
