"""Reads mapping files line by line, as a person edits them; just enough of the language to change one thing of a line.

It shares no code with the product and needs no YAML reader: the mapping files hold one thing per line.
"""

import dataclasses
import re

KEY = re.compile(r"^(\s*)([^\s:#{}'\"][^:\s]*):(?:\s+(.*))?$")


@dataclasses.dataclass(frozen=True)
class Call:
    """A function of an expression, such as `max(200)`: its name, and its arguments as written."""
    name: str
    arguments: str | None

    def __str__(self):
        return self.name if self.arguments is None else f"{self.name}({self.arguments})"


@dataclasses.dataclass(frozen=True)
class Line:
    """A line of a mapping file."""
    index: int          # from 0
    text: str
    part: str           # header, namespaces, identify, keys, fields
    scope: tuple        # the groups around it
    key: str            # left of the colon
    value: str          # right of it, without comment
    source: str         # of an expression: the path or text it begins with
    calls: tuple        # of an expression: its functions
    last: int           # index of the last line of the block that it opens; its own where it opens none

    @property
    def is_expression(self):
        return bool(self.source)

    @property
    def shape(self):
        """What kind of value it makes; lines of equal shape can take each other's place."""
        typing = tuple(c.name for c in self.calls if c.name not in ("trim", "required", "max", "default"))
        kind = self.source.split("(")[0] if re.match(r"(datetime|literal|concat|first)\(", self.source) else "path"
        return kind, "[]" in self.source, typing

    def expressed(self, source=None, calls=None):
        """The line with another expression; layout, markup around it and comment stay."""
        old = join(self.source, self.calls)
        new = join(self.source if source is None else source, self.calls if calls is None else calls)
        before, found, after = self.text.partition(old)
        if not found:
            raise ValueError(f"line {self.index + 1} is not written as {old}")
        return before + new + after


def join(source, calls):
    return " | ".join([source, *map(str, calls)])


def split(text, separator):
    """Splits at a separator that stands outside quotation marks and brackets."""
    parts, depth, quote, start = [], 0, "", 0
    for index, character in enumerate(text):
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        elif character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        elif character == separator and depth == 0:
            parts.append(text[start:index])
            start = index + 1
    return [part.strip() for part in [*parts, text[start:]]]


def without_comment(text):
    quote = ""
    for index, character in enumerate(text):
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        elif character == "#" and (index == 0 or text[index - 1] in " \t"):
            return text[:index].rstrip()
    return text.rstrip()


def call_of(text):
    name, bracket, rest = text.partition("(")
    return Call(name, rest[:-1] if bracket else None)


def expression_of(value):
    """The expression of a field's value, plain or in `{ value: ... }`."""
    if not value.startswith("{"):
        return value
    for entry in split(value[1:-1], ","):
        name, _, inner = entry.partition(":")
        if name.strip() == "value":
            return inner.strip()
    return ""


def read(text):
    """All lines that say something, in order."""
    lines = text.split("\n")
    entries = []
    for index, line in enumerate(lines):
        match = KEY.match(without_comment(line))
        if match:
            entries.append((index, len(match[1]), match[2], match[3] or ""))
    result, around = [], []     # around: (indent, key) of the open blocks
    for position, (index, indent, key, value) in enumerate(entries):
        while around and around[-1][0] >= indent:
            around.pop()
        part = around[0][1] if around else "header"
        last = index
        if not value:
            for later, deeper, _, _ in entries[position + 1:]:
                if deeper <= indent:
                    break
                last = later
        scope = tuple(k for _, k in around[1:] if k != "fields")
        source, calls = "", ()
        if value and part in ("identify", "keys", "fields"):
            first, *rest = split(expression_of(value), "|")
            source, calls = first, tuple(map(call_of, rest))
        result.append(Line(index, lines[index], part, scope, key, value, source, calls, last))
        if not value:
            around.append((indent, key))
    return result
