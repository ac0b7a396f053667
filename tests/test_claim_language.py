"""The claim language: every form, every refusal with its caret, and the laws of reading."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.claim_texts import claim_text, parse_claim, ports_text

from netproof_specs.claim_language.parsing import parse_endpoints, parse_ports
from netproof_specs.claim_language.printing import describe_endpoints
from netproof_specs.claim_language.words import KEYWORDS
from netproof_specs.claims import (
    AddressBlock,
    AnyOf,
    Anything,
    CannotReach,
    CanReach,
    CanReachOnly,
    Claim,
    ClaimPorts,
    DeniedByDefault,
    EndpointSet,
    External,
    Group,
    GroupOnPorts,
    HostNamed,
    HostsWhere,
    IsolatedFrom,
    MayReach,
    OnlyCanReach,
    PodNamed,
    PodsWhere,
    PoliciesEquivalent,
    PolicyNecessary,
    PolicyRedundant,
    PolicySet,
)
from netproof_specs.locations import Location
from netproof_specs.model.labels import NAME_LABEL, LabelSelector, Operator, Requirement
from netproof_specs.model.traffic import Protocol
from netproof_specs.problems import InputError, Problem

FINANCE = PodsWhere(namespaces=LabelSelector((Requirement("usage", Operator.IN, ("finance",)),)))
OFFICE = AddressBlock("198.51.100.0/24")
GROUPS: dict[str, EndpointSet] = {"finance": FINANCE, "office": OFFICE, "accounts-db": Anything()}
A, B, C = Group("finance", FINANCE), Group("office", OFFICE), Group("accounts-db", Anything())
TCP_80 = ClaimPorts(Protocol.TCP, 80, 80)
UDP_53 = ClaimPorts(Protocol.UDP, 53, 53)
ALL_TCP = ClaimPorts(Protocol.TCP, 1, 65535)
SHOP = Group("ns:shop", PodsWhere(namespace="shop"))


def only(*requirements: Requirement) -> LabelSelector:
    return LabelSelector(requirements)


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("finance cannot reach office", CannotReach(A, B, ())),
        ("finance cannot reach office on TCP/80", CannotReach(A, B, (TCP_80,))),
        ("  finance \t cannot\nreach   office ", CannotReach(A, B, ())),
        ("finance can reach office on TCP/80, UDP/53", CanReach(A, B, (TCP_80, UDP_53))),
        ("finance can reach office", CanReach(A, B, ())),
        ("finance can reach only office", CanReachOnly(A, (GroupOnPorts(B, ()),), None)),
        ("finance can only reach office", CanReachOnly(A, (GroupOnPorts(B, ()),), None)),
        (
            "finance can reach only office on TCP/80, UDP/53, accounts-db on TCP",
            CanReachOnly(A, (GroupOnPorts(B, (TCP_80, UDP_53)), GroupOnPorts(C, (ALL_TCP,))), None),
        ),
        (
            "finance can reach only office, accounts-db on TCP/80 within ns:shop",
            CanReachOnly(A, (GroupOnPorts(B, ()), GroupOnPorts(C, (TCP_80,))), SHOP),
        ),
        (
            "finance can reach only office on TCP/80, tcp/web",
            CanReachOnly(
                A,
                (
                    GroupOnPorts(B, (TCP_80,)),
                    GroupOnPorts(Group("tcp/web", PodNamed("tcp", "web")), ()),
                ),
                None,
            ),
        ),
        ("only finance can reach office", OnlyCanReach((A,), B, ())),
        (
            "only finance, accounts-db can reach office on UDP/53",
            OnlyCanReach((A, C), B, (UDP_53,)),
        ),
        ("finance may reach office on TCP/80", MayReach(A, B, (TCP_80,))),
        ("finance may reach office", MayReach(A, B, ())),
        ("finance is isolated from office", IsolatedFrom(A, B)),
        ("finance is denied by default", DeniedByDefault(A)),
        (
            "policies a/merged and a/one + two are equivalent",
            PoliciesEquivalent(
                PolicySet("a/merged", ("a/merged",)), PolicySet("a/one + two", ("a/one", "two"))
            ),
        ),
        ("policy example is redundant", PolicyRedundant(PolicySet("example", ("example",)))),
        ("policy a/b is necessary", PolicyNecessary(PolicySet("a/b", ("a/b",)))),
        ("policy a+b is necessary", PolicyNecessary(PolicySet("a+b", ("a", "b")))),
    ],
)
def test_claim_forms(text: str, claim: Claim) -> None:
    assert parse_claim(text, GROUPS) == claim


@pytest.mark.parametrize(
    ("text", "endpoints"),
    [
        ("finance", FINANCE),
        ("ns:finance", PodsWhere(namespace="finance")),
        ("ns(usage=finance)", FINANCE),
        ("ns()", PodsWhere(namespaces=LabelSelector())),
        ("pods", PodsWhere()),
        ("pods()", PodsWhere(pods=LabelSelector())),
        ("pods in ns:shop", PodsWhere(namespace="shop")),
        (
            "pods(app=web)",
            PodsWhere(pods=only(Requirement("app", Operator.IN, ("web",)))),
        ),
        (
            "pods( app == web ) in ns:shop",
            PodsWhere("shop", pods=only(Requirement("app", Operator.IN, ("web",)))),
        ),
        (
            "pods(tier=backend) in ns(usage=finance)",
            PodsWhere(
                namespaces=FINANCE.namespaces,
                pods=only(Requirement("tier", Operator.IN, ("backend",))),
            ),
        ),
        ("hosts", HostsWhere()),
        ("HostEndpoint/worker-1.a", HostNamed("worker-1.a")),
        ("hosts(role=worker)", HostsWhere(only(Requirement("role", Operator.IN, ("worker",))))),
        ("pods as serviceaccount:reader", PodsWhere(account="reader")),
        ("pods in ns:shop as serviceaccount:a.b", PodsWhere("shop", account="a.b")),
        (
            "pods(app=web) in ns(usage=finance) as serviceaccount:reader",
            PodsWhere(
                namespaces=FINANCE.namespaces,
                pods=only(Requirement("app", Operator.IN, ("web",))),
                account="reader",
            ),
        ),
        ("shop/web", PodNamed("shop", "web")),
        ("shop/web.v1", PodNamed("shop", "web.v1")),
        ("shop/Deployment/web", PodNamed("shop", "web", "Deployment")),
        ("cidr(10.0.0.0/8)", AddressBlock("10.0.0.0/8")),
        ("cidr(0.0.0.0/0)", AddressBlock("0.0.0.0/0")),
        ("cidr(203.0.113.7)", AddressBlock("203.0.113.7/32")),
        ("cidr(2001:DB8:0::/32)", AddressBlock("2001:db8::/32")),
        ("cidr(::1)", AddressBlock("::1/128")),
        ("external", External()),
        ("anything", Anything()),
        ("any(ns:a, external)", AnyOf((PodsWhere(namespace="a"), External()))),
        ("any(ns:a, any(external, ns:a))", AnyOf((PodsWhere(namespace="a"), External()))),
        ("any(ns:a)", PodsWhere(namespace="a")),
    ],
)
def test_endpoint_forms(text: str, endpoints: EndpointSet) -> None:
    assert parse_endpoints(text, GROUPS) == Group(" ".join(text.split()), endpoints)


@pytest.mark.parametrize(
    ("text", "requirements"),
    [
        ("a=b", (Requirement("a", Operator.IN, ("b",)),)),
        ("a==b", (Requirement("a", Operator.IN, ("b",)),)),
        ("a!=b", (Requirement("a", Operator.NOT_IN, ("b",)),)),
        ("a=", (Requirement("a", Operator.IN, ("",)),)),
        ("a!=,c", (Requirement("a", Operator.NOT_IN, ("",)), Requirement("c", Operator.EXISTS))),
        ("a in (x, y)", (Requirement("a", Operator.IN, ("x", "y")),)),
        ("a in (x,,y)", (Requirement("a", Operator.IN, ("x", "", "y")),)),
        ("a notin (x)", (Requirement("a", Operator.NOT_IN, ("x",)),)),
        ("a", (Requirement("a", Operator.EXISTS),)),
        ("!a", (Requirement("a", Operator.DOES_NOT_EXIST),)),
        ("! a", (Requirement("a", Operator.DOES_NOT_EXIST),)),
        ("in in (notin)", (Requirement("in", Operator.IN, ("notin",)),)),
        (
            "app.kubernetes.io/name=web,tier!=db",
            (
                Requirement("app.kubernetes.io/name", Operator.IN, ("web",)),
                Requirement("tier", Operator.NOT_IN, ("db",)),
            ),
        ),
    ],
)
def test_selector_forms(text: str, requirements: tuple[Requirement, ...]) -> None:
    assert parse_endpoints(f"pods({text})", {}).endpoints == PodsWhere(
        pods=LabelSelector(requirements)
    )


@pytest.mark.parametrize(
    ("text", "ports"),
    [
        ("TCP/3111", ((Protocol.TCP, 3111, 3111),)),
        (
            "TCP/3111, UDP/53,TCP/8000-8080",
            ((Protocol.TCP, 3111, 3111), (Protocol.UDP, 53, 53), (Protocol.TCP, 8000, 8080)),
        ),
        ("SCTP", ((Protocol.SCTP, 1, 65535),)),
        ("TCP/*", ((Protocol.TCP, 1, 65535),)),
        ("TCP/1-65535", ((Protocol.TCP, 1, 65535),)),
        ("UDP/65535", ((Protocol.UDP, 65535, 65535),)),
    ],
)
def test_ports(text: str, ports: tuple[tuple[Protocol, int, int], ...]) -> None:
    assert parse_ports(text) == tuple(ClaimPorts(*port) for port in ports)


def problems_of(text: str) -> tuple[Problem, ...]:
    with pytest.raises(InputError) as caught:
        parse_claim(text, GROUPS)
    return caught.value.problems


def marked(problem: Problem) -> str:
    """The part of the excerpt's first line that the carets stand under."""
    line, carets = problem.excerpt.splitlines()
    assert set(carets) == {" ", "^"}
    return line[carets.index("^") : carets.index("^") + carets.count("^")]


