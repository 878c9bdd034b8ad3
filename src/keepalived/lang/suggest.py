"""The nearest known word to one that is not known.

Rule: words only; a guess further off than a third of the word is no guess.
"""

from __future__ import annotations

from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Give the known word that is fewest slips away, or None when none is near."""
    if not 2 <= len(word) <= 40:
        return None
    best, least = None, len(word) // 3 + 1
    for each in known:
        if abs(len(each) - len(word)) < least:
            slips = distance(word.lower(), each.lower())
            if slips < least:
                best, least = each, slips
    return best


def distance(one: str, two: str) -> int:
    """Count the letters to insert, delete, replace or swap with a neighbour."""
    before: list[int] = []
    row = list(range(len(two) + 1))
    for i, letter in enumerate(one, 1):
        earlier, before, row = before, row, [i]
        for j, other in enumerate(two, 1):
            slips = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == two[j - 2] and one[i - 2] == other:
                slips = min(slips, earlier[j - 2] + 1)
            row.append(slips)
    return row[-1]
