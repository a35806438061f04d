"""``oneOf`` and ``anyOf``: which branch answers to which, and the discriminator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apicheck.model import Direction, Effect, Example, Ground, Rule, Severity
from apicheck.schema.types import NULL_ALLOWED, NULL_DISALLOWED
from apicheck.schema.values import NULL_ONLY, canonical, shown_types
from apicheck.walk import Visit, explore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from apicheck.nodes import Node
    from apicheck.schema.match import Match
    from apicheck.schema.view import Union, View
    from apicheck.schema.views import Views
    from apicheck.walk import Fact

__all__ = ["RULES", "discriminators", "entered", "subtypes", "unions"]

BRANCH_REMOVED = Rule(
    id="schema.union-branch-removed",
    mirror="schema.union-branch-added",
    effect=Effect.NARROWS,
    summary="One of the alternatives of a union was removed.",
    message="the alternative {branch} was removed",
    why="A peer that still sends that alternative is now refused.",
    fix="Keep the alternative until no peer sends it.",
    example=Example(
        old='{"oneOf": [{"type": "string", "maxLength": 9}, {"type": "integer"}]}',
        new='{"oneOf": [{"type": "string", "maxLength": 9}]}',
    ),
)
BRANCH_ADDED = Rule(
    id="schema.union-branch-added",
    mirror="schema.union-branch-removed",
    effect=Effect.WIDENS,
    summary="An alternative was added to a union.",
    message="the alternative {branch} was added",
    why="A reader of the old contract does not know the new alternative and fails on it.",
    fix="Send the new alternative only to peers that ask for it.",
    example=Example(
        old='{"oneOf": [{"type": "string", "maxLength": 9}]}',
        new='{"oneOf": [{"type": "string", "maxLength": 9}, {"type": "integer"}]}',
    ),
)
UNION_INTRODUCED = Rule(
    id="schema.union-introduced",
    mirror="schema.union-dropped",
    effect=Effect.NARROWS,
    summary="A value must now fit one of several alternatives.",
    message="must now fit {kind} of {count} alternatives",
    why="A value that fits none of the alternatives was valid and is now refused.",
    fix="Make sure that one alternative accepts all that was accepted before.",
    example=Example(
        old='{"minProperties": 1}',
        new='{"minProperties": 1, "anyOf": [{"required": ["a"]}, {"required": ["b"]}]}',
    ),
)
UNION_DROPPED = Rule(
    id="schema.union-dropped",
    mirror="schema.union-introduced",
    effect=Effect.WIDENS,
    summary="A value need no longer fit one of several alternatives.",
    message="need no longer fit {kind} of {count} alternatives",
    why="A reader of the old contract relies on one of the alternatives.",
    fix="Keep what you send within the alternatives.",
    example=Example(
        old='{"minProperties": 1, "anyOf": [{"required": ["a"]}, {"required": ["b"]}]}',
        new='{"minProperties": 1}',
    ),
)
ONE_OF_BECAME_ANY_OF = Rule(
    id="schema.one-of-became-any-of",
    mirror="schema.any-of-became-one-of",
    effect=Effect.WIDENS,
    summary="A value may now fit several alternatives at once.",
    message="oneOf became anyOf",
    why="A reader of the old contract expects exactly one alternative to fit.",
    fix="Keep oneOf in what you send.",
    example=Example(
        old='{"oneOf": [{"required": ["a"]}, {"required": ["b"]}]}',
        new='{"anyOf": [{"required": ["a"]}, {"required": ["b"]}]}',
    ),
    override={Direction.OUTBOUND: Severity.WARNING},
    because="Values that fit two alternatives are rare; mostly only the keyword changed.",
)
ANY_OF_BECAME_ONE_OF = Rule(
    id="schema.any-of-became-one-of",
    mirror="schema.one-of-became-any-of",
    effect=Effect.NARROWS,
    summary="A value may no longer fit several alternatives at once.",
    message="anyOf became oneOf",
    why="A value that fits two alternatives was valid and is now refused.",
    fix="Keep anyOf in what you accept.",
    example=Example(
        old='{"anyOf": [{"required": ["a"]}, {"required": ["b"]}]}',
        new='{"oneOf": [{"required": ["a"]}, {"required": ["b"]}]}',
    ),
    override={Direction.INBOUND: Severity.WARNING},
    because="Values that fit two alternatives are rare; mostly only the keyword changed.",
)
DISCRIMINATOR_CHANGED = Rule(
    id="schema.discriminator-changed",
    effect=Effect.REPLACES,
    summary="Another property tells the alternatives apart now.",
    message="discriminator changed from {old} to {new}",
    why="Peers that choose the alternative by the old property choose wrongly or not at all.",
    fix="Keep the property, and add the new one beside it.",
    example=Example(
        old='{"discriminator": {"propertyName": "kind"}}',
        new='{"discriminator": {"propertyName": "type"}}',
    ),
    ground=Ground.MEANING,
)
DISCRIMINATOR_ADDED = Rule(
    id="schema.discriminator-added",
    mirror="schema.discriminator-removed",
    effect=Effect.KEEPS,
    summary="A discriminator was added.",
    message="discriminator {name} added",
    why="Nobody is hurt: peers that do not know it choose the alternative as before.",
    fix="Nothing to do.",
    example=Example(
        old='{"type": "object"}',
        new='{"type": "object", "discriminator": {"propertyName": "kind"}}',
    ),
)
DISCRIMINATOR_REMOVED = Rule(
    id="schema.discriminator-removed",
    mirror="schema.discriminator-added",
    effect=Effect.KEEPS,
    summary="A discriminator was removed.",
    message="discriminator {name} removed",
    why="Peers that choose the alternative by the discriminator must now guess.",
    fix="Keep the discriminator.",
    example=Example(
        old='{"type": "object", "discriminator": {"propertyName": "kind"}}',
        new='{"type": "object"}',
    ),
    override={Direction.INBOUND: Severity.WARNING, Direction.OUTBOUND: Severity.WARNING},
    because="The same values are valid, but code made from the contract chooses by it.",
)
MAPPING_CHANGED = Rule(
    id="schema.discriminator-mapping-changed",
    effect=Effect.REPLACES,
    summary="A discriminator value stands for another alternative, or for none.",
    message="discriminator value {value} changed from {old} to {new}",
    why="Peers that send or read this value take it for another alternative.",
    fix="Give the new alternative a value of its own.",
    example=Example(
        old='{"discriminator": {"propertyName": "k", "mapping": {"a": "A", "b": "B"}}}',
        new='{"discriminator": {"propertyName": "k", "mapping": {"a": "B", "b": "B"}}}',
    ),
    override={Direction.INBOUND: Severity.WARNING, Direction.OUTBOUND: Severity.WARNING},
    because="Validators ignore the mapping; what the alternatives accept is judged apart.",
    ground=Ground.MEANING,
)

RULES = tuple(each for each in list(vars().values()) if isinstance(each, Rule))

#: So many pairs of schemas are looked at to see whether two branches mean the same.
_BUDGET = 60
#: So many pairs of branches are tried against each other.
_TRIALS = 1_000
#: Unions inside unions are tried against each other to this depth.
_DEPTH = 4


def entered(match: Match) -> Iterator[Fact | Visit] | None:
    """One side is a plain schema, the other nothing but a union with it among the branches.

    None when that is not so.
    """
    old, new = match.old, match.new
    if _bare(new) and not old.unions:
        union, whole = new.unions[0], old.node
        index = _find(match, [whole], union.branches)
        if index is not None:
            return _beside(match, Visit(whole, union.branches[index], match.compare), index)
    if _bare(old) and not new.unions:
        union, whole = old.unions[0], new.node
        index = _find(match, union.branches, [whole])
        if index is not None:
            return _beside(match, Visit(union.branches[index], whole, match.compare), index)
    return None


def _bare(view: View) -> bool:
    """Whether a view is one union and nothing more."""
    return (
        len(view.unions) == 1
        and (view.types is None or view.types_derived)
        and view.enum is None
        and not (view.shape.names or view.shape.patterns or view.shape.rest or view.required)
        and not (view.limits or view.patterns or view.nots or view.conditions or view.items)
    )


def _find(match: Match, olds: list[Node], news: list[Node]) -> int | None:
    """Which of the many answers to the one; its index."""
    pairs = _pairs(match, olds, news)
    if not pairs:
        return None
    (one, two), *_ = pairs
    return two if len(olds) == 1 else one


def _beside(match: Match, visit: Visit, index: int) -> Iterator[Fact | Visit]:
    yield match.visit(visit.old, visit.new)
    old, new = match.old, match.new
    if new.unions:
        for number, branch in enumerate(new.unions[0].branches):
            if number != index:
                yield _added(match, branch)
    else:
        for number, branch in enumerate(old.unions[0].branches):
            if number != index:
                yield _removed(match, branch)


def unions(match: Match) -> Iterator[Fact | Visit]:
    """Compare the unions of two views, branch by branch."""
    before, after = list(match.old.unions), list(match.new.unions)
    for old in match.old.unions:
        same = next((each for each in after if each.kind == old.kind), None)
        if same is not None:
            yield from _union(match, old, same)
            before.remove(old)
            after.remove(same)
    for old, new in zip(before, after, strict=False):
        yield from _union(match, old, new)
    for old in before[len(after) :]:
        yield match.lost(UNION_DROPPED, old.at, kind=old.kind, count=len(old.branches))
    for new in after[len(before) :]:
        yield match.gained(UNION_INTRODUCED, new.at, kind=new.kind, count=len(new.branches))


def _union(match: Match, old: Union, new: Union) -> Iterator[Fact | Visit]:
    if old.kind != new.kind and not (_apart(match, old) and _apart(match, new)):
        rule = ONE_OF_BECAME_ANY_OF if new.kind == "anyOf" else ANY_OF_BECAME_ONE_OF
        yield match.moved(rule, old.at, new.at)
    pairs = _pairs(match, old.branches, new.branches)
    for one, two in pairs:
        yield match.visit(old.branches[one], new.branches[two])
    matched_old, matched_new = {one for one, _ in pairs}, {two for _, two in pairs}
    for index, branch in enumerate(old.branches):
        if index not in matched_old:
            yield _removed(match, branch)
    for index, branch in enumerate(new.branches):
        if index not in matched_new:
            yield _added(match, branch)


def _removed(match: Match, branch: Node) -> Fact:
    views = match.outer.schemas.old
    if views.of(views.resolve(branch)).types == NULL_ONLY:
        return match.lost(NULL_DISALLOWED, branch)
    return match.lost(BRANCH_REMOVED, branch, branch=_named(branch, views))


def _added(match: Match, branch: Node) -> Fact:
    views = match.outer.schemas.new
    if views.of(views.resolve(branch)).types == NULL_ONLY:
        return match.gained(NULL_ALLOWED, branch)
    return match.gained(BRANCH_ADDED, branch, branch=_named(branch, views))


def _apart(match: Match, union: Union) -> bool:
    """Whether no value can fit two branches, by their types alone."""
    schemas = match.outer.schemas
    views = schemas.old if union.at.document is match.old.node.document else schemas.new
    seen: set[str] = set()
    for branch in union.branches:
        types = views.of(views.resolve(branch)).types
        if types is None or seen & types:
            return False
        seen |= types
    return True


def _named(branch: Node, views: Views) -> str:
    """What people call a branch: its component's name, its title, its type, or what it requires."""
    target = views.resolve(branch)
    if target.pointer != branch.pointer and target.pointer:
        return str(target.pointer[-1])
    if type(branch.value) is dict and type(branch.value.get("title")) is str:
        return str(branch.value["title"])
    view = views.of(target)
    if view.enum is not None:
        return ", ".join(list(view.enum)[:3])
    needed = branch.value.get("required") if type(branch.value) is dict else None
    if type(needed) is list and needed and "type" not in branch.value:
        return f"that requires {', '.join(map(str, needed[:3]))}"
    return shown_types(view.types)


