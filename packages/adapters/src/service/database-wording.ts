import type { DatabaseFault } from '../postgres/connection/database-fault.js';
import { type EntranceNames, entranceNames } from '../postgres/connection/entrance-names.js';
import type { MigrationFailed } from '../postgres/schema/schema-client.js';

/** What is wrong, and what to do about it: two clauses without a full stop. */
export interface DatabaseTrouble {
  readonly found: string;
  readonly cure: string;
}

/**
 * Why a database can't be entered or used, and the cure. The one place for all who tell it: by the
 * fault's code, and never by what the server says, which comes in its own language.
 *
 * @param databaseUrl null: the embedded database
 */
export function explainDatabase(
  { code, reason, routine }: DatabaseFault,
  databaseUrl: string | null,
): DatabaseTrouble {
  const place = placeOf(databaseUrl);
  const why = code === undefined ? reason : `${reason}, ${code}`;
  if (code === '28000') return notLetIn(place, routine);
  const [found, cure] = SENTENCES[code ?? '']?.(place) ?? ofClass(code, place) ?? UNKNOWN(place);
  return { found: `${found} (${code === undefined ? why : code})`, cure };
}

/** The same for a schema that is not as we need it, which tells its cure itself where it has one. */
export function explainSchema(
  error: DatabaseFault | MigrationFailed,
  databaseUrl: string | null,
): DatabaseTrouble {
  if (error.type === 'DatabaseUnavailable') return explainDatabase(error, databaseUrl);
  return { found: error.detail, cure: error.cure ?? 'look into the log of the database' };
}

type Sentence = (place: EntranceNames) => readonly [found: string, cure: string];

const UNKNOWN: Sentence = ({ at }) => [
  `the database at ${at} can't be used`,
  'look into the log of the database, and correct DATABASE_URL',
];

const ADDRESS = 'correct the host and port in DATABASE_URL';

const SILENT: Sentence = ({ at }) => [
  `${at} does not answer`,
  `let the firewall, and the list of allowed addresses of a hosted database, let this machine in; or ${ADDRESS}`,
];
const NO_SOCKET: Sentence = ({ at }) => [
  `there is no socket of Postgres in ${at}`,
  'start Postgres, or correct the folder and port in DATABASE_URL',
];
const NOT_POSTGRES: Sentence = ({ at }) => [
  `what listens on ${at} does not speak Postgres`,
  ADDRESS,
];
const UNKNOWN_AUTHORITY: Sentence = ({ at }) => [
  `the certificate of ${at} is of an authority that is not known here`,
  "add sslrootcert=/path/ca.pem to DATABASE_URL, the authority's certificate, which a vendor offers for download; sslmode=no-verify takes any certificate",
];
const NO_TLS: Sentence = ({ at }) => [
  `the TLS handshake with ${at} failed`,
  'let the server speak TLS 1.2 or newer, with what sslcert and sslkey in DATABASE_URL name if it asks for a certificate',
];
const READS_ONLY: Sentence = ({ at }) => [
  `no host of ${at} takes writes: it is a standby, or set to read only`,
  'name the primary in DATABASE_URL, or all hosts (host-a,host-b), of which the primary is found',
];

