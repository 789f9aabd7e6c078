import { describe, expect, it } from 'vitest';
import { createPlaces, type LoadClock } from '../src/load-limit.js';

/** Time that a test moves, and a process that comes as late to its timers as the test says. */
function slowProcess() {
  let now = 0;
  let due: { at: number; call: () => void } | null = null;
  const clock: LoadClock = {
    now: () => now,
    later: (ms, call) => {
      due = { at: now + ms, call };
    },
  };
  return {
    clock,
    isIdle: () => due === null,
    pass: (ms: number) => {
      now += ms;
    },
    /** Lets so many timers run, each of them so late. */
    look: (times: number, lateMs: number) => {
      for (let time = 0; time < times && due !== null; time += 1) {
        const { at, call } = due;
        due = null;
        now = at + lateMs;
        call();
      }
    },
  };
}

function placesOf(most: number) {
  const told: object[] = [];
  const process = slowProcess();
  const database = { waitMs: 0 };
  const places = createPlaces({
    most,
    log: { warn: (facts: object) => told.push(facts) },
    leastWaitMs: () => database.waitMs,
    clock: process.clock,
  });
  const enter = (times: number) => Array.from({ length: times }, () => places.enter());
  const leave = (times: number) => {
    for (let time = 0; time < times; time += 1) places.leave();
  };
  return { places, process, database, told, enter, leave };
}

describe('the places of requests that are worked on', () => {
  it('are as many as they are, and free again once left', () => {
    const { places, enter, leave } = placesOf(2);
    expect(enter(3)).toEqual([true, true, false]);
    leave(1);
    expect(enter(2)).toEqual([true, false]);
    expect(places.open).toBe(2);
  });

  it('become fewer while the process comes late, down to a quarter, and as many again after', () => {
    const { places, process, enter, leave } = placesOf(100);
    enter(60);
    process.look(10, 30);
    expect(places.open).toBe(100);
    process.look(5, 30);
    expect(places.open).toBe(54);
    expect(enter(1)).toEqual([false]);
    leave(20);
    process.look(5, 30);
    expect(places.open).toBe(36);
    process.look(500, 30);
    expect(places.open).toBe(25);
    process.look(5, 1);
    expect(places.open).toBe(27);
    process.look(500, 1);
    expect(places.open).toBe(100);
  });

  it('become fewer while everybody waits for the database, and as many again after', () => {
    const { places, process, database, enter } = placesOf(100);
    enter(60);
    database.waitMs = 51;
    process.look(10, 0);
    expect(places.open).toBe(100);
    process.look(5, 0);
    expect(places.open).toBe(54);
    database.waitMs = 50;
    process.look(5, 0);
    expect(places.open).toBe(56);
  });

  it('stay as many through a burst: it counts what is late all the time', () => {
    const { places, process, enter } = placesOf(100);
    enter(60);
    process.look(4, 500);
    process.look(1, 0);
    expect(places.open).toBe(100);
  });

  it('stay as many where it is late for a fifth of a second, however often', () => {
    const { places, process, database, enter } = placesOf(100);
    enter(60);
    for (let time = 0; time < 5; time += 1) {
      process.look(10, 30);
      process.look(5, 0);
      database.waitMs = 500;
      process.look(10, 0);
      database.waitMs = 0;
      process.look(5, 0);
    }
    expect(places.open).toBe(100);
  });

  it('stay as many while fewer are worked on than there always are', () => {
    const { places, process, database, enter } = placesOf(100);
    database.waitMs = 4_000;
    enter(24);
    process.look(500, 30);
    expect(places.open).toBe(100);
    enter(1);
    process.look(5, 30);
    expect(places.open).toBe(25);
  });

  it('are looked after only while somebody has one', () => {
    const { process, enter, leave, places } = placesOf(100);
    expect(process.isIdle()).toBe(true);
    enter(30);
    process.look(15, 30);
    expect(places.open).toBe(27);
    leave(30);
    process.look(1_000, 0);
    expect(process.isIdle()).toBe(true);
    expect(places.open).toBe(100);
    enter(1);
    expect(process.isIdle()).toBe(false);
  });

  it('never are more than one where one was asked for', () => {
    const { places, process, enter } = placesOf(1);
    enter(1);
    process.look(50, 30);
    expect(places.open).toBe(1);
  });

  it('tell at once that somebody was refused, then every ten seconds how many', () => {
    const { process, told, enter } = placesOf(1);
    enter(4);
    expect(told).toEqual([{ refused: 1, places: 1 }]);
    process.pass(10_000);
    enter(2);
    expect(told.slice(1)).toEqual([{ refused: 3, places: 1 }]);
  });
});
