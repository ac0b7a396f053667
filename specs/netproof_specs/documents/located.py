"""Located documents: what a file holds, as plain values that know where they stand."""

from __future__ import annotations

import re
from typing import Any

from netproof_specs.documents.json_text import JsonDocument, read_json
from netproof_specs.documents.yaml_text import YamlDocument, read_yaml
from netproof_specs.frozen import Frozen
from netproof_specs.locations import Location, Step
from netproof_specs.problems import Problem
from netproof_specs.sources.finding import Content, Origin
from netproof_specs.sources.folders import is_foreign

HEAD = 65536
"""The bytes at the start of a file that tell its form."""
_KUBECTL = (
    "Error from server",
    "Unable to connect to the server",
    "The connection to the server",
    "error: You must be logged in to the server",
    "No resources found",
)
_KUBECTL_LINE = re.compile(f"^(?:{'|'.join(_KUBECTL)}).*$", re.MULTILINE)

Document = YamlDocument | JsonDocument
"""A document of either form; `value` is plain Python data."""


class Manifest(Frozen):
    """One object of a document: the document itself, or an element of a list in it.

    `base` leads from the document to the object; the paths given to the methods start at the
    object. `value` is the object as plain Python data, nulls and empty values kept apart.
    """

    document: Document
    base: tuple[Step, ...]
    value: Any

    def locate(self, path: tuple[Step, ...] = ()) -> Location:
        """Where the value at `path` stands."""
        return self.document.locate(self.base + path)

    def locate_name(self) -> Location:
        """Where the object's name stands, which is where reports point to."""
        return self.locate(("metadata", "name"))

    def where(self, value: Any, path: tuple[Step, ...]) -> Location:
        """The same as `locate` for the value at `path` itself, and quicker."""
        return self.document.where(value, self.base + path)

    def where_key(self, holder: Any, path: tuple[Step, ...]) -> Location:
        """The same as `locate_key` for a key of the mapping `holder`, and quicker."""
        return self.document.where_key(holder, self.base + path)

    def locate_key(self, path: tuple[Step, ...]) -> Location:
        """Where the key that ends `path` stands."""
        return self.document.locate_key(self.base + path)

    def locate_in(self, path: tuple[Step, ...], offset: int) -> Location:
        """Where the character `offset` of the text at `path` stands, or else the text itself."""
        return self.document.locate_in(self.base + path, offset)

    def written(self, path: tuple[Step, ...]) -> str:
        """The scalar at `path` as the file writes it."""
        return self.document.written(self.base + path)


_UNDECIDED = ("yaml-syntax", "json-syntax", "nesting", "missing-separator", "unreadable-file")
"""Problems after which nobody can tell what a file holds."""


def documents_of(content: Content, data: bytes, problems: list[Problem]) -> list[Document] | None:
    """The documents of a file whose text in UTF-8 is `data`; what is wrong goes to `problems`.

    None for one that was found in a folder and holds nothing of Kubernetes.
    """
    found = content.origin is Origin.FOUND
    if found and not data.removeprefix(b"\xef\xbb\xbf").strip():
        return None
    documents = read_documents(content.name, data, problems)
    told = not any(one.code in _UNDECIDED for one in problems)
    if found and told and is_foreign(one.value for one in documents):
        return None
    return documents


def read_documents(file: str, data: bytes, problems: list[Problem]) -> list[Document]:
    """The documents of one file; what cannot be read is added to `problems`.

    A file counts as JSON if its name ends in `.json`, or if it starts with a bracket and is
    valid JSON.
    """
    text = text_of(file, data, problems)
    if text is None:
        return []
    if file.removesuffix(".gz").endswith(".json"):
        return list(read_json(file, text, problems))
    if text[:HEAD].lstrip()[:1] in ("{", "["):
        found: list[Problem] = []
        documents = read_json(file, text, found)
        if not any(problem.code == "json-syntax" for problem in found):
            problems.extend(found)
            return list(documents)
    return list(read_yaml(file, text.encode(), problems))


def text_of(file: str, data: bytes, problems: list[Problem]) -> str | None:
    """The text of a file in UTF-8, a byte order mark removed, or `None` with a problem."""
    message = suggestion = ""
    text = None
    if b"\0" in data[:HEAD]:
        message, suggestion = "the file is not text", "give YAML or JSON in UTF-8"
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            message = f"the file is not UTF-8: byte {error.start + 1} does not fit"
            suggestion = "save it as UTF-8"
    if text is not None and (not text or text.isspace()):
        message, suggestion = "the file is empty", "give at least one manifest"
    line = 0
    if text is not None and not message and (found := _kubectl_error(text)):
        line = text.count("\n", 0, found.start()) + 1
        message = f"this is an error message of kubectl: `{shown_line(found.group())}`"
        suggestion = "mend that first; `kubectl get ... 2>&1` mixes errors into the manifests"
    if not message:
        return text
    problems.append(
        Problem(Location(file, line, min(line, 1)), message, suggestion, "unreadable-file")
    )
    return None


def _kubectl_error(text: str) -> re.Match[str] | None:
    """A line that kubectl writes in place of manifests, or after those that it could get."""
    known = any(begin in text for begin in _KUBECTL)
    return _KUBECTL_LINE.search(text) if known else None


def shown_line(text: str) -> str:
    """A line of somebody else's, cut short."""
    return text if len(text) <= 120 else f"{text[:117]}..."
