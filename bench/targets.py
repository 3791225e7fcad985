"""What the gate must reach, as ratios of medians from one run."""
from render import figures
from render.figures import CPU_PER_GB, CPU_PER_OPERATION, MEMORY, P50, P99, RATE, Metric

PER_CPU_SECOND = Metric("per CPU second", "operations per CPU second", lambda run: run["operations"] / run["cpu_seconds"])


def of(results):
    """The list of targets with what was reached; those whose rows are missing are left out."""
    rows = {(row["workload"], row.get("clients"), row["endpoint"]): row["runs"] for row in results["rows"]}
    found = []

    def median(workload, clients, endpoint, figure):
        return figures.median(rows.get((workload, clients, endpoint)), figure)

    def target(what, value, sense, limit):
        met = value <= limit if sense == "<=" else value >= limit
        found.append({"what": what, "value": round(value, 3), "sense": sense, "limit": limit, "met": met})

    def ratio(what, workload, clients, figure, peer, sense, limit, ours="portcullis"):
        mine, theirs = median(workload, clients, ours, figure), median(workload, clients, peer, figure)
        if mine is not None and theirs:
            target(f"{what}: {ours} / {peer}", mine / theirs, sense, limit)

    # Debian's own, whichever that is, beside the 3.2 that is asked for by name.
    haproxy = next((name for _, _, name in rows if name.startswith("HAProxy") and name != "HAProxy 3.2"), "HAProxy 2.6").split(",")[0]
    tuned = [name for workload, clients, name in rows if workload == "download" and name.startswith(haproxy)]
    for workload in ("download", "upload"):
        ratio(f"{workload}, CPU per GB", workload, 4, CPU_PER_GB, haproxy, "<=", 0.65)
        known = {name: cost for name in tuned if (cost := median(workload, 4, name, CPU_PER_GB)) is not None}
        if known:
            best = min(known, key=known.get)
            ratio(f"{workload}, CPU per GB, HAProxy tuned", workload, 4, CPU_PER_GB, best, "<=", 0.85)
        mine, floor = median(workload, 4, "portcullis", CPU_PER_GB), results.get("floor", {}).get("AES-256-GCM")
        if mine is not None and floor:
            target(f"{workload}, CPU per GB: portcullis / floor", mine / floor, "<=", 1.35)
        for peer in ("HAProxy 3.2", "MySQL Router 9.7"):
            ratio(f"{workload}, CPU per GB", workload, 4, CPU_PER_GB, peer, "<=", 1.0)
    ratio("query at 16 clients, CPU", "queries", 16, CPU_PER_OPERATION, haproxy, "<=", 0.8)
    for peer in ("HAProxy 3.2", "MySQL Router 9.7"):
        ratio("query at 16 clients, CPU", "queries", 16, CPU_PER_OPERATION, peer, "<=", 1.0)
    for clients in (1, 16):
        for name, figure in (("p50", P50), ("p99", P99)):
            for peer, limit in ((haproxy, 0.9), ("HAProxy 3.2", 1.0), ("MySQL Router 9.7", 1.0)):
                ratio(f"query at {clients} clients, {name}", "queries", clients, figure, peer, "<=", limit)
    ratio("logins per CPU second", "handshakes", 16, PER_CPU_SECOND, haproxy, ">=", 1.3)
    ratio("logins per CPU second", "handshakes", 16, PER_CPU_SECOND, haproxy, ">=", 2.0, "portcullis, reuse on")
    for peer in ("HAProxy 3.2", "MySQL Router 9.7"):
        ratio("logins per CPU second", "handshakes", 16, PER_CPU_SECOND, peer, ">=", 1.0)
    ratio("logins per second", "handshakes", 16, RATE, "MariaDB, no proxy", ">=", 1.2, "MariaDB through portcullis, reuse on")
    sessions = next((clients for workload, clients, _ in rows if workload == "idle"), None)
    mine = median("idle", sessions, "portcullis", MEMORY)
    if mine is not None:
        target("KiB per idle session", mine, "<=", 36)
    for peer in ("HAProxy 3.2", "MySQL Router 9.7"):
        ratio("KiB per idle session", "idle", sessions, MEMORY, peer, "<=", 1.0)
    return found
