"""Our profiles against the real buf: cards, stories and the corpus, category by category.

Where we disagree on purpose, ``ARGUED`` has the pair and the reason; a disagreement that goes away
fails as well.
"""

from __future__ import annotations

import importlib.util
import sys
from fnmatch import fnmatchcase
from itertools import pairwise
from pathlib import Path

import pytest

from apicheck import api, formats
from apicheck.errors import ParseError
from apicheck.formats.protobuf.model import FILE_OPTIONS
from apicheck.model import Severity
from apicheck.sources import Options


def _module(name, path):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


HERE = Path(__file__).parent
buf = _module("buf", HERE / "buf.py")
wrap = _module("wrap_for_buf", HERE.parent / "wrap.py")
corpus = _module("corpus_for_buf", HERE.parent / "corpus.py")

PROFILES = formats.named("protobuf").profiles()
#: buf cannot read a message set at all.
UNREADABLE = {"protobuf.message-set-changed"}
LAST_OF_KIND = (
    "PACKAGE: buf looks for what a package lost among its messages (enums, extensions) of today,"
    " and overlooks the loss where the package has none of them left"
)
NUMBER_KEPT_FREE = (
    "WIRE: buf takes a name that goes on under another number for a deleted field whose number is"
    " reserved; what was written under the old number is lost all the same"
)
MAP_ENTRY = (
    "WIRE: buf compares the names of the entry messages that stand for maps, so a renamed map field"
    " counts as another type; the bytes are the same"
)
SIBLINGS = (
    "WIRE, WIRE_JSON: buf pairs by full names, and finds nothing to compare where file and package"
    " are others; we go on comparing the shapes"
)
#: Name of a pair, as listed below, to the categories in which we disagree and why.
ARGUED = {
    "protobuf.package-moved": ({"PACKAGE"}, LAST_OF_KIND),
    "protobuf.extension-removed": ({"PACKAGE"}, LAST_OF_KIND),
    "protobuf.extension-added reversed": ({"PACKAGE"}, LAST_OF_KIND),
    "protobuf.enum-removed": ({"PACKAGE"}, LAST_OF_KIND),
    "protobuf.enum-added reversed": ({"PACKAGE"}, LAST_OF_KIND),
    "field-moved-and-reserved": ({"WIRE"}, NUMBER_KEPT_FREE),
    "map-renamed": ({"WIRE"}, MAP_ENTRY),
    "next-major-version-in-a-package-beside": ({"WIRE", "WIRE_JSON"}, SIBLINGS),
    "next-major-version-in-a-package-beside reversed": ({"WIRE", "WIRE_JSON"}, SIBLINGS),
}
#: What buf calls the example of a card in its category FILE; cards not listed are silent there.
PARTNERS = {
    "file-removed": {"FILE_NO_DELETE"},
    "file-moved": {"FILE_NO_DELETE"},
    "package-changed": {"FILE_SAME_PACKAGE"},
    "package-moved": {"FILE_NO_DELETE"},
    "package-of-services-changed": {"FILE_SAME_PACKAGE"},
    "package-of-services-moved": {"FILE_NO_DELETE"},
    "syntax-changed": {"FILE_SAME_SYNTAX"},
    "file-option-changed": {"FILE_SAME_GO_PACKAGE"},
    "message-removed": {"MESSAGE_NO_DELETE"},
    "message-type-removed": {"MESSAGE_NO_DELETE"},
    "enum-removed": {"ENUM_NO_DELETE"},
    "field-message-moved": {"FIELD_SAME_TYPE"},
    "definition-moved": {"MESSAGE_NO_DELETE"},
    "service-removed": {"SERVICE_NO_DELETE"},
    "rpc-removed": {"RPC_NO_DELETE"},
    "rpc-request-type-changed": {"RPC_SAME_REQUEST_TYPE"},
    "rpc-response-type-changed": {"RPC_SAME_RESPONSE_TYPE"},
    "rpc-request-type-renamed": {"RPC_SAME_REQUEST_TYPE"},
    "rpc-response-type-renamed": {"RPC_SAME_RESPONSE_TYPE"},
    "client-streaming-added": {"RPC_SAME_CLIENT_STREAMING"},
    "client-streaming-removed": {"RPC_SAME_CLIENT_STREAMING"},
    "server-streaming-added": {"RPC_SAME_SERVER_STREAMING"},
    "server-streaming-removed": {"RPC_SAME_SERVER_STREAMING"},
    "idempotency-weakened": {"RPC_SAME_IDEMPOTENCY_LEVEL"},
    "idempotency-strengthened": {"RPC_SAME_IDEMPOTENCY_LEVEL"},
    "descriptor-accessor-removed": {"MESSAGE_NO_REMOVE_STANDARD_DESCRIPTOR_ACCESSOR"},
    "field-removed": {"FIELD_NO_DELETE"},
    "field-removed-name-free": {"FIELD_NO_DELETE"},
    "field-added-on-reserved-number": {"RESERVED_MESSAGE_NO_DELETE"},
    "field-removed-reserved": {"FIELD_NO_DELETE"},
    "field-added-on-reserved": {"RESERVED_MESSAGE_NO_DELETE"},
    "required-field-added": {"MESSAGE_SAME_REQUIRED_FIELDS"},
    "required-field-removed": {"FIELD_NO_DELETE", "MESSAGE_SAME_REQUIRED_FIELDS"},
    "field-renamed": {"FIELD_SAME_JSON_NAME", "FIELD_SAME_NAME"},
    "field-renamed-json-kept": {"FIELD_SAME_NAME"},
    "json-name-changed": {"FIELD_SAME_JSON_NAME"},
    "number-reassigned": {"FIELD_SAME_JSON_NAME", "FIELD_SAME_NAME"},
    "number-reused": {"FIELD_SAME_JSON_NAME", "FIELD_SAME_NAME", "FIELD_SAME_TYPE"},
    "field-renumbered": {"FIELD_NO_DELETE"},
    "oneof-member-removed": {"FIELD_NO_DELETE"},
    "oneof-member-removed-name-free": {"FIELD_NO_DELETE"},
    "oneof-member-added-on-reserved-number": {"RESERVED_MESSAGE_NO_DELETE"},
    "oneof-member-removed-reserved": {"FIELD_NO_DELETE"},
    "oneof-member-added-on-reserved": {"RESERVED_MESSAGE_NO_DELETE"},
    "extension-removed": {"EXTENSION_NO_DELETE"},
    "field-type-changed": {"FIELD_SAME_TYPE"},
    "field-sign-changed": {"FIELD_SAME_TYPE"},
    "field-number-widened": {"FIELD_SAME_TYPE"},
    "field-number-narrowed": {"FIELD_SAME_TYPE"},
    "field-number-changed": {"FIELD_SAME_TYPE"},
    "field-bool-to-number": {"FIELD_SAME_TYPE"},
    "field-number-to-bool": {"FIELD_SAME_TYPE"},
    "field-text-to-bytes": {"FIELD_SAME_TYPE"},
    "field-bytes-to-text": {"FIELD_SAME_TYPE"},
    "field-enum-to-number": {"FIELD_SAME_TYPE"},
    "field-number-to-enum": {"FIELD_SAME_TYPE"},
    "message-encoding-changed": {"FIELD_SAME_TYPE"},
    "field-message-renamed": {"FIELD_SAME_TYPE"},
    "field-enum-renamed": {"FIELD_SAME_TYPE"},
    "field-enum-moved": {"FIELD_SAME_TYPE"},
    "presence-gained": {"FIELD_SAME_CARDINALITY"},
    "presence-lost": {"FIELD_SAME_CARDINALITY"},
    "field-made-required": {"FIELD_SAME_CARDINALITY", "MESSAGE_SAME_REQUIRED_FIELDS"},
    "field-no-longer-required": {"FIELD_SAME_CARDINALITY", "MESSAGE_SAME_REQUIRED_FIELDS"},
    "number-made-repeated": {"FIELD_SAME_CARDINALITY"},
    "number-made-single": {"FIELD_SAME_CARDINALITY"},
    "field-made-repeated": {"FIELD_SAME_CARDINALITY"},
    "field-made-single": {"FIELD_SAME_CARDINALITY"},
    "field-into-new-oneof": {"FIELD_SAME_ONEOF"},
    "field-out-of-lone-oneof": {"FIELD_SAME_ONEOF", "ONEOF_NO_DELETE"},
    "field-into-oneof": {"FIELD_SAME_ONEOF"},
    "field-out-of-oneof": {"FIELD_SAME_ONEOF"},
    "field-between-oneofs": {"FIELD_SAME_ONEOF"},
    "oneof-renamed": {"FIELD_SAME_ONEOF", "ONEOF_NO_DELETE"},
    "default-changed": {"FIELD_SAME_DEFAULT"},
    "text-checked": {"FIELD_SAME_JAVA_UTF8_VALIDATION", "FIELD_SAME_UTF8_VALIDATION"},
    "text-unchecked": {"FIELD_SAME_JAVA_UTF8_VALIDATION", "FIELD_SAME_UTF8_VALIDATION"},
    "code-type-changed": {"FIELD_SAME_JSTYPE"},
    "json-dropped": {"MESSAGE_SAME_JSON_FORMAT"},
    "enum-value-removed": {"ENUM_VALUE_NO_DELETE"},
    "enum-value-removed-name-free": {"ENUM_VALUE_NO_DELETE"},
    "enum-value-added-on-reserved-number": {"RESERVED_ENUM_NO_DELETE"},
    "enum-value-removed-reserved": {"ENUM_VALUE_NO_DELETE"},
    "enum-value-added-on-reserved": {"RESERVED_ENUM_NO_DELETE"},
    "enum-value-renamed": {"ENUM_VALUE_SAME_NAME"},
    "enum-value-renumbered": {"ENUM_VALUE_NO_DELETE"},
    "enum-number-reassigned": {"ENUM_VALUE_SAME_NAME"},
    "enum-alias-removed": {"ENUM_VALUE_SAME_NAME"},
    "enum-opened": {"ENUM_SAME_TYPE"},
    "enum-closed": {"ENUM_SAME_TYPE"},
    "reserved-numbers-freed": {"RESERVED_MESSAGE_NO_DELETE"},
    "reserved-names-freed": {"RESERVED_MESSAGE_NO_DELETE"},
    "extension-numbers-removed": {"EXTENSION_MESSAGE_NO_DELETE"},
}
#: The same cards may be other rules of buf where they are of something else than in the example.
ALSO = {
    "definition-moved": {"ENUM_NO_DELETE", "SERVICE_NO_DELETE"},
    "number-reused": {"FIELD_SAME_ONEOF", "FIELD_SAME_CARDINALITY"},
    "field-type-changed": {"FIELD_SAME_CARDINALITY"},
    "field-renumbered": {"FIELD_SAME_NAME", "FIELD_SAME_JSON_NAME"},
    "enum-value-renumbered": {"ENUM_VALUE_SAME_NAME"},
    "oneof-member-removed": {"ONEOF_NO_DELETE"},
    "field-removed": {"ONEOF_NO_DELETE"},
    "service-removed": {"FILE_NO_DELETE"},
    "message-removed": {"FILE_NO_DELETE"},
    "message-type-removed": {"FILE_NO_DELETE"},
    "enum-removed": {"FILE_NO_DELETE"},
}
_TWO_ENUMS = (
    "message Box { enum Size { ANY = 0; } } message Bag { enum Size { ANY = 0; BIG = 1; } }"
)
PINNED = {
    "field-moved-and-reserved": (
        "message Order { string id = 1; }",
        "message Order { reserved 1; string id = 2; }",
    ),
    "map-renamed": (
        "message Order { map<string, string> notes = 1; }",
        "message Order { map<string, string> remarks = 1; }",
    ),
    "enum-number-given-to-another": (
        "enum Size { ANY = 0; SMALL = 1; }",
        "enum Size { ANY = 0; OTHER = 1; SMALL = 2; }",
    ),
    "default-spelled-otherwise": (
        'syntax = "proto2"; message Order { optional float size = 1 [default = 1]; }',
        'syntax = "proto2"; message Order { optional float size = 1 [default = 1.0]; }',
    ),
    "field-type-from-another-enum-of-the-same-name": (
        f"{_TWO_ENUMS} message Order {{ Box.Size size = 1; }}",
        f"{_TWO_ENUMS} message Order {{ Bag.Size size = 1; }}",
    ),
    "required-to-repeated": (
        'syntax = "proto2"; message Order { required string id = 1; }',
        'syntax = "proto2"; message Order { repeated string id = 1; }',
    ),
    "extension-range-split-but-whole": (
        'syntax = "proto2"; message Order { extensions 100 to 199; }',
        'syntax = "proto2"; message Order { extensions 100 to 149, 150 to 199; }',
    ),
}


