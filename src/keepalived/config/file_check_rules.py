"""Whether the files that weights of servers follow are there in the configuration.

Rule: reports only; a check that follows nothing changes nothing.
"""

from __future__ import annotations

from keepalived.config.report import Report
from keepalived.config.root import Config
from keepalived.core.checks.file import FileCheck


def refuse_file_checks(config: Config, report: Report) -> None:
    """Report each FILE_CHECK whose track_file there is not."""
    known = {each.name for each in config.track_files}
    for service in config.services:
        for server in service.servers:
            for check in server.silent_checks:
                if isinstance(check, FileCheck) and check.track_file not in known:
                    who = f"real_server {server.at.address} {server.at.port}"
                    what = f"{who}: there is no track_file {check.track_file} for FILE_CHECK"
                    remedy = f"name one of {', '.join(sorted(known))}" if known else "write one"
                    report.error(check, what, remedy, "track_file")