@pytest.mark.parametrize(
    ("text", "word", "message", "suggestion"),
    [
        ("finace cannot reach office", "finace", "not a known group", "did you mean `finance`?"),
        ("finance cannot reach x", "x", "`x` is not a known group", "`accounts-db`, `finance`"),
        ("finance cannot reach shop", "shop", "not a known group", "`ns:shop` is the namespace"),
        ("finance can raech office", "raech", "does not fit", "did you mean `reach`?"),
        ("finance not reach office", "not", "does not fit", "`cannot reach`"),
        ("finance can not reach office", "not", "does not fit", "`cannot` in one word"),
        ("finance reaches office", "reaches", "does not fit", "`may reach`"),
        ("finance on office", "on", "does not fit", "`cannot reach`"),
        ("within cannot reach office", "within", "does not fit", "a group's name"),
        ("finance cannot reach only", "only", "does not fit", "`cidr(ADDRESS/LENGTH)`"),
        ("finance cannot reach office in TCP/80", "in", "does not fit", "`on PORTS`"),
        ("finance cannot reach office TCP/80", "TCP/80", "does not fit", "`on PORTS`"),
        ("finance cannot reach TCP/80", "TCP/80", "names no pod", "`NAMESPACE/NAME`"),
        ("finance cannot reach office within ns:a", "within", "does not fit", "`on PORTS`"),
        (
            "finance cannot reach office on TCP/80 within ns:a",
            "within",
            "not fit",
            "`,` and a port",
        ),
        ("finance cannot reach office, finance", ",", "not a list", "`any(A, B)`"),
        ("finance is isolated from office on TCP/80", "on", "does not fit", "the end of the text"),
        ("finance is isolated", "", "ends too early", "`from`"),
        ("finance is denied", "", "ends too early", "`by`"),
        ("finance is closed", "closed", "does not fit", "`isolated from` or `denied by default`"),
        ("finance is denied by default on TCP/80", "on", "does not fit", "end of the text"),
        ("finance", "", "ends too early", "`is isolated from`"),
        ("", "", "ends too early", "`only`"),
        ("Only finance can reach office", "Only", "not a known group", "`only`"),
        ("only finance cannot reach office", "cannot", "does not fit", "`can reach`"),
        ("finance can reach only office with TCP/80", "with", "does not fit", "`within ENDPOINTS`"),
        ("finance cannot reach office on tcp/80", "tcp/80", "not a protocol", "write `TCP/80`"),
        ("finance cannot reach office on TCP:80", "TCP:80", "not a protocol", "write `TCP/80`"),
        ("finance cannot reach office on 80", "80", "not a protocol", "write `TCP/80`"),
        ("finance cannot reach office on 53/udp", "53/udp", "not a protocol", "write `UDP/53`"),
        ("finance cannot reach office on http", "http", "not a protocol", "`TCP/80`"),
        (
            "finance cannot reach office on TCP/http",
            "TCP/http",
            "not a port",
            "not take port names",
        ),
        ("finance cannot reach office on TCP/0", "TCP/0", "not a port number", "1 to 65535"),
        ("finance cannot reach office on TCP/65536", "TCP/65536", "not a port", "1 to 65535"),
        ("finance cannot reach office on TCP/080", "TCP/080", "not a port", "1 to 65535"),
        ("finance cannot reach office on TCP/90-80", "TCP/90-80", "is empty", "write `TCP/80-90`"),
        ("finance cannot reach office on", "", "ends too early", "`TCP/PORT`"),
        ("finance cannot reach office on TCP/80,", ",", "does not fit", "`,` and a port"),
        ("finance can reach only office on TCP/1, tcp/80", "tcp/80", "not a protocol", "`TCP/80`"),
        ("finance cannot reach 10.0.0.1", "10.0.0.1", "is an address", "`cidr(10.0.0.1)`"),
        ("finance cannot reach 10.0.0.0/8", "10.0.0.0/8", "an address", "`cidr(10.0.0.0/8)`"),
        ("finance cannot reach 2001:db8::1", "2001:db8::1", "an address", "`cidr(2001:db8::1)`"),
        ("finance cannot reach cidr(10.0.0.5/8)", "10.0.0.5/8", "bits set", "`10.0.0.0/8`"),
        (
            "finance cannot reach cidr(10.0.0.0/33)",
            "10.0.0.0/33",
            "no address block",
            "address/length",
        ),
        ("finance cannot reach cidr(::/129)", "::/129", "no address block", "address/length"),
        (
            "finance cannot reach cidr(10.0.0.0/08)",
            "10.0.0.0/08",
            "leading zeros",
            "write `10.0.0.0/8`",
        ),
        ("finance cannot reach cidr(10.0.0.0/)", "10.0.0.0/", "length of the prefix", "/24"),
        ("finance cannot reach cidr(010.0.0.0/8)", "010.0.0.0/8", "leading zeros", "`10.0.0.0/8`"),
        ("finance cannot reach cidr(10/8)", "10/8", "no address block", "address/length"),
        ("finance cannot reach cidr(::ffff:10.0.0.1)", "::ffff:10.0.0.1", "as IPv6", "IPv4 block"),
        ("finance cannot reach cidr(10.0.0.0/8, ::/0)", ",", "does not fit", "several blocks"),
        ("pods as reader cannot reach external", "reader", "does not fit", "serviceaccount:NAME"),
        (
            "pods as serviceaccount:A_b cannot reach external",
            "serviceaccount:A_b",
            "`A_b` cannot name a service account",
            "lower",
        ),
        ("finance cannot reach ns:Shop", "ns:Shop", "cannot be the name of a namespace", "lower"),
        ("finance cannot reach ns shop", "shop", "does not fit", "`ns:NAME`"),
        ("finance cannot reach pods in shop", "shop", "does not fit", "`ns:NAME`"),
        ("finance cannot reach pod(app=web)", "pod", "does not fit", "`pods(SELECTOR)`"),
        ("finance cannot reach shop/web/x", "shop/web/x", "names no pod", "`shop/Deployment/web`"),
        ("finance cannot reach pods(app=a b)", "b", "does not fit", "`,`"),
        ("finance cannot reach pods(app", "", "ends too early", "`)`"),
        ("finance cannot reach pods(a=b,)", ")", "does not fit", "a label key"),
        ("finance cannot reach pods(a in ())", ")", "does not fit", "a label value"),
        ("finance cannot reach pods(a=b/c)", "b/c", "cannot be a label value", "letters"),
        ("finance cannot reach pods(-a)", "-a", "cannot be a label key", "letters"),
        ("finance cannot reach pods(A.io/B/c)", "A.io/B/c", "cannot be a label key", "DNS name"),
        ("finance cannot reach pods(a>1)", ">", "not a character", "ASCII letters"),
        ("finance \u2192 office", r"\u2192", "not a character", "ASCII letters"),
        ("finance cannot reach \x1b[31m", r"\x1b", "not a character", "ASCII letters"),
        ("policies a and b", "", "ends too early", "`are equivalent`"),
        ("policies a are equivalent", "are", "does not fit", "`and`"),
        ("policy a/b/c is redundant", "a/b/c", "names no policy", "`NAMESPACE/NAME`"),
        ("policy a is redundnt", "redundnt", "does not fit", "did you mean `redundant`?"),
    ],
)
def test_refusals(text: str, word: str, message: str, suggestion: str) -> None:
    (problem,) = problems_of(text)
    assert marked(problem) == word
    assert message in problem.message
    assert suggestion in problem.suggestion


