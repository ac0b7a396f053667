"""Calico's policies, tiers and profiles, as written: no default is filled in here (D.12)."""

from __future__ import annotations

from enum import Enum

from netproof_specs.frozen import Frozen
from netproof_specs.locations import Location
from netproof_specs.model.calico_selectors import Selector
from netproof_specs.model.felix import FelixConfiguration
from netproof_specs.model.labels import Labels
from netproof_specs.model.traffic import Direction, Family, PortName, PortRange


class CalicoAction(Enum):
    """What a rule says of a connection that it matches (D.17)."""

    ALLOW = "Allow"
    DENY = "Deny"
    LOG = "Log"
    PASS = "Pass"


CalicoPort = PortRange | PortName
"""An element of `ports` or `notPorts` (D.19)."""

ProtocolRef = str | int
"""A protocol by one of the names `TCP` and so on, or by its number from 1 to 255 (D.18)."""


class AccountMatch(Frozen):
    """`serviceAccounts` of a rule (D.24); no names and no selector restrict nothing."""

    names: tuple[str, ...]
    selector: Selector | None


class EntityRule(Frozen):
    """`source` or `destination` of a rule (D.19 to D.24); what is not given is empty or `None`.

    An empty selector counts as not given. Blocks are in canonical form.
    """

    selector: Selector | None = None
    not_selector: Selector | None = None
    namespace_selector: Selector | None = None
    accounts: AccountMatch | None = None
    nets: tuple[str, ...] = ()
    not_nets: tuple[str, ...] = ()
    ports: tuple[CalicoPort, ...] = ()
    not_ports: tuple[CalicoPort, ...] = ()


class CalicoRule(Frozen):
    """One rule of a policy or profile (D.17)."""

    action: CalicoAction
    protocol: ProtocolRef | None = None
    not_protocol: ProtocolRef | None = None
    ip_version: Family | None = None
    source: EntityRule = EntityRule()
    destination: EntityRule = EntityRule()
    where: Location | None = None


class CalicoSpec(Frozen):
    """What both kinds of Calico policy state; `None` is what the manifest leaves out.

    `types`, `ingress` and `egress` keep absent and empty lists apart, as one way to fill in the
    types asks for it (D.12).
    """

    tier: str | None
    order: float | None
    selector: Selector | None
    account_selector: Selector | None
    types: tuple[Direction, ...] | None
    ingress: tuple[CalicoRule, ...] | None
    egress: tuple[CalicoRule, ...] | None


class CalicoNetworkPolicy(Frozen):
    """projectcalico.org/v3 NetworkPolicy: for the pods of its namespace (D.13)."""

    namespace: str
    name: str
    spec: CalicoSpec
    where: Location | None = None

    @property
    def title(self) -> str:
        """`namespace/name`, the way reports name the policy."""
        return f"{self.namespace}/{self.name}"


class Stage(Enum):
    """When the rules of a GlobalNetworkPolicy are looked at (D.37, D.38)."""

    NORMAL = "normal"
    BEFORE_DNAT = "preDNAT"
    UNTRACKED = "doNotTrack"


class Forward(Enum):
    """Whether a GlobalNetworkPolicy also counts for what a host passes on (D.37)."""

    LEFT_OUT = "left out"
    APPLIED = "applyOnForward"


class GlobalNetworkPolicy(Frozen):
    """projectcalico.org/v3 GlobalNetworkPolicy: for pods and host endpoints (D.14)."""

    name: str
    spec: CalicoSpec
    namespace_selector: Selector | None
    stage: Stage = Stage.NORMAL
    forward: Forward = Forward.LEFT_OUT
    where: Location | None = None
    namespace: str = ""

    @property
    def title(self) -> str:
        """The way reports name the policy."""
        return self.name


class CalicoTier(Frozen):
    """projectcalico.org/v3 Tier (D.4)."""

    name: str
    order: float | None
    default_action: CalicoAction | None
    where: Location | None = None
    namespace: str = ""

    @property
    def title(self) -> str:
        """The way reports name the tier."""
        return self.name


class Profile(Frozen):
    """projectcalico.org/v3 Profile: what host endpoints fall back on (D.8)."""

    name: str
    labels: Labels
    ingress: tuple[CalicoRule, ...]
    egress: tuple[CalicoRule, ...]
    where: Location | None = None
    namespace: str = ""

    @property
    def title(self) -> str:
        """The way reports name the profile."""
        return self.name


class NetworkSet(Frozen):
    """projectcalico.org/v3 NetworkSet, or GlobalNetworkSet if `namespace` is empty (D.34).

    `nets` are in canonical form. `namespace_labels` are those of its namespace, if it has one.
    """

    namespace: str
    name: str
    labels: Labels
    nets: tuple[str, ...]
    namespace_labels: Labels = ()
    where: Location | None = None

    @property
    def title(self) -> str:
        """The way reports name the set."""
        return f"{self.namespace}/{self.name}" if self.namespace else self.name


CalicoPolicy = CalicoNetworkPolicy | GlobalNetworkPolicy
CalicoSetting = CalicoTier | Profile | NetworkSet | FelixConfiguration
"""What the meaning of Calico's policies rests on, and which selects nothing by itself."""

CalicoObject = CalicoPolicy | CalicoSetting
"""What a set of Calico policies is made of: the policies, and what their meaning rests on."""
