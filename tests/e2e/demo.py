#!/usr/bin/python3
"""Shows what the gate promises, with real servers and clients on loopback: each command, and what came back.

demo.py          shows everything, then stays up until Ctrl-C
demo.py --once   shows and checks everything; exits 0 or 1
Leaves nothing behind either way.
"""
import argparse
import os
import re
import shlex
import signal
import subprocess
import sys
import textwrap
import time

from harness.authority import Pair
from harness.gate import Gate
from harness.mariadb import MariaDb
from harness.ports import free_port
from harness.programs import fetched, portcullis
from harness.scratch import Scratch

WIDTH = 110
COLOUR = sys.stdout.isatty()


def paint(code, text):
    return f"\033[{code}m{text}\033[0m" if COLOUR else text


class Stage:
    """Prints what happens and remembers whether all of it was as promised."""

    def __init__(self, folder, programs):
        self._folder = folder
        self._programs = programs
        self._number = 0
        self.broken = []

    def chapter(self, title, text=""):
        self._number += 1
        print(f"\n{paint(1, f'{self._number}. {title}')}")
        if text:
            print(textwrap.fill(text, WIDTH, initial_indent="   ", subsequent_indent="   "))
        print()

    def command(self, words, password=None, keep=None):
        """Shows a command, runs it, shows its output (the lines that match `keep`). Returns (exit code, output)."""
        shown = [shlex.quote(word) for word in words]
        self.type_in([f"MYSQL_PWD={password}", *shown] if password else shown)
        real = [str(self._programs.get(words[0], words[0])), *words[1:]]
        done = subprocess.run(real, capture_output=True, text=True, errors="replace", check=False, timeout=60,
                              stdin=subprocess.DEVNULL, cwd=self._folder, env={**os.environ, **({"MYSQL_PWD": password} if password else {})})
        output = (done.stdout + done.stderr).replace("\t", "  ")
        self.lines(line for line in output.splitlines() if line.strip() and (not keep or re.search(keep, line)))
        return done.returncode, output

    @staticmethod
    def type_in(words):
        """Shows a command; a long one goes on in the next line, as a shell reads it."""
        lines = ["   $"]
        for word in words:
            if len(lines[-1]) + len(word) > WIDTH:
                lines[-1] += " \\"
                lines.append("      ")
            lines[-1] += " " + word
        print(paint(36, "\n".join(lines)))

    @staticmethod
    def lines(lines):
        for line in lines:
            print(f"     {line[:WIDTH + 60]}")

    def promise(self, text, kept):
        """Says whether a promise was kept."""
        if kept:
            print(paint(32, f"   ✔ {text}"))
        else:
            self.broken.append(text)
            print(paint(31, f"   ✘ NOT KEPT: {text}"))


CONFIGURATION = """\
[[listener]]
name        = "main"
address     = "127.0.0.1:{port}"
cluster     = "default"
ssl_cert    = "certs/server-cert.pem"
ssl_key     = "certs/server-key.pem"
tls_version = "TLSv1.2,TLSv1.3"

[accounts]
default_require = "SSL"

[cluster.default]
balance  = "first_available"
ssl_mode = "VERIFY_IDENTITY"
ssl_ca   = "certs/ca-cert.pem"
ssl_cert = "certs/client-cert.pem"
ssl_key  = "certs/client-key.pem"
[[cluster.default.aggregator]]
address = "{first}"
[[cluster.default.aggregator]]
address = "{second}"

[limits]
max_connections = 1000
"""


class DemoGate(Gate):
    """A gate with the configuration above, written as a person would."""

    def __init__(self, folder, port, first, second):
        self._text = CONFIGURATION.format(port=port, first=first.address, second=second.address)
        super().__init__(folder, {"listener": [{"address": f"127.0.0.1:{port}"}]})

    def write_config(self):
        self.config_file.write_text(self._text)


