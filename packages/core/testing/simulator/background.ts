import type { Escrow } from '@campusg-pay/core';
import type { BackgroundWork, Replica } from './replica.js';

/** Told of what was thrown, and in what. */
type Thrown = (what: string) => (error: unknown) => void;

/** Begins what a replica does by itself, unless it is at it already. */
export function beginWork(
  { busy, escrow, relay, consumer }: Replica,
  what: BackgroundWork,
  { now, thrown }: { readonly now: number; readonly thrown: Thrown },
): void {
  if (busy.has(what)) return;
  busy.add(what);
  const works: Record<BackgroundWork, () => Promise<unknown>> = {
    relay,
    answer: () => consumer.lookAgain(),
    sweep: () => escrow.sweep({ after: null, limit: 50 }),
    catchUp: () => pageByPage(escrow, now),
    compare: () => escrow.compare({ from: new Date(now - COMPARED_MS), to: new Date(now) }),
    resume: async () => {
      const recovered = await escrow.resume(10);
      tell(recovered.isOk() ? recovered.value.bugs : [], 'resume of', thrown);
    },
    transfers: async () => {
      const sent = await escrow.sendDueTransfers(10);
      tell(sent.isOk() ? sent.value.bugs : [], 'the transfer of', thrown);
    },
  };
  works[what]().then(() => busy.delete(what), thrown(what));
}

function tell(
  bugs: readonly { readonly paymentId: string; readonly error: unknown }[],
  what: string,
  thrown: Thrown,
): void {
  for (const { paymentId, error } of bugs) thrown(`${what} ${paymentId}`)(error);
}

/** A few holds' lifetimes at most, so that a comparison stays short. */
const COMPARED_MS = 8 * 24 * 3_600_000;

async function pageByPage(escrow: Escrow, now: number): Promise<void> {
  const since = new Date(now - 2 * 24 * 3_600_000);
  for (let after: string | null = null, pages = 0; pages < 5; pages += 1) {
    const page = await escrow.catchUp({ since, after });
    if (page.isErr() || page.value.next === null) return;
    after = page.value.next;
  }
}
