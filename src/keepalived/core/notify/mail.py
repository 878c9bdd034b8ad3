"""What a mail says: subjects that mail filters know, and one line of cause.

Rule: texts only; the parent process knows server, sender and recipients and delivers.
"""

from __future__ import annotations

from keepalived.port.words import Mail


def instance_mail(router_id: str, name: str, state: str, because: str) -> Mail:
    """Tell of a virtual router's transition; `state` is MASTER, BACKUP, FAULT or DELETED."""
    became = "Deleted" if state == "DELETED" else f"Entering {state} state"
    return _mail(router_id, f"VRRP Instance {name} - {became}", because)


def group_mail(router_id: str, name: str, state: str, because: str) -> Mail:
    """Tell of a sync group's transition."""
    return _mail(router_id, f"VRRP Group {name} - Entering {state} state", because)


def server_mail(router_id: str, server: str, service: str, up: bool, because: str) -> Mail:
    """Tell of a real server that came or went; both are written as the log writes them."""
    about = f"Realserver {server} of virtual server {service} - {_up(up)}"
    return _mail(router_id, about, because)


def service_mail(router_id: str, service: str, up: bool, because: str) -> Mail:
    """Tell of a virtual server that gained or lost its quorum."""
    return _mail(router_id, f"Virtualserver {service} - {_up(up)}", because)


def _up(up: bool) -> str:
    return "UP" if up else "DOWN"


def _mail(router_id: str, about: str, because: str) -> Mail:
    return Mail(f"[{router_id}] {about}", f"=> {because} <=")