def test_independent_mistakes_are_reported_together() -> None:
    text = "finace cannot reach cidr(10.0.0.1/8) on tcp/80, UDP/0"
    found = [marked(problem) for problem in problems_of(text)]
    assert found == ["finace", "10.0.0.1/8", "tcp/80", "UDP/0"]


def test_excerpt_and_place() -> None:
    where = Location("spec.yaml", 3, 5)
    with pytest.raises(InputError) as caught:
        parse_claim("finance can raech office", GROUPS, where)
    assert str(caught.value).splitlines() == [
        "spec.yaml:3:5: `raech` does not fit here",
        "    finance can raech office",
        "                ^^^^^",
        "    did you mean `reach`? expected `reach`, `reach only`, `only reach` or "
        "`cannot` in one word",
    ]


def test_excerpt_of_a_claim_of_several_lines_shows_the_line() -> None:
    (problem,) = problems_of("finance\ncannot  raech\noffice")
    assert problem.excerpt.splitlines() == ["    cannot  raech", "            ^^^^^"]


def test_excerpt_of_a_long_claim_is_cut_around_the_mistake() -> None:
    text = f"any({', '.join(['finance'] * 500)}) raech any({', '.join(['office'] * 500)})"
    (problem,) = problems_of(text)
    assert marked(problem) == "raech"
    assert max(len(line) for line in problem.excerpt.splitlines()) < 150


