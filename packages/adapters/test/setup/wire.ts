import { connect, createServer, type Socket } from 'node:net';

/** A port that nobody listens on. */
export async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  const port = await portOf(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** The port that a server got. */
export async function portOf(server: ReturnType<typeof createServer>): Promise<string> {
  if (!server.listening) await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  return String(typeof address === 'object' ? address?.port : address);
}

/** A wire to the real server that can fall silent or be cut; new connections work again. */
export async function openProxy(target: string) {
  const { port } = new URL(target);
  const sockets: Socket[] = [];
  const server = createServer((inside) => {
    const outside = connect(Number(port), '127.0.0.1');
    inside.pipe(outside).pipe(inside);
    for (const socket of [inside, outside]) sockets.push(socket.on('error', () => {}));
  }).listen(0, '127.0.0.1');
  const url = new URL(target);
  url.port = await portOf(server);
  const cut = () => {
    for (const socket of sockets.splice(0)) socket.destroy();
  };
  return {
    connectionString: url.href,
    fallSilent: () => {
      for (const socket of sockets) socket.unpipe().pause();
    },
    cut,
    close: () => {
      cut();
      server.close();
    },
  };
}