class Demo:
    def __init__(self, scratch):
        self.scratch = scratch
        self.folder = scratch.folder("demo")
        self.certs = self.folder / "certs"
        self.mysql = fetched("mysql-lts/bin/mysql")
        self.stage = Stage(self.folder, {"mysql": self.mysql, "portcullis": portcullis()})
        self.children = []

    def run(self):
        self.make_certificates()
        self.start_servers()
        self.start_gate()
        self.show_login()
        self.show_identity()
        self.show_plaintext_refused()
        self.show_old_tls_refused()
        self.show_wrong_ca_refused()
        self.show_no_way_past_the_gate()
        self.show_failover()
        self.show_log()
        return not self.stage.broken

    def client(self, *options, port=None):
        return ["mysql", "--no-defaults", "--host=127.0.0.1", f"--port={port or self.gate.port}", "--user=app", *options]

    # --- what it is made of -----------------------------------------------------------------------------------------------

    def make_certificates(self):
        self.stage.chapter("Certificates", "One CA signs three pairs: the gate's toward clients, the aggregators', and the "
                           "gate's own toward the aggregators.")
        self.stage.type_in(["cd", str(self.folder)])
        code, _ = self.stage.command(["portcullis", "certs", "make", "--dir", "certs", "--key", "ecdsa:P-256"])
        self.stage.promise("a CA, and pairs with names, the right usage and private keys for their owner only", code == 0)

    def start_servers(self):
        self.stage.chapter("Two MariaDB servers", "They are the aggregators, on loopback with TLS. Their accounts REQUIRE X509: "
                           "only a certificate of this CA may log in, and only the gate has one.")
        authority = type("Made", (), {"ca": self.certs / "ca-cert.pem"})
        pair = Pair(self.certs / "aggregator-cert.pem", self.certs / "aggregator-key.pem")
        self.servers = [MariaDb(self.scratch, authority, pair) for _ in range(2)]
        for server in self.servers:
            self.children.append(server)
            server.start()
            version, = server.sql("SELECT @@version")[0]
            self.stage.lines([f"{server.address}  {version}"])
        self.stage.lines(["SHOW GRANTS FOR app@'%':  " + self.servers[0].sql("SHOW GRANTS FOR app@'%'")[0][0].split(" IDENT")[0]
                          + " … REQUIRE X509"])

    def start_gate(self):
        self.stage.chapter("The gate", "Clients must use TLS; toward the aggregators it is mutual TLS, verified by name.")
        self.gate = DemoGate(self.folder, free_port(), *self.servers)
        self.stage.lines(self.gate.config_file.read_text().splitlines())
        print()
        self.children.append(self.gate)
        code, _ = self.stage.command(["portcullis", "check", "--config", "portcullis.toml"])
        print()
        self.stage.type_in(["portcullis", "run", "--config", "portcullis.toml", "&"])
        self.gate.start()
        self.stage.lines(self.gate.text().splitlines())
        self.stage.promise("the configuration is sound and the gate is ready", code == 0)

    # --- what it promises --------------------------------------------------------------------------------------------------

    def show_login(self):
        self.stage.chapter("A login through the gate", "Oracle's client, which verifies the gate's certificate with the CA.")
        code, out = self.stage.command(
            self.client("--ssl-ca=certs/ca-cert.pem", "--ssl-mode=VERIFY_CA", "--commands", "-e", "status"), "app-pw",
            keep="Connection id|Current user|SSL|Server version|TCP port")
        version, = self.servers[0].sql("SELECT @@version")[0]
        self.stage.promise("encrypted from the client to the gate, with the cluster's version shown",
                           code == 0 and "Cipher in use is TLS_" in out and version in out)
        code, out = self.stage.command(
            self.client("--ssl-ca=certs/ca-cert.pem", "--ssl-mode=VERIFY_CA", "--table", "-e",
                        'SHOW STATUS LIKE "Ssl_version"'), "app-pw")
        self.stage.promise("encrypted from the gate to the aggregator too: this is what the aggregator says of its side",
                           code == 0 and "TLSv1.3" in out)

    def show_identity(self):
        self.stage.chapter("The gate's name is verified as well")
        code, _ = self.stage.command(
            self.client("--ssl-ca=certs/ca-cert.pem", "--ssl-mode=VERIFY_IDENTITY", "-e", "SELECT text FROM app.note"), "app-pw")
        self.stage.promise("VERIFY_IDENTITY accepts the certificate for the address that was dialled", code == 0)

    def show_plaintext_refused(self):
        self.stage.chapter("Without TLS nobody gets in", "The same user and password, unencrypted.")
        code, out = self.stage.command(self.client("--ssl-mode=DISABLED", "-e", "SELECT 1"), "app-pw")
        self.stage.promise("refused by the gate with 1045, like a wrong password; the cluster never heard of it",
                           code == 1 and "ERROR 1045 (28000)" in out)

    def show_old_tls_refused(self):
        self.stage.chapter("Old TLS is refused", "tls_version is \"TLSv1.2,TLSv1.3\"; this client offers TLS 1.1 and nothing else.")
        code, out = self.stage.command(["openssl", "s_client", "-starttls", "mysql", "-connect", f"127.0.0.1:{self.gate.port}",
                                        "-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"], keep="alert")
        self.log_of(phase="tls")
        self.stage.promise("the handshake fails with \"protocol version\"", code != 0 and "protocol version" in out)

    def show_wrong_ca_refused(self):
        self.stage.chapter("A gate that is not ours is refused by the client",
                           "The client trusts another CA: it does not send its password to somebody who merely answers.")
        self.stage.command(["portcullis", "certs", "make", "--dir", "other", "--only", "ca"], keep="ca-cert")
        code, out = self.stage.command(
            self.client("--ssl-ca=other/ca-cert.pem", "--ssl-mode=VERIFY_CA", "-e", "SELECT 1"), "app-pw")
        self.stage.promise("certificate verify failed", code == 1 and "certificate verify failed" in out)

    def show_no_way_past_the_gate(self):
        self.stage.chapter("There is no way past the gate", "Straight to an aggregator, with TLS and the right password.")
        code, out = self.stage.command(
            self.client("--ssl-ca=certs/ca-cert.pem", "--ssl-mode=VERIFY_CA", "-e", "SELECT 1", port=self.servers[0].port), "app-pw")
        self.stage.promise("refused by the aggregator: only the gate's certificate satisfies REQUIRE X509",
                           code == 1 and "ERROR 1045 (28000)" in out)

    def show_failover(self):
        first, second = self.servers
        self.stage.chapter("An aggregator dies", f"kill -9 of the server at {first.address}; then the next login.")
        ask = self.client("--ssl-ca=certs/ca-cert.pem", "--ssl-mode=VERIFY_CA", "--batch", "--skip-column-names", "-e", "SELECT @@port")
        before = self.stage.command(ask, "app-pw")
        first.kill()
        self.stage.type_in(["kill", "-9", str(first.child.pid)])
        after = self.stage.command(ask, "app-pw")
        self.stage.promise("the other one serves", before == (0, f"{first.port}\n") and after == (0, f"{second.port}\n"))

    def show_log(self):
        self.stage.chapter("The log", "One line for every session, whatever became of it; the last of them:")
        lines = self.gate.wait_for(8, msg="session closed")
        self.stage.lines(textwrap.wrap([line for line in self.gate.text().splitlines() if "session closed" in line][-1], WIDTH))
        self.stage.promise(f"{len(lines)} sessions, {len({line['id'] for line in lines})} lines", len(lines) == 8)

    def log_of(self, **fields):
        """The gate's own line about what was just seen."""
        self.gate.wait_for(**fields)
        line = [line for line in self.gate.text().splitlines() if "session closed" in line][-1]
        self.stage.lines(textwrap.wrap(f"log of the gate: {line}", WIDTH))

    # --- the end -----------------------------------------------------------------------------------------------------------------

    def stay(self):
        options = f"--host=127.0.0.1 --port={self.gate.port} --user=app --password=app-pw --ssl-ca={self.certs}/ca-cert.pem"
        print(f"\n{paint(1, 'The gate stays up. Try it from another terminal:')}\n")
        print(f"   {self.mysql} --no-defaults {options} --ssl-mode=VERIFY_CA\n")
        print(f"   mariadb --no-defaults {options} --ssl-verify-server-cert\n")
        print(f"   tail -f {self.gate.child.log_file}\n")
        print("Ctrl-C ends it and removes everything.", flush=True)
        while self.gate.child.running():
            time.sleep(0.5)

    def end(self):
        for child in reversed(self.children):
            if isinstance(child, Gate):
                if child.child:
                    child.finish()
            else:
                child.stop()


def told_to_end(*_):
    raise KeyboardInterrupt


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--once", action="store_true", help="show and check everything, then end")
    once = arguments.parse_args().once
    signal.signal(signal.SIGTERM, told_to_end)
    scratch = Scratch()
    demo = None
    try:
        demo = Demo(scratch)
        kept = demo.run()
        if not once:
            demo.stay()
    except KeyboardInterrupt:
        kept = not once
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        if demo:
            demo.end()
        scratch.remove()
    if demo.stage.broken:
        print(f"\n{paint(31, f'{len(demo.stage.broken)} promises were not kept.')}")
    elif once:
        print(f"\n{paint(32, 'Every promise was kept.')}")
    return 0 if kept and not demo.stage.broken else 1


if __name__ == "__main__":
    sys.exit(main())
