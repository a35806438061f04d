"""What is found of the seeded faults: apicheck's probes beside plain schemathesis.

    make bench-fuzz                                   a sample of the faults, both tools
    python benchmarks/fuzz.py --sample 0              all of them (takes hours)
    python benchmarks/fuzz.py --only apicheck --sample 0 --seeds 0,1,2 --workers 4
    python benchmarks/fuzz.py --throughput 5          requests a second in the phases of fuzzing

Each service is started as a process of its own with exactly one fault of
sample_services/faults.toml and asked by each tool in turn; the clean twins are asked first, once
for each seed. Where a fault needs a failing neighbour, both twins have that neighbour. Faults for
which it must fail half-way (``dying``) are left out: nothing outside can time that.

What counts
  found   something is reported that is not reported of the clean twin (at any seed, by that tool),
          at an operation that the fault can touch
  named   it also says what is wrong. apicheck: the rule that tests/fuzz/test_faults.py expects.
          schemathesis: ST101 to ST111 always, as they say a true thing about the wrong answer;
          the others where FITTING has them for the check
  extra   other rules or titles that are reported of the faulty service and not of the clean one
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import shlex
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # the services and the tests are no installed packages

from sample_services.inventory import app as inventory  # noqa: E402
from sample_services.web import tokens  # noqa: E402
from sample_services.web.serve import serving  # noqa: E402
from tests.fuzz.test_faults import CASES, NEIGHBOURS, TOGETHER  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator

CONTRACTS = {
    "orders": ROOT / "contracts/orders/openapi/2.1.0.yaml",
    "inventory": ROOT / "contracts/inventory/openapi/2.1.0.yaml",
    "notifications": ROOT / "contracts/notifications/openapi/1.0.0.yaml",
}
SCHEMATHESIS = str(Path(sys.executable).with_name("st"))
EXPECTED = {fault: f"http.{rule}" for fault, rule, _, _ in CASES}
EXPECTED |= {fault: f"http.{rule}" for fault, (_, rule, _) in NEIGHBOURS.items()}
EXPECTED |= {fault: f"http.{rule}" for fault, rule in TOGETHER.items()}
with (ROOT / "sample_services/faults.toml").open("rb") as file:
    FAULTS = tomllib.load(file)["fault"]
_SCOPES = ("orders:ship", "inventory:admin", "events:deliver")
STAFF = tokens.mint(tokens.SAMPLE_SECRET, "staff", _SCOPES, 86_400)
ALICE = tokens.mint(tokens.SAMPLE_SECRET, "alice", (), 86_400)

#: Checks of the catalogue that a title of schemathesis names well enough.
FITTING = {
    "ST201": {
        *("TYPE-415", "TYPE-MISSING", "ENCODING-415", "SYNTAX-400", "VALID-422", "SEMANTIC-422"),
        *("IDEMP-MISSING", "PRECOND-428", "DUP-KEY", "DUP-PARAM", "MALFORMED-ID", "IM-412"),
    },
    "ST202": {"NO-413-415-BODYLESS", "PUT-TWICE", "HEALTH", "BIG-INT", "DOCUMENTED"},
    "ST203": {"IDEMP-MISSING", "PRECOND-428", "AUTH-401"},
    "ST204": {"METHOD-405", "ALLOW-405", "METHOD-501", "TRACE-OFF", "HEAD-GET", "GET-DEL-405"},
    "ST205": {"ALLOW-405", "ALLOW-TRUE", "CORS-OPTIONS"},
    "ST301": {"GONE-404", "DELETE-ABSENT-LIST"},
    "ST302": {"LOCATION-RESOLVES", "CREATE-201", "ACCEPTED-202"},
    "ST401": {"AUTH-401", "AUTH-BAD", "AUTH-CHALLENGE", "ORDER", "BFLA", "SCOPE-403"},
    "ST402": {"BOLA"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one tool reported of one service: (title, operation) pairs; figures of the run."""

    reported: frozenset[tuple[str, str]]
    requests: int
    seconds: float
    trouble: str = ""


