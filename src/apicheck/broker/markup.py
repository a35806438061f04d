"""HTML in which everything is escaped that is not HTML of ours."""

from __future__ import annotations

from html import escape
from typing import Any

__all__ = ["Html", "html", "joined", "page", "table", "when"]


class Html(str):
    """Text that is HTML already; only ``html`` makes it."""

    __slots__ = ()


def html(template: str, *values: Any) -> Html:
    """The template with each ``{}`` filled in, escaped unless it is ``Html``."""
    safe = [each if isinstance(each, Html) else escape(str(each)) for each in values]
    return Html(template.format(*safe))


def joined(parts: Any, between: str = "") -> Html:
    """Several pieces of HTML as one."""
    return Html(between.join(html("{}", each) for each in parts))


def when(text: str | None) -> Html:
    """A time of the broker, to the minute; the whole of it stays readable for programs."""
    if not text:
        return Html("")
    return html('<time datetime="{}">{}</time>', text, text[:16].replace("T", " "))


def table(caption: str, heads: tuple[str, ...], rows: list[tuple[Any, ...]]) -> Html:
    """A table with a caption for those who hear it, which scrolls where it is too wide.

    The first cell of a row is its heading.
    """
    if not rows:
        return html('<p class="none">{}</p>', "Nothing here yet.")
    return html(
        '<div class="wide" tabindex="0" role="region" aria-label="{}"><table>'
        "<caption>{}</caption><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>",
        caption,
        caption,
        joined(html('<th scope="col">{}</th>', each) for each in heads),
        joined(
            html(
                '<tr><th scope="row">{}</th>{}</tr>',
                row[0],
                joined(html("<td>{}</td>", cell) for cell in row[1:]),
            )
            for row in rows
        ),
    )


_STYLE = """
:root { color-scheme: light dark; --line: #8885; --soft: #8881; --link: #0b57a4;
  --yes: #1a661a; --no: #a11a12; --unknown: #5a5a5a; --page: #fff; --ink: #1b1b1b; }
@media (prefers-color-scheme: dark) { :root { --link: #8ec2ff; --yes: #85d985; --no: #ff9d94;
  --unknown: #b8b8b8; --page: #161616; --ink: #e8e8e8; } }
* { box-sizing: border-box; }
body { background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, sans-serif;
  margin: 0 auto; max-width: 76rem; padding: 0 1rem 3rem; }
a { color: var(--link); text-underline-offset: .15em; }
a:focus-visible, .wide:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
nav { border-bottom: 1px solid var(--line); display: flex; flex-wrap: wrap; gap: .2rem 1.4rem;
  padding: .8rem 0; }
nav a { text-decoration: none; } nav a:hover { text-decoration: underline; }
nav a[aria-current] { color: inherit; font-weight: 600; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 1.4rem 0 .6rem; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin: 2rem 0 .6rem; }
h3 { font-size: 1.02rem; margin: 0 0 .5rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
caption { height: 1px; overflow: hidden; position: absolute; width: 1px; clip-path: inset(50%); }
th, td { border-bottom: 1px solid var(--line); padding: .4rem .7rem; text-align: left;
  vertical-align: top; }
th:first-child, td:first-child { padding-left: 0; }
thead th { color: var(--unknown); font-size: .87rem; font-weight: 600; white-space: nowrap; }
tbody th { font-weight: 500; } tbody tr:hover { background: var(--soft); }
time, .yes, .no, .unknown { white-space: nowrap; }
time { font-variant-numeric: tabular-nums; }
pre { background: var(--soft); border-radius: 4px; font-size: .87rem; line-height: 1.45;
  margin: .4rem 0; overflow-x: auto; padding: .6rem .8rem; }
code { font-size: .92em; overflow-wrap: anywhere; }
section { border: 1px solid var(--line); border-left: 4px solid var(--line); border-radius: 4px;
  margin: .9rem 0; padding: .8rem 1rem; }
section.bad { border-left-color: var(--no); } section.good { border-left-color: var(--yes); }
section p { margin: .5rem 0 .2rem; }
summary { cursor: pointer; color: var(--unknown); font-size: .9rem; }
.given, .none, .hint { color: var(--unknown); }
.badge { border: 1px solid var(--line); border-radius: 1rem; font-size: .82rem;
  padding: .05rem .55rem; white-space: nowrap; }
.yes::before { content: "\\2713\\00a0"; } .yes { color: var(--yes); }
.no::before { content: "\\2717\\00a0"; } .no { color: var(--no); }
.unknown::before { content: "?\\00a0"; } .unknown { color: var(--unknown); }
svg { max-width: none; } svg text { fill: var(--ink); font: 14px system-ui, sans-serif; }
svg rect { fill: var(--page); stroke: var(--unknown); }
svg a:hover rect, svg a:focus-visible rect { stroke: var(--link); stroke-width: 2.5; }
svg .edge { fill: none; stroke: var(--unknown); stroke-width: 1.6; stroke-dasharray: 2 4; }
svg .edge.ok { stroke: var(--yes); stroke-dasharray: none; }
svg .edge.bad { stroke: var(--no); stroke-dasharray: 8 4; stroke-width: 2.4; }
"""


def page(title: str, links: Html, body: Html) -> str:
    """A whole page; it needs nothing from anywhere else and no script."""
    return html(
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<title>{} · apicheck broker</title><style>{}</style></head>"
        '<body><nav aria-label="Pages">{}</nav><main>'
        "<h1>{}</h1>{}</main></body></html>",
        title,
        Html(_STYLE),
        links,
        title,
        body,
    )
