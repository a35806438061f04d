"""Every step of the corpus compared: what the rules say, what proofs make of it, and the time.

    python benchmarks/corpus.py                 all formats, one line a step
    python benchmarks/corpus.py openapi stripe  one format, chains whose name has the word

A step is two versions of one contract that follow each other. Columns: errors, warnings and infos
by the rules alone, the same with proofs, verdict, bump, the publisher's own bump (by version
number), and milliseconds to read, compare, judge, and judge with proofs.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from pathlib import Path

from apicheck import api, judge
from apicheck.errors import ApicheckError
from apicheck.model import Ground, Severity
from apicheck.sources import Options

HERE = Path(__file__).resolve().parent
CORPUS = Path(os.environ.get("APICHECK_CORPUS", HERE.parent.parent / "shared" / "corpus"))
SETTINGS = api.Settings(options=Options(roots=(CORPUS / "protobuf" / "_imports",)))


def load(chain, version):
    """A version as a user would name it: its folder where several files are one contract."""
    whole = chain["format"] == "protobuf" or "entry" not in version
    return api.load(str(CORPUS / (version["file"] if whole else version["entry"])), SETTINGS)


def judged(changes, prove=None):
    findings = judge.judge(
        changes, SETTINGS.policy, SETTINGS.today, places_from=Severity.ERROR, prove=prove
    )
    return findings, judge.summarise(findings, identical=False)


def clock(work):
    start = time.process_time()
    result = work()
    return result, 1000 * (time.process_time() - start)


def step(chain, one, two, bump, totals):
    (old, new), reading = clock(lambda: (load(chain, one), load(chain, two)))
    changes, comparing = clock(lambda: api.candidates(old, new, SETTINGS.today))
    (before, plain), judging = clock(lambda: judged(changes))
    (after, proved), proving = clock(lambda: judged(changes, api.prover(old, new)))
    totals["reading"] += reading
    totals["structural"] += comparing + judging
    totals["proved"] += comparing + proving
    about_schema = {(c.rule.id, c.path) for c in changes if c.subject is not None}
    for each in after:
        if each.severity is Severity.ERROR and (each.rule.id, each.location.path) in about_schema:
            kind = "meaning" if each.rule.ground is Ground.MEANING else each.proof
            totals[f"errors {kind}"] += 1
    levels = {each.fingerprint: each.severity for each in before}
    for each in after:
        was = levels.get(each.fingerprint, Severity.OFF)
        if was is not each.severity:
            totals[f"{was.name} -> {each.severity.name}: {each.rule.id}, {each.proof}"] += 1
    print(
        f"{chain['name'][:44]:44} {one['version']:>12} → {two['version']:<12}"
        f" {plain.error:5}{plain.warning:4}{plain.info:5} |"
        f" {proved.error:5}{proved.warning:4}{proved.info:5}"
        f" {proved.verdict.value:10} {proved.bump.name.lower():6}"
        f" {bump or '':6}"
        f" {reading:7.0f} {comparing:6.0f} {judging:5.0f} {proving:6.0f}"
    )


def main():
    chosen = sys.argv[1] if len(sys.argv) > 1 else ""
    word = sys.argv[2] if len(sys.argv) > 2 else ""
    totals = Counter()
    for chain in json.loads((CORPUS / "index.json").read_text())["chains"]:
        if chosen not in {"", chain["format"]} or word not in chain["name"]:
            continue
        pairs = zip(chain["versions"], chain["versions"][1:], chain["steps"], strict=False)
        for one, two, said in pairs:
            totals["steps"] += 1
            try:
                step(chain, one, two, said.get("bump"), totals)
            except (ApicheckError, ExceptionGroup) as problem:
                totals["not read"] += 1
                print(f"{chain['name'][:44]:44} {one['version']:>12}   {str(problem)[:100]!r}")
    print()
    for name, number in sorted(totals.items()):
        print(f"{number:10.0f}  {name}")


if __name__ == "__main__":
    main()
