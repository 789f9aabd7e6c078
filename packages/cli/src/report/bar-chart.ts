import { escaped } from './html-text.js';

interface Bar {
  readonly label: string;
  readonly value: number;
  /** A class of the style sheet. */
  readonly kind: string;
}

const ROW = 28;
const LABELS = 150;
const WIDTH = 420;
const BARS = WIDTH - LABELS - 60;

/** Bars side by side with their values, as a picture that can also be read out. */
export function barChart(title: string, bars: readonly Bar[]): string {
  const most = Math.max(1, ...bars.map(({ value }) => value));
  const spoken = bars.map(({ label, value }) => `${label}: ${value}`).join(', ');
  const rows = bars.map(({ label, value, kind }, index) => {
    const y = index * ROW;
    const length = Math.max(2, Math.round((value / most) * BARS));
    return `<text x="0" y="${y + 18}">${escaped(label)}</text>
<rect class="${kind}" x="${LABELS}" y="${y + 5}" width="${length}" height="18" rx="3"/>
<text x="${LABELS + length + 8}" y="${y + 18}">${value}</text>`;
  });
  return `<figure>
<figcaption>${escaped(title)}</figcaption>
<svg role="img" aria-label="${escaped(`${title}. ${spoken}`)}" viewBox="0 0 ${WIDTH} ${bars.length * ROW}">
${rows.join('\n')}
</svg>
</figure>`;
}
