"""What a run was: the machine, the versions, the command, the time it took."""
from render.numbers import duration, number


def interrupted(results):
    return not results.get("complete", True)


def facts(results):
    """(name, value) pairs, without those that the file does not know."""
    machine = results.get("machine") or {}
    described = [machine.get("cpu"),
                 f"{machine['cores']} cores" if machine.get("cores") else None,
                 f"{machine['memory_gib']} GiB" if machine.get("memory_gib") else None,
                 f"Linux {machine['kernel']}" if machine.get("kernel") else None,
                 {True: "with AES instructions", False: "without AES instructions"}.get(machine.get("aes_ni"))]
    known = [("command", results.get("command")),
             ("started", results.get("started")),
             ("took", duration(results["seconds"]) if results.get("seconds") else None),
             ("machine", ", ".join(str(each) for each in described if each)),
             ("versions", ", ".join(f"{name} {value}" for name, value in (results.get("versions") or {}).items())),
             ("floor", ", ".join(f"{name} {number(value)} CPU s per GB"
                                 for name, value in (results.get("floor") or {}).items()))]
    return [(name, str(value)) for name, value in known if value]
