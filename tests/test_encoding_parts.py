"""Labels, addresses and ports as terms, and the classes of the snapshot's pods."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.agreement import Evaluated
from tests.asked import pod
from tests.build import container_port, namespace, requirement
from tests.strategies import BLOCKS, EXTERNAL_ADDRESSES, POD_ADDRESSES, POD_ADDRESSES_6

from netproof_encodings.logic.terms import Terms
from netproof_encodings.lowering.network_policy import lower_port
from netproof_encodings.meaning.addresses import address_space, in_block
from netproof_encodings.meaning.labels import carries, in_range, label_space, meets
from netproof_encodings.meaning.matching import matches
from netproof_encodings.meaning.ports import legal, on_ports, port_space
from netproof_encodings.meaning.spaces import connection_space
from netproof_encodings.vocabulary.classes import classes_of
from netproof_encodings.vocabulary.mentioned import Vocabulary, vocabulary_of
from netproof_specs.claims import ClaimPorts, PodNamed
from netproof_specs.model.cluster import Cluster, Workload
from netproof_specs.model.network_policy import PolicyPort
from netproof_specs.model.traffic import PortName, PortRange, Protocol

ABSENT, EMPTY, WEB, OTHER = range(4)
"""The codes of a key with the mentioned values `''` and `web`."""


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("tier in web", {WEB}),
        ("tier in web,''", {WEB, EMPTY}),
        ("tier notin web", {ABSENT, EMPTY, OTHER}),
        ("tier notin ''", {ABSENT, WEB, OTHER}),
        ("tier exists", {EMPTY, WEB, OTHER}),
        ("tier absent", {ABSENT}),
    ],
)
def test_requirements_on_codes(text: str, codes: set[int]) -> None:
    """A.23, with the empty value apart from an absent key."""
    terms = Terms()
    space = label_space(terms, "src.label", (("tier", ("", "web")),))
    term = meets(terms, space, requirement(text))
    found = {
        code
        for code in (ABSENT, EMPTY, WEB, OTHER)
        if Evaluated(terms, {"src.label.tier": code}).holds(term)
    }
    assert found == codes


def test_codes_of_labels() -> None:
    terms = Terms()
    space = label_space(terms, "src.label", (("app", ()), ("tier", ("", "web"))))
    carried = {
        text: carries(terms, space, found)
        for text, found in (
            ("none", {}),
            ("empty", {"tier": ""}),
            ("web", {"tier": "web", "unmentioned": "x"}),
            ("other", {"tier": "db", "app": "any"}),
        )
    }
    found = {
        text: [
            (app, tier)
            for app in range(2)
            for tier in range(4)
            if Evaluated(terms, {"src.label.app": app, "src.label.tier": tier}).holds(term)
        ]
        for text, term in carried.items()
    }
    assert found == {"none": [(0, 0)], "empty": [(0, 1)], "web": [(0, 2)], "other": [(1, 3)]}


@pytest.mark.parametrize(("values", "legal_codes"), [((), 2), (("a",), 3), (("a", "b", "c"), 5)])
def test_range_of_codes(values: tuple[str, ...], legal_codes: int) -> None:
    """Absent, each mentioned value and one other; the bits may hold more."""
    terms = Terms()
    space = label_space(terms, "src.label", (("app", values),))
    bound = in_range(terms, space)
    codes = range(1 << space["app"].bits.width)
    found = [one for one in codes if Evaluated(terms, {"src.label.app": one}).holds(bound)]
    assert found == [*range(legal_codes)]


@given(
    st.sampled_from(BLOCKS),
    st.sampled_from((*EXTERNAL_ADDRESSES, *POD_ADDRESSES, *POD_ADDRESSES_6)),
    st.booleans(),
)
def test_blocks(block: tuple[str, tuple[str, ...]], text: str, ipv6: bool) -> None:
    """A.26, A.27: in the block, in no except, on a connection of the block's family."""
    terms = Terms()
    cidr, excepts = block
    address = ip_address(text)
    values = {"ipv6": int(ipv6), "src.ipv4": 0, "src.ipv6": 0} | {
        f"src.ipv{address.version}": int(address)
    }
    used = ip_address(values["src.ipv6"].to_bytes(16, "big") if ipv6 else values["src.ipv4"])
    excluded = any(used in ip_network(one) for one in excepts)
    term = in_block(terms, address_space(terms, "src"), cidr, excepts)
    assert Evaluated(terms, values).holds(term) is (used in ip_network(cidr) and not excluded)


