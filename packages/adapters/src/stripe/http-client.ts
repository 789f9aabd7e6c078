import { type Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import { type Agent as HttpsAgent, request as requestHttps } from 'node:https';
import Stripe from 'stripe';
import { readBody } from './reply-body.js';

/** The code of a connection that closed before the answer came. */
export const CONNECTION_CLOSED = 'CONNECTION_CLOSED';

/**
 * What the SDK sends with: its own client's rules on `node:http`, with head and body in one write, and
 * two rules of ours.
 *
 * - The SDK repeats a call whose connection closed, even when told not to, and then tells of the
 *   repeat's end only: "refused" there would hide that the first try may have gone through. It knows
 *   such connections by their code, so the code is replaced.
 * - The SDK takes every JSON for an object: text or a number ends the process, since it is thrown where
 *   nobody can catch it. So bodies are checked before it sees them; what is thrown here it hands on.
 */
export function createHttpClient(agent: HttpAgent | HttpsAgent): Stripe.HttpClient {
  return {
    getClientName: () => 'node',
    makeRequest: (host, port, path, method, headers, body, protocol, timeout) =>
      new Promise((resolve, reject) => {
        const request = protocol === 'http' ? requestHttp : requestHttps;
        const sent = request({ host, port, path, method, headers, agent, timeout });
        const silence: Silence = { error: null };
        sent.once('timeout', () => {
          silence.error = Stripe.HttpClient.makeTimeoutError();
          sent.destroy(silence.error);
        });
        sent.once('response', (response) => resolve(answerOf(response, silence)));
        sent.on('error', (error) => reject(isClosed(error) ? closed(error) : error));
        sent.end(body);
      }),
  };
}

/** Whether the socket was silent for too long, which ends the reading of an answer too. */
interface Silence {
  error: Error | null;
}

function answerOf(response: IncomingMessage, silence: Silence): Stripe.HttpClientResponse {
  const status = response.statusCode ?? 0;
  const { headers } = response;
  return {
    getStatusCode: () => status,
    getHeaders: () => headers as ReturnType<Stripe.HttpClientResponse['getHeaders']>,
    // The SDK hangs its own notes on it, and on the answer.
    getRawResponse: () => ({ statusCode: status, headers }),
    toStream: (over) => response.once('end', over),
    toJSON: () => readBody(status, async () => JSON.parse(await textOf(response, silence))),
    dispose: () => response.resume(),
  };
}

function textOf(response: IncomingMessage, silence: Silence): Promise<string> {
  return new Promise((resolve, reject) => {
    const lost = (error: Error | null) =>
      reject(Stripe.HttpClient.makeResponseBodyError(silence.error ?? error));
    let text = '';
    response.setEncoding('utf8');
    response.on('data', (part: string) => {
      text += part;
    });
    response.once('error', lost);
    response.once('close', () => {
      if (!response.complete) lost(null);
    });
    response.once('end', () => resolve(text));
  });
}

function closed(cause: Error): Error {
  return Object.assign(new Error('connection closed', { cause }), { code: CONNECTION_CLOSED });
}

function isClosed(error: NodeJS.ErrnoException): boolean {
  return error.code === 'ECONNRESET' || error.code === 'EPIPE';
}
