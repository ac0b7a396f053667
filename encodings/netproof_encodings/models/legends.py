"""What the symbols of a script stand for, so that a reader can relate it to what was stated."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import product

from netproof_encodings.decision.conditions import End
from netproof_encodings.decision.tiers import Tier
from netproof_encodings.lowering import TUNNEL_INDEX, indices_of_hosts
from netproof_encodings.meaning.accounts import AccountSpace
from netproof_encodings.meaning.connections import free_names, here_name
from netproof_encodings.meaning.host_spaces import OtherHostSpace
from netproof_encodings.meaning.labels import ABSENT, KeyCodes
from netproof_encodings.meaning.ports import PROTOCOL_CODES
from netproof_encodings.meaning.spaces import (
    ConnectionSpace,
    EndpointSpace,
    NamespaceSpace,
    PassingSpace,
)
from netproof_encodings.obligations.claims import ALL_HERE
from netproof_encodings.vocabulary.classes import PodClass
from netproof_encodings.vocabulary.hosts import HostPoint
from netproof_encodings.vocabulary.mentioned import LONGEST_LABEL
from netproof_specs.assumptions import READINGS, Assumption
from netproof_specs.frozen import Frozen
from netproof_specs.model.traffic import Direction, Family


class Meaning(Frozen):
    """What a Boolean says when it is true, or what a bit-vector holds.

    `codes` are the values of a bit-vector with what each stands for, where they are codes.
    `policy` is the index of the policy that the symbol is about.
    """

    says: str
    codes: tuple[tuple[int, str], ...] = ()
    policy: int | None = None


def meanings(
    space: ConnectionSpace, classes: Sequence[PodClass], policies: int, tiers: Iterable[Tier]
) -> dict[str, Meaning]:
    """The meaning of every symbol that a script over the space and the tiers declares, by name.

    The definitions of policies, of which there are so many, are in it as well.
    """
    found = dict(_of_connection(space))
    for end, who in zip(space.ends, ("source", "destination"), strict=True):
        found.update(_of_end(end, f"the {who}", classes))
    found[ALL_HERE] = Meaning("every policy is in place")
    for index in range(policies):
        found[here_name(index)] = Meaning("the policy is in place", policy=index)
        for direction in Direction:
            name = f"{direction.value.lower()}.{index}"
            found[f"{name}.applies"] = Meaning("the policy selects its end", policy=index)
            found[f"{name}.admits"] = Meaning(
                "the policy selects its end and one of its rules matches", policy=index
            )
    if space.source.host is not None and space.source.host.other is not None:
        found.update(_for_others(policies))
    for place, direction, index in product(_groups(space), Direction, range(policies)):
        whom, way = _some_of(space.source.passing, {place}), direction.value.lower()
        says = f"a rule of the policy for {way} matches what passes one of {whom}"
        found[f"forward.{place}.{way}.{index}.admits"] = Meaning(says, policy=index)
    found.update(_of_gates(space))
    for name in free_names():
        found[name] = Meaning(
            "what policies decide there, of a pod in a namespace that was not needed"
        )
    for what in _WHAT:
        says = "tunnels from pods are denied, whatever policies say (D.42)"
        found[f"{Direction.EGRESS.value.lower()}.{TUNNEL_INDEX}.{what}"] = Meaning(says)
    for index, direction, what in product(indices_of_hosts(tiers), Direction, _WHAT):
        says = "failsafe ports and profiles of host endpoints (D.8, D.36)"
        name = f"{direction.value.lower()}.{index}.{what}"
        found[name] = found[f"{OTHERS}{name}"] = Meaning(says)
    return found


OTHERS = "any-host."
"""Before the names of what is defined for host endpoints that are none of the input."""


def _for_others(policies: int) -> Iterator[tuple[str, Meaning]]:
    """What policies say of host endpoints that are none of the input, where that stands apart."""
    for index, direction in product(range(policies), Direction):
        name = f"{OTHERS}{direction.value.lower()}.{index}"
        selects = "the policy selects its end, a host endpoint that is none of the input"
        yield f"{name}.applies", Meaning(selects, policy=index)
        yield f"{name}.admits", Meaning(f"{selects}, and one of its rules matches", policy=index)


_WHAT = ("applies", "admits")


def _of_connection(space: ConnectionSpace) -> Iterator[tuple[str, Meaning]]:
    codes = tuple((code, protocol.value) for protocol, code in PROTOCOL_CODES.items())
    yield space.ports.protocol.name, Meaning("the protocol", codes)
    yield space.ports.port.name, Meaning("the destination port")
    if space.ports.source is not None:
        yield space.ports.source.name, Meaning("the source port")
    yield space.source.address.ipv6.name, Meaning("the connection uses IPv6, else IPv4")
    for end, found in space.ports.declared.items():
        port = "source port" if end is End.SOURCE else "port"
        for name, term in found.items():
            says = f"the {end.value} declares the connection's protocol and {port} as `{name}`"
            yield term.name, Meaning(says)
    for assumption, term in space.assumptions.items():
        yield term.name, Meaning(_assumed(assumption))
    yield "connection.allowed", Meaning("the policies allow the connection")
    always = "the policies allow the connection, whichever of tied ones goes first"
    if space.source.passing is not None:
        always += ", however the cluster is set up where it passes hosts"
    yield "connection.always-allowed", Meaning(always)
    for direction, who in ((Direction.EGRESS, "source"), (Direction.INGRESS, "destination")):
        says = f"no policy decides the connection at its {who}"
        yield f"{direction.value.lower()}.undecided", Meaning(says)
    for side in ("old", "new"):
        says = f"the policies of {side.upper()} allow the connection"
        yield f"{side}.decision", Meaning(says)
        always = f"{says}, whichever of tied ones goes first"
        yield f"{side}.decision-in-every-order", Meaning(always)


def _assumed(assumption: Assumption) -> str:
    reading = READINGS[assumption]
    return f"it is assumed that {assumption.value}={reading.when_true}, else {reading.when_false}"


def _of_gates(space: ConnectionSpace) -> Iterator[tuple[str, Meaning]]:
    """What hosts let through in the versions that are compared (D.37)."""
    for place, way, side in product(_groups(space), Direction, ("old", "new")):
        whom, name = _some_of(space.source.passing, {place}), f"{side}.forward.{place}"
        asked = f"one of {whom}, if asked for {way.value.lower()}"
        for host, does in (("accepting", "accepts"), ("dropping", "drops")):
            says = (
                f"under {side.upper()} {asked}, lets the connection through where its host {does} "
                "what policies leave over"
            )
            yield f"{name}.{way.value.lower()}.{host}", Meaning(says)
            always = f"{says}, whichever of tied ones goes first"
            yield f"{name}.{way.value.lower()}.{host}-in-every-order", Meaning(always)


def _of_end(
    end: EndpointSpace, who: str, classes: Sequence[PodClass]
) -> Iterator[tuple[str, Meaning]]:
    yield end.pod.name, Meaning(f"{who} is a pod, else an external address")
    yield end.host_network.name, Meaning(f"{who} is a pod that uses its node's network")
    yield end.addressed.name, Meaning(f"{who} has an address to hold against blocks")
    yield end.supplied.name, Meaning(f"{who} has an address that an assumption invents")
    yield (
        f"{end.prefix}.elsewhere",
        Meaning(
            f"{who} is a pod in a namespace that was not needed, so that nothing is said of it"
        ),
    )
    yield end.namespace.name.name, Meaning(f"the namespace of {who}", _names(end.namespace))
    for key, codes in end.namespace.labels.items():
        says = f"the label `{key}` of the namespace of {who}"
        yield codes.bits.name, Meaning(says, _values(codes))
    if end.host is not None:
        points = ((one.number, _host(one)) for one in end.host.points)
        says = f"the host endpoint that {who} is"
        yield end.host.number.name, Meaning(says, ((0, "none"), *points))
        if end.host.other is not None:
            yield from _of_other_host(end.host.other, who)
        names = ((code, f"`{name}`") for name, code in end.host.names.items())
        says = f"the host endpoint that {who} passes, as a pod that uses its node's network"
        yield end.host.passed.name, Meaning(says, ((0, "none"), *names))
        says = f"the host endpoint that {who} passes expects its address"
        yield end.host.expected.name, Meaning(says)
    if end.passing is not None:
        says = f"the host endpoints whose policies for forwarded traffic bear on {who}"
        yield end.passing.code.name, Meaning(says, tuple(_behind(end.passing)))
    if end.account is not None:
        account = Meaning(f"the service account of {who}", _accounts(end.account))
        yield end.account.name.name, account
        for key, codes in end.account.labels.items():
            says = f"the label `{key}` that the service account of {who} hands on"
            yield codes.bits.name, Meaning(says, _values(codes))
    for key, codes in end.labels.items():
        yield codes.bits.name, Meaning(f"the label `{key}` of {who}", _values(codes))
    for family in Family:
        says = f"the address of {who}, where the connection uses IPv{family.value}"
        yield end.address.bits[family].name, Meaning(says)
    numbers = tuple((one.number, _class(one)) for one in classes)
    yield f"{end.prefix}.class", Meaning(f"the class of pods that {who} is in", numbers)


def _of_other_host(space: OtherHostSpace, who: str) -> Iterator[tuple[str, Meaning]]:
    says = f"the name of {who}, if it is a host endpoint that is none of the input"
    names = ((code, f"`{name}`") for name, code in space.names.items())
    yield space.name.name, Meaning(says, ((0, "any other name"), *names))
    for key, codes in space.labels.items():
        says = f"the label `{key}` of {who}, if it is a host endpoint that is none of the input"
        yield codes.bits.name, Meaning(says, _values(codes))


FEW = 5
"""As many host endpoints are named where any of them is meant."""


def _names(space: NamespaceSpace) -> tuple[tuple[int, str], ...]:
    known = [(code, f"`{name}`") for name, code in space.names.items()]
    like = ((code, f"another namespace, such as `{name}`") for name, code in space.passing.items())
    others = range(space.last + 1 - len(space.others), space.last + 1)
    return (*known, *like, *((code, "another namespace") for code in others))


def _groups(space: ConnectionSpace) -> range:
    """The places of the groups of host endpoints that such policies select alike, if any."""
    return range(0 if space.source.passing is None else len(space.source.passing.groups))


def _behind(space: PassingSpace) -> Iterator[tuple[int, str]]:
    """What traffic may pass: host endpoints that such policies select alike are one group."""
    for one, code in space.codes.items():
        if not one.perhaps:
            yield code, "none"
        else:
            sure = "perhaps" if one.surely is None else "surely, towards addresses outside,"
            yield code, f"{sure} one of {_some_of(space, one.perhaps)}"


def _some_of(space: PassingSpace | None, places: Iterable[int]) -> str:
    """The first few host endpoints of the groups by name, and how many more there are."""
    groups = () if space is None else space.groups
    names = [f"`{name}`" for place in sorted(places) for name in groups[place]]
    more = [f"{len(names) - FEW} more"] if len(names) > FEW else []
    return ", ".join([*names[:FEW], *more])


def _host(point: HostPoint) -> str:
    """`h`, in connections of one family, by its address; one that is none of the input by what it
    lists."""
    if point.host.invented:
        listed = ", ".join(f"the profile `{name}`" for name in point.host.profiles) or "no profile"
        address = "an address that it expects" if point.expects else "none that it expects"
        whose = f"one that is none of the input, listing {listed}"
        return f"{whose}, over IPv{point.family.value} at {address}"
    address = ", ".join(point.host.addresses) or "an address that it does not expect"
    return f"`{point.host.name}` over IPv{point.family.value} at {address}"


def _accounts(space: AccountSpace) -> tuple[tuple[int, str], ...]:
    known = ((code, f"`{name}`") for name, code in space.names.items())
    others = ((code, _other_account(space, name)) for name, code in space.others.items())
    return (*known, *others)


def _other_account(space: AccountSpace, name: str) -> str:
    long = len(name) > LONGEST_LABEL
    text = "any other account" + ", with a name that is too long for a label" * long
    alike = f"{text}, for whose name tests of its parts come out as for `{name}`"
    return alike if name in space.told else text


def _values(codes: KeyCodes) -> tuple[tuple[int, str], ...]:
    alike = set(codes.alike.values())
    known = (
        (code, f"any value for which tests of its parts come out as for `{value}`")
        if value in alike
        else (code, f"`{value}`")
        for value, code in codes.codes.items()
    )
    return ((ABSENT, "absent"), *known, (codes.other, "any other value"))


def _class(one: PodClass) -> str:
    """The pods that nothing mentioned tells apart, by name."""
    names = ", ".join(f"{member.kind} {member.name}" for member in one.members)
    return f"{one.pods} of namespace `{one.namespace}`: {names}"
