import {
  closeSync,
  existsSync,
  fchmodSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

/** An append-only file of JSON lines; one line is one batch of changes, whole or not at all. */
export interface Journal {
  /**
   * Writes one line and returns when the system has it: a SIGKILL of this process keeps it. Throws when
   * it can't (a full disk); nothing of the line is there then.
   */
  append(line: string): void;
  /** Replaces the whole file by these lines, atomically; throws, and leaves it, when that can't be. */
  rewrite(lines: Iterable<string>): void;
  close(): void;
}

/** Cards and customers are in it: for its owner only. */
const OWNER_ONLY = 0o600;

const CHUNK = 1 << 20;
const NEWLINE = 10;

function writeAll(file: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}

/**
 * Feeds every complete line to `onLine` and returns the length of the sound part in bytes. Read in
 * pieces, because a journal may be larger than the longest string Node can hold.
 */
function readLines(file: number, onLine: (line: string, number: number) => void): number {
  const chunk = Buffer.allocUnsafe(CHUNK);
  let rest: Buffer[] = [];
  let sound = 0;
  let number = 0;
  for (let at = 0; ; ) {
    const length = readSync(file, chunk, 0, CHUNK, at);
    if (length === 0) return sound;
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0 && end < length; ) {
      rest.push(Buffer.from(chunk.subarray(start, end)));
      number += 1;
      onLine(Buffer.concat(rest).toString('utf8'), number);
      rest = [];
      start = end + 1;
      sound = at + start;
      end = chunk.indexOf(NEWLINE, start);
    }
    rest.push(Buffer.from(chunk.subarray(start, length)));
    at += length;
  }
}

/**
 * Opens or creates the journal at `path` and replays it into `onLine`. What follows the last newline
 * was being written when the process died: its reply never left, so it is cut off. There is no
 * fsync: the file survives the death of the process, not a power cut.
 */
export function openJournal(path: string, onLine: (line: string, number: number) => void): Journal {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  let file = openSync(path, existsSync(path) ? 'r+' : 'w+', OWNER_ONLY);
  const sound = readLines(file, onLine);
  ftruncateSync(file, sound);
  closeForOthers(file);
  closeSync(file);
  file = openSync(path, 'a');
  return {
    append: (line) => appendWhole(file, `${line}\n`),
    rewrite: (lines) => {
      writeAnew(`${path}.new`, lines);
      renameSync(`${path}.new`, path);
      closeSync(file);
      file = openSync(path, 'a');
    },
    close: () => closeSync(file),
  };
}

/** Half a line would make the file unreadable once another one follows. */
function appendWhole(file: number, text: string): void {
  const { size } = fstatSync(file);
  try {
    writeAll(file, text);
  } catch (error) {
    ftruncateSync(file, size);
    throw error;
  }
}

function writeAnew(path: string, lines: Iterable<string>): void {
  rmSync(path, { force: true });
  const file = openSync(path, 'w', OWNER_ONLY);
  try {
    let block = '';
    for (const line of lines) {
      block += `${line}\n`;
      if (block.length < CHUNK) continue;
      writeAll(file, block);
      block = '';
    }
    writeAll(file, block);
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
}

/** A file of an earlier version, or one made under a wide umask. Somebody else's stays as it is. */
function closeForOthers(file: number): void {
  const { mode, uid } = fstatSync(file);
  if ((mode & 0o077) !== 0 && uid === process.getuid?.()) fchmodSync(file, OWNER_ONLY);
}
