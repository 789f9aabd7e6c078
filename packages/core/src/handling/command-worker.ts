import { type Background, type LoopHost, repeat, troubleOf } from '../jobs/loop.js';
import type { Commands } from './command-handling.js';

/** Commands looked at together. Each may ask Stripe, which takes that many at once with ease. */
const BATCH = 10;

const PAUSE_MS = 1_000;

/** Looks again at commands that wait for their answer, until stopped. Replicas share the work. */
export function startCommandWorker(commands: Commands, { scheduler, log }: LoopHost): Background {
  return repeat({
    scheduler,
    round: async () => {
      const looked = await commands.lookAgain(BATCH);
      if (looked.isErr()) throw looked.error;
      const { taken, troubles } = looked.value;
      for (const { command, trouble } of troubles) {
        const { correlationId, type } = command;
        const facts = { correlationId, command: type, ...troubleOf(trouble) };
        if (trouble instanceof Error) log.error(facts, 'bug');
        else log.warn(facts, 'a command could not be carried out yet; will try again');
      }
      return taken === BATCH ? 0 : PAUSE_MS * (0.5 + scheduler.random());
    },
    onError: (error) => log.warn(troubleOf(error), 'looking at commands failed; will try again'),
    errorPauseMs: 2_000,
  });
}
