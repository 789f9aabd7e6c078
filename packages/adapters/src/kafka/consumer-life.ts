import type { Consumer } from 'kafkajs';

/** Told whenever a consumer did a part of its work. */
export type OnLife = (sign: {
  /** How long ago it joined its group for the first time, in milliseconds. */
  readonly joinedMs: number;
  /** Messages were handed out and came back: not only did a broker answer. */
  readonly hasProcessed: boolean;
}) => void;

/**
 * Once it has joined, a consumer that works asks for messages or beats every few seconds. That it joins
 * is no part of its work: one that can read nothing joins again and again.
 */
export function watchLife(
  consumer: Consumer,
  silentMs: number,
  { onSilence, onLife }: { readonly onSilence: (silence: Error) => void; readonly onLife: OnLife },
) {
  let timer: NodeJS.Timeout | undefined;
  let joinedAtMs: number | null = null;
  let isOver = false;
  const onSign = () => {
    clearTimeout(timer);
    // One that was left behind may wake up again.
    if (isOver) return;
    timer = setTimeout(() => onSilence(new Error(`no sign of life for ${silentMs} ms`)), silentMs);
  };
  const onWork = (hasProcessed: boolean) => {
    if (isOver || joinedAtMs === null) return;
    onLife({ joinedMs: performance.now() - joinedAtMs, hasProcessed });
  };
  const { GROUP_JOIN, FETCH, HEARTBEAT, END_BATCH_PROCESS } = consumer.events;
  for (const sign of [GROUP_JOIN, FETCH, HEARTBEAT] as const) consumer.on(sign, onSign);
  consumer.on(GROUP_JOIN, () => {
    joinedAtMs ??= performance.now();
  });
  consumer.on(FETCH, () => onWork(false));
  consumer.on(END_BATCH_PROCESS, () => onWork(true));
  return {
    end: () => {
      isOver = true;
      clearTimeout(timer);
    },
  };
}
