import type { RunNews } from '@campusg-pay/core';
import { spanOf } from '../wording/time-wording.js';

/** Shows how far something has come, to whoever watches stderr; nobody does in a pipe. */
export interface ProgressBar {
  show(news: RunNews): void;
  stop(): void;
}

/** A bar with what is left, on stderr. */
export async function openProgress(): Promise<ProgressBar> {
  if (process.stderr.isTTY !== true) return { show: () => {}, stop: () => {} };
  const { default: progress } = await import('cli-progress');
  const bar = new progress.SingleBar({
    format:
      '{bar} {percentage}%  {value}/{total} payments, {perSecond}/s, {left}  {discrepancies} found',
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
    barsize: 20,
    barCompleteChar: '\u2588',
    barIncompleteChar: '\u2591',
    linewrap: false,
  });
  let from: RunNews | null = null;
  return {
    show: (news) => {
      // A run that is gone on with is as fast as it is now.
      from ??= news;
      const { total, payments, discrepancies } = news;
      const told = { discrepancies, ...speedOf(from, news) };
      if (!bar.isActive) bar.start(Math.max(total, 1), payments, told);
      bar.update(Math.min(payments, total), told);
    },
    stop: () => bar.stop(),
  };
}

function speedOf(from: RunNews, { payments, spentMs, total }: RunNews) {
  const seconds = (spentMs - from.spentMs) / 1000;
  const perSecond = seconds > 0 ? (payments - from.payments) / seconds : 0;
  const leftMs = perSecond > 0 ? ((total - payments) / perSecond) * 1000 : null;
  return {
    perSecond: Math.round(perSecond),
    left: leftMs === null ? 'reckoning' : `${spanOf(Math.max(leftMs, 0))} left`,
  };
}
