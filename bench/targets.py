"""What the gate must reach, as ratios of medians from one run."""
import statistics


def _figure(run, name):
    if name == "cpu_per_gb":
        return run["cpu_seconds"] / (run["bytes"] / 1e9)
    if name == "cpu_per_operation":
        return run["cpu_seconds"] / run["operations"]
    if name == "per_cpu_second":
        return run["operations"] / run["cpu_seconds"]
    if name == "per_second":
        return run["operations"] / run["seconds"]
    return run[name]


def of(results):
    """The list of targets with what was reached; those whose rows are missing are left out."""
    rows = {(row["workload"], row.get("clients"), row["endpoint"]): row["runs"] for row in results["rows"]}
    found = []

    def median(workload, clients, endpoint, figure):
        runs = rows.get((workload, clients, endpoint))
        return statistics.median(_figure(run, figure) for run in runs) if runs else None

    def target(what, value, sense, limit):
        met = value <= limit if sense == "<=" else value >= limit
        found.append({"what": what, "value": round(value, 3), "sense": sense, "limit": limit, "met": met})

    def ratio(what, workload, clients, figure, peer, sense, limit, ours="portcullis"):
        mine, theirs = median(workload, clients, ours, figure), median(workload, clients, peer, figure)
        if mine is not None and theirs:
            target(f"{what}: {ours} / {peer}", mine / theirs, sense, limit)

    tuned = [name for workload, clients, name in rows if workload == "download" and name.startswith("HAProxy 2.6")]
    for workload in ("download", "upload"):
        ratio(f"{workload}, CPU per GB", workload, 4, "cpu_per_gb", "HAProxy 2.6", "<=", 0.65)
        if tuned:
            best = min(tuned, key=lambda name, load=workload: median(load, 4, name, "cpu_per_gb"))
            ratio(f"{workload}, CPU per GB, HAProxy tuned", workload, 4, "cpu_per_gb", best, "<=", 0.85)
        mine, floor = median(workload, 4, "portcullis", "cpu_per_gb"), results.get("floor", {}).get("AES-256-GCM")
        if mine is not None and floor:
            target(f"{workload}, CPU per GB: portcullis / floor", mine / floor, "<=", 1.35)
        for peer in ("HAProxy 3.2", "MySQL Router 9.7"):
            ratio(f"{workload}, CPU per GB", workload, 4, "cpu_per_gb", peer, "<=", 1.0)
    ratio("query at 16 clients, CPU", "queries", 16, "cpu_per_operation", "HAProxy 2.6", "<=", 0.8)
    for peer in ("HAProxy 3.2", "MySQL Router 9.7"):
        ratio("query at 16 clients, CPU", "queries", 16, "cpu_per_operation", peer, "<=", 1.0)
    for clients in (1, 16):
        for name, figure in (("p50", "p50_us"), ("p99", "p99_us")):
            for peer, limit in (("HAProxy 2.6", 0.9), ("HAProxy 3.2", 1.0), ("MySQL Router 9.7", 1.0)):
                ratio(f"query at {clients} clients, {name}", "queries", clients, figure, peer, "<=", limit)
    ratio("logins per CPU second", "handshakes", 16, "per_cpu_second", "HAProxy 2.6", ">=", 1.3)
    ratio("logins per CPU second", "handshakes", 16, "per_cpu_second", "HAProxy 2.6", ">=", 2.0, "portcullis, reuse on")
    for peer in ("HAProxy 3.2", "MySQL Router 9.7"):
        ratio("logins per CPU second", "handshakes", 16, "per_cpu_second", peer, ">=", 1.0)
    ratio("logins per second", "handshakes", 16, "per_second", "MariaDB, no proxy", ">=", 1.2, "MariaDB through portcullis, reuse on")
    memory = [row for row in results["rows"] if row["workload"] == "idle" and row["endpoint"] == "portcullis"]
    if memory:
        target("KiB per idle session", statistics.median(run["memory_kib_per_session"] for run in memory[0]["runs"]), "<=", 36)
    return found
