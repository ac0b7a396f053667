"""Conditions in words, as explanations tell what a policy wants."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from netproof_encodings.decision.conditions import (
    AccountText,
    All,
    Any,
    Assumed,
    Atom,
    End,
    FromPorts,
    HasProtocol,
    InBlock,
    InNamespace,
    IsHost,
    IsOrdinaryPod,
    IsPod,
    Labelled,
    LabelText,
    Match,
    NamesPort,
    Not,
    OfFamily,
    OnPorts,
    RunsAs,
)
from netproof_specs.model.traffic import PortRange

MANY_NAMES = 3


def _host_names(names: Sequence[str]) -> str:
    """The first few names, and how many more there are."""
    more = len(names) - MANY_NAMES
    return " or ".join([*names[:MANY_NAMES], *([f"{more} more"] if more > 0 else [])])


def text_of(match: Match) -> str:
    """The condition in words."""
    match match:
        case All(parts):
            return " and ".join(map(text_of, parts)) or "anything"
        case Any(parts):
            return " or ".join(map(text_of, parts)) or "nothing"
        case Not(Labelled() as atom):
            return without_text(atom)
        case Not(part):
            return f"not {text_of(part)}"
        case atom:
            return _atom_text(atom)


def _atom_text(atom: Atom) -> str:
    match atom:
        case IsPod() | IsOrdinaryPod():
            return "a pod"
        case InNamespace(_, name):
            return f"namespace {name}"
        case IsHost(_, names):
            return f"host endpoint {_host_names(names)}"
        case RunsAs() | AccountText():
            return _account_text(atom)
        case Labelled() | LabelText():
            return _label_text(atom)
        case InBlock(_, cidr):
            return f"an address in {cidr}"
        case HasProtocol(protocol):
            return protocol.value
        case OnPorts(ports) | FromPorts(ports):
            return f"{'source ' * isinstance(atom, FromPorts)}port {span_text(ports)}"
        case NamesPort(name, end=end):
            return f"{'source ' * (end is End.SOURCE)}port `{name}`"
        case OfFamily(family):
            return f"IPv{family.value}"
        case Assumed(assumption):
            return f"the assumption {assumption.value}"
        case _:
            assert_never(atom)


def _account_text(atom: RunsAs | AccountText) -> str:
    match atom:
        case AccountText():
            return f"a service account whose name {tested_text(atom)}"
        case RunsAs(_, None):
            return "a service account whose name fits into a label"
        case RunsAs(_, names):
            return f"service account {' or '.join(names or ())}"
        case _:
            assert_never(atom)


def _label_text(atom: Labelled | LabelText) -> str:
    match atom:
        case LabelText(_, _, key, test, text):
            return f"{key} {test.value} '{text}'"
        case Labelled(_, _, key, None):
            return f"{key} (any value)"
        case Labelled(_, _, key, (value,)):
            return f"{key}={value}"
        case Labelled(_, _, key, values):
            return f"{key} in ({', '.join(values or ())})"
        case _:
            assert_never(atom)


def without_text(atom: Labelled) -> str:
    """That the label must not be there, or not with these values, as kubectl writes it."""
    if atom.values is None:
        return f"no {atom.key}"
    if len(atom.values) == 1:
        return f"{atom.key}!={atom.values[0]}"
    return f"{atom.key} notin ({', '.join(atom.values)})"


def tested_text(atom: AccountText) -> str:
    """`contains 'x'`."""
    return f"{atom.test.value} '{atom.text}'"


def span_text(ports: PortRange) -> str:
    """`80`, or `8000-8100`."""
    return f"{ports.first}-{ports.last}" if ports.last > ports.first else str(ports.first)
