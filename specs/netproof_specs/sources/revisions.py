"""Manifests as a git revision holds them: `git:REV:PATH`."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from posixpath import basename, dirname

from netproof_specs.problems import Problem
from netproof_specs.sources.finding import SUFFIXES, Content, Origin
from netproof_specs.sources.folders import Exclusion
from netproof_specs.sources.unrendered import unrendered

PREFIX = "git:"


def is_revision(name: str) -> bool:
    """Whether a side of a comparison is given as `git:REV:PATH`."""
    return name.startswith(PREFIX)


def read_revision(
    name: str, problems: list[Problem], exclusion: Exclusion | None = None
) -> list[Content]:
    """The manifests that `git:REV:PATH` names, in order of their paths.

    PATH counts from the root of the repository, or, starting with `./`, from the current folder,
    as git has it. It is a file, or a folder of which the manifests are taken. What cannot be read
    is added to `problems`.
    """
    revision, _, path = name.removeprefix(PREFIX).partition(":")
    if not revision or not path:
        problems.append(_problem(name, "it is not of the form `git:REV:PATH`"))
        return []
    try:
        return list(_read(name, revision, path, exclusion or Exclusion()))
    except FileNotFoundError:
        problems.append(_problem(name, "there is no `git` command"))
    except ValueError:
        problems.append(_problem(name, "it holds characters that no command takes"))
    except subprocess.CalledProcessError as error:
        problems.append(_problem(name, _reason(error, revision)))
    except _RefusedError as error:
        problems.append(_problem(name, *error.args))
    return []


def _reason(error: subprocess.CalledProcessError, revision: str) -> str:
    """What git says, but for its word on a revision that it does not know."""
    said = error.stderr.decode("utf-8", "replace").strip().splitlines()
    if said and "Needed a single revision" in said[-1]:
        return f"there is no revision `{revision}`"
    return said[-1] if said else "git failed"


class _RefusedError(Exception):
    """A folder that is not read: says why, and perhaps what to do instead."""


def _read(name: str, revision: str, path: str, exclusion: Exclusion) -> Iterator[Content]:
    """Raises CalledProcessError where git refuses, and _RefusedError."""
    commit = _git("rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}").strip()
    # A folder by itself is `REV:./`; git knows no `REV:.`.
    folder = "./" if path in (".", "./") else path.rstrip("/")
    wanted = f"{commit.decode()}:{folder}"
    kind = _git("cat-file", "-t", wanted).strip()
    if kind == b"blob":
        yield Content(name, _git("cat-file", "blob", wanted))
        return
    for file in _manifests(wanted, exclusion):
        title = f"{name.rstrip('/')}/{file}"
        if exclusion.holds(file, title):
            continue
        inner = f"{wanted}{file}" if wanted.endswith("/") else f"{wanted}/{file}"
        data = _git("cat-file", "blob", inner)
        yield Content(title, data, Origin.FOUND)


def _manifests(folder: str, exclusion: Exclusion) -> list[str]:
    """The manifests below a folder, by the paths from there, in order."""
    found: list[str] = []
    folders: dict[str, list[str]] = {}
    for entry in _git("ls-tree", "-r", "-z", "--full-tree", folder).split(b"\0"):
        about, _, path = entry.partition(b"\t")
        file = path.decode("utf-8", "replace")
        if any(part.startswith(".") for part in file.split("/")):
            continue
        if b" commit " in about:
            # What changes in a repository of its own would go unseen.
            raise _RefusedError(f"`{file}` is a submodule, whose files it does not hold")
        if not exclusion.fits(file):
            folders.setdefault(dirname(file), []).append(basename(file))
        if file.endswith(SUFFIXES):
            found.append(file)
    for inner in sorted(folders):
        problem = unrendered(inner, folders[inner])
        if problem is not None:
            raise _RefusedError(f"`{problem.where}`: {problem.message}", _RENDER)
    if not found:
        # More likely a slip than meant.
        raise _RefusedError("the folder holds no manifest at that revision")
    return sorted(found)


def _git(*arguments: str) -> bytes:
    return subprocess.run(["git", *arguments], check=True, capture_output=True).stdout


_WRITE = "write `git:REV:PATH`, such as `git:origin/main:k8s`"
_RENDER = (
    "check the revision out, for one with `git worktree add`, render both sides with "
    "`kubectl kustomize` or `helm template`, and compare the results"
)


def _problem(name: str, reason: str, suggestion: str = _WRITE) -> Problem:
    return Problem(
        None,
        f"cannot read `{name}`: {reason}",
        suggestion,
        code="unreadable-revision",
    )
