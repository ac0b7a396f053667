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
from netproof_specs.model.felix import FailsafePort, FelixConfiguration
from netproof_specs.model.hosts import HostEndpoint, HostPort
from netproof_specs.model.labels import NAME_LABEL, LabelSelector, Operator, Requirement
from netproof_specs.model.traffic import Direction, Family, PortName, Protocol
from netproof_specs.worlds import World

HOME = "projectcalico.org/namespace"
BUILT_IN = "projectcalico-default-allow"
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
    return CalicoRule(action=action, protocol="TCP", source=draw(entities), destination=destination)


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
    lists = ((), (BUILT_IN,), ("p",), ("p", BUILT_IN), (BUILT_IN, "p"))
    for values, profiles, known in product(product(*VALUES.values()), lists, ((), (address,))):
        pairs = zip(VALUES, values, strict=True)
        labels = tuple((key, value) for key, value in pairs if value is not None)
        if HOME in dict(labels):
            continue  # Calico gives that one to pods (D.15)
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
    stated: Sequence[Policy], claim: CannotReach | CanReach | MayReach, connection: Connection
) -> bool:
    """Whether the connection breaks the claim, or is a witness of it."""
    decision = decide(stated, connection, DEFAULTS, Favour.DOCUMENTED)
    if isinstance(claim, MayReach):
        return satisfies(claim, connection, decision)
    return breaks(claim, connection, decision)


# --- nodes that are configured by name --------------------------------------------------------

openings = st.builds(
    FailsafePort,
    st.just(Protocol.TCP),
    st.sampled_from((80, 80, 81)),
    st.sampled_from(("", "", "192.0.2.0/24", "2001:db8::/32")),
)
stated_ports = st.one_of(
    st.none(), st.just(()), st.lists(openings, min_size=1, max_size=2).map(tuple)
)


BOTH_WAYS = GlobalNetworkPolicy(
    "g", CalicoSpec(None, 1.0, selector_of("all()"), None, tuple(Direction), None, None), None
)


@st.composite
def configurations(draw: st.DrawFn) -> tuple[Policy, ...]:
    """Those of up to four nodes, of which some say the same, and often one of all nodes.

    A policy for everybody, which lets nothing through, stands beside them.
    """
    kinds = draw(st.lists(st.tuples(stated_ports, stated_ports), min_size=1, max_size=2))
    names = draw(st.lists(st.sampled_from(("n1", "n2", "n3", "n4")), max_size=4, unique=True))
    own = [FelixConfiguration(f"node.{name}", *draw(st.sampled_from(kinds))) for name in names]
    every = [FelixConfiguration("default", *draw(st.tuples(stated_ports, stated_ports)))]
    return (*(every if draw(st.booleans()) else ()), *own, BOTH_WAYS)


def on_nodes(nodes: Sequence[str], number: int) -> Iterator[HostEndpoint]:
    """Host endpoints of the nodes that are alike in all else, open and shut, with addresses or not.

    The number tells those of one end of a connection from those of the other.
    """
    addresses = (f"192.0.2.{number}", f"2001:db8::{number}")
    profiles = ((), ("projectcalico-default-allow",))
    for node, listed, known in product(nodes, profiles, ((), addresses)):
        yield HostEndpoint(f"on {node}", (), node, "*", known, listed, invented=True)


plain_groups = st.sampled_from((HostsWhere(), HostsWhere(), PodsWhere(), External())).map(
    lambda one: Group(type(one).__name__, one)
)
NODES = ("n1", "n2", "n3", "n4")
OUTSIDE = tuple(map(ExternalEndpoint, ("192.0.2.9", "198.51.100.9", "2001:db8::9")))


@examples(usual=40, thorough=600)
@given(
    configurations(),
    plain_groups,
    plain_groups,
    st.sampled_from((CannotReach, CanReach, MayReach)),
)
def test_universe_of_nodes(
    stated: tuple[Policy, ...],
    source: Group,
    destination: Group,
    kind: type[CannotReach | CanReach | MayReach],
) -> None:
    """D.36: two nodes at most stand for all that keep the same ports open, and one is no two."""
    claim = kind(source, destination, (PORT,))
    answers = answers_to(Cluster(policies=stated), World.ANY_CLUSTER, [claim], DEFAULTS)
    verdict = answers.verdict(Statement("C", "claim", claim), claim)
    spoken_of = [
        found
        for one, far in product(
            [*on_nodes(("m1", *NODES), 1), *pods("p"), *OUTSIDE],
            [*on_nodes(("m2", *NODES), 2), *pods("q"), *OUTSIDE],
        )
        if not (isinstance(one, HostEndpoint) and isinstance(far, HostEndpoint))
        or one.node != far.node
        for found in _in_families(one, far)
        if concerns(claim, found)
    ]
    assert (verdict.outcome is Outcome.VACUOUS) is (not spoken_of)
    if spoken_of:
        found = any(decides(stated, claim, one) for one in spoken_of)
        assert (verdict.outcome is Outcome.PROVED) is (found is isinstance(claim, MayReach))


def _in_families(one: Endpoint, far: Endpoint) -> Iterator[Connection]:
    """A connection in each family that the ends have in common; two outside are none."""
    outside = [end for end in (one, far) if isinstance(end, ExternalEndpoint)]
    if len(outside) < 2:
        for family in Family:
            if all((":" in end.address) is (family is Family.IPV6) for end in outside):
                yield Connection(one, far, Protocol.TCP, 80, family)
