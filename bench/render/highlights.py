"""The few numbers of a run that stand at the top of its report: (what, number, in detail)."""
from render.figures import overhead, plaintext_of
from render.numbers import NOTHING, number, percent
from render.sentences import chosen, targets_met


def _added(rows):
    for workload, what in (("queries", "CPU per query"), ("download", "CPU per GB down"), ("upload", "CPU per GB up"),
                           ("handshakes", "CPU per full login")):
        row = chosen(rows, workload)
        base = plaintext_of(row, rows) if row else None
        change = overhead(row, base, "cpu") if row else None
        if change is not None:
            unit = row.metric("cpu").unit.split()[1]
            yield what, percent(change), f"{number(row.median('cpu'))} {unit} with TLS, " \
                                         f"{number(base.median('cpu'))} {unit} in plaintext"


def highlights(results, rows):
    out = list(_added(rows))
    for row in rows:
        if row.workload == "idle" and row.is_ours and not row.is_plaintext and row.median("memory") is not None:
            clients = row.traits.get("clients")
            held = f"{clients:,} sessions held" if isinstance(clients, int) else ""
            out.append(("Memory per idle session", f"{number(row.median('memory'))} KiB", held))
            break
    met, asked = targets_met(results)
    if asked:
        out.append(("Targets met", f"{met} of {asked}", "" if met == asked else "what was missed is listed below"))
    return [(what, figure, detail) for what, figure, detail in out if figure != NOTHING]
