"""The words that every report uses for endpoints, decisions and places."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from enum import Enum
from typing import TypeVar, assert_never

from netproof.decisions import (
    Certainty,
    Exemption,
    InInput,
    Own,
    Passing,
    RuleAt,
    SideDecision,
    Step,
)
from netproof_encodings.lowering import is_forwarding, is_setting
from netproof_specs.claims import Claim, PolicyClaim
from netproof_specs.loading import Loaded, resolve
from netproof_specs.locations import Location
from netproof_specs.model.accounts import DEFAULT_ACCOUNT
from netproof_specs.model.cluster import AnyPolicy, Invented, Namespace
from netproof_specs.model.connections import Connection, Endpoint, ExternalEndpoint, PodEndpoint
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.model.labels import NAME_LABEL, Labels
from netproof_specs.model.traffic import Action, Direction, Family
from netproof_specs.problems import Problem

T = TypeVar("T", bound=Enum)

_COMMAND = re.compile(r"##\[|^\s*::(?=[A-Za-z-]+(?: |::))")
"""Where a line of a log is a command to a runner of GitHub Actions: `##[error]` anywhere in it,
`::error::` at its start."""


def safe(text: str) -> str:
    """The text with every control character escaped, so that no name can steer a terminal.

    Nor can it steer the run of CI in whose log it is printed.
    """
    # What is not printable includes the marks that turn the direction of writing.
    if text.isprintable() and "::" not in text and "##[" not in text:
        return text
    shown = "".join(ch if ch.isprintable() else ch.encode("unicode_escape").decode() for ch in text)
    return _COMMAND.sub(lambda found: f"{found[0][:-1]}\\x{ord(found[0][-1]):02x}", shown)


def problem_text(problem: Problem) -> str:
    """A problem with its place and what to do about it, which may be several lines."""
    return "\n".join(safe(line) for line in str(problem).splitlines())


def problems_text(problems: Sequence[Problem]) -> str:
    """Every problem, then how many there were."""
    lines = [problem_text(one) for one in problems]
    if any(problem.code == "unknown-field" for problem in problems):
        lines.append("with --lenient unknown fields are dropped, as servers may do (B.2)")
    count = counted(len(problems), "error")
    return "".join(f"{one}\n" for one in [*lines, f"{count}; nothing was decided"])


def counted(number: int, one: str, many: str = "") -> str:
    """`1 pod`, `2 pods`, `3 policies`."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def tallied(found: Iterable[T], kinds: Iterable[T]) -> list[str]:
    """`2 proved`, `1 refuted`: how many there are of each kind that occurs, in their order."""
    numbers = Counter(found)
    return [f"{numbers[one]} {str(one.value).lower()}" for one in kinds if numbers[one]]


def endpoint_name(endpoint: Endpoint) -> str:
    """`shop/web`, `shop/Deployment/web #2`, `HostEndpoint/worker-1`, or an address.

    What no manifest holds stands in angle brackets.
    """
    match endpoint:
        case ExternalEndpoint(address):
            return address
        case HostEndpoint(name):
            return safe(f"HostEndpoint/<{name}>" if endpoint.invented else f"HostEndpoint/{name}")
        case PodEndpoint():
            return safe(_pod_name(endpoint))
        case _:
            assert_never(endpoint)


def _pod_name(pod: PodEndpoint) -> str:
    if pod.invented:
        return f"{_namespace_name(pod.namespace)}/<{pod.name}>"
    if pod.kind == "Pod":
        return f"{pod.namespace.name}/{pod.name}"
    number = f" #{pod.replica}" if pod.replicas > 1 else ""
    return f"{pod.namespace.name}/{pod.kind}/{pod.name}{number}"


def _namespace_name(namespace: Namespace) -> str:
    if namespace.invented is Invented.NAME:
        return f"<{namespace.name}>"
    return namespace.name


