"""Containment of schemas: right, wrong and unknown answers, beside jsonsubschema and jsoncompat.

    python benchmarks/containment.py                      every table
    python benchmarks/containment.py --random 100000      with so many random pairs
    python benchmarks/containment.py --only random --seed 7
    python benchmarks/containment.py --jsoncompat ../jsoncompat   its cases too, from a checkout

The official suite and jsonsubschema's tests come out of source distributions: they are downloaded
with pip into a scratch folder, or read from ``--sources FOLDER`` if they lie there.

What is known of a pair: *refuted* if an instance tells it apart under two validators (instances
of the suite, a pool of 1,800 small values, and our witnesses once both validators confirm them);
else *holds* if we prove it and nothing refutes the proof; else *open*. So, per tool:

- right: "no" to a refuted pair, "yes" to one that holds.
- unsound: "yes" to a refuted pair.  false alarm: "no" to one that holds.
- unknown: no answer, an exception, a time-out or a crash (crashes and time-outs are in brackets).
- unconfirmed: a value was given that not both validators confirm. Peers give no values.

"no" and "yes" to an open pair count as neither. Pairs that no validator can read (references out
of the pair) are left out and counted. Times are CPU milliseconds, in a worker process per tool.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tarfile
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from oracle import real
from oracle.fresh import fresh
from oracle.pairs import brute
from oracle.published import jsoncompat_cases, jsonsubschema_cases
from oracle.suite import suite
from oracle.tools import TOOLS, Answer, Worker
from oracle.truth import Oracle, agree, readable
from run import CORPUS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from oracle.pairs import Pair

_PEERS = ("jsonsubschema", "jsoncompat")


@dataclass(slots=True)
class Tally:
    """What one tool answered in one family."""

    counts: Counter[str] = field(default_factory=Counter)
    times: list[float] = field(default_factory=list)

    def add(self, verdict: str, answer: Answer) -> None:
        self.counts[verdict] += 1
        if answer.detail == "crashed" or str(answer.detail).startswith("no answer within"):
            self.counts["stopped"] += 1
        self.times.append(answer.ms)


def verdict(truth: str, answer: Answer, *, confirmed: bool) -> str:
    """One column of the table."""
    if answer.said == "unknown":
        return "unknown"
    if answer.shown and not confirmed:
        return "unconfirmed"
    if truth == "open":
        return "open"
    if (answer.said == "no") == (truth == "refuted"):
        return "right"
    return "unsound" if answer.said == "yes" else "false alarm"


class Bench:
    """Asks the tools, family by family, and keeps what they said."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.workers = {name: Worker(name, options.limit) for name in TOOLS}
        self.oracle = Oracle(brute())
        self.families: dict[str, dict[str, Tally]] = {}
        self.left_out: Counter[str] = Counter()
        #: How often an instance refutes what a publisher says of its own pair.
        self.mislabelled: Counter[str] = Counter()
        self.log: list[str] = []

    def run(self, pairs: Iterable[Pair], *, peers_every: int = 1) -> None:
        for index, pair in enumerate(pairs):
            if not readable(pair):
                self.left_out[pair.family] += 1
                continue
            peers = () if index % peers_every else _PEERS
            self.ask(pair, peers)
            if index % 1000 == 999 and sys.stderr.isatty():
                print(f"\r{pair.family}: {index + 1}", end="", file=sys.stderr)

    def ask(self, pair: Pair, peers: Iterable[str]) -> None:
        ours = self.workers["apicheck"].ask(pair.a, pair.b, pair.dialect)
        confirmed = ours.shown and agree(pair, ours.detail)
        refuting = [ours.detail] if confirmed else self.oracle.refute(pair)
        truth = "refuted" if refuting else "holds" if ours.said == "yes" else "open"
        answers = {"apicheck": ours}
        answers |= {name: self.workers[name].ask(pair.a, pair.b, pair.dialect) for name in peers}
        table = self.families.setdefault(pair.family, {name: Tally() for name in TOOLS})
        for name, answer in answers.items():
            found = verdict(truth, answer, confirmed=confirmed)
            table[name].add(found, answer)
            if name == "apicheck" and found in {"unsound", "unconfirmed", "unknown"}:
                what = [found, pair.origin, pair.a, pair.b, refuting, answer.detail]
                self.log.append(json.dumps(what, default=str))
        if pair.said is not None and truth != "open" and pair.said != (truth == "holds"):
            self.mislabelled[pair.family] += 1

    def stop(self) -> None:
        for worker in self.workers.values():
            worker.stop()


