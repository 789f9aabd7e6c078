import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasTerminal, inTerminal } from './terminal.js';
import { openWorld, type World } from './world.js';

let world: World;

beforeAll(async () => {
  world = await openWorld();
  await world.hold();
});
afterAll(() => world.close());

describe.skipIf(!hasTerminal)('colours', () => {
  it.each([
    ['a terminal', {}, true],
    ['a terminal with NO_COLOR', { NO_COLOR: '1' }, false],
  ])('at %s', async (_, more, coloured) => {
    const env = { ...world.env, ...more };
    const terminal = await inTerminal(['payments', 'list'], { env, columns: 80 });
    await terminal.ended();
    expect((await terminal.screen('-e')).join('').includes('\u001b[36m')).toBe(coloured);
  });
});
