"""What only the whole history of a contract shows."""

import json

from apicheck.gate import Request, gate
from apicheck.judge.policy import policy_of

PROTO = """syntax = "proto3";
package orders;
message Placed {{
  string id = 1;
{}
}}
"""


def placed(version, **properties):
    return json.dumps(
        {
            "$id": f"/placed/{version}",
            "title": "Placed",
            "type": "object",
            "properties": {"id": {"type": "string"}, **properties},
        }
    )


def ids(report):
    return [each.rule.id for each in report.findings if each.severity > 1]


def test_a_number_that_once_meant_something_else_is_told(repo):
    folder = "contracts/orders/idl/placed"
    for number, line in (("1.0.0", "  string note = 2;"), ("2.0.0", "")):
        repo.put(f"{folder}/{number}.proto", PROTO.format(line))
    repo.lock()
    repo.commit()
    repo.git("checkout", "-q", "-b", "work")
    repo.put(f"{folder}/2.1.0.proto", PROTO.format("  int32 count = 2;"))
    repo.lock()
    repo.commit()
    assert "protobuf.former-number-reused" in ids(repo.gate())


def test_transitive_modes_hold_a_version_against_all_before(repo):
    folder = "contracts/orders/events/Placed"
    repo.put(f"{folder}/1.0.0.json", placed("1.0.0", size={"type": "integer"}))
    repo.put(f"{folder}/1.1.0.json", placed("1.1.0"))
    repo.lock()
    repo.commit()
    repo.git("checkout", "-q", "-b", "work")
    repo.put(f"{folder}/1.2.0.json", placed("1.2.0", size={"type": "string"}))
    repo.lock()
    repo.commit()

    def gated(mode):
        policy = policy_of([({"compatibility": mode}, "apicheck.toml")], ())
        return gate(Request(base="main"), repo.settings(policy=policy))

    assert "schema.type-changed" not in ids(gated("backward"))
    report = gated("backward-transitive")
    (found,) = [each for each in report.findings if each.rule.id == "schema.type-changed"]
    assert "against 1.0.0" in found.location.label
    assert found.witness.value == {"size": 0}
