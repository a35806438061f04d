"""The hook file for pre-commit, the action and the workflow: run line by line as they stand."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
HOOKS = {each["id"]: each for each in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}
ACTION = yaml.safe_load((ROOT / ".github/actions/gate/action.yml").read_text())
WORKFLOW = (ROOT / ".github/workflows/ci.yml").read_text()
ORDERS = "contracts/orders/openapi/"
OK = "    get: {responses: {'200': {description: ok}}}\n"
SPEC = f"openapi: 3.0.3\ninfo: {{title: Orders, version: %s}}\npaths:\n  /a:\n{OK}"
MORE = f"{SPEC}  /b:\n{OK}"


def environment(**more):
    scripts = str(Path(sys.executable).parent)
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("GITHUB_", "CI_"))}
    return {**kept, "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}", **more}


def commit_hook(repo, name):
    """Run a hook as pre-commit does: the staged files that match, or always."""
    hook = HOOKS[name]
    staged = repo.git("diff", "--cached", "--name-only", "--diff-filter=ACMRTUXB").splitlines()
    chosen = [each for each in staged if re.search(hook.get("files", ""), each)]
    if not chosen and not hook.get("always_run"):
        return None
    command = shlex.split(hook["entry"]) + list(hook.get("args", []))
    command += chosen if hook.get("pass_filenames", True) else []
    return subprocess.run(
        command, cwd=repo.root, capture_output=True, text=True, env=environment(), check=False
    )


@pytest.fixture
def store(repo):
    repo.put(ORDERS + "1.0.0.yaml", SPEC % "1.0.0")
    repo.put(ORDERS + "1.1.0.yaml", MORE % "1.1.0")
    repo.lock()
    repo.branch()
    return repo


def test_the_gate_hook_stops_a_bad_commit_and_lets_a_good_one_pass(store):
    store.put(ORDERS + "1.2.0.yaml", SPEC % "1.2.0")
    store.lock()
    store.git("add", "-A")
    done = commit_hook(store, "apicheck-gate")
    assert done.returncode == 1, done.stderr
    assert "operation.removed" in done.stdout
    store.git("mv", ORDERS + "1.2.0.yaml", ORDERS + "2.0.0.yaml")
    store.put(ORDERS + "2.0.0.yaml", SPEC % "2.0.0")
    store.git("checkout", "HEAD", "--", "contracts/apicheck.lock")
    store.lock()
    store.git("add", "-A")
    done = commit_hook(store, "apicheck-gate")
    assert done.returncode == 0, done.stdout


def test_the_gate_hook_sees_a_removed_contract(store):
    store.git("rm", "-q", ORDERS + "1.0.0.yaml")
    done = commit_hook(store, "apicheck-gate")
    assert done.returncode == 1
    assert "store.released-version-removed" in done.stdout


def test_the_lint_hook_is_given_the_contracts_that_are_staged(store):
    store.put("README.md", "hello")
    store.put("values.yaml", "a: 1")
    store.git("add", "-A")
    assert commit_hook(store, "apicheck-lint") is None
    store.put(ORDERS + "1.2.0.yaml", (MORE % "1.2.0").replace("title: Orders, ", ""))
    store.git("add", "-A")
    done = commit_hook(store, "apicheck-lint")
    assert done.returncode == 1
    assert f"{ORDERS}1.2.0.yaml:2" in done.stdout


@pytest.mark.parametrize(
    ("path", "taken"),
    [
        ("contracts/orders/openapi/1.0.0.yaml", True),
        ("contracts/orders/asyncapi/1.0.0.json", True),
        ("contracts/orders/events/OrderPlaced/1.0.0.avsc", True),
        ("contracts/orders/events/OrderPlaced/1.0.0/parts/money.json", True),
        ("contracts/orders/idl/orders/1.0.0.proto", True),
        ("contracts/orders/idl/orders/1.0.0/common/money.thrift", True),
        ("contracts/orders/idl/orders/1.0.0.avdl", True),
        ("contracts/orders/idl/orders/1.0.0.avpr", True),
        ("contracts/orders/openapi/1.0.0/parts/ok.yaml", False),
        ("contracts/orders/apicheck.toml", False),
        ("contracts/README.md", False),
        ("proto/orders.proto", False),
    ],
)
def test_the_lint_hook_takes_versions_of_every_format(path, taken):
    assert bool(re.search(HOOKS["apicheck-lint"]["files"], path)) is taken


def test_the_lint_hook_tells_of_an_interface_description_that_cannot_be_parsed(store):
    store.put("contracts/orders/idl/orders/1.0.0.proto", 'syntax = "proto3";\nmessage {}\n')
    store.put("contracts/orders/idl/stock/1.0.0/stock.thrift", "struct {}\n")
    store.git("add", "-A")
    done = commit_hook(store, "apicheck-lint")
    assert done.returncode == 1, done.stderr
    assert "orders/1.0.0.proto:2" in done.stdout
    assert "stock.thrift:1" in done.stdout


def test_hooks_are_installed_by_pre_commit_itself():
    assert {hook["language"] for hook in HOOKS.values()} == {"python"}
    assert set(HOOKS) == {"apicheck-gate", "apicheck-lint"}


def step(name):
    (found,) = (each for each in ACTION["runs"]["steps"] if each.get("name") == name)
    return found


def run_step(name, repo, tmp_path, **inputs):
    """Run one step of the action as a runner does: inputs in the environment, bash, -e, pipefail."""
    runner = tmp_path / "runner"
    runner.mkdir(exist_ok=True)
    filled = {}
    for key, template in step(name)["env"].items():
        value = re.sub(
            r"\$\{\{ inputs\.([a-z-]+) \}\}",
            lambda found: inputs.get(found[1], ACTION["inputs"][found[1]]["default"]),
            template,
        )
        filled[key] = value.replace("${{ github.action_path }}", str(ROOT / ".github/actions/gate"))
    files = {each: str(runner / each.lower()) for each in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    script = runner / "step.sh"
    script.write_text(step(name)["run"])
    env = environment(RUNNER_TEMP=str(runner), **files, **filled)
    env.update(inputs.get("env", {}))
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
        cwd=repo.root,
        capture_output=True,
        text=True,
        env=env,
        check=False,
    )
    return done, {
        key: Path(path).read_text() if Path(path).exists() else "" for key, path in files.items()
    }


@pytest.fixture
def installed(tmp_path):
    """What the first step would have installed: this very apicheck."""
    folder = tmp_path / "runner/apicheck/bin"
    folder.mkdir(parents=True)
    (folder / "apicheck").symlink_to(Path(sys.executable).parent / "apicheck")


@pytest.mark.usefixtures("installed")
def test_the_action_annotates_sums_up_and_fails(store, tmp_path):
    store.put(ORDERS + "1.2.0.yaml", SPEC % "1.2.0")
    store.lock()
    store.commit()
    done, files = run_step("Gate", store, tmp_path, base="main")
    assert done.returncode == 1, done.stderr
    assert f"::error file={ORDERS}1.2.0.yaml" in done.stdout
    assert "operation.removed" in files["GITHUB_STEP_SUMMARY"]
    outputs = dict(line.split("=", 1) for line in files["GITHUB_OUTPUT"].splitlines())
    assert outputs["exit-code"] == "1"
    assert '"2.1.0"' in Path(outputs["sarif"]).read_text()
    assert '"apicheck-report/1"' in Path(outputs["json"]).read_text()


@pytest.mark.usefixtures("installed")
def test_the_action_passes_and_takes_further_arguments(store, tmp_path):
    store.put(ORDERS + "2.0.0.yaml", SPEC % "2.0.0")
    store.lock()
    done, files = run_step("Gate", store, tmp_path, args="--fail-on 'info'")
    assert done.returncode == 0, "what a new major breaks is waived, and there is no more"
    assert "exit-code=0" in files["GITHUB_OUTPUT"]
    done, _ = run_step("Gate", store, tmp_path, args="--shard 5/4")
    assert done.returncode == 2
    assert "I/N" in done.stderr


@pytest.mark.usefixtures("installed")
def test_the_base_of_a_pull_request_is_taken_from_the_runner(store, tmp_path):
    store.git("update-ref", "refs/remotes/origin/release", "main")
    done, _ = run_step("Gate", store, tmp_path, env={"GITHUB_BASE_REF": "release"})
    assert done.returncode == 0, done.stderr
    done, _ = run_step("Gate", store, tmp_path, env={"GITHUB_BASE_REF": "gone"})
    assert done.returncode == 2
    assert "fetch-depth: 0" in done.stderr


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("name", ["base", "args"])
@pytest.mark.parametrize(
    "value",
    ["$(touch pwned)", "`touch pwned`", "; touch pwned", "' ; touch pwned ; '", '"; touch pwned #'],
)
def test_inputs_are_never_run(store, tmp_path, name, value):
    done, _ = run_step("Gate", store, tmp_path, **{name: value})
    assert done.returncode != 0
    assert not list(store.root.rglob("pwned"))
    assert not list(tmp_path.rglob("pwned"))


@pytest.mark.parametrize(
    ("version", "asked"),
    [
        ("1.2.3", "apicheck-toolkit[all]==1.2.3"),
        ("", f"{ROOT}/.github/actions/gate/../../..[all]"),
    ],
)
def test_the_action_installs_the_version_asked_for_or_its_own(repo, tmp_path, version, asked):
    """With a python that only writes down what it is asked to do."""
    fake = tmp_path / "fake"
    fake.mkdir()
    log = tmp_path / "log"
    script = f'#!/bin/sh\necho "$@" >> {log}\nif [ "$2" = venv ]; then mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; fi\n'
    (fake / "python").write_text(script)
    (fake / "python").chmod(0o755)
    path = {"PATH": f"{fake}{os.pathsep}{os.environ['PATH']}"}
    done, _ = run_step("Install apicheck", repo, tmp_path, version=version, env=path)
    assert done.returncode == 0, done.stderr
    assert log.read_text().splitlines()[-1] == f"-m pip install --quiet {asked}"


def test_no_script_has_an_expression_in_it():
    workflow = yaml.safe_load(WORKFLOW)
    scripts = [each["run"] for each in ACTION["runs"]["steps"] if "run" in each]
    for job in workflow["jobs"].values():
        scripts += [each["run"] for each in job["steps"] if "run" in each]
    assert len(scripts) > 4
    assert not [each for each in scripts if "${{" in each]


def test_every_action_is_pinned_by_hash_with_its_version_beside_it():
    texts = [WORKFLOW, (ROOT / ".github/actions/gate/action.yml").read_text()]
    from apicheck.cli.commands.init import _WORKFLOW

    used = re.findall(r"uses: (\S+)(.*)", "\n".join([*texts, _WORKFLOW]))
    assert len(used) > 5
    for name, comment in used:
        if not name.startswith(("./", "apicheck/")):
            assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", name), name
            assert re.fullmatch(r" # v\d+\.\d+\.\d+", comment), name


def test_the_one_required_job_needs_all_others():
    workflow = yaml.safe_load(WORKFLOW)
    jobs = workflow["jobs"]
    assert workflow["permissions"] == {}
    assert set(jobs["all"]["needs"]) == set(jobs) - {"all"}
    assert all(set(job["permissions"]) <= {"contents"} for job in jobs.values())
    script = jobs["all"]["steps"][0]["run"]
    for results, code in (("success success skipped", 0), ("success failure", 1), ("cancelled", 1)):
        done = subprocess.run(
            ["bash", "-ec", script], env={"RESULTS": results}, check=False, capture_output=True
        )
        assert done.returncode == code, results