def endpoint_details(endpoint: Endpoint) -> str:
    """What policies can see of an endpoint: labels, the namespace's labels, host network."""
    match endpoint:
        case ExternalEndpoint():
            return "outside the cluster"
        case HostEndpoint():
            parts = [
                labels_text(endpoint.labels) or "no labels",
                "" if endpoint.invented else f"node {safe(endpoint.node)}",
                _addresses_text(endpoint),
                f"profiles {safe(', '.join(endpoint.profiles))}" if endpoint.profiles else "",
            ]
            return "; ".join(part for part in parts if part)
        case PodEndpoint():
            parts = [
                labels_text(endpoint.labels) or "no labels",
                _namespace_details(endpoint.namespace),
                _account_text(endpoint),
                _addresses_text(endpoint),
                _ports_text(endpoint),
                "hostNetwork" if endpoint.host_network else "",
            ]
            return "; ".join(part for part in parts if part)
        case _:
            assert_never(endpoint)


def _account_text(pod: PodEndpoint) -> str:
    """`service account reader`, with its labels; nothing for `default`, which most pods have."""
    labels = f" ({labels_text(pod.account_labels)})" if pod.account_labels else ""
    if pod.service_account == DEFAULT_ACCOUNT and not labels:
        return ""
    return f"service account {safe(pod.service_account)}{labels}"


def _ports_text(pod: PodEndpoint) -> str:
    """The named ports of an invented pod, which has none but those that matter.

    What pods of the input declare is in their manifests.
    """
    if not pod.invented or not pod.ports:
        return ""
    found = (f"{one.protocol.value}/{one.port} as `{safe(one.name)}`" for one in pod.ports)
    return f"declares {', '.join(found)}"


def _addresses_text(end: PodEndpoint | HostEndpoint) -> str:
    """`address 10.0.0.7`; that one is invented where an assumption supplies it (A.29)."""
    if not end.addresses:
        return ""
    invented = " (invented: the input gives none)" if end.supplied else ""
    return f"address {', '.join(end.addresses)}{invented}"


def _namespace_details(namespace: Namespace) -> str:
    """The namespace's labels but for the automatic one, and whether the input states them."""
    own = labels_text(tuple(pair for pair in namespace.labels if pair[0] != NAME_LABEL))
    match namespace.invented:
        case Invented.NOTHING | Invented.NAME:
            return f"namespace {own}" if own else ""
        case Invented.LABELS:
            return f"namespace with invented labels: {own or 'none'}"
        case _:
            assert_never(namespace.invented)


def labels_text(labels: Labels) -> str:
    """Labels as `app=web, tier=db`."""
    return safe(", ".join(f"{key}={value}" for key, value in labels))


def vacuous_text(empty: Sequence[str], claim: Claim) -> str:
    """Why a claim speaks of no connection: the groups that are empty, or that none can exist."""
    if isinstance(claim, PolicyClaim):
        return "the input holds no pods, so there is no connection to decide"
    if not empty:
        return (
            "its groups have endpoints, but between them no connection can exist, as between a "
            "pod and itself or its own node, or without a common address family"
        )
    names = ", ".join(f"`{safe(name)}`" for name in empty)
    return f"no endpoint of this world is in {names}"


def in_input_text(in_input: InInput | None, example: Connection, loaded: Loaded) -> str:
    """Whether the input has a connection like the example; nothing where the example is one."""
    match in_input:
        case None | InInput.SHOWN:
            return ""
        case InInput.NONE:
            hosts = any(one.host_network for one in loaded.cluster.workloads)
            aside = " (hostNetwork pods aside)" if hosts else ""
            ends = (example.source, example.destination)
            invented = any(isinstance(one, HostEndpoint) and one.invented for one in ends)
            # One that pods pass is no end of the connection (D.37).
            host = invented or is_forwarding(loaded.cluster.policies)
            what = "a host endpoint, a pod or a label" if host else "a pod or a label"
            return f"no such connection{aside}: it takes {what} that the input does not have"
        case InInput.UNKNOWN:
            return "it is not known whether there is such a connection"
        case _:
            assert_never(in_input)


