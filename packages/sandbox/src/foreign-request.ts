import type { IncomingHttpHeaders } from 'node:http';

/** Where a sandbox listens, and how a browser reaches it when not by that address. */
export interface OwnAddress {
  readonly host: string;
  readonly publicUrl: string | undefined;
}

export interface Foreign {
  readonly code: 'foreign_host' | 'foreign_origin';
  readonly message: string;
}

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

/**
 * Why a request is none of this machine's; undefined for one that is. A browser that runs here sends
 * what any page tells it to: a page of another origin, or one on a name that was made to point here.
 *
 * A sandbox that listens elsewhere than on loopback is also called by its address or by a name without
 * a dot, as containers call each other: neither can be made to point here by somebody in the internet.
 */
export function foreignTo(own: OwnAddress): (asked: Asked) => Foreign | undefined {
  const publicAddress = own.publicUrl === undefined ? undefined : new URL(own.publicUrl);
  const isOwnName = (name: string): boolean =>
    isLoopback(name) ||
    name === publicAddress?.hostname ||
    (!isLoopback(own.host) && (name === own.host || /^(\[.*\]|[\d.]+|[^.]+)$/.test(name)));
  return ({ method, path, headers }) => {
    const host = addressOf(headers.host);
    if (host === undefined || !isOwnName(host.name)) return FOREIGN_HOST;
    const { origin } = headers;
    if (origin === undefined) {
      // Another page leads people to the pages here: customers to 3D Secure, runners to their account.
      const isCustomer = (method === 'GET' || method === 'HEAD') && /^\/(3ds|connect)\//.test(path);
      return headers['sec-fetch-site'] === 'cross-site' && !isCustomer ? FOREIGN_ORIGIN : undefined;
    }
    if (origin === publicAddress?.origin) return undefined;
    const page = addressOf(/^https?:\/\/(.*)$/.exec(origin)?.[1]);
    const isOwn = page !== undefined && isOwnName(page.name) && page.port === host.port;
    return isOwn ? undefined : FOREIGN_ORIGIN;
  };
}

function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[::1\]|::1)$/i.test(host);
}

/** A `Host` header, or what comes after the scheme of an `Origin`. */
function addressOf(text = ''): { name: string; port: string | undefined } | undefined {
  const [, name, port] = /^([\w.-]+|\[[\da-f:.]+\])(?::(\d{1,5}))?$/i.exec(text) ?? [];
  return name === undefined ? undefined : { name: name.toLowerCase(), port };
}

const FOREIGN_HOST: Foreign = {
  code: 'foreign_host',
  message:
    'The sandbox answers only under an address of its own, such as http://127.0.0.1:12111. Tell it ' +
    'another one with --public-url.',
};

const FOREIGN_ORIGIN: Foreign = {
  code: 'foreign_origin',
  message:
    'The sandbox takes nothing that a web page of another origin sends. Call from a program.',
};
