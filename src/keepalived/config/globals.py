"""The words of `global_defs`: who this director is, whom it mails, which plane it uses.

Rule: rows only; what others inherit from here is pushed into them by `inherit`.
"""

from __future__ import annotations

from keepalived.lang.place import Place
from keepalived.lang.values import Choice, Int, Seconds, Text
from keepalived.lang.words import Bad, Given, Value, block, keyword, where, words


class HostPort(Value[tuple[str, int]]):
    """`HOST [PORT]`: a name or an address, port 25 by default."""

    shape = "HOST [PORT]"
    most_words = 2

    def read(self, given: Given) -> tuple[str, int] | Bad:
        """Read the host and the optional port."""
        if not given.words:
            return Bad(f"expected {self.shape}")
        if len(given.words) == 1:
            return (given.words[0], 25)
        port = Int(1, 65535).read(Given(given.words[1:2]))
        return Bad(f"port {port.why}", 1) if isinstance(port, Bad) else (given.words[0], port)

    def write(self, value: tuple[str, int]) -> str:
        """Write both."""
        return f"{value[0]} {value[1]}"

    @property
    def examples(self) -> tuple[tuple[str, int], ...]:
        """Give an address and a name."""
        return (("192.168.200.20", 25), ("mail.example.org", 2525))


@block("global_defs", doc="What holds for the whole director.")
class Globals:
    """The director's own settings."""

    notification_email: tuple[str, ...] = words(
        "notification_email", Text("ADDRESS"), doc="Who gets mail."
    )
    notification_email_from: str = keyword(
        "notification_email_from", Text("ADDRESS"), default="", doc="Whom mail comes from."
    )
    smtp_server: tuple[str, int] | None = keyword(
        "smtp_server", HostPort(), default=None, doc="Who takes the mail; without it there is none."
    )
    smtp_connect_timeout_us: int = keyword(
        "smtp_connect_timeout",
        Seconds(0, 86_400_000_000),
        default=30_000_000,
        aliases=("smtp_connection_timeout",),
        doc="Time limit of each step of the mail's delivery.",
    )
    router_id: str = keyword(
        "router_id",
        Text("NAME"),
        default="",
        aliases=("lvs_id",),
        doc="This director's name in mails and dumps; by default the host's.",
    )
    lvs_plane: str = keyword(
        "lvs_plane",
        Choice("auto", "ipvs", "nftables"),
        default="auto",
        ours=True,
        doc="Who forwards: auto takes ipvs where the kernel has it, else nftables.",
    )
    place: Place = where()
