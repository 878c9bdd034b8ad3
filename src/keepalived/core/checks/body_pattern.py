"""What a page's body has to match, or must not: a regular expression and where it may begin.

Rule: patterns are those of Python's `re`; one that it cannot read, and an option that would change
what matches and is not here, is reported when the file is read.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from keepalived.records import dataclass

FLAGS = {
    "caseless": re.IGNORECASE,
    "dotall": re.DOTALL,
    "multiline": re.MULTILINE,
    "extended": re.VERBOSE,
}
HARMLESS = frozenset(
    (
        *("auto_callout", "dupnames", "never_ucp", "never_utf", "no_auto_capture"),
        *("no_auto_possess", "no_dotstar_anchor", "no_start_optimize", "never_backslash_c"),
        *("alt_verbnames", "use_offset_limit"),
    )
)
"""They are about speed or about patterns that are refused, not about what matches."""
KNOWN = frozenset((*FLAGS, *HARMLESS, "firstline", "utf", "ucp"))


@dataclass(frozen=True, slots=True)
class BodyPattern:
    """A pattern ready for use."""

    pattern: re.Pattern[str]
    utf: bool
    """Whether the body is text in UTF-8; else each byte is a character."""
    unwanted: bool
    """Whether the body must not match."""
    first_line: bool
    least: int
    most: int | None
    """Where a match may begin."""

    def objection(self, body: bytes) -> str:
        """Say what is wrong with a body; nothing if it is right."""
        text = body.decode("utf-8", "replace") if self.utf else body.decode("latin-1")
        found = self._begins(text)
        if self.unwanted:
            return f"it matches at {found}, and must not" if found is not None else ""
        return "" if found is not None else "it does not match"

    def _begins(self, text: str) -> int | None:
        match = self.pattern.search(text, self.least)
        if match is None:
            return None
        # The first match is the one that begins first: if that is too late, so are all.
        start = match.start()
        if self.most is not None and start > self.most:
            return None
        if self.first_line and "\n" in text[:start]:
            return None
        return start


def body_pattern(
    text: str, options: Collection[str], unwanted: bool, least: int, most: int
) -> BodyPattern | str:
    """Make a pattern; or say what is wrong with it. A `most` of 0 is none."""
    for option in options:
        if option not in KNOWN:
            return f"regex_options {option} would change what matches, and is not here"
    flags = re.RegexFlag(0)
    for option in options:
        flags |= FLAGS.get(option, re.RegexFlag(0))
    if "ucp" not in options:
        flags |= re.ASCII
    utf = "utf" in options
    try:
        # Without utf each byte is a character, in the pattern as in the body.
        shown = text if utf else text.encode("utf-8", "surrogateescape").decode("latin-1")
        pattern = re.compile(_in_our_words(shown), flags)
    except (re.error, OverflowError, RecursionError) as error:
        return f'regex "{text}" cannot be read: {error}'
    return BodyPattern(pattern, utf, unwanted, "firstline" in options, least, most or None)


def _in_our_words(pattern: str) -> str:
    """Write names of groups and the very end as `re` does; what is escaped is left as it is."""
    return re.sub(
        r"\\(.)|\(\?<(?=[A-Za-z_])",
        lambda found: (r"\Z" if found[1] == "z" else found[0]) if found[1] else "(?P<",
        pattern,
        flags=re.DOTALL,
    )
