import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll } from 'vitest';

/** What becomes of a reply on its way back; null leaves it as it is. */
export type Alter = (reply: Record<string, unknown>, path: string) => unknown;

/** A way to Stripe on which a test alters what is answered, after Stripe has acted. */
export async function openAlteredWay(target: string) {
  let alter: Alter = () => null;
  const server = createServer(async (asked, response) => {
    const { method = 'GET', headers, url: path = '/' } = asked;
    const { host: _, connection: __, 'content-length': ___, ...rest } = headers;
    const body = method === 'POST' ? await text(asked) : null;
    const sent = { method, headers: rest as Record<string, string>, body };
    const answer = await fetch(new URL(path, target), sent);
    const whole = await answer.text();
    const altered = alter(JSON.parse(whole), path);
    const out = altered === null ? whole : JSON.stringify(altered);
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(out);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${port}`,
    alters: (next: Alter) => {
      alter = next;
    },
    isTrue: () => {
      alter = () => null;
    },
  };
}
