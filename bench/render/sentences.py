"""What a run says, in plain sentences: the costs of TLS, the peers, the targets. Every number is computed from the run;
what was not measured is not spoken of.
"""
from render.figures import best_match, overhead, plaintext_of, ratio
from render.limits import said_of_limits
from render.numbers import number, percent

LIKED = {"leg": "both", "tls": "TLSv1.3", "cipher": "AES-256-GCM", "certificate": "ECDSA P-256", "resumed": False,
         "reuse": False, "clients": 16}


class _Wish:
    """Something to match rows with, as if it were one."""

    def __init__(self, **traits):
        self.traits = LIKED | traits


def chosen(rows, workload, alike=("tls",), section="matrix", **traits):
    """The TLS row of ours that is spoken of for a workload: the nearest to TLS 1.3 with AES-256-GCM on both legs."""
    candidates = [each for each in rows if each.section == section and each.workload == workload and
                  not each.is_plaintext and each.is_ours]
    wish = _Wish(**traits)
    return best_match(wish, candidates, alike) or (best_match(wish, candidates, ()) if alike == ("tls",) else None)


def _how(row):
    """TLS on both legs (TLSv1.3, AES-256-GCM)."""
    leg = row.traits.get("leg")
    where = "TLS on both legs" if leg == "both" else f"TLS on the {leg} leg" if leg else "TLS"
    names = ("tls", "cipher", "certificate") if row.workload == "handshakes" else ("tls", "cipher")
    known = [str(row.traits[name]) for name in names if row.traits.get(name)]
    return f"{where} ({', '.join(known)})" if known else where


def _change(row, rows, name):
    return overhead(row, plaintext_of(row, rows), name)


def _cost(row, rows, what):
    """What TLS adds to the gate's CPU and takes from the rate, for one workload."""
    base = plaintext_of(row, rows)
    cpu, plain = row.median("cpu"), base.median("cpu") if base else None
    if cpu is None or not plain:
        return None
    unit = row.metric("cpu").unit.split()[1]
    text = f"{what} takes {number(cpu)} {unit} of the gate's CPU with {_how(row)} instead of {number(plain)} {unit} in " \
           f"plaintext: {percent(_change(row, rows, 'cpu'))}."
    rate = row.metrics[0]
    speed = _change(row, rows, rate.name)
    if speed is None:
        return text
    clients = row.traits.get("clients", 0)
    who = f"{clients:,} clients get" if isinstance(clients, int) and clients > 1 else "A client gets"
    return f"{text} {who} {number(row.median(rate.name))} {rate.unit} instead of {number(base.median(rate.name))} " \
           f"({percent(speed)})."


def _legs(rows, workload, what):
    """Which leg costs how much."""
    both = chosen(rows, workload)
    if both is None or both.traits.get("leg") != "both":
        return None
    traits = {name: both.traits.get(name) for name in LIKED}
    parts = []
    for leg in ("client", "aggregator"):
        row = chosen(rows, workload, ("leg", "tls", "cipher", "clients"), **(traits | {"leg": leg}))
        change = _change(row, rows, "cpu") if row else None
        if change is not None:
            parts.append(f"{percent(change)} on the {leg} leg alone")
    return f"{what} costs {' and '.join(parts)}." if len(parts) == 2 else None


def _ciphers(rows):
    """The cheapest and the dearest cipher for bulk."""
    like = chosen(rows, "download")
    if like is None:
        return None
    same = [each for each in rows if each.section == "matrix" and each.workload == "download" and each.is_ours and
            all(each.traits.get(name) == like.traits.get(name) for name in ("leg", "tls", "certificate", "resumed"))]
    costs = sorted((each.median("cpu"), each.traits["cipher"]) for each in same
                   if each.traits.get("cipher") and each.median("cpu"))
    if len({name for _, name in costs}) < 2:
        return None
    (least, cheap), (most, dear) = costs[0], costs[-1]
    return f"For bulk, {cheap} is the cheapest cipher on this machine; {dear} takes {percent((most / least - 1) * 100)} " \
           f"CPU on top of it."


