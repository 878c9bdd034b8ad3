"""Whether the files that weights of servers follow are there in the configuration.

Rule: a check that follows nothing is reported, and changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from keepalived.config.report import Report
from keepalived.config.root import Config
from keepalived.core.checks.file import FileCheck
from keepalived.core.lvs.config import RealServer
from keepalived.core.track.config import TrackFile


def refuse_file_checks(config: Config, report: Report) -> None:
    """Report each FILE_CHECK whose track_file there is not."""
    known = {each.name for each in config.track_files}
    for server, check in _file_checks(config):
        if check.track_file not in known:
            who = f"real_server {server.at.address} {server.at.port}"
            what = f"{who}: there is no track_file {check.track_file} for FILE_CHECK"
            remedy = f"name one of {', '.join(sorted(known))}" if known else "write one"
            report.error(check, what, remedy, "track_file")


def followed_files(config: Config) -> tuple[TrackFile, ...]:
    """Give the files that some check follows."""
    if not config.track_files:
        return ()
    wanted = {check.track_file for _, check in _file_checks(config)}
    return tuple(each for each in config.track_files if each.name in wanted)


def _file_checks(config: Config) -> Iterator[tuple[RealServer, FileCheck]]:
    for service in config.services:
        for server in service.servers:
            for check in server.checks:
                if isinstance(check, FileCheck):
                    yield server, check