def families(options: argparse.Namespace, sources: Path) -> Iterator[tuple[Iterable[Pair], int]]:
    """What is asked, and of how many pairs peers are asked one."""
    wanted = options.only.split(",") if options.only else []

    def asked(name: str) -> bool:
        return not wanted or name in wanted

    if asked("suite"):
        yield suite(unpacked("jsonschema", version("jsonschema"), sources)), 1
    if asked("published"):
        yield jsonsubschema_cases(unpacked("jsonsubschema", version("jsonsubschema"), sources)), 1
        if options.jsoncompat:
            yield jsoncompat_cases(options.jsoncompat), 1
    if asked("random"):
        every = max(1, options.random // options.peers) if options.peers else options.random + 1
        yield fresh(options.random, options.seed), every
    if asked("real") and (CORPUS / "index.json").is_file():
        yield real.pairs(CORPUS, options.real), 1


def unpacked(name: str, release: str, sources: Path) -> Path:
    """The folder of a source distribution, downloaded if it is not there."""
    folder = sources / f"{name}-{release}"
    if not folder.is_dir():
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary"]
        command += [":all:", f"{name}=={release}", "--dest", str(sources)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with tarfile.open(sources / f"{name}-{release}.tar.gz") as archive:
            archive.extractall(sources, filter="data")
    return folder


def quantile(times: list[float], share: float) -> float:
    return sorted(times)[int(len(times) * share)] if times else 0.0


def show(bench: Bench) -> None:
    """The table of all tools."""
    print(
        f"{'':24} {'tool':14} {'pairs':>6} {'right':>6} {'unsound':>7} {'false al.':>9} "
        f"{'unconf.':>7} {'unknown':>12} {'open':>5} {'decided':>8} {'median ms':>9} {'p99 ms':>8}"
    )
    for family, table in bench.families.items():
        for name, tally in table.items():
            counts, pairs = tally.counts, len(tally.times)
            if not pairs:
                continue
            stopped = f"{counts['unknown']} ({counts['stopped']})"
            print(
                f"{family if name == 'apicheck' else '':24} {name:14} {pairs:6} "
                f"{counts['right']:6} {counts['unsound']:7} {counts['false alarm']:9} "
                f"{counts['unconfirmed']:7} {stopped:>12} {counts['open']:5} "
                f"{100 * (pairs - counts['unknown']) / pairs:7.2f}% "
                f"{quantile(tally.times, 0.5):9.2f} {quantile(tally.times, 0.99):8.2f}"
            )
    for family, count in bench.left_out.items():
        print(f"{family}: {count} pairs left out, which no validator can read")
    for family, count in bench.mislabelled.items():
        print(f"{family}: {count} answers expected by their own tests are refuted or disproved")


def in_place() -> int:
    """Our engine on real changes as the diff asks it; how many witnesses were not confirmed."""
    if not (CORPUS / "index.json").is_file():
        print("real changes are left out: the corpus is not there (APICHECK_CORPUS)")
        return 0
    tallies: dict[str, Tally] = {}
    for each in real.questions(CORPUS):
        tally = tallies.setdefault(each.family, Tally())
        if each.broken:
            tally.counts["broken"] += 1
            tally.counts["broken, undecided"] += each.said == "unknown"
            continue
        tally.counts[each.said] += 1
        tally.times.append(each.ms)
    print(
        f"\n{'real changes, in place':24} {'asked':>6} {'proved':>7} {'refuted':>8} {'unconf.':>8} "
        f"{'unknown':>8} {'decided':>8} {'median ms':>9} {'p99 ms':>8}   broken documents"
    )
    for family, tally in tallies.items():
        counts, asked = tally.counts, len(tally.times)
        print(
            f"{family:24} {asked:6} {counts['proved']:7} {counts['refuted']:8} "
            f"{counts['unconfirmed']:8} {counts['unknown']:8} "
            f"{100 * (asked - counts['unknown']) / asked:7.2f}% "
            f"{quantile(tally.times, 0.5):9.2f} {quantile(tally.times, 0.99):8.2f}   "
            f"{counts['broken']} more, {counts['broken, undecided']} of them unknown"
        )
    return sum(tally.counts["unconfirmed"] for tally in tallies.values())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", default="", help="suite,published,random,real,place")
    parser.add_argument("--random", type=int, default=100_000, help="random pairs")
    parser.add_argument("--seed", type=int, default=20_250_101)
    parser.add_argument("--peers", type=int, default=4000, help="random pairs that peers are asked")
    parser.add_argument("--real", type=int, default=300, help="real pairs of each kind, cut out")
    parser.add_argument("--limit", type=float, default=5.0, help="seconds for one answer")
    parser.add_argument("--sources", type=Path, help="where source distributions are unpacked")
    parser.add_argument("--jsoncompat", type=Path, help="a checkout of jsoncompat")
    parser.add_argument("--log", type=Path, help="a file for our own failures, a JSON line each")
    options = parser.parse_args()
    names = ", ".join(
        f"{name} {version(name)}" for name in (*_PEERS, "jsonschema", "jsonschema_rs")
    )
    print(f"with {names}; random seed {options.seed}\n")
    bench = Bench(options)
    with tempfile.TemporaryDirectory() as scratch:
        for pairs, every in families(options, options.sources or Path(scratch)):
            bench.run(pairs, peers_every=every)
    bench.stop()
    show(bench)
    if options.log:
        options.log.write_text("\n".join(bench.log) + "\n", encoding="utf-8")
    unconfirmed = in_place() if not options.only or "place" in options.only else 0
    ours = [table["apicheck"].counts for table in bench.families.values()]
    return int(bool(unconfirmed or any(each["unsound"] + each["unconfirmed"] for each in ours)))


if __name__ == "__main__":
    raise SystemExit(main())
