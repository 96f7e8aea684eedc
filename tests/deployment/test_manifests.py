"""Compose, Kubernetes, the registry's entry and the bundle: they fit their published schemas, and keep what the docs promise."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
import yaml
from bundle import members, write_bundle
from jsonschema import Draft7Validator, FormatChecker
from jsonschema.validators import validator_for
from undeclared import NOT_DECLARED_YET

from akamai_mcp import __version__
from akamai_mcp.cli.commands import build_parser
from akamai_mcp.settings import PREFIX, Settings

ROOT = Path(__file__).parents[2]
SCHEMAS = ROOT / "tests/data/schemas"
VARIABLE = re.compile(rf"{PREFIX}[A-Z0-9_]*[A-Z0-9]")
IMAGE = re.compile(r"[\w./-]+:[\w.-]*\d[\w.-]*")

# Those that are no settings: what compose itself is told.
OF_COMPOSE = {"AKAMAI_MCP_HOST_NAME"}


def load(path: str) -> Any:
    text = (ROOT / path).read_text(encoding="utf-8")
    return json.loads(text) if path.endswith(".json") else yaml.safe_load(text)


def complaints(document: Any, schema: str) -> list[str]:
    rules = json.loads((SCHEMAS / schema).read_text(encoding="utf-8"))
    kind = validator_for(rules, Draft7Validator)
    kind.check_schema(rules)
    return [f"{error.json_path}: {error.message}" for error in kind(rules, format_checker=FormatChecker()).iter_errors(document)]


@pytest.mark.parametrize(
    ("path", "schema"),
    [("server.json", "server.json"), ("deploy/mcpb/manifest.json", "mcpb.json"), ("docker-compose.yml", "compose.json")],
)
def test_a_manifest_fits_its_published_schema(path: str, schema: str):
    document = load(path)
    assert complaints(document, schema) == []
    assert complaints({**document, "services": 1, "server": 1, "packages": 1}, schema) != []


@pytest.mark.parametrize("path", ["docker-compose.yml", "deploy/kubernetes.yaml", "Dockerfile"])
def test_every_setting_that_is_set_exists(path: str):
    settings = {PREFIX + name.upper() for name in Settings.model_fields}
    named = {
        name.removesuffix("_FILE") if name.removesuffix("_FILE") in NOT_DECLARED_YET | settings else name
        for name in VARIABLE.findall((ROOT / path).read_text(encoding="utf-8"))
    }
    assert named - settings - NOT_DECLARED_YET - OF_COMPOSE == set()


def test_the_settings_that_are_not_declared_yet_are_not():
    declared = {name for name in NOT_DECLARED_YET if name.removeprefix(PREFIX).lower() in Settings.model_fields}
    assert declared == set(), "take these out of NOT_DECLARED_YET"


# docker-compose.yml


def services() -> dict[str, dict[str, Any]]:
    return load("docker-compose.yml")["services"]


def test_compose_has_two_like_servers_with_redis_and_nginx_and_only_nginx_is_reached_from_outside():
    assert services().keys() == {"server-1", "server-2", "redis", "nginx"}
    one, other = ({**services()[name]} for name in ("server-1", "server-2"))
    volumes = one.pop("volumes"), other.pop("volumes")
    assert one == other
    assert volumes == (["audit-1:/var/lib/akamai-mcp"], ["audit-2:/var/lib/akamai-mcp"])
    assert load("docker-compose.yml")["volumes"].keys() == {"audit-1", "audit-2"}
    assert {name for name, service in services().items() if "ports" in service} == {"nginx"}
    assert services()["redis"]["networks"] == ["inside"]
    assert load("docker-compose.yml")["networks"]["inside"] == {"internal": True}


def test_every_service_of_compose_is_bounded_and_cannot_write_or_gain_rights():
    for name, service in services().items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["deploy"]["resources"]["limits"].keys() == {"cpus", "memory"}, name
        assert name.startswith("server") or service["user"].split(":")[0].isdigit(), name
        assert name.startswith("server") or IMAGE.fullmatch(service["image"]), name


def test_every_secret_of_compose_is_a_file_that_git_does_not_take():
    secrets = load("docker-compose.yml")["secrets"]
    used = {secret for service in services().values() for secret in service["secrets"]}
    assert used == secrets.keys()
    paths = [secret["file"] for secret in secrets.values()]
    done = subprocess.run(["git", "check-ignore", *paths], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 128 or done.stdout.split() == paths  # 128: this is no checkout
    for service in services().values():
        plain = [name for name in service.get("environment", {}) if re.search("SECRET|TOKEN|KEY|REDIS", name)]
        assert [name for name in plain if not name.endswith("_FILE")] == []
        named = [value for value in service.get("environment", {}).values() if value.startswith("/run/secrets/")]
        assert {Path(value).name for value in named} <= set(service["secrets"])


# deploy/kubernetes.yaml


@pytest.fixture(scope="module")
def kinds() -> dict[str, Any]:
    documents = list(yaml.safe_load_all((ROOT / "deploy/kubernetes.yaml").read_text(encoding="utf-8")))
    return {document["kind"]: document for document in documents}


def test_kubernetes_has_what_a_service_needs_in_one_namespace(kinds: dict[str, Any]):
    needed = {"Namespace", "ServiceAccount", "ConfigMap", "StatefulSet", "Service", "PodDisruptionBudget", "NetworkPolicy"}
    assert kinds.keys() == needed
    for kind, document in kinds.items():
        assert document["metadata"]["name"] == "akamai-mcp"
        assert kind == "Namespace" or document["metadata"]["namespace"] == "akamai-mcp"


def test_every_selector_finds_the_pods(kinds: dict[str, Any]):
    labels = kinds["StatefulSet"]["spec"]["template"]["metadata"]["labels"]
    assert kinds["Service"]["spec"]["selector"] == labels
    assert kinds["StatefulSet"]["spec"]["selector"]["matchLabels"] == labels
    assert kinds["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"] == labels
    assert kinds["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"] == labels


def test_pods_have_no_rights_and_write_nowhere_but_to_a_bounded_scratch_folder(kinds: dict[str, Any]):
    pod = kinds["StatefulSet"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] == 10001
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    writable = {mount["name"] for mount in container["volumeMounts"] if not mount.get("readOnly")}
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    claimed = {claim["metadata"]["name"] for claim in kinds["StatefulSet"]["spec"]["volumeClaimTemplates"]}
    assert {mount["name"] for mount in container["volumeMounts"]} == volumes.keys() | claimed
    assert writable == {"scratch"} | claimed
    assert volumes["scratch"]["emptyDir"]["sizeLimit"] == "64Mi"
    assert container["resources"].keys() == {"requests", "limits"}
    assert IMAGE.fullmatch(container["image"])
    assert container["image"].endswith(f":{__version__}")


def test_probes_ask_the_servers_own_paths_at_a_host_that_it_takes(kinds: dict[str, Any]):
    pod = kinds["StatefulSet"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    asked = {name: container[f"{name}Probe"]["httpGet"] for name in ("startup", "liveness", "readiness")}
    assert {name: probe["path"] for name, probe in asked.items()} == {
        "startup": "/healthz",
        "liveness": "/healthz",
        "readiness": "/readyz",
    }
    assert all(probe["httpHeaders"] == [{"name": "Host", "value": "127.0.0.1"}] for probe in asked.values())
    ports = {port["name"] for port in container["ports"]}
    assert {probe["port"] for probe in asked.values()} | {kinds["Service"]["spec"]["ports"][0]["targetPort"]} <= ports
    assert pod["terminationGracePeriodSeconds"] > int(container["lifecycle"]["preStop"]["exec"]["command"][1])


def test_secrets_are_files_of_a_secret_that_is_not_in_the_manifest(kinds: dict[str, Any]):
    assert "Secret" not in kinds
    pod = kinds["StatefulSet"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    (folder,) = [mount["mountPath"] for mount in container["volumeMounts"] if mount["name"] == "secrets"]
    data = {name: value for name, value in kinds["ConfigMap"]["data"].items() if value.startswith("/") and "AUDIT" not in name}
    named = {Path(value).name for value in data.values()}
    text = (ROOT / "deploy/kubernetes.yaml").read_text(encoding="utf-8")
    assert named == set(re.findall(r"--from-file=(\w+)", text))
    assert all(Path(value).parent == Path(folder) for value in data.values())


@pytest.mark.parametrize("of", ["docker-compose.yml", "deploy/kubernetes.yaml"])
def test_each_server_keeps_its_audit_trail_on_a_volume_of_its_own_that_its_user_may_write(of: str, kinds: dict[str, Any]):
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    if of == "docker-compose.yml":
        files = {service["environment"]["AKAMAI_MCP_AUDIT_FILE"] for name, service in services().items() if "server" in name}
        folders = {service["volumes"][0].split(":")[1] for name, service in services().items() if "server" in name}
    else:
        files = {kinds["ConfigMap"]["data"]["AKAMAI_MCP_AUDIT_FILE"]}
        (container,) = kinds["StatefulSet"]["spec"]["template"]["spec"]["containers"]
        folders = {mount["mountPath"] for mount in container["volumeMounts"] if mount["name"] == "audit"}
    assert {str(Path(file).parent) for file in files} == folders
    # A new volume of compose takes the owner and mode of the folder in the image.
    assert all(f"--owner=app --group=app --mode=700 {folder}" in dockerfile for folder in folders)


def test_the_network_policy_names_who_comes_in_and_keeps_private_networks_out_of_reach(kinds: dict[str, Any]):
    policy = kinds["NetworkPolicy"]["spec"]
    assert policy["policyTypes"] == ["Ingress", "Egress"]
    assert all(rule["from"] and rule["ports"] for rule in policy["ingress"])
    assert all(rule["to"] and rule["ports"] for rule in policy["egress"])
    (block,) = [to["ipBlock"] for rule in policy["egress"] for to in rule["to"] if "ipBlock" in to]
    assert {"10.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"} <= set(block["except"])


# server.json


def test_the_registrys_entry_names_this_version_and_settings_that_exist():
    entry = load("server.json")
    (package,) = entry["packages"]
    assert {entry["version"], package["version"]} == {__version__}
    for variable in package["environmentVariables"]:
        field = Settings.model_fields[variable["name"].removeprefix(PREFIX).lower()]
        assert variable["description"] == field.description
        assert not variable.get("isSecret")


def test_the_readme_names_the_registrys_entry_as_the_registry_asks_for():
    assert f"mcp-name: {load('server.json')['name']}" in (ROOT / "README.md").read_text(encoding="utf-8")


# The bundle


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bundle") / "akamai-mcp.mcpb"
    write_bundle(path)
    return path


def placeholders(value: Any) -> Iterator[str]:
    yield from re.findall(r"\$\{user_config\.(\w+)\}", json.dumps(value))


def test_the_bundles_manifest_names_this_version_and_settings_that_exist():
    manifest = load("deploy/mcpb/manifest.json")
    assert manifest["version"] == __version__
    start = manifest["server"]["mcp_config"]
    assert {name.removeprefix(PREFIX).lower() for name in start["env"]} <= Settings.model_fields.keys()
    assert set(placeholders(start)) == manifest["user_config"].keys()
    assert [name for name, option in manifest["user_config"].items() if option.get("sensitive")] == []
    assert build_parser().prog == start["args"][-1]


def test_the_bundle_has_the_sources_and_nothing_that_is_only_for_developers(bundle: Path):
    names = ZipFile(bundle).namelist()
    manifest = load("deploy/mcpb/manifest.json")
    assert len(names) == len(set(names))
    assert {"manifest.json", "pyproject.toml", "LICENSE", "NOTICE", "specs/papi/v1/openapi.json"} <= set(names)
    assert manifest["server"]["entry_point"] in names
    assert {name.split("/")[0] for name in names if "/" in name} == {"akamai_mcp", "specs"}
    assert [name for name in names if "__pycache__" in name or name.startswith(("specs/guide", "specs/asks"))] == []
    assert all(path.is_file() for _, path in members())


def test_the_same_sources_make_the_same_bundle(bundle: Path, tmp_path: Path):
    write_bundle(tmp_path / "again.mcpb")
    assert (tmp_path / "again.mcpb").read_bytes() == bundle.read_bytes()


def test_what_is_in_the_bundle_runs(bundle: Path, tmp_path: Path):
    ZipFile(bundle).extractall(tmp_path / "unpacked")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "unpacked"), "AKAMAI_MCP_CACHE_DIR": str(tmp_path / "cache")}
    code = "import akamai_mcp, sys; from akamai_mcp.cli import main; print(akamai_mcp.__file__); sys.exit(main(['healthcheck']))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=True
    )
    place, answer = done.stdout.split()
    assert Path(place).is_relative_to(tmp_path / "unpacked")
    assert answer == "ok"


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("locks/image.txt", "pydantic-monty=="),
        ("deploy/mcpb/manifest.json", '"--extra", "programs"'),
        ("README.md", '"--from", "/path/to/akamai-mcp[programs]"'),
        ("docs/configuration.md", '"--from", "/path/to/akamai-mcp[programs]"'),
    ],
)
def test_every_way_to_install_it_brings_programs(path: str, words: str):
    assert words in (ROOT / path).read_text(encoding="utf-8")
