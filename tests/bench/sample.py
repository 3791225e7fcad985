"""A results file as a run of the benchmark writes it, with made-up figures that behave like real ones."""
import random

CIPHERS = {"AES-128-GCM": 0.86, "AES-256-GCM": 0.93, "ChaCha20-Poly1305": 1.24}
CERTIFICATES = {"RSA-2048": 900, "RSA-3072": 2700, "ECDSA P-256": 250}
LEGS = {"client": 0.5, "aggregator": 0.5, "both": 1.0}
PEERS = {"portcullis": 1.0, "HAProxy 2.6": 1.75, "HAProxy 2.6 (tuned)": 1.33, "HAProxy 3.2": 1.52,
         "nginx stream": 1.61, "stunnel": 2.4, "MySQL Router 9.7": 2.1}


class Sample:
    def __init__(self, runs=5, seed=1):
        self.random = random.Random(seed)
        self.runs = runs
        self.rows = []

    def _noise(self):
        return self.random.uniform(0.95, 1.08)

    def _row(self, run, **traits):
        self.rows.append(traits | {"runs": [run() for _ in range(self.runs)]})

    def counted(self, cpu_us, latency_us, **traits):
        """Queries or logins that cost so much CPU and take so long."""
        def run():
            noise = self._noise()
            rate = traits.get("clients", 16) / (latency_us * noise) * 1e6
            p50 = latency_us * noise
            return {"operations": int(rate), "bytes": int(rate * 170), "seconds": 1.0,
                    "cpu_seconds": int(rate) * cpu_us * noise / 1e6, "p50_us": p50, "p99_us": p50 * 2.3 * self._noise(),
                    "p999_us": p50 * 5.1 * self._noise()}
        self._row(run, **traits)

    def bulk(self, cpu_s_per_gb, **traits):
        def run():
            moved = int(1.1e9 / cpu_s_per_gb / self._noise())
            return {"operations": moved >> 23, "bytes": moved, "seconds": 1.0,
                    "cpu_seconds": moved * cpu_s_per_gb * self._noise() / 1e9}
        self._row(run, **traits)

    def matrix(self):
        same = {"section": "matrix", "endpoint": "portcullis", "clients": 16, "reuse": False}
        plain = same | {"leg": "none", "tls": "plaintext"}
        self.counted(14, 210, workload="queries", **plain)
        self.counted(160, 900, workload="handshakes", **plain)
        self.bulk(0.42, workload="download", **plain)
        self.bulk(0.40, workload="upload", **plain)
        for clients in (1, 4, 64):
            waits = 60 + 9 * clients
            self.counted(14, waits, workload="queries", **plain | {"clients": clients})
            self.counted(21, waits * 1.22, workload="queries", **same | {
                "leg": "both", "tls": "TLSv1.3", "cipher": "AES-256-GCM", "certificate": "ECDSA P-256", "resumed": False,
                "clients": clients})
        for version in ("TLSv1.2", "TLSv1.3"):
            for leg, share in LEGS.items():
                for cipher, cost in CIPHERS.items():
                    tls = same | {"leg": leg, "tls": version, "cipher": cipher, "certificate": "ECDSA P-256",
                                  "resumed": False}
                    self.counted(14 + 7 * share * cost, 210 + 40 * share * cost, workload="queries", **tls)
                    self.bulk(0.42 + 0.8 * share * cost, workload="download", **tls)
                    self.bulk(0.40 + 0.8 * share * cost, workload="upload", **tls)
                for certificate, cost in CERTIFICATES.items():
                    for resumed in (False, True):
                        spent = 160 + share * (90 if resumed else 200 + cost)
                        self.counted(spent, 900 + 2.2 * spent, workload="handshakes", **same | {
                            "leg": leg, "tls": version, "cipher": "AES-256-GCM", "certificate": certificate,
                            "resumed": resumed})
        return self

    def peers(self):
        tls = {"section": "peers", "leg": "both", "tls": "TLSv1.3", "cipher": "AES-256-GCM",
               "certificate": "ECDSA P-256", "resumed": False}
        for endpoint, factor in PEERS.items():
            row = tls | {"endpoint": endpoint}
            self.bulk(1.16 * factor, workload="download", clients=4, **row)
            for clients, latency in ((1, 95), (16, 240)):
                self.counted(21 * factor, latency * factor ** 0.5, workload="queries", clients=clients, **row)
            self.counted(640 * factor ** 0.6, 2400 * factor ** 0.5, workload="handshakes", clients=16, reuse=False, **row)
            if endpoint == "portcullis":
                self.counted(310, 1300, workload="handshakes", clients=16, reuse=True, **row)
        direct = {"section": "direct", "workload": "handshakes", "tls": "TLSv1.3", "clients": 16}
        self.counted(300, 1900, endpoint="MariaDB through Portcullis", reuse=True, certificate="ECDSA P-256", **direct)
        self.counted(900, 2600, endpoint="MariaDB itself", certificate="RSA-2048", **direct)
        return self

    def idle(self):
        for endpoint, kib in (("portcullis", 33.1), ("HAProxy 2.6", 45.7)):
            self._row(lambda kib=kib: {"operations": 0, "bytes": 0, "seconds": 10.0, "cpu_seconds": 0.04 * self._noise(),
                                       "memory_kib_per_session": kib * self._noise()},
                      section="idle", workload="idle", endpoint=endpoint, leg="both", tls="TLSv1.3", clients=9000)
        return self

    def results(self, **changes):
        return {
            "title": "Portcullis: what TLS costs", "command": "./dev bench --full", "started": "2026-11-22T14:30:00+00:00",
            "seconds": 611.4, "complete": True,
            "machine": {"cpu": "Intel Xeon Platinum 8481C", "cores": 2, "memory_gib": 24, "kernel": "6.1.0-28-cloud-amd64",
                        "aes_ni": True},
            "versions": {"portcullis": "0.1.0", "openssl": "3.0.22", "haproxy": "2.6.12", "nginx": "1.22.1",
                         "stunnel": "5.68", "mysqlrouter": "9.7.0", "mariadb": "10.11.19"},
            "floor": {"AES-256-GCM": 0.92, "AES-128-GCM": 0.86, "ChaCha20-Poly1305": 1.23},
            "rows": self.rows,
            "targets": [
                {"what": "bulk: CPU s per GB against HAProxy tuned", "value": 0.752, "limit": 0.85, "sense": "<=", "met": True},
                {"what": "handshakes per CPU second against HAProxy, reuse on", "value": 1.81, "limit": 2.0, "sense": ">=",
                 "met": False}],
        } | changes


def full(**changes):
    return Sample().matrix().peers().idle().results(**changes)
