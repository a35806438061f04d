"""How the web page of a report looks: light and dark, narrow and wide, on screen and on paper."""

from __future__ import annotations

__all__ = ["STYLE"]

STYLE = """
:root { color-scheme: light dark; --error: #b3261e; --warning: #8a5a00; --info: #1a5fb4;
  --good: #1b6e3c; --line: #8884; --soft: #8881; }
@media (prefers-color-scheme: dark) { :root { --error: #ff8a80; --warning: #ffc46b;
  --info: #8ab4f8; --good: #7fd99b; } }
* { box-sizing: border-box; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 0 auto; padding: 1rem; }
header { border-left: .4rem solid; padding: .2rem 1rem; margin: 1rem 0; }
header h1, header p { margin: .2rem 0; color: CanvasText; }
header h1 { font-size: 1.8rem; }
.command { opacity: .7; }
h2 { border-bottom: 1px solid var(--line); margin-top: 2rem; }
h3 { margin: 1.5rem 0 .4rem; font-size: 1.1rem; overflow-wrap: anywhere; }
h3.error, h3.warning, h3.info { color: inherit; }
.error { color: var(--error); } .warning { color: var(--warning); }
.info { color: var(--info); } .good { color: var(--good); }
details { border: 1px solid var(--line); border-radius: .4rem; margin: .4rem 0;
  padding: .3rem .8rem; }
details > :not(summary), summary { color: CanvasText; }
summary { cursor: pointer; overflow-wrap: anywhere; }
.finding.error summary b { color: var(--error); }
.finding.warning summary b { color: var(--warning); }
.finding.info summary b { color: var(--info); }
.finding.error { border-left: .25rem solid var(--error); }
.finding.warning { border-left: .25rem solid var(--warning); }
.rule { opacity: .75; }
dl { display: grid; grid-template-columns: 8.5rem minmax(0, 1fr); gap: .2rem 1rem; }
dt { opacity: .7; } dd { margin: 0; overflow-wrap: anywhere; grid-column: 2; }
pre, code { font: .875em/1.5 ui-monospace, monospace; }
pre { margin: 0; padding: .3rem .5rem; background: var(--soft); border-radius: .3rem;
  white-space: pre-wrap; overflow-wrap: anywhere; }
mark { background: #ffd54f; color: #000; border-radius: .15rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .2rem .6rem .2rem 0; border-top: 1px solid var(--line);
  vertical-align: top; overflow-wrap: anywhere; }
.notes { opacity: .75; padding-left: 1.2rem; }
.filter { margin-left: .2rem; } .filter + label { margin-right: 1rem; cursor: pointer; }
body:has(#error:not(:checked)) .finding.error,
body:has(#warning:not(:checked)) .finding.warning,
body:has(#info:not(:checked)) .finding.info { display: none; }
/* A place of which nothing is left. */
body:has(#error:not(:checked)) section:not(.has-warning, .has-info),
body:has(#warning:not(:checked)) section:not(.has-error, .has-info),
body:has(#info:not(:checked)) section:not(.has-error, .has-warning),
body:has(#error:not(:checked)):has(#warning:not(:checked)) section:not(.has-info),
body:has(#error:not(:checked)):has(#info:not(:checked)) section:not(.has-warning),
body:has(#warning:not(:checked)):has(#info:not(:checked)) section:not(.has-error) {
  display: none; }
@media (max-width: 40rem) { dl { grid-template-columns: 1fr; } dd { grid-column: 1; } }
@media print { .filter, .filter + label { display: none; } details { break-inside: avoid; } }
""".strip()
