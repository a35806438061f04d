"""Reports to render: small ones built by ``finding`` and ``report``, and a rich one."""

from types import SimpleNamespace

import pytest

from apicheck.model import (
    Bump,
    Consumer,
    Direction,
    Effect,
    Example,
    Finding,
    Location,
    Report,
    Rule,
    Severity,
    Side,
    Span,
    Summary,
    Use,
    Verdict,
    Waived,
    Witness,
)

ENUM_REMOVED = Rule(
    id="schema.enum-value-removed",
    mirror="schema.enum-value-added",
    effect=Effect.NARROWS,
    summary="A value was taken out of an enum.",
    message="{value!r} is no longer allowed",
    why="A peer that still sends the value is now refused.",
    fix="Keep the value and mark it deprecated until no peer sends it.",
    example=Example(old='{"enum": ["cat", "dog"]}', new='{"enum": ["cat"]}'),
    replaces=("schema.enum-narrowed",),
)
ENUM_ADDED = Rule(
    id="schema.enum-value-added",
    effect=Effect.WIDENS,
    summary="A value was added to an enum.",
    message="{value!r} is now allowed",
    why="A reader that knows only the old values meets a new one.",
    fix="Announce the value before it is sent.",
    example=Example(old='{"enum": ["cat"]}', new='{"enum": ["cat", "dog"]}'),
    override={Direction.OUTBOUND: Severity.WARNING},
    because="Most readers ignore values that they do not know.",
)
OPERATION_REMOVED = Rule(
    id="operation.removed",
    effect=Effect.NARROWS,
    summary="An operation was removed.",
    message="{operation} was removed",
    why="Callers get 404 or 405.",
    fix="Deprecate it with a sunset date first.",
    example=Example(old="{}", new="{}", of="document"),
)
DESCRIPTION_CHANGED = Rule(
    id="document.description-changed",
    effect=Effect.KEEPS,
    summary="A description was changed.",
    message="description changed",
    why="Nobody is broken.",
    fix="Nothing to do.",
    example=Example(old="{}", new="{}", of="document"),
)


def span(source, line, column=5, *, length=7):
    return Span(source=source, line=line, column=column, end_line=line, end_column=column + length)


def uses(number, side="response 200", direction=Direction.OUTBOUND):
    return tuple(
        Use(label=f"GET /things/{n}", side=side, direction=direction) for n in range(number)
    )


REQUEST = Use(label="POST /orders", side="request", direction=Direction.INBOUND)


def finding(rule=ENUM_REMOVED, label="POST /orders request body > items[].sku", **given):
    """A finding with sensible facts where none are given."""
    at = {
        "path": tuple(given.pop("path", ("paths", "/orders", "post", label))),
        "label": label,
        "old": given.pop("old", span("api/v1.yaml", 31)),
        "new": given.pop("new", span("api/v2.yaml", 33)),
        "uses": given.pop("uses", (REQUEST,)),
    }
    values = given.setdefault("values", {"value": "express"})
    if "message" not in given:
        given["message"] = rule.message.format(**values)
    given.setdefault("severity", Severity.ERROR)
    given.setdefault("direction", Direction.INBOUND)
    given.setdefault("breaking", given["severity"] is Severity.ERROR)
    given.setdefault("fingerprint", "0123456789abcdef")
    return Finding(rule=rule, location=Location(**at), **given)


OLD = Side(source="api/v1.yaml", format="openapi", version="1.4.0")
NEW = Side(source="api/v2.yaml", format="openapi", version="2.0.0")


def report(*findings, command="diff", old=OLD, new=NEW, notes=()):
    """A report with the counts and the verdict that its findings have."""
    counted = [each for each in findings if each.waived is None]
    number = {level: sum(f.severity is level for f in counted) for level in Severity}
    broken = any(each.breaking for each in counted)
    verdict = Verdict.COMPATIBLE if findings else Verdict.IDENTICAL
    return Report(
        command=command,
        old=old,
        new=new,
        summary=Summary(
            verdict=Verdict.BREAKING if broken else verdict,
            bump=Bump.MAJOR if broken else Bump.MINOR if counted else Bump.NONE,
            error=number[Severity.ERROR],
            warning=number[Severity.WARNING],
            info=number[Severity.INFO],
            unproved=sum(each.proof == "unknown" for each in counted),
        ),
        findings=tuple(findings),
        notes=notes,
    )


