"""Why a policy or a rule does not match a connection: the first condition that fails.

Of alternatives, of which none holds, each has a first condition that fails; ports are told
together, and so are a block and its exceptions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from enum import Enum
from typing import assert_never

from netproof.explaining.conditions import Held, labels_of
from netproof.explaining.wording import span_text, tested_text, text_of, without_text
from netproof_encodings.decision.conditions import (
    AccountText,
    All,
    Any,
    Assumed,
    Atom,
    End,
    FromPorts,
    HasProtocol,
    InBlock,
    InNamespace,
    IsHost,
    IsOrdinaryPod,
    IsPod,
    Labelled,
    LabelText,
    Match,
    NamesPort,
    Not,
    OfFamily,
    OnPorts,
    RunsAs,
    Seen,
    Whose,
    atoms_of,
    every,
)
from netproof_encodings.decision.placed import Where
from netproof_specs.assumptions import Assumption
from netproof_specs.frozen import Frozen
from netproof_specs.model.connections import ExternalEndpoint, PodEndpoint
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.model.labels import Labels
from netproof_specs.model.traffic import Protocol


class Condition(Enum):
    """What can fail."""

    DIRECTION = "direction"
    KIND = "kind"
    HOST_ENDPOINT = "host-endpoint"
    NAMESPACE = "namespace"
    NAMESPACE_LABELS = "namespace-labels"
    POD_LABELS = "pod-labels"
    SERVICE_ACCOUNT = "service-account"
    ADDRESS_BLOCK = "address-block"
    PORT = "port"
    SOURCE_PORT = "source-port"
    FAMILY = "family"
    ASSUMPTION = "assumption"


class Mismatch(Frozen):
    """A condition that fails: what the policy wants, and where it says so, and what there is."""

    condition: Condition
    wanted: str
    found: str
    where: Where


_LABELS = {
    Whose.POD: Condition.POD_LABELS,
    Whose.NAMESPACE: Condition.NAMESPACE_LABELS,
    Whose.ACCOUNT: Condition.SERVICE_ACCOUNT,
}
_PORTS = HasProtocol | OnPorts | NamesPort


def _is_of_port(atom: Atom) -> bool:
    """Whether an atom asks of protocol and destination port alone."""
    return isinstance(atom, _PORTS) and not _is_of_source(atom)


def _is_of_source(atom: Atom) -> bool:
    """Whether an atom asks of the source port alone (D.19, D.20)."""
    named = isinstance(atom, NamesPort) and atom.end is End.SOURCE
    return named or isinstance(atom, FromPorts)


def mismatches(match: Match, held: Held) -> tuple[Mismatch, ...]:
    """Why the connection does not meet the condition; nothing iff it does."""
    return () if held.meets(match) else tuple(_failing(match, held))


def _failing(match: Match, held: Held) -> Iterator[Mismatch]:
    if _asks_only(match, _is_of_port):
        yield _port_mismatch(match, held)
        return
    if _asks_only(match, _is_of_source):
        yield _source_mismatch(match, held)
        return
    match match:
        case All(parts):
            yield from _first(parts, held)
        case Any(()):
            yield Mismatch(Condition.KIND, "nothing that exists", "this connection", None)
        case Any(parts):
            for part in parts:
                yield from mismatches(part, held)[:1]
        case Not(InBlock() as block) | (InBlock() as block):
            yield _block_mismatch((match,), block, held)
        case Not(part):
            yield _negated(part, held)
        case atom:
            yield _atom_mismatch(atom, held)


def _first(parts: Sequence[Match], held: Held) -> Iterator[Mismatch]:
    """The first part that fails, with what belongs to it."""
    part = next(one for one in parts if not held.meets(one))
    if _asks_only(part, _is_of_port):
        yield _port_mismatch(every(one for one in parts if _asks_only(one, _is_of_port)), held)
        return
    match part:
        case (InBlock(end) as atom) | Not(InBlock(end) as atom):
            blocks = tuple(one for one in parts if _block_end(one) is end)
            yield _block_mismatch(blocks, atom, held)
        case _:
            yield from _failing(part, held)


def _atom_mismatch(atom: Atom, held: Held) -> Mismatch:
    match atom:
        case IsPod(end, where):
            return Mismatch(Condition.KIND, "pods by their labels", _no_pod(end, held), where)
        case IsOrdinaryPod(end, where):
            return _atom_mismatch(IsPod(end, where), held)
        case InNamespace(end, name, where):
            pod = held.pod(end)
            if pod is None:
                return _atom_mismatch(IsPod(end, where), held)
            wanted = f"a pod of the policy's own namespace {name}"
            found = f"namespace {pod.namespace.name}"
            return Mismatch(Condition.NAMESPACE, wanted, found, where)
        case Labelled() | LabelText():
            found = _label_found(atom, held)
            return Mismatch(_LABELS[atom.whose], text_of(atom), found, atom.where)
        case IsHost(end, _, _, where):
            return Mismatch(Condition.HOST_ENDPOINT, text_of(atom), _who(end, held), where)
        case RunsAs() | AccountText():
            return _account_mismatch(text_of(atom), atom, held)
        case InBlock():
            return _block_mismatch((atom,), atom, held)
        case HasProtocol() | OnPorts() | NamesPort() | FromPorts():
            told = _source_mismatch if _is_of_source(atom) else _port_mismatch
            return told(atom, held)
        case OfFamily():
            found = f"IPv{held.connection.family.value}"
            return Mismatch(Condition.FAMILY, text_of(atom), found, None)
        case Assumed():
            return Mismatch(Condition.ASSUMPTION, text_of(atom), "the other assumption", None)
        case _:
            assert_never(atom)


def _negated(part: Match, held: Held) -> Mismatch:
    """Why the negation of a condition fails: the condition holds."""
    match part:
        case LabelText():
            wanted = f"{part.key} absent, or not {part.test.value} '{part.text}'"
            return Mismatch(_LABELS[part.whose], wanted, _label_found(part, held), part.where)
        case Labelled():
            found = _label_found(part, held)
            return Mismatch(_LABELS[part.whose], without_text(part), found, part.where)
        case RunsAs(names=tuple() as names):
            wanted = f"a service account other than {' or '.join(names)}"
            return _account_mismatch(wanted, part, held)
        case (AccountText() as tested) | All((RunsAs(names=None), AccountText() as tested)):
            wanted = f"a service account whose name is not one that {tested_text(tested)}"
            return _account_mismatch(wanted, tested, held)
        case _:
            return _negated_otherwise(part, held)


def _negated_otherwise(part: Match, held: Held) -> Mismatch:
    named = next((one for one in atoms_of(part) if isinstance(one, NamesPort)), None)
    if named is not None:
        return _barred_name(named, part, held)
    return Mismatch(Condition.KIND, f"not ({text_of(part)})", text_of(part), _where(part))


def _account_mismatch(wanted: str, atom: RunsAs | AccountText, held: Held) -> Mismatch:
    pod = held.pod(atom.end)
    found = _no_pod(atom.end, held) if pod is None else f"service account {pod.service_account}"
    return Mismatch(Condition.SERVICE_ACCOUNT, wanted, found, atom.where)


def _barred_name(named: NamesPort, part: Match, held: Held) -> Mismatch:
    """The port has a name that it must not have (D.20)."""
    protocol = held.connection.protocol
    at_source = named.end is End.SOURCE
    known = held.pod(named.end) is not None
    wanted = f"any but {_named_text(named, protocol, held) if known else f'`{named.name}`'}"
    found = str(held.source_port()) if at_source else f"{protocol.value} {held.connection.port}"
    condition = Condition.SOURCE_PORT if at_source else Condition.PORT
    return Mismatch(condition, wanted, found, _where(part))


def _where(match: Match) -> Where:
    """The first place that is known of the condition."""
    places = (getattr(atom, "where", None) for atom in atoms_of(match))
    return next((one for one in places if one is not None), None)


def _no_pod(end: End, held: Held) -> str:
    other = held.end(end)
    if isinstance(other, PodEndpoint):
        return "a hostNetwork pod, which counts as its node"
    return _who(end, held)


def _who(end: End, held: Held) -> str:
    """What the end is, for a condition that asks for something else."""
    match held.end(end):
        case ExternalEndpoint(address):
            return f"{address}, an address outside the cluster"
        case HostEndpoint(name):
            found = not held.host_addresses(end)
            return f"host endpoint {name}" + (", by no address that it expects" if found else "")
        case PodEndpoint():
            return "a pod"
        case other:
            assert_never(other)


# --- labels --------------------------------------------------------------------------------------


def _label_found(atom: Labelled | LabelText, held: Held) -> str:
    """The value of the key, or that it is absent, with a key that looks like it."""
    pod = held.pod(atom.end)
    if pod is None:
        return _no_pod(atom.end, held)
    labels: Labels = labels_of(pod, atom.whose)
    for key, value in labels:
        if key == atom.key:
            return f"{key}={value}"
    for key, value in labels:
        if key.lower() == atom.key.lower():
            return f"no label {atom.key}, but {key}={value}: case matters"
    return f"no label {atom.key}"


# --- addresses -----------------------------------------------------------------------------------


def _block_end(match: Match) -> End | None:
    inner = match.part if isinstance(match, Not) else match
    return inner.end if isinstance(inner, InBlock) else None


def _block_mismatch(blocks: Sequence[Match], atom: InBlock, held: Held) -> Mismatch:
    """A block with its exceptions, of which one holds the address, or it is not in the block."""
    wanted = [one.cidr for one in blocks if isinstance(one, InBlock)]
    excepts = [one.part for one in blocks if isinstance(one, Not)]
    barred = [one for one in excepts if isinstance(one, InBlock)]
    text = f"an address in {' and '.join(wanted)}" if wanted else "an address"
    if barred:
        text += f" except {', '.join(one.cidr for one in barred)}"
    known = held.addresses(atom.end, atom.pods)
    hit = next((one for one in barred if held.meets(one)), None)
    found = _address_found(atom, known, held)
    if hit is not None and known:
        found = f"{known[0]}, which is in the exception {hit.cidr}"
    return Mismatch(Condition.ADDRESS_BLOCK, text, found, atom.where)


def _address_found(block: InBlock, known: tuple[str, ...], held: Held) -> str:
    other_family = all((":" in address) != (":" in block.cidr) for address in known)
    if known:
        return ", ".join(known) + (", of the other address family" if other_family else "")
    other = held.end(block.end)
    if isinstance(other, ExternalEndpoint):
        return other.address
    if isinstance(other, HostEndpoint):
        return f"host endpoint {other.name}, which expects no address of this family"
    return _pod_address(other, block, held)


def _pod_address(pod: PodEndpoint, block: InBlock, held: Held) -> str:
    if not pod.addresses:
        return "a pod whose address the input does not give"
    listed = f"a pod at {', '.join(pod.addresses)}"
    as_pods = Assumption.IPBLOCK_MATCHES_PODS in held.assumptions
    if held.pod(block.end) is not None and block.pods is Seen.AS_ASSUMED and not as_pods:
        return f"{listed}: ipBlocks are taken not to match pods"
    return f"{listed}, of the other address family"


# --- ports ---------------------------------------------------------------------------------------


def _asks_only(match: Match, such: Callable[[Atom], bool]) -> bool:
    """Whether the condition is made of such atoms alone, and of at least one."""
    found = list(atoms_of(match))
    return bool(found) and all(map(such, found))


def _port_mismatch(match: Match, held: Held) -> Mismatch:
    """All that a rule says of ports, and the connection's."""
    elements = match.parts if isinstance(match, Any) else (match,)
    wanted = " or ".join(_port_text(one, held) for one in elements)
    found = f"{held.connection.protocol.value} {held.connection.port}"
    return Mismatch(Condition.PORT, wanted, found, _where(match))


