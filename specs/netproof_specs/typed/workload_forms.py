"""What the typed decoder accepts of the workloads that run pods from a template."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import UNSET, UnsetType

from netproof_specs.typed.forms import Form, Metadata, PodSpec, TemplateMetadata


class Template(Form):
    """A pod template."""

    metadata: TemplateMetadata | UnsetType | None = UNSET
    spec: PodSpec | UnsetType | None = UNSET


class WorkloadSpec(Form):
    """The `spec` of each of these kinds but CronJob, with the fields of all of them.

    What one of them has bears on no other one, where the readers pass it over too.
    """

    template: Template
    replicas: int | UnsetType | None = UNSET
    parallelism: int | UnsetType | None = UNSET
    manual_selector: bool | UnsetType | None = UNSET
    active_deadline_seconds: Any = UNSET
    backoff_limit: Any = UNSET
    backoff_limit_per_index: Any = UNSET
    completion_mode: Any = UNSET
    completions: Any = UNSET
    managed_by: Any = UNSET
    max_failed_indexes: Any = UNSET
    min_ready_seconds: Any = UNSET
    ordinals: Any = UNSET
    paused: Any = UNSET
    persistent_volume_claim_retention_policy: Any = UNSET
    pod_failure_policy: Any = UNSET
    pod_management_policy: Any = UNSET
    pod_replacement_policy: Any = UNSET
    progress_deadline_seconds: Any = UNSET
    revision_history_limit: Any = UNSET
    selector: Any = UNSET
    service_name: Any = UNSET
    strategy: Any = UNSET
    success_policy: Any = UNSET
    suspend: Any = UNSET
    ttl_seconds_after_finished: Any = UNSET
    update_strategy: Any = UNSET
    volume_claim_templates: Any = UNSET


class JobTemplate(Form):
    """The `jobTemplate` of a CronJob."""

    spec: WorkloadSpec
    metadata: Any = UNSET


class CronJobSpec(Form):
    """The `spec` of a CronJob."""

    job_template: JobTemplate
    concurrency_policy: Any = UNSET
    failed_jobs_history_limit: Any = UNSET
    schedule: Any = UNSET
    starting_deadline_seconds: Any = UNSET
    successful_jobs_history_limit: Any = UNSET
    suspend: Any = UNSET
    time_zone: Any = UNSET


class Status(Form):
    """The `status` of each of these kinds, with the fields of all of them."""

    conditions: list[Any] | UnsetType | None = UNSET
    active: Any = UNSET
    available_replicas: Any = UNSET
    collision_count: Any = UNSET
    completed_indexes: Any = UNSET
    completion_time: Any = UNSET
    current_number_scheduled: Any = UNSET
    current_replicas: Any = UNSET
    current_revision: Any = UNSET
    desired_number_scheduled: Any = UNSET
    failed: Any = UNSET
    failed_indexes: Any = UNSET
    fully_labeled_replicas: Any = UNSET
    last_schedule_time: Any = UNSET
    last_successful_time: Any = UNSET
    number_available: Any = UNSET
    number_misscheduled: Any = UNSET
    number_ready: Any = UNSET
    number_unavailable: Any = UNSET
    observed_generation: Any = UNSET
    ready: Any = UNSET
    ready_replicas: Any = UNSET
    replicas: Any = UNSET
    start_time: Any = UNSET
    succeeded: Any = UNSET
    terminating: Any = UNSET
    terminating_replicas: Any = UNSET
    unavailable_replicas: Any = UNSET
    uncounted_terminated_pods: Any = UNSET
    update_revision: Any = UNSET
    updated_number_scheduled: Any = UNSET
    updated_replicas: Any = UNSET


class Workload(Form, kw_only=True):
    """An object with a pod template in its `spec`."""

    metadata: Metadata
    spec: WorkloadSpec
    status: Status | UnsetType | None = UNSET


class Deployment(Workload, kw_only=True, tag_field="kind", tag="Deployment"):
    """A Deployment of apps/v1."""

    api_version: Literal["apps/v1"]


class ReplicaSet(Workload, kw_only=True, tag_field="kind", tag="ReplicaSet"):
    """A ReplicaSet of apps/v1."""

    api_version: Literal["apps/v1"]


class StatefulSet(Workload, kw_only=True, tag_field="kind", tag="StatefulSet"):
    """A StatefulSet of apps/v1."""

    api_version: Literal["apps/v1"]


class DaemonSet(Workload, kw_only=True, tag_field="kind", tag="DaemonSet"):
    """A DaemonSet of apps/v1."""

    api_version: Literal["apps/v1"]


class Job(Workload, kw_only=True, tag_field="kind", tag="Job"):
    """A Job of batch/v1."""

    api_version: Literal["batch/v1"]


class ReplicationController(Workload, kw_only=True, tag_field="kind", tag="ReplicationController"):
    """A ReplicationController of v1."""

    api_version: Literal["v1"]


class CronJob(Form, tag_field="kind", tag="CronJob"):
    """A CronJob of batch/v1."""

    api_version: Literal["batch/v1"]
    metadata: Metadata
    spec: CronJobSpec
    status: Status | UnsetType | None = UNSET
