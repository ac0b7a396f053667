"""The `include` of a spec file: further spec files, and catalogues with their parameters."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import TypeVar

from netproof_specs.claim_language.parsing import parse_endpoints, parse_ports, parse_side_at
from netproof_specs.claim_language.printing import selector_text
from netproof_specs.claim_language.words import Place, alternatives, closest, quoted
from netproof_specs.claims import EndpointSet, Ports
from netproof_specs.frozen import Frozen
from netproof_specs.problems import InputError, Problem
from netproof_specs.sources.contents import UnreadableError, file_bytes, reason_of
from netproof_specs.sources.finding import STDIN
from netproof_specs.spec_files.catalogues import CATALOGUES, Catalogue, Parameters, text_of
from netproof_specs.spec_files.filing import FILING_KEYS
from netproof_specs.spec_files.groups import place_in, read_blocks, read_selector
from netproof_specs.spec_files.nodes import Value
from netproof_specs.syntax import namespace_fault

MARK = "catalogue:"
"""What the name of a catalogue begins with, where a file could stand as well."""

ALONE = tuple(f"{MARK}{one.name}" for one in CATALOGUES.values() if not one.needs)
"""The catalogues that need no parameters, as a command line names them."""

T = TypeVar("T")
Groups = Mapping[str, EndpointSet]
Kept = Mapping[str, bytes]
"""What was included in an earlier run, by name, instead of the files of today."""


class FileInclude(Frozen):
    """A further spec file, by its name as reports call it."""

    name: str
    at: Value


class CatalogueInclude(Frozen):
    """A catalogue, with the entries beside its name that are not of any claim."""

    catalogue: Catalogue
    parts: Mapping[str, Value]
    at: Value


Include = FileInclude | CatalogueInclude

_EMPTY = ("the list is empty", "name one, or leave the entry out")

OWN_KEYS = ("id", "world", "allow-empty", *FILING_KEYS)
"""What an include may say of all claims of its catalogue."""


def read_includes(value: Value) -> list[Include]:
    """The entries of `include`, one or a list; notes those that name nothing."""
    found = (_read_entry(one) for one in value.one_or_more())
    return [one for one in found if one is not None]


def _read_entry(value: Value) -> Include | None:
    if value.is_mapping():
        return _read_mapping(value)
    text = value.string("an entry of `include`")
    if text is None:
        return None
    if text.startswith(MARK):
        catalogue = _catalogue(text.removeprefix(MARK), value)
        return None if catalogue is None else _with_parts(catalogue, {}, value)
    if text in ("", STDIN) or not text.isprintable():
        hint = f"name a spec file, or a catalogue as `{MARK}NAME`"
        value.complain(f"{quoted(text)} names no file", hint, "bad-include")
        return None
    return FileInclude(_beside(value.page.file, text), value)


def _beside(file: str, name: str) -> str:
    """The name of a file that stands in another: relative to the folder of that one."""
    return os.path.normpath(PurePath(file).parent / name)


def _read_mapping(value: Value) -> Include | None:
    keys = {str(key.value): Value(value.page, node) for key, node in value.node.value}
    if "catalogue" not in keys:
        hint = f"write `catalogue: NAME` with its parameters; there are {_names()}"
        value.complain("the entry has no `catalogue`", hint, "missing-field")
        return None
    name = keys["catalogue"].string("`catalogue`")
    catalogue = None if name is None else _catalogue(name.removeprefix(MARK), keys["catalogue"])
    if catalogue is None:
        return None
    known = ("catalogue", *catalogue.takes, *OWN_KEYS)
    parts = value.known_entries(known, f"the catalogue `{catalogue.name}`")
    return _with_parts(catalogue, parts, value)


def _with_parts(
    catalogue: Catalogue, parts: Mapping[str, Value], value: Value
) -> CatalogueInclude | None:
    missing = [name for name in catalogue.needs if name not in parts]
    for name in missing:
        hint = f"write `{{catalogue: {catalogue.name}, {name}: [...]}}`"
        message = f"the catalogue `{catalogue.name}` needs `{name}`"
        value.complain(message, hint, "missing-field")
    return None if missing else CatalogueInclude(catalogue, parts, value)


def _catalogue(name: str, at: Value) -> Catalogue | None:
    found = CATALOGUES.get(name)
    if found is None:
        at.complain(*_unknown(name), "unknown-catalogue")
    return found


def _unknown(name: str) -> tuple[str, str]:
    close = closest(name, CATALOGUES)
    hint = f"did you mean `{close}`? " if close else ""
    return f"there is no catalogue {quoted(name)}", f"{hint}there are {_names()}"


def catalogue_alone(name: str) -> str:
    """The spec of a catalogue without parameters, `name` its name as `catalogue:NAME`.

    Raises InputError where there is none, or where it needs parameters.
    """
    found = CATALOGUES.get(name.removeprefix(MARK))
    if found is None:
        message, hint = _unknown(name.removeprefix(MARK))
        raise InputError((Problem(None, message, hint, "unknown-catalogue"),))
    if found.needs:
        message = f"the catalogue `{found.name}` needs `{found.needs[0]}`"
        include = f"include: {{catalogue: {found.name}, {found.needs[0]}: [...]}}"
        hint = f"include it from a spec file: `{include}`"
        raise InputError((Problem(None, message, hint, "missing-field"),))
    return text_of(found, found.name, Parameters())


def _names() -> str:
    return alternatives(f"`{name}`" for name in CATALOGUES).replace(" or ", " and ")


def included_bytes(one: FileInclude, kept: Kept | None) -> bytes | None:
    """What an included file holds; notes that it cannot be read."""
    message = f"cannot read the spec {quoted(one.name)}"
    if kept is not None:
        if one.name not in kept:
            one.at.complain(f"{message}: it is not at hand", "", "unreadable-file")
        return kept.get(one.name)
    try:
        return file_bytes(one.name)
    except UnreadableError as error:
        one.at.complain(f"{message}: {error}", error.suggestion, "unreadable-file")
    except (OSError, ValueError) as error:
        reason = reason_of(error)
        hint = "a file is named from the folder of the spec that includes it"
        one.at.complain(f"{message}: {reason}", _meant(one) or hint, "unreadable-file")
    return None


def _meant(one: FileInclude) -> str:
    """The catalogue that the name of a file may stand for."""
    close = closest(PurePath(one.name).stem, CATALOGUES)
    stem = PurePath(one.name).stem
    meant = stem if stem in CATALOGUES else close
    return f"did you mean the catalogue `{MARK}{meant}`?" if meant else ""


_ALONE = ("namespaces", "except-namespaces", "except")
"""Parameters of which an include gives at most one."""


def parameters_of(one: CatalogueInclude, groups: Groups) -> Parameters:
    """The parameters that an include gives; notes what is wrong with them."""
    parts = one.parts
    names, where = _namespaces(parts["namespaces"]) if "namespaces" in parts else ((), "")
    first, *more = [name for name in _ALONE if name in parts] or [""]
    for other in more:
        message = f"`{first}` and `{other}` do not go together"
        parts[other].complain(message, "give one of the two", "combination")
    if one.catalogue.name == "namespace-isolation" and len(names) < 2:
        hint = "list two or more names: `namespaces: [a, b]`"
        parts["namespaces"].complain("isolation is between namespaces by name", hint, "empty")
    # Where a catalogue has ports of its own, its endpoints stand without any.
    to_side = parse_endpoints if "ports" in one.catalogue.takes else parse_side_at
    # Where `to` has to be given, nobody may be meant.
    nobody = "to" in one.catalogue.needs and parts["to"].node.value == []
    blocks = parts["addresses"].one_or_more(*_EMPTY) if "addresses" in parts else []
    return Parameters(
        names,
        where,
        _names_of(parts["except-namespaces"]) if "except-namespaces" in parts else (),
        _texts(parts["to"], groups, to_side) if "to" in parts and not nobody else (),
        _texts(parts["except"], groups, parse_endpoints) if "except" in parts else (),
        ", ".join(_texts(parts["ports"], groups, _parse_ports)) if "ports" in parts else "",
        tuple(one or "" for one in read_blocks(blocks)),
    )


def _namespaces(value: Value) -> tuple[tuple[str, ...], str]:
    """Names of namespaces, or the form of those that a selector of labels matches."""
    if value.is_mapping():
        return (), f"ns({selector_text(read_selector(value))})"
    return _names_of(value), ""


def _names_of(value: Value) -> tuple[str, ...]:
    if not value.is_list() and not value.is_string():
        hint = "list names of namespaces, or write labels: `{tenant: a}`"
        value.complain("these are no namespaces", hint, "type")
        return ()
    found = []
    for each in value.one_or_more(*_EMPTY):
        name = each.string("the name of a namespace")
        if name is not None and (fault := namespace_fault(name)):
            each.complain(f"{quoted(name)} is no name of a namespace", fault, "bad-name")
        elif name is not None:
            found.append(name)
    return tuple(dict.fromkeys(found))


def _texts(
    value: Value, groups: Groups, parse: Callable[[str, Groups, Place], T]
) -> tuple[str, ...]:
    """Texts in the language of claims, each of which can be read."""
    found = []
    for each in value.one_or_more(*_EMPTY):
        text = each.string("an entry")
        if text is None:
            continue
        try:
            parse(text, groups, place_in(each))
        except InputError as error:
            each.page.problems.extend(error.problems)
            continue
        found.append(" ".join(text.split()))
    return tuple(found)


def _parse_ports(text: str, _: Groups, place: Place) -> Ports:
    return parse_ports(text, place)
