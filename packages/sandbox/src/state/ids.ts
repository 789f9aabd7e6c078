import { randomBytes } from 'node:crypto';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

// One pool of random bytes for many ids: asking the system for 24 bytes per id costs ten times more.
let pool = randomBytes(8192);
let used = 0;

function randomByte(): number {
  if (used === pool.length) {
    pool = randomBytes(8192);
    used = 0;
  }
  return pool[used++] ?? 0;
}

/** A random text of `length` letters and digits. */
export function randomText(length: number): string {
  let text = '';
  while (text.length < length) {
    // Six bits a letter; the two values beyond the alphabet are drawn again, so none is favoured.
    text += ALPHABET[randomByte() & 63] ?? '';
  }
  return text;
}

/** A new id with Stripe's prefix, e.g. `newId('pi')` gives `pi_3` and 23 more letters or digits. */
export function newId(prefix: string): string {
  return prefix === 'cus' ? `cus_${randomText(14)}` : `${prefix}_3${randomText(23)}`;
}