def verdict(changes, category):
    """The cards that the profile of a category calls breaking."""
    levels = PROFILES[buf.PROFILES[category]].levels
    broken = []
    for change in changes:
        said = [level for name, level in levels.items() if fnmatchcase(change.rule.id, name)]
        if said[-1] is Severity.ERROR:
            broken.append(change.rule.id)
    return broken


def pairs():
    """Every example of a card and every story, both ways round, and what is pinned."""
    found = {}
    for rule in formats.named("protobuf").rules():
        example = rule.example
        if example.of == "history" or rule.id in UNREADABLE:
            continue
        old, new = (wrap.wrapped(text, example.of, None) for text in (example.old, example.new))
        found[rule.id] = (old, new)
        found[f"{rule.id} reversed"] = (new, old)
    for case in sorted((HERE.parent / "cases" / "protobuf").iterdir()):
        old, new = (texts(case, side) for side in ("old", "new"))
        found[case.name] = (old, new)
        found[f"{case.name} reversed"] = (new, old)
    for name, (old, new) in PINNED.items():
        found[name] = (wrap.proto(old), wrap.proto(new))
    return found


def texts(case, side):
    file = case / f"{side}.proto"
    if file.is_file():
        return wrap.Texts({"contract.proto": file.read_text(encoding="utf-8")})
    folder = case / side
    return wrap.Texts(
        {
            path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
            for path in sorted(folder.rglob("*.proto"))
        }
    )