HOSTILE = "a|b `c` <img src=x onerror=1> @octocat [x](https://evil.example) #1 %0A::error::\x1b[31m\x07\u202e ]]>"


def rich_report():
    """Two contracts and one of everything that a report can hold."""
    orders, shop = {"contract": "orders"}, {"contract": "inventory"}
    base = "git:main:contracts/my api/v1.yaml"
    spans = {"old": span(base, 12), "new": span("contracts/my api/v2.yaml", 14)}
    return report(
        finding(
            **orders,
            **spans,
            witness=Witness(
                value={"id": 7, "items": [{"sku": "express", "note": "für dich"}], "total": 1.5},
                accepted_by="old",
                rejected_by="new",
                checked=True,
            ),
            proof="witnessed",
            consumers=(
                Consumer(name="web", interactions=("place an order", "reorder")),
                Consumer(name="mobile"),
            ),
        ),
        *(
            finding(
                ENUM_ADDED,
                "schema Country",
                **orders,
                **spans,
                uses=uses(12),
                direction=Direction.OUTBOUND,
                severity=Severity.WARNING,
                values={"value": f"C{n}"},
                path=("components", "schemas", "Country", "enum"),
                fingerprint=f"{n:016x}",
            )
            for n in range(12)
        ),
        finding(
            OPERATION_REMOVED,
            "DELETE /orders/{id}",
            **orders,
            old=span(base, 90),
            new=None,
            values={"operation": "DELETE /orders/{id}"},
            proof="unknown",
            consumers=(),
            uses=(Use(label="DELETE /orders/{id}", side="operation", direction=Direction.INBOUND),),
            fingerprint="00000000000000aa",
        ),
        finding(
            DESCRIPTION_CHANGED,
            "schema Country > name",
            **orders,
            **spans,
            uses=uses(3),
            direction=Direction.BOTH,
            severity=Severity.INFO,
            values={},
            fingerprint="00000000000000bb",
        ),
        finding(
            label=f"GET /{HOSTILE} query parameter q",
            **shop,
            values={"value": HOSTILE},
            path=("paths", f"/{HOSTILE}", "get"),
            old=None,
            new=span("-", 3),
            uses=(),
            fingerprint="00000000000000cc",
        ),
        finding(
            label="schema Größe > 名前",
            **shop,
            values={"value": "ключ 🗝"},
            old=None,
            new=None,
            direction=Direction.BOTH,
            fingerprint="00000000000000dd",
            uses=(
                Use(label="GET /größe", side="response 200", direction=Direction.OUTBOUND),
                Use(label="PUT /größe", side="request", direction=Direction.INBOUND),
            ),
        ),
        finding(
            label="POST /stock request body > unit",
            **shop,
            values={"value": "box"},
            waived=Waived(reason="agreed with the warehouse | see @ops", until="2031-01-31"),
            fingerprint="00000000000000ee",
        ),
        command="gate",
        old=None,
        new=None,
        notes=("contracts/legacy.yaml was passed over: not a contract",),
    )


@pytest.fixture
def make():
    """The builders of reports, for tests that need one of their own."""
    return SimpleNamespace(
        finding=finding,
        report=report,
        span=span,
        uses=uses,
        REQUEST=REQUEST,
        HOSTILE=HOSTILE,
        ENUM_ADDED=ENUM_ADDED,
        ENUM_REMOVED=ENUM_REMOVED,
        OPERATION_REMOVED=OPERATION_REMOVED,
        DESCRIPTION_CHANGED=DESCRIPTION_CHANGED,
    )


@pytest.fixture
def rich():
    return rich_report()


@pytest.fixture(autouse=True)
def _fixed_version(monkeypatch):
    """Reports name the version of apicheck, which is no business of an expected file."""
    monkeypatch.setattr("apicheck.__version__", "1.2.3")
