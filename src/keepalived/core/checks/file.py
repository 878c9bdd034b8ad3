"""FILE_CHECK: a number in a file is part of a server's weight. Its words alone, so far.

Rule: rows only.
"""

from __future__ import annotations

from keepalived.lang.option_values import NUMBER_MOST, Flag, Weight, WeightValue
from keepalived.lang.place import NOWHERE, Place
from keepalived.lang.values import Text
from keepalived.lang.words import block, keyword, where


@block("FILE_CHECK", doc="A number in a file is part of the server's weight.")
class FileCheck:
    """The words of FILE_CHECK."""

    track_file: str = keyword(
        "track_file", Text("NAME"), default="", awaits="lvs", doc="The track_file to follow."
    )
    weight: Weight = keyword(
        "weight",
        WeightValue(NUMBER_MOST, noreverse=True),
        default=Weight(1),
        awaits="lvs",
        doc="What its number is multiplied by.",
    )
    dynamic: bool = keyword(
        "dynamic", Flag(), default=False, ours=True, doc="Nothing: the weight always follows."
    )
    place: Place = where(default=NOWHERE)