def port_text(connection: Connection) -> str:
    """Protocol and port as `TCP/80`, with the source port if it counts, and IPv6 if it is that."""
    source = connection.source_port
    source_text = "" if source is None else f" from source port {source}"
    six = " over IPv6" if connection.family is Family.IPV6 else ""
    return f"{connection.protocol.value}/{connection.port}{source_text}{six}"


def connection_text(connection: Connection) -> str:
    """`shop/web  ->  shop/db  TCP/5432`."""
    source, destination = endpoint_name(connection.source), endpoint_name(connection.destination)
    return f"{source}  ->  {destination}  {port_text(connection)}"


def side_text(side: SideDecision, connection: Connection, loaded: Loaded) -> str:
    """What this side decides, why, and where the rule or policy stands."""
    allowed = "allowed" if side.allowed else "denied"
    where = deciding_place(side, loaded)
    text = f"{allowed:<8} {reason_text(side, connection)}"
    return f"{text}  ({where})" if where else text


def place(where: Location | None, loaded: Loaded) -> str:
    """`file:line:column`, or nothing for what stands in no file."""
    return "" if where is None else safe(str(resolve(where, loaded)))


def side_label(side: SideDecision) -> str:
    """Who decides, in a word: the `egress` or `ingress` policies of an end, or its `host`."""
    return side.direction.value.lower() if side.passing is None else "host"


def reason_text(side: SideDecision, connection: Connection) -> str:
    """Why this side allows or denies the connection."""
    if side.passing is not None:
        return _passing_text(side, side.passing, connection)
    egress = side.direction is Direction.EGRESS
    end = connection.source if egress else connection.destination
    name = endpoint_name(end)
    if side.host is not None:
        # A policy may well leave out the pod, whose labels are not those of its host endpoint.
        name = f"the host endpoint {safe(side.host.name)} of {name}"
    if side.exemption is not None:
        return _EXEMPT[side.exemption].format(name=name) + _failsafe_text(side)
    if not side.steps:
        return _undecided(side, name)
    said = [
        _step_text(step, side, name) if step.own is None else _OWN[step.own].format(name=name)
        for step in side.steps
    ]
    if side.steps and side.steps[-1].action is Action.PASS:
        said.append("nothing further decides")
    return "; ".join(said) + _failsafe_text(side)


def _failsafe_text(side: SideDecision) -> str:
    """What opens a failsafe port, or leaves out one that would be open without it (D.36)."""
    found = side.failsafe
    if found is None:
        return ""
    if found.by is None:
        return ", as it does by default"
    by = f"of the FelixConfiguration {safe(found.by.title)}"
    if found.at is not None:
        return f", by {failsafe_list(side)}[{found.at.index}] {by}"
    return f", and {failsafe_list(side)} {by} replaces a list that opens the port"


def failsafe_list(side: SideDecision) -> str:
    """The field that states the failsafe ports of the side's direction."""
    ingress = side.direction is Direction.INGRESS
    return "failsafeInboundHostPorts" if ingress else "failsafeOutboundHostPorts"


def _passing_text(side: SideDecision, passing: Passing, connection: Connection) -> str:
    """What the host endpoint of an end's node says, and whether that surely counts (D.37)."""
    source = passing.end is Direction.EGRESS
    end, verb = (connection.source, "sends") if source else (connection.destination, "gets")
    name, pod = endpoint_name(passing.host), endpoint_name(end)
    if passing.certainty is Certainty.PERHAPS:
        sure = f"what {pod} {verb} may pass {name} for {side.direction.value.lower()}, where "
    else:
        sure = f"what {pod} {verb} passes {name}, where "
    said = [_step_text(step, side, name) for step in side.steps]
    if not side.steps:
        said.append(f"no policy for forwarded traffic is for {side.direction.value.lower()}")
    if side.left_over:
        does = "accepts" if passing.accepts else "may drop"
        said.append(f"its host {does} what these leave over (D.37)")
    return sure + "; ".join(said)


