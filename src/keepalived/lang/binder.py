"""A tree and the blocks' rows to frozen objects and faults.

Rule: one mistake, one fault, and the walk goes on. Knows no keyword: rows say everything.
"""

from __future__ import annotations

from keepalived.annotations import TYPE_CHECKING, Any, TypeVar
from keepalived.lang.bound import Bound
from keepalived.lang.fault import Faults, error, remark
from keepalived.lang.lexer import Line
from keepalived.lang.suggest import nearest
from keepalived.lang.vocabulary import SEVERAL, Dialect, Entry, Plan, Vocabulary
from keepalived.lang.words import Bad, Block, Given, Kind, Row, Value, block_of
from keepalived.records import replace

if TYPE_CHECKING:
    from keepalived.lang.casting import Casting

__all__ = ["Bound", "Dialect", "Plan", "Vocabulary", "bind"]

T = TypeVar("T")
MOST_NEAR = 150
"""Different words for which a near one is looked for; each takes a millisecond."""


def bind(tree: list[Line], vocabulary: Vocabulary) -> Bound:
    """Bind a file's top level."""
    binder = _Binder(vocabulary)
    values = binder.body(vocabulary.root, tree)
    made = vocabulary.root.made(**values)
    told = (binder.astray, binder.awaiting)
    return Bound(made, binder.faults, binder.lines, None, binder.casting, *told)


