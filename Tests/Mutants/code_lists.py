"""The code lists as the mappings use them, and what can go wrong in a row."""

import csv
import io
import re


def used(mapping_lines):
    """Pairs of partner and list that mappings name: `mapping_lines` is partner -> lines of its mappings."""
    result = set()
    for partner, lines in mapping_lines.items():
        for call in (call for line in lines for call in line.calls):
            if call.name == "code":
                result.add((partner, call.arguments))
            if call.name == "amount" and "unit=" in (call.arguments or ""):
                result.add((partner, "price-unit"))
            if call.name == "amount" and "currency=" in (call.arguments or ""):
                result.add((partner, "currency"))
    return result


def canonical_values(files):
    """List -> its canonical values in the order of the file; `files` is list -> text."""
    return {name: list(dict.fromkeys(row["canonical"] for row in csv.DictReader(io.StringIO(text)))) for name, text in files.items()}


def mutations(name, text, partners):
    """(operator, index, {index: new line or None}) for every row of these partners."""
    lines = text.split("\n")
    columns = lines[0].split(",")
    partner_at, code_at, canonical_at = (columns.index(c) for c in ("partner", "code", "canonical"))
    rows = []
    for index, line in enumerate(lines[1:], 1):
        if line:
            fields = next(csv.reader([line]))
            rows.append((index, fields[partner_at], fields[code_at], fields[canonical_at]))
    values = list(dict.fromkeys(row[3] for row in rows))

    def written(index, code, canonical):
        # The first five columns hold no commas and need no quotation marks.
        head, rest = lines[index].split(",")[:canonical_at + 1], lines[index].split(",")[canonical_at + 1:]
        head[code_at], head[canonical_at] = code, canonical
        return ",".join(head + rest)

    for position, (index, partner, code, canonical) in enumerate(rows):
        if partner not in partners:
            continue
        # Its neighbours in the list stand for all the others.
        at = values.index(canonical)
        for value in dict.fromkeys((values[at - 1], values[(at + 1) % len(values)])):
            if value != canonical:
                yield "entry's value changed", index, {index: written(index, code, value)}
        yield "entry removed", index, {index: None}
        yield "entry's code changed", index, {index: written(index, code + "0", canonical)}
        following = next((row for row in rows[position + 1:] if row[1] == partner and row[3] != canonical), None)
        if following:
            yield "codes exchanged", index, {index: written(index, following[2], canonical),
                                             following[0]: written(following[0], code, following[3])}


def is_list(path):
    return re.fullmatch(r"codelists/[a-z-]+\.csv", path) is not None
