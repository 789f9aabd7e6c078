// A Kafka broker on this machine, to try things on. Java 17 and Maven are needed.
//
//   npm run kafka -- start     on 127.0.0.1:9092; data is kept in .cache/kafka/broker
//   npm run kafka -- stop
//   npm run kafka -- status

import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { answers, startBroker } from './broker.js';
import { cacheFolder, whyNoKafka } from './jars.js';

const run = promisify(execFile);
const folder = join(cacheFolder, 'broker');
const pidFile = join(folder, 'broker.pid');
const ports = { plain: 9092, sasl: 9094, saslTls: 9095, controller: 9093 };

const commands: Record<string, () => Promise<number>> = { start, stop, status };
const command = commands[process.argv[2] ?? ''];
if (command === undefined) console.error('usage: npm run kafka -- <start|stop|status>');
process.exitCode = (await command?.()) ?? 1;

async function start(): Promise<number> {
  if ((await ours()) !== null) return status();
  const missing = await whyNoKafka();
  if (missing !== null) return said(`No Kafka here: ${missing}.`, 3);
  if (await answers(ports.plain)) return said(`Another program listens on ${ports.plain}.`, 3);
  const broker = await startBroker({ folder, ports, outlivesUs: true });
  await writeFile(pidFile, String(broker.pid()));
  return status();
}

async function stop(): Promise<number> {
  const pid = await ours();
  if (pid === null) return said('No broker of ours runs.', 0);
  process.kill(pid, 'SIGTERM');
  while ((await ours()) !== null) await sleep(100);
  return said('stopped', 0);
}

async function status(): Promise<number> {
  const pid = await ours();
  if (pid === null) return said('No broker of ours runs.', 3);
  return said(`KAFKA_BROKERS=127.0.0.1:${ports.plain} (process ${pid}, data in ${folder})`, 0);
}

/** The pid of the broker that we started, if it still runs. */
async function ours(): Promise<number | null> {
  const pid = await readFile(pidFile, 'utf8').catch(() => null);
  if (pid === null) return null;
  // Pids are used again: it must be a broker with our settings.
  const listed = await run('ps', ['-p', pid, '-o', 'args=']).catch(() => null);
  return listed?.stdout.includes(folder) ? Number(pid) : null;
}

function said(line: string, code: number): number {
  if (code === 0) console.log(line);
  else console.error(line);
  return code;
}
