"""What is measured: the rows of the cipher matrix and of the comparison with other proxies.

A row is what the report shows, and under `_` what carries it out.
"""
import os

from endpoints import CERTIFICATES, CIPHERS, VERSIONS, Endpoint, installed, installed_haproxy, load_options

IDLE_SESSIONS = 1000
BULK = 8 * 1024 * 1024
REFERENCE = {"tls": "TLSv1.3", "cipher": "AES-256-GCM", "certificate": "ECDSA P-256"}


def workload_options(workload, clients):
    options = ["--workload", workload, "--clients", str(clients)]
    if workload == "handshakes":  # a TLS client's handshake costs as much as a server's
        options += ["--threads", str(os.cpu_count())]
    return options + (["--size", str(BULK)] if workload in ("download", "upload") else [])


def row(section, workload, endpoint, clients, options, **facts):
    return {"section": section, "workload": workload, "endpoint": endpoint.name, "clients": clients, **facts,
            "runs": [], "_endpoint": endpoint, "_options": [*endpoint.options, *workload_options(workload, clients), *options]}


# --- the matrix: what TLS costs on each leg ------------------------------------------------------------------------------

# At how many clients: enough that nobody waits for a single one.
CLIENTS = {"handshakes": 16, "queries": 16, "download": 4, "upload": 4}


def matrix_cells(size):
    """(workload, leg, version, cipher, certificate, resumed) of every row but plaintext. The cipher is felt behind the
    login, the certificate and resumption in it: the other combinations are measured by --full alone."""
    legs = ["both"] if size == "quick" else ["client", "aggregator", "both"]
    handshakes = [("handshakes", leg, version, cipher, certificate, resumed)
                  for leg in legs for version in (VERSIONS if size != "quick" else ["TLSv1.3"])
                  for cipher in (CIPHERS if size == "full" else ["AES-256-GCM"])
                  for certificate in CERTIFICATES for resumed in (False, True)]
    workloads = ["queries", "download"] if size == "quick" else ["queries", "download", "upload"]
    streams = [(workload, leg, version, cipher, "ECDSA P-256", False)
               for workload in workloads for leg in legs for version in VERSIONS for cipher in CIPHERS]
    return handshakes + streams


def matrix(house, size):
    cells = matrix_cells(size)
    workloads = list(dict.fromkeys(cell[0] for cell in cells))
    doors, places = [], {}
    plain_port, _ = house.aggregator("ECDSA P-256")
    for _, leg, version, cipher, certificate, resumed in cells:
        kind = (leg, version, cipher, certificate, resumed)
        if kind in places:
            continue
        places[kind] = len(doors)
        behind, _ = house.aggregator(certificate, resumed) if leg != "client" else (plain_port, 0)
        doors.append({"listener": house.listener_tls(certificate) if leg != "aggregator" else {},
                      "cluster": house.cluster_tls(certificate, version, cipher) if leg != "client" else {"ssl_mode": "DISABLED"},
                      "port": behind})
    doors.append({"listener": {}, "cluster": {"ssl_mode": "DISABLED"}, "port": plain_port})
    ports, gate = house.gate(doors)

    def endpoint(number, options):
        return Endpoint("portcullis", ["--port", str(ports[number]), *options], [gate])

    rows = [row("matrix", workload, endpoint(len(doors) - 1, ["--ssl-mode", "DISABLED"]), CLIENTS[workload], [],
                leg="none", tls="plaintext") for workload in workloads]
    for cell in cells:
        workload, leg, version, cipher, certificate, resumed = cell
        options = ["--ssl-mode", "DISABLED"]
        if leg != "aggregator":
            options = ["--ssl-mode", "VERIFY_CA", "--ssl-ca", house.pki.file(certificate, "ca-cert"),
                       *load_options(version, cipher), *([] if resumed else ["--no-resumption"])]
        facts = {"leg": leg, "tls": version, "cipher": cipher}
        if workload == "handshakes":
            facts.update(certificate=certificate, resumed=resumed)
        rows.append(row("matrix", workload, endpoint(places[cell[1:]], options), CLIENTS[workload], [], **facts))
    return rows


# --- the comparison ------------------------------------------------------------------------------------------------------

PEER_LOADS = [("queries", 1), ("queries", 16), ("download", 4), ("upload", 4), ("handshakes", 16)]


