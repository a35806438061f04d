"""What is being built: version, branch and address of the build, from the CI service or git."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from apicheck.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["Build", "detected"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """Each fact is "" where it is not known; ``source`` says who told them."""

    version: str = ""
    branch: str = ""
    url: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Service:
    """Variables of a CI service, the better first; ``url`` is a text with variables in it."""

    name: str
    marker: str
    commit: tuple[str, ...]
    branch: tuple[str, ...]
    url: str


#: As their manuals say. Of a pull request, the branch is the one that it comes from.
_SERVICES = (
    _Service(
        name="GitHub Actions",
        marker="GITHUB_ACTIONS",
        commit=("GITHUB_SHA",),
        branch=("GITHUB_HEAD_REF", "GITHUB_REF"),
        url="$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID",
    ),
    _Service(
        name="GitLab CI",
        marker="GITLAB_CI",
        commit=("CI_COMMIT_SHA",),
        branch=("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "CI_COMMIT_BRANCH"),
        url="$CI_JOB_URL",
    ),
    _Service(
        name="Azure Pipelines",
        marker="TF_BUILD",
        commit=("BUILD_SOURCEVERSION",),
        branch=("SYSTEM_PULLREQUEST_SOURCEBRANCH", "BUILD_SOURCEBRANCH"),
        url="$SYSTEM_COLLECTIONURI$SYSTEM_TEAMPROJECT/_build/results?buildId=$BUILD_BUILDID",
    ),
    _Service(
        name="Buildkite",
        marker="BUILDKITE",
        commit=("BUILDKITE_COMMIT",),
        branch=("BUILDKITE_BRANCH",),
        url="$BUILDKITE_BUILD_URL",
    ),
    _Service(
        name="CircleCI",
        marker="CIRCLECI",
        commit=("CIRCLE_SHA1",),
        branch=("CIRCLE_BRANCH",),
        url="$CIRCLE_BUILD_URL",
    ),
    _Service(
        name="Jenkins",
        marker="JENKINS_URL",
        commit=("GIT_COMMIT",),
        branch=("CHANGE_BRANCH", "BRANCH_NAME", "GIT_LOCAL_BRANCH", "GIT_BRANCH"),
        url="$BUILD_URL",
    ),
    _Service(
        name="Travis CI",
        marker="TRAVIS",
        commit=("TRAVIS_PULL_REQUEST_SHA", "TRAVIS_COMMIT"),
        branch=("TRAVIS_PULL_REQUEST_BRANCH", "TRAVIS_BRANCH"),
        url="$TRAVIS_BUILD_WEB_URL",
    ),
    _Service(
        name="AppVeyor",
        marker="APPVEYOR",
        commit=("APPVEYOR_PULL_REQUEST_HEAD_COMMIT", "APPVEYOR_REPO_COMMIT"),
        branch=("APPVEYOR_PULL_REQUEST_HEAD_REPO_BRANCH", "APPVEYOR_REPO_BRANCH"),
        url="$APPVEYOR_URL/project/$APPVEYOR_ACCOUNT_NAME/$APPVEYOR_PROJECT_SLUG/builds"
        "/$APPVEYOR_BUILD_ID",
    ),
    _Service(
        name="Bitbucket Pipelines",
        marker="BITBUCKET_BUILD_NUMBER",
        commit=("BITBUCKET_COMMIT",),
        branch=("BITBUCKET_BRANCH",),
        url="$BITBUCKET_GIT_HTTP_ORIGIN/pipelines/results/$BITBUCKET_BUILD_NUMBER",
    ),
    _Service(
        name="Bamboo",
        marker="bamboo_buildKey",
        commit=("bamboo_planRepository_revision",),
        branch=("bamboo_planRepository_branchName",),
        url="$bamboo_buildResultsUrl",
    ),
    _Service(
        name="Drone",
        marker="DRONE",
        commit=("DRONE_COMMIT_SHA",),
        branch=("DRONE_SOURCE_BRANCH", "DRONE_BRANCH"),
        url="$DRONE_BUILD_LINK",
    ),
    _Service(
        name="Codeship",
        marker="CI_COMMIT_ID",
        commit=("CI_COMMIT_ID",),
        branch=("CI_BRANCH",),
        url="$CI_BUILD_URL",
    ),
)


def detected(environment: Mapping[str, str], folder: Path) -> Build:
    """What the CI service says of this build; else what git says of ``folder``."""
    for each in _SERVICES:
        if environment.get(each.marker):
            return Build(
                version=_first(environment, each.commit),
                branch=_branch(_first(environment, each.branch)),
                url=_filled(each.url, environment),
                source=each.name,
            )
    return _of_git(folder)


def _first(environment: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((environment[each] for each in names if environment.get(each)), "")


def _branch(ref: str) -> str:
    """A branch of its reference; a tag or the merge of a pull request is none."""
    if ref.startswith("refs/heads/"):
        return ref.removeprefix("refs/heads/")
    return "" if ref.startswith("refs/") else ref.removeprefix("origin/")


def _filled(text: str, environment: Mapping[str, str]) -> str:
    names: list[str] = re.findall(r"\$(\w+)", text)
    if not all(environment.get(each) for each in names):
        return ""
    return re.sub(r"\$(\w+)", lambda found: environment[found[1]], text)


def _of_git(folder: Path) -> Build:
    from apicheck.sources.git import git

    try:
        version = git(["rev-parse", "--verify", "HEAD"], folder).decode().strip()
    except SourceError:
        return Build()
    try:
        branch = git(["symbolic-ref", "--short", "HEAD"], folder).decode().strip()
    except SourceError:
        branch = ""
    return Build(version=version, branch=branch, source="git")
