"""What follows when a check turns or the kernel objects: the table, the log and the mail.

Rule: upstream's order of lines; effects out, and no time kept.
"""

from __future__ import annotations

from collections.abc import Mapping

from keepalived.core.lvs import notes
from keepalived.core.lvs.config import DirectorConfig
from keepalived.core.lvs.health import Turned
from keepalived.core.lvs.pool import Pool, Watch
from keepalived.core.lvs.table import masquerades
from keepalived.port.effects import Effect, Hold, Note, Tell, WritePipes
from keepalived.port.events import Refused
from keepalived.port.resources import (
    Change,
    HeldAddress,
    Masquerade,
    Remove,
    Replace,
    Resource,
    Server,
    Service,
    ServiceKey,
)
from keepalived.port.talk import Verdict


def rehold(pool: Pool) -> Effect:
    """Say the whole table of a service again."""
    return Hold(pool.owner, pool.desired())


def turned(
    config: DirectorConfig, now: int, watch: Watch, outcome: Turned, verdict: Verdict, tries: int
) -> list[Effect]:
    """Give what a check's turn brings: its line, and what it does to its server and service."""
    member, checker = watch.member, watch.checker
    names = member.names
    match outcome:
        case Turned.SAME:
            line = checker.part_line(names)
            return [Note(notes.CheckTurned(line))] if line and not watch.health.up else []
        case Turned.PROVEN | Turned.UP:
            line = checker.good_line(names)
        case Turned.DOWN:
            line = checker.bad_line(names, verdict, tries, watch.terms.retry)
    effects: list[Effect] = [Note(notes.CheckTurned(line))] if line else []
    member.why = f"{checker.title}: {verdict.because}"
    fit = member.fit
    if fit == member.up:
        return effects
    member.up, member.since = fit, now
    kind = notes.ServerAdded if fit else notes.ServerRemoved
    effects.append(Note(kind(names.server, names.service)))
    effects.extend(told(config, f"RS {names.server} {names.service}", fit))
    effects.extend(resettle(config, member.pool))
    if config.mail:
        cause = checker.mail_cause(verdict)
        mail = notes.server_mail(config.router_id, names.server, names.service, fit, cause)
        effects.append(Tell(mail))
    return effects


def weighed(config: DirectorConfig, watch: Watch, extra: int, stated: int | None) -> list[Effect]:
    """Take in what a check contributes to its server's weight."""
    member = watch.member
    before = member.weight
    watch.extra, watch.stated = extra, stated
    after = member.weight
    if after == before or not member.up:
        return []
    names = member.names
    note = notes.WeightChanged(names.server, names.service, before, after)
    return [Note(note), *resettle(config, member.pool)]


def told(config: DirectorConfig, who: str, up: bool) -> list[Effect]:
    """Tell the pipes of a server or a service that came or went."""
    return [WritePipes(f"{who} {'UP' if up else 'DOWN'}\n")] if config.pipes else []


def resettle(config: DirectorConfig, pool: Pool, first: bool = False) -> list[Effect]:
    """Reckon the quorum anew and say the table."""
    effects: list[Effect] = []
    quorum, weight, before = pool.quorum, pool.weight, pool.quorate
    pool.quorate = quorum.holds(weight, before)
    if pool.quorate != before or first:
        kind = notes.QuorumGained if pool.quorate else notes.QuorumLost
        effects.append(Note(kind(pool.text, quorum.needed, quorum.hysteresis, weight)))
        effects.extend(told(config, f"VS {pool.text}", pool.quorate))
        sorry = pool.service.sorry_server
        if sorry is not None and not (first and pool.quorate):
            server = notes.server_text(pool.service, sorry)
            if pool.quorate:
                effects.append(Note(notes.SorryRemoved(server, pool.text)))
                effects.append(Note(notes.PoolFilled(pool.text)))
            else:
                effects.append(Note(notes.SorryAdded(server, pool.text)))
                effects.append(Note(notes.PoolEmptied(pool.text)))
    effects.append(rehold(pool))
    return effects


def concerned(pools: Mapping[ServiceKey, Pool], resource: Resource) -> list[Pool]:
    """Give the services that hold a resource."""
    match resource:
        case Service(key) | Server(key):
            pool = pools.get(key)
            return [] if pool is None else [pool]
        case Masquerade():
            return [pool for pool in pools.values() if resource in masquerades(pool.service)]
        case _:
            return []


def gone(pool: Pool, resource: Resource) -> list[Effect]:
    """Put back what somebody else took away."""
    return [Note(notes.TableLost(pool.text, resource_text(resource))), rehold(pool)]


def wished(change: Change) -> Resource | None:
    """Give what a change was to bring; a removal brings nothing, and its refusal matters not."""
    if isinstance(change, Remove):
        return None
    return change.new if isinstance(change, Replace) else change.resource


def complain(pool: Pool, resource: Resource, event: Refused) -> list[Effect]:
    """Say what the kernel refused: once, and the first thing only until it is tried again."""
    text = f"{resource_text(resource)}: {event.why}"
    if pool.complaint and (pool.mend_due is not None or pool.complaint == text):
        return []
    pool.complaint = text
    again_us = pool.service.delay_loop_us
    what = resource_text(resource)
    return [Note(notes.TableRefused(pool.text, what, event.why, event.errno, again_us))]


def resource_text(resource: Resource) -> str:
    """Name an entry of the table for people."""
    match resource:
        case Service():
            return f"the service (lb_algo {resource.scheduler})"
        case Server():
            return f"the server {resource.address} port {resource.port}"
        case Masquerade():
            return f"the masquerading of {resource.network}"
        case HeldAddress():
            return f"the address {resource.address}"
        case _:
            return "an endpoint"
