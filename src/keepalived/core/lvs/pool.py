"""A service at work: its members, their checks, and what should be in the table because of them.

Rule: state and the questions about it; the director moves it, `table` draws conclusions.
"""

from __future__ import annotations

from keepalived.core.checks.bfd import BfdCheck
from keepalived.core.checks.checker import Checker, Names
from keepalived.core.checks.kinds import Check
from keepalived.core.checks.smtp import SmtpCheck, host_checks
from keepalived.core.checks.terms import Terms
from keepalived.core.lvs import notes
from keepalived.core.lvs.config import RealServer, VirtualServer
from keepalived.core.lvs.health import Health
from keepalived.core.lvs.quorum import Quorum
from keepalived.core.lvs.table import desired, server_port, service_key
from keepalived.port.resources import Resource
from keepalived.port.talk import Verdict
from keepalived.records import replace
from keepalived.wire.addresses import Address

WEIGHT_MOST = 2**31 - 1


class Watch:
    """One check of one member at work."""

    __slots__ = (
        *("begun", "check", "checker", "due", "extra", "health"),
        *("last", "member", "running", "stated", "terms"),
    )

    def __init__(self, member: Member, check: Check, terms: Terms) -> None:
        self.member = member
        self.check = check
        self.terms = terms
        self.checker: Checker = check.checker(terms)
        self.health = Health()
        self.health.up = not starts_down(member, check)
        self.due: int | None = None
        """When to ask next; None while an answer is awaited, and once it is over."""
        self.begun = 0
        """When the last question was due."""
        self.running = 0
        """The number of the talk or script that is under way; 0 for none."""
        self.last: Verdict | None = None
        self.extra = 0
        """What it adds to the server's weight."""
        self.stated: int | None = None
        """What it said that the server weighs, in place of what the file says."""


def starts_down(member: Member, check: Check) -> bool:
    """Say whether a check has failed until it passes; a session's own word alone counts."""
    if check.alpha is not None or isinstance(check, BfdCheck):
        return bool(check.alpha)
    lent = member.server.alpha
    return member.pool.service.alpha if lent is None else lent


class Member:
    """One server of a service."""

    __slots__ = ("pool", "server", "since", "up", "watches", "why")

    def __init__(self, pool: Pool, server: RealServer) -> None:
        self.pool = pool
        self.server = server
        self.since = 0
        self.why = "not yet checked" if server.checks else "has no checks"
        port = server_port(pool.service, server.at.port)
        self.watches = tuple(
            Watch(self, check, check.terms(server.at.address, port, pool.service))
            for each in server.checks
            for check in (host_checks(each) if isinstance(each, SmtpCheck) else (each,))
        )
        self.up = self.fit

    @property
    def names(self) -> Names:
        """Give the texts that name it; written anew each time, for they are seldom needed."""
        return Names(notes.server_text(self.pool.service, self.server.at), self.pool.text)

    @property
    def weight(self) -> int:
        """Give what it weighs now: a sum of what its checks contribute, made anew each time."""
        own = self.server.weight
        for watch in self.watches:
            own += watch.extra
            if watch.stated is not None:
                own += watch.stated - self.server.weight
        return min(max(own, 0), WEIGHT_MOST)

    @property
    def weighed(self) -> RealServer:
        """Give the server with that weight."""
        weight = self.weight
        return self.server if weight == self.server.weight else replace(self.server, weight=weight)

    @property
    def fit(self) -> bool:
        """Say whether all its checks stand."""
        return all(watch.health.up for watch in self.watches)

    def take_over(self, old: Member) -> None:
        """Go on where the member before the reload was, check by check."""
        self.since, self.why = old.since, old.why
        left = list(old.watches)
        watches = list(self.watches)
        for place, watch in enumerate(watches):
            same = next((each for each in left if each.check == watch.check), None)
            if same is None:
                continue
            left.remove(same)
            if same.terms == watch.terms:
                same.member = self
                watches[place] = same
            else:
                watch.health, watch.last = same.health, same.last
                watch.extra, watch.stated = same.extra, same.stated
        self.watches = tuple(watches)
        self.up = self.fit


class Pool:
    """One service."""

    __slots__ = (
        *("complaint", "key", "members", "mend_due", "owner"),
        *("quorate", "quorum", "service", "text"),
    )

    def __init__(self, service: VirtualServer) -> None:
        self.service = service
        self.text = notes.service_text(service)
        self.owner = f"service {self.text}"
        self.key = service_key(service)
        self.quorum = Quorum()
        self.quorate = False
        self.mend_due: int | None = None
        """When to hold the table again because the kernel refused something."""
        self.complaint = ""
        """What was said about the last refusal, so that it is said once."""
        self.members: dict[tuple[Address, int], Member] = {}
        for server in service.servers:
            at = (server.at.address, server_port(service, server.at.port))
            if at not in self.members:
                self.members[at] = Member(self, server)

    @property
    def live(self) -> list[Member]:
        """Give the members that are up."""
        return [member for member in self.members.values() if member.up]

    @property
    def weight(self) -> int:
        """Give the live weight."""
        return sum(member.weight for member in self.members.values() if member.up)

    @property
    def sorry(self) -> bool:
        """Say whether the sorry server is to serve."""
        return self.service.sorry_server is not None and not self.quorate

    def desired(self) -> list[Resource]:
        """Give what should be in the table now."""
        live = [] if self.sorry else [member.weighed for member in self.live]
        return desired(self.service, live, self.sorry)

    def take_over(self, old: Pool) -> None:
        """Go on where the service before the reload was, server by server."""
        self.quorate, self.mend_due, self.complaint = old.quorate, old.mend_due, old.complaint
        for at, member in self.members.items():
            if at in old.members:
                member.take_over(old.members[at])
