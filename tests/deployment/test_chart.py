"""The Helm chart, rendered by Helm's own engine: it is the manifest with values, and Kubernetes takes what it makes."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from akamai_mcp import __version__
from akamai_mcp.settings import PREFIX, Settings

ROOT = Path(__file__).parents[2]
CHART = ROOT / "deploy/helm/akamai-mcp"
MANIFEST = ROOT / "deploy/kubernetes.yaml"
OF_HELM = {"app.kubernetes.io/instance", "app.kubernetes.io/version", "app.kubernetes.io/managed-by", "helm.sh/chart"}
EVERYTHING: dict[str, Any] = {
    "replicas": 3,
    "image": {"tag": "0.1.0", "pullSecrets": ["registry"]},
    "hostNames": ["mcp.example.com", "mcp.example.net"],
    "settings": {"AKAMAI_MCP_READ_ONLY": "true", "HTTPS_PROXY": "http://proxy.example.com:3128"},
    "audit": {"size": "5Gi", "storageClass": "fast"},
    "ingress": {"enabled": True, "className": "nginx", "annotations": {"a/b": "c"}, "tlsSecret": "tls"},
    "networkPolicy": {"blocked": ["10.0.0.0/8"]},
    "serviceAccount": {"annotations": {"a/b": "c"}},
    "podAnnotations": {"a/b": "c"},
    "nodeSelector": {"disk": "ssd"},
    "tolerations": [{"key": "only", "operator": "Exists"}],
}
NOTHING: dict[str, Any] = {
    "replicas": 1,
    "audit": {"enabled": False},
    "metrics": {"enabled": False},
    "networkPolicy": {"enabled": False},
}


def values() -> dict[str, Any]:
    return yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))


def render(changed: dict[str, Any] | None = None, name: str = "akamai-mcp") -> dict[str, Any]:
    """The chart's objects by kind."""
    helm = pytest.importorskip("helm_python", reason="Helm's library is not installed: make chart-test")
    rendered = helm.Chart.load(CHART).render(changed or {}, name=name, namespace="akamai-mcp")
    documents = [yaml.safe_load(text) for path, text in rendered.items() if path.endswith(".yaml") and text.strip()]
    return {document["kind"]: document for document in documents}


def plain(value: Any) -> Any:
    """A value without what only Helm adds."""
    if isinstance(value, dict):
        kept = {
            key: plain(item)
            for key, item in value.items()
            if key not in OF_HELM and key not in {"annotations", "imagePullPolicy"}
        }
        return {key: item for key, item in kept.items() if item != {} or key != "labels"}
    return [plain(item) for item in value] if isinstance(value, list) else value


def test_the_chart_with_its_defaults_is_the_manifest() -> None:
    documents = list(yaml.safe_load_all(MANIFEST.read_text(encoding="utf-8")))
    written = {document["kind"]: plain(document) for document in documents if document["kind"] != "Namespace"}
    rendered = {kind: plain(document) for kind, document in render().items()}
    assert rendered.keys() == written.keys()
    for kind, document in written.items():
        document["metadata"].setdefault("labels", {"app.kubernetes.io/name": "akamai-mcp"})
        assert rendered[kind] == document, kind


@pytest.mark.parametrize("changed", [{}, EVERYTHING, NOTHING], ids=["defaults", "everything", "nothing"])
def test_kubernetes_takes_what_the_chart_makes(changed: dict[str, Any]) -> None:
    kubernetes = pytest.importorskip("kubernetes_validate", reason="the schemas are not installed: make chart-test")
    for document in render(changed, "team").values():
        for version in ("1.31", kubernetes.latest_version()):
            kubernetes.validate(document, version, strict=True)


def test_kubernetes_takes_the_manifest_and_would_refuse_a_mistake() -> None:
    kubernetes = pytest.importorskip("kubernetes_validate", reason="the schemas are not installed: make chart-test")
    for document in yaml.safe_load_all(MANIFEST.read_text(encoding="utf-8")):
        kubernetes.validate(document, kubernetes.latest_version(), strict=True)
        with pytest.raises(kubernetes.ValidationError):
            kubernetes.validate(document | {"spce": {}}, kubernetes.latest_version(), strict=True)


