import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, openSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { classpath } from './jars.js';
import { dataOf, freePorts, type Ports, SASL_USER, settingsOf } from './settings.js';
import { makeCertificate, tlsOf } from './tls.js';

const run = promisify(execFile);

/** A small heap, and the quick compiler only: a broker for tests lives for a minute. */
const JAVA_FLAGS = ['-Xms256m', '-Xmx384m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];

const READY_WITHIN_MS = 60_000;

/**
 * The broker outlives nobody: a tiny shell beside it waits on a pipe that only we hold, and kills
 * the broker when that closes, because we ask or because we died in whatever way. `exec` keeps the
 * pid, so that our child is the broker itself.
 */
const withWatcher =
  'exec 3<&0; (read -r _; kill -KILL $$) <&3 >/dev/null 2>&1 & exec "$@" </dev/null 3<&-';

/** A broker that runs, or was killed and can be started again. */
export interface Broker {
  /** host:port, for people and for KAFKA_BROKERS. */
  readonly address: string;
  /** The listener that asks for SASL_USER. */
  readonly saslAddress: string;
  /** The encrypted listener, which asks for SASL_USER too, and who vouches for it, as PEM. */
  readonly tls: { readonly address: string; readonly authority: string };
  /** Where it keeps its topics: a folder for each partition. */
  readonly data: string;
  pid(): number | undefined;
  /** SIGKILL; resolves when it is gone. What it had acknowledged stays on its disk. */
  kill(): Promise<void>;
  /** Starts it again on the same data and ports, and waits until it answers. */
  start(): Promise<void>;
}

export interface BrokerOptions {
  /** Holds the settings, the log of the last start and the data. */
  readonly folder: string;
  readonly ports: Ports;
  /** It goes on after this process has ended. */
  readonly outlivesUs?: boolean;
}

/** Formats the folder unless that was done, starts a broker there and waits until it answers. */
export async function startBroker({
  folder,
  ports,
  outlivesUs = false,
}: BrokerOptions): Promise<Broker> {
  const settings = join(folder, 'server.properties');
  const { authority } = tlsOf(folder);
  await mkdir(folder, { recursive: true });
  await writeFile(settings, settingsOf(ports, folder));
  await Promise.all([
    existsSync(authority) ? null : makeCertificate(folder),
    existsSync(join(dataOf(folder), 'meta.properties')) ? null : format(settings),
  ]);
  const command = ['java', ...JAVA_FLAGS, '-cp', await classpath(), 'kafka.Kafka', settings];
  const address = `127.0.0.1:${ports.plain}`;
  let child: ChildProcess | undefined;
  const kill = async () => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    // Otherwise a program that has nothing else to do would end before this wait does.
    child.ref();
    child.kill('SIGKILL');
    await exited;
  };
  const log = join(folder, 'broker.log');
  const start = async () => {
    await kill();
    child = launch(command, log, outlivesUs);
    await answering(child, ports.plain, log);
  };
  try {
    await start();
  } catch (error) {
    await kill();
    throw error;
  }
  const saslAddress = `127.0.0.1:${ports.sasl}`;
  const tls = {
    address: `127.0.0.1:${ports.saslTls}`,
    authority: await readFile(authority, 'utf8'),
  };
  return { address, saslAddress, tls, data: dataOf(folder), kill, start, pid: () => child?.pid };
}

/**
 * Starts a broker in a folder of its own below this one, on ports that nobody listens on. One of them
 * may be taken by another program before the broker gets there: then it is tried again on others.
 */
export async function startBrokerAnywhere(folder: string): Promise<Broker> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startBroker({ folder: join(folder, `${attempt}`), ports: await freePorts() });
    } catch (error) {
      if (attempt === 5 || !/Address already in use/.test(String(error))) throw error;
    }
  }
}

async function format(settings: string): Promise<void> {
  const id = randomBytes(16).toString('base64url');
  const scram = [256, 512].flatMap((bits) => [
    '--add-scram',
    `SCRAM-SHA-${bits}=[name=${SASL_USER.username},password=${SASL_USER.password}]`,
  ]);
  const tool = ['-cp', await classpath(), 'kafka.tools.StorageTool', 'format'];
  // One in 64 ids begins with a dash, which would look like an option.
  await run('java', [...JAVA_FLAGS, ...tool, `--cluster-id=${id}`, '-c', settings, ...scram]);
}

function launch(command: readonly string[], log: string, outlivesUs: boolean): ChildProcess {
  const words = openSync(log, 'w');
  const [program = '', ...args] = outlivesUs
    ? command
    : ['/bin/sh', '-c', withWatcher, 'kafka', ...command];
  const child = spawn(program, args, {
    // A Ctrl-C at the terminal is for whoever started us.
    detached: true,
    stdio: [outlivesUs ? 'ignore' : 'pipe', words, words],
  });
  child.stdin?.on('error', () => {});
  // A watcher left alone with a closed pipe would kill a pid that may be used again.
  child.once('exit', () => child.stdin?.destroy());
  // It must not keep a finished program alive.
  child.unref();
  if (child.stdin && 'unref' in child.stdin && typeof child.stdin.unref === 'function') {
    child.stdin.unref();
  }
  return child;
}

/** Waits until the broker answers its first question; tells its last words when it never does. */
async function answering(child: ChildProcess, port: number, log: string): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  while (!(await answers(port))) {
    const ended = child.exitCode !== null || child.signalCode !== null;
    if (ended || Date.now() > deadline) {
      const words = lastWords(await readFile(log, 'utf8'));
      throw new Error(`The Kafka broker ${ended ? 'ended' : 'does not answer'}:\n${words}`);
    }
    await sleep(50);
  }
}

/** What a port that is taken is told by comes before a long stack. */
function lastWords(log: string): string {
  const lines = log.trim().split('\n');
  const taken = lines.filter((line) => line.includes('Address already in use'));
  return [...taken.slice(0, 1), ...lines.slice(-10)].join('\n');
}

/** Whether a broker says which requests it knows (ApiVersions, version 0). */
export function answers(port: number): Promise<boolean> {
  const question = Buffer.alloc(14);
  question.writeInt32BE(10, 0);
  question.writeInt16BE(18, 4);
  question.writeInt16BE(-1, 12);
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(2_000, () => end(false));
    socket.once('connect', () => socket.write(question));
    socket.once('data', () => end(true));
    socket.once('error', () => end(false));
    socket.once('close', () => end(false));
  });
}
