"""The example of each card of ``pact compare`` fires it, and mended it is silent."""

from __future__ import annotations

import json
import string

import pytest

from apicheck.pact import contents, http, messages
from apicheck.pact.against import held_against

CARDS = contents.RULES + http.RULES + messages.RULES


def of_example(text):
    """An interaction and the version of the specification that it is written in."""
    found = json.loads(text)
    version = 2 if "request" in found and "contents" not in found["request"] else 3
    if version == 3 and "request" in found:
        version, found["type"] = 4, "Synchronous/Messages"
        for side in ("request", "response"):
            found[side] = {"contents": {"content": found[side]["contents"]}}
        found["response"] = [found["response"]]
    return found, version


@pytest.mark.parametrize("rule", CARDS, ids=lambda rule: rule.id)
def test_the_example_fires_this_card_and_no_other(rule, pact, contract):
    interaction, version = of_example(rule.example.new)
    found = list(held_against([pact(interaction, version=version)], contract(rule.example.old)))
    assert [each.rule.id for each in found] == [rule.id]
    (change,) = found
    fields = {name for _, name, _, _ in string.Formatter().parse(rule.message) if name}
    assert fields <= change.values.keys()
    assert change.direction is rule.example.direction
    assert change.old.span().line > 1
