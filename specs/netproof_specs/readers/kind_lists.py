"""Kinds that are not read: those without bearing on connectivity, and those that are refused.

Plain data, by group; `""` is the core group. What stands here must be right: a kind without
bearing is left out of every answer. A kind that stands nowhere is told as unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

ALL = frozenset({"*"})
"""Every kind of a group."""


def _kinds(names: str) -> frozenset[str]:
    return frozenset(names.split())


_CALICO = _kinds(
    "BGPConfiguration BGPFilter BGPPeer BlockAffinity CalicoNodeStatus ClusterInformation "
    "IPAMBlock IPAMConfig IPAMConfiguration IPAMHandle IPPool IPReservation Node"
)

NO_BEARING: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "": _kinds(
            "Binding ComponentStatus ConfigMap Endpoints Event LimitRange PersistentVolume "
            "PersistentVolumeClaim PodTemplate ResourceQuota Secret Service"
        ),
        "admissionregistration.k8s.io": ALL,
        "apiextensions.k8s.io": ALL,
        "apiregistration.k8s.io": ALL,
        "apps": _kinds("ControllerRevision"),
        "authentication.k8s.io": ALL,
        "authorization.k8s.io": ALL,
        "autoscaling": ALL,
        "autoscaling.k8s.io": ALL,
        "certificates.k8s.io": ALL,
        "coordination.k8s.io": ALL,
        "discovery.k8s.io": ALL,
        "events.k8s.io": ALL,
        "extensions": _kinds("Ingress"),
        "flowcontrol.apiserver.k8s.io": ALL,
        "internal.apiserver.k8s.io": ALL,
        "metrics.k8s.io": ALL,
        "networking.k8s.io": _kinds("Ingress IngressClass IPAddress ServiceCIDR ClusterCIDR"),
        "node.k8s.io": ALL,
        "policy": ALL,
        "rbac.authorization.k8s.io": ALL,
        "resource.k8s.io": ALL,
        "scheduling.k8s.io": ALL,
        "snapshot.storage.k8s.io": ALL,
        "storage.k8s.io": ALL,
        "storagemigration.k8s.io": ALL,
        "acme.cert-manager.io": _kinds("Order"),
        "argoproj.io": _kinds("AppProject Application ApplicationSet"),
        "bitnami.com": _kinds("SealedSecret"),
        "cert-manager.io": _kinds("Certificate CertificateRequest"),
        "cilium.io": _kinds("CiliumEndpoint CiliumEndpointSlice CiliumIdentity CiliumNode"),
        "crd.projectcalico.org": _CALICO,
        "external-secrets.io": ALL,
        "gateway.networking.k8s.io": ALL,
        "image.openshift.io": ALL,
        "instancetype.kubevirt.io": ALL,
        "keda.sh": _kinds("ScaledObject TriggerAuthentication"),
        "kubevirt.io": _kinds("KubeVirt VirtualMachineInstanceMigration"),
        "monitoring.coreos.com": _kinds(
            "AlertmanagerConfig PodMonitor Probe PrometheusRule ScrapeConfig ServiceMonitor"
        ),
        "networking.istio.io": _kinds("DestinationRule Gateway VirtualService"),
        "projectcalico.org": _CALICO,
        "route.openshift.io": ALL,
        "serving.knative.dev": _kinds("DomainMapping Route"),
        "traefik.io": ALL,
    }
)
"""Kinds whose objects change nothing about which connections between pods policies allow."""

RUN_PODS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "argoproj.io": _kinds("CronWorkflow Experiment Workflow"),
        "build.openshift.io": _kinds("Build BuildConfig"),
        "cdi.kubevirt.io": _kinds("DataVolume"),
        "kubevirt.io": _kinds("VirtualMachineInstanceReplicaSet"),
        "monitoring.coreos.com": _kinds("Alertmanager Prometheus PrometheusAgent ThanosRuler"),
        "pool.kubevirt.io": _kinds("VirtualMachinePool"),
        "serving.knative.dev": _kinds("Configuration Revision"),
        "sparkoperator.k8s.io": _kinds("ScheduledSparkApplication SparkApplication"),
        "tekton.dev": _kinds("PipelineRun TaskRun"),
    }
)
"""Kinds whose controllers run pods, of which the object tells too little or in no known form."""

OTHER_NETWORKS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "k8s.ovn.org": {
            "ClusterUserDefinedNetwork": "it puts pods on networks of their own",
            "UserDefinedNetwork": "it puts pods on networks of their own",
        },
        "k8s.cni.cncf.io": {
            "NetworkAttachmentDefinition": "pods can have a further interface by it, past policies",
        },
        "network.openshift.io": {
            "NetNamespace": "it separates the networks of namespaces",
        },
    }
)
"""Kinds that isolate or join networks beside policies (A.9b), each with what it does."""

# Kinds that decide connectivity without "NetworkPolicy" in their name, by a part of the group.
POLICY_KINDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "projectcalico.org",
        ("Tier", "HostEndpoint", "Profile", "NetworkSet", "GlobalNetworkSet"),
    ),
    (
        "cilium.io",
        ("CiliumCIDRGroup", "CiliumLocalRedirectPolicy", "CiliumEgressGatewayPolicy"),
    ),
    ("antrea", ("Tier", "ClusterGroup", "Group", "ExternalEntity")),
    ("k8s.ovn.org", ("EgressFirewall", "AdminPolicyBasedExternalRoute")),
    ("policy.linkerd.io", ("Server", "ServerAuthorization")),
    ("vpcresources.k8s.aws", ("SecurityGroupPolicy",)),
    ("nsx.vmware.com", ("SecurityPolicy",)),
    ("kuma.io", ("TrafficPermission", "MeshTrafficPermission")),
    ("consul.hashicorp.com", ("ServiceIntentions",)),
    ("kubearmor.com", ("KubeArmorPolicy", "KubeArmorClusterPolicy")),
)