@dataclass(slots=True, kw_only=True)
class Score:
    """Sums for one tool and one area."""

    faults: int = 0
    found: int = 0
    named: int = 0
    extra: int = 0
    requests: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)


#: By tool, service and what the service needs: what was reported of the clean twin.
Clean = dict[tuple[str, str, str], set[tuple[str, str]]]
#: By tool and area.
Scores = dict[tuple[str, str], Score]

# Services.


@contextmanager
def process(*command: str, **settings: str) -> Iterator[str]:
    """A service for as long as the block lasts; gives the address that it prints."""
    child = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    try:
        found = re.search(r"http://\S+", child.stdout.readline())
        if found is None:
            raise SystemExit(f"did not start: {' '.join(command)}")
        # What else it prints is read, so that it never waits for a full pipe.
        threading.Thread(target=child.stdout.read, daemon=True).start()
        yield found[0]
    finally:
        os.killpg(child.pid, signal.SIGTERM)
        child.wait()


@contextmanager
def neighbour(need: str) -> Iterator[list[str]]:
    """The arguments that give orders a neighbour in such a state; none for a healthy one."""
    module = (sys.executable, "-m", "sample_services.inventory", "--port", "0")
    if need == "refusing":
        with process(*module, "--secret", "somebody else's secret") as address:
            yield ["--inventory", address]
    elif need:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
            if need == "down":
                listener.close()
            yield ["--inventory", f"http://127.0.0.1:{port}/v2"]
    else:
        yield []


@contextmanager
def service(name: str, fault: str | None, need: str) -> Iterator[str]:
    with ExitStack() as stack:
        more = stack.enter_context(neighbour(need)) if need else []
        more += ["--fault", fault] if fault else []
        module = f"sample_services.{name}"
        command = (sys.executable, "-m", module, "--port", "0", *more)
        yield stack.enter_context(process(*command))


# Tools.


def ours(name: str, base: str, seed: int, options: argparse.Namespace) -> Seen:
    command = [sys.executable, "-m", "apicheck", "fuzz", base, "--contract", str(CONTRACTS[name])]
    command += ["--token", STAFF, "--second-token", ALICE, "--seed", str(seed), "--format", "json"]
    command += shlex.split(options.apicheck)
    start = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    seconds = time.perf_counter() - start
    if done.returncode not in {0, 1}:
        return Seen(reported=frozenset(), requests=0, seconds=seconds, trouble=done.stderr[-300:])
    report = json.loads(done.stdout)
    sent = re.match(r"([\d,]+) requests", report["notes"][0])
    reported = {(each["rule"], each["location"]["label"]) for each in report["findings"]}
    return Seen(
        reported=frozenset(reported),
        requests=int(sent[1].replace(",", "")) if sent else 0,
        seconds=seconds,
    )


