"""Workbooks (xlsx) out of Python's standard library, the same bytes on every machine.

Only what the recordings need: texts (shared, inline, in runs), numbers as a file holds them, days, formulas, errors, merged cells.
Parts are compressed with a fixed code of our own, since what zlib makes differs from version to version.
"""

import datetime
import struct
import zlib
from dataclasses import dataclass
from xml.sax.saxutils import escape

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
CONTENT_TYPE = TYPE + ".sheet"
# Places in the list of formats below.
TEXT_FORMAT, DAY_FORMAT, CHINESE_DAY_FORMAT = 1, 2, 3


@dataclass(frozen=True)
class Number:
    """A number as it stands in the file; `means` where that is not what the cell stands for."""
    raw: str
    means: str = ""

    def __str__(self):
        return self.means or self.raw


@dataclass(frozen=True)
class Day:
    """A day as spreadsheets keep it: a number and a format that shows a day."""
    year: int
    month: int
    day: int
    style: int = DAY_FORMAT

    def __str__(self):
        return f"{self.year:04}-{self.month:02}-{self.day:02}"

    @property
    def serial(self):
        return (datetime.date(self.year, self.month, self.day) - datetime.date(1899, 12, 30)).days


@dataclass(frozen=True)
class Runs:
    """A text in runs of different looks."""
    parts: tuple

    def __str__(self):
        return "".join(self.parts)


@dataclass(frozen=True)
class Formula:
    """A formula with the value that was saved with it, a text or a Number."""
    formula: str
    value: object

    def __str__(self):
        return str(self.value)


@dataclass(frozen=True)
class Failure:
    """A formula that came to an error."""
    formula: str
    error: str

    def __str__(self):
        return ""


def letters(column):
    """The name of a column from 1."""
    name = ""
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


def text_element(text):
    return f'<t xml:space="preserve">{escape(text)}</t>'


def cell(name, value, shared):
    """One cell; `shared` collects the texts, None writes them into the cells."""
    if isinstance(value, Number):
        return f'<c r="{name}"><v>{value.raw}</v></c>'
    if isinstance(value, Day):
        return f'<c r="{name}" s="{value.style}"><v>{value.serial}</v></c>'
    if isinstance(value, Formula):
        kind = "" if isinstance(value.value, Number) else ' t="str"'
        return f'<c r="{name}"{kind}><f>{escape(value.formula)}</f><v>{escape(value.value.raw if not kind else value.value)}</v></c>'
    if isinstance(value, Failure):
        return f'<c r="{name}" t="e"><f>{escape(value.formula)}</f><v>{value.error}</v></c>'
    body = "".join(f"<r><rPr><b/></rPr>{text_element(part)}</r>" for part in value.parts) if isinstance(value, Runs) else text_element(value)
    if shared is None:
        return f'<c r="{name}" s="{TEXT_FORMAT}" t="inlineStr"><is>{body}</is></c>'
    if body not in shared:
        shared.append(body)
    return f'<c r="{name}" s="{TEXT_FORMAT}" t="s"><v>{shared.index(body)}</v></c>'


def worksheet(rows, shared, merged, hidden):
    """`rows` holds a list of cells for each row, None for a row that is not there; an empty text is a cell that is not there."""
    lines = []
    for number, row in enumerate(rows, 1):
        if row is not None:
            cells = "".join(cell(f"{letters(column)}{number}", value, shared) for column, value in enumerate(row, 1) if value != "")
            lines.append(f'<row r="{number}"{" hidden=" + chr(34) + "1" + chr(34) if number in hidden else ""}>{cells}</row>')
    areas = "".join(f'<mergeCell ref="{area}"/>' for area in merged)
    return (f'<worksheet xmlns="{MAIN}"><sheetData>{"".join(lines)}</sheetData>'
            + (f'<mergeCells count="{len(merged)}">{areas}</mergeCells>' if merged else "") + "</worksheet>")


def workbook(sheets, is_shared=True, merged=(), hidden=()):
    """The file: (name, rows) of each sheet; merged areas and hidden rows are of the first."""
    shared = [] if is_shared else None
    parts = {f"xl/worksheets/sheet{n}.xml": worksheet(rows, shared, merged if n == 1 else (), hidden if n == 1 else ())
             for n, (_, rows) in enumerate(sheets, 1)}
    relations = [(f"r{n}", "worksheet", f"worksheets/sheet{n}.xml") for n in range(1, len(sheets) + 1)] + [("r90", "styles", "styles.xml")]
    types = [("xl/workbook.xml", "sheet.main"), ("xl/styles.xml", "styles")] + [(name, "worksheet") for name in parts]
    named = "".join(f'<sheet name="{escape(name)}" sheetId="{n}" r:id="r{n}"/>' for n, (name, _) in enumerate(sheets, 1))
    parts["xl/workbook.xml"] = f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{named}</sheets></workbook>'
    parts["xl/styles.xml"] = (
        f'<styleSheet xmlns="{MAIN}"><numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;"/></numFmts>'
        '<fonts count="1"><font><sz val="11"/></font></fonts><fills count="1"><fill><patternFill patternType="none"/></fill></fills>'
        '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf numFmtId="0"/></cellStyleXfs>'
        '<cellXfs count="4"><xf numFmtId="0"/><xf numFmtId="49"/><xf numFmtId="14"/><xf numFmtId="164"/></cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>')
    if is_shared:
        parts["xl/sharedStrings.xml"] = f'<sst xmlns="{MAIN}" uniqueCount="{len(shared)}">{"".join(f"<si>{body}</si>" for body in shared)}</sst>'
        relations.append(("r91", "sharedStrings", "sharedStrings.xml"))
        types.append(("xl/sharedStrings.xml", "sharedStrings"))
    parts["xl/_rels/workbook.xml.rels"] = relationships(relations)
    parts["_rels/.rels"] = relationships([("r1", "officeDocument", "xl/workbook.xml")])
    parts["[Content_Types].xml"] = (
        f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        + "".join(f'<Override PartName="/{name}" ContentType="{TYPE}.{kind}+xml"/>' for name, kind in types) + "</Types>")
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    return package({name: (head + parts[name]).encode() for name in sorted(parts)})


def relationships(rows):
    return (f'<Relationships xmlns="{PACKAGE}/relationships">'
            + "".join(f'<Relationship Id="{name}" Type="{OFFICE}/{kind}" Target="{target}"/>' for name, kind, target in rows) + "</Relationships>")


def deflated(data):
    """RFC 1951 with the fixed code, every byte by itself."""
    bits = [1, 1, 0]

    def put(code, count):
        bits.extend(code >> place & 1 for place in reversed(range(count)))
    for byte in data:
        put(0x30 + byte, 8) if byte < 144 else put(0x190 + byte - 144, 9)
    put(0, 7)
    bits += [0] * (-len(bits) % 8)
    return bytes(sum(bit << place for place, bit in enumerate(bits[start:start + 8])) for start in range(0, len(bits), 8))


def package(files):
    """A ZIP file, all of it of one moment."""
    body, directory = b"", b""
    for name, content in files.items():
        packed = deflated(content)
        # Version 2.0, no flags, deflated, 1 January 1980 at midnight.
        common = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 0x21, zlib.crc32(content), len(packed), len(content), len(name), 0)
        directory += b"PK\1\2" + struct.pack("<H", 20) + common + struct.pack("<HHHII", 0, 0, 0, 0, len(body)) + name.encode("ascii")
        body += b"PK\3\4" + common + name.encode("ascii") + packed
    return body + directory + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, len(files), len(files), len(directory), len(body), 0)