def _source_mismatch(match: Match, held: Held) -> Mismatch:
    """All that a rule says of source ports, and the connection's (D.19)."""
    part = match.part if isinstance(match, Not) else match
    elements = part.parts if isinstance(part, Any) else (part,)
    numbers = " or ".join(_source_text(one, held) for one in elements)
    wanted = f"any but {numbers}" if isinstance(match, Not) else numbers
    return Mismatch(Condition.SOURCE_PORT, wanted, str(held.source_port()), _where(match))


def _source_text(element: Match, held: Held) -> str:
    """A range, or a name with what it is on the source."""
    if isinstance(element, NamesPort):
        return _named_text(element, held.connection.protocol, held)
    return text_of(element).replace("source port ", "")


def _named_text(named: NamesPort, protocol: Protocol, held: Held) -> str:
    """The name with what the end declares under it for the protocol."""
    numbers = held.numbers(named, protocol)
    there = ", ".join(map(str, numbers)) or f"which the {named.end.value} does not declare"
    return f"`{named.name}` ({there})"


def _port_text(element: Match, held: Held) -> str:
    """`TCP 80`, `TCP 8000-8100`, `any UDP`, or a name with what it is on the destination."""
    match element:
        case HasProtocol(protocol):
            return f"any {protocol.value}"
        case All((HasProtocol(protocol), OnPorts(ports))):
            return f"{protocol.value} {span_text(ports)}"
        case All((HasProtocol(protocol), NamesPort() as named)):
            return f"{protocol.value} {_named_text(named, protocol, held)}"
        case _:
            return text_of(element)
