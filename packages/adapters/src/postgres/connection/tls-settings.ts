import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type ConnectionOptions, createSecureContext } from 'node:tls';
import { err, ok, type Result, safeTry } from 'neverthrow';

/** A parameter by its name; undefined where it is missing or empty. */
export type ReadParameter = (name: string) => string | undefined;

const MODES = [
  'disable',
  'allow',
  'prefer',
  'require',
  'no-verify',
  'verify-ca',
  'verify-full',
] as const;

type Mode = (typeof MODES)[number];

/**
 * How a connection is encrypted: false is not at all, undefined is as `PGSSLMODE` says.
 *
 * As `pg` 8 does it, and stricter than libpq: all modes but `disable` and `no-verify` want TLS and a
 * certificate of an authority that we know, for this host. `uselibpqcompat=true` weakens them to what
 * libpq does. Only `verify-ca` with a `sslrootcert` is libpq's in any case, since who named an authority
 * of their own, and that mode, has said what is to be checked.
 */
export function readTls(
  value: ReadParameter,
): Result<false | ConnectionOptions | undefined, string> {
  return safeTry(function* () {
    const mode = yield* readMode(value);
    const files = yield* readFiles(value);
    const direct = value('sslnegotiation') === 'direct';
    if (mode === 'disable') {
      return direct
        ? err('has sslnegotiation=direct and no TLS: leave one out')
        : ok(false as const);
    }
    const named = direct || value('sslrootcert') !== undefined || files.cert !== undefined;
    if (mode === undefined && !named) return ok(undefined);
    return ok({ ...files, ...checksOf(mode, value) });
  });
}

function readMode(value: ReadParameter): Result<Mode | undefined, string> {
  const text = value('sslmode') ?? OF_SSL[value('ssl') ?? ''];
  if (text === undefined && value('ssl') === undefined) return ok(undefined);
  const mode = MODES.find((one) => one === text);
  if (mode === undefined) return err(`must have an sslmode of ${MODES.join(', ')}`);
  if (value('sslrootcert') !== 'system' || mode === 'disable' || mode === 'no-verify')
    return ok(mode);
  // As libpq has it: everybody may have a certificate of one of these authorities.
  return ok('verify-full');
}

/** `ssl` is what clients of Node.js call it. */
const OF_SSL: Readonly<Record<string, Mode>> = {
  true: 'verify-full',
  '1': 'verify-full',
  false: 'disable',
  '0': 'disable',
  'no-verify': 'no-verify',
};

type Checks = Pick<ConnectionOptions, 'rejectUnauthorized' | 'checkServerIdentity'>;

const ANY_CERTIFICATE: Checks = { rejectUnauthorized: false };
const ANY_HOST: Checks = { checkServerIdentity: () => undefined };

function checksOf(mode: Mode | undefined, value: ReadParameter): Checks {
  const ownAuthority = value('sslrootcert') !== undefined && value('sslrootcert') !== 'system';
  if (mode === 'no-verify') return ANY_CERTIFICATE;
  if (mode === 'verify-ca' && ownAuthority) return ANY_HOST;
  if (value('uselibpqcompat') !== 'true') return {};
  if (mode === 'require') return ownAuthority ? ANY_HOST : ANY_CERTIFICATE;
  return mode === 'prefer' || mode === 'allow' ? ANY_CERTIFICATE : {};
}

type Files = Pick<ConnectionOptions, 'ca' | 'cert' | 'key' | 'passphrase'>;

function readFiles(value: ReadParameter): Result<Files, string> {
  return safeTry(function* () {
    const files: Files = {};
    const root = value('sslrootcert');
    if (root !== undefined && root !== 'system') {
      files.ca = yield* readPem('sslrootcert', root, certificates);
    }
    const [certificate, key] = [value('sslcert'), value('sslkey')];
    if ((certificate === undefined) !== (key === undefined)) {
      return err('must have sslcert and sslkey together');
    }
    const passphrase = value('sslpassword');
    if (passphrase !== undefined) files.passphrase = passphrase;
    if (certificate === undefined || key === undefined) return ok(files);
    files.cert = yield* readPem('sslcert', certificate, certificates);
    files.key = yield* readPem('sslkey', key, (text) => {
      createSecureContext({ key: text, ...(passphrase === undefined ? {} : { passphrase }) });
    });
    return ok(files);
  });
}

/** The text of a file that `check`, which throws, takes for what it should be. */
function readPem(
  parameter: string,
  file: string,
  check: (text: string) => void,
): Result<string, string> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    return err(`names a file as ${parameter} that can't be read (${code}): ${file}`);
  }
  try {
    check(text);
    return ok(text);
  } catch {
    const what = parameter === 'sslkey' ? 'key (or another sslpassword opens it)' : 'certificate';
    return err(`names a file as ${parameter} that holds no ${what} in PEM form: ${file}`);
  }
}

/** Node passes over what is none, and then trusts nobody. */
function certificates(text: string): void {
  const found = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g);
  if (found === null) throw new TypeError('no certificate');
  for (const one of found) void new X509Certificate(one);
}
