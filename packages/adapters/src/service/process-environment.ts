import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { err, ok, type Result } from 'neverthrow';
import type { KafkaConfig } from '../kafka/kafka-config.js';
import {
  type DescribedVariable,
  describeConfig,
  readConfig,
  readVariable,
  VARIABLE_NAMES,
} from './config.js';
import type { Config } from './config-fields.js';
import { parseEnvFile } from './env-file.js';
import { readKafka } from './kafka-settings.js';
import { meantName } from './misspelt-names.js';
import { type Environment, readUtf8 } from './variable-text.js';
import type { ConfigError } from './variables.js';

/** Names another file than `.env` of the current folder. Read from the shell only. */
const ENV_FILE = 'CAMPUSG_PAY_ENV_FILE';

/** Read by docker compose alone. */
const OF_COMPOSE = ['POSTGRES_PASSWORD'];

const KNOWN: readonly string[] = [
  ...VARIABLE_NAMES,
  ...VARIABLE_NAMES.map((name) => `${name}_FILE`),
  ...OF_COMPOSE,
  ENV_FILE,
];

/** What Node and the drivers read from the process' own environment, where a file can't put it. */
const OF_THE_PROCESS = /^(?:PG[A-Z]+|NODE_(?!ENV$)\w+|TZ|SSL_CERT_\w+|(?:HTTPS?|ALL|NO)_PROXY)$/i;

/** Two ways to say the same: who sets one of them in the shell means it instead of the file's. */
const SAME: Readonly<Record<string, string>> = { KAFKA_BOOTSTRAP_SERVERS: 'KAFKA_BROKERS' };

/** The settings of this process: those of its shell, and below them those of its `.env` file. */
interface ProcessSettings {
  readonly environment: Environment;
  /** The absolute path of the file; null: there is none. */
  readonly envFile: string | null;
  /** What counts because the file sets it. */
  readonly fromFile: ReadonlySet<string>;
  readonly warnings: readonly ConfigError[];
}

/**
 * The configuration of this process: its environment, and for what is not set there, not even to
 * nothing, the file `.env` of the current folder or the one that `CAMPUSG_PAY_ENV_FILE` names.
 * Every program of ours reads it so.
 */
export function configFromEnvironment(): Result<Config, ConfigError[]> {
  return readSettings().andThen(({ environment }) => readConfig(environment));
}

/** Only the database of this process, for what needs nothing else; null when it is not set. */
export function databaseUrlFromEnvironment(): Result<string | null, ConfigError[]> {
  return readSettings().andThen(({ environment }) => {
    const errors: ConfigError[] = [];
    const url = readVariable(environment, 'DATABASE_URL', errors) ?? null;
    return errors.length === 0 ? ok(url) : err(errors);
  });
}

/** Only Kafka of this process; null when no broker is named. */
export function kafkaFromEnvironment(): Result<KafkaConfig | null, ConfigError[]> {
  return readSettings().andThen(({ environment }) => {
    const errors: ConfigError[] = [];
    const kafka = readKafka((variable) => readVariable(environment, variable, errors), errors);
    return errors.length === 0 ? ok(kafka) : err(errors);
  });
}

/** What is set for this process, as it may be shown. */
export interface DescribedSettings {
  /** The settings file that was read; null: there is none. */
  readonly envFile: string | null;
  readonly variables: readonly DescribedVariable[];
}

/** Every variable with its value in force and where that comes from, secrets masked. */
export function describeEnvironment(): Result<DescribedSettings, ConfigError[]> {
  return readSettings().map(({ environment, envFile, fromFile }) => ({
    envFile,
    variables: describeConfig(environment).map((one) =>
      one.source === 'environment' && fromFile.has(one.variable)
        ? { ...one, source: '.env' as const }
        : one,
    ),
  }));
}

/**
 * What is set and does not do what it seems to: a misspelt or unknown name, a file with secrets that
 * everybody may read. The rule completes the name to a sentence.
 */
export function environmentWarnings(): readonly ConfigError[] {
  return readSettings().match(
    ({ warnings }) => warnings,
    () => [],
  );
}

