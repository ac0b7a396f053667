"""The conditions of which regions of a difference are made: what each says of a connection."""

from __future__ import annotations

from enum import Enum

from netproof_encodings.decision.conditions import Whose
from netproof_specs.frozen import Frozen
from netproof_specs.model.labels import Requirement
from netproof_specs.model.traffic import Direction, Family, Protocol

End = Direction
"""An end of the connection by the direction that it decides: egress is the source."""


class Kind(Enum):
    """What an end is: a pod, an address outside the cluster, or a host endpoint."""

    POD = "pod"
    OUTSIDE = "outside"
    HOST = "host"


class OfKind(Frozen):
    """The end is of that kind."""

    end: End
    kind: Kind


class HasLabels(Frozen):
    """The end is a pod of which some labels meet requirements on one key.

    They are its own, or those of its namespace or service account. Of labels of host endpoints it
    is one of these, and they are its own.
    """

    end: End
    whose: Whose
    requirements: tuple[Requirement, ...]


class RunsAs(Frozen):
    """The end is a pod that runs as an account of such a name, or iff not `among`, of none."""

    end: End
    names: tuple[str, ...]
    among: bool


class HandsOn(Frozen):
    """The end is a pod whose service account hands on its labels, or one whose account does not.

    An account hands them on iff its name fits into a label (D.15).
    """

    end: End
    fits: bool


class AmongHosts(Frozen):
    """The end is one of the host endpoints of those names."""

    end: End
    names: tuple[str, ...]


class InClass(Frozen):
    """The end is a pod of the snapshot class of that number."""

    end: End
    number: int


class InBlock(Frozen):
    """The end is of the kind, and its address in `cidr` and in none of `excepts`."""

    end: End
    kind: Kind
    cidr: str
    excepts: tuple[str, ...]


class Declares(Frozen):
    """The end is a pod that declares the port that the connection has there under the name, or one
    that does not.
    """

    end: End
    name: str
    declared: bool


class ListsProfiles(Frozen):
    """The end is a host endpoint that lists exactly the profiles of one of the lists."""

    end: End
    lists: tuple[tuple[str, ...], ...]


class ExpectsAddress(Frozen):
    """The end is a host endpoint that expects its address, or one without such (D.35)."""

    end: End
    expects: bool


class GivesPort(Frozen):
    """The end is a host endpoint that gives the port which the connection has there the name, or
    one that does not (D.20).
    """

    end: End
    name: str
    given: bool


class OnNodes(Frozen):
    """The end is a host endpoint of one of the nodes, or iff not `among`, of none (D.36)."""

    end: End
    names: tuple[str, ...]
    among: bool


HostCondition = AmongHosts | ListsProfiles | ExpectsAddress | GivesPort | OnNodes
"""What is said of an end that is a host endpoint, its labels and address aside."""


class OnFamily(Frozen):
    """The connection uses the address family."""

    family: Family


class OnProtocols(Frozen):
    """The connection uses one of the protocols."""

    protocols: tuple[Protocol, ...]


class OnPorts(Frozen):
    """The destination port lies between `first` and `last`, inclusive."""

    first: int
    last: int


class FromPorts(Frozen):
    """The source port lies between `first` and `last`, inclusive."""

    first: int
    last: int


Condition = (
    OfKind
    | HasLabels
    | RunsAs
    | HandsOn
    | InClass
    | InBlock
    | Declares
    | HostCondition
    | OnFamily
    | OnProtocols
    | OnPorts
    | FromPorts
)
"""One factor of a region."""
