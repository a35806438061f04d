"""Schemas with so few values that all of them can be listed: every answer is known exactly.

Where proofs are hard (items that must differ, few of a kind, arrays and objects that are excluded
one by one) a search that leaves something out says "contained" too often; here it is found out.
"""

from __future__ import annotations

import itertools
import random

import pytest
from jsonschema_rs import Draft202012Validator

from apicheck.schema.relation import Proved, Refuted, contains

LEAVES = [None, 1, 2, True]
NAMES = "abcd"
ARRAYS = [list(each) for size in range(5) for each in itertools.product(LEAVES, repeat=size)]
OBJECTS = [
    dict(zip(names, values, strict=True))
    for size in range(4)
    for names in itertools.combinations(NAMES, size)
    for values in itertools.product(LEAVES, repeat=size)
]


class Maker:
    """Random schemas of arrays (of four items at most) and objects (of four names)."""

    def __init__(self, seed):
        self.chance = random.Random(seed)

    def often(self, share):
        return self.chance.random() < share

    def leaf(self):
        few = self.chance.sample(LEAVES, self.chance.randint(1, 3))
        return {"enum": self.chance.choice([few, LEAVES, LEAVES])}

    def array(self):
        number, pick = self.chance.randint, self.chance.choice
        made = {"type": "array", "items": self.leaf(), "maxItems": number(0, 3)}
        if self.often(0.4):
            made["prefixItems"] = [self.leaf() for _ in range(number(1, 2))]
        if self.often(0.4):
            made["minItems"] = number(0, 3)
        if self.often(0.3):
            made["uniqueItems"] = True
        if self.often(0.4):
            made["contains"] = self.leaf()
            if self.often(0.5):
                made[pick(["minContains", "maxContains"])] = number(1, 2)
        if self.often(0.3):
            made["not"] = pick(
                [
                    {"uniqueItems": True},
                    {"contains": self.leaf()},
                    {"contains": self.leaf(), "maxContains": 1},
                    {"items": self.leaf()},
                    {"enum": self.chance.sample(ARRAYS, 3)},
                ]
            )
        return made

    def object(self):
        number, pick = self.chance.randint, self.chance.choice
        names = self.chance.sample(NAMES, number(1, 4))
        made = {"type": "object", "properties": {name: self.leaf() for name in names}}
        made["additionalProperties"] = False
        if self.often(0.2):
            made |= {"propertyNames": {"enum": list(NAMES)}, "additionalProperties": self.leaf()}
        # Four members are too many to be listed.
        made["maxProperties"] = number(0, 3)
        if self.often(0.4):
            made["minProperties"] = number(0, 2)
        if self.often(0.4):
            made["required"] = self.chance.sample(NAMES, number(1, 2))
        if self.often(0.2):
            made["dependentRequired"] = {pick(NAMES): [pick(NAMES)]}
        if self.often(0.3):
            made["not"] = pick(
                [
                    {"required": [pick(NAMES)]},
                    {"minProperties": 2},
                    {"properties": {pick(NAMES): self.leaf()}},
                    {"enum": self.chance.sample(OBJECTS, 3)},
                ]
            )
        return made

    def pair(self):
        """Two schemas, and all values of the first."""
        make, values = self.chance.choice([(self.array, ARRAYS), (self.object, OBJECTS)])
        a = make()
        inside = list(filter(Draft202012Validator(a).is_valid, values))
        if not 0 < len(inside) <= 30 or self.often(0.5):
            return a, make(), inside
        # All its values listed, or all but one.
        listed = list(inside)
        if self.often(0.5):
            listed.remove(self.chance.choice(inside))
        return a, {"enum": listed} if listed else False, inside


@pytest.mark.parametrize("seed", range(4))
def test_what_can_be_counted_out_is_answered_as_counted(seed):
    maker, answered = Maker(seed), 0
    for _ in range(400):
        a, b, inside = maker.pair()
        refuting = [value for value in inside if not Draft202012Validator(b).is_valid(value)]
        answer = contains(a, b)
        if isinstance(answer, Proved):
            assert refuting == [], (a, b)
        if isinstance(answer, Refuted):
            assert answer.witness in refuting, (a, b)
        answered += isinstance(answer, Proved | Refuted)
    assert answered >= 396
