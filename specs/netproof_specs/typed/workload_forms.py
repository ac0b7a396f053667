"""What the typed decoder accepts of the workloads that run pods from a template."""

from __future__ import annotations

from typing import Any, Literal, cast

from msgspec import UNSET, UnsetType, defstruct

from netproof_specs.typed.forms import Form, Metadata, PodSpec, TemplateMetadata, with_others


class Template(Form):
    """A pod template."""

    metadata: TemplateMetadata | UnsetType | None = UNSET
    spec: PodSpec | UnsetType | None = UNSET


@with_others(
    """
    activeDeadlineSeconds backoffLimit backoffLimitPerIndex completionMode completions managedBy
    maxFailedIndexes minReadySeconds ordinals paused persistentVolumeClaimRetentionPolicy
    podFailurePolicy podManagementPolicy podReplacementPolicy progressDeadlineSeconds
    revisionHistoryLimit selector serviceName strategy successPolicy suspend
    ttlSecondsAfterFinished updateStrategy volumeClaimTemplates
    """
)
class WorkloadSpec(Form):
    """The `spec` of each of these kinds but CronJob, with the fields of all of them.

    What one of them has bears on no other one, where the readers pass it over too.
    """

    template: Template
    replicas: int | UnsetType | None = UNSET
    parallelism: int | UnsetType | None = UNSET
    manual_selector: bool | UnsetType | None = UNSET


class JobTemplate(Form):
    """The `jobTemplate` of a CronJob."""

    spec: WorkloadSpec
    metadata: Any = UNSET


@with_others(
    """
    concurrencyPolicy failedJobsHistoryLimit schedule startingDeadlineSeconds
    successfulJobsHistoryLimit suspend timeZone
    """
)
class CronJobSpec(Form):
    """The `spec` of a CronJob."""

    job_template: JobTemplate


@with_others(
    """
    active availableReplicas collisionCount completedIndexes completionTime
    currentNumberScheduled currentReplicas currentRevision desiredNumberScheduled failed
    failedIndexes fullyLabeledReplicas lastScheduleTime lastSuccessfulTime numberAvailable
    numberMisscheduled numberReady numberUnavailable observedGeneration ready readyReplicas
    replicas startTime succeeded terminating terminatingReplicas unavailableReplicas
    uncountedTerminatedPods updateRevision updatedNumberScheduled updatedReplicas
    """
)
class Status(Form):
    """The `status` of each of these kinds, with the fields of all of them."""

    conditions: list[Any] | UnsetType | None = UNSET


class Workload(Form, kw_only=True):
    """An object with a pod template in its `spec`."""

    metadata: Metadata
    spec: WorkloadSpec
    status: Status | UnsetType | None = UNSET


def workload_form(kind: str, api_version: str) -> type[Workload]:
    """The form of a kind of such objects."""
    fields = [("api_version", Literal[api_version])]
    form = defstruct(kind, fields, bases=(Workload,), kw_only=True, tag_field="kind", tag=kind)
    return cast("type[Workload]", form)


class CronJob(Form, tag_field="kind", tag="CronJob"):
    """A CronJob of batch/v1."""

    api_version: Literal["batch/v1"]
    metadata: Metadata
    spec: CronJobSpec
    status: Status | UnsetType | None = UNSET
