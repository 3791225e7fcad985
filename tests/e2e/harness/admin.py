"""The administration interface as a program sees it: over its unix socket, over HTTP, over HTTPS."""
import http.client
import json
import re
import secrets
import socket
import ssl

_SAMPLE = re.compile(r"^(\w+)(?:\{(.*)\})? (\S+)$")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout):
        super().__init__("localhost", timeout=timeout)
        self._path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class Reply:
    def __init__(self, response):
        self.status = response.status
        self.headers = dict(response.getheaders())
        self.text = response.read().decode()

    @property
    def json(self):
        return json.loads(self.text)

    @property
    def error(self):
        return self.json["error"]


class Admin:
    """Of a gate: over the socket of its configuration, or at an address, with a token or without."""

    def __init__(self, gate, address=None, token=None, ca=None, timeout=20):
        self._socket = gate.folder / gate.config["admin"]["socket"]
        self._address, self._token, self._timeout = address, token, timeout
        self._tls = ssl.create_default_context(cafile=str(ca)) if ca else None

    def connection(self):
        if not self._address:
            return _UnixConnection(self._socket, self._timeout)
        if self._tls:
            return http.client.HTTPSConnection(self._address, timeout=self._timeout, context=self._tls)
        return http.client.HTTPConnection(self._address, timeout=self._timeout)

    def ask(self, method, path, body=None, headers=None):
        sent = dict(headers or {})
        if self._token:
            sent["Authorization"] = f"Bearer {self._token}"
        if body is not None:
            sent["Content-Type"] = "application/json"
            body = json.dumps(body)
        connection = self.connection()
        try:
            connection.request(method, path, body, sent)
            return Reply(connection.getresponse())
        finally:
            connection.close()

    def get(self, path, **options):
        return self.ask("GET", path, **options)

    def post(self, path, body=None, **options):
        return self.ask("POST", path, body, **options)

    def view(self, what):
        """The reply to GET /api/v1/WHAT."""
        reply = self.get(f"/api/v1/{what}")
        assert reply.status == 200, reply.text
        return reply.json

    def order(self, what, body=None):
        return self.post(f"/api/v1/{what}", body)

    def metric(self, name, **labels):
        """The sum of the samples of this name that have these labels."""
        found = [float(value) for each, has, value in samples(self.get("/metrics").text)
                 if each == name and labels.items() <= has.items()]
        assert found, f"no {name} with {labels}"
        return sum(found)


def samples(text):
    """(name, labels, value) of everything in Prometheus' text format."""
    for line in text.splitlines():
        if match := _SAMPLE.match(line):
            yield match[1], dict(_LABEL.findall(match[2] or "")), match[3]


def token_file(folder, *lines):
    """A file of tokens that its owner alone can read."""
    file = folder / "tokens"
    file.write_text("".join(f"{line}\n" for line in lines))
    file.chmod(0o600)
    return file


def new_token():
    return secrets.token_hex(32)