class _Binder:
    """One walk over a tree."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.faults = Faults()
        self.lines: dict[int, Line] = {}
        self._vocabulary = vocabulary
        self.astray = False
        self.awaiting: set[tuple[str, int]] = set()
        """File and number of lines with words without effect, remarked on the first time only."""
        self.casting: Casting | None = None
        self._near: dict[tuple[str, str], str | None] = {}
        self._awaited: set[int] = set()

    def body(self, plan: Plan, body: list[Line]) -> dict[str, Any]:
        """Bind the lines of a block."""
        values: dict[str, Any] = {}
        entries = plan.entries
        for line in body:
            words = line.words
            entry = entries.get(words[0])
            if line.whole and entry is not None and self._whole(entry, line, values):
                continue
            if line.body is not None and (entry is None or entry.keyword):
                self.astray = True
            if entry is None:
                if not line.broken:
                    self._unknown(plan, line, values)
                continue
            if entry.keyword:
                if words in entry.read and line.body is None and not line.raw and not line.broken:
                    if entry.row.once and entry.field in values:
                        self._again(entry.row, line)
                    else:
                        values[entry.field] = entry.read[words]
                elif not line.broken:
                    self._keyword(entry, line, values)
            elif line.broken:
                continue
            elif entry.inner is not None:
                self.block(entry, line, values)
            else:
                self._listing(entry, line, values)
        for name in plan.lists:
            if name in values:
                values[name] = tuple(values[name])
        return values

    def _keyword(self, entry: Entry, line: Line, values: dict[str, Any]) -> None:
        row = entry.row
        if line.body is not None:
            self._error(line, f"{row.name} opens no block", len(line.words), "remove the braces")
            return
        if row.once and row.field in values:
            self._again(row, line)
            return
        spotless = self._spelling(row, line)
        given = Given(line.words[1:], line.raw or " ".join(line.words[1:]), line.cut)
        assert row.value is not None
        value = self._read(row.value, given, line, row.name, 1)
        if isinstance(value, Bad):
            return
        if row.several:
            values[row.field] = (*values.get(row.field, ()), value)
            self._remarks(row.value, given, line)
            return
        values[row.field] = value
        said = self._remarks(row.value, given, line) if spotless else True
        if not said and not line.raw and not row.awaits:
            entry.read[line.words] = value

    def _again(self, row: Row, line: Line) -> None:
        self._error(line, f"{row.name} is given already; the first one counts", 0, "remove one")

    def _spelling(self, row: Row, line: Line) -> bool:
        """Remark on an older spelling; True when there is nothing to say."""
        word = line.words[0]
        if row.awaits:
            self.awaiting.add((line.source.name, line.number))
        if row.awaits and not self._vocabulary.strict and id(row) not in self._awaited:
            self._awaited.add(id(row))
            text = f"'{word}' is read and checked, but it has no effect here so far"
            self.faults.append(remark(line.place(), text, "", line.text))
        if word in row.aliases:
            text = f"'{word}' is an older word for {row.name}"
            self._old(line, text, f"write {row.name}")
            return False
        if row.retired:
            self._old(line, f"'{word}' is an old word; today it is {row.retired}", "")
            return False
        return True

    def _spelling_of_block(self, row: Row, block: Block, line: Line) -> None:
        self._spelling(row, line)
        if line.words[0] in block.aliases:
            text = f"'{line.words[0]}' is an older word for {block.name}"
            self.faults.append(remark(line.place(), text, f"write {block.name}", line.text))

    def _old(self, line: Line, text: str, remedy: str, word: int = 0) -> None:
        kind = error if self._vocabulary.strict else remark
        self.faults.append(kind(line.place(word), text, remedy, line.text))

    def _read(self, value: Value[T], given: Given, line: Line, name: str, first: int) -> T | Bad:
        found = value.read(given)
        if isinstance(found, Bad):
            text = f"{name}: {found.why}" if name else found.why
            remedy = f"expected: {value.shape}" if value.shape not in found.why else ""
            self._error(line, text, first + found.word, remedy)
        return found

    def _remarks(self, value: Value[Any], given: Given, line: Line) -> bool:
        """Remark on what is odd about a value; True when something was."""
        odd = value.remark(given)
        if given.cut:
            word = given.words[-1] if given.words else line.words[0]
            odd = f"'{given.cut[0]}' starts a comment: '{word}' counts, '{given.cut}' is cut off"
            remedy = f'quote the word to keep it: "{word}{given.cut}"'
            self.faults.append(
                remark(line.place(max(len(line.words) - 1, 0)), odd, remedy, line.text)
            )
        elif odd:
            name = line.words[0]
            self._old(line, f"{name}: {odd}", "", 1)
        elif len(given.words) > value.most_words:
            first = given.words[value.most_words]
            odd = f"{line.words[0]}: '{first}' and what follows is passed over"
            at = line.place(len(line.words) - len(given.words) + value.most_words)
            self.faults.append(remark(at, odd, f"expected: {value.shape}", line.text))
        return bool(odd)

    def block(self, entry: Entry, line: Line, values: dict[str, Any]) -> None:
        row, plan = entry.row, entry.inner
        assert plan is not None
        if line.body is None:
            self.astray = True
            self._error(line, f"{line.words[0]}: a {{ is missing", len(line.words), "add { … }")
            return
        if row.awaits or line.words[0] != plan.block.name:
            self._spelling_of_block(row, plan.block, line)
        inner: dict[str, Any] = {}
        heading = True
        if plan.head is not None:
            if line.words in entry.read and not line.raw:
                inner[plan.head.field] = entry.read[line.words]
            else:
                heading = self._heading(plan.head, line, inner)
                if heading and not line.raw and not line.cut:
                    entry.read[line.words] = inner[plan.head.field]
        elif len(line.words) > 1:
            self._error(line, f"{line.words[0]}: nothing is expected before its {{", 1, "remove it")
        if heading or not self._vocabulary.strict:
            inner.update(self.body(plan, line.body or []))
        if not heading:
            return
        for wanted in plan.wanted:
            if wanted.field not in inner:
                self._error(line, f"{line.words[0]}: {wanted.name} is missing", 0, "add it")
                return
        if plan.has_place:
            place = inner["place"] = line.place()
            self.lines[id(place)] = line
        self._keep(row, plan.made(**inner), line, values)

    def _whole(self, entry: Entry, line: Line, values: dict[str, Any]) -> bool:
        """Bind a block whose text may be known; False if it has to be bound as any other."""
        if self.casting is None:
            from keepalived.lang.casting import Casting

            self.casting = Casting(self)
        return self.casting.take(entry, line, values.setdefault(entry.field, []), values)

    def _heading(self, row: Row, line: Line, values: dict[str, Any]) -> bool:
        """Read the words behind a block's name; False when they are no good."""
        assert row.value is not None
        given = Given(line.words[1:], line.raw or " ".join(line.words[1:]), line.cut)
        value = self._read(row.value, given, line, line.words[0], 1)
        if isinstance(value, Bad):
            return False
        most = row.value.most_words
        if len(given.words) > most:
            self._error(line, f"{line.words[0]}: expected {row.value.shape}", 1 + most, "remove it")
            return False
        self._remarks(row.value, given, line)
        values[row.field] = value
        return True

    def _keep(self, row: Row, made: Any, line: Line, values: dict[str, Any]) -> None:
        if row.kind is Kind.MANY:
            values.setdefault(row.field, []).append(made)
            return
        if row.field in values:
            made = merged(values[row.field], made, line)
        values[row.field] = made

    def _listing(self, entry: Entry, line: Line, values: dict[str, Any]) -> None:
        """Bind `name { … }` with values in it."""
        row = entry.row
        if line.body is None:
            self.astray = True
            self._error(line, f"{row.name}: a {{ is missing", len(line.words), "add { … }")
            return
        if len(line.words) > 1:
            self._error(line, f"{row.name}: nothing is expected before its {{", 1, "remove it")
        self._spelling(row, line)
        found = values.setdefault(row.field, [])
        for each in line.body:
            if each.broken:
                continue
            if each.body is not None:
                self.astray = True
                self._error(each, f"{row.name} has no blocks in it", len(each.words), "remove it")
            elif row.kind is Kind.WORDS:
                self._words(row, each, found)
            else:
                self._value(row, each, each.words, 0, found)

    def _words(self, row: Row, line: Line, found: list[Any]) -> None:
        for at, word in enumerate(line.words):
            self._value(row, line, (word,), at, found)

    def _value(
        self, row: Row, line: Line, words: tuple[str, ...], first: int, found: list[Any]
    ) -> None:
        assert row.value is not None
        last = first + len(words) == len(line.words)
        given = Given(words, " ".join(words), line.cut if last else "")
        value = self._read(row.value, given, line, row.name, first)
        if not isinstance(value, Bad):
            found.append(value)
            self._remarks(row.value, given, line)

    def _unknown(self, plan: Plan, line: Line, values: dict[str, Any]) -> None:
        if plan.each is not None:
            if line.body is None:
                found = values.setdefault(plan.each.field, [])
                self._value(plan.each, line, line.words, 0, found)
            else:
                what = f"{plan.block.name} has no blocks in it"
                self._error(line, what, len(line.words), "remove it")
            return
        if plan.bare is not None and line.body is None and not self._slip(plan, line):
            if plan.bare.field in values:
                self._words(plan.bare, line, values[plan.bare.field])
                return
            values[plan.bare.field] = []
            self._words(plan.bare, line, values[plan.bare.field])
            text = f"'{line.words[0]}' stands in {plan.block.name} without {plan.bare.name} {{ }}"
            remedy = f"write {plan.bare.name} {{ {' '.join(line.words)} }}"
            self.faults.append(remark(line.place(), text, remedy, line.text))
            return
        word = line.words[0]
        homes = self._vocabulary.homes(word)
        name = plan.block.name or "the top level"
        if homes:
            legal = " or ".join(f"in {home}" if home else "at the top level" for home in homes)
            self._error(line, f"'{word}' does not belong in {name}", 0, f"it is legal {legal}")
            return
        near = self._nearest(plan, word)
        remedy = f"did you mean {near}?" if near else f"{name} does not know it"
        self._error(line, f"unknown keyword '{word}'", 0, remedy)

    def _nearest(self, plan: Plan, word: str) -> str | None:
        """Give the nearest word of a block, today's spellings first; a slip is made often."""
        key = (plan.block.name, word)
        if key not in self._near and len(self._near) < MOST_NEAR:
            today = (row.name for row in plan.block.rows if row.name)
            self._near[key] = nearest(word, today) or nearest(word, plan.entries)
        return self._near.get(key)

    def _slip(self, plan: Plan, line: Line) -> bool:
        """Say whether what stands bare looks like a keyword gone wrong: `notify_mastr /x`."""
        word = line.words[0]
        return bool(self._vocabulary.homes(word)) or (
            len(word) > 4 and self._nearest(plan, word) is not None
        )

    def _error(self, line: Line, what: str, word: int, remedy: str) -> None:
        self.faults.append(error(line.place(word), what, remedy, line.text))


def merged(first: Any, second: Any, line: Line) -> Any:
    """Join two blocks of which there is one, such as global_defs: the later one's words count."""
    given = {each.words[0] for each in line.body or ()}
    if not given:
        return first
    changes: dict[str, Any] = {}
    for row in block_of(type(second)).rows:
        theirs = getattr(second, row.field)
        if row.kind in SEVERAL or row.several:
            if theirs:
                changes[row.field] = (*getattr(first, row.field), *theirs)
        elif not given.isdisjoint(
            (row.name, *row.aliases, *row.also, *(block_of(b).name for b in row.blocks))
        ):
            changes[row.field] = theirs
    return replace(first, **changes)
