import { type Fate, type Seeded, seeded } from './books.js';

/** What a plant picks: also payments from long before the period that is gone through. */
export type Wanted = Fate | `old ${'paid' | 'shared'}`;

const DAY_S = 86_400;
const EACH = 50;

/** Payments of forty days ago: only what happens to them now is found. */
export function* oldBooks(now: Date): Generator<Seeded & { readonly fate: Wanted }> {
  const from = Math.floor(now.getTime() / 1000) - 40 * DAY_S;
  for (let index = 0; index < 2 * EACH; index += 1) {
    const fate = index % 2 === 0 ? 'paid' : 'shared';
    const createdS = from + index * 60;
    yield { fate: `old ${fate}`, ...seeded({ index: 900_000_000 + index, fate, createdS }) };
  }
}
