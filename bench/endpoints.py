"""What the load is sent to: aggregators, the gate, the proxies it is compared with, each a process of this run.

Knows how each is configured; what is measured of them is plan.py's affair.
"""
import os
import pathlib
import shutil
import subprocess
import sys
from types import SimpleNamespace

PROJECT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT / "tests/e2e"))

from harness import slow_clients, toml  # noqa: E402
from harness.child import Child  # noqa: E402
from harness.mariadb import MariaDb  # noqa: E402
from harness.ports import free_port, wait_until  # noqa: E402
from harness.scratch import Scratch  # noqa: E402

BUILD = pathlib.Path(os.environ.get("PORTCULLIS_BUILD") or PROJECT / "build/bench")  # another one: for tests
PROGRAM = BUILD / "portcullis"
BENCH = BUILD / "portcullis-bench"

CERTIFICATES = {"RSA-2048": "rsa:2048", "RSA-3072": "rsa:3072", "ECDSA P-256": "ecdsa:P-256"}
CIPHERS = ["AES-128-GCM", "AES-256-GCM", "ChaCha20-Poly1305"]
VERSIONS = ["TLSv1.2", "TLSv1.3"]
_SUITES = {"AES-128-GCM": "TLS_AES_128_GCM_SHA256", "AES-256-GCM": "TLS_AES_256_GCM_SHA384",
           "ChaCha20-Poly1305": "TLS_CHACHA20_POLY1305_SHA256"}
_TLS12 = {"AES-128-GCM": "AES128-GCM-SHA256", "AES-256-GCM": "AES256-GCM-SHA384", "ChaCha20-Poly1305": "CHACHA20-POLY1305"}


def tls12_ciphers(cipher):
    return f"ECDHE-ECDSA-{_TLS12[cipher]}:ECDHE-RSA-{_TLS12[cipher]}"


def suite(cipher):
    return _SUITES[cipher]


def load_options(version, cipher):
    """What the load offers, as options of portcullis-bench."""
    if version == "TLSv1.2":
        return ["--tls-version", version, "--ssl-cipher", tls12_ciphers(cipher)]
    return ["--tls-version", version, "--tls-ciphersuites", suite(cipher)]


def gate_options(version, cipher):
    """The same as keys of the gate's configuration."""
    if version == "TLSv1.2":
        return {"tls_version": version, "ssl_cipher": tls12_ciphers(cipher)}
    return {"tls_version": version, "tls_ciphersuites": suite(cipher)}


class Pki:
    """A CA and its pairs for each kind of certificate."""

    def __init__(self, folder):
        self.folder = folder
        for name, key in CERTIFICATES.items():
            subprocess.run([PROGRAM, "certs", "make", "--dir", self.dir(name), "--key", key], check=True,
                           stdout=subprocess.DEVNULL)

    def dir(self, certificate):
        return self.folder / certificate.replace(" ", "-")

    def file(self, certificate, name):
        return str(self.dir(certificate) / f"{name}.pem")

    def joined(self, certificate, name):
        """Certificate and key in one file, as HAProxy and stunnel take them."""
        out = self.dir(certificate) / f"{name}-both.pem"
        if not out.exists():
            out.touch(mode=0o600)
            out.write_text("".join((self.dir(certificate) / f"{name}-{part}.pem").read_text() for part in ("cert", "key")))
        return str(out)


class Endpoint:
    """Where a load can go: `options` lead portcullis-bench there, `pids` are the processes whose cost is counted."""

    def __init__(self, name, options, children=()):
        self.name = name
        self.options = options
        self.children = list(children)

    @property
    def pids(self):
        return [pid for child in self.children for pid in (child.pid, *_descendants(child.pid))]


