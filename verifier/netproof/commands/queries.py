"""What the commands that ask the oracle have in common: groups, and the input."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterable, Sequence

from netproof.commands.specs import included_by, read_specs
from netproof.verifying.generated_labels import unknown_labels
from netproof_specs.claims import EndpointSet
from netproof_specs.loading import Loaded, LoadOptions, load
from netproof_specs.problems import InputError, Problem
from netproof_specs.spec_files.reading import Spec
from netproof_specs.steps import Watch, unwatched


def joined_specs(names: Sequence[str]) -> Spec:
    """The groups and the exclusions of some spec files as one spec; raises InputError."""
    files = read_specs(names)
    groups = dict(group for _, spec in files for group in spec.groups)
    globs = tuple(one for _, spec in files for one in spec.exclude)
    return Spec(tuple(groups.items()), exclude=globs, included=included_by(files))


def load_snapshot(
    paths: Sequence[str],
    options: LoadOptions,
    specs: Sequence[str] = (),
    groups: Iterable[EndpointSet] = (),
    watch: Watch = unwatched,
) -> Loaded:
    """The input, which must hold endpoints and the labels that policies and groups ask for.

    Raises InputError.
    """
    loaded = load(paths, options, sys.stdin.buffer, specs, watch)
    if not (loaded.cluster.workloads or loaded.cluster.hosts):
        raise InputError((_no_workloads(),))
    unknown = tuple(unknown_labels(loaded.cluster, groups))
    if unknown:
        raise InputError(unknown)
    # The input stays until the end: scanning it for garbage takes longer than a whole map.
    gc.freeze()
    return loaded


def _no_workloads() -> Problem:
    return Problem(
        None,
        "the input holds no workloads, so it has no connections",
        "name the files of the Pods, Deployments and so on besides those of the policies",
        code="no-workloads",
    )
