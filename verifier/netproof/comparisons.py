"""What we say of two sets of policies, and the evidence for it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from netproof.decisions import Decision, InInput
from netproof_specs.assumptions import Assumptions
from netproof_specs.claims import PodNamed
from netproof_specs.frozen import Frozen
from netproof_specs.loading import Loaded
from netproof_specs.locations import Location
from netproof_specs.model.connections import Connection
from netproof_specs.model.labels import LabelSelector
from netproof_specs.model.traffic import Family, Protocol
from netproof_specs.worlds import World


class Relation(Enum):
    """How the connections that NEW allows stand to those that OLD allows."""

    EQUIVALENT = "EQUIVALENT"
    NARROWER = "NARROWER"
    WIDER = "WIDER"
    INCOMPARABLE = "INCOMPARABLE"
    UNKNOWN = "UNKNOWN"


class Change(Enum):
    """What happens to a connection on the way from OLD to NEW."""

    ADDED = "added"
    REMOVED = "removed"


class Side(Enum):
    """Which of the two that are compared is meant."""

    OLD = "old"
    NEW = "new"
    BOTH = "both"


class Difference(Frozen):
    """One connection that OLD and NEW decide differently, with both decisions of the oracle.

    `in_input` says whether the input has a connection that changes so; None where it has no pods,
    or the world no others.
    """

    change: Change
    connection: Connection
    old: Decision
    new: Decision
    in_input: InInput | None = None


class Part(Enum):
    """Of what parts can be asked: labels of a pod, its namespace or account, and names of these,
    and labels of a host endpoint.
    """

    POD_LABEL = "pod-label"
    HOST_LABEL = "host-label"
    NAMESPACE_LABEL = "namespace-label"
    NAMESPACE_NAME = "namespace-name"
    ACCOUNT_LABEL = "account-label"
    ACCOUNT_NAME = "account-name"


class Asked(Enum):
    """What is asked of a part (D.31)."""

    CONTAINS = "contains"
    STARTS_WITH = "starts with"
    ENDS_WITH = "ends with"


class StandIns(Frozen):
    """Values that stand in regions for all that the tests do not tell from them (D.31).

    None of `values` is `mentioned`, and they stand for such as are not mentioned either. `key` is
    that of the label, and empty for names.
    """

    part: Part
    key: str
    values: tuple[str, ...]
    tests: tuple[tuple[Asked, str], ...]
    mentioned: frozenset[str]


class RegionAddresses(Frozen):
    """External addresses in `cidr` and in none of `excepts`; `cidr` None is every address."""

    cidr: str | None
    excepts: tuple[str, ...] = ()


class RegionAccount(Frozen):
    """Service accounts: of one of the `names`, if there are any, and of none of the `others`.

    `labels` are asked of those that they hand on, which one does only if its name fits into a label
    (D.15); `fits` says whether it does, `None` leaves that open.
    """

    labels: LabelSelector
    names: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    fits: bool | None = None


class RegionPods(Frozen):
    """Pods by namespace labels (the automatic name label among them), labels and declared ports.

    `declares` says of named ports whether the pod declares the connection's port under the name;
    it is only used at a destination. `declares_from` says the same of the source port; it is only
    used at a source (D.20). `named`, where not empty, narrows the region to those pods,
    `block` to pods whose address lies in it, `account` to pods that run as such. The names
    `counted` can be declared by any init container as well (D.6).
    """

    namespaces: LabelSelector
    pods: LabelSelector
    declares: tuple[tuple[str, bool], ...] = ()
    named: tuple[PodNamed, ...] = ()
    block: RegionAddresses | None = None
    account: RegionAccount | None = None
    counted: tuple[str, ...] = ()
    declares_from: tuple[tuple[str, bool], ...] = ()


class RegionHosts(Frozen):
    """The host endpoints of those names, or any if there are none, with an address in `block`.

    `labels` are such as exactly these carry, if there are any. Where there may be any host
    endpoints, they are told by what they state: `own` labels, whether their profiles are one of
    `lists`, whether they expect an address of the connection's family, whether they give names to
    its port (`gives`), or to its source port where they are the source (`gives_from`), and that
    they are of one of the `nodes`, if there are any, and of none `elsewhere`. `None` and empty ask
    for nothing.
    """

    names: tuple[str, ...] = ()
    labels: LabelSelector | None = None
    block: RegionAddresses | None = None
    own: LabelSelector | None = None
    lists: tuple[tuple[str, ...], ...] | None = None
    expects: bool | None = None
    gives: tuple[tuple[str, bool], ...] = ()
    gives_from: tuple[tuple[str, bool], ...] = ()
    nodes: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()


class RegionAnything(Frozen):
    """Any endpoint: pod, host endpoint or external address."""


RegionEnd = RegionPods | RegionHosts | RegionAddresses | RegionAnything


class Region(Frozen):
    """A set of connections that all change in one way: every combination of its parts.

    Combinations that the world does not hold (a pod and itself) are not meant.

    `first` and `last` bound the destination port, inclusive, and `source_ports` the source port,
    iff not every one is meant. `example` lies in the region. `told` are its values that stand for
    others as well. In the snapshot world `source_pods` and `destination_pods` list the pods of the
    manifests that the ends cover, by the names that reports use; elsewhere they are None.
    """

    change: Change
    source: RegionEnd
    destination: RegionEnd
    protocols: tuple[Protocol, ...]
    first: int
    last: int
    families: tuple[Family, ...]
    example: Difference
    source_pods: tuple[str, ...] | None = None
    destination_pods: tuple[str, ...] | None = None
    source_ports: tuple[int, int] | None = None
    told: tuple[StandIns, ...] = ()


class Comparison(Frozen):
    """The comparison of OLD with NEW in one world under some assumptions.

    `counterexamples` hold one difference for each change that occurs. The regions cover every
    changed connection iff `regions_complete`. `unknown_because` says which limit was hit.
    `everywhere` is set iff the sides are proved equivalent whatever is assumed, and whatever pods
    there are.
    `hosts_only` is set where some connection changes, and it is proved that each that does has a
    host endpoint at an end.
    """

    relation: Relation
    world: World
    assumptions: Assumptions
    counterexamples: tuple[Difference, ...] = ()
    regions: tuple[Region, ...] = ()
    regions_complete: bool = True
    unknown_because: str = ""
    seconds: float = 0.0
    everywhere: bool = False
    hosts_only: bool = False


class Fate(Enum):
    """What became of an object on the way from OLD to NEW."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


class ObjectChange(Frozen):
    """A namespace or workload that only one side has, or that both have and state differently.

    `namespace` is empty for a namespace. `differing` names what differs, where both have it.
    """

    fate: Fate
    kind: str
    namespace: str
    name: str
    differing: tuple[str, ...] = ()
    where: Location | None = None


EXPECTATIONS: Mapping[str, frozenset[Relation]] = {
    "equivalent": frozenset({Relation.EQUIVALENT}),
    "narrower-or-equal": frozenset({Relation.EQUIVALENT, Relation.NARROWER}),
    "wider-or-equal": frozenset({Relation.EQUIVALENT, Relation.WIDER}),
}
"""What one can expect of NEW, with the relations that meet it."""


class CompareReport(Frozen):
    """Everything that a report of a comparison says.

    `expectation` is a key of EXPECTATIONS; `met` is whether the relation is proved to be as
    expected. `objects` are what differs besides policies, which the comparison does not look at.
    """

    old: Loaded
    new: Loaded
    comparison: Comparison
    expectation: str
    met: bool
    objects: tuple[ObjectChange, ...] = ()
