"""The members of a bundle: from a run to files, each verdict with its evidence."""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from hashlib import sha256
from importlib import resources
from urllib.parse import quote

from netproof.about import VERSION
from netproof.bundles.archive import INDEX, SEAL
from netproof.bundles.evidence import (
    Forms,
    Ground,
    Obligation,
    Stages,
    comparison_grounds,
    grounds_of,
)
from netproof.bundles.runs import BASELINE, CompareRun, Run, VerifyRun, loaded_of, options_data
from netproof.comparisons import Difference
from netproof.proofs.certifying import Certifier, NoProof, Translation
from netproof.proofs.sat import versions as sat_versions
from netproof.proofs.trimming import Proof
from netproof.reports.compare.data import compare_data
from netproof.reports.compare.text import headline
from netproof.reports.data import (
    Data,
    connection_data,
    decision_data,
    difference_data,
    policy_data,
)
from netproof.reports.html.report import compare_html, verify_html
from netproof.reports.verify.data import verify_data
from netproof.reports.without import verdict_text
from netproof.solving import versions
from netproof.verdicts import Certificate, Evidence
from netproof_encodings.logic.cnf import dimacs
from netproof_encodings.obligations.claims import certificate as script_of

SCHEMA_VERSION = 1
"""That of index.json and of each file of evidence (docs/json.md)."""

FLEET_KIND = "netproof-fleet-bundle"
"""What the index of a fleet's bundle says that it is (see `bundles.fleets`)."""

Prove = Callable[[str, Translation, Certificate], Proof | NoProof]
"""The proof of an obligation, from its folder, its clauses and its certificate."""


def members_of(run: Run, prove: Prove | None = None) -> dict[str, bytes]:
    """Every file of the run's bundle by name; raises DisagreementError."""
    making = _Making(run, prove)
    making.add_inputs()
    match run:
        case VerifyRun(report=report):
            data, page = verify_data(report), verify_html(report)
        case CompareRun(report=compared):
            data, page = compare_data(compared), compare_html(compared)
    making.add("report.json", _json(data))
    making.add("report.html", page.encode("utf-8", "surrogatepass"))
    making.add("check.py", checker())
    verdicts = list(making.verdicts())
    index = _json(_index(run, making, verdicts))
    return {**making.members, INDEX: index, SEAL: seal(index)}


def seal(index: bytes) -> bytes:
    """The digest of an index, as `sha256sum` writes it."""
    return f"{sha256(index).hexdigest()}  {INDEX}\n".encode("ascii")


def checker() -> bytes:
    """The program that checks a bundle with Python alone."""
    return resources.files("netproof.bundles").joinpath("check.py").read_bytes()


def _index(run: Run, making: _Making, verdicts: Sequence[Data]) -> Data:
    return {
        "schemaVersion": SCHEMA_VERSION,
        "kind": "netproof-bundle",
        "tool": tool_data(),
        **options_data(run),
        "inputs": making.inputs,
        "specs": making.specs,
        "included": making.included,
        "verdicts": list(verdicts),
        "members": {
            name: sha256(making.members[name]).hexdigest() for name in sorted(making.members)
        },
    }


def tool_data() -> Data:
    """What makes bundles here, with every solver that has a part in it."""
    return {"name": "netproof", "version": VERSION, "solvers": versions() | sat_versions()}