# ------------------------------------------------------------------ which answers to which


def _pairs(match: Match, olds: list[Node], news: list[Node]) -> list[tuple[int, int]]:
    """Match branches: by name, by equal meaning, by constants, by title, by likeness."""
    schemas = match.outer.schemas
    one = [schemas.old.resolve(each) for each in olds]
    two = [schemas.new.resolve(each) for each in news]
    free_old, free_new = list(range(len(one))), list(range(len(two)))
    found: list[tuple[int, int]] = []

    def settle(fits: Callable[[int, int], bool]) -> None:
        for index in list(free_old):
            for other in free_new:
                if fits(index, other):
                    found.append((index, other))
                    free_old.remove(index)
                    free_new.remove(other)
                    break

    first = [schemas.old.of(each) for each in one]
    second = [schemas.new.of(each) for each in two]
    settle(
        lambda i, j: (
            _name(olds[i], one[i]) is not None and _name(olds[i], one[i]) == _name(news[j], two[j])
        )
    )
    written = [[canonical(each.value) for each in side] for side in (one, two)]
    settle(lambda i, j: written[0][i] == written[1][j])
    if len(free_old) * len(free_new) <= _TRIALS:
        settle(lambda i, j: _like(first[i], second[j]) and _effort(match, one[i], two[j]) == 0)
    settle(
        lambda i, j: (
            bool(_constants(match, first[i], old=True))
            and _constants(match, first[i], old=True) == _constants(match, second[j], old=False)
        )
    )
    settle(lambda i, j: _title(one[i]) is not None and _title(one[i]) == _title(two[j]))
    settle(lambda i, j: _like(first[i], second[j]) and _overlap(first[i], second[j]))
    return sorted(found)


