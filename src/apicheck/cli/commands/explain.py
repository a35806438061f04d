"""apicheck explain."""

from __future__ import annotations

import click

__all__ = ["command"]


@click.command("explain")
@click.argument("rule")
def command(rule: str) -> None:
    """Explain one rule: why it matters, and what to do instead."""
    from apicheck import api
    from apicheck.cli import catalogue
    from apicheck.errors import UnknownRule

    cards = api.catalogue()
    found = [each for each in cards if rule in (each.id, *each.replaces)]
    if not found:
        import difflib

        close = difflib.get_close_matches(rule, [each.id for each in cards], n=1)
        raise UnknownRule("explain", rule, close[0] if close else "")
    click.echo(catalogue.as_page(found[0]), nl=False)
