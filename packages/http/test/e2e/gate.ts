import { createServer, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll } from 'vitest';
import { until } from './orders.js';

/** A way to Stripe with a gate in it: a test decides when a call gets through, and no clock does. */
export interface Gate {
  readonly url: string;
  /** From now on calls whose path matches wait before they reach Stripe. */
  shut(path: RegExp): void;
  /** Resolves when so many calls wait. */
  reached(calls?: number): Promise<void>;
  /** Lets through whatever waits, and all that comes. */
  open(): void;
}

export async function openGate(target: string): Promise<Gate> {
  let shut: RegExp | null = null;
  const waiting: (() => void)[] = [];
  const server = createServer((asked, response) => {
    const { method, headers, url: path = '/' } = asked;
    const pass = () => {
      const passed = send(new URL(path, target), { method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      passed.on('error', () => response.destroy());
      asked.pipe(passed);
    };
    if (shut?.test(path)) waiting.push(pass);
    else pass();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${port}`,
    shut: (path) => {
      shut = path;
    },
    reached: async (calls = 1) => {
      await until(
        () => waiting.length,
        (count) => count >= calls,
      );
    },
    open: () => {
      shut = null;
      for (const pass of waiting.splice(0)) pass();
    },
  };
}
