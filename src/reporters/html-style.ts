/** The page's only style: system fonts, light and dark, tables that become stacked cards on a phone. */
export const htmlStyle = `
:root { color-scheme: light dark; --text: #1f2328; --dim: #59636e; --line: #d1d9e0; --soft: #f6f8fa; --ground: #fff; --link: #0969da; }
@media (prefers-color-scheme: dark) { :root { --text: #e6edf3; --dim: #9198a1; --line: #3d444d; --soft: #151b23; --ground: #0d1117; --link: #4493f8; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 1rem 1rem 4rem; color: var(--text); background: var(--ground); font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; line-height: 1.2; }
h2 { font-size: 1.2rem; margin: 2rem 0 .5rem; border-bottom: 1px solid var(--line); padding-bottom: .25rem; }
h1.fail { color: light-dark(#b3261e, #ff7b72); }
h1.incomplete { color: light-dark(#8a5a00, #e3b341); }
h1.pass { color: light-dark(#1a7f37, #56d364); }
a { color: var(--link); }
code, pre { font: .875em/1.45 ui-monospace, monospace; background: var(--soft); border-radius: 4px; }
code { padding: .1em .3em; }
pre { padding: .75rem; overflow-x: auto; overflow-wrap: normal; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .4rem .6rem; border: 1px solid var(--line); }
th { background: var(--soft); white-space: nowrap; }
td:first-child { white-space: nowrap; }
details { border: 1px solid var(--line); border-radius: 6px; padding: .4rem .75rem; margin: .5rem 0; }
summary { cursor: pointer; }
td:last-child { min-width: 9rem; }
footer { margin-top: 3rem; color: var(--dim); font-size: .875rem; }
@media (max-width: 44rem) {
  table, tbody, tr, td { display: block; width: 100%; }
  thead { display: none; }
  tr { border: 1px solid var(--line); border-radius: 6px; margin: .5rem 0; padding: .25rem 0; }
  td { border: 0; padding: .2rem .6rem; white-space: normal; }
  td::before { content: attr(data-label) " "; color: var(--dim); font-size: .8rem; }
}
`;