def _descendants(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as children:
            direct = [int(each) for each in children.read().split()]
    except FileNotFoundError:
        return []
    return [each for child in direct for each in (child, *_descendants(child))]


class House:
    """All processes of a run, and the folder they live in."""

    def __init__(self, folder, workers):
        self.folder = folder
        self.workers = workers
        self.pki = Pki(folder / "pki")
        self.children = []
        self._aggregators = {}
        self._scratch = None
        self._count = 0

    def run(self, name, command, ready, **options):
        self._count += 1
        child = Child(command, self.folder / f"{name}-{self._count}.log", **options)
        self.children.append(child)

        def is_ready():
            if not child.running():
                raise RuntimeError(f"{name} ended at once:\n{child.log()[-2000:]}")
            return ready(child)

        wait_until(is_ready, 30, f"{name} to be ready")
        return child

    def end(self):
        for child in reversed(self.children):
            child.end(5)
        self.children = []
        if self._scratch:
            self._scratch.remove()

    # --- aggregators ------------------------------------------------------------------------------------------------

    def aggregator(self, certificate, resumes=True, workers=1, number=0, before=()):
        """The synthetic one: (in-band port, TLS-first port). One for each kind and `number`, shared. `before`: words in
        front of its command."""
        kind = (certificate, resumes, workers, number, tuple(before))
        if kind not in self._aggregators:
            ports = (free_port(), free_port())
            self.run("aggregator", [
                *before, BENCH, "aggregator", "--address", f"127.0.0.1:{ports[0]}", "--tls-first-address", f"127.0.0.1:{ports[1]}",
                "--ssl-cert", self.pki.file(certificate, "aggregator-cert"), "--ssl-key",
                self.pki.file(certificate, "aggregator-key"), "--ssl-ca", self.pki.file(certificate, "ca-cert"),
                "--workers", workers, *([] if resumes else ["--no-resumption"])], lambda child: "ready" in child.log())
            self._aggregators[kind] = ports
        return self._aggregators[kind]

    # --- the gate ---------------------------------------------------------------------------------------------------

    def gate(self, doors, before=(), **sections):
        """One gate with a listener for each of `doors`: dicts with `listener` and `cluster` keys of the configuration
        and `port` of the aggregator; `sections` of the configuration add to the usual ones. `before`: words in front of its
        command. Returns the ports and the process."""
        config = {"gate": {"workers": self.workers}, "listener": [], "accounts": {"default_require": "NONE"}, "cluster": {},
                  "timeouts": {"drain": "1s"},
                  "limits": {"max_connections": 9900, "max_unauthenticated": 9900, "max_connections_per_address": 0},
                  "log": {"level": "warning"}}
        for name, keys in sections.items():
            config[name] = {**config[name], **keys}
        ports = []
        for number, door in enumerate(doors):
            ports.append(free_port())
            name = f"c{number}"
            config["listener"].append({"name": name, "address": f"127.0.0.1:{ports[-1]}", "cluster": name, **door["listener"]})
            config["cluster"][name] = {**door["cluster"], "health": {"interval": "1h"},
                                       "aggregator": [{"address": f"127.0.0.1:{door['port']}"}]}
        self._count += 1
        file = self.folder / f"portcullis-{self._count}.toml"
        file.write_text(toml.render(config))
        child = self.run("portcullis", [*before, PROGRAM, "run", "--config", file], lambda child: all(_listens(p) for p in ports))
        return ports, child

    def listener_tls(self, certificate):
        return {"ssl_cert": self.pki.file(certificate, "server-cert"), "ssl_key": self.pki.file(certificate, "server-key")}

    def cluster_tls(self, certificate, version, cipher):
        return {"ssl_ca": self.pki.file(certificate, "ca-cert"), "ssl_cert": self.pki.file(certificate, "client-cert"),
                "ssl_key": self.pki.file(certificate, "client-key"), **gate_options(version, cipher)}

    # --- a real server ---------------------------------------------------------------------------------------------

    def mariadb(self, certificate):
        """MariaDB with an account that has no password."""
        self._scratch = Scratch()
        pair = SimpleNamespace(cert=self.pki.file(certificate, "aggregator-cert"), key=self.pki.file(certificate, "aggregator-key"))
        authority = SimpleNamespace(ca=self.pki.file(certificate, "ca-cert"))
        server = MariaDb(self._scratch, authority, pair, ["--max-connections=1000"], "CREATE USER bench@'%' REQUIRE SSL;").start()
        self.children.append(server.child)
        return server

    # --- clients that never come to a login -------------------------------------------------------------------------

    def slow_clients(self, port, count):
        """As many, in every phase of a login that a stranger can reach; each sends a byte a second until it has none."""
        phases = ("handshake_response", "client_hello", "ssl_request", "silence")
        return self.run("slow-clients", [sys.executable, slow_clients.__file__, "127.0.0.1", port,
                                         *(f"{each}={count // len(phases)}" for each in phases)], lambda child: "up" in child.log())

    # --- others -----------------------------------------------------------------------------------------------------

    def haproxy(self, program, certificate, cipher, bufsize=None):
        port = free_port()
        _, behind = self.aggregator(certificate)
        tls = f"ssl-min-ver TLSv1.3 ciphersuites {suite(cipher)}"
        file = self._file("haproxy.cfg", f"""
global
  maxconn 9900
  nbthread {self.workers}
{f'  tune.bufsize {bufsize}' if bufsize else ''}
defaults
  mode tcp
  timeout connect 5s
  timeout client 600s
  timeout server 600s
listen gate
  bind 127.0.0.1:{port} ssl crt {self.pki.joined(certificate, 'server')} {tls}
  server a 127.0.0.1:{behind} ssl verify required ca-file {self.pki.file(certificate, 'ca-cert')} crt {self.pki.joined(certificate, 'client')} {tls}
""")
        return port, self.run("haproxy", [program, "-f", file, "-db"], lambda _: _listens(port))

    def nginx(self, certificate, cipher):
        port = free_port()
        _, behind = self.aggregator(certificate)
        folder = self.folder / f"nginx-{port}"
        folder.mkdir()
        conf = f"Ciphersuites {suite(cipher)}"
        file = self._file("nginx.conf", f"""
load_module /usr/lib/nginx/modules/ngx_stream_module.so;
daemon off;
worker_processes {self.workers};
worker_rlimit_nofile 20000;
pid {folder}/pid;
error_log stderr;
events {{ worker_connections 9900; }}
stream {{
  server {{
    listen 127.0.0.1:{port} ssl reuseport;
    ssl_certificate {self.pki.file(certificate, 'server-cert')};
    ssl_certificate_key {self.pki.file(certificate, 'server-key')};
    ssl_protocols TLSv1.3;
    ssl_conf_command {conf};
    proxy_pass 127.0.0.1:{behind};
    proxy_ssl on;
    proxy_ssl_protocols TLSv1.3;
    proxy_ssl_conf_command {conf};
    proxy_ssl_verify on;
    proxy_ssl_name localhost;
    proxy_ssl_trusted_certificate {self.pki.file(certificate, 'ca-cert')};
    proxy_ssl_certificate {self.pki.file(certificate, 'client-cert')};
    proxy_ssl_certificate_key {self.pki.file(certificate, 'client-key')};
  }}
}}
""")
        return port, self.run("nginx", ["/usr/sbin/nginx", "-c", file, "-e", "stderr", "-p", folder], lambda _: _listens(port))

    def stunnel(self, certificate, cipher):
        """Two services in a row: stunnel is a TLS server or a TLS client."""
        port, between = free_port(), free_port()
        _, behind = self.aggregator(certificate)
        tls = f"sslVersionMin = TLSv1.3\nciphersuites = {suite(cipher)}"
        file = self._file("stunnel.conf", f"""
foreground = yes
pid =
debug = err
[in]
accept = 127.0.0.1:{port}
connect = 127.0.0.1:{between}
cert = {self.pki.file(certificate, 'server-cert')}
key = {self.pki.file(certificate, 'server-key')}
{tls}
[out]
client = yes
accept = 127.0.0.1:{between}
connect = 127.0.0.1:{behind}
cert = {self.pki.file(certificate, 'client-cert')}
key = {self.pki.file(certificate, 'client-key')}
CAfile = {self.pki.file(certificate, 'ca-cert')}
verifyChain = yes
{tls}
""")
        return port, self.run("stunnel", ["/usr/bin/stunnel4", file], lambda _: _listens(port))

    def router(self, program, certificate, cipher):
        """MySQL Router, which speaks MySQL on both sides as the gate does."""
        port = free_port()
        behind, _ = self.aggregator(certificate)
        folder = self.folder / f"router-{port}"
        folder.mkdir()
        plugins = next(pathlib.Path(program).parents[1].rglob("mysqlrouter/**/routing.so")).parent
        file = self._file("router.conf", f"""
[DEFAULT]
plugin_folder = {plugins}
logging_folder =
runtime_folder = {folder}
data_folder = {folder}
max_total_connections = 9900
[logger]
level = WARNING
[io]
threads = {self.workers}
[routing:bench]
bind_address = 127.0.0.1
bind_port = {port}
destinations = 127.0.0.1:{behind}
routing_strategy = first-available
protocol = classic
max_connections = 9900
client_ssl_mode = REQUIRED
client_ssl_cert = {self.pki.file(certificate, 'server-cert')}
client_ssl_key = {self.pki.file(certificate, 'server-key')}
server_ssl_mode = REQUIRED
server_ssl_verify = VERIFY_CA
server_ssl_ca = {self.pki.file(certificate, 'ca-cert')}
server_ssl_cert = {self.pki.file(certificate, 'client-cert')}
server_ssl_key = {self.pki.file(certificate, 'client-key')}
""")
        return port, self.run("mysqlrouter", [program, "-c", file], lambda _: _listens(port))

    def _file(self, name, text):
        self._count += 1
        file = self.folder / f"{self._count}-{name}"
        file.write_text(text)
        return file


def _listens(port):
    with open("/proc/net/tcp", encoding="ascii") as sockets:
        wanted = f":{port:04X} "
        return any(wanted in line[:30] and " 0A " in line for line in sockets)


def installed(program):
    return shutil.which(program, path="/usr/sbin:/usr/bin:/sbin:/bin")


def installed_haproxy():
    """What a report calls it: "HAProxy 2.6"; None if there is none."""
    program = installed("haproxy")
    if not program:
        return None
    said = subprocess.run([program, "-v"], capture_output=True, text=True, check=True, timeout=30).stdout
    return "HAProxy " + ".".join(said.split()[2].split(".")[:2])
