/** Light and dark by the reader's choice; no colour carries a meaning that a word does not. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1a1f36; --soft: #565d75; --card: #fff; --page: #f3f5fa;
  --line: #d8dce8; --critical: #b3261e; --serious: #8a5300; --minor: #0b62a8; --notice: #5a6078;
  --day: #4b3fd6; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #eef0f7; --soft: #b0b6cb; --card: #1c2030; --page: #10131d; --line: #363c52;
    --critical: #ff8a80; --serious: #ffb84d; --minor: #6fb7f5; --notice: #a9afc6; --day: #8f86ff; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
main { width: min(76rem, 100%); margin: 0 auto; padding: 1.5rem 1rem 3rem; }
.tag { margin: 0; font-size: .85rem; color: var(--soft); }
h1 { margin: 0; font-size: 1.75rem; line-height: 1.25; }
h2 { margin: 2rem 0 .75rem; font-size: 1.2rem; }
p { margin: .4rem 0; }
.well { padding: 1rem; border: 1px solid var(--line); border-radius: 10px; background: var(--card); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: .75rem;
  margin: 1.25rem 0; }
.tiles div, figure { background: var(--card); border: 1px solid var(--line); border-radius: 10px;
  padding: .75rem 1rem; }
dt { color: var(--soft); font-size: .9rem; }
dd { margin: 0; font-size: 1.25rem; font-weight: 650; overflow-wrap: anywhere; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr));
  gap: .75rem; align-items: start; }
figure { margin: 0; }
figcaption { font-weight: 650; margin-bottom: .5rem; }
svg { display: block; width: 100%; max-width: 30rem; height: auto; }
svg text { fill: var(--ink); font: 13px system-ui, sans-serif; }
.critical { fill: var(--critical); --tone: var(--critical); }
.serious { fill: var(--serious); --tone: var(--serious); }
.minor { fill: var(--minor); --tone: var(--minor); }
.notice { fill: var(--notice); --tone: var(--notice); }
.day { fill: var(--day); }
.scroll { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
.scroll:focus-visible { outline: 3px solid var(--day); outline-offset: 2px; }
table { border-collapse: collapse; width: 100%; min-width: 52rem; font-size: .92rem; }
th, td { text-align: left; vertical-align: top; padding: .55rem .75rem; border-bottom: 1px solid var(--line); }
thead th { color: var(--soft); font-weight: 600; }
tbody tr:last-child > * { border-bottom: 0; }
tbody th { font-weight: 600; }
.money { text-align: right; white-space: nowrap; }
.ids code { font-size: .85em; overflow-wrap: anywhere; }
.badge { border: 1.5px solid var(--tone); color: var(--tone); border-radius: 999px; padding: 0 .55rem;
  font-size: .82rem; font-weight: 600; white-space: nowrap; }
@media (max-width: 44rem) {
  table { min-width: 0; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  table, tbody, tr, th, td { display: block; }
  tr { padding: .6rem .9rem; border-bottom: 1px solid var(--line); }
  tbody tr:last-child { border-bottom: 0; }
  th, td { padding: .1rem 0; border: 0; }
  .money { text-align: left; font-weight: 600; }
}
@media print { body { background: #fff; } .scroll { overflow: visible; } }
`;