def _logins(rows):
    """What a resumed handshake and another certificate make of a login."""
    full = chosen(rows, "handshakes", ("tls", "resumed"))
    resumed = chosen(rows, "handshakes", ("tls", "leg", "resumed"), **{
        **({name: full.traits.get(name) for name in LIKED} if full else {}), "resumed": True})
    saved = ratio(resumed.median("cpu"), full.median("cpu")) if full and resumed else None
    if saved is None:
        return None
    return f"Resuming sessions brings that login from {number(full.median('cpu'))} to " \
           f"{number(resumed.median('cpu'))} µs of CPU ({percent((saved - 1) * 100)})."


def _certificates(rows):
    """What another certificate makes of a full handshake."""
    full = chosen(rows, "handshakes", ("tls", "resumed"))
    if full is None:
        return None
    alike = [name for name in LIKED if name != "certificate"]
    parts = [f"{number(each.median('cpu'))} µs with {each.traits['certificate']}" for each in rows
             if each.section == "matrix" and each.workload == "handshakes" and each is not full and each.is_ours and
             each.median("cpu") and each.traits.get("certificate") and
             all(each.traits.get(name) == full.traits.get(name) for name in alike)]
    return f"With other certificates it is {' and '.join(parts)}." if parts else None


def _floor(results, rows):
    row = chosen(rows, "download")
    least = (results.get("floor") or {}).get(row.traits.get("cipher")) if row else None
    known = isinstance(least, (int, float)) and row.traits.get("leg") == "both"
    factor = ratio(row.median("cpu"), least) if known else None
    if factor is None:
        return None
    return f"A bare loop that only receives, decrypts, encrypts and sends needs {number(least)} s of CPU per GB; " \
           f"the gate needs {factor:.2f} times that."


def _memory(rows):
    for row in (each for each in rows if each.workload == "idle" and each.is_ours and not each.is_plaintext):
        if row.median("memory") is not None:
            return f"An idle session with {_how(row)} takes {number(row.median('memory'))} KiB."
    return None


def _peers(rows):
    """A sentence for each kind of work: how much CPU the gate takes for it, beside the best of the peers and the last."""
    of_peers = [each for each in rows if each.section == "peers" and not each.is_ours]
    for workload, reuse, what in (("download", False, "For the same download"), ("queries", False, "For the same query"),
                                  ("handshakes", False, "For the same login"),
                                  ("handshakes", True, "For the same login with reused connections")):
        ours = chosen(rows, workload, section="peers", reuse=reuse)
        if ours is None or bool(ours.traits.get("reuse")) != reuse:
            continue
        parts = []
        for endpoint in dict.fromkeys(each.endpoint for each in of_peers):
            peer = best_match(ours, [each for each in of_peers if each.workload == workload and
                                     each.endpoint == endpoint], ("clients",))
            factor = ratio(ours.median("cpu"), peer.median("cpu")) if peer else None
            if factor is not None:
                parts.append((factor, endpoint))
        if parts:
            parts.sort(reverse=True)
            rest = f", and {parts[-1][0]:.2f} of {parts[-1][1]}'s" if len(parts) > 1 else ""
            yield f"{what} the gate uses {parts[0][0]:.2f} of the CPU of {parts[0][1]}{rest}."


def targets_met(results):
    """(how many of them, of how many)."""
    targets = [each for each in results.get("targets") or [] if each.get("limit") is not None]
    return sum(bool(each.get("met")) for each in targets), len(targets)


def sentences(results, rows):
    """The summary."""
    out = []
    if not results.get("complete", True):
        out.append("The run was interrupted: this is what had been measured by then.")
    for workload, what in (("queries", "A query"), ("download", "A downloaded GB"), ("upload", "An uploaded GB"),
                           ("handshakes", "A login with a full handshake")):
        row = chosen(rows, workload)
        out.append(_cost(row, rows, what) if row else None)
    out += [_certificates(rows), _logins(rows), _legs(rows, "download", "For downloads, TLS"), _ciphers(rows),
            _floor(results, rows), _memory(rows), *_peers(rows), *said_of_limits(rows)]
    met, asked = targets_met(results)
    if asked:
        out.append(f"Of {asked} targets, {met} {'is' if met == 1 else 'are'} met.")
    said = [each for each in out if each]
    return said or ["Nothing was measured that says what TLS costs."]
