/** The stylesheet of the dashboard, in a module so that the bundle includes it. */
export const dashboardStyle = `
:root {
  color-scheme: light dark;
  --page: #f6f7fb; --card: #ffffff; --line: #dfe2ec; --text: #171a26; --soft: #5b6175;
  --accent: #4338ca; --accent-text: #ffffff; --danger: #b42318; --tint: #eef0fe; --warn: #fff4dc; --warn-line: #e6c069;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #101219; --card: #191c27; --line: #2d3242; --text: #eceef6; --soft: #a2a9bf;
    --accent: #a5a0ff; --accent-text: #14122e; --danger: #ff8f84; --tint: #22253a; --warn: #35290f; --warn-line: #7d6222;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; }
header { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem .75rem; padding: .9rem max(1.25rem, calc(50% - 30.75rem)); background: var(--card); border-bottom: 1px solid var(--line); }
main { max-width: 64rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; display: grid; grid-template-columns: minmax(0, 1fr); gap: 1.5rem; }
h1 { font-size: 1.6rem; line-height: 1.2; letter-spacing: -.01em; margin: 0 0 .35rem; }
h2 { font-size: 1.05rem; margin: 0 0 .75rem; }
p { margin: 0; }
code, .value { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: .875em; }
.muted { color: var(--soft); font-size: .92rem; }
.aside { margin-left: auto; }
.brand { display: inline-flex; align-items: center; gap: .55rem; font-weight: 650; color: inherit; text-decoration: none; }
.mark { width: 0; height: 0; border-left: 14px solid var(--accent); border-block: 8px solid transparent; border-radius: 2px; }
.badge { font-size: .75rem; font-weight: 600; padding: .1rem .55rem; border-radius: 99px; background: var(--tint); color: var(--accent); }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 1.25rem; }
.empty { color: var(--soft); text-align: center; padding: 2.5rem 1rem; }
.notice { padding: .7rem 1rem; border-radius: 10px; background: var(--tint); border: 1px solid var(--line); }
.warn { background: var(--warn); border-color: var(--warn-line); }
.tiles { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 1rem; margin: 0; }
.tiles .card { padding: .9rem 1.25rem; }
.tiles dt { color: var(--soft); font-size: .88rem; }
.tiles dd { margin: 0; font-size: 1.6rem; font-weight: 650; font-variant-numeric: tabular-nums; line-height: 1.3; }
.create { display: grid; grid-template-columns: minmax(0, 1fr) minmax(9rem, 13rem) auto; gap: 1rem; align-items: end; margin-bottom: .75rem; }
label { display: grid; gap: .3rem; font-size: .9rem; font-weight: 600; }
input, select { font: inherit; font-weight: 400; height: 2.7rem; padding: 0 .75rem; width: 100%; color: inherit; background: var(--page); border: 1px solid var(--soft); border-radius: 8px; }
input[aria-invalid] { border-color: var(--danger); }
.problem { color: var(--danger); font-weight: 600; font-size: .92rem; }
button, .button { display: inline-flex; align-items: center; justify-content: center; height: 2.7rem; padding: 0 1.1rem; font: inherit; font-weight: 600; white-space: nowrap; text-decoration: none; cursor: pointer; border: 1px solid transparent; border-radius: 8px; background: var(--accent); color: var(--accent-text); }
button:hover, .button:hover { filter: brightness(1.08); }
.danger { height: 2.2rem; padding: 0 .8rem; font-size: .9rem; background: transparent; color: var(--danger); border-color: var(--danger); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.table { padding: .25rem 0; overflow-x: auto; }
.table > .muted { padding: .6rem 1.25rem; }
table { width: 100%; border-collapse: collapse; font-size: .92rem; }
th, td { padding: .65rem .75rem; text-align: left; vertical-align: top; font-weight: 400; }
th:first-child { padding-left: 1.25rem; }
td:last-child, th:last-child { padding-right: 1.25rem; }
thead th { color: var(--soft); font-size: .82rem; font-weight: 600; white-space: nowrap; }
tbody tr { border-top: 1px solid var(--line); }
tbody th { font-weight: 600; overflow-wrap: anywhere; min-width: 12rem; }
small { display: block; font-size: .82rem; font-weight: 400; color: var(--soft); }
time, td { white-space: nowrap; }
.clock { display: block; color: var(--soft); font-size: .82rem; }
.number { text-align: right; font-variant-numeric: tabular-nums; }
summary { cursor: pointer; border-radius: 6px; }
.confirm summary { color: var(--danger); font-weight: 600; }
.confirm { min-width: 10.1rem; }
.confirm form { margin-top: .5rem; }
.past > summary { font-weight: 600; padding: .25rem 0; }
.past > .card { margin-top: .75rem; }
.reveal { display: grid; gap: 1rem; max-width: 44rem; width: 100%; justify-self: center; padding: 2rem; }
.value { display: block; padding: 1rem 1.1rem; font-size: 1rem; background: var(--tint); border: 1px dashed var(--accent); border-radius: 10px; overflow-wrap: anywhere; user-select: all; }
.reveal dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1.25rem; margin: 0; }
.reveal dt { color: var(--soft); }
.reveal dd { margin: 0; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (max-width: 42rem) {
  .create { grid-template-columns: minmax(0, 1fr); }
  .tiles { gap: .6rem; }
  .tiles .card { padding: .7rem .8rem; }
  .aside { margin-left: 0; }
}
`
