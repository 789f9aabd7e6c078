import { createServer, IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { isLoopback } from '@campusg-pay/adapters/contract';
import type { Express } from 'express';
import { err, ok, type Result } from 'neverthrow';
import { createApp } from './app.js';
import type { ListeningService } from './service-port.js';

/** A door that is open. */
export interface Served {
  /** Where it can be called, e.g. `http://127.0.0.1:3003`. */
  readonly url: string;
  /**
   * Stops accepting, lets requests under way finish for at most `drainMs`, then cuts what is left.
   * The service stays open: it is closed by whoever opened it, afterwards.
   */
  close(): Promise<void>;
}

/** Why it can't listen. */
export type ServeError =
  | { readonly type: 'PortTaken'; readonly host: string; readonly port: number }
  /** `reason` is the system's code, e.g. EACCES for a port that needs more rights. */
  | {
      readonly type: 'CannotListen';
      readonly host: string;
      readonly port: number;
      readonly reason: string;
    }
  /** Others than this machine would reach it, and there are no API keys to know callers by. */
  | { readonly type: 'NoApiKeys'; readonly host: string; readonly port: number };

const LIMITS = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  // Longer than the minute that load balancers keep idle connections, so that they close first.
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 5_000,
};

/**
 * Serves a service on the host and port of its configuration, and tells it where that is. Without
 * API keys it listens on an address of this machine alone.
 */
export async function serve(
  service: ListeningService,
  { drainMs = 25_000 }: { readonly drainMs?: number } = {},
): Promise<Result<Served, ServeError>> {
  const { host, port, apiKeys } = service.config;
  if (apiKeys.length === 0 && !isLoopback(host)) return err({ type: 'NoApiKeys', host, port });
  const app = createApp(service);
  const server = createServer({ ...LIMITS, ...kindsOf(app) }, app);
  const silent = silentConnections(server);
  const failure = await listen(server, { host, port });
  if (failure !== null) {
    return err(
      failure === 'EADDRINUSE'
        ? { type: 'PortTaken', host, port }
        : { type: 'CannotListen', host, port, reason: failure },
    );
  }
  const url = urlOf(server);
  await service.listeningAt(url);
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= drain(server, { silent, drainMs });
    return closing;
  };
  return ok({ url, close });
}

/**
 * Express gives every request and response its own prototype, and V8 then forgets what it has
 * learned about them: 40 microseconds a request. Born with it, they stay as they are.
 */
function kindsOf({ request, response }: Express) {
  return {
    IncomingMessage: bornWith(IncomingMessage, request),
    ServerResponse: bornWith(ServerResponse, response),
  };
}

/** The same constructor, of objects that have this prototype. */
function bornWith<Kind extends new (...args: never) => object>(
  kind: Kind,
  prototype: object,
): Kind {
  const born = function (this: object, ...args: unknown[]) {
    Reflect.apply(kind, this, args);
  };
  born.prototype = prototype;
  return born as unknown as Kind;
}

/** The system's error code, or null when it listens. */
function listen(server: Server, at: { host: string; port: number }): Promise<string | null> {
  return new Promise((resolve) => {
    const failed = (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message);
    server.once('error', failed);
    server.listen(at, () => {
      server.off('error', failed);
      resolve(null);
    });
  });
}

/**
 * The connections that have not sent a request yet. Browsers and load balancers open such in
 * advance; Node does not count them as idle and would wait for them as long as for a request.
 */
function silentConnections(server: Server): ReadonlySet<Socket> {
  const silent = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    silent.add(socket);
    socket.once('close', () => silent.delete(socket));
  });
  server.on('request', ({ socket }) => silent.delete(socket));
  return silent;
}

function drain(
  server: Server,
  { silent, drainMs }: { silent: ReadonlySet<Socket>; drainMs: number },
): Promise<void> {
  return new Promise((resolve) => {
    // A kept-alive connection becomes idle only when its last answer has gone out.
    const idle = setInterval(() => server.closeIdleConnections(), 50);
    // Not at once: what a caller has just sent may still be on its way through the kernel.
    const hush = setTimeout(() => {
      for (const socket of silent) socket.destroy();
    }, 500);
    const deadline = setTimeout(() => server.closeAllConnections(), drainMs);
    server.close(() => {
      clearInterval(idle);
      clearTimeout(hush);
      clearTimeout(deadline);
      resolve();
    });
  });
}

function urlOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('bug: not on a port');
  const { port } = address;
  // "Any address" can be listened on, but not called.
  if (address.address === '0.0.0.0') return `http://127.0.0.1:${port}`;
  if (address.address === '::') return `http://[::1]:${port}`;
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `http://${host}:${port}`;
}
