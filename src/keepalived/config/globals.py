"""The words of `global_defs`: what holds for the whole director, gathered from its four parts.

Rule: rows only; what others inherit from here is pushed into them by `inherit`.
"""

from __future__ import annotations

from keepalived.config.globals_lvs import GlobalsLvs
from keepalived.config.globals_notify import GlobalsNotify
from keepalived.config.globals_process import GlobalsProcess
from keepalived.config.globals_vrrp import GlobalsVrrp
from keepalived.lang.place import Place
from keepalived.lang.values import Text
from keepalived.lang.words import block, keyword, where


@block("global_defs", doc="What holds for the whole director.")
class Globals(GlobalsProcess, GlobalsVrrp, GlobalsLvs, GlobalsNotify):
    """The director's own settings."""

    router_id: str = keyword(
        "router_id",
        Text("NAME"),
        default="",
        aliases=("lvs_id",),
        doc="This director's name in mails and dumps; by default the host's.",
    )
    place: Place = where()