def peer_starters(house, programs):
    """Everybody who can be had here, on the same bytes, cipher and certificates: name -> a function that starts it and
    returns its endpoint. And the names of those who cannot be had."""
    certificate, version, cipher = REFERENCE["certificate"], REFERENCE["tls"], REFERENCE["cipher"]
    tls = ["--ssl-mode", "VERIFY_CA", "--ssl-ca", house.pki.file(certificate, "ca-cert"), *load_options(version, cipher),
           "--no-resumption"]
    door = {"listener": house.listener_tls(certificate), "cluster": house.cluster_tls(certificate, version, cipher),
            "port": house.aggregator(certificate)[0]}
    starters, missing = {}, []

    def offer(name, start, *more):
        def begin():
            port, child = start()
            return Endpoint(name, ["--port", str(port), *tls, *more], [child])
        starters[name] = begin

    def gate(**cluster):
        ports, child = house.gate([{**door, "cluster": {**door["cluster"], **cluster}}])
        return ports[0], child

    offer("portcullis", gate)
    offer("portcullis, reuse on", lambda: gate(reuse="change_user"))
    haproxy = installed_haproxy()
    for kib in (None, 32, 64, 128):  # its default is 16 KiB
        if haproxy:
            offer(haproxy + (f", bufsize {kib} KiB" if kib else ""),
                  lambda kib=kib: house.haproxy(installed("haproxy"), certificate, cipher, kib and kib * 1024), "--tls-first")
    others = [("HAProxy 3.2", programs.get("haproxy32"), lambda: house.haproxy(programs["haproxy32"], certificate, cipher), True),
              ("nginx stream", installed("nginx"), lambda: house.nginx(certificate, cipher), True),
              ("stunnel", installed("stunnel4"), lambda: house.stunnel(certificate, cipher), True),
              ("MySQL Router 9.7", programs.get("router"), lambda: house.router(programs["router"], certificate, cipher), False)]
    for name, program, start, tls_first in others:
        if program:
            offer(name, start, *(["--tls-first"] if tls_first else []))
        else:
            missing.append(name)
    return starters, missing


def peers(house, programs):
    starters, missing = peer_starters(house, programs)
    found = [start() for start in starters.values()]
    certificate = REFERENCE["certificate"]
    direct = Endpoint("no proxy", [
        "--port", str(house.aggregator(certificate)[0]), "--ssl-mode", "VERIFY_CA", "--ssl-ca",
        house.pki.file(certificate, "ca-cert"), *load_options(REFERENCE["tls"], REFERENCE["cipher"]), "--no-resumption",
        "--ssl-cert", house.pki.file(certificate, "client-cert"), "--ssl-key", house.pki.file(certificate, "client-key")])
    facts = {"leg": "both", **REFERENCE, "resumed": False}
    rows = []
    for workload, clients in PEER_LOADS:
        rows += [row("peers", workload, each, clients, [], **facts, reuse="reuse on" in each.name) for each in found]
        rows.append(row("direct", workload, direct, clients, [], **facts))
    rows += idle(starters, facts)
    rows += mariadb_logins(house, programs)
    return rows, missing


def idle(starters, facts):
    """Memory of sessions that wait, each time of a fresh process."""
    rows = []
    for name, start in starters.items():
        if "bufsize" in name or "reuse" in name:
            continue
        one = row("idle", "idle", Endpoint(name, []), IDLE_SESSIONS, [], **facts)
        one["_start"] = start
        rows.append(one)
    return rows


def mariadb_logins(house, programs):
    """Logins with one query, straight to a real server with the certificate that servers have, and through the gate."""
    if not programs.get("mariadb"):
        return []
    server = house.mariadb("RSA-2048")
    gate_certificate = REFERENCE["certificate"]
    tls = ["--user", "bench", *load_options(REFERENCE["tls"], REFERENCE["cipher"]), "--no-resumption", "--ssl-mode", "VERIFY_CA"]
    straight = Endpoint("MariaDB, no proxy", ["--port", str(server.port), *tls, "--ssl-ca", house.pki.file("RSA-2048", "ca-cert")],
                        [server.child])
    facts = {"tls": REFERENCE["tls"], "cipher": REFERENCE["cipher"], "resumed": False}
    rows = [row("direct", "handshakes", straight, 16, [], leg="both", certificate="RSA-2048", **facts)]
    for reuse in (False, True):
        cluster = house.cluster_tls("RSA-2048", REFERENCE["tls"], REFERENCE["cipher"])
        ports, gate = house.gate([{"listener": house.listener_tls(gate_certificate), "port": server.port,
                                   "cluster": {**cluster, **({"reuse": "change_user"} if reuse else {})}}])
        through = Endpoint("MariaDB through portcullis" + (", reuse on" if reuse else ""),
                           ["--port", str(ports[0]), *tls, "--ssl-ca", house.pki.file(gate_certificate, "ca-cert")],
                           [gate, server.child])
        rows.append(row("direct", "handshakes", through, 16, [], leg="both", certificate=gate_certificate, reuse=reuse, **facts))
    return rows
