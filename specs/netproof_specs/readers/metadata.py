"""Names, namespaces and labels of objects."""

from __future__ import annotations

from collections.abc import Callable

from netproof_specs.decoding import (
    NO_FIELDS,
    UNREADABLE,
    Cursor,
    Fields,
    Shape,
    elements,
    key_text,
    quote_hint,
    shown,
    type_name,
)
from netproof_specs.documents.yaml_scalars import Timestamp
from netproof_specs.frozen import Frozen
from netproof_specs.model.labels import NAME_LABEL, Labels
from netproof_specs.syntax import (
    label_key_fault,
    label_value_fault,
    name_fault,
    namespace_fault,
)

METADATA = Shape(
    "`metadata`",
    (
        "name",
        "generateName",
        "namespace",
        "labels",
        "annotations",
        "uid",
        "resourceVersion",
        "generation",
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "ownerReferences",
        "finalizers",
        "managedFields",
        "selfLink",
    ),
    {
        name: f"move `{name}` out of `metadata`, into `spec`"
        for name in ("podSelector", "policyTypes", "ingress", "egress")
    },
)


class Identity(Frozen):
    """Where an object lives; `namespace` is empty for an object that names none."""

    namespace: str
    name: str


def read_identity(metadata: Cursor | None, root: Cursor, what: str) -> Identity | None:
    """The name and namespace of an object, or `None` with a problem (B.8).

    `metadata` has been checked for unknown fields before or need not be.
    """
    given = _known(metadata)
    name = _name(given, root, metadata, what)
    namespace = _text(given.get("namespace"), namespace_fault, "invalid-namespace")
    if name is None or namespace is None:
        return None
    return Identity(namespace, name)


def _known(metadata: Cursor | None) -> Fields:
    """The fields of `metadata` that are not null, unknown ones left aside."""
    if metadata is None:
        return NO_FIELDS
    if not isinstance(metadata.value, dict):
        metadata.wrong_type("a mapping", "write `name: ...` below it, indented")
        return UNREADABLE
    return Fields(metadata)


def _name(given: Fields, root: Cursor, metadata: Cursor | None, what: str) -> str | None:
    if not given.readable:
        return None
    name = given.get("name")
    if name is not None and name.value != "":
        return _text(name, name_fault, "invalid-name")
    prefix = given.get("generateName")
    if prefix is not None and prefix.value != "":
        text = _text(prefix, _prefix_fault, "invalid-name")
        return None if text is None else f"{text}*"
    holder = metadata if metadata is not None else root
    holder.refuse(
        f"{what} has no name" if metadata is not None else f"{what} has no `metadata.name`",
        "write `metadata:` and below it, indented, `name: ...`",
        code="missing-name",
        clause="B.8",
    )
    return None


def _prefix_fault(prefix: str) -> str:
    """What is wrong with the beginning of a name, which may end in one `-` (B.8)."""
    return name_fault(f"{prefix[:-1]}a" if len(prefix) > 1 and prefix[-1] == "-" else prefix)


def _text(cursor: Cursor | None, fault_of: Callable[[str], str], code: str) -> str | None:
    """A checked text; empty where the field is absent, `None` with a problem where it is bad."""
    if cursor is None or cursor.value == "":
        return ""
    text = cursor.string()
    if text is None or (code, text) in cursor.report.valid:
        return text
    fault = fault_of(text)
    if fault:
        lower = text.lower().replace("_", "-")
        hint = f"write `{lower}`" if lower != text and not fault_of(lower) else ""
        cursor.refuse(f"`{shown(text)}` is not allowed: {fault}", hint, code=code, clause="B.8")
        return None
    if fault_of is namespace_fault:
        cursor.report.valid.add((code, text))
    return text


def labels_at(metadata: Cursor | None) -> Cursor | None:
    """The labels of some metadata, which may be absent; none without metadata."""
    return None if metadata is None else metadata.down("labels", metadata.value.get("labels"))


def read_labels(cursor: Cursor | None) -> Labels:
    """Labels in ascending order of keys; null values are empty texts (B.4, B.13)."""
    if cursor is None or cursor.value is None:
        return ()
    if not isinstance(cursor.value, dict):
        cursor.wrong_type("a mapping", "write `key: value` below it, indented")
        return ()
    pairs = []
    for name, value in cursor.value.items():
        pair = cursor.down(key_text(name), value)
        key = label_key(pair, name)
        text = label_value(pair)
        if key is not None and text is not None:
            pairs.append((key, text))
    return tuple(sorted(pairs))


