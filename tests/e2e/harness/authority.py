"""Certificates by the plain openssl recipe, as the database manuals tell it: independent of the gate's own `certs`.

What `portcullis certs` makes has tests of its own; everything else uses these, so that one mistake does not hide another.
"""
import dataclasses
import itertools
import pathlib
import subprocess

_CONFIG = """
[ca]
default_ca = ours
[ours]
dir = {folder}
database = $dir/index
serial = $dir/serial
crlnumber = $dir/crlnumber
certificate = $dir/ca-cert.pem
private_key = $dir/ca-key.pem
new_certs_dir = $dir/issued
default_md = sha256
default_days = 90
default_crl_days = 90
unique_subject = no
policy = anything
email_in_dn = no
[anything]
countryName = optional
organizationName = optional
organizationalUnitName = optional
commonName = supplied
emailAddress = optional
"""

_server = "extendedKeyUsage=serverAuth,clientAuth\nkeyUsage=critical,digitalSignature,keyEncipherment\n"
_authority = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n"


def openssl(*words):
    done = subprocess.run(["openssl", *map(str, words)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {' '.join(map(str, words))}: {done.stderr}")
    return done.stdout


@dataclasses.dataclass(frozen=True)
class Pair:
    """A certificate (with its chain, if it has one) and its key."""
    cert: pathlib.Path
    key: pathlib.Path


def _make_key(path, kind):
    if kind == "rsa":
        openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", path)
    else:
        openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", path)
    path.chmod(0o600)


class Authority:
    """A CA in a folder of its own."""

    def __init__(self, folder, name="Test CA", key="ec", issuer=None):
        self.folder = folder
        self.issuer = issuer
        (folder / "issued").mkdir()
        (folder / "index").touch()
        (folder / "serial").write_text("1000\n")
        (folder / "crlnumber").write_text("01\n")
        (folder / "openssl.cnf").write_text(_CONFIG.format(folder=folder))
        self.ca = folder / "ca-cert.pem"
        self._numbers = itertools.count(1)
        key_file = folder / "ca-key.pem"
        if issuer:
            pair = issuer.issue("authority", subject=f"/O=Portcullis tests/CN={name}", key=key, extensions=_authority)
            pair.cert.rename(self.ca)
            pair.key.rename(key_file)
        else:
            _make_key(key_file, key)
            openssl("req", "-x509", "-new", "-key", key_file, "-days", "90", "-subj", f"/O=Portcullis tests/CN={name}",
                    "-addext", "keyUsage=critical,keyCertSign,cRLSign", "-out", self.ca)

    def intermediate(self, folder, name="Test intermediate CA"):
        return Authority(folder, name, issuer=self)

    def issue(self, name, subject=None, names="DNS:localhost,IP:127.0.0.1,IP:::1", key="ec", extensions=None, dates=None):
        """A pair signed by this CA. names: subjectAltName, or None. dates: (from, until) as YYMMDDHHMMSSZ."""
        number = next(self._numbers)
        pair = Pair(self.folder / f"{name}-{number}-cert.pem", self.folder / f"{name}-{number}-key.pem")
        request = self.folder / f"{name}-{number}.csr"
        _make_key(pair.key, key)
        openssl("req", "-new", "-key", pair.key, "-subj", subject or f"/O=Portcullis tests/CN={name}", "-out", request)
        if extensions is None:
            extensions = _server + (f"subjectAltName={names}\n" if names else "")
        extension_file = request.with_suffix(".ext")
        extension_file.write_text(extensions)
        validity = ["-startdate", dates[0], "-enddate", dates[1]] if dates else ["-days", "90"]
        openssl("ca", "-batch", "-notext", "-config", self.folder / "openssl.cnf", "-in", request, "-out", pair.cert,
                "-extfile", extension_file, *validity)
        if self.issuer:
            self._append_chain(pair.cert)
        return pair

    def _append_chain(self, cert):
        authority = self
        while authority.issuer:
            cert.write_text(cert.read_text() + authority.ca.read_text())
            authority = authority.issuer

    def issue_by_the_old_recipe(self, name, key="rsa"):
        """X.509 version 1: no extensions, so no names and no key usage; `openssl x509 -req` of every MySQL manual."""
        number = next(self._numbers)
        pair = Pair(self.folder / f"{name}-{number}-cert.pem", self.folder / f"{name}-{number}-key.pem")
        request = self.folder / f"{name}-{number}.csr"
        _make_key(pair.key, key)
        openssl("req", "-new", "-key", pair.key, "-subj", f"/CN={name}", "-out", request)
        openssl("x509", "-req", "-in", request, "-days", "90", "-CA", self.ca, "-CAkey", self.folder / "ca-key.pem",
                "-set_serial", str(4096 + number), "-out", pair.cert)
        return pair

    def revoke(self, *pairs):
        """Revokes and returns a new revocation list."""
        for pair in pairs:
            openssl("ca", "-batch", "-config", self.folder / "openssl.cnf", "-revoke", pair.cert)
        crl = self.folder / f"crl-{next(self._numbers)}.pem"
        openssl("ca", "-gencrl", "-config", self.folder / "openssl.cnf", "-out", crl)
        return crl
