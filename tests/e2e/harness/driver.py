"""PyMySQL with the TLS context a test asks for."""
import ssl

import pymysql


def context(ca=None, versions=None, pair=None, ciphers=None, check_hostname=False, weak=False):
    """A client's TLS context: verifies with ca (without: nothing), offers versions (least, most)."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = check_hostname
    if ca:
        made.load_verify_locations(str(ca))
    else:
        made.verify_mode = ssl.CERT_NONE
    if weak:
        made.set_ciphers("ALL:@SECLEVEL=0")
    if ciphers:
        made.set_ciphers(ciphers)
    if versions:
        made.minimum_version, made.maximum_version = versions
    if pair:
        made.load_cert_chain(str(pair.cert), str(pair.key))
    return made


def connect(gate, tls=None, user="app", password=None, **options):
    """A PyMySQL connection. tls: an SSLContext; without it the connection is unencrypted."""
    options.setdefault("connect_timeout", 20)
    options.setdefault("read_timeout", 60)
    options.setdefault("port", gate.port)
    return pymysql.connect(host=gate.host.strip("[]"), user=user,
                           password=f"{user}-pw" if password is None else password, ssl=tls,
                           ssl_disabled=tls is None, autocommit=True, **options)


def value(connection, sql):
    """The first field of the first row."""
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]
