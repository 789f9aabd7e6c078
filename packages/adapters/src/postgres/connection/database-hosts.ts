import { err, ok, Result } from 'neverthrow';

/** One server that may have the database. */
export interface DatabaseHost {
  /** A name, an IP address or the folder of a socket; undefined: `PGHOST`, else this machine. */
  readonly host: string | undefined;
  /** Undefined: `PGPORT`, else 5432. */
  readonly port: number | undefined;
}

/** `a:1,b:2` of a URL, each encoded. Ports of the query count for those that have none. */
export function hostsOf(list: string, ports: string | undefined): Result<DatabaseHost[], string> {
  const each = list.split(',').map((one) => /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/s.exec(one));
  const hosts = each.map((found) => decodeURIComponent(found?.[1] ?? '\0'));
  const own = each.map((found) => found?.[2] ?? '');
  return own.some((port) => port !== '')
    ? Result.combine(hosts.map((host, place) => hostOf(host, own[place] ?? '')))
    : namedHosts(hosts.join(','), ports);
}

/** `host=a,b&port=1,2` of the query: a port for all, or one for each. */
export function namedHosts(
  list: string,
  ports: string | undefined,
): Result<DatabaseHost[], string> {
  const hosts = list.split(',');
  const all = (ports ?? '').split(',');
  if (all.length !== 1 && all.length !== hosts.length) {
    return err('must name one port, or one for each host');
  }
  const portOf = (place: number) => (all.length === 1 ? all[0] : all[place]) ?? '';
  return Result.combine(hosts.map((host, place) => hostOf(host, portOf(place))));
}

/** Letters of all alphabets, as resolvers take them; a zone behind an IPv6 address. */
const HOST = /^(?:[\p{L}\p{N}._-]*|[0-9a-f:.]+(?:%[\w.-]+)?|\/.*)$/iu;

function hostOf(text: string, port: string): Result<DatabaseHost, string> {
  const host = text.replace(/^\[(.*)\]$/, '$1');
  if (!HOST.test(host)) return err(NO_HOST);
  if (port === '') return ok({ host: host || undefined, port: undefined });
  // It may well be the password: `user:12/34@host` has the host "user" and the port 12.
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535) return err(NO_PORT);
  return ok({ host: host || undefined, port: Number(port) });
}

const SPECIAL =
  'or the password has a character that must be percent-encoded: / is %2F, ? is %3F, @ is %40, % is %25';
const NO_HOST = `has a host name that can't be one, ${SPECIAL}`;
const NO_PORT = `has a port that is no number from 1 to 65535, ${SPECIAL}`;
