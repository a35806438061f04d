"""Speed and memory of whole processes, each as a ratio to a baseline of the same run.

    make bench                 all rows
    python benchmarks/run.py --runs 9 --only github

The floor of a diff is: start Python, parse both files with the fastest parser, compare with
``==``. Real documents come from the corpus (APICHECK_CORPUS, or ../shared/corpus); rows whose
documents are not there are listed as left out. Figures are medians of CPU seconds (user and
system) of the child process, which noise of other processes moves less than wall time.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
CORPUS = Path(os.environ.get("APICHECK_CORPUS", HERE.parent.parent / "shared" / "corpus"))
PYTHON = sys.executable
APICHECK = str(Path(PYTHON).with_name("apicheck"))

JSON_FLOOR = (
    "import sys, orjson\n"
    "a, b = (orjson.loads(open(each, 'rb').read()) for each in sys.argv[1:3])\n"
    "a == b\n"
)
YAML_FLOOR = (
    "import sys, yaml_rs\n"
    "a, b = (yaml_rs.loads(open(each).read(), parse_datetime=False) for each in sys.argv[1:3])\n"
    "a == b\n"
)
AVRO_FLOOR = (
    "import sys, orjson, fastavro\n"
    "for each in sys.argv[1:3]:\n"
    "    fastavro.parse_schema(orjson.loads(open(each, 'rb').read()))\n"
)
PROTOBUF_FLOOR = (
    "import pathlib, sys, tempfile\n"
    "from grpc_tools import protoc\n"
    "for each in sys.argv[1:3]:\n"
    "    names = [str(one) for one in pathlib.Path(each).rglob('*.proto')]\n"
    "    with tempfile.NamedTemporaryFile() as out:\n"
    "        protoc.main(['', '-I' + each, '--descriptor_set_out=' + out.name, *names])\n"
)
THRIFT_FLOOR = (
    "import sys\n"
    "from thriftpy2.parser import parse\n"
    "for each in sys.argv[1:3]:\n"
    "    parse(each, enable_cache=False)\n"
)
#: Our own way of reading the same, every check and fallback included.
READING = (
    "import sys\n"
    "from apicheck.sources import open_source\n"
    "a, b = (open_source(each).data for each in sys.argv[1:3])\n"
    "a == b\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One comparison: a command, its baseline, and the ratio that is allowed."""

    name: str
    command: list[str]
    baseline: list[str]
    allowed: float
    memory: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """CPU seconds and peak MiB of one child process."""

    cpu: float
    peak: float


def diff(old: Path, new: Path, floor: str, name: str, allowed: float) -> Row:
    return Row(
        name=name,
        command=[APICHECK, "diff", str(old), str(new), "--fail-on", "never"],
        baseline=[PYTHON, "-c", floor, str(old), str(new)],
        allowed=allowed,
        memory=3.0,
    )


