import { err, ok, type Result, safeTry } from 'neverthrow';
import {
  type AddressParameters,
  type NamedParts,
  PUBLIC_PARAMETERS,
  readParameters,
} from './address-parameters.js';
import { type DatabaseHost, hostsOf, namedHosts } from './database-hosts.js';

/** Where a database is, and how it is entered. What is undefined is as the `PG...` variables say. */
export interface DatabaseAddress extends AddressParameters {
  /** At least one; several have the same database, of which one takes writes. */
  readonly hosts: readonly DatabaseHost[];
  readonly user: string | undefined;
  /** A secret. */
  readonly password: string | undefined;
  readonly database: string | undefined;
}

const URL_FORM = /^postgres(?:ql)?:\/\/([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/s;

const ENCODE =
  'percent-encode what is special in user and password: / is %2F, ? is %3F, @ is %40, % is %25';

/**
 * Reads a URL as `psql` does: several hosts, sockets, IPv6. By ourselves, as `pg` knows one host only,
 * passes over what it does not know (such as a misspelt `sslmode`), and shows the URL in what it throws.
 * The error is a rule that follows the name of the variable, and holds no part of the URL that may be
 * its password.
 *
 * A `#`, `:` or `@` in the password may stand as it is: it can be nothing else there.
 * Source: PostgreSQL manual, 32.1.1.2 "Connection URIs".
 */
export function readAddress(text: string): Result<DatabaseAddress, string> {
  return safeTry(function* () {
    const parts = yield* partsOf(text);
    const { named, ...parameters } = yield* readParameters(parts.query);
    const hosts = yield* named.host === undefined
      ? hostsOf(parts.hosts, named.port)
      : namedHosts(named.host, named.port);
    const sockets = hosts.filter(isSocket);
    if (sockets.length > 0 && sockets.length < hosts.length) {
      return err('must not name a socket beside hosts of the network');
    }
    return ok({
      ...parameters,
      // Postgres has no TLS on sockets, whatever sslmode says.
      ssl: sockets.length > 0 ? false : parameters.ssl,
      hosts,
      user: named.user ?? parts.user,
      password: named.password ?? parts.password,
      database: named.database ?? parts.database,
    });
  });
}

function isSocket({ host }: DatabaseHost): boolean {
  return host?.startsWith('/') === true;
}

interface Parts extends Pick<NamedParts, 'user' | 'password' | 'database'> {
  /** Still encoded, as a socket's slashes are. */
  readonly hosts: string;
  readonly query: URLSearchParams;
}

function partsOf(text: string): Result<Parts, string> {
  const found = URL_FORM.exec(text);
  if (found === null) return err(otherForm(text));
  if (/\p{Cc}/u.test(text)) return err('must not hold line breaks or tabs');
  const [, authority = '', path = '', query = ''] = found;
  const at = authority.lastIndexOf('@');
  // Behind the first / or ? an @ comes from a password that has one of these.
  if (path.includes('@') || (at < 0 && query.includes('@'))) return err(`can't be read: ${ENCODE}`);
  if (!isEncoded(text)) return err('has a % that encodes nothing: write % as %25');
  const [, user, password] = /^([^:]*)(?::(.*))?$/s.exec(authority.slice(0, Math.max(at, 0))) ?? [];
  return ok({
    hosts: authority.slice(at + 1),
    user: decoded(user),
    password: decoded(password),
    database: decoded(path),
    query: new URLSearchParams(query),
  });
}

function isEncoded(text: string): boolean {
  try {
    return !decodeURIComponent(text).includes('\0');
  } catch {
    return false;
  }
}

/** What is not there, or empty, is not told. */
function decoded(text: string | undefined): string | undefined {
  return text ? decodeURIComponent(text) : undefined;
}

const EXAMPLE = 'postgres://user:password@host:5432/database?sslmode=verify-full';

function otherForm(text: string): string {
  const rule = `must be a postgres:// URL, such as ${EXAMPLE}`;
  if (/^jdbc:/i.test(text)) return `${rule}; a jdbc: URL is for Java`;
  if (/^\s*(?:host|hostaddr|dbname|user|port|service)\s*=/i.test(text)) {
    return `${rule}; host=... dbname=... is not read here`;
  }
  return /^["'\s]|["'\s]$/.test(text) ? `${rule}, without quotes or blanks around it` : rule;
}

const HIDDEN = '****';

/**
 * The URL as it may be shown; null where nothing of it may: it can't be read, or has a parameter that we
 * don't know, which may be half a password.
 */
export function shownAddress(text: string): string | null {
  const parts = partsOf(text);
  if (parts.isErr() || hostsOf(parts.value.hosts, undefined).isErr()) return null;
  const names = [...parts.value.query.keys()];
  if (names.some((name) => !PUBLIC_PARAMETERS.has(name) && !/password$/.test(name))) return null;
  const [, start = '', authority = '', rest = ''] = /^(\w+:\/\/)([^/?]*)(.*)$/s.exec(text) ?? [];
  const entry = authority.slice(0, Math.max(authority.lastIndexOf('@'), 0));
  const [user = ''] = entry.split(':');
  const masked = entry.includes(':') ? `${user}:${HIDDEN}` : user;
  const shown = rest.replace(/([?&])([^=&]*)=([^&]*)/g, (whole, before, name) =>
    PUBLIC_PARAMETERS.has(decodeURIComponent(name)) ? whole : `${before}${name}=${HIDDEN}`,
  );
  return `${start}${masked}${entry === '' ? '' : '@'}${parts.value.hosts}${shown}`;
}
