import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32c } from '../../src/kafka/decoding/crc32c.js';

/** Where the parts of a record batch stand in it. */
export const BATCH = { checksum: 17, attributes: 21, lastOffset: 23, count: 57, records: 61 };

/**
 * Changes the batch with an offset on the broker's disk, as a failing disk or an odd producer would.
 *
 * @param change of the whole batch, in place; its checksum is made to fit afterwards, or not
 */
export async function changeStored(
  place: { readonly data: string; readonly topic: string; readonly partition: number },
  offset: number,
  change: (batch: Buffer) => void,
  { fits }: { readonly fits: boolean },
): Promise<void> {
  const name = `${place.topic}-${place.partition}`;
  const path = join(place.data, name, `${'0'.repeat(20)}.log`);
  const log = await readFile(path);
  for (let at = 0; at < log.length; ) {
    const end = at + 12 + log.readInt32BE(at + 8);
    const first = Number(log.readBigInt64BE(at));
    const last = first + log.readInt32BE(at + BATCH.lastOffset);
    if (first <= offset && offset <= last) {
      const batch = log.subarray(at, end);
      change(batch);
      if (fits) batch.writeUInt32BE(crc32c(batch.subarray(BATCH.attributes)), BATCH.checksum);
      const file = await open(path, 'r+');
      await file.write(batch, 0, batch.length, at);
      await file.close();
      return;
    }
    at = end;
  }
  throw new Error(`no batch has the offset ${offset}`);
}
