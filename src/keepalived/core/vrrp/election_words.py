"""The words of a virtual router about elections, announcements and who is told of them.

Rule: rows only.
"""

from __future__ import annotations

from keepalived.core.notify.config import Script
from keepalived.core.vrrp.lines import ExtraGarp
from keepalived.lang.option_values import LONGEST_US, NUMBER_MOST, Flag, Optional
from keepalived.lang.values import Command, Int, Seconds, Switch
from keepalived.lang.words import keyword, rows

COUNT = Int(0, NUMBER_MOST)
TIME = Seconds(0, LONGEST_US)


@rows
class ElectionWords:
    """Who leads, and what a leader says of its addresses."""

    nopreempt: bool = keyword(
        "nopreempt",
        Flag(),
        default=False,
        doc="Do not take over from a master of lower priority.",
    )
    preempt: bool = keyword(
        "preempt", Flag(), default=False, doc="Take over from it, as is the default."
    )
    preempt_delay_us: int = keyword(
        "preempt_delay",
        Seconds(0, 1_000_000_000),
        default=0,
        doc="Wait this long before taking over from a master of lower priority.",
    )
    down_timer_adverts: int | None = keyword(
        "down_timer_adverts",
        Int(1, 100),
        default=None,
        doc="Silent intervals until a master counts as down; by default the global number.",
    )
    timer_expired_backup: int | None = keyword(
        "timer_expired_backup",
        Int(1, 254, alone=254),
        default=None,
        aliases=("thread_timer_expired",),
        since="2.4",
        doc="With nopreempt, follow when our timer ran so late that another will have led.",
    )
    accept: bool = keyword(
        "accept", Flag(), default=False, doc="Take packets to the addresses, as is the default."
    )
    no_accept: bool = keyword(
        "no_accept",
        Flag(),
        default=False,
        doc="Drop packets to the addresses unless we own them.",
    )
    skip_check_adv_addr: bool | None = keyword(
        "skip_check_adv_addr",
        Switch(),
        default=None,
        doc="Check an advert's addresses only when the master is another one.",
    )
    strict_mode: bool | None = keyword(
        "strict_mode", Switch(), default=None, doc="Hold to the letter of the RFCs."
    )
    lower_prio_no_advert: bool | None = keyword(
        "lower_prio_no_advert",
        Switch(),
        default=None,
        doc="As master do not answer an advert of lower priority.",
    )
    higher_prio_send_advert: bool | None = keyword(
        "higher_prio_send_advert",
        Switch(),
        default=None,
        doc="As master send one more advert before giving way.",
    )
    owner_ignore_adverts: bool | None = keyword(
        "owner_ignore_adverts",
        Switch(),
        default=None,
        since="2.4",
        doc="With priority 255 do not listen.",
    )
    garp_master_delay_us: int | None = keyword(
        "garp_master_delay",
        TIME,
        default=None,
        doc="Time until a new master announces again.",
    )
    garp_master_repeat: int | None = keyword(
        "garp_master_repeat",
        COUNT,
        default=None,
        doc="Announcements in a row by a new master.",
    )
    garp_master_refresh_us: int | None = keyword(
        "garp_master_refresh",
        TIME,
        default=None,
        doc="A master announces this often; 0 is never.",
    )
    garp_master_refresh_repeat: int | None = keyword(
        "garp_master_refresh_repeat",
        COUNT,
        default=None,
        doc="Announcements in a row then.",
    )
    garp_lower_prio_delay_us: int | None = keyword(
        "garp_lower_prio_delay",
        TIME,
        default=None,
        doc="Time until the announcements after an advert of lower priority come again.",
    )
    garp_lower_prio_repeat: int | None = keyword(
        "garp_lower_prio_repeat",
        COUNT,
        default=None,
        doc="Announcements after an advert of lower priority.",
    )
    garp_extra_if: tuple[int, bool] | None = keyword(
        "garp_extra_if",
        ExtraGarp(0),
        default=None,
        aliases=("vmac_garp_intvl",),
        doc="How often to announce on virtual MACs beside the instance's link.",
    )
    notify_stop: Command | None = keyword(
        "notify_stop",
        Script(),
        default=None,
        once=True,
        doc="Run when the instance ends.",
    )
    notify_deleted: Command | None = keyword(
        "notify_deleted",
        Optional(Script(), Command(("",))),
        default=None,
        once=True,
        doc="Say DELETED, not FAULT, when a reload takes the instance away.",
    )
    notify: Command | None = keyword(
        "notify",
        Script(),
        default=None,
        once=True,
        doc="Run on every transition, with what happened as four arguments more.",
    )
    notify_master_rx_lower_pri: Command | None = keyword(
        "notify_master_rx_lower_pri",
        Script(),
        default=None,
        once=True,
        doc="Run when a master hears an advert of lower priority.",
    )
    notify_priority_changes: bool | None = keyword(
        "notify_priority_changes",
        Switch(),
        default=None,
        doc="Write changes of priority to the pipes.",
    )
