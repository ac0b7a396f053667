"""What policies ask of a connection: atoms, joined by all, any and not.

Places in files go with conditions for explanations to show; they count in no comparison.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import Enum
from typing import TypeAlias, assert_never

from netproof_encodings.decision.placed import Placed, Where
from netproof_specs.assumptions import Assumption
from netproof_specs.frozen import Frozen
from netproof_specs.model.traffic import Direction, Family, PortRange, Protocol


class End(Enum):
    """One of the two ends of a connection."""

    SOURCE = "source"
    DESTINATION = "destination"

    # An enum hashes its name, in Python; conditions are hashed by the million.
    __hash__ = object.__hash__

    @property
    def opposite(self) -> End:
        """The other one of the two."""
        return End.DESTINATION if self is End.SOURCE else End.SOURCE


def subject_end(direction: Direction) -> End:
    """The end whose policies decide the direction (A.7)."""
    return End.SOURCE if direction is Direction.EGRESS else End.DESTINATION


# --- what a rule matches -----------------------------------------------------------------------


class IsPod(Placed):
    """The end is a pod that policies can select, which a node is not (A.45)."""

    end: End
    where: Where = None


class IsOrdinaryPod(Placed):
    """The end is a pod that does not use its node's network, whatever is assumed of one (C.8)."""

    end: End
    where: Where = None


class InNamespace(Placed):
    """The end is a pod that policies can select, and its namespace has that name."""

    end: End
    name: str
    where: Where = None


class Whose(Enum):
    """Whose labels are looked at: the pod's own, those of its namespace or service account.

    `HOST` are the own labels of a host endpoint that is none of the input.
    """

    POD = "pod"
    NAMESPACE = "namespace"
    ACCOUNT = "service-account"
    HOST = "host-endpoint"

    __hash__ = object.__hash__


class Labelled(Placed):
    """The end is a pod that policies can select, and the key is there with one of `values`.

    Of labels of a host endpoint it is one that is none of the input.
    `values` are sorted; `None` is any value (A.23). A service account whose name is too long for
    a label hands on none of its own (D.15).
    """

    end: End
    whose: Whose
    key: str
    values: tuple[str, ...] | None
    where: Where = None


class RunsAs(Placed):
    """The end is a pod that policies can select, and runs as one of the service accounts.

    `names` are sorted; `None` is any account whose name fits into a label (D.15).
    """

    end: End
    names: tuple[str, ...] | None
    where: Where = None


class TextTest(Enum):
    """What a selector of Calico asks of a part of a value (D.31)."""

    CONTAINS = "contains"
    STARTS_WITH = "starts with"
    ENDS_WITH = "ends with"

    __hash__ = object.__hash__


class Found(Enum):
    """How a host endpoint is met: as what policies are for, or by an address it expects (D.35)."""

    AS_SUBJECT = "as-subject"
    BY_ADDRESS = "by-address"

    __hash__ = object.__hash__


class LabelText(Placed):
    """The end is a pod that policies can select, and the key is there with a value that passes the
    test for the text, which is not empty (D.31); it is a host endpoint where its labels are asked.
    """

    end: End
    whose: Whose
    key: str
    test: TextTest
    text: str
    where: Where = None


class AccountText(Placed):
    """The end is a pod that policies can select, and the name of its service account passes the
    test for the text, which is not empty, however long the name is (D.15, D.31).
    """

    end: End
    test: TextTest
    text: str
    where: Where = None


class IsHost(Placed):
    """The end is one of the host endpoints, whose `names` are sorted.

    By address it is only where it has one of the connection's family that it expects. A name in
    angle brackets stands for all that list the same profiles and are none of the input.
    """

    end: End
    names: tuple[str, ...]
    found: Found
    where: Where = None


def is_of_others(name: str) -> bool:
    """Whether the name stands for host endpoints that are none of the input."""
    return name.startswith("<")


class Seen(Enum):
    """Whether blocks are held against the addresses of pods: as assumed (A.29), or always."""

    AS_ASSUMED = "as-assumed"
    ALWAYS = "always"

    __hash__ = object.__hash__


class InBlock(Placed):
    """The end's address is in the block, which is canonical; a node's and an external one's are
    always looked at, a pod's as `pods` says (A.26, A.29).
    """

    end: End
    cidr: str
    pods: Seen = Seen.AS_ASSUMED
    where: Where = None


class HasProtocol(Placed):
    """The connection uses the protocol."""

    protocol: Protocol
    where: Where = None


class OnPorts(Placed):
    """The connection's destination port is in the range (A.33)."""

    ports: PortRange
    where: Where = None


class FromPorts(Placed):
    """The connection's source port is in the range (D.19)."""

    ports: PortRange
    where: Where = None


