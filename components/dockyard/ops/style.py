"""How the status page looks: the one style sheet that it has, and the policy that allows nothing else."""

import base64
import hashlib

CSS = """
:root { color-scheme: light dark; --back: #f6f7f9; --card: #fff; --text: #1b2330; --soft: #566072; --line: #dfe3ea;
  --link: #0b57c2; --own: #2f6fd6; --share: #a9c4f0; --good: #146c36; --warn: #8a5200; --bad: #b3141d; --row: #f6f8fb; }
@media (prefers-color-scheme: dark) { :root { --back: #10141b; --card: #181e27; --text: #e6eaf1; --soft: #a3adbd; --line: #2c3542;
  --link: #8ab8ff; --own: #5b97f2; --share: #34507c; --good: #6ed391; --warn: #f0b35a; --bad: #ff8d8a; --row: #1d2430; } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body { margin: 0; background: var(--back); color: var(--text); font: 15px/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans",
  "Liberation Sans", Arial, sans-serif; overflow-wrap: break-word; }
td, summary, li, p, h1, dd { overflow-wrap: anywhere; }
body > * { max-width: 74rem; margin-inline: auto; padding-inline: 1.5rem; }
header { padding-top: 2rem; }
h1 { margin: 0; font-size: 1.6rem; line-height: 1.2; letter-spacing: -.01em; }
h2 { margin: 0 0 .75rem; font-size: 1.05rem; }
p { margin: 0; }
.soft, caption, .empty { color: var(--soft); }
code { font: .92em ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", "DejaVu Sans Mono", monospace; }
main { display: grid; gap: 1rem; margin-block: 1.25rem; grid-template-columns: minmax(0, 1fr); }
section { min-width: 0; padding: 1.1rem 1.25rem; background: var(--card); border: 1px solid var(--line); border-radius: .6rem; }
.good { color: var(--good); } .warning { color: var(--warn); } .failure { color: var(--bad); }
.state { border-left: .3rem solid var(--good); } .state.warning { border-left-color: var(--warn); }
.state.failure { border-left-color: var(--bad); } .state.warning, .state.failure { color: inherit; }
.state h2 { margin: 0; } .state h2 + ul { margin-top: .6rem; }
ul { margin: 0; padding: 0; list-style: none; }
.matters li { display: grid; grid-template-columns: 5.5rem minmax(0, 1fr); padding-block: .35rem; border-top: 1px solid var(--line); }
.matters b:first-child { font-weight: 650; }
.figures { display: grid; gap: 1rem 2rem; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); }
.figures span { display: block; color: var(--soft); font-size: .87rem; }
.figures b { font-size: 1.5rem; line-height: 1.25; font-weight: 600; font-variant-numeric: tabular-nums; }
figure { margin: 0; } figcaption { display: flex; flex-wrap: wrap; gap: .25rem 1rem; justify-content: space-between; color: var(--soft);
  font-size: .87rem; }
.growth { display: block; width: 100%; height: 5.5rem; margin-block: .25rem; }
.growth .area { fill: var(--share); opacity: .45; } .growth .top { fill: none; stroke: var(--own); stroke-width: 2;
  vector-effect: non-scaling-stroke; stroke-linejoin: round; }
.two { display: grid; gap: 1rem; grid-template-columns: minmax(0, 3fr) minmax(0, 2fr); }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
caption { padding-bottom: .5rem; text-align: left; font-size: .87rem; }
th, td { padding: .4rem 1rem .4rem 0; text-align: left; vertical-align: top; border-top: 1px solid var(--line); }
tr > :last-child { padding-right: 0; }
thead th { border-top: 0; color: var(--soft); font-size: .82rem; font-weight: 500; white-space: nowrap; vertical-align: bottom; }
tbody th { font-weight: 600; }
.number { text-align: right; white-space: nowrap; } .whole { white-space: nowrap; }
th .soft { font-weight: 400; } .facts th { white-space: nowrap; }
.images > tbody > tr > th { width: 46%; font-weight: 400; }
.bar { display: block; width: 7rem; height: .5rem; margin-top: .5rem; border-radius: .25rem; background: var(--line); }
.bar .own, .key .own { fill: var(--own); } .bar .share, .key .share { fill: var(--share); }
.key { width: .7rem; height: .7rem; margin-right: .3rem; }
summary { cursor: pointer; font-weight: 600; border-radius: .25rem; }
summary:focus-visible, a:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
.tags { margin: .4rem 0 .3rem 1.1rem; font-size: .92rem; }
.tags li { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 0 1rem; padding-block: .3rem;
  border-top: 1px solid var(--line); }
.tags .soft { grid-column: 1 / -1; font-size: .92em; } .pull { margin: .4rem 0 0 1.1rem; font-size: .92rem; }
.pull code { user-select: all; } .pull code, .matters code { padding: .1rem .35rem; border-radius: .25rem; background: var(--row); }
footer { padding-bottom: 2rem; font-size: .87rem; }
@media (min-width: 46rem) { .images > tbody > tr:hover > * { background: var(--row); } }
@media (max-width: 60rem) { .two { grid-template-columns: minmax(0, 1fr); } }
@media (max-width: 46rem) { body > * { padding-inline: .75rem; } header { padding-top: 1.25rem; } section { padding: .9rem; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  table, tbody { display: block; } caption { display: block; }
  tr { display: flex; flex-wrap: wrap; gap: 0 1rem; padding-block: .45rem; border-top: 1px solid var(--line); }
  th, td { padding: 0; border: 0; } tbody th, .images > tbody > tr > th { width: 100%; } .number { text-align: left; }
  td { color: var(--soft); } td[data-is]::before { content: attr(data-is) " "; }
  .facts tr { display: grid; grid-template-columns: 6.5rem minmax(0, 1fr); } .facts td { color: inherit; }
  .bar { width: 100%; margin: .25rem 0 0; } .images .drawn { width: 100%; order: 9; } .matters li { grid-template-columns: 1fr; }
  .tags, .pull { margin-left: 0; } }
@media print { :root { --back: #fff; } section { break-inside: avoid-page; } }
"""
HASH = base64.b64encode(hashlib.sha256(CSS.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{HASH}'; base-uri 'none'; form-action 'none'"
"""Content-Security-Policy: no script, no picture, no font, no address but the page's own."""
