"""Fields of pods, workloads and namespaces that a strict server does not know (B.1, B.2).

Of what bears on connectivity nothing may be lost by a slip: `Labels` is no `labels`. The headers
are known in full. Below them only what resembles a field that is read is refused, since the many
others differ from one version of the API to the next.
"""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches

from netproof_specs.decoding import Cursor, Shape, key_text, unknown_field
from netproof_specs.readers.metadata import METADATA

OBJECT = Shape(
    "an object",
    ("apiVersion", "kind", "metadata", "spec", "status"),
    {
        name: f"`{name}` belongs in `metadata`: indent it"
        for name in ("name", "namespace", "labels", "annotations")
    },
)
TEMPLATE = Shape("a pod template", ("metadata", "spec"), OBJECT.hints)
WORKLOAD_SPEC = Shape("the `spec`", ("template", "replicas", "parallelism", "jobTemplate"))
POD_SPEC = Shape(
    "the `spec` of a pod",
    (
        "containers",
        "initContainers",
        "hostNetwork",
        "nodeName",
        "serviceAccountName",
        "serviceAccount",
    ),
)
CONTAINER = Shape("a container", ("ports", "restartPolicy"))
CONTAINER_PORT = Shape("a container's port", ("containerPort", "protocol", "name", "hostPort"))


def check_header(root: Cursor, metadata: Cursor | None) -> None:
    """Reports the fields that neither an object nor its metadata has."""
    check_known(root, OBJECT)
    check_known(metadata, METADATA)


def check_known(cursor: Cursor | None, shape: Shape) -> None:
    """Reports the fields of a mapping that the shape does not have."""
    if cursor is not None and not is_checked(cursor.value, cursor, shape):
        _check(cursor, shape, lambda name: name not in shape.fields)


def check_near(cursor: Cursor | None, shape: Shape) -> None:
    """Reports the fields of a mapping that resemble one of the shape's without being it."""
    if cursor is not None and not is_checked(cursor.value, cursor, shape):
        _check(cursor, shape, lambda name: _is_near(name, shape))


def is_checked(value: dict[str, object], cursor: Cursor, shape: Shape) -> bool:
    """Iff a mapping with these fields has been found right for this shape before."""
    try:
        return (shape.title, "\0".join(value)) in cursor.report.valid
    except TypeError:
        return False


def _is_near(name: object, shape: Shape) -> bool:
    names = [field.lower() for field in shape.fields]
    text = key_text(name)
    return text not in shape.fields and bool(get_close_matches(text.lower(), names, 1, 0.85))


def _check(cursor: Cursor, shape: Shape, is_wrong: Callable[[object], bool]) -> None:
    wrong = [name for name in cursor.value if is_wrong(name)]
    for name in wrong:
        unknown_field(cursor, name, shape)
    if not wrong and all(isinstance(name, str) for name in cursor.value):
        cursor.report.valid.add((shape.title, "\0".join(cursor.value)))