PAIRS = pairs()


@pytest.fixture(scope="module", name="asked")
def _asked(tmp_path_factory):
    """What buf says of every pair: the categories in which it is breaking, and the rules of FILE."""
    folder = tmp_path_factory.mktemp("buf")
    known = buf.categories(folder)
    counters = buf.batch(folder, list(PAIRS.values()))
    return {
        name: (
            {each for each in buf.CATEGORIES for rule in counter if each in known[rule]},
            {rule for rule in counter if "FILE" in known[rule]},
        )
        for name, counter in zip(PAIRS, counters, strict=True)
    }


@pytest.mark.parametrize("name", PAIRS)
def test_breaking_for_buf_is_breaking_for_us(name, asked):
    changes = wrap.changes(*PAIRS[name])
    ours = {each for each in buf.CATEGORIES if verdict(changes, each)}
    assert ours ^ asked[name][0] == ARGUED.get(name, (set(), ""))[0]


@pytest.mark.parametrize("name", [each for each in PAIRS if each.startswith("protobuf.")])
def test_cards_answer_to_rules_of_buf(name, asked):
    if not name.endswith(" reversed"):
        assert asked[name][1] == PARTNERS.get(name.removeprefix("protobuf."), set())


#: Cards of steps in which buf pairs other files than we do.
ELSEWHERE = {
    "file-moved", "package-moved", "package-of-services-changed", "package-of-services-moved",
}  # fmt: skip
#: Chains of sibling packages, where we say more than buf in some categories (``SIBLINGS``).
ARGUED_CHAINS = {
    "googleapis-language": {"WIRE", "WIRE_JSON"},
    "googleapis-speech": {"WIRE", "WIRE_JSON"},
    "googleapis-vision": {"WIRE", "WIRE_JSON"},
}


