"""How an object of each kind is treated: read, left out, told as unknown, or refused (B.7)."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from netproof_specs.frozen import Frozen
from netproof_specs.readers.kind_lists import (
    ALL,
    NO_BEARING,
    OTHER_NETWORKS,
    POLICY_KINDS,
    RUN_PODS,
)
from netproof_specs.readers.table import READ_KINDS, ReadKind, Role, read_kind, split_version
from netproof_specs.sources.unrendered import GROUP


class Read(Frozen):
    """Objects of the kind are read, as the row says."""

    row: ReadKind


class Skip(Frozen):
    """Objects of the kind say nothing about connectivity, whatever they hold."""


class Unknown(Frozen):
    """Nothing is known of the kind: an object that holds pods or policies is a problem.

    Others are left out, and told.
    """


class Refuse(Frozen):
    """An object of the kind is a problem; message, suggestion and code say why."""

    message: str
    suggestion: str
    code: str


class Render(Frozen):
    """An object of the kind says what a tool is to make of the manifests beside it."""


Treatment = Read | Skip | Unknown | Refuse | Render
"""What becomes of the objects of a kind."""


class LeftOut(Frozen):
    """A kind whose objects the user leaves out; `group` is `None` for that name in any group."""

    kind: str
    group: str | None = None

    def __post_init__(self) -> None:
        """Raises ValueError for what is no name of a kind."""
        if not (self.kind.isalnum() and self.kind.isascii()) or self.group == "":
            raise ValueError(f"`{self}` is not of the form `KIND` or `KIND.GROUP`")

    def __str__(self) -> str:
        """As the user writes it: `KIND` or `KIND.GROUP`."""
        return self.kind if self.group is None else f"{self.kind}.{self.group}"


def left_out(text: str) -> LeftOut:
    """The kind that `KIND` or `KIND.GROUP` names; raises ValueError for a text that names none."""
    kind, dot, group = text.partition(".")
    return LeftOut(kind, group if dot else None)


def is_left_out(chosen: Iterable[LeftOut], api_version: str, kind: str) -> bool:
    """Iff the user leaves out the objects of this kind, which is not one without bearing."""
    group = split_version(api_version)[0]
    named = any(one.kind == kind and one.group in (None, group) for one in chosen)
    return named and not isinstance(classify(api_version, kind), Skip)


_SUPPORTED = (
    "`NetworkPolicy` is, and the kinds of `policy.networking.k8s.io` in `v1alpha1` and `v1alpha2`"
)


def classify(api_version: str, kind: str) -> Treatment:
    """How an object of this kind and version is treated (B.7).

    A policy of a kind or version that is not modelled is refused, never skipped.
    """
    row = read_kind(api_version, kind)
    if row is not None:
        return Read(row)
    group = split_version(api_version)[0]
    if _is_native(group):
        return _native(api_version, group, kind)
    known = READ_KINDS.get((group, kind))
    if known is not None and not _is_policy(group, kind):
        message = f"the version `{api_version}` of `{kind}` is not read"
        return Refuse(message, f"write `apiVersion: {known.api_version()}`", "unknown-kind")
    return _not_read(api_version, group, kind)


def _not_read(api_version: str, group: str, kind: str) -> Treatment:
    """How a kind is treated that no row of the table reads."""
    named = f"the kind `{kind}` of `{api_version}`"
    if group == GROUP:
        return Render()
    if _is_policy(group, kind):
        return _unmodelled(api_version, kind)
    if kind in RUN_PODS.get(group, ()):
        return Refuse(f"{named} runs pods and is not read", pods_hint(group, kind), "unread-pods")
    network = OTHER_NETWORKS.get(group, {}).get(kind)
    if network is not None:
        hint = _without(group, kind)
        return Refuse(f"{named} is not modelled: {network}", hint, "unmodelled-network")
    listed = NO_BEARING.get(group, frozenset())
    return Skip() if listed is ALL or kind in listed else Unknown()


def pods_hint(group: str, kind: str) -> str:
    """What to give instead of an object that runs pods."""
    return (
        "give the pods themselves, as `kubectl get pods -o yaml` prints them, and leave it out "
        f"with `--without {kind}.{group}`"
    )


def _without(group: str, kind: str) -> str:
    """How the user can go on all the same."""
    return (
        f"a verdict without it may be wrong; `--without {kind}.{group}` leaves it out, and every "
        "report then says so"
    )


def _is_native(group: str) -> bool:
    """Iff the group is the API server's own, not one of resources that somebody defined.

    Those have a dot, and so have few native ones.
    """
    return "." not in group or group == "networking.k8s.io"


def _native(api_version: str, group: str, kind: str) -> Treatment:
    meant = _meant(kind)
    if meant is not None:
        message = f"there is no `{kind}` in `{api_version}`"
        hint = f"write `apiVersion: {meant[0]}` and `kind: {meant[1]}`"
        return Refuse(message, hint, "unknown-kind")
    plain = NO_BEARING["networking.k8s.io"]
    if group == "networking.k8s.io" and kind.removesuffix("List") not in plain:
        message = f"there is no `{kind}` in `{api_version}`"
        hint = "write `kind: NetworkPolicy`" if "olic" in kind.lower() else ""
        return Refuse(message, hint, "unknown-kind")
    return _not_read(api_version, group, kind)


def _meant(kind: str) -> tuple[str, str] | None:
    """The native kind that is read and that a kind differs from by a few letters at most.

    As its `apiVersion` and its name.
    """
    native = [row for row in READ_KINDS.values() if _is_native(row.group)]
    names = {row.kind.lower(): (row.api_version(), row.kind) for row in native}
    names["list"] = ("v1", "List")
    close = get_close_matches(kind.lower(), names, 1, 0.8)
    return names[close[0]] if close else None


def is_policy(api_version: str, kind: str) -> bool:
    """Iff objects of the kind decide connectivity, whether or not they are read."""
    row = read_kind(api_version, kind)
    if row is not None:
        return row.role is Role.POLICY
    return _is_policy(split_version(api_version)[0], kind)


def _is_policy(group: str, kind: str) -> bool:
    lower = kind.lower()
    if "networkpolic" in lower or lower == "authorizationpolicy":
        return True
    if group == "policy.networking.k8s.io":
        return True
    return any(part in group and kind in kinds for part, kinds in POLICY_KINDS)


def _unmodelled(api_version: str, kind: str) -> Refuse:
    message = f"the policy kind `{kind}` of `{api_version}` is not modelled: {_SUPPORTED}"
    hint = _without(split_version(api_version)[0], kind)
    return Refuse(message, hint, "unmodelled-policy")