def rows() -> list[Row]:
    api = CORPUS / "openapi"
    github = [api / "github-enterprise-server" / f"{each}.json" for each in ("3.6", "3.7")]
    kubernetes = [api / "kubernetes" / f"{each}.json" for each in ("v1.6.3", "v1.7.4")]
    stripe = [api / "stripe" / f"{each}.yaml" for each in ("2020-03-02", "2020-08-27")]
    openai = [api / "openai" / f"{each}.yaml" for each in ("2023-11-07", "2024-06-17")]
    avro = [CORPUS / "avro/venice-AdminOperation" / f"{each}.avsc" for each in ("v102", "v103")]
    events = CORPUS / "asyncapi/defra-ffc-doc-statement-constructor"
    asyncapi = [events / f"{each}.yaml" for each in ("2025-12-03", "2026-06-18")]
    json_schema = [
        CORPUS / "json-schema/wmf-primary--mediawiki--page--change" / f"{each}.yaml"
        for each in ("1.1.0", "1.2.0")
    ]
    protobuf = [CORPUS / "protobuf/opentelemetry" / each for each in ("1.5.0", "1.8.0")]
    thrift = [CORPUS / "thrift/parquet" / f"{each}.thrift" for each in ("2.12.0", "2.13.0")]
    return [
        diff(*github, JSON_FLOOR, "github 3.6 -> 3.7 (4 + 10 MB JSON)", 4),
        diff(github[1], github[1], JSON_FLOOR, "github 3.7, identical", 2),
        diff(*kubernetes, JSON_FLOOR, "kubernetes 1.6 -> 1.7 (1.5 + 1.8 MB JSON)", 4),
        diff(kubernetes[1], kubernetes[1], JSON_FLOOR, "kubernetes 1.7, identical", 2),
        diff(*stripe, YAML_FLOOR, "stripe (2.4 + 2.4 MB YAML)", 4),
        # Small documents: what is imported costs more than what is read.
        diff(*asyncapi, YAML_FLOOR, "asyncapi (38 + 39 kB YAML)", 6),
        diff(*json_schema, YAML_FLOOR, "json-schema (30 + 30 kB YAML)", 6),
        diff(*avro, AVRO_FLOOR, "avro (46 + 47 kB), by fastavro", 4),
        diff(*protobuf, PROTOBUF_FLOOR, "protobuf (195 + 204 kB, 26 proofs), by protoc", 5),
        diff(*thrift, THRIFT_FLOOR, "thrift (44 + 51 kB), by thriftpy2", 4),
        *(
            Row(
                name=f"reading {name}",
                command=[PYTHON, "-c", READING, *map(str, pair)],
                baseline=[PYTHON, "-c", YAML_FLOOR, *map(str, pair)],
                allowed=3,
            )
            for name, pair in (("stripe", stripe), ("openai 2023-11 + 2024-06", openai))
        ),
        Row(
            name="apicheck --version",
            command=[APICHECK, "--version"],
            baseline=[PYTHON, "-c", "import click"],
            allowed=3,
        ),
    ]


def run(command: list[str]) -> Run:
    """Run one child and read its own accounting."""
    # As installed: bytecode is cached, by the warm-up at the latest.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    child = os.posix_spawn(
        command[0],
        command,
        environment,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
            (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
        ],
    )
    _, status, usage = os.wait4(child, 0)
    code = os.waitstatus_to_exitcode(status)
    # Exit 2 ends a diff whose documents hold references that lead nowhere: work done all the same.
    if code not in {0, 2}:
        raise SystemExit(f"exit {code}: {' '.join(command)}")
    scale = 1024 * 1024 if sys.platform == "darwin" else 1024
    return Run(cpu=usage.ru_utime + usage.ru_stime, peak=usage.ru_maxrss / scale)


def measure(row: Row, runs: int) -> tuple[list[Run], list[Run]]:
    """The two commands in turn, so that both meet the same weather; the first pair is warm-up."""
    pairs = [(run(row.command), run(row.baseline)) for _ in range(runs + 1)][1:]
    return [one for one, _ in pairs], [two for _, two in pairs]


def median(runs: list[Run], figure: str) -> float:
    return statistics.median(getattr(each, figure) for each in runs)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", default="", help="rows whose name contains this")
    options = parser.parse_args()
    print(f"{'':58} {'cpu s':>7} {'floor':>7} {'ratio':>6} {'may be':>7} {'MiB':>6} {'ratio':>6}")
    late = 0
    for row in rows():
        if options.only not in row.name:
            continue
        missing = [
            each for each in row.command if each.startswith(str(CORPUS)) and not Path(each).exists()
        ]
        if missing:
            print(f"{row.name:58} left out: {missing[0]} is not there")
            continue
        ours, theirs = measure(row, options.runs)
        cpu, floor = median(ours, "cpu"), median(theirs, "cpu")
        peak, low = median(ours, "peak"), median(theirs, "peak")
        ratio, memory = cpu / floor, peak / low
        over = ratio > row.allowed or (row.memory is not None and memory > row.memory)
        late += over
        print(
            f"{row.name:58} {cpu:7.3f} {floor:7.3f} {ratio:6.2f} {row.allowed:7.1f} "
            f"{peak:6.0f} {memory:6.2f}{'  OVER' if over else ''}"
        )
    return 1 if late else 0


if __name__ == "__main__":
    raise SystemExit(main())