class Counted(Enum):
    """Whose ports have names: those of the containers that run, or of all init containers too.

    `OF_HOST` are those of a host endpoint that is none of the input.
    """

    RUNNING = "running"
    EVERY = "every"
    OF_HOST = "of-host"

    __hash__ = object.__hash__


class NamesPort(Placed):
    """The end is a pod that policies can select, or such a host endpoint, and declares under the
    name the connection's protocol and the port that it has at that end (A.35, A.36, D.6).

    Only Calico's rules look at the source, and at the port that it comes from (D.20).
    """

    name: str
    where: Where = None
    counted: Counted = Counted.RUNNING
    end: End = End.DESTINATION


class OfFamily(Frozen):
    """The connection uses the address family (A.27)."""

    family: Family


class Assumed(Frozen):
    """The assumption is taken to be true."""

    assumption: Assumption


Atom: TypeAlias = (
    IsPod
    | IsOrdinaryPod
    | InNamespace
    | Labelled
    | RunsAs
    | LabelText
    | AccountText
    | IsHost
    | InBlock
    | HasProtocol
    | OnPorts
    | FromPorts
    | NamesPort
    | OfFamily
    | Assumed
)
"""What a policy can ask of a connection, one thing at a time."""


class All(Frozen):
    """Every part holds; without parts it is always so."""

    parts: tuple[Match, ...] = ()


class Any(Frozen):
    """Some part holds; without parts it is never so."""

    parts: tuple[Match, ...] = ()


class Not(Frozen):
    """The part does not hold, whatever kind of end the connection has there."""

    part: Match


Match: TypeAlias = Atom | All | Any | Not
"""A condition on a connection."""

JOINED = (All, Any)
"""Conditions made of several: to ask for a union of types would make it anew each time."""

ALWAYS = All()
NEVER = Any()


def every(parts: Iterable[Match]) -> Match:
    """The condition that every part holds, without needless nesting."""
    return _joined(All, parts)


def some(parts: Iterable[Match]) -> Match:
    """The condition that some part holds, without needless nesting."""
    return _joined(Any, parts)


def _joined(kind: type[All] | type[Any], parts: Iterable[Match]) -> Match:
    flat: list[Match] = []
    for part in parts:
        if isinstance(part, kind):
            flat.extend(part.parts)
        else:
            flat.append(part)
    # To hash parts walks through all they hold: two are compared, and those of different types are
    # different.
    if len(flat) == 2:
        if flat[0] == flat[1]:
            flat.pop()
    elif len(set(map(type, flat))) < len(flat):
        flat = list(dict.fromkeys(flat))
    return flat[0] if len(flat) == 1 else kind(tuple(flat))


def atoms_of(match: Match) -> list[Atom]:
    """Every atom of the condition, from left to right."""
    if isinstance(match, JOINED):
        return [atom for part in match.parts for atom in atoms_of(part)]
    return atoms_of(match.part) if isinstance(match, Not) else [match]


def end_of(atom: Atom) -> End | None:
    """The end that the atom is about."""
    match atom:
        case IsPod(end=end) | IsOrdinaryPod(end=end) | InNamespace(end=end):
            return end
        case Labelled(end=end) | RunsAs(end=end) | LabelText(end=end) | AccountText(end=end):
            return end
        case IsHost(end=end) | InBlock(end=end) | NamesPort(end=end):
            return end
        case HasProtocol() | OnPorts() | FromPorts() | OfFamily() | Assumed():
            return None
        case _:
            assert_never(atom)


def given(match: Match, known: Callable[[Atom], Match | None]) -> Match:
    """The condition with what is known of its atoms in their place; `None` is not known."""
    match match:
        case All(parts):
            left = _left_of(parts, known, All)
            return NEVER if left is None else every(left)
        case Any(parts):
            left = _left_of(parts, known, Any)
            return ALWAYS if left is None else some(left)
        case Not(part):
            inside = given(part, known)
            if isinstance(inside, JOINED) and not inside.parts:
                return NEVER if isinstance(inside, All) else ALWAYS
            return Not(inside)
        case atom:
            found = known(atom)
            return atom if found is None else found


def _left_of(
    parts: Iterable[Match], known: Callable[[Atom], Match | None], kind: type[All] | type[Any]
) -> list[Match] | None:
    """The parts of a condition of that kind as far as they matter; None if one of them settles it.

    To compare parts with `ALWAYS` and `NEVER` would cost more than all the rest.
    """
    left = []
    for part in parts:
        one = given(part, known)
        if not isinstance(one, JOINED) or one.parts:
            left.append(one)
        elif not isinstance(one, kind):
            return None
    return left


# --- rules, policies, tiers --------------------------------------------------------------------
