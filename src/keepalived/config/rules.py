"""What one block says against another, and what a block must have: the file as a whole.

Rule: takes a bound Config, gives the completed one and faults; what cannot stand is left out.
"""

from __future__ import annotations

from keepalived.config.advert_rules import refuse_adverts
from keepalived.config.bfd_rules import settle_sessions
from keepalived.config.clashes import Clashes
from keepalived.config.file_check_rules import refuse_file_checks
from keepalived.config.global_rules import settle_globals
from keepalived.config.host import Host
from keepalived.config.host_rules import settle_host
from keepalived.config.root import Config
from keepalived.config.router_rules import settle_groups, settle_instances
from keepalived.config.service_rules import settle_services
from keepalived.config.track_groups import settle_track_groups
from keepalived.config.track_rules import settle_tracking
from keepalived.lang.binder import Bound
from keepalived.lang.fault import Fault
from keepalived.records import replace


def settle(config: Config, bound: Bound, host: Host | None = None) -> tuple[Config, list[Fault]]:
    """Check and complete a file: defaults that upstream sets with a message, and what must go.

    With a host, the file is held against it too.
    """
    clashes = Clashes(bound)
    if config.globals is not None:
        config = replace(config, globals=settle_globals(config.globals, clashes))
    settings = config.globals
    version, strict = (settings.vrrp_version, settings.vrrp_strict) if settings else (2, False)
    instances = settle_instances(config.instances, clashes, version, strict)
    groups = settle_groups(config.sync_groups, config.instances, instances, clashes)
    known = bound.casting.known if bound.casting is not None else ()
    services = settle_services(config.services, clashes, known)
    done = replace(config, instances=instances, sync_groups=groups, services=services)
    refuse_adverts(config, clashes)
    if host is not None:
        done = settle_host(done, host, clashes)
    done = settle_tracking(done, clashes)
    done = settle_track_groups(done, clashes)
    done = settle_sessions(done, clashes)
    refuse_file_checks(done, clashes)
    return done, clashes.faults