/** By SQLSTATE, by code of Node.js (sockets, names, OpenSSL), and by those that `toDatabaseFault` gives. */
const SENTENCES: Readonly<Record<string, Sentence>> = {
  ECONNREFUSED: ({ at }) => [`nobody listens on ${at}`, `start Postgres there, or ${ADDRESS}`],
  ENOENT: NO_SOCKET,
  ENOTSOCK: NO_SOCKET,
  EACCES: ({ at }) => [
    `this user of the system may not use the socket in ${at}`,
    'give it the right to enter the folder, or name a host in DATABASE_URL',
  ],
  ENOTFOUND: ({ at }) => [
    `the name of the host ${at} is not known`,
    `${ADDRESS}; a name of Docker or Kubernetes is known in its own network only`,
  ],
  EAI_AGAIN: ({ at }) => [
    `the name of the host ${at} can't be looked up: the name server does not answer`,
    'mend the name service of this machine (/etc/resolv.conf)',
  ],
  ETIMEDOUT: SILENT,
  EHOSTUNREACH: SILENT,
  ENETUNREACH: SILENT,
  ERR_CONNECT_TIMEOUT: SILENT,
  ERR_NOT_POSTGRES: NOT_POSTGRES,
  ERR_CONNECTION_CLOSED: NOT_POSTGRES,
  ERR_NO_TLS_THERE: ({ at }) => [
    `${at} does not offer TLS, which sslmode in DATABASE_URL asks for`,
    'set ssl=on at the server, or sslmode=disable where the way to it is safe without',
  ],
  ERR_TLS_CERT_ALTNAME_INVALID: ({ at }) => [
    `the certificate of ${at} is for another host name`,
    'write the name of the certificate as the host in DATABASE_URL; sslmode=verify-ca with a sslrootcert does not look at the name',
  ],
  CERT_HAS_EXPIRED: ({ at }) => [
    `the certificate of ${at} has expired`,
    'renew it at the server; or set the clock of this machine, if that is wrong',
  ],
  CERT_NOT_YET_VALID: ({ at }) => [
    `the certificate of ${at} is not valid yet`,
    'set the clock of this machine, if that is wrong; or renew the certificate at the server',
  ],
  DEPTH_ZERO_SELF_SIGNED_CERT: ({ at }) => [
    `the certificate of ${at} is signed by itself`,
    'add sslrootcert=/path/server.pem to DATABASE_URL, that certificate itself; sslmode=no-verify takes any certificate',
  ],
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_AUTHORITY,
  CERT_SIGNATURE_FAILURE: UNKNOWN_AUTHORITY,
  INVALID_CA: UNKNOWN_AUTHORITY,
  EPROTO: NO_TLS,
  ERR_NO_PASSWORD: ({ at, user }) => [
    `${at} wants a password of the user ${user}, and DATABASE_URL has none`,
    'write postgres://user:password@... into DATABASE_URL, or set PGPASSWORD',
  ],
  ERR_TAKES_NO_WRITES: READS_ONLY,
  '25006': READS_ONLY,
  '28P01': ({ user }) => [
    `the password of the user ${user} is wrong, or there is no such user`,
    'correct user and password in DATABASE_URL; what is special in them is percent-encoded',
  ],
  '3D000': ({ at, database }) => [
    `there is no database ${database} on ${at}`,
    `create database ${database}; or correct its name in DATABASE_URL`,
  ],
  '42501': ({ user, database }) => [
    `the user ${user} lacks a right in the database ${database}`,
    `grant connect on database ${database} to ${user}; and see campusg-pay doctor for rights on tables`,
  ],
  '42704': ({ at }) => [
    `${at} does not know a setting that the options of DATABASE_URL name`,
    'correct options=... in DATABASE_URL',
  ],
  '53300': ({ at }) => [
    `${at} has no connection left`,
    'set DATABASE_POOL_SIZE lower (it counts for each replica), or max_connections of the server higher',
  ],
  '57P03': ({ at }) => [
    `Postgres on ${at} is starting up, or shutting down`,
    'wait until it is up; its log says how far it is',
  ],
};

/** What only the first letters tell. */
function ofClass(code: string | undefined, place: EntranceNames): ReturnType<Sentence> | undefined {
  if (code?.startsWith('ERR_SSL_') || code?.startsWith('ERR_OSSL_')) return NO_TLS(place);
  return undefined;
}

/**
 * `28000` is said both of a user whom nobody knows and of one whom no rule lets in from here; the
 * server's function tells which.
 */
function notLetIn(
  { user, isEncrypted }: EntranceNames,
  routine: string | undefined,
): DatabaseTrouble {
  if (routine !== 'ClientAuthentication') {
    return {
      found: `there is no user ${user}, or it may not log in (28000)`,
      cure: `create role ${user} login password '...'; or correct the user in DATABASE_URL`,
    };
  }
  return {
    found: `no rule of the server (pg_hba.conf) lets the user ${user} in from here ${isEncrypted ? 'by TLS' : 'without TLS'} (28000)`,
    cure: isEncrypted
      ? 'let whoever runs the server add such a rule, or allow the address of this machine'
      : 'add sslmode=require to DATABASE_URL; or let whoever runs the server add such a rule',
  };
}

function placeOf(databaseUrl: string | null): EntranceNames {
  if (databaseUrl === null) return EMBEDDED;
  const names = entranceNames(databaseUrl);
  return { ...names, user: quoted(names.user), database: quoted(names.database) };
}

const EMBEDDED: EntranceNames = {
  at: 'the embedded Postgres',
  user: quoted('campusg_pay'),
  database: quoted('campusg_pay'),
  isEncrypted: false,
};

/** As SQL wants a name, since cures are statements. */
function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