def _name(branch: Node, target: Node) -> str | None:
    """The name of the component that a branch refers to."""
    if branch.key == target.key or not target.pointer:
        return None
    return str(target.pointer[-1])


def _title(node: Node) -> str | None:
    title = node.value.get("title") if type(node.value) is dict else None
    return title if type(title) is str else None


def _like(old: View, new: View) -> bool:
    return old.types == new.types


def _overlap(old: View, new: View) -> bool:
    """Whether two branches of one type are likely the same branch, edited."""
    names, others = set(old.shape.names), set(new.shape.names)
    if names or others:
        return 2 * len(names & others) >= min(len(names), len(others)) > 0
    return True


def _constants(match: Match, view: View, *, old: bool) -> frozenset[tuple[str, str]]:
    """Properties with one allowed value: what tells one branch from the others."""
    views = match.outer.schemas.old if old else match.outer.schemas.new
    found = set()
    for name, node in view.shape.names.items():
        enum = views.of(views.resolve(node)).enum
        if enum is not None and len(enum) == 1 and name in view.required:
            found.add((name, next(iter(enum))))
    return frozenset(found)


def _effort(match: Match, old: Node, new: Node) -> int | None:
    """How many facts lie between two schemas; None where that takes too long to say."""
    schemas = match.outer.schemas
    key = (old.key, new.key)
    if key in schemas.tried:
        return schemas.tried[key]
    if schemas.depth >= _DEPTH:
        return None
    schemas.tried[key] = None
    schemas.depth += 1
    try:
        seen = explore(
            Visit(old, new, match.compare), match.outer, same=schemas.same, budget=_BUDGET
        )
    finally:
        schemas.depth -= 1
    schemas.tried[key] = None if seen is None else len(seen)
    return schemas.tried[key]


