import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { ArchivedHistory, ArchiveWriter, DatabaseFault } from '@campusg-pay/core';
import { err, ok } from 'neverthrow';

type ArchiveFile = NonNullable<ArchivedHistory['file']>;
type Histories = Parameters<ArchiveWriter['write']>[0];

/** The form of the lines, should it ever change. */
const FORMAT = 1;

/**
 * Writes histories into a folder: JSON lines, gzipped, one payment a line, and beside each file its digest
 * in the form that `sha256sum --check` reads. Only this user may read them: customers are named in them.
 */
export function createArchiveFolder(folder: string, now: () => Date): ArchiveWriter {
  return {
    write: async (histories) => {
      const day = now().toISOString().slice(0, 10);
      const name = `history-${day}-${randomBytes(8).toString('hex')}.jsonl.gz`;
      const draft = join(folder, `.${name}.draft`);
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        const fault = await writeLines(draft, histories);
        if (fault !== null) return err(fault);
        const file = await sealed(draft, { folder, name });
        return ok(file);
      } catch (error) {
        return err({ type: 'ArchiveUnwritable', folder, code: codeOf(error) });
      } finally {
        await rm(draft, { force: true }).catch(() => {});
      }
    },
  };
}

/** The fault that cut it short; null: all of them are in the file. */
async function writeLines(path: string, histories: Histories): Promise<DatabaseFault | null> {
  let fault: DatabaseFault | null = null;
  const lines = async function* () {
    for await (const page of histories) {
      if (page.isErr()) {
        fault = page.error;
        return;
      }
      for (const history of page.value) yield `${JSON.stringify({ format: FORMAT, ...history })}\n`;
    }
  };
  const out = createWriteStream(path, { mode: 0o600, flags: 'wx' });
  await pipeline(Readable.from(lines()), createGzip(), out);
  return fault;
}

/** On the disk under its own name, with its digest; from then on it counts. */
async function sealed(
  draft: string,
  { folder, name }: { readonly folder: string; readonly name: string },
): Promise<ArchiveFile> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const part of createReadStream(draft)) {
    hash.update(part);
    bytes += (part as Buffer).length;
  }
  const sha256 = hash.digest('hex');
  const file = join(folder, name);
  const digest = await open(`${file}.sha256`, 'wx', 0o600);
  try {
    await digest.writeFile(`${sha256}  ${name}\n`);
    await digest.sync();
  } finally {
    await digest.close();
  }
  await sync(draft);
  await rename(draft, file);
  await sync(folder);
  return { file, sha256, bytes };
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function codeOf(error: unknown): string {
  if (error instanceof Error && 'code' in error) return String(error.code);
  throw error;
}