def test_what_is_switched_off_is_not_there_and_what_is_named_is() -> None:
    less, more = render(NOTHING), render(EVERYTHING)
    assert {"NetworkPolicy", "PodDisruptionBudget", "Ingress"} & less.keys() == set()
    assert not any("AUDIT" in name or "METRICS" in name for name in less["ConfigMap"]["data"])
    assert "volumeClaimTemplates" not in less["StatefulSet"]["spec"]
    assert more["ConfigMap"]["data"]["AKAMAI_MCP_READ_ONLY"] == "true"
    assert more["ConfigMap"]["data"]["AKAMAI_MCP_ALLOWED_HOSTS"] == "mcp.example.com,mcp.example.net"
    assert [rule["host"] for rule in more["Ingress"]["spec"]["rules"]] == EVERYTHING["hostNames"]
    assert more["StatefulSet"]["spec"]["volumeClaimTemplates"][0]["spec"]["storageClassName"] == "fast"


def test_two_releases_in_one_namespace_do_not_take_each_others_pods() -> None:
    one, other = render({}, "one"), render({}, "other")
    assert one["Service"]["metadata"]["name"] == "one-akamai-mcp"
    assert one["Service"]["spec"]["selector"] != other["Service"]["spec"]["selector"]
    assert one["Service"]["spec"]["selector"] == one["StatefulSet"]["spec"]["template"]["metadata"]["labels"]


def test_servers_are_replaced_when_a_setting_changes() -> None:
    pods = [
        render(changed)["StatefulSet"]["spec"]["template"] for changed in ({}, {"settings": {"AKAMAI_MCP_READ_ONLY": "true"}})
    ]
    assert pods[0]["metadata"]["annotations"] != pods[1]["metadata"]["annotations"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"replicas": "two"},
        {"settings": {"AKAMAI_MCP_READ_ONLY": True}},
        {"settings": {"PATH": "/"}},
        {"hostNames": []},
        {"replica": 3},
    ],
)
def test_a_value_that_makes_no_sense_is_refused_by_the_schema(wrong: dict[str, Any]) -> None:
    helm = pytest.importorskip("helm_python", reason="Helm's library is not installed: make chart-test")
    with pytest.raises(helm.HelmValuesError):
        render(wrong)


def test_helms_linter_finds_nothing_but_the_missing_icon() -> None:
    helm = pytest.importorskip("helm_python", reason="Helm's library is not installed: make chart-test")
    found = helm.lint(CHART, strict=True)
    assert found["errors"] == []
    assert {message["error"] for message in found["messages"]} <= {"icon is recommended"}


# Without Helm


def test_the_chart_is_of_this_version() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text(encoding="utf-8"))
    assert {chart["version"], chart["appVersion"]} == {__version__}


def test_every_value_has_a_description_and_fits_its_schema() -> None:
    import jsonschema

    schema = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft7Validator.check_schema(schema)
    jsonschema.validate(values(), schema)

    def described(part: dict[str, Any], given: dict[str, Any], path: str) -> None:
        for name, value in given.items():
            known = part["properties"][name]
            assert known.get("description"), f"{path}{name}"
            if isinstance(value, dict) and "properties" in known:
                described(known, value, f"{path}{name}.")

    described(schema, values(), "")


def test_every_value_is_used_by_a_template_and_every_setting_exists() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted((CHART / "templates").iterdir()))
    used = set(re.findall(r"\.Values\.(\w+(?:\.\w+)?)", text))
    for name, value in values().items():
        names = [f"{name}.{key}" for key in value] if isinstance(value, dict) and value and name != "resources" else [name]
        assert {one for one in names if one not in used} == set()
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    named = {
        name.removesuffix("_FILE") if name not in known else name for name in re.findall(rf"{PREFIX}[A-Z0-9_]*[A-Z0-9]", text)
    }
    assert named <= known