@corpus.needed
@pytest.mark.corpus
@pytest.mark.parametrize("chain", [name for name, _ in corpus.chains("protobuf")])
def test_steps_of_real_contracts_break_for_buf_as_for_us(chain, tmp_path):
    known = buf.categories(tmp_path)
    folder = corpus.FOLDER / "protobuf"
    settings = api.Settings(options=Options(roots=(folder / "_imports",)))
    contracts = []
    for version in corpus.files("protobuf", chain):
        try:
            contracts.append(api.load(str(version), settings))
        except ParseError:
            # Two of them import files that nobody has any more.
            contracts.append(None)
    for number, (old, new) in enumerate(pairwise(contracts)):
        if old is None or new is None:
            continue
        changes = api.compare(old, new)
        imports = {**written(old, own=False), **written(new, own=False)}
        told = buf.breaking(
            tmp_path / str(number), written(old, own=True), written(new, own=True), imports
        )
        broken = {each for rule in told for each in known[rule["type"]] if each in buf.CATEGORIES}
        ours = {each for each in buf.CATEGORIES if verdict(changes, each)}
        assert ours - ARGUED_CHAINS.get(chain, set()) == broken - ARGUED_CHAINS.get(chain, set())
        assert broken <= ours
        found = {change.rule.id.removeprefix("protobuf.") for change in changes}
        if not found & ELSEWHERE:
            rules = {rule["type"] for rule in told if "FILE" in known[rule["type"]]}
            assert rules <= {rule for each in found for rule in partners(each)}
            assert [each for each in found if partners(each) and not rules & partners(each)] == []


def partners(card):
    """The rules of buf that a card may stand for."""
    if card == "file-option-changed":
        return {f"FILE_SAME_{each.upper()}" for each in FILE_OPTIONS}
    return PARTNERS.get(card, set()) | ALSO.get(card, set())


def written(contract, *, own):
    """The files of a contract, or what it imports and protoc does not have."""
    layout = contract.model.layout
    return {
        ("contract.proto" if file.own and layout.entry else file.name): file.text.decode()
        for file in layout.files.values()
        if file.own is own and file.text is not None
    }
