import type { Sabotage } from './parts.js';
import { type Plan, TROUBLES } from './plan.js';
import { type Simulated, simulate } from './simulate.js';

/** A failing run made smaller, that still fails in the same way. */
export interface Shrunk {
  readonly plan: Plan;
  readonly outcome: Simulated;
  /** How many runs it took. */
  readonly runs: number;
}

/** How many runs shrinking may take: a run of a thousand steps takes some 20 ms. */
const MOST_RUNS = 1000;

/**
 * Makes a failing plan smaller: the shortest beginning, fewer troubles and clients, and then every
 * step left out that is of no matter. Whatever still breaks the same rule is the same failure.
 */
export async function shrink(
  failing: Plan,
  first: Simulated,
  sabotage?: Sabotage,
): Promise<Shrunk> {
  const rule = ruleOf(first);
  let plan = first.brokenAt === null ? failing : { ...failing, steps: first.brokenAt + 1 };
  let runs = 0;
  const attempt = async (smaller: Plan): Promise<boolean> => {
    if (runs >= MOST_RUNS) return false;
    runs += 1;
    const outcome = await run(smaller, sabotage);
    if (ruleOf(outcome) !== rule) return false;
    plan = outcome.brokenAt === null ? smaller : { ...smaller, steps: outcome.brokenAt + 1 };
    return true;
  };

  for (const trouble of TROUBLES) {
    await attempt({ ...plan, without: new Set([...plan.without, trouble]) });
  }
  for (let before = -1; before !== stepsOf(plan).length; ) {
    before = stepsOf(plan).length;
    for (let size = before; size >= 1; size = size >> 1) {
      const kept = stepsOf(plan);
      for (let end = kept.length; end > 0; end -= size) {
        const part = kept.slice(Math.max(0, end - size), end);
        await attempt({ ...plan, skipped: new Set([...plan.skipped, ...part]) });
      }
    }
  }
  const outcome = await run(plan, sabotage, true);
  return { plan, outcome, runs: runs + 1 };
}

/** The steps of a plan at which something happens. */
export function stepsOf({ steps, skipped }: Plan): readonly number[] {
  return Array.from({ length: steps }, (_, step) => step).filter((step) => !skipped.has(step));
}

function run(plan: Plan, sabotage: Sabotage | undefined, tell = false): Promise<Simulated> {
  return simulate(plan, { tell, ...(sabotage === undefined ? {} : { sabotage }) });
}

/** The name of what was broken first, without the particulars. */
function ruleOf({ broken }: Simulated): string | null {
  return broken[0]?.split(': ')[0] ?? null;
}
