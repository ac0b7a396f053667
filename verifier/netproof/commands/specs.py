"""Spec files that a command line names."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence

from netproof_specs.frozen import replace
from netproof_specs.locations import Location
from netproof_specs.problems import InputError, Problem
from netproof_specs.sources.contents import UnreadableError, file_bytes, reason_of, stream_bytes
from netproof_specs.sources.finding import STDIN, Content
from netproof_specs.spec_files.includes import MARK, catalogue_alone
from netproof_specs.spec_files.reading import Spec, read_spec


def read_specs(names: Sequence[str]) -> list[tuple[Content, Spec]]:
    """Each file with what it states; raises InputError with the mistakes of all of them."""
    return read_spec_files(names, {})


def read_spec_files(
    names: Iterable[str], places: Mapping[str, Location]
) -> list[tuple[Content, Spec]]:
    """The same; a file that cannot be read is told at the place where it is named."""
    found: list[tuple[Content, Spec]] = []
    problems: list[Problem] = []
    for name in names:
        try:
            content = spec_content(name, "spec")
            found.append((content, read_spec(content.name, content.data)))
        except InputError as error:
            at = places.get(name)
            problems += (replace(one, where=one.where or at) for one in error.problems)
    if problems:
        raise InputError(tuple(problems))
    return found


def included_by(files: Iterable[tuple[Content, Spec]]) -> tuple[Content, ...]:
    """The files and catalogues that the specs include, each once."""
    return tuple(dict.fromkeys(one for _, spec in files for one in spec.included))


def spec_content(name: str, what: str) -> Content:
    """The bytes of a file of claims, or of what else `what` says; raises InputError."""
    if name.startswith(MARK):
        return Content(name, catalogue_alone(name).encode())
    try:
        data = stream_bytes(sys.stdin.buffer) if name == STDIN else file_bytes(name)
    except (UnreadableError, OSError, ValueError) as error:
        message = f"cannot read the {what} `{name}`: {reason_of(error)}"
        problem = Problem(None, message, getattr(error, "suggestion", ""))
        raise InputError((problem,)) from error
    return Content(name, data)
