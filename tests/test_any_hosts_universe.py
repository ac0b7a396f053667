"""Every host endpoint of a small universe is tried, by the oracle alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product

from hypothesis import given
from hypothesis import strategies as st
from tests.calico_strategies import selector_of
from tests.profiles import examples
from tests.provers import answers_to

from netproof.oracle.claims import breaks, concerns, satisfies
from netproof.oracle.connections import Favour, decide
from netproof.verdicts import Outcome
from netproof_specs.assumptions import DEFAULTS
from netproof_specs.claims import (
    CannotReach,
    CanReach,
    ClaimPorts,
    EndpointSet,
    External,
    Group,
    HostsWhere,
    MayReach,
    PodsWhere,
    Statement,
)
from netproof_specs.model.calico import (
    CalicoAction,
    CalicoNetworkPolicy,
    CalicoRule,
    CalicoSpec,
    EntityRule,
    GlobalNetworkPolicy,
    Profile,
)
from netproof_specs.model.calico_selectors import Selector
from netproof_specs.model.cluster import Cluster, ContainerPort, Namespace, Policy
from netproof_specs.model.connections import Connection, Endpoint, ExternalEndpoint, PodEndpoint
from netproof_specs.model.hosts import HostEndpoint, HostPort
from netproof_specs.model.labels import NAME_LABEL, LabelSelector, Operator, Requirement
from netproof_specs.model.traffic import Direction, PortName, Protocol
from netproof_specs.worlds import World

HOME = "projectcalico.org/namespace"
VALUES = {"k": (None, "a", "ab", "other"), HOME: (None, "x", "other")}
"""Of each key that is asked for: absent, what is mentioned, and what is not, however tests end."""

PORT = ClaimPorts(Protocol.TCP, 80, 80)
SELECTORS = (None, "k == 'a'", "k != 'a'", "!has(k)", f"has({HOME})", "k starts with 'a'")
SPACES = (None, "all()", "!all()", "global()")


def chosen(texts: Sequence[str | None]) -> st.SearchStrategy[Selector | None]:
    """One of the selectors, or none."""
    return st.sampled_from(texts).map(lambda one: None if one is None else selector_of(one))


entities = st.builds(
    EntityRule, selector=chosen(SELECTORS), namespace_selector=chosen((None, *SPACES))
)
ports = st.sampled_from(((), (), (PortName("http"),)))


@st.composite
def rules(draw: st.DrawFn) -> CalicoRule:
    """A rule on who talks to whom, and sometimes on the name of the port."""
    destination = replace(draw(entities), ports=draw(ports))
    action = draw(st.sampled_from((CalicoAction.ALLOW, CalicoAction.ALLOW, *CalicoAction)))
    return CalicoRule(
        action=action, protocol="TCP", source=draw(entities), destination=destination
    )


@st.composite
def policies(draw: st.DrawFn) -> tuple[Policy, ...]:
    """Two policies, one of them of a namespace, and a profile that applies a label."""
    found: list[Policy] = []
    for order in (1.0, 2.0):
        lists = [tuple(draw(st.lists(rules(), max_size=2))) for _ in Direction]
        spec = CalicoSpec(None, order, draw(chosen(SELECTORS)), None, tuple(Direction), *lists)
        wide = GlobalNetworkPolicy("g", spec, draw(chosen(SPACES[:-1])))
        found.append(wide if order == 1.0 else CalicoNetworkPolicy("x", "n", spec))
    profile = Profile("p", (("k", "a"),), tuple(draw(st.lists(rules(), max_size=1))), ())
    return (*found, profile)


def hosts(node: str, address: str) -> Iterator[HostEndpoint]:
    """Every host endpoint that nothing above tells from another."""
    lists = ((), ("projectcalico-default-allow",), ("p",))
    for values, profiles, known in product(product(*VALUES.values()), lists, ((), (address,))):
        pairs = zip(VALUES, values, strict=True)
        labels = tuple((key, value) for key, value in pairs if value is not None)
        yield HostEndpoint(node, labels, node, "*", known, profiles, invented=True)


def pods(name: str) -> Iterator[PodEndpoint]:
    """Every such pod."""
    for space, value in product(("x", "y"), VALUES["k"]):
        namespace = Namespace(space, ((NAME_LABEL, space),), declared=False)
        labels = () if value is None else (("k", value),)
        yield PodEndpoint(namespace, name, labels, invented=True)


def with_port(end: Endpoint) -> Iterator[Endpoint]:
    """The end, with the name for the port and without."""
    yield end
    if isinstance(end, HostEndpoint):
        yield replace(end, ports=(HostPort("http", "TCP", 80),))
    elif isinstance(end, PodEndpoint):
        yield replace(end, ports=(ContainerPort("http", Protocol.TCP, 80),))


def groups() -> st.SearchStrategy[Group]:
    """Host endpoints, those with a label of their own and without, pods and addresses."""
    without = LabelSelector((Requirement("k", Operator.DOES_NOT_EXIST, ()),))
    own = LabelSelector((Requirement("k", Operator.IN, ("a",)),))
    hosted = tuple(map(HostsWhere, (None, without, own)))
    sets: tuple[EndpointSet, ...] = (*hosted, PodsWhere(), PodsWhere("x"), External())
    return st.sampled_from(sets).map(lambda one: Group(type(one).__name__, one))


@examples(usual=8, thorough=150)
@given(policies(), groups(), groups(), st.sampled_from((CannotReach, CanReach, MayReach)))
def test_universe(
    stated: tuple[Policy, ...],
    source: Group,
    destination: Group,
    kind: type[CannotReach | CanReach | MayReach],
) -> None:
    """A claim is proved, refuted or vacuous as trying every connection says.

    All rules are of TCP, and no block tells addresses or families apart.
    """
    claim = kind(source, destination, (PORT,))
    answers = answers_to(Cluster(policies=stated), World.ANY_CLUSTER, [claim], DEFAULTS)
    verdict = answers.verdict(Statement("C", "claim", claim), claim)
    ends = [*hosts("m1", "192.0.2.1"), *pods("p"), ExternalEndpoint("192.0.2.9")]
    others = [*hosts("m2", "192.0.2.2"), *pods("q"), ExternalEndpoint("192.0.2.9")]
    spoken_of = [
        found
        for one, far in product(ends, others)
        for found in (Connection(one, far, Protocol.TCP, 80),)
        if concerns(claim, found) and one != far
    ]
    assert (verdict.outcome is Outcome.VACUOUS) is (not spoken_of)
    if not spoken_of:
        return
    found = any(
        decides(stated, claim, replace(connection, destination=far))
        for connection in spoken_of
        for far in with_port(connection.destination)
    )
    assert (verdict.outcome is Outcome.PROVED) is (found is isinstance(claim, MayReach))


def decides(
    stated: tuple[Policy, ...], claim: CannotReach | CanReach | MayReach, connection: Connection
) -> bool:
    """Whether the connection breaks the claim, or is a witness of it."""
    decision = decide(stated, connection, DEFAULTS, Favour.DOCUMENTED)
    if isinstance(claim, MayReach):
        return satisfies(claim, connection, decision)
    return breaks(claim, connection, decision)
