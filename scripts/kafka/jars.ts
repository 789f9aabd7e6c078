import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const pom = fileURLToPath(new URL('./pom.xml', import.meta.url));

/** What is kept between runs. */
export const cacheFolder = fileURLToPath(new URL('../../.cache/kafka', import.meta.url));

/** Kafka 4 brokers want this one or a newer one. */
const JAVA = 17;

/** Why there can be no broker on this machine, in words; null when there can. */
export async function whyNoKafka(): Promise<string | null> {
  const version = await versionOfJava();
  if (version === null)
    return `there is no Java (${JAVA} or newer, Debian: openjdk-17-jre-headless)`;
  if (version < JAVA) return `Java is ${version}, and Kafka wants ${JAVA} or newer`;
  if ((await cachedClasspath()) !== null) return null;
  const maven = await run('mvn', ['-v']).catch(() => null);
  return maven === null ? 'there is no Maven to fetch it with (Debian: maven)' : null;
}

async function versionOfJava(): Promise<number | null> {
  const said = await run('java', ['-version']).catch(() => null);
  const [, major] = /version "(\d+)/.exec(said?.stderr ?? '') ?? [];
  return major === undefined ? null : Number(major);
}

/** The class path of the broker; Maven fetches what its own cache lacks (some 110 MB, once). */
export async function classpath(): Promise<string> {
  const cached = await cachedClasspath();
  if (cached !== null) return cached;
  const file = await classpathFile();
  await mkdir(cacheFolder, { recursive: true });
  // Renamed when complete: two at once each write their own, and nobody reads half of one.
  const draft = `${file}.${process.pid}`;
  const goal = 'dependency:build-classpath';
  const flags = ['-B', '-q', '-ntp', '-f', pom, '-DincludeScope=runtime'];
  await run('mvn', [...flags, `-Dmdep.outputFile=${draft}`, goal]);
  await writeFile(draft, (await readFile(draft, 'utf8')).trim());
  await rename(draft, file);
  return readFile(file, 'utf8');
}

async function cachedClasspath(): Promise<string | null> {
  const file = await classpathFile();
  if (!existsSync(file)) return null;
  const found = await readFile(file, 'utf8');
  // Maven's own cache may have been emptied since.
  return found.split(delimiter).every((jar) => existsSync(jar)) ? found : null;
}

async function classpathFile(): Promise<string> {
  const wanted = createHash('sha256').update(await readFile(pom));
  return join(cacheFolder, `classpath-${wanted.digest('hex').slice(0, 12)}`);
}