@pytest.mark.parametrize(
    ("port", "admitted"),
    [
        (PolicyPort(Protocol.TCP, None), {"TCP/1", "TCP/80", "TCP/81", "TCP/65535"}),
        (PolicyPort(Protocol.TCP, PortRange(80, 81)), {"TCP/80", "TCP/81"}),
        (PolicyPort(Protocol.UDP, PortRange(80, 80)), {"UDP/80"}),
        (PolicyPort(Protocol.SCTP, PortRange(81, 65535)), {"SCTP/81", "SCTP/65535"}),
        (PolicyPort(Protocol.UDP, PortName("dns")), {"UDP/1", "UDP/80", "UDP/81", "UDP/65535"}),
    ],
)
def test_ports(port: PolicyPort, admitted: set[str]) -> None:
    """A.31 to A.35, on a destination that declares `dns` with whatever the connection uses."""
    terms = Terms()
    vocabulary = replace(MENTIONED, port_names=("dns",))
    space = connection_space(terms, vocabulary)
    term = matches(terms, space, lower_port(port), {})
    of_pod = {"dst.pod": 1, "dst.host-network": 0, "assume.host-network": 0, "dst.port.dns": 1}
    found = {
        f"{protocol.value}/{number}"
        for code, protocol in enumerate(Protocol)
        for number in (1, 80, 81, 65535)
        if Evaluated(terms, of_pod | {"protocol": code, "port": number}).holds(term)
    }
    assert found == admitted


def test_legal_ports_and_those_of_claims() -> None:
    terms = Terms()
    space = port_space(terms, vocabulary_of((), (), ()), terms.true)
    bound = legal(terms, space)
    for protocol, port, expected in ((0, 1, True), (2, 65535, True), (0, 0, False), (3, 1, False)):
        assert Evaluated(terms, {"protocol": protocol, "port": port}).holds(bound) is expected
    assert on_ports(terms, space, ()) is terms.true
    meant = (ClaimPorts(Protocol.TCP, 80, 90), ClaimPorts(Protocol.UDP, 53, 53))
    term = on_ports(terms, space, meant)
    for protocol, port, expected in ((0, 79, False), (0, 90, True), (1, 53, True), (2, 53, False)):
        assert Evaluated(terms, {"protocol": protocol, "port": port}).holds(term) is expected


MENTIONED = Vocabulary(
    (("app", ("a",)),),
    (),
    ("x",),
    ("10.0.0.0/8", "10.1.0.0/16"),
    ("http",),
    (PodNamed("x", "named"),),
)


def classes(*pods: Workload) -> list[list[str]]:
    """The names of the members of each class."""
    cluster = Cluster((namespace("x"), namespace("y")), pods)
    return [[one.name for one in found.members] for found in classes_of(cluster, MENTIONED)]


@pytest.mark.parametrize(
    ("left", "right", "together"),
    [
        (pod("a"), pod("b"), True),
        (pod("a", app="a"), pod("b"), False),
        (pod("a", app="a"), pod("b", app=""), False),
        (pod("a", tier="a"), pod("b", tier="b"), True),
        (pod("a"), replace(pod("b"), namespace="y"), False),
        (pod("a"), replace(pod("b"), host_network=True), False),
        (pod("a"), replace(pod("b"), node="n1"), True),
        (pod("a"), replace(pod("b"), replicas=3), True),
        (pod("a"), pod("named"), False),
        (pod("a"), replace(pod("b"), ports=(container_port("http=80/TCP"),)), False),
        (pod("a"), replace(pod("b"), ports=(container_port("other=80/TCP"),)), True),
        (pod("a"), pod("b", "10.1.2.3"), False),
        (pod("a", "10.1.2.4"), pod("b", "10.1.2.3"), True),
        (pod("a", "10.2.2.4"), pod("b", "10.1.2.3"), False),
        (pod("a", "192.0.2.4"), pod("b", "198.51.100.3"), True),
        (pod("a", "192.0.2.4"), pod("b", "2001:db8::1"), False),
    ],
)
def test_classes(left: Workload, right: Workload, together: bool) -> None:
    expected = [["a", right.name]] if together else [["a"], [right.name]]
    assert classes(left, right) == expected


def test_a_class_knows_its_pods() -> None:
    cluster = Cluster(
        (namespace("x"),),
        (pod("a", node="n1"), pod("b", node="n1"), replace(pod("c"), replicas=3, node="n1")),
    )
    (one,) = classes_of(cluster, MENTIONED)
    assert (one.number, one.pods, one.node) == (0, 5, "n1")
    spread = replace(cluster, workloads=(*cluster.workloads, pod("d", node="n2")))
    (one,) = classes_of(spread, MENTIONED)
    assert (one.pods, one.node) == (6, None)


def test_only_families_count_without_blocks() -> None:
    """A.27: no block tells addresses apart, but a pod takes part in its families only."""
    pods = (pod("a", "10.1.2.3"), pod("b", "192.0.2.1"), pod("c"), pod("d", "2001:db8::1"))
    found = classes_of(Cluster((namespace("x"),), pods), replace(MENTIONED, blocks=()))
    assert [[one.name for one in each.members] for each in found] == [["a", "b"], ["c"], ["d"]]
    assert all(each.addresses == {} for each in found)
    with_blocks = classes_of(Cluster((namespace("x"),), pods), MENTIONED)
    assert [each.number for each in with_blocks] == [0, 1, 2, 3]