_EXEMPT = {
    Exemption.NOT_A_SUBJECT: "no policy isolates {name}",
    Exemption.SAME_POD: "a pod always reaches itself",
    Exemption.OWN_NODE: "a pod's own node always reaches it",
    Exemption.FAILSAFE: "{name} keeps the port open, whatever policies say",
}
_OWN = {
    Own.TUNNELS: "tunnels from pods are denied, whatever policies say (D.42)",
    Own.OPEN_PROFILE: "the profile projectcalico-default-allow of {name} admits it",
    Own.MISSING_PROFILE: "{name} lists a profile that the input does not have, which denies it",
    Own.NO_PROFILE: "no profile of {name} admits it",
}
VERBS = {Action.ALLOW: "admits it", Action.DENY: "denies it", Action.PASS: "passes it on"}


def _undecided(side: SideDecision, name: str) -> str:
    """Why no tier has anything to say."""
    direction = side.direction.value.lower()
    if not side.selecting:
        return f"no policy selects {name} for {direction}"
    verb = "selects" if len(side.selecting) == 1 else "select"
    return f"{policy_names(side.selecting)} {verb} {name} for {direction}, and no rule matches"


def _step_text(step: Step, side: SideDecision, name: str) -> str:
    """What one tier says: the rule that matches first, or that none of its policies has one."""
    if step.policy is not None and step.rule is not None:
        rule = rule_name(step.policy, step.rule, side.direction)
        rule = f"profile {rule}" if is_setting(step.policy) else rule
        return f"{rule} {VERBS[step.action]}{_order(step.policy, step.before)}"
    isolating = step.isolating or side.selecting
    verb = "selects" if len(isolating) == 1 else "select"
    chosen = f"{policy_names(isolating)} {verb} {name}"
    if step.action is Action.PASS:
        return f"{chosen}; no rule decides, so that the tier {safe(step.tier)} passes it on"
    return f"{chosen}; no rule admits it"


def _order(policy: AnyPolicy, before: Sequence[AnyPolicy]) -> str:
    """That the policy has to go before others of its priority, if it has to (C.4)."""
    if not before:
        return ""
    verb = "has" if len(before) == 1 else "have"
    names = policy_names(before)
    return f" if {safe(policy.title)} goes before {names}, which {verb} the same priority"


def policy_names(policies: Sequence[AnyPolicy]) -> str:
    """The first few policies by name, and how many more there are."""
    names = [safe(policy.title) for policy in policies[:3]]
    if len(policies) > len(names):
        names.append(f"{len(policies) - len(names)} more")
    return ", ".join(names)


def rule_name(policy: AnyPolicy, rule: RuleAt, direction: Direction) -> str:
    """`shop/allow-web ingress[0]`."""
    return f"{safe(policy.title)} {direction.value.lower()}[{rule.index}]"


def deciding_place(side: SideDecision, loaded: Loaded) -> str:
    """Where the rule stands that decides, else the first policy that isolates or selects.

    Where no policy has a say, that of a failsafe port or of a list that leaves it out.
    """
    if side.rule is not None:
        return place(side.rule.where, loaded)
    if not side.pointed_at:
        return place(failsafe_at(side), loaded)
    isolating = side.steps[-1].isolating if side.steps else ()
    found = isolating[:1] if side.steps else side.selecting[:1]
    return place(found[0].where, loaded) if found else ""


def failsafe_at(side: SideDecision) -> Location | None:
    """Where the failsafe port stands that opens the port, or the list that leaves it out (D.36)."""
    found = side.failsafe
    if found is None or found.by is None:
        return None
    return found.by.where if found.at is None else found.at.where
