"""The container image: built, and run as compose and Kubernetes run it."""
import os
import pathlib
import signal
import subprocess
import types

import pytest
import yaml

from harness import command_line, logfmt
from harness.child import Child
from harness.mariadb import MariaDb
from harness.ports import free_port, wait_until
from harness.programs import PROJECT

from image import Images

COMPOSE = PROJECT / "docker/compose"
SHIPPED_UID = 10001


@pytest.fixture(scope="module")
def images(scratch, debian_roots, package):
    made = Images(scratch.folder("images"))
    try:
        made.build(os.environ.get("IMAGE_PACKAGE", "given"))
        yield made
    finally:
        subprocess.run(["rm", "-rf", "--one-file-system", made.folder], check=True)


@pytest.fixture(scope="module")
def secrets(images, scratch):
    """What compose's service `secrets` makes, by its own script."""
    folder = scratch.folder("secrets")
    volumes = {f"/{name}": folder / name for name in ["gate", "aggregator", "prometheus"]}
    for each in volumes.values():
        each.mkdir()
    script = yaml.safe_load((PROJECT / "docker/compose.yaml").read_text())["services"]["secrets"]["entrypoint"]
    container = images.container()
    images.run(container, *script, user="0:0", volumes={**volumes, "/secrets.sh": COMPOSE / "secrets.sh"})
    images("rm", container)
    return folder


def known_keys(text):
    """The configuration without tables that this version does not have."""
    if "## [admin]" not in (PROJECT / "CONFIGURATION.md").read_text():
        text = text.split("[admin]")[0]
    return text


def test_the_image_runs_as_a_user_that_is_not_root_and_says_so_by_number(images):
    container = images.container()
    shown = images.configuration()
    assert shown["User"] == f"{SHIPPED_UID}:{SHIPPED_UID}"
    assert images.run(container, "id", "-u").strip() == str(SHIPPED_UID)
    assert shown["Entrypoint"] + shown["Cmd"] == ["/usr/bin/portcullis", "run", "--config", "/etc/portcullis/portcullis.toml"]
    assert set(shown["ExposedPorts"]) == {"3306/tcp", "9104/tcp"}


def test_a_key_of_compose_is_readable_by_the_one_who_needs_it(secrets):
    owners = {(each.parent.name, each.name): (each.stat().st_uid, each.stat().st_mode & 0o777)
              for each in secrets.glob("*/*") if each.is_file()}
    assert owners["gate", "server-key.pem"] == (SHIPPED_UID, 0o400)
    assert owners["aggregator", "aggregator-key.pem"] == (999, 0o400)
    assert owners["prometheus", "token"] == (65534, 0o400)
    assert ("gate", "ca-key.pem") not in owners and (secrets / "gate/ca").stat().st_mode & 0o777 == 0o700


def descendant(pid, name):
    """The process of this name that pid started, however far down; None if there is none."""
    try:
        if pathlib.Path(f"/proc/{pid}/comm").read_text().strip() == name:
            return pid
        # Each thread has its own children.
        children = [child for each in pathlib.Path(f"/proc/{pid}/task").glob("*/children") for child in each.read_text().split()]
    except OSError:
        return None
    return next(filter(None, (descendant(int(child), name) for child in children)), None)


def test_a_client_logs_in_through_the_gate_of_compose(images, secrets, scratch):
    certs = secrets / "aggregator"
    pair = types.SimpleNamespace(cert=certs / "aggregator-cert.pem", key=certs / "aggregator-key.pem")
    database = MariaDb(scratch, types.SimpleNamespace(ca=certs / "ca-cert.pem"), pair).start()
    folder = scratch.folder("compose")
    gate = types.SimpleNamespace(host="127.0.0.1", port=free_port())
    text = known_keys((COMPOSE / "portcullis.toml").read_text()).replace("0.0.0.0:3306", f"{gate.host}:{gate.port}")
    # One of the two aggregators is down.
    text = text.replace("aggregator-1:3306", database.address).replace("aggregator-2:3306", f"127.0.0.1:{free_port()}")
    (folder / "portcullis.toml").write_text(text.replace("0.0.0.0:9104", f"127.0.0.1:{free_port()}"))
    container = images.container()
    shown = images.configuration()
    volumes = {"/etc/portcullis/portcullis.toml": folder / "portcullis.toml", "/etc/portcullis/certs": secrets / "gate"}
    words = images.start_words(container, *shown["Entrypoint"], *shown["Cmd"], volumes=volumes)
    child = Child(words, folder / "log")
    try:
        wait_until(lambda: "msg=ready" in child.log() or not child.running(), 30, "the gate to be ready")
        mysql = command_line.mariadb()
        shown = mysql.status(gate, ssl_ca=secrets / "gate/ca-cert.pem", ssl_verify_server_cert=True)
        assert shown.code == 0 and "Cipher in use is TLS" in shown.out, f"{shown}\n{child.log()}"
        process = descendant(child.pid, "portcullis")
        with open(f"/proc/{process}/status", encoding="ascii") as status:
            assert f"Uid:\t{SHIPPED_UID}\t{SHIPPED_UID}" in status.read()
        deployment, = yaml.safe_load_all((PROJECT / "docker/kubernetes/deployment.yaml").read_text())
        hook = deployment["spec"]["template"]["spec"]["containers"][0]["lifecycle"]["preStop"]["exec"]["command"]
        assert "takes no new connections" in images.run(container, *hook, volumes=volumes)
        assert child.wait(30) == 0
        entries = [logfmt.parse(line) for line in child.log().splitlines()]
        assert [each["cause"] for each in entries if each and each["msg"] == "session closed"] == ["quit"]
    finally:
        # Buildah's end is not that of what it started.
        if left := descendant(child.pid, "portcullis"):
            os.kill(left, signal.SIGKILL)
        child.kill()
        database.stop()


def test_a_pod_of_kubernetes_prepares_settings_that_the_gate_takes(images, secrets, scratch):
    """The init container's own command, over the ConfigMap and a Secret as Kubernetes lays them out."""
    folder = scratch.folder("kubernetes")
    for name in ["config", "secret", "settings"]:
        (folder / name).mkdir()
    config, = yaml.safe_load_all((PROJECT / "docker/kubernetes/configmap.yaml").read_text())
    (folder / "config/portcullis.toml").write_text(known_keys(config["data"]["portcullis.toml"]))
    for each in (secrets / "gate").glob("*"):
        if each.is_file():
            (folder / "secret" / each.name).write_bytes(each.read_bytes())
            (folder / "secret" / each.name).chmod(0o440)
            os.chown(folder / "secret" / each.name, 0, SHIPPED_UID)
    os.chown(folder / "settings", SHIPPED_UID, SHIPPED_UID)
    deployment, = yaml.safe_load_all((PROJECT / "docker/kubernetes/deployment.yaml").read_text())
    init, = deployment["spec"]["template"]["spec"]["initContainers"]
    sources = {"config": folder / "config", "secret": folder / "secret", "settings": folder / "settings"}
    container = images.container()
    said = images.run(container, "env", "POD=portcullis-5d4f9-x2x8k", *init["command"], *init["args"],
                      volumes={each["mountPath"]: sources[each["name"]] for each in init["volumeMounts"]})
    assert "/etc/portcullis/portcullis.toml: " in said and "not usable" not in said
    assert "instance_id = 0\n" not in (folder / "settings/portcullis.toml").read_text()
