"""`-d`: each child writes its part of the configuration into its log, as it was understood.

Rule: the lines are `status.classic_dump`'s; here is only what they show of the host.
"""

from __future__ import annotations

from keepalived.config.root import Config
from keepalived.linux.facts import host_name
from keepalived.linux.monitor import Monitor
from keepalived.port.events import AddressSeen, Event
from keepalived.run.logbook import Logbook
from keepalived.run.loop import Loop
from keepalived.status.classic_dump import Surroundings, dump_lines


class _Onlooker(Loop):
    """Takes the place of a loop and keeps what is posted."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[Event] = []

    def post(self, event: Event) -> None:
        self.seen.append(event)


def write(process: str, config: Config, log: Logbook) -> None:
    """Write this process's part."""
    for name, lines in dump_lines(config, _surroundings()):
        if name == process:
            for line in lines:
                log.info(line)


def _surroundings() -> Surroundings:
    onlooker = _Onlooker()
    monitor = Monitor(onlooker)
    monitor.start()
    addresses = [event.address for event in onlooker.seen if isinstance(event, AddressSeen)]
    around = Surroundings(host_name=host_name(), links=monitor.links(), addresses=addresses)
    monitor.close()
    onlooker.close()
    return around
