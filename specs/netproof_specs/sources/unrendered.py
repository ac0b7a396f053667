"""Folders that another tool makes manifests from: what they hold is not what is applied.

A kustomization may put the manifests beside it into another namespace, or change their labels; the
templates of a chart are no manifests at all. Reading them as they are would judge what nobody runs.
"""

from __future__ import annotations

from collections.abc import Collection
from posixpath import dirname
from shlex import quote

from netproof_specs.locations import Location
from netproof_specs.problems import Problem

CHART = "Chart.yaml"
KUSTOMIZATIONS = ("Kustomization", "kustomization.yaml", "kustomization.yml")
GROUP = "kustomize.config.k8s.io"
"""The group of a kustomization that names its kind."""


def unrendered(folder: str, files: Collection[str]) -> Problem | None:
    """The problem with a folder that holds these files, if they have to be rendered first."""
    if CHART in files:
        return _problem(_joined(folder, CHART), "a Helm chart", chart_hint(folder))
    named = next((one for one in KUSTOMIZATIONS if one in files), None)
    if named is None:
        return None
    return _problem(_joined(folder, named), "a kustomization", kustomization_hint(folder))


def _joined(folder: str, file: str) -> str:
    return f"{folder.rstrip('/')}/{file}" if folder else file


def _problem(file: str, what: str, hint: str) -> Problem:
    message = f"the folder is {what}: its files are not what is applied"
    return Problem(Location(file, 0, 0), message, hint, "unrendered-folder", "B.7")


def chart_hint(folder: str) -> str:
    """How a chart is given to netproof."""
    return f"render it first: `helm template {quote(folder or '.')} | netproof verify -`"


def kustomization_hint(folder: str) -> str:
    """How a kustomization is given to netproof."""
    return f"render it first: `kubectl kustomize {quote(folder or '.')} | netproof verify -`"


def folder_of(file: str) -> str:
    """The folder of a file as the user may name it; `DIR` where the file has no name."""
    return "DIR" if file == "-" else dirname(file)
