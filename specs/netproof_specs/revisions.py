"""Manifests as a git revision holds them: `git:REV:PATH`."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

from netproof_specs.problems import Problem
from netproof_specs.sources import SUFFIXES, Content

PREFIX = "git:"


def is_revision(name: str) -> bool:
    """Whether a side of a comparison is given as `git:REV:PATH`."""
    return name.startswith(PREFIX)


def read_revision(name: str, problems: list[Problem]) -> list[Content]:
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
        return list(_read(name, revision, path))
    except FileNotFoundError:
        problems.append(_problem(name, "there is no `git` command"))
    except ValueError:
        problems.append(_problem(name, "it holds characters that no command takes"))
    except subprocess.CalledProcessError as error:
        problems.append(_problem(name, _reason(error, revision)))
    except _EmptyFolderError:
        problems.append(_problem(name, "the folder holds no manifest at that revision"))
    return []


def _reason(error: subprocess.CalledProcessError, revision: str) -> str:
    """What git says, but for its word on a revision that it does not know."""
    said = error.stderr.decode("utf-8", "replace").strip().splitlines()
    if said and "Needed a single revision" in said[-1]:
        return f"there is no revision `{revision}`"
    return said[-1] if said else "git failed"


class _EmptyFolderError(Exception):
    """A folder without a single manifest, which is more likely a slip than meant."""


def _read(name: str, revision: str, path: str) -> Iterator[Content]:
    """Raises CalledProcessError where git refuses."""
    commit = _git("rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}").strip()
    # A folder by itself is `REV:./`; git knows no `REV:.`.
    folder = "./" if path in (".", "./") else path.rstrip("/")
    wanted = f"{commit.decode()}:{folder}"
    kind = _git("cat-file", "-t", wanted).strip()
    if kind == b"blob":
        yield Content(name, _git("cat-file", "blob", wanted))
        return
    listed = _git("ls-tree", "-r", "-z", "--name-only", "--full-tree", wanted)
    files = [file.decode("utf-8", "replace") for file in listed.split(b"\0") if file]
    manifests = sorted(file for file in files if _is_manifest(file))
    if not manifests:
        raise _EmptyFolderError
    for file in manifests:
        inner = f"{wanted}{file}" if wanted.endswith("/") else f"{wanted}/{file}"
        data = _git("cat-file", "blob", inner)
        yield Content(f"{name.rstrip('/')}/{file}", data)


def _is_manifest(file: str) -> bool:
    """Whether a folder's search takes the file: by its ending, unless some part is hidden."""
    return file.endswith(SUFFIXES) and not any(part.startswith(".") for part in file.split("/"))


def _git(*arguments: str) -> bytes:
    return subprocess.run(["git", *arguments], check=True, capture_output=True).stdout


def _problem(name: str, reason: str) -> Problem:
    return Problem(
        None,
        f"cannot read `{name}`: {reason}",
        "write `git:REV:PATH`, such as `git:origin/main:k8s`",
        code="unreadable-revision",
    )
