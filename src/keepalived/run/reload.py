"""SIGHUP: read the file again; put it into force if it is fit, else go on with the old one.

Rule: a typing error must not cost a virtual address. A file with mistakes that the configuration
in force does not have is unfit; so is one that names another plane.
"""

from __future__ import annotations

from keepalived.annotations import TYPE_CHECKING
from keepalived.run import traces
from keepalived.run.config_test import Verdict, examine
from keepalived.run.sources import setting
from keepalived.run.taking import news

if TYPE_CHECKING:
    from keepalived.run.supervisor import Supervisor

REST_US = 1_000_000
"""After a reload this long, what the next one needs is made ready."""
FIXED = ("net_namespace", "net_namespace_ipvs", "instance", "use_pid_dir")
"""Words that a running daemon has been settled by."""


def reload(supervisor: Supervisor) -> None:
    """Read the file again and act on it."""
    log, options = supervisor.log, supervisor.options
    log.info("Reloading ...")
    try:
        with traces.reading(supervisor.config, options, log):
            verdict = supervisor.rereading.read(
                supervisor.verdict,
                lambda memory: examine(
                    options.file,
                    plane=supervisor.verdict.plane,
                    without_plane=not options.checker,
                    setting=setting(options.config_id, options.strict_includes),
                    memory=memory,
                ),
            )
    except Exception:
        # Reading a file changed nothing: a mistake of ours in it must not cost an address either.
        import traceback

        log.error(traceback.format_exc())
        log.error("Reload refused, the old configuration stays in force: it could not be read")
        return
    for fault in verdict.faults:
        log.warning(fault.classic())
    traces.tested(supervisor.config, verdict.faults, log)
    unfit = why_unfit(supervisor.verdict, verdict)
    if unfit:
        log.error(f"Reload refused, the old configuration stays in force: {unfit}")
        return
    supervisor.apply(verdict)
    loop = supervisor.loop
    loop.call_at(loop.now() + REST_US, lambda: supervisor.rereading.prepare(supervisor.verdict))
    traces.save(verdict.config, log)


def rehearse(supervisor: Supervisor) -> None:
    """Go through a reload that changes nothing, where a first one might be slow; tell nobody."""
    found = supervisor.rereading.rehearse(supervisor.verdict)
    if found is not None:
        for kind in supervisor.children:
            news(kind.name, supervisor.config, found.config)


def why_unfit(before: Verdict, after: Verdict) -> str:
    """Say why a newly read file is not put into force; nothing if it is fit."""
    if not after.loaded.sources:
        return "the file cannot be read"
    if after.fatal:
        return "it cannot run"
    new = after.mistakes - before.mistakes
    if new:
        return f"it has mistakes that the old one has not: {'; '.join(sorted(new))}"
    if _plane_wish(before) != _plane_wish(after):
        return "lvs_plane can only be changed by a restart"
    for word in FIXED:
        if getattr(before.config, word) != getattr(after.config, word):
            return f"{word} can only be changed by a restart"
    return ""


def _plane_wish(verdict: Verdict) -> str:
    return verdict.config.globals.lvs_plane if verdict.config.globals is not None else "auto"
