"""Shows the answer to `kactl status` and `kactl plane` as text.

Rule: a function of the document; what the document does not have is left out, never guessed.
"""

from __future__ import annotations

from keepalived.annotations import Any
from keepalived.cli.tables import span, table

Document = dict[str, Any]

TAKEN = ("addresses_differed", "intervals_differed")
"""Counters of adverts that count although they differ from what we would say."""


def status_lines(answer: Document) -> list[str]:
    """Show everything."""
    processes = {name: part.get("process", {}) for name, part in answer.items()}
    lines = _daemon(answer.get("keepalived", {}), processes)
    if "vrrp" in answer:
        lines += ["", *_routers(answer["vrrp"])]
    if "bfd" in answer:
        lines += ["", *_sessions(answer["bfd"])]
    if "checker" in answer:
        lines += ["", *_services(answer["checker"])]
    return lines


def plane_lines(answer: Document) -> list[str]:
    """Show who forwards, what it does otherwise than the file says, and what it forwards."""
    checker = answer.get("checker")
    if checker is None:
        return ["There is no checker process: nothing is forwarded."]
    process = checker.get("process", {})
    lines = [f"plane: {process.get('plane', 'unknown')}"]
    lines += [f"  {remark}" for remark in process.get("remarks", ())]
    return [*lines, "", *_services(checker)]


def _daemon(parent: Document, processes: dict[str, Document]) -> list[str]:
    lines = [f"{parent.get('version', 'keepalived')}, pid {parent.get('pid', '?')}"]
    for name, child in parent.get("children", {}).items():
        if child["starts"]:
            state = f"pid {child['pid']}" if child["pid"] else "not running"
            again = f", started {child['starts']} times" if child["starts"] > 1 else ""
            lines.append(f"  {name}: {state}{again}{_late(processes.get(name, {}))}")
    if files := parent.get("files"):
        lines.append(f"  file: {files[0]}")
    if parent.get("plane"):
        lines.append(f"  plane: {parent['plane']}")
    mail = parent.get("mail", {})
    if any(mail.values()):
        lines.append("  mail: " + ", ".join(f"{count} {what}" for what, count in mail.items()))
    return lines


def _late(process: Document) -> str:
    """Say how a process is scheduled, and how late it has been."""
    urgent = f", real-time {process['realtime']}" if process.get("realtime") else ""
    if not process.get("late_times"):
        return urgent
    worst_ms = process["worst_late_us"] // 1000
    return f"{urgent}, late {process['late_times']} times, {worst_ms} ms at worst"


def _routers(vrrp: Document) -> list[str]:
    rows = []
    for each in vrrp.get("instances", ()):
        master = each.get("master")
        leader = f"{master['address']} ({master['priority']})" if master else "-"
        rows.append(
            (
                each["name"],
                each["state"],
                span(each["for_us"] / 1e6),
                each["interface"],
                each["virtual_router_id"],
                each["priority"],
                leader,
                _because(each),
            )
        )
    head = ("INSTANCE", "STATE", "FOR", "LINK", "ID", "PRIORITY", "MASTER", "WHY")
    lines = table(head, rows)
    sums = [line for each in vrrp.get("instances", ()) if (line := _sum(each))]
    sums += [line for each in vrrp.get("instances", ()) if (line := _duplicated(each))]
    if sums:
        lines += ["", *sums]
    if watched := vrrp.get("tracked"):
        lines += ["", *_tracked(watched)]
    if refused := _refused(vrrp):
        lines += ["", *table(("REFUSED", "BY", "TIMES"), refused)]
    groups = [(g["name"], g["state"], " ".join(g["members"])) for g in vrrp.get("groups", ())]
    if groups:
        lines += ["", *table(("GROUP", "STATE", "MEMBERS"), groups)]
    if odd := _odd_packets(vrrp):
        lines += ["", *table(("HEARD BY", "PACKETS", "WHAT"), odd)]
    return lines


