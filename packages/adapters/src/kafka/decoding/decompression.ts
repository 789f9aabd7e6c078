import { gunzipSync } from 'node:zlib';
import { Decompress } from 'fzstd';
import { decompressBlock } from 'lz4js';
import { err, ok, type Result } from 'neverthrow';
import { uncompress } from 'snappyjs';

/** How a batch can be compressed: the numbers are those of its attributes. */
export const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;

export type Codec = (typeof CODECS)[number];

/**
 * A batch may become so large and no larger, in bytes. Brokers take 1 MB of compressed bytes unless
 * told otherwise, and commands hardly shrink to a tenth.
 */
const MAX_BATCH_BYTES = 64 * 1024 * 1024;

/** Why bytes can't be decompressed: they would become too many, or are no such bytes. */
export type Spoilt = 'too_large' | 'not_decompressible';

/** Thrown inside this file only. */
class TooLarge extends Error {}

/** Decompresses the records of a batch into memory of their own, at most {@link MAX_BATCH_BYTES}. */
export function decompress(codec: Codec, bytes: Buffer): Result<Buffer, Spoilt> {
  try {
    return ok(DECOMPRESS[codec](bytes));
  } catch (error) {
    // Whatever else the libraries throw, they could make nothing of the bytes.
    const isTooLarge =
      error instanceof TooLarge ||
      (error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE');
    return err(isTooLarge ? 'too_large' : 'not_decompressible');
  }
}

const DECOMPRESS: Readonly<Record<Codec, (bytes: Buffer) => Buffer>> = {
  none: (bytes) => bytes,
  gzip: (bytes) => gunzipSync(bytes, { maxOutputLength: MAX_BATCH_BYTES }),
  snappy: unsnappy,
  lz4: unlz4,
  zstd: unzstd,
};

function within(size: number): number {
  if (size > MAX_BATCH_BYTES) throw new TooLarge();
  return size;
}

/** Java's clients put frames of their own (snappy-java's) around it; others send one bare block. */
const JAVA_FRAMES = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0]);
const JAVA_HEADER_BYTES = 16;

function unsnappy(bytes: Buffer): Buffer {
  if (!bytes.subarray(0, JAVA_FRAMES.length).equals(JAVA_FRAMES)) return unsnappyBlock(bytes);
  const blocks: Buffer[] = [];
  let total = 0;
  for (let at = JAVA_HEADER_BYTES; at < bytes.length; ) {
    const end = at + 4 + bytes.readInt32BE(at);
    if (end <= at + 4 || end > bytes.length) throw new Error('a block ends beyond the batch');
    const block = unsnappyBlock(bytes.subarray(at + 4, end));
    total = within(total + block.length);
    blocks.push(block);
    at = end;
  }
  return Buffer.concat(blocks, total);
}

function unsnappyBlock(block: Buffer): Buffer {
  within(snappySize(block));
  return uncompress(block);
}

/** A block begins with its size, seven bits a byte. */
function snappySize(block: Buffer): number {
  let size = 0;
  for (const [at, byte] of block.subarray(0, 5).entries()) {
    size += (byte & 0x7f) * 2 ** (7 * at);
    if (byte < 0x80) return size;
  }
  throw new Error('a block without a size');
}

const LZ4_MAGIC = 0x184d2204;
/** In the frame's flags. */
const LZ4 = { version: 0xc0, version1: 0x40, blockChecksum: 0x10, contentSize: 8, dictionary: 1 };
const LZ4_STORED = 0x80000000;

/**
 * The frame is taken apart here: the library believes whatever size a frame tells, and loses its way
 * in frames whose blocks have checksums. See LZ4's lz4_Frame_format.md.
 */
function unlz4(bytes: Buffer): Buffer {
  const flags = bytes.readUInt8(4);
  const known = bytes.readUInt32LE(0) === LZ4_MAGIC && (flags & LZ4.version) === LZ4.version1;
  if (!known || flags & LZ4.dictionary) throw new Error('no frame that we know');
  const blockBytes = 2 ** (8 + 2 * ((bytes.readUInt8(5) >> 4) & 7));
  const checksumBytes = flags & LZ4.blockChecksum ? 4 : 0;
  let at = flags & LZ4.contentSize ? 15 : 7;
  let out = Buffer.alloc(blockBytes);
  let length = 0;
  for (;;) {
    const told = bytes.readUInt32LE(at);
    if (told === 0) return out.subarray(0, length);
    const isStored = told >= LZ4_STORED;
    const size = isStored ? told - LZ4_STORED : told;
    const end = at + 4 + size;
    if (end > bytes.length) throw new Error('a block ends beyond the batch');
    if (length + blockBytes > out.length) out = Buffer.concat([out], 2 * (length + blockBytes));
    const before = length;
    // Blocks may refer to those before them, which is why they share their memory.
    length += isStored
      ? bytes.copy(out, length, at + 4, end)
      : decompressBlock(bytes, out, at + 4, size, length) - length;
    if (length - before > blockBytes)
      throw new Error('a block that is larger than its frame allows');
    within(length);
    at = end + checksumBytes;
  }
}

const ZSTD_MAGIC = 0xfd2fb528;
/** What a decoder need not go beyond, as zstd itself does not unless told to: 2 to the 27th. */
const ZSTD_WINDOW_BYTES = 128 * 1024 * 1024;
/** Fed in pieces, a bomb is noticed before all of it has gone off. */
const ZSTD_PIECE_BYTES = 64 * 1024;

function unzstd(bytes: Buffer): Buffer {
  if (zstdWindow(bytes) > ZSTD_WINDOW_BYTES) throw new TooLarge();
  const parts: Uint8Array[] = [];
  let total = 0;
  const stream = new Decompress((part) => {
    total = within(total + part.length);
    parts.push(part);
  });
  for (let at = 0; at < bytes.length; at += ZSTD_PIECE_BYTES) {
    const end = at + ZSTD_PIECE_BYTES;
    stream.push(bytes.subarray(at, end), end >= bytes.length);
  }
  return Buffer.concat(parts, total);
}

/** The memory that a frame asks for before anything is decompressed. See RFC 8878, section 3.1.1.1. */
function zstdWindow(frame: Buffer): number {
  if (frame.readUInt32LE(0) !== ZSTD_MAGIC) throw new Error('no frame that we know');
  const descriptor = frame.readUInt8(4);
  const isSingleSegment = (descriptor & 0x20) !== 0;
  if (!isSingleSegment) {
    const window = frame.readUInt8(5);
    const base = 2 ** (10 + (window >> 3));
    return base + (base / 8) * (window & 7);
  }
  const at = 5 + ([0, 1, 2, 4][descriptor & 3] ?? 0);
  switch (descriptor >> 6) {
    case 0:
      return frame.readUInt8(at);
    case 1:
      return frame.readUInt16LE(at) + 256;
    case 2:
      return frame.readUInt32LE(at);
    default:
      return Number(frame.readBigUInt64LE(at));
  }
}
