import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ApiReply } from './api/api.js';
import { emptyTree, type ParamTree, parseForm } from './api/form.js';
import type { IncomingRequest } from './api/refusals.js';
import type { ControlReply } from './control/control-routes.js';
import { isObject } from './control/shape-check.js';
import type { Foreign } from './foreign-request.js';
import { invalid } from './model/failure.js';
import type { PageReply } from './pages/page-frame.js';

/** Who answers what arrives. */
export interface Handlers {
  /** Why it is not for anybody else to answer. */
  readonly foreign: (asked: {
    method: string;
    path: string;
    headers: http.IncomingHttpHeaders;
  }) => Foreign | undefined;
  readonly api: (asked: IncomingRequest) => Promise<ApiReply>;
  readonly page: (asked: {
    method: string;
    path: string;
    params: ParamTree;
  }) => PageReply | undefined;
  readonly control: (asked: {
    method: string;
    path: string;
    body: Readonly<Record<string, unknown>>;
  }) => Promise<ControlReply>;
  /** Whether all changes so far are written down, after one more try; no answer may tell of others. */
  readonly isWritten: () => boolean;
}

const BODY_LIMIT = 1 << 20;

function readBody(request: http.IncomingMessage): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= BODY_LIMIT) chunks.push(chunk);
    });
    request.on('end', () =>
      resolve(length > BODY_LIMIT ? undefined : Buffer.concat(chunks).toString('utf8')),
    );
    request.on('error', reject);
  });
}

function send(response: http.ServerResponse, reply: Omit<ApiReply, 'cut'>): void {
  response.writeHead(reply.status, {
    ...reply.headers,
    'Content-Length': Buffer.byteLength(reply.body),
  });
  response.end(reply.body);
}

function sendApi(response: http.ServerResponse, reply: ApiReply): void {
  if (reply.cut === undefined) {
    send(response, reply);
    return;
  }
  if (reply.cut === 'drop') {
    response.destroy();
    return;
  }
  const bytes = Buffer.from(reply.body);
  response.writeHead(reply.status, { ...reply.headers, 'Content-Length': bytes.length });
  const half = bytes.subarray(0, Math.ceil(bytes.length / 2));
  response.write(half, () => response.destroy());
}

function sendJson(response: http.ServerResponse, { status, body }: ControlReply): void {
  const headers = { 'Content-Type': 'application/json' };
  send(response, { status, headers, body: JSON.stringify(body) });
}

function parseJson(text: string): Readonly<Record<string, unknown>> | undefined {
  if (text === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

async function answerControl(
  handlers: Handlers,
  { method, path, text }: { method: string; path: string; text: string },
): Promise<ControlReply> {
  const body = parseJson(text);
  if (body === undefined) return { status: 400, body: { error: 'the body is not a JSON object' } };
  return handlers.control({ method, path, body });
}

function notAForm(): ApiReply {
  const message =
    'Invalid request (check that your POST content type is application/x-www-form-urlencoded). If you have any questions, we can help at https://support.stripe.com/.';
  const body = JSON.stringify({ error: invalid(message).error });
  return { status: 400, headers: { 'Content-Type': 'application/json' }, body };
}

/** Ambiguous on purpose: it may have been executed, and is repeated under its key. */
const NOT_WRITTEN: ControlReply = {
  status: 500,
  body: {
    error: {
      type: 'api_error',
      message: "The sandbox can't write its data file, see its log. Repeat the request later.",
    },
  },
};

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: string;
}

function askedOf({ method = 'GET', url = '/' }: http.IncomingMessage): Asked {
  const [path = '/', ...rest] = url.split('?');
  return { method, path, query: rest.join('?') };
}

function isControl({ path }: Asked): boolean {
  return path === '/_sandbox' || path.startsWith('/_sandbox/');
}

async function handle(
  handlers: Handlers,
  request: http.IncomingMessage,
  response: http.ServerResponse,
): Promise<void> {
  const asked = askedOf(request);
  const foreign = handlers.foreign({ ...asked, headers: request.headers });
  if (foreign !== undefined) {
    const { code, message } = foreign;
    const error = isControl(asked) ? message : { code, message, type: 'invalid_request_error' };
    return sendJson(response, { status: 403, body: { error } });
  }
  const text = await readBody(request);
  if (text === undefined) {
    return sendJson(response, { status: 413, body: { error: { message: 'Request too large' } } });
  }
  if (!handlers.isWritten()) return sendJson(response, NOT_WRITTEN);
  const sendAnswer = await answer(handlers, { ...asked, text, headers: request.headers });
  if (handlers.isWritten()) sendAnswer(response);
  else sendJson(response, NOT_WRITTEN);
}

/** What is to be sent, once all that it tells of is written down. */
async function answer(
  handlers: Handlers,
  { text, headers, ...asked }: Asked & { text: string; headers: http.IncomingHttpHeaders },
): Promise<(response: http.ServerResponse) => void> {
  const { method, path, query } = asked;
  if (isControl(asked)) {
    const reply = await answerControl(handlers, { method, path, text });
    return (response) => sendJson(response, reply);
  }
  const type = headers['content-type'] ?? '';
  const form = text === '' || type.startsWith('application/x-www-form-urlencoded');
  const params = Object.assign(emptyTree(), parseForm(query), form ? parseForm(text) : {});
  const page = handlers.page({ method, path, params });
  if (page !== undefined) return (response) => send(response, page);
  const header = (name: string): string | undefined => {
    const value = headers[name];
    return Array.isArray(value) ? value[0] : value;
  };
  const reply = form ? await handlers.api({ method, path, params, header }) : notAForm();
  return (response) => sendApi(response, reply);
}

export interface Listening {
  readonly url: string;
  /**
   * Begins to answer. The port is taken earlier, so that a second sandbox on it fails before it opens
   * the data of the first.
   */
  serve(handlers: Handlers): void;
  close(): Promise<void>;
}

/** Takes the port; rejects when it is taken already. */
export function listen({
  host,
  port,
  warn,
}: {
  host: string;
  port: number;
  warn: (line: string) => void;
}): Promise<Listening> {
  let handlers: Handlers | undefined;
  const server = http.createServer((request, response) => {
    if (handlers === undefined) {
      response.destroy();
      return;
    }
    handle(handlers, request, response).catch((bug: unknown) => {
      warn(`bug: ${bug instanceof Error ? (bug.stack ?? bug.message) : String(bug)}`);
      response.destroy();
    });
  });
  // A client that keeps its connection must not find it closed just when it sends again.
  server.keepAliveTimeout = 120_000;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      const { address, family, port: given } = server.address() as AddressInfo;
      const name = family === 'IPv6' ? `[${address}]` : address;
      resolve({
        url: `http://${name}:${given}`,
        serve: (ready) => {
          handlers = ready;
        },
        close: () =>
          new Promise((done) => {
            server.close(() => done());
            server.closeAllConnections();
          }),
      });
    });
  });
}
