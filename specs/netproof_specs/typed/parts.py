"""What typed objects of every kind have: a place in the input, names and labels."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from netproof_specs.locations import Location, Step
from netproof_specs.model.labels import Labels
from netproof_specs.readers.interfaces import key_of_networks
from netproof_specs.readers.workloads import Known
from netproof_specs.syntax import label_key_fault, label_value_fault, namespace_fault

Path = tuple[Step, ...]

NAME: Path = ("metadata", "name")
"""The way to the name of an object, where messages say that it stands."""


PLAIN_NAME = re.compile(r"[a-z0-9](?:[-a-z0-9]{0,200}[a-z0-9])?")
"""Most names, of which nothing else has to be asked (B.8)."""


class Places(NamedTuple):
    """Where the value at a path starts, and where the key does that ends one.

    A path starts where that of the object does which is being read.
    """

    value: Callable[[Path], Location]
    key: Callable[[Path], Location]


class NotPlainError(Exception):
    """Something that the readers are to look at."""


def check_namespace(given: Any, known: Known) -> None:
    """Raises NotPlainError unless a namespace is named; each is looked at once."""
    if not given or namespace_fault(given):
        raise NotPlainError
    known.namespaces.add(given)


def check_networks(annotations: Any) -> None:
    """Raises NotPlainError where annotations put pods on further networks, which is noted."""
    if isinstance(annotations, dict) and key_of_networks(annotations) is not None:
        raise NotPlainError


def labels_of(given: dict[str, str], known: Known) -> Labels:
    """The labels in order of their keys; raises NotPlainError for what is no label."""
    key = tuple(given.items())
    found = known.labels.get(key)
    if found is None:
        if any(label_key_fault(name) or label_value_fault(text) for name, text in key):
            raise NotPlainError
        found = known.labels[key] = tuple(sorted(key))
    return found