def _odd_packets(vrrp: Document) -> list[tuple[str, int, str]]:
    """Count what was refused, and what was taken though it differs: somebody should look."""
    found: list[tuple[str, int, str]] = []
    for each in vrrp.get("instances", ()):
        name, counters = each["name"], each.get("counters", {})
        taken = [(what, counters.get(what, 0)) for what in TAKEN]
        found += [(name, times, f"{_plain(what)}, taken") for what, times in taken]
        refused = counters.get("refused", {}).items()
        found += [(name, times, f"{_plain(kind)}, refused") for kind, times in refused]
    strays = vrrp.get("packets_for_nobody", {}).items()
    found += [("nobody", times, _plain(kind)) for kind, times in strays]
    return [row for row in found if row[1]]


def _plain(kind: str) -> str:
    return kind.replace("_", " ")


def _sum(each: Document) -> str:
    """Say how a priority came about, where anything was added or taken."""
    terms = [
        f" {'+' if n >= 0 else '-'} {abs(n)} {what}" for what, n in each.get("priority_terms", ())
    ]
    if not terms:
        return ""
    return f"  {each['name']}: {each['priority']} = {each['base_priority']} base{''.join(terms)}"


def _refused(vrrp: Document) -> list[tuple[str, str, int]]:
    """Give what was not taken, by whom, and how often; then what is for nobody here."""
    rows = []
    for each in vrrp.get("instances", ()):
        counters = each.get("counters", {})
        rows += [(what, each["name"], times) for what, times in counters.get("refused", {}).items()]
    rows += [(what, "-", times) for what, times in vrrp.get("packets_for_nobody", {}).items()]
    return rows


def _duplicated(each: Document) -> str:
    """Say how often another host was seen with an address that we hold."""
    times = each.get("counters", {}).get("addresses_duplicated")
    if not times:
        return ""
    return f"  {each['name']}: another host had one of its addresses, seen {times} times"


def _tracked(watched: list[Document]) -> list[str]:
    rows = [
        (
            f"{each['kind']} {each['name']}",
            each["state"],
            span(each["for_us"] / 1e6) if each["for_us"] is not None else "-",
            " ".join(each["instances"]),
            each["detail"],
        )
        for each in watched
    ]
    return table(("TRACKED", "STATE", "FOR", "BY", "HOW"), rows)


def _because(each: Document) -> str:
    detail = each.get("detail")
    why = f"{each['why']} ({detail})" if detail else str(each["why"])
    handover = each.get("handover")
    return f"{why}; {_handing(handover)}" if handover else why


def _handing(handover: Document) -> str:
    """Say how a handover stands."""
    if handover["state"] == "yields":
        left_us = handover["left_us"]
        until = "until told" if left_us is None else f"for {span(left_us / 1e6)} more"
        return f"lets others lead {until}"
    if handover["state"] == "under way":
        return "hands over, and holds on until a peer leads"
    return f"handed over {span(handover['ago_us'] / 1e6)} ago, but nobody took over"


def _sessions(bfd: Document) -> list[str]:
    rows = [
        (
            each["name"],
            each["state"],
            span(each["for_us"] / 1e6),
            each["neighbour"],
            f"{each['interval_us'] / 1000:g} ms",
            f"{each['detection_us'] / 1000:g} ms" if each["detection_us"] else "-",
            each["fell"],
            each["cannot_speak"] or each["why"],
        )
        for each in bfd.get("sessions", ())
    ]
    head = ("SESSION", "STATE", "FOR", "NEIGHBOUR", "SENDS EACH", "DETECTS IN", "FELL", "WHY")
    lines = table(head, rows)
    return [*lines, f"  deaf: {bfd['deaf']}"] if bfd.get("deaf") else lines


def _services(checker: Document) -> list[str]:
    lines: list[str] = []
    for service in checker.get("services", ()):
        up = sum(1 for server in service["servers"] if server["up"])
        line = f"{service['service']}  {service['scheduler']} {service['forwarding']}"
        line += f"  {up} of {len(service['servers'])} up"
        if service.get("sorry_server_in_use"):
            line += f", the sorry server {service['sorry_server']} answers"
        elif not service.get("quorum_held", True):
            line += ", nobody answers"
        lines.append(line)
        if service.get("refused"):
            lines.append(f"  not in the table: {service['refused']}")
        rows = [
            (
                server["server"],
                "up" if server["up"] else "DOWN",
                span(server["for_s"]),
                server["weight"],
                server["why"] or "-",
            )
            for server in service["servers"]
        ]
        lines += table(("SERVER", "IS", "FOR", "WEIGHT", "WHY"), rows, "  ")
    return lines