# ------------------------------------------------------------------------- discriminators


def subtypes(match: Match) -> Iterator[Visit]:
    """Compare the schemas that a discriminator may choose, where nothing else refers to them."""
    schemas = match.outer.schemas
    if not match.old.discriminators or not match.new.discriminators:
        return
    before, after = schemas.old.subtypes(match.old), schemas.new.subtypes(match.new)
    for name, node in before.items():
        if name in after:
            # What a discriminator chooses is no part of the schema as validators read it.
            yield match.visit(node, after[name], step=None)


def discriminators(match: Match) -> Iterator[Fact]:
    """Compare what tells the alternatives apart (OpenAPI 3.0.4 section 4.7.25)."""
    old = match.old.discriminators[0] if match.old.discriminators else None
    new = match.new.discriminators[0] if match.new.discriminators else None
    if old is None and new is None:
        return
    if old is None:
        assert new is not None
        yield match.gained(DISCRIMINATOR_ADDED, new, name=_property(new))
        return
    if new is None:
        yield match.lost(DISCRIMINATOR_REMOVED, old, name=_property(old))
        return
    if _property(old) != _property(new):
        yield match.moved(DISCRIMINATOR_CHANGED, old, new, old=_property(old), new=_property(new))
        return
    before, after = _mapping(old), _mapping(new)
    for value, target in before.items():
        if value in after and after[value] != target:
            yield match.moved(MAPPING_CHANGED, old, new, value=value, old=target, new=after[value])


def _property(node: Node) -> str:
    """Swagger 2.0 writes the bare name, later versions an object."""
    value = node.value
    return str(value.get("propertyName") if type(value) is dict else value)


def _mapping(node: Node) -> dict[str, str]:
    mapping: Any = node.value.get("mapping") if type(node.value) is dict else None
    if type(mapping) is not dict:
        return {}
    return {name: _target(value) for name, value in mapping.items()}


def _target(value: Any) -> str:
    """A mapping names a component by its name or by a reference to it."""
    return value.rsplit("/", 1)[-1] if type(value) is str else canonical(value)
