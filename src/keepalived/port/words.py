"""What processes of one daemon say to each other.

Rule: a word is a frozen value that can be written as JSON; a sister process acts on it at leisure.
"""

from __future__ import annotations

from keepalived.records import dataclass


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail that the parent is to deliver: subject and body; it knows server and recipients."""

    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class BfdSaid:
    """A BFD session came up or went down; it holds until the next word about that session."""

    instance: str
    """The name of the bfd_instance."""
    up: bool
    because: str = ""
    """Why, as a sentence without its end."""


Word = Mail | BfdSaid