function readSettings(): Result<ProcessSettings, ConfigError[]> {
  const shell: Environment = process.env;
  const named = shell[ENV_FILE]?.trim() || null;
  const shown = named ?? '.env';
  const path = resolve(shown);
  const found = namesOf(shell).flatMap((name) => unknownName(name));
  const read = readEnvFile(path, named !== null);
  if (read.isErr()) return err(read.error.map((rule) => ({ variable: shown, rule })));
  if (read.value === null) {
    return ok({ environment: shell, envFile: null, fromFile: new Set(), warnings: found });
  }
  const values = new Map(read.value);
  for (const name of values.keys()) if (isDecided(shell, name)) values.delete(name);
  const environment = { ...Object.fromEntries(values), ...shell };
  const ofFile = namesOf(Object.fromEntries(read.value));
  const warnings = [
    ...found,
    ...ofFile.filter((name) => shell[name] === undefined).flatMap(unknownName),
    ...ofFile.filter((name) => OF_THE_PROCESS.test(name) || name === ENV_FILE).map(shellOnly),
    ...exposed(path, shown),
  ];
  return ok({ environment, envFile: path, fromFile: new Set(values.keys()), warnings });
}

/** Set to nothing in the shell is set too: so one leaves out what the file says. */
function isDecided(shell: Environment, name: string): boolean {
  const plain = name.replace(/_FILE$/, '');
  const other = SAME[plain] ?? Object.keys(SAME).find((one) => SAME[one] === plain) ?? plain;
  return [plain, other].some(
    (one) => shell[one] !== undefined || shell[`${one}_FILE`] !== undefined,
  );
}

function namesOf(environment: Environment): string[] {
  return Object.keys(environment).filter((name) => environment[name]?.trim());
}

function unknownName(name: string): ConfigError[] {
  if (KNOWN.includes(name)) return [];
  const meant = meantName(name, KNOWN);
  if (meant === null) return [];
  const hint = meant === 'ours' ? '.env.example names every variable' : `did you mean ${meant}?`;
  return [{ variable: name, rule: `is not a variable of CampusG Pay: ${hint}` }];
}

function shellOnly(variable: string): ConfigError {
  return { variable, rule: 'has no effect in a settings file: set it in the shell' };
}

/** The values of the file, null where there is none, or what is wrong with it. */
function readEnvFile(
  path: string,
  isNamed: boolean,
): Result<ReadonlyMap<string, string> | null, string[]> {
  const found = statSync(path, { throwIfNoEntry: false });
  // A folder of this name is a Python environment.
  if (!isNamed && (found === undefined || found.isDirectory())) return ok(null);
  const distrust = isNamed || found === undefined ? null : whyDistrusted(path, found);
  if (distrust !== null) return err([distrust]);
  const text = readUtf8(path);
  if (text.isErr()) {
    const { code } = text.error;
    return err([
      code === 'ERR_ENCODING_INVALID_ENCODED_DATA'
        ? 'must be a text file in UTF-8'
        : `can't be read (${code})`,
    ]);
  }
  const { values, problems } = parseEnvFile(text.value);
  return problems.length === 0 ? ok(values) : err([...problems]);
}

/**
 * Why the file may be somebody else's, who could lead our key to a server of theirs: left in a folder
 * where everybody may write. In a folder of one owner, that owner's file is what was meant.
 */
function whyDistrusted(path: string, file: { uid: number; mode: number }): string | null {
  if (process.getuid === undefined) return null;
  if ((file.mode & 0o002) !== 0) return 'can be written by everybody: chmod 600 it';
  if (file.uid === process.getuid() || file.uid === 0) return null;
  const folder = statSync(dirname(path));
  const isTheirs = (folder.mode & 0o002) === 0 && folder.uid === file.uid;
  return isTheirs ? null : `belongs to another user: chown it, or name it by ${ENV_FILE}`;
}

/** A file with secrets in it that other users of the machine may read. */
function exposed(path: string, shown: string): ConfigError[] {
  const found = statSync(path, { throwIfNoEntry: false });
  if (process.getuid === undefined || !found?.isFile() || (found.mode & 0o044) === 0) return [];
  return [
    {
      variable: shown,
      rule: `can be read by other users of this machine: chmod 600 ${shown}`,
    },
  ];
}