def theirs(name: str, base: str, seed: int, options: argparse.Namespace) -> Seen:
    """Plain ``st run`` in a folder of its own, with a configuration of its own (empty)."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "empty.toml").touch()
        command = [SCHEMATHESIS, "--config-file", "empty.toml", "run", str(CONTRACTS[name])]
        command += ["--url", base, "--checks", "all", "--continue-on-failure", "--no-color"]
        command += ["--max-examples", str(options.max_examples), "--seed", str(seed)]
        command += ["--header", f"Authorization: Bearer {STAFF}", "--generation-database", "none"]
        command += ["--report", "json", "--report-json-path", "report.json"]
        start = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
        seconds = time.perf_counter() - start
        path = Path(folder, "report.json")
        if not path.exists():
            told = (done.stdout + done.stderr)[-300:]
            return Seen(reported=frozenset(), requests=0, seconds=seconds, trouble=told)
        report = json.loads(path.read_text(encoding="utf-8"))
    reported = {
        (each["code"], label) for each in report["failures"] for label in each["operations"]
    }
    return Seen(
        reported=frozenset(reported),
        requests=report["test_cases"]["generated"],
        seconds=seconds,
    )


TOOLS = {"apicheck": ours, "schemathesis": theirs}


# Judging.


def touched(fault: dict, name: str) -> set[str] | None:
    """Labels of the operations that a fault can touch; None: any."""
    if "*" in fault["operations"] or not fault["operations"]:
        return None
    return {LABELS[name][each] for each in fault["operations"]}


def labels(name: str) -> dict[str, str]:
    import yaml

    document = yaml.safe_load(CONTRACTS[name].read_text(encoding="utf-8"))
    return {
        each["operationId"]: f"{method.upper()} {path}"
        for path, item in document["paths"].items()
        for method, each in item.items()
        if isinstance(each, dict) and "operationId" in each
    }


LABELS = {name: labels(name) for name in CONTRACTS}


def fits(tool: str, title: str, fault: dict) -> bool:
    if tool == "apicheck":
        return title == EXPECTED.get(fault["name"])
    return title in {f"ST{each}" for each in range(101, 112)} or (
        fault["check"] in FITTING.get(title, ())
    )


def judged(
    tool: str, fault: dict, seen: Seen, clean: set[tuple[str, str]]
) -> tuple[bool, bool, set[str]]:
    """Whether it was found, whether under a name that fits, and what else was said."""
    name = fault["name"].partition(".")[0]
    where = touched(fault, name)
    new = seen.reported - clean
    at = {title for title, label in new if tool == "apicheck" or where is None or label in where}
    right = {title for title in at if fits(tool, title, fault)}
    return bool(at), bool(right), {title for title, _ in new} - right


def chosen(options: argparse.Namespace) -> list[dict]:
    """The faults to try: a share of each service and area, the same for the same seed."""
    able = [
        each
        for each in FAULTS
        if each.get("needs") != "dying" and re.search(options.match, each["name"])
    ]
    if not options.sample or options.sample >= len(able):
        return able
    dice = random.Random(options.sample_seed)
    groups: dict[tuple[str, str], list[dict]] = {}
    for each in able:
        groups.setdefault((each["name"].partition(".")[0], each["area"]), []).append(each)
    picked: list[dict] = []
    for members in groups.values():
        share = max(1, round(options.sample * len(members) / len(able)))
        picked += dice.sample(members, min(share, len(members)))
    return picked


def asked(  # noqa: PLR0917 - what tells one run from another
    tool: str, name: str, fault: str | None, need: str, seed: int, options: argparse.Namespace
) -> Seen:
    """One run of a tool at a service of its own: nothing is left behind for the next one."""
    known = options.known.get((tool, name, fault, need, seed))
    if known is not None:
        return known
    with service(name, fault, need) as base:
        seen = TOOLS[tool](name, base, seed, options)
    if seen.trouble:
        print(f"  trouble: {tool} {fault or name}: {seen.trouble}", flush=True)
    if options.record:
        row = {"tool": tool, "service": name, "fault": fault, "needs": need, "seed": seed}
        row |= {"reported": sorted(seen.reported), "requests": seen.requests}
        print(json.dumps(row | {"seconds": seen.seconds}), file=options.record, flush=True)
    return seen


def twins(faults: list[dict], pool: ThreadPoolExecutor, options: argparse.Namespace) -> Clean:
    """What each tool says of each clean twin, at any seed.

    At more seeds than were asked for: what a tool says by chance is no discovery.
    """
    states = sorted({(each["name"].partition(".")[0], each.get("needs", "")) for each in faults})
    seeds = sorted({*options.seeds, 0, 1, 2})
    plans = [
        (tool, name, None, need, seed, options)
        for name, need in states
        for tool in options.tools
        for seed in seeds
    ]
    clean: Clean = {}
    results = pool.map(lambda plan: asked(*plan), plans)
    for (tool, name, _, need, seed, _), seen in zip(plans, results, strict=True):
        clean.setdefault((tool, name, need), set()).update(seen.reported)
        state = f" with its neighbour {need}" if need else ""
        told = ", ".join(sorted({title for title, _ in seen.reported})) or "nothing"
        print(
            f"  {tool:13} {name}{state}, seed {seed}: {seen.requests} requests,"
            f" {seen.seconds:.0f} s, {len(seen.reported)} reported: {told}",
            flush=True,
        )
    return clean


def scored(
    faults: list[dict], clean: Clean, pool: ThreadPoolExecutor, options: argparse.Namespace
) -> Scores:
    """Each tool at each fault, tools in turn so that they meet the same weather."""
    work = [
        (fault, seed, tool) for fault in faults for seed in options.seeds for tool in options.tools
    ]
    plans = [
        (tool, each["name"].partition(".")[0], each["name"], each.get("needs", ""), seed, options)
        for each, seed, tool in work
    ]
    scores: Scores = {}
    results = pool.map(lambda plan: asked(*plan), plans)
    for (fault, seed, tool), plan, seen in zip(work, plans, results, strict=True):
        found, named, extra = judged(tool, fault, seen, clean[tool, plan[1], plan[3]])
        score = scores.setdefault((tool, fault["area"]), Score())
        score.faults += 1
        score.found += found
        score.named += named
        score.extra += len(extra)
        score.requests.append(seen.requests)
        score.seconds.append(seen.seconds)
        if not named:
            score.missed.append(fault["name"])
        told = "found" if named else "found, wrong name" if found else "missed"
        also = f"; also {', '.join(sorted(extra))}" if extra else ""
        print(f"  {tool:13} {fault['name']:36} seed {seed}: {told}{also}", flush=True)
    return scores


def recorded(path: str) -> dict[tuple[Any, ...], Seen]:
    """The runs of an earlier record."""
    found = {}
    for line in Path(path).read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        key = tuple(row[each] for each in ("tool", "service", "fault", "needs", "seed"))
        reported = frozenset(map(tuple, row["reported"]))
        found[key] = Seen(reported=reported, requests=row["requests"], seconds=row["seconds"])
    return found


def appended(path: str) -> TextIO:
    return Path(path).open("a", encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    add = parser.add_argument
    add("--sample", type=int, default=40, help="so many faults, or 0 for all (default: 40)")
    add("--sample-seed", type=int, default=5)
    add("--match", default="", help="faults whose name this expression finds")
    add("--seeds", default=[0], type=lambda text: [int(each) for each in text.split(",")])
    add("--only", dest="tools", action="append", choices=TOOLS, help="one tool only")
    add("--max-examples", type=int, default=50, help="of schemathesis (default: 50)")
    add("--apicheck", default="--phases probes", help="options for apicheck fuzz")
    add("--workers", type=int, default=1, help="runs at once; 1 where time matters")
    add("--throughput", type=int, metavar="ROUNDS", help="this only")
    add("--serve", action="store_true", help=argparse.SUPPRESS)
    add("--record", type=appended, metavar="FILE", help="a line of JSON for each run")
    add("--known", type=recorded, default={}, metavar="FILE", help="runs not to make again")
    options = parser.parse_args()
    if options.serve:
        asyncio.run(counted())
        return 0
    if options.throughput:
        throughput(options.throughput, options)
        return 0
    options.tools = options.tools or list(TOOLS)
    faults = chosen(options)
    with ThreadPoolExecutor(options.workers) as pool:
        print("clean twins")
        clean = twins(faults, pool, options)
        print("\nfaults")
        scores = scored(faults, clean, pool, options)
    report(options.tools, scores, clean)
    return 0


# Throughput.


async def counted() -> None:
    """Serve inventory, and say in the end how many requests there were."""
    number = 0
    application = inventory.build(inventory.Settings())

    async def counting(scope: Any, receive: Any, send: Any) -> None:
        nonlocal number
        number += scope["type"] == "http"
        await application(scope, receive, send)

    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with serving(counting) as address:
        print(address, flush=True)
        await stop.wait()
    print(number, flush=True)


def rate(command: list[str], folder: str) -> tuple[int, float, float]:
    """Requests that a clean inventory got from a command; its seconds by the clock and of CPU."""
    child = subprocess.Popen(
        [sys.executable, __file__, "--serve"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=ROOT,
    )
    base = child.stdout.readline().strip() + "/v2"
    start = time.perf_counter()
    filled = [each.replace("BASE", base) for each in command]
    tool = subprocess.Popen(
        filled, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder
    )
    _, _, usage = os.wait4(tool.pid, 0)
    seconds = time.perf_counter() - start
    tool.returncode = 0
    child.terminate()
    return int(child.communicate()[0]), seconds, usage.ru_utime + usage.ru_stime


def throughput(rounds: int, options: argparse.Namespace) -> None:
    """Whole processes in turn, with the same phases, number of inputs and seed; medians.

    By the clock, and by CPU time of the tool alone, which other processes disturb less.
    """
    contract = str(CONTRACTS["inventory"])
    phases = ["--phases", "examples,coverage,fuzzing"]
    phases += ["--max-examples", str(options.max_examples)]
    own = [sys.executable, "-m", "apicheck", "fuzz", "BASE", "--contract", contract]
    own += ["--token", STAFF, "--budget", "1000000", *phases]
    other = [SCHEMATHESIS, "--config-file", "empty.toml", "run", contract, "--url", "BASE"]
    other += ["--header", f"Authorization: Bearer {STAFF}", "--generation-database", "none"]
    other += ["--checks", "all", "--continue-on-failure", *phases]
    commands = {"apicheck": own, "schemathesis": other}
    rates: dict[str, list[tuple[float, float]]] = {each: [] for each in commands}
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "empty.toml").touch()
        for number in range(rounds):
            for tool, command in commands.items():
                requests, seconds, cpu = rate([*command, "--seed", str(number)], folder)
                rates[tool].append((requests / seconds, requests / cpu))
                print(
                    f"  {tool:13} seed {number}: {requests} requests, {seconds:.1f} s,"
                    f" {cpu:.1f} s of CPU",
                    flush=True,
                )
    for place, name in enumerate(("second", "second of CPU")):
        mine, plain = (statistics.median(each[place] for each in rates[t]) for t in commands)
        print(
            f"requests a {name}: apicheck {mine:.1f}, schemathesis {plain:.1f};"
            f" ratio {mine / plain:.2f}"
        )


def report(tools: list[str], scores: Scores, clean: Clean) -> None:
    """The table, as Markdown."""
    areas = sorted({area for _, area in scores})
    print(f"\n| area | faults | {' | '.join(f'{t}: found | named' for t in tools)} |")
    print(f"|---|---:|{'---:|---:|' * len(tools)}")
    for area in areas:
        cells = [f"{scores[t, area].found} | {scores[t, area].named}" for t in tools]
        print(f"| {area} | {scores[tools[0], area].faults} | {' | '.join(cells)} |")
    print("\n| tool | runs | found | named | extra | on clean twins | requests | seconds |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    for tool in tools:
        mine = [scores[tool, area] for area in areas]
        alarms = sum(len(said) for (t, _, _), said in clean.items() if t == tool)
        requests = [each for one in mine for each in one.requests]
        seconds = [each for one in mine for each in one.seconds]
        print(
            f"| {tool} | {sum(s.faults for s in mine)} | {sum(s.found for s in mine)} |"
            f" {sum(s.named for s in mine)} | {sum(s.extra for s in mine)} | {alarms} |"
            f" {statistics.median(requests):.0f} | {statistics.median(seconds):.1f} |"
        )
    for tool in tools:
        missed = sorted({each for area in areas for each in scores[tool, area].missed})
        print(f"\n{tool}, not found under its name: {', '.join(missed) or 'none'}")


if __name__ == "__main__":
    raise SystemExit(main())
