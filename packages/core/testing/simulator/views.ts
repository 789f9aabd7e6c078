import type { Answer, Payment, PaymentRepository } from '@campusg-pay/core';
import type { Result } from 'neverthrow';

const AGAIN = 'who was overtaken looks again before they answer';
const NO_OLDER = 'an answer is no older than what was read for it';

/**
 * What one command has read of the records, from its first look to its answer. It is judged by that only while it
 * has patience left: later it may say "processing" of what it knows, which promises nothing.
 */
export interface View {
  /** The same records, looked at on behalf of this command. */
  of(repository: PaymentRepository): PaymentRepository;
  /** What the answer should have known. */
  wrong(
    correlationId: string,
    answer: Result<Answer, unknown>,
    isPatient: boolean,
  ): readonly string[];
}

export function viewOfCommand(): View {
  const read = new Map<string, Payment>();
  const overtaken = new Set<string>();
  const saw = (payment: Payment | null | undefined) => {
    if (payment === null || payment === undefined) return;
    read.set(payment.id, payment);
    overtaken.delete(payment.id);
  };
  return {
    of: (repository) => ({
      ...repository,
      find: async (ref) => {
        const found = await repository.find(ref);
        if (found.isOk()) saw(found.value);
        // Who looked and saw nothing, or could not look, knows no better.
        if (found.isErr() || found.value === null) overtaken.clear();
        return found;
      },
      claim: async (payment) => {
        const claimed = await repository.claim(payment);
        if (claimed.isOk() && claimed.value.type !== 'id_taken') saw(claimed.value.payment);
        return claimed;
      },
      save: async (change, webhook) => {
        const saved = await repository.save(change, webhook);
        if (saved.isOk() && saved.value === 'saved') saw(change.payment);
        if (saved.isOk() && saved.value === 'stale') overtaken.add(change.payment.id);
        return saved;
      },
    }),
    wrong: (correlationId, answer, isPatient) => {
      if (answer.isErr() || !isPatient) return [];
      const { outcome, payment } = answer.value;
      const said = `${correlationId} "${outcome}" of ${payment.id} at revision ${payment.revision}`;
      if (overtaken.has(payment.id)) return [`${AGAIN}: ${said}`];
      const known = read.get(payment.id);
      const isOlder =
        known !== undefined &&
        known.correlationId === payment.correlationId &&
        known.revision > payment.revision;
      return isOlder ? [`${NO_OLDER}: ${said}, and had read ${known.revision}`] : [];
    },
  };
}
