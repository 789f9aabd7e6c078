/** The payments whose calls this process is making at this moment. */
export interface CallsUnderWay {
  /** Notes one more, and returns what ends it. */
  begin(paymentId: string): () => void;
  payments(): readonly string[];
}

export function createCallsUnderWay(): CallsUnderWay {
  // A release and a webhook may be at the same payment.
  const counts = new Map<string, number>();
  const add = (paymentId: string, more: number) => {
    const count = (counts.get(paymentId) ?? 0) + more;
    if (count === 0) counts.delete(paymentId);
    else counts.set(paymentId, count);
  };
  return {
    begin: (paymentId) => {
      add(paymentId, 1);
      return () => add(paymentId, -1);
    },
    payments: () => [...counts.keys()],
  };
}
