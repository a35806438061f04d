"""apicheck rules."""

from __future__ import annotations

import click

__all__ = ["command"]


@click.command("rules")
@click.option(
    "-f", "--format", "style", type=click.Choice(["text", "json", "markdown"]), default="text"
)
@click.option("--since", metavar="VERSION", help="Only rules that came with this version or later.")
@click.option("--search", metavar="WORD", help="Only rules with the word in id or summary.")
def command(style: str, since: str | None, search: str | None) -> None:
    """List the rules."""
    from apicheck import api
    from apicheck.cli import catalogue

    rules = [
        rule
        for rule in api.catalogue()
        if (search is None or search.lower() in f"{rule.id} {rule.summary}".lower())
        and (since is None or _number(rule.since) >= _number(since))
    ]
    render = {
        "text": catalogue.as_text,
        "json": catalogue.as_json,
        "markdown": catalogue.as_markdown,
    }
    click.echo(render[style](rules), nl=False)


def _number(version: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in version.split("."))
    except ValueError:
        raise click.BadParameter(f"{version!r} is no version such as 0.2.0") from None