def label_key(cursor: Cursor, name: object) -> str | None:
    """A label key that stands as a mapping key at `cursor`, checked (B.13)."""
    if not isinstance(name, str):
        text = key_text(name)
        cursor.refuse_key(
            f"the label key `{shown(text)}` must be a string, which YAML does not take it for",
            f'quote it: `"{shown(text)}"`',
            code="wrong-type",
            clause="B.4",
        )
        return None
    return name if _valid(cursor, name, "label-key", label_key_fault, Cursor.refuse_key) else None


def label_value(cursor: Cursor) -> str | None:
    """A label value, checked; null is the empty text (B.4, B.13)."""
    if cursor.value is None:
        return ""
    if not isinstance(cursor.value, str):
        written = cursor.manifest.written(cursor.path)
        taken = f"YAML takes `{shown(written)}` for {type_name(cursor.value)}, and "
        cursor.refuse(
            f"{taken if written else ''}a label value must be a string",
            quote_hint(cursor),
            code="wrong-type",
            clause="B.4",
        )
        return None
    text = cursor.value
    return text if _valid(cursor, text, "label-value", label_value_fault) else None


def checked_label_key(cursor: Cursor) -> str | None:
    """A label key that stands as a value, as in `key: app` of an expression (B.13)."""
    text = cursor.string()
    if text is None or not _valid(cursor, text, "label-key", label_key_fault):
        return None
    return text


def _valid(
    cursor: Cursor,
    text: str,
    kind: str,
    fault_of: Callable[[str], str],
    report: Callable[..., None] = Cursor.refuse,
) -> bool:
    """Iff the text, which stands at the cursor, has no fault; each is examined once a load."""
    if (kind, text) in cursor.report.valid:
        return True
    fault = fault_of(text)
    if not fault:
        cursor.report.valid.add((kind, text))
        return True
    message = f"`{shown(text)}` is not allowed: {fault}"
    report(cursor, message, code=f"invalid-{kind}", clause="B.13")
    return False


def check_metadata(metadata: Cursor | None) -> None:
    """Reports what a strict server refuses in the metadata of a policy (B.1, B.4, B.13)."""
    if metadata is None or not isinstance(metadata.value, dict):
        return
    known = metadata.fields(METADATA)
    for name in metadata.value:
        cursor = known.get(name)
        if cursor is not None:
            _check_field(name, cursor)


def _check_field(name: str, cursor: Cursor) -> None:
    match name:
        case "labels":
            read_labels(cursor)
        case "annotations":
            _check_annotations(cursor)
        case "generateName" | "uid" | "resourceVersion" | "selfLink":
            cursor.string()
        case "ownerReferences" | "finalizers" | "managedFields":
            elements(cursor)
        case "generation" | "deletionGracePeriodSeconds":
            if type(cursor.value) is not int:
                cursor.wrong_type("a whole number", "")
        case "creationTimestamp" | "deletionTimestamp":
            if not isinstance(cursor.value, str | Timestamp):
                cursor.wrong_type("a time", "")


def _check_annotations(cursor: Cursor) -> None:
    if not isinstance(cursor.value, dict):
        cursor.wrong_type("a mapping", "write `key: value` below it, indented")
        return
    for name, value in cursor.value.items():
        pair = cursor.down(key_text(name), value)
        if not isinstance(name, str):
            label_key(pair, name)
        elif fault := label_key_fault(name.lower()):
            pair.refuse_key(
                f"the annotation key `{shown(name)}` is not allowed: {fault}",
                code="invalid-annotation-key",
                clause="B.13",
            )
        # The clients hand a date on as the text that it is.
        if value is not None and not isinstance(value, str | Timestamp):
            pair.wrong_type("a string", quote_hint(pair))


def namespace_labels(name: str, labels: Labels, cursor: Cursor | None) -> Labels:
    """A namespace's labels with the automatic one, whatever the manifest says of it (A.25)."""
    stated = dict(labels).get(NAME_LABEL)
    if stated is not None and stated != name and cursor is not None:
        cursor.remark(
            f"the label `{NAME_LABEL}` always is the namespace's name `{name}`, "
            f"not `{shown(stated)}`",
            "remove the label",
            code="name-label",
            clause="A.25",
        )
    return tuple(sorted({**dict(labels), NAME_LABEL: name}.items()))
