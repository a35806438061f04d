"""What a consumer reads, held against the schema of what is sent: responses and messages alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apicheck.model import Direction, Effect, Example, Proof, Rule, Severity, Witness
from apicheck.pact.needs import is_matched, need, places
from apicheck.pact.paths import shown
from apicheck.schema.relation import Refuted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any

    from apicheck.model import Change
    from apicheck.nodes import Node, Steps
    from apicheck.pact.model import Body, Part, RuleSet
    from apicheck.pact.schemas import Schemas
    from apicheck.pact.told import At

__all__ = ["CONTENT", "RULES", "contents", "inner", "unlike", "value_at"]

CONTENT = (
    '{"paths": {"/items": {"get": {"responses": {"200": {"description": "ok", "content":'
    ' {"application/json": {"schema": %s}}}}}}}}'
)
_GET = (
    '{"request": {"method": "GET", "path": "/items"}, "response": {"status": 200, "headers":'
    ' {"Content-Type": "application/json"}, "body": %s}}'
)
_MATCHED = _GET[:-2] + ', "matchingRules": {"$.body.name": {"match": "type"}}}}'
_NAME = '{"type": "object", "properties": {"name": {"type": %s}}}'

CONTENT_UNLIKE = Rule(
    id="pact.content-unlike",
    effect=Effect.WIDENS,
    summary="A consumer expects a content that the contract does not allow.",
    message="the contract never sends what is expected at {what}: {problem}",
    why="The provider cannot keep the contract and this pact: its verification fails, or the"
    " consumer was built on an answer that never comes.",
    fix="Correct the example in the consumer's test, or widen the contract.",
    example=Example(
        of="pact",
        old=CONTENT % _NAME % '"string"',
        new=_GET % '{"name": 7}',
        direction=Direction.OUTBOUND,
    ),
)
PROPERTY_UNDECLARED = Rule(
    id="pact.property-undeclared",
    effect=Effect.WIDENS,
    summary="A consumer reads a property that the contract does not declare.",
    message="{what} is read, and the contract does not declare it",
    why="The provider promises nothing of it: it may be absent or be anything.",
    fix="Declare it in the contract, or read something else.",
    example=Example(
        of="pact",
        old=CONTENT % _NAME % '"string"',
        new=_GET % '{"nickname": "Tea"}',
        direction=Direction.OUTBOUND,
    ),
)
NOT_PROMISED = Rule(
    id="pact.content-not-promised",
    effect=Effect.WIDENS,
    summary="The contract allows a content that the consumer's matchers refuse.",
    message="{what} may be sent as something that the consumer's matchers refuse",
    why="The consumer was never tested with it, and takes it for impossible.",
    fix="Handle it in the consumer (a test of its own shows it), or narrow the contract.",
    example=Example(
        of="pact",
        old=CONTENT % _NAME % '["string", "null"]',
        new=_MATCHED % '{"name": "Tea"}',
        direction=Direction.OUTBOUND,
    ),
    override={Direction.OUTBOUND: Severity.WARNING},
    because="In the state that the pact names, the provider may never send it.",
)

RULES = tuple(each for each in list(vars().values()) if isinstance(each, Rule))

#: Places that are asked about one by one when the whole is not promised.
_MOST_ASKED = 40


def contents(  # noqa: PLR0917 - one question
    at: At, part: Part, body: Body, schema: Node, schemas: Schemas, where: str
) -> Iterator[Change]:
    """What the contract does not allow or promise of a body that a consumer reads."""
    rules = part.rules.get("body", part.rules.get("content", ()))
    problems = schemas.problems(schema, body.value, partial=True)
    broken = list(unlike(CONTENT_UNLIKE, problems, at, body, rules, schema, where))
    yield from broken
    # A closed object has said already that it does not take the member.
    told = {tuple(each.path[4:]) for each in broken}
    undeclared = [
        (steps, near)
        for steps, near in schemas.undeclared(schema, body.value)
        if told.isdisjoint({tuple(map(str, steps)), tuple(map(str, steps[:-1]))})
    ]
    for steps, near in undeclared:
        # The same member of several items is told once.
        if any(isinstance(step, int) and step > 0 for step in steps):
            continue
        yield at.change(
            PROPERTY_UNDECLARED,
            f"{where} > {shown(steps)}",
            inner(body.node, steps),
            near,
            steps=steps,
            what=shown(steps),
        )
    if not broken and not undeclared:
        yield from _unpromised(at, body, rules, schema, schemas, where)


def unlike(  # noqa: PLR0917 - one question
    rule: Rule,
    problems: Iterable[tuple[tuple[str | int, ...], str]],
    at: At,
    body: Body,
    rules: Sequence[RuleSet],
    schema: Node,
    where: str,
) -> Iterator[Change]:
    """What is wrong with a body that the schema does not take, each place once."""
    seen = set()
    for steps, problem in problems:
        # A matcher without an example writes null: that is no value that anybody sends or expects.
        missing = value_at(body.value, steps) is None and is_matched(rules, steps)
        if missing or shown(steps) in seen:
            continue
        seen.add(shown(steps))
        yield at.change(
            rule,
            f"{where} > {shown(steps)}" if steps else where,
            inner(body.node, steps),
            schema,
            steps=steps,
            what=shown(steps),
            problem=problem,
        )


def _unpromised(  # noqa: PLR0917 - one question
    at: At, body: Body, rules: Sequence[RuleSet], schema: Node, schemas: Schemas, where: str
) -> Iterator[Change]:
    """What the matchers refuse of all that the contract allows, with a value that shows it."""
    wanted = need(body.value, rules)
    if not wanted or not isinstance(schemas.promised(schema, wanted), Refuted):
        return
    asked = 0
    for steps, value in places(body.value):
        if any(isinstance(step, int) and step > 0 for step in steps):
            continue
        one = need(value if type(value) not in {dict, list} else type(value)(), rules, steps)
        if not one:
            continue
        asked += 1
        if asked > _MOST_ASKED:
            return
        answer = schemas.promised(schema, _lifted(one, steps))
        if isinstance(answer, Refuted):
            witness = Witness(
                value=answer.witness,
                accepted_by="the contract",
                rejected_by="the consumer's matchers",
                purpose=where,
                checked=True,
                at=() if answer.blame is None else answer.blame.path,
            )
            yield at.change(
                NOT_PROMISED,
                f"{where} > {shown(steps)}" if steps else where,
                inner(body.node, steps),
                schema,
                steps=steps,
                what=shown(steps),
                proof=Proof(kind="witnessed", witness=witness),
            )


def _lifted(schema: Any, steps: Steps) -> Any:
    """A schema for the whole of which ``schema`` is the part at ``steps``."""
    for step in reversed(steps):
        schema = {"items": schema} if isinstance(step, int) else {"properties": {step: schema}}
    return schema


def value_at(value: Any, steps: Steps) -> Any:
    """What stands at a place of a value; ``...`` where there is none."""
    for step in steps:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return ...
    return value


def inner(node: Node, steps: Steps) -> Node:
    """The place below a node, as far as it is there."""
    for step in steps:
        try:
            node = node.step(step)
        except (KeyError, IndexError, TypeError):
            return node
    return node