class _Making:
    """The members so far; a class because names must not meet and stages are made once."""

    def __init__(self, run: Run, prove: Prove | None) -> None:
        self.members: dict[str, bytes] = {}
        self.inputs: list[Data] = []
        self.specs: list[Data] = []
        self.included: list[Data] = []
        self._run = run
        self._places: dict[int, Data] = {}  # by identity: a policy is hashed slowly
        for side, loaded in loaded_of(run):
            for policy in loaded.cluster.every_policy:
                self._places[id(policy)] = {**policy_data(policy, loaded), "side": side or None}
        self._certifier = Certifier()
        self._prove = prove or (lambda _, __, certificate: self._certifier.proof(certificate))

    def add(self, name: str, data: bytes) -> None:
        assert name not in self.members
        self.members[name] = data

    def add_inputs(self) -> None:
        """Adds what was read, under the names by which reports call it, made safe."""
        for side, loaded in loaded_of(self._run):
            folder = f"inputs/{side}" if side else "inputs"
            for name, data in loaded.documents.texts.items():
                self.inputs.append({"side": side or None, **self._kept(folder, name, data)})
        if isinstance(self._run, VerifyRun):
            for content in self._run.specs:
                self.specs.append(self._kept("specs", content.name, content.data))
            for content in self._run.included:
                self.included.append(self._kept("specs", content.name, content.data))
            if self._run.baseline is not None:
                self.add(BASELINE, self._run.baseline)

    def _kept(self, folder: str, name: str, data: bytes) -> Data:
        member = stem = f"{folder}/{safe_path(name)}"
        number = 1
        while member in self.members:
            number += 1
            member = f"{stem}~{number}"
        self.add(member, data)
        return {"name": name, "member": member}

    def verdicts(self) -> Iterator[Data]:
        """Adds the evidence of every verdict and tells what there is."""
        match self._run:
            case VerifyRun(report=report):
                stages = Stages(report)
                for verdict in report.verdicts:
                    identity = verdict.statement.id
                    yield {
                        "id": identity,
                        "statement": verdict.statement.text,
                        "verdict": verdict_text(verdict.outcome.value, report.loaded),
                        **self._evidence(
                            f"verdicts/{safe_segment(identity)}",
                            grounds_of(report, stages, verdict),
                        ),
                    }
            case CompareRun(report=compared, options=options, cluster=cluster):
                yield {
                    "id": "comparison",
                    "statement": headline(compared),
                    "verdict": verdict_text(
                        compared.comparison.relation.value, compared.old, compared.new
                    ),
                    **self._evidence("comparison", comparison_grounds(compared, cluster, options)),
                }

    def _evidence(self, folder: str, grounds: Iterable[Ground]) -> Data:
        obligations, forms, connections = [], [], []
        for ground in grounds:
            match ground:
                case Obligation():
                    obligations.append(self._obligation(folder, ground))
                case Forms():
                    forms.append(self._forms(folder, ground))
                case Evidence() | Difference():
                    connections.append(self._connection(folder, ground))
        return {
            "folder": folder,
            "obligations": obligations,
            "forms": forms,
            "connections": connections,
        }

    def _obligation(self, above: str, ground: Obligation) -> Data:
        folder = f"{above}/{ground.name}" if ground.name else above
        certificate = ground.certificate
        script = script_of(certificate.stage, certificate.obligation, certificate.assumed)
        translation = self._certifier.translation(certificate)
        self.add(f"{folder}/obligation.smt2", script.encode("ascii"))
        self.add(f"{folder}/legend.json", _lines_json(self._legend(ground, translation)))
        found: Data = {"folder": folder, "says": ground.says}
        match self._prove(folder, translation, certificate):
            case Proof(clauses, lrat):
                self.add(f"{folder}/proof.lrat", lrat.encode("ascii"))
                found |= {"proof": True, "because": None}
            case NoProof(because):
                clauses = tuple(translation.clauses.clauses)
                found |= {"proof": False, "because": because}
        text = dimacs(translation.clauses.variables, clauses)
        self.add(f"{folder}/obligation.cnf", text.encode("ascii"))
        return found

    def _legend(self, ground: Obligation, translation: Translation) -> Data:
        symbols: dict[str, Data] = {}
        for name, variables in translation.symbols.items():
            meaning = ground.legend.get(name)
            if meaning is None:
                continue
            symbols[name] = {"says": meaning.says, "variables": list(variables)}
            if meaning.codes:
                symbols[name]["codes"] = {str(code): text for code, text in meaning.codes}
            if meaning.policy is not None:
                place = self._places.get(id(ground.policies[meaning.policy]))
                symbols[name] |= {} if place is None else {"policy": place}
        return {
            "schemaVersion": SCHEMA_VERSION,
            "says": f"{ground.says} iff obligation.smt2 has no solution",
            "variables": "of obligation.cnf; the most significant bit first",
            "symbols": symbols,
        }

    def _forms(self, above: str, ground: Forms) -> str:
        name = f"{above}/{ground.name}/forms.json"
        forms = {"old": plain(ground.old), "new": plain(ground.new)}
        self.add(name, _json({"schemaVersion": SCHEMA_VERSION, "says": ground.says, **forms}))
        return name

    def _connection(self, above: str, ground: Evidence | Difference) -> str:
        sides = [loaded for _, loaded in loaded_of(self._run)]
        match ground:
            case Evidence(connection, decision):
                stem = "connection"
                data = connection_data(connection, sides[0]) | decision_data(
                    decision, connection, sides[0]
                )
            case Difference(change):
                stem = f"connection-{change.value}"
                data = difference_data(ground, sides[0], sides[-1])
        self.add(f"{above}/{stem}.json", _json({"schemaVersion": SCHEMA_VERSION, **data}))
        return f"{above}/{stem}.json"


def safe_path(name: str) -> str:
    """A relative path for a file of any name, that leads out of no folder on any system."""
    parts = [part for part in name.split("/") if part not in ("", ".")]
    return "/".join(map(safe_segment, parts)) or "_"


def safe_segment(text: str) -> str:
    """One name of a path for any text; two texts never give one."""
    quoted = quote(text, safe=" ", errors="surrogatepass")
    return quoted.replace(".", "%2E") if not quoted.strip(". ") else quoted


def plain(form: Hashable) -> object:
    """A canonical form as plain data: sets sorted, objects by the names of their fields.

    Places are left out, which count in no comparison: of those of equal conditions, which one is in
    a set is left to chance. So equal forms are the same data.
    """
    if isinstance(form, frozenset):
        return sorted(map(plain, form), key=_line)
    if isinstance(form, tuple):
        return [plain(one) for one in form]
    if isinstance(form, Enum):
        return form.value
    if hasattr(form, "__dataclass_fields__"):
        names = [name for name in form.__dataclass_fields__ if name != "where"]
        fields = {name: plain(getattr(form, name)) for name in names}
        return {type(form).__name__: fields}
    assert form is None or isinstance(form, str | int | bool)
    return form


def _line(data: object) -> str:
    return json.dumps(data, sort_keys=True)


def _lines_json(data: Mapping[str, object]) -> bytes:
    """The same with a line for each entry of an object in the object: written much faster."""
    parts = []
    for name, value in data.items():
        if isinstance(value, dict):
            entries = ",\n".join(f"  {json.dumps(k)}: {json.dumps(v)}" for k, v in value.items())
            text = f"{{\n{entries}\n }}"
        else:
            text = json.dumps(value)
        parts.append(f" {json.dumps(name)}: {text}")
    return ("{\n" + ",\n".join(parts) + "\n}\n").encode("ascii")


def _json(data: Mapping[str, object]) -> bytes:
    return (json.dumps(data, indent=1, ensure_ascii=True) + "\n").encode("ascii")
