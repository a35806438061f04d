"""HTML in which everything is escaped that is not HTML of ours."""

from __future__ import annotations

from html import escape
from typing import Any

__all__ = ["Html", "html", "joined", "page", "table"]


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


def table(heads: tuple[str, ...], rows: list[tuple[Any, ...]]) -> Html:
    """A table with a row of headings."""
    if not rows:
        return html("<p>{}</p>", "Nothing here yet.")
    return html(
        "<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>",
        joined(html('<th scope="col">{}</th>', each) for each in heads),
        joined(
            html("<tr>{}</tr>", joined(html("<td>{}</td>", cell) for cell in row)) for row in rows
        ),
    )


_STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 70rem; padding: 1rem; }
nav a { margin-right: 1.2rem; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid #8886; padding: .35rem .6rem; text-align: left;
  vertical-align: top; overflow-wrap: anywhere; }
pre { background: #8882; padding: .7rem; overflow-x: auto; }
section { border-left: 4px solid #8886; margin: 1.2rem 0; padding-left: 1rem; }
.yes::before { content: "\\2713  "; } .yes { color: light-dark(#1d6b1d, #7fd67f); }
.no::before { content: "\\2717  "; } .no { color: light-dark(#a11a12, #ff9a91); }
.unknown::before { content: "?  "; } .unknown { color: light-dark(#5a5a5a, #b5b5b5); }
svg text { fill: currentColor; font: 13px system-ui, sans-serif; }
"""


def page(title: str, links: Html, body: Html) -> str:
    """A whole page; it needs nothing from anywhere else and no script."""
    return html(
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<title>{} · apicheck broker</title><style>{}</style></head>"
        "<body><nav>{}</nav><main><h1>{}</h1>{}</main></body></html>",
        title,
        Html(_STYLE),
        links,
        title,
        body,
    )