def test_deep_nesting_is_refused() -> None:
    (problem,) = problems_of("any(" * 100_000)
    assert "nested too deeply" in problem.message


def test_a_group_name_that_looks_like_an_address_still_wins() -> None:
    assert parse_endpoints("10.0.0.1", {"10.0.0.1": External()}).endpoints == External()


# Laws

_names = st.from_regex(r"[a-z][a-z0-9]{0,5}", fullmatch=True).filter(lambda n: n not in KEYWORDS)
_values = st.sampled_from(["", "a", "B", "in", "0.1", "x_y", "only"])
_keys = st.sampled_from(["a", "app.io/b", "in", "TCP", "notin"])
_requirements = st.one_of(
    st.builds(
        Requirement,
        _keys,
        st.sampled_from([Operator.IN, Operator.NOT_IN]),
        st.lists(_values, min_size=1, max_size=3).map(tuple),
    ),
    st.builds(Requirement, _keys, st.sampled_from([Operator.EXISTS, Operator.DOES_NOT_EXIST])),
)
_selectors = st.lists(_requirements, max_size=3).map(lambda rs: LabelSelector(tuple(rs)))
_optional = st.none() | _selectors
_pods = st.builds(PodsWhere, st.none() | _names, st.none(), _optional) | st.builds(
    PodsWhere, st.none(), _optional, _optional
)
_blocks = st.sampled_from(["10.0.0.0/8", "0.0.0.0/0", "2001:db8::/32", "::1/128"])
_single = st.one_of(
    _pods,
    st.builds(PodNamed, _names, _names, st.sampled_from([None, "Pod", "Deployment"])),
    st.builds(AddressBlock, _blocks),
    st.just(External()),
    st.just(Anything()),
)
_sets: st.SearchStrategy[EndpointSet] = _single | st.lists(
    _single, min_size=2, max_size=4, unique=True
).map(lambda members: AnyOf(tuple(members)))
_groups = st.builds(lambda e: Group(describe_endpoints(e), e), _sets) | st.sampled_from([A, B, C])
_ports = st.lists(
    st.builds(
        lambda protocol, bounds: ClaimPorts(protocol, *sorted(bounds)),
        st.sampled_from(Protocol),
        st.tuples(st.integers(1, 65535), st.integers(1, 65535)),
    )
    | st.builds(ClaimPorts, st.sampled_from(Protocol), st.just(1), st.just(65535)),
    max_size=3,
).map(tuple)
_sides = st.lists(st.builds(GroupOnPorts, _groups, _ports), min_size=1, max_size=3).map(tuple)
_policies = st.lists(
    _names | st.builds("{}/{}".format, _names, _names), min_size=1, max_size=3
).map(lambda names: PolicySet(" + ".join(names), tuple(names)))
_claims: st.SearchStrategy[Claim] = st.one_of(
    st.builds(CannotReach, _groups, _groups, _ports),
    st.builds(CanReach, _groups, _groups, _ports),
    st.builds(CanReachOnly, _groups, _sides, st.none() | _groups),
    st.builds(OnlyCanReach, st.lists(_groups, min_size=1, max_size=3).map(tuple), _groups, _ports),
    st.builds(MayReach, _groups, _groups, _ports),
    st.builds(IsolatedFrom, _groups, _groups),
    st.builds(DeniedByDefault, _groups),
    st.builds(PoliciesEquivalent, _policies, _policies),
    st.builds(PolicyRedundant, _policies),
    st.builds(PolicyNecessary, _policies),
)


