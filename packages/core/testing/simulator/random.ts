/** Numbers in [0, 1), the same ones for the same seed. */
export type Random = () => number;

/**
 * The numbers of one step. Each step has its own, so that a history can be shortened by leaving
 * steps out without changing what the others draw.
 */
export function randomOf(seed: number, step: number): Random {
  // mulberry32, started where an odd multiple of the step scatters it.
  let state = (Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(step + 1, 0xc2b2ae35)) | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** One of several. */
export function pick<Item>(random: Random, items: readonly Item[]): Item {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error('bug: nothing to pick from');
  return item;
}

/** One of several, some of which come up more often: each stands with its weight. */
export function weighted<Item>(random: Random, items: readonly (readonly [number, Item])[]): Item {
  let left = random() * items.reduce((sum, [weight]) => sum + weight, 0);
  for (const [weight, item] of items) {
    left -= weight;
    if (left < 0) return item;
  }
  throw new Error('bug: nothing to pick from');
}

/** A number for a text, 32 bits (FNV-1a). */
export function markOf(text: string): number {
  let mark = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    mark = Math.imul(mark ^ text.charCodeAt(index), 0x01000193);
  }
  return mark;
}

/** A digest of lines, 64 bits in hexadecimal (two FNV-1a of 32). Tells runs apart, hides nothing. */
export function digest() {
  let one = 0x811c9dc5;
  let other = 0x1234567;
  return {
    add: (line: string): void => {
      for (let index = 0; index < line.length; index += 1) {
        const code = line.charCodeAt(index);
        one = Math.imul(one ^ code, 0x01000193);
        other = Math.imul(other ^ code, 0x01000195);
      }
    },
    read: (): string =>
      [one, other].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join(''),
  };
}
