import type { Fate } from './plan.js';
import { markOf } from './random.js';

/** What is on the other end of an exchange. */
export type Place = 'database' | 'stripe' | 'log';

/** One life of a replica: it ends with a crash, and nothing of it goes on after that. */
export interface Life {
  readonly name: string;
  alive: boolean;
}

/** An exchange that waits for the scheduler, on its way there or on its way back. */
export interface Waiting {
  readonly number: number;
  /** What tells it from others by what it is, rather than by what else there is. */
  readonly mark: number;
  /** Null once nobody waits for the answer any more. */
  life: Life | null;
  readonly place: Place | 'clock';
  readonly way: 'there' | 'back' | 'asleep';
  /** Which method, of what, for the history and for what may befall it. */
  readonly what: string;
  readonly method: string;
  /** Milliseconds of virtual time. */
  readonly since: number;
  readonly dueAt: number;
  /** Lets it go on. Asynchronous work it starts is over once nothing is left to do. */
  readonly go: (fate: Fate) => void;
}

export interface Exchange<Value> {
  readonly place: Place;
  readonly method: string;
  readonly what: string;
  /** The work itself, at the other end. */
  readonly work: (fate: Fate) => Promise<Value>;
  /** What the caller is told when it does not come through. */
  readonly fault: (fate: Fate) => Value;
}

/** All that is under way between the replicas and the world, and the time. */
export interface Line {
  readonly waiting: Waiting[];
  now(): number;
  advance(ms: number): void;
  ask<Value>(life: Life, exchange: Exchange<Value>): Promise<Value>;
  sleep(life: Life, ms: number): Promise<void>;
  /** Ends a life: answers are lost, and of what is on its way only `arrives` gets there. */
  cut(life: Life, arrives: () => boolean): void;
}

/** Every exchange stops here twice, there and back, until the scheduler lets it go on. */
export function simulatedLine(start: number): Line {
  const waiting: Waiting[] = [];
  let now = start;
  let asked = 0;

  const add = (one: Pick<Waiting, 'life' | 'place' | 'way' | 'what' | 'method' | 'go'>, ms = 0) => {
    asked += 1;
    const mark = markOf(`${one.life?.name} ${one.what} ${one.way}`);
    waiting.push({ ...one, number: asked, mark, since: now, dueAt: now + ms });
  };

  const ask = <Value>(life: Life, { work, fault, ...about }: Exchange<Value>): Promise<Value> =>
    new Promise((resolve, reject) => {
      const answer = (reply: () => void) => {
        if (life.alive) add({ ...about, life, way: 'back', go: reply });
      };
      const arrive = (fate: Fate, told: boolean): void => {
        work(fate).then(
          (value) => answer(() => resolve(told ? value : fault(fate))),
          (thrown: unknown) => answer(() => reject(thrown)),
        );
      };
      const go = (fate: Fate): void => {
        if (fate === 'refused' || fate === 'limited' || fate === 'vanished') {
          answer(() => resolve(fault(fate)));
        } else if (fate === 'late') {
          answer(() => resolve(fault(fate)));
          const belated = () => void work('through').catch(() => undefined);
          add({ ...about, life: null, way: 'there', go: belated });
        } else {
          arrive(fate, fate !== 'answer_lost' && fate !== 'odd');
        }
      };
      add({ ...about, life, way: 'there', go });
    });

  return {
    waiting,
    ask,
    now: () => now,
    advance: (ms) => {
      now += ms;
    },
    sleep: (life, ms) =>
      new Promise((resolve) => {
        const about = {
          place: 'clock',
          method: 'sleep',
          what: `sleep ${Math.round(ms)} ms`,
        } as const;
        add({ ...about, life, way: 'asleep', go: () => resolve() }, ms);
      }),
    cut: (life, arrives) => {
      life.alive = false;
      const rest = waiting.splice(0).flatMap((one) => {
        if (one.life !== life) return [one];
        return one.way === 'there' && arrives() ? [{ ...one, life: null }] : [];
      });
      waiting.push(...rest);
    },
  };
}