@given(_claims)
def test_canonical_text_reads_back(claim: Claim) -> None:
    assert parse_claim(claim_text(claim), GROUPS) == claim


@given(_ports.filter(bool))
def test_ports_text_reads_back(ports: tuple[ClaimPorts, ...]) -> None:
    assert parse_ports(ports_text(ports)) == ports


def test_a_namespace_beside_a_selector_is_described_by_its_label() -> None:
    both = PodsWhere("shop", only(Requirement("a", Operator.EXISTS)))
    assert describe_endpoints(both) == f"ns({NAME_LABEL}=shop,a)"


_soup = st.lists(
    st.sampled_from(
        [*KEYWORDS, "finance", "office", "(", ")", ",", "=", "!=", "!", "+", "/", ":", "ns:a",
         "a/b", "TCP/80", "tcp/1", "10.0.0.0/8", "::", " ", "\n", "\x1b", "\u202e", "\ud800",
         "é", "cidr("]
    ),
    max_size=14,
)  # fmt: skip
_texts = st.text() | _soup.map(" ".join) | _soup.map("".join)


def refusal_of(parse: Callable[[], object]) -> tuple[Problem, ...] | None:
    """The problems that a reader raises, or `None` where it accepts the text."""
    try:
        parse()
    except InputError as error:
        return error.problems
    return None


@given(_texts)
def test_any_text_is_read_or_refused_with_printable_problems(text: str) -> None:
    for problems in (
        refusal_of(lambda: parse_claim(text, GROUPS)),
        refusal_of(lambda: parse_endpoints(text, GROUPS)),
        refusal_of(lambda: parse_ports(text)),
    ):
        assert problems is None or problems
        for problem in problems or ():
            shown = problem.message + problem.suggestion + problem.excerpt.replace("\n", "")
            assert shown.isascii()
            assert shown.isprintable()
            line, carets = problem.excerpt.split("\n")
            assert len(carets) <= max(len(line) + 1, 5)


@given(_texts)
def test_reading_canonicalises(text: str) -> None:
    """Whatever is accepted prints to a text that reads back to the same claim."""
    try:
        claim = parse_claim(text, GROUPS)
    except InputError:
        return
    assert parse_claim(claim_text(claim), GROUPS) == claim
