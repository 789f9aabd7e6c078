import { isLoopback, type Problem } from '@campusg-pay/adapters/contract';
import type { Request, RequestHandler } from 'express';
import { refuse } from './answers.js';

/** A `Host` header, or what comes after the scheme of an `Origin`; without a port it is null. */
interface Address {
  readonly name: string;
  readonly port: string | null;
}

/**
 * Lets only this machine through, for where there are no API keys to know callers by: a browser that
 * runs here sends what any page tells it to.
 *
 * - Somebody elsewhere is known by the address that the connection comes from, or that a proxy names
 *   which the host app trusts: `Host` is theirs to choose.
 * - A page on a name that was made to point here (DNS rebinding) is known by its `Host`.
 * - A page of another origin is known by its `Origin`, also `null`; where a browser sends none, by
 *   `Sec-Fetch-Site`. Programs send neither.
 *
 * @param allowed further origins whose pages may call, such as `http://localhost:5173`
 */
export function onlyThisMachine(allowed: readonly string[]): RequestHandler {
  return (request, response, next) => {
    const host = addressOf(request.headers.host);
    const isFromHere = [request.socket.remoteAddress, request.ip].every(isAddressHere);
    if (!isFromHere || host === null || !isLoopback(host.name)) refuse(response, FOREIGN_HOST);
    else if (isOfForeignPage(request, host, allowed)) refuse(response, FOREIGN_ORIGIN);
    else next();
  };
}

/** IPv4 may be written as IPv6. A socket in the file system has no address, and is of this machine. */
function isAddressHere(address: string | undefined): boolean {
  return address === undefined || isLoopback(address.replace(/^::ffff:/i, ''));
}

function isOfForeignPage({ headers }: Request, host: Address, allowed: readonly string[]): boolean {
  const { origin } = headers;
  if (origin === undefined) return headers['sec-fetch-site'] === 'cross-site';
  if (allowed.includes(origin)) return false;
  const [, rest] = /^https?:\/\/(.*)$/.exec(origin) ?? [];
  const page = addressOf(rest);
  return page === null || !isLoopback(page.name) || page.port !== host.port;
}

function addressOf(text: string | undefined): Address | null {
  const [, name, port = null] = /^([\w.-]+|\[[\da-f:.]+\])(?::(\d{1,5}))?$/i.exec(text ?? '') ?? [];
  return name === undefined ? null : { name, port };
}

const CURE = 'Set API_KEYS to let others call.';

const FOREIGN_HOST: Problem = {
  code: 'foreign_host',
  description:
    'Without API keys this service answers only its own machine, and under an address of it, such as ' +
    `http://localhost:3003. ${CURE}`,
};

const FOREIGN_ORIGIN: Problem = {
  code: 'foreign_origin',
  description:
    'Without API keys this service takes nothing that a web page of another origin sends. Name the ' +
    `page's origin in CORS_ORIGINS, or call from a program. ${CURE}`,
};
