"""Keys that stand in files of their own (`key 1 file:/etc/keepalived/key`): read, never passed on.

Rule: whoever else could read or replace the file makes it unfit; the child reads it itself, so that
no key crosses a process boundary or stands in a dump.
"""

from __future__ import annotations

import os
import stat

from keepalived.core.vrrp.config import RouterConfig, VrrpInstance
from keepalived.core.vrrp.lines import IN_FILE, Key, key_fault
from keepalived.lang.source import Unreadable
from keepalived.records import replace

MOST_BYTES = 4096


def read_key(path: str) -> str | Unreadable:
    """Give a key as written in its file, without the last end of line; or why it is unfit."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        return Unreadable(error.strerror or "it cannot be opened")
    try:
        about = os.fstat(descriptor)
        if not stat.S_ISREG(about.st_mode):
            return Unreadable("it is not a regular file")
        if about.st_mode & 0o077:
            return Unreadable(f"group or others may use it (mode {stat.S_IMODE(about.st_mode):o})")
        if about.st_uid not in (0, os.geteuid()):
            return Unreadable("it belongs to another user")
        data = os.read(descriptor, MOST_BYTES)
    except OSError as error:
        return Unreadable(error.strerror or "it cannot be read")
    finally:
        os.close(descriptor)
    return data.removesuffix(b"\n").removesuffix(b"\r").decode("utf-8", "surrogateescape")


def with_keys(config: RouterConfig) -> RouterConfig:
    """Give what the routers run on with every key in its file's place; unfit ones are left out."""
    if not any(_in_files(each) for each in config.instances):
        return config
    return replace(config, instances=tuple(_filled(each) for each in config.instances))


def _in_files(instance: VrrpInstance) -> bool:
    block = instance.auth_hmac
    return block is not None and any(key.value.startswith(IN_FILE) for key in block.keys)


def _filled(instance: VrrpInstance) -> VrrpInstance:
    if instance.auth_hmac is None or not _in_files(instance):
        return instance
    keys = []
    for key in instance.auth_hmac.keys:
        value = key.value
        if value.startswith(IN_FILE):
            held = read_key(value[len(IN_FILE) :])
            if isinstance(held, Unreadable) or key_fault(held):
                continue
            value = held
        keys.append(Key(key.number, value))
    return replace(instance, auth_hmac=replace(instance.auth_hmac, keys=tuple(keys)))
