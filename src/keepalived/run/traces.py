"""The files that the parent leaves behind: about a reload, and as dumps when it is asked.

Rule: none of them matters to the daemon; what cannot be written is told and forgotten.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from keepalived.config.root import Config
from keepalived.lang.fault import Fault
from keepalived.run.identity import dump_name
from keepalived.run.logbook import Logbook
from keepalived.run.options import Options

ENDINGS = {"vrrp": ".data", "checker": "_check.data", "bfd": "_bfd.data"}


@contextmanager
def reading(config: Config, options: Options, log: Logbook) -> Iterator[None]:
    """While the file is being read, have `reload_file` there."""
    wanted = config.globals.reload_file if config.globals is not None else None
    if wanted is None:
        yield
        return
    path = wanted or os.path.join(os.path.dirname(options.pid), "keepalived.reload")
    _write(path, "", log)
    try:
        yield
    finally:
        with suppress(OSError):
            os.unlink(path)


def tested(config: Config, faults: Sequence[Fault], log: Logbook) -> None:
    """Write what was found in a file that was read anew into the log that the old one names."""
    path = config.globals.reload_check_config if config.globals is not None else None
    if path and path != os.devnull:
        _write(path, "".join(f"{fault.classic()}\n" for fault in faults), log)


def save(config: Config, log: Logbook) -> None:
    """Keep a copy of the configuration that comes into force, where `config_save_dir` says."""
    folder = config.globals.config_save_dir if config.globals is not None else ""
    if not folder:
        return
    from keepalived.lang.render import render

    with suppress(OSError):
        os.makedirs(folder, exist_ok=True)
    stamp = time.strftime("%Y%m%d-%H%M%S")
    _write(os.path.join(folder, f"keepalived-{stamp}.conf"), render(config), log)


def dump(config: Config, options: Options, log: Logbook) -> None:
    """Write what each child would print at the start with `-d`, a file each."""
    from keepalived.run.dump import surroundings
    from keepalived.status.classic_dump import dump_lines

    for process, lines in dump_lines(config, surroundings(config)):
        path = dump_name(options, config, ENDINGS[process])
        _write(path, "".join(f"{line}\n" for line in lines), log)


def _write(path: str, text: str, log: Logbook) -> None:
    # A link left there by somebody else must not make root write elsewhere.
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        descriptor = os.open(path, flags, 0o666)
        with open(descriptor, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(text)
    except OSError as error:
        log.error(f"{path}: {error.strerror}")
