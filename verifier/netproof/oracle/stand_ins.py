"""Values of a region that stand for others, on one concrete connection (D.31)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import assert_never

from netproof.comparisons import Asked, Part, StandIns
from netproof_specs.frozen import replace
from netproof_specs.model.connections import Connection, Endpoint, PodEndpoint
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.model.labels import NAME_LABEL, Labels

LONGEST_LABEL = 63
"""The most characters of a label's value, and of an account's name that hands on labels (D.15)."""


def as_told(connection: Connection, told: Sequence[StandIns]) -> Iterator[Connection]:
    """The connection with the values of its ends that regions have in their place.

    More than one only where two names of namespaces stand for all of one kind: nothing tells which
    of these is the first.
    """
    source, destination = (
        _told_end(end, told) for end in (connection.source, connection.destination)
    )
    names = dict.fromkeys(
        end.namespace.name for end in (source, destination) if isinstance(end, PodEndpoint)
    )
    choices = [list(_names_for(name, told)) for name in names]
    for chosen in product(*choices):
        if len(set(chosen)) == len(names):
            named = dict(zip(names, chosen, strict=True))
            one, other = (_in_namespace(end, named) for end in (source, destination))
            yield replace(connection, source=one, destination=other)


def _told_end(end: Endpoint, told: Sequence[StandIns]) -> Endpoint:
    if isinstance(end, HostEndpoint):
        return replace(end, labels=_told_labels(end.labels, told, Part.HOST_LABEL))
    if not isinstance(end, PodEndpoint):
        return end
    space = end.namespace
    return replace(
        end,
        labels=_told_labels(end.labels, told, Part.POD_LABEL),
        namespace=replace(space, labels=_told_labels(space.labels, told, Part.NAMESPACE_LABEL)),
        account_labels=_told_labels(end.account_labels, told, Part.ACCOUNT_LABEL),
        service_account=_told_value(end.service_account, told, Part.ACCOUNT_NAME, ""),
    )


def _told_labels(labels: Labels, told: Sequence[StandIns], part: Part) -> Labels:
    return tuple((key, _told_value(value, told, part, key)) for key, value in labels)


def _told_value(value: str, told: Sequence[StandIns], part: Part, key: str) -> str:
    """What stands for the value: itself, where something mentions it or nothing stands for it."""
    return next(_standing_for(value, told, part, key), value)


def _names_for(name: str, told: Sequence[StandIns]) -> Iterator[str]:
    """The names that can stand for the name of a namespace."""
    found = list(_standing_for(name, told, Part.NAMESPACE_NAME, ""))
    yield from found or [name]


def _standing_for(value: str, told: Sequence[StandIns], part: Part, key: str) -> Iterator[str]:
    for one in told:
        if (one.part, one.key) == (part, key) and value not in one.mentioned:
            yield from (other for other in one.values if _are_alike(value, other, one))


def _are_alike(value: str, other: str, told: StandIns) -> bool:
    """True iff all tests come to the same, and both names of accounts fit into a label or none."""
    lengths = told.part is not Part.ACCOUNT_NAME or (
        (len(value) <= LONGEST_LABEL) is (len(other) <= LONGEST_LABEL)
    )
    return lengths and all(
        passes(value, asked, text) is passes(other, asked, text) for asked, text in told.tests
    )


def passes(value: str, asked: Asked, text: str) -> bool:
    """True iff the text is in the value, at the place that is asked about (D.31)."""
    match asked:
        case Asked.CONTAINS:
            return text in value
        case Asked.STARTS_WITH:
            return value.startswith(text)
        case Asked.ENDS_WITH:
            return value.endswith(text)
        case _:
            assert_never(asked)


def _in_namespace(end: Endpoint, named: dict[str, str]) -> Endpoint:
    if not isinstance(end, PodEndpoint):
        return end
    space = end.namespace
    name = named[space.name]
    labels = dict(space.labels) | {NAME_LABEL: name}
    return replace(end, namespace=replace(space, name=name, labels=tuple(sorted(labels.items()))))
