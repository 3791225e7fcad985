"""Files for Compose, Kubernetes, Prometheus and Grafana, as far as can be known without these."""
import os
import re
import subprocess

import pytest
import yaml
from kubernetes.client import models

from harness.programs import PROJECT

DOCKER = PROJECT / "docker"
KUBERNETES = sorted((DOCKER / "kubernetes").glob("*.yaml"))
# Where kinds are described, by apiVersion: the models of the client library are made of Kubernetes' own schema.
MODELS = {"v1": "V1", "apps/v1": "V1", "policy/v1": "V1"}


def documents():
    return [document for file in KUBERNETES for document in yaml.safe_load_all(file.read_text())]


def find(kind, name="portcullis"):
    return next(each for each in documents() if (each["kind"], each["metadata"]["name"]) == (kind, name))


def problems(value, kind, where):
    """What of a value is not as Kubernetes' schema has it."""
    if listed := re.fullmatch(r"list\[(.*)\]", kind):
        if not isinstance(value, list):
            return [f"{where} is no list"]
        return [each for at, item in enumerate(value) for each in problems(item, listed[1], f"{where}[{at}]")]
    if mapped := re.fullmatch(r"dict\(str, (.*)\)", kind):
        if not isinstance(value, dict):
            return [f"{where} is no map"]
        return [each for key, item in value.items() for each in problems(item, mapped[1], f"{where}.{key}")]
    simple = {"str": str, "int": int, "bool": bool, "float": (int, float), "object": object, "datetime": str}
    if kind in simple:
        fits = isinstance(value, simple[kind]) and (kind != "int" or not isinstance(value, bool))
        # Quantities, and ports by number or name, are called "object" or "str" here.
        return [] if fits or (kind == "str" and isinstance(value, int)) else [f"{where} is no {kind}: {value!r}"]
    model = getattr(models, kind)
    if not isinstance(value, dict):
        return [f"{where} is no {kind}"]
    names = {written: name for name, written in model.attribute_map.items()}
    found = [f"{where}.{key}: {kind} has no such field" for key in value if key not in names]
    try:
        model(**{names[key]: "" for key in value if key in names})
    except ValueError as missing:
        if "must not be `None`" in str(missing):
            found.append(f"{where}: {missing}")
    for key in value.keys() & names.keys():
        found += problems(value[key], model.openapi_types[names[key]], f"{where}.{key}")
    return found


@pytest.mark.parametrize("document", documents(), ids=lambda each: f"{each['kind']} {each['metadata']['name']}")
def test_a_manifest_is_as_the_schema_of_kubernetes_has_it(document):
    kind = MODELS[document["apiVersion"]] + document["kind"]
    assert problems(document, kind, document["kind"]) == []


def test_a_wrong_manifest_would_be_noticed():
    wrong = find("Deployment")
    container = wrong["spec"]["template"]["spec"]["containers"][0]
    container["volumeMount"] = container.pop("volumeMounts")
    wrong["spec"]["replicas"] = "two"
    del wrong["spec"]["selector"]
    found = "\n".join(problems(wrong, "V1Deployment", "it"))
    assert "volumeMount: V1Container has no such field" in found and "replicas is no int" in found and "selector" in found


def test_services_and_the_disruption_budget_select_the_pods_of_the_deployment():
    deployment = find("Deployment")
    labels = deployment["spec"]["template"]["metadata"]["labels"].items()
    selectors = [deployment["spec"]["selector"]["matchLabels"], find("PodDisruptionBudget")["spec"]["selector"]["matchLabels"],
                 *(each["spec"]["selector"] for each in documents() if each["kind"] == "Service")]
    assert len(selectors) == 4 and all(each.items() <= labels for each in selectors)
    assert find("PodDisruptionBudget")["spec"]["minAvailable"] < deployment["spec"]["replicas"]


def test_what_a_pod_mounts_and_which_ports_it_names_is_there():
    deployment = find("Deployment")
    pod = deployment["spec"]["template"]["spec"]
    volumes = {each["name"] for each in pod["volumes"]}
    for container in pod["initContainers"] + pod["containers"]:
        assert {each["name"] for each in container["volumeMounts"]} <= volumes
    gate = pod["containers"][0]
    ports = {each["name"]: each["containerPort"] for each in gate["ports"]}
    for probe in ["startupProbe", "livenessProbe", "readinessProbe"]:
        assert gate[probe]["httpGet"]["port"] in ports
    for service in [each for each in documents() if each["kind"] == "Service"]:
        assert all(ports[each["targetPort"]] == each["port"] for each in service["spec"]["ports"])
    text = find("ConfigMap")["data"]["portcullis.toml"]
    assert all(f'"0.0.0.0:{port}"' in text for port in ports.values())


def seconds(setting):
    return int(re.search(rf'\b{setting} = "(\d+)s"', find("ConfigMap")["data"]["portcullis.toml"])[1])


def test_a_pod_is_given_the_time_that_its_drain_takes():
    pod = find("Deployment")["spec"]["template"]["spec"]
    assert pod["terminationGracePeriodSeconds"] >= seconds("drain_notice") + seconds("drain") + 10


def test_a_pod_accepts_until_its_readiness_has_failed_and_the_word_is_out():
    gate = find("Deployment")["spec"]["template"]["spec"]["containers"][0]
    assert gate["lifecycle"]["preStop"]["exec"]["command"] == ["portcullis", "drain"]
    probe = gate["readinessProbe"]
    assert seconds("drain_notice") > probe["periodSeconds"] * probe["failureThreshold"]


def test_compose_takes_its_file():
    passwords = {"ROOT_PASSWORD": "a", "APP_PASSWORD": "b", "GRAFANA_PASSWORD": "c"}
    command = ["docker-compose", "-f", DOCKER / "compose.yaml", "config"]
    shown = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **passwords})
    assert shown.returncode == 0, shown.stderr
    assert set(yaml.safe_load(shown.stdout)["services"]) == {"secrets", "aggregator-1", "aggregator-2", "portcullis",
                                                              "prometheus", "grafana"}
    without = subprocess.run(command, capture_output=True, text=True, check=False)
    assert without.returncode != 0 and "docker/.env" in without.stderr


def test_every_file_that_compose_mounts_is_there():
    for name, service in yaml.safe_load((DOCKER / "compose.yaml").read_text())["services"].items():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if re.search(r"\.(sql|sh|toml|yml)$", source):
                assert (DOCKER / source).is_file(), f"{name}: {source}"


def test_prometheus_takes_its_configuration():
    done = subprocess.run(["promtool", "check", "config", "--syntax-only", DOCKER / "compose/prometheus/prometheus.yml"],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
