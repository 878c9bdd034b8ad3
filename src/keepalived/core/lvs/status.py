"""The director's state as plain data, for operators.

Rule: a function of the pools; nothing here decides.
"""

from __future__ import annotations

from collections.abc import Iterable

from keepalived.core.lvs import notes
from keepalived.core.lvs.pool import Member, Pool, Watch
from keepalived.port.brain import Snapshot


def snapshot(now: int, pools: Iterable[Pool], asked: int) -> Snapshot:
    """Give all services; `asked` counts the questions put so far."""
    return {"services": [_service(now, pool) for pool in pools], "checks_started": asked}


def _service(now: int, pool: Pool) -> dict[str, object]:
    service = pool.service
    sorry = service.sorry_server
    return {
        "service": pool.text,
        "scheduler": service.lb_algo,
        "forwarding": service.lb_kind,
        "quorum_held": pool.quorate,
        "live_weight": pool.weight,
        "sorry_server": None if sorry is None else notes.server_text(service, sorry),
        "sorry_server_in_use": pool.sorry,
        "refused": pool.complaint if pool.mend_due is not None else "",
        "servers": [_member(now, member) for member in pool.members.values()],
    }


def _member(now: int, member: Member) -> dict[str, object]:
    return {
        "server": member.names.server,
        "up": member.up,
        "weight": member.weight,
        "why": member.why,
        "since_us": member.since,
        "for_s": max(now - member.since, 0) // 1_000_000,
        "checks": [_watch(watch) for watch in member.watches],
    }


def _watch(watch: Watch) -> dict[str, object]:
    last = watch.last
    return {
        "check": watch.checker.title,
        "up": watch.health.up,
        "tries": watch.health.tries,
        "last": "" if last is None else last.because,
        "last_good": None if last is None else last.good,
        "status": 0 if last is None else last.status,
    }
