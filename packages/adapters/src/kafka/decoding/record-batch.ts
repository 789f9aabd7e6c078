import { crc32c } from './crc32c.js';

// Kafka's record batch, version 2: what brokers have stored since 0.11, and all that 4.x know.
// https://kafka.apache.org/documentation/#recordbatch

/** Where the parts of a batch stand in it, in bytes. */
const AT = {
  firstOffset: 0,
  length: 8,
  magic: 16,
  checksum: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  count: 57,
  records: 61,
} as const;

const MAGIC = 2;
const CONTROL = 0x20;

/** A batch, as its own first bytes describe it. */
export interface RecordBatch {
  /** All of it, as the broker sent it. */
  readonly bytes: Buffer;
  readonly firstOffset: bigint;
  readonly lastOffset: bigint;
  readonly count: number;
  /** It marks the end of a transaction, and holds nothing for anybody. */
  readonly isControl: boolean;
  /** Whether its checksum fits. */
  readonly isWhole: boolean;
}

/**
 * The batch whose records these are; null where they are not in one. kafkajs hands the records out as
 * a part of what it received, so that the batch's own first bytes still stand before them.
 */
export function batchOf(records: Buffer): RecordBatch | null {
  const begin = records.byteOffset - AT.records;
  if (begin < 0) return null;
  const bytes = Buffer.from(records.buffer, begin, AT.records + records.length);
  const isOne =
    bytes.readInt8(AT.magic) === MAGIC &&
    bytes.readInt32BE(AT.length) === bytes.length - (AT.length + 4);
  if (!isOne) return null;
  const firstOffset = bytes.readBigInt64BE(AT.firstOffset);
  return {
    bytes,
    firstOffset,
    lastOffset: firstOffset + BigInt(bytes.readInt32BE(AT.lastOffsetDelta)),
    count: bytes.readInt32BE(AT.count),
    isControl: (bytes.readInt16BE(AT.attributes) & CONTROL) !== 0,
    isWhole: bytes.readUInt32BE(AT.checksum) === crc32c(bytes.subarray(AT.attributes)),
  };
}

/** Whether bytes are so many records, one behind the other, and nothing else. */
export function areRecords(bytes: Buffer, count: number): boolean {
  let at = 0;
  for (let record = 0; record < count; record += 1) {
    const size = readVarint(bytes, at);
    if (size === null || size.value < MIN_RECORD_BYTES) return false;
    at = size.end + size.value;
    if (at > bytes.length) return false;
  }
  return at === bytes.length;
}

/** Attributes, time, offset, key, value and headers take a byte each. */
const MIN_RECORD_BYTES = 6;

/** More than any producer puts into a batch: beyond it the number itself is not to be believed. */
const MAX_STAND_INS = 100_000;

/**
 * Empty records in the place of those of a batch, as many as it says and the last with its last offset;
 * null where what the batch says of itself can't be true.
 */
export function standInsFor({ firstOffset, lastOffset, count }: RecordBatch): Buffer | null {
  const span = Number(lastOffset - firstOffset) + 1;
  if (firstOffset < 0n || count < 1 || count > span || count > MAX_STAND_INS) return null;
  const records = Array.from({ length: count }, (_, n) => {
    const body = [0, 0, ...varint(span - count + n), NONE, EMPTY, EMPTY];
    return [...varint(body.length), ...body];
  });
  const flat = records.flat();
  // Memory of its own, by which it can be told again.
  const own = Buffer.from(new ArrayBuffer(flat.length));
  own.set(flat);
  return own;
}

/** Kafka's way to write -1 (nothing) and 0 (empty). */
const NONE = 1;
const EMPTY = 0;

/** Of a number that is not negative; see the encoding of Protocol Buffers. */
function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = 2 * value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) + 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return [...bytes, rest];
}

function readVarint(bytes: Buffer, at: number): { value: number; end: number } | null {
  let doubled = 0;
  for (let n = 0; n < 5; n += 1) {
    const byte = bytes[at + n];
    if (byte === undefined) return null;
    doubled += (byte & 0x7f) * 2 ** (7 * n);
    if (byte < 0x80) {
      const value = doubled % 2 === 0 ? doubled / 2 : -(doubled + 1) / 2;
      return { value, end: at + n + 1 };
    }
  }
  return null;
}
