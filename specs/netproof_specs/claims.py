"""Claims and the endpoint groups that they speak of, as parsed: no meaning, only structure."""

from __future__ import annotations

from netproof_specs.filing import UNFILED, Filing
from netproof_specs.frozen import Frozen
from netproof_specs.locations import Location
from netproof_specs.model.labels import LabelSelector
from netproof_specs.model.traffic import Protocol
from netproof_specs.worlds import World


class PodsWhere(Frozen):
    """Pods by selectors; `None` is a criterion not given. `namespace` is a namespace's name.

    `ns:finance` gives `namespace`, `ns(usage=finance)` gives `namespaces`, `pods(app=web)` gives
    `pods`; `pods(app=web) in ns:shop` gives two of them. `account` is the name of the service
    account that the pods run as, `as serviceaccount:NAME`. With none given: every pod.
    """

    namespace: str | None = None
    namespaces: LabelSelector | None = None
    pods: LabelSelector | None = None
    account: str | None = None


class PodNamed(Frozen):
    """`shop/web` or `shop/Deployment/web`: the pods of that name; `kind` None is any kind.

    A pod also counts when its owner has the name (and the kind, where one is given).
    """

    namespace: str
    name: str
    kind: str | None = None


class HostsWhere(Frozen):
    """`hosts` or `hosts(role=worker)`: host endpoints by the labels of their own; `None` is any."""

    hosts: LabelSelector | None = None


class HostNamed(Frozen):
    """`HostEndpoint/worker-1`: the host endpoint of that name."""

    name: str


class AddressBlock(Frozen):
    """`cidr(10.0.0.0/8)`: every endpoint with a known address in the block, canonical form.

    These are the external addresses of the block, and the pods whose address is known.
    """

    cidr: str


class External(Frozen):
    """`external`: every address outside the cluster."""


class Anything(Frozen):
    """`anything`: every endpoint."""


class AnyOf(Frozen):
    """A group that the spec writes as a list: the endpoints of any member."""

    members: tuple[EndpointSet, ...]


EndpointSet = (
    PodsWhere | PodNamed | HostsWhere | HostNamed | AddressBlock | External | Anything | AnyOf
)


class Group(Frozen):
    """A set of endpoints under the name or inline form that the claim uses for it."""

    text: str
    endpoints: EndpointSet


class ClaimPorts(Frozen):
    """Ports `first` to `last` of one protocol; both inclusive, 1 to 65535."""

    protocol: Protocol
    first: int
    last: int


Ports = tuple[ClaimPorts, ...]
"""Ports of a claim, any of them; the empty tuple is every port of TCP, UDP and SCTP."""


class GroupOnPorts(Frozen):
    """A group together with the ports on which the claim speaks of it."""

    group: Group
    ports: Ports


class CannotReach(Frozen):
    """`A cannot reach B [on P]`."""

    source: Group
    destination: Group
    ports: Ports


class CanReach(Frozen):
    """`A can reach B on P`."""

    source: Group
    destination: Group
    ports: Ports


class CanReachOnly(Frozen):
    """`A can reach only B [on P] [, C on Q ...] [within S]`."""

    source: Group
    destinations: tuple[GroupOnPorts, ...]
    within: Group | None


class OnlyCanReach(Frozen):
    """`only A [, C ...] can reach B [on P]`."""

    sources: tuple[Group, ...]
    destination: Group
    ports: Ports


class MayReach(Frozen):
    """`A may reach B [on P]`."""

    source: Group
    destination: Group
    ports: Ports


class IsolatedFrom(Frozen):
    """`A is isolated from B`."""

    left: Group
    right: Group


class DeniedByDefault(Frozen):
    """`A is denied by default`: a policy decides every connection of A's pods, either way."""

    group: Group


ReachClaim = CannotReach | CanReach | CanReachOnly | OnlyCanReach | MayReach | IsolatedFrom
"""Claims on what is allowed, whatever decides it."""

ConnectionClaim = ReachClaim | DeniedByDefault


class PolicySet(Frozen):
    """Policies that a claim names: `namespace/name` or `name` of policies, or folders of a spec.

    `text` is what the claim writes; `names` are its parts.
    """

    text: str
    names: tuple[str, ...]


class PoliciesEquivalent(Frozen):
    """`policies P and Q are equivalent`."""

    left: PolicySet
    right: PolicySet


class PolicyRedundant(Frozen):
    """`policy X is redundant`."""

    policy: PolicySet


class PolicyNecessary(Frozen):
    """`policy X is necessary`."""

    policy: PolicySet


PolicyClaim = PoliciesEquivalent | PolicyRedundant | PolicyNecessary
Claim = ConnectionClaim | PolicyClaim


class Statement(Frozen):
    """One claim as the user states it; `world` None leaves the choice to the run."""

    id: str
    text: str
    claim: Claim
    reason: str = ""
    world: World | None = None
    allow_empty: bool = False
    where: Location | None = None
    filing: Filing = UNFILED
