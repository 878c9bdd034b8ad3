"""The words of what is watched: files, scripts, processes, and the lists that name them.

Rule: rows only.
"""

from __future__ import annotations

from keepalived.core.notify.config import Script
from keepalived.core.track.lines import InitFile, InitFileValue
from keepalived.lang.option_values import (
    LONGEST_US,
    Flag,
    Optional,
    Owner,
    OwnerValue,
    Several,
    Tracked,
    TrackedValue,
    Weight,
    WeightValue,
)
from keepalived.lang.place import NOWHERE, Place
from keepalived.lang.values import Choice, Command, Int, Seconds, Text
from keepalived.lang.words import block, head, keyword, lines, rows, where, words

DELAY = Seconds(1, 3_600_000_000)
PERIOD = Seconds(0, LONGEST_US)


@rows
class TrackWords:
    """What an instance or a group watches; each entry may have a weight of its own."""

    track_interface: tuple[Tracked, ...] = lines(
        "track_interface",
        TrackedValue("INTERFACE", 253, noreverse=False),
        default=(),
        doc="Links; without a weight one that is down is a fault.",
    )
    track_script: tuple[Tracked, ...] = lines(
        "track_script",
        TrackedValue("NAME", 253),
        default=(),
        doc="Scripts; without a weight one that fails is a fault.",
    )
    track_file: tuple[Tracked, ...] = lines(
        "track_file",
        TrackedValue("NAME", 254),
        default=(),
        doc="Files with a number; times the weight it is added to the priority.",
    )
    track_process: tuple[Tracked, ...] = lines(
        "track_process",
        TrackedValue("NAME", 254),
        default=(),
        doc="Processes; without a weight one that lacks is a fault.",
    )
    track_bfd: tuple[Tracked, ...] = lines(
        "track_bfd",
        TrackedValue("NAME", 253),
        default=(),
        doc="BFD sessions; without a weight one that is down is a fault.",
    )


@block(
    "track_file",
    doc="A file with a number in it that changes priorities.",
    aliases=("vrrp_track_file",),
)
class TrackFile:
    """A file that is watched."""

    name: str = head(Text("NAME"), doc="What track_file lists call it.")
    file: str = keyword("file", Text("PATH"), default="", doc="The file; needed.")
    weight: Weight = keyword(
        "weight",
        WeightValue(254),
        default=Weight(1),
        doc="What its number is multiplied by.",
    )
    init_file: InitFile | None = keyword(
        "init_file",
        InitFileValue(),
        default=None,
        doc="Make the file at the start, with this number.",
    )
    place: Place = where(default=NOWHERE)


@block("vrrp_script", doc="A program that is run again and again, and may fail.")
class VrrpScript:
    """A script that is watched."""

    name: str = head(Text("NAME"), doc="What track_script lists call it.")
    script: Command | None = keyword(
        "script", Script(), default=None, once=True, doc="The program; needed."
    )
    interval_us: int = keyword(
        "interval", PERIOD, default=1_000_000, doc="Time between its starts."
    )
    timeout_us: int | None = keyword(
        "timeout",
        PERIOD,
        default=None,
        doc="After this it has failed; by default the interval.",
    )
    weight: Weight = keyword(
        "weight",
        WeightValue(253),
        default=Weight(0),
        doc="What its state adds to a priority.",
    )
    rise: int = keyword(
        "rise", Int(1, 2**31 - 1), default=1, doc="Successes in a row that are one."
    )
    fall: int = keyword("fall", Int(1, 2**31 - 1), default=1, doc="Failures in a row that are one.")
    user: Owner | None = keyword("user", OwnerValue(), default=None, doc="Whom it runs as.")
    init_fail: bool = keyword(
        "init_fail", Flag(), default=False, doc="It counts as failed at the start."
    )
    place: Place = where(default=NOWHERE)


@block("vrrp_track_process", doc="A process that has to run.")
class TrackProcess:
    """A process that is watched."""

    name: str = head(Text("NAME"), doc="What track_process lists call it.")
    process: tuple[str, ...] = keyword(
        "process",
        Several(Text("NAME [ARG…]")),
        default=(),
        doc="Its name and perhaps its arguments; needed.",
    )
    param_match: str | None = keyword(
        "param_match",
        Optional(Choice("initial", "partial"), "exact"),
        default=None,
        doc="How arguments are compared: the first of them, or the last may be longer.",
    )
    weight: Weight = keyword(
        "weight",
        WeightValue(254),
        default=Weight(0),
        doc="What its state adds to a priority.",
    )
    quorum: int = keyword("quorum", Int(1, 65535), default=1, doc="How many have to run.")
    quorum_max: int | None = keyword(
        "quorum_max", Int(0, 65535), default=None, doc="How many may run."
    )
    fork_delay_us: int = keyword("fork_delay", DELAY, default=0, doc="Time until a new one counts.")
    terminate_delay_us: int = keyword(
        "terminate_delay",
        DELAY,
        default=0,
        doc="Time until one that ended does not.",
    )
    delay_us: int = keyword("delay", DELAY, default=0, doc="Both of these.")
    full_command: bool = keyword(
        "full_command",
        Flag(),
        default=False,
        doc="Compare the whole command line.",
    )
    place: Place = where(default=NOWHERE)


@block("track_group", doc="Instances that fail while a static address, route or rule is missing.")
class TrackGroup:
    """A group of instances that static objects name."""

    name: str = head(Text("NAME"), doc="What static lines call it.")
    members: tuple[str, ...] = words(
        "group", Text("INSTANCE"), default=(), doc="The instances' names."
    )
    place: Place = where(default=NOWHERE)
