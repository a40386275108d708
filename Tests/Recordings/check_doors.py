"""What check.py asks of recordings that come through other doors: envelopes, files of several records, workbooks and pages, read
with Python's own XML, JSON, CSV and ZIP readers. Records that no finding names must be as good as those that come alone.
"""

import base64
import csv
import fnmatch
import io
import re
import xml.etree.ElementTree as ET
import zipfile

import check_b
from check_a import check_identifiers, decode, lint, tree

DOORS = {"local-a-upload": ("soap", "*"), "local-a-files": ("file", "*.xml"), "local-b-penalty-files": ("file", "*.csv"), "local-b-penalty-books": ("file", "*.xlsx"),
         "local-b-pages": ("page", "*")}
STATUS = {"soap": {200, 400}, "file": {202, 422}, "page": {202}}
ROOT = "TENDER_ANN_QUA_INQUERY_ANN"
RECORD = re.compile(rf"<{ROOT}>.*?</{ROOT}>", re.DOTALL)
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
# Findings that a whole file, page or envelope has.
WHOLE = {"xml.syntax", "stream.empty", "stream.over-tolerance", "dataset.unknown", "csv.header", "encoding.invalid", "sheet.file", "sheet.header", "soap.operation", "soap.reference"}


def check_door(name, case, fail):
    """That door, channel and status go together."""
    door, pattern = DOORS.get(case["channel"], ("", "*"))
    if case.get("door", "") != door:
        fail(name, f"the door of {case['channel']} is {door or 'that of every channel'}")
    elif door and (case["http"] not in STATUS[door] or case["idempotencyKey"] or case["faults"]):
        fail(name, "status, idempotency key or faults do not go with its door")
    if door == "file" and not (fnmatch.fnmatch(case["payload"], pattern) and case["payload"].startswith(name + ".")):
        fail(name, f"the file must be called {name}{pattern[1:]}")


def envelope(content):
    """The arguments of a call, in their order."""
    body = next(part for part in ET.fromstring(content) if part.tag.endswith("}Body"))
    return list(body[0])


def document(argument):
    """The document in an argument: as XML text, as elements, or in base64."""
    if len(argument):
        return ET.tostring(argument[0])
    text = (argument.text or "").strip()
    return re.sub(r'^(<\?xml[^>]*encoding=")[^"]+', r"\1UTF-8", text).encode() if text.startswith("<") else base64.b64decode(text, validate=False)


def read_book(content):
    """Name of the first sheet, its rows by number, each with its texts by column, and the kinds of cells."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    sheet = ET.fromstring(parts["xl/workbook.xml"]).find(f"{MAIN}sheets/{MAIN}sheet")
    targets = {row.get("Id"): row.get("Target") for row in ET.fromstring(parts["xl/_rels/workbook.xml.rels"])}
    shared = ["".join(item.itertext()) for item in ET.fromstring(parts["xl/sharedStrings.xml"])] if "xl/sharedStrings.xml" in parts else []
    rows, kinds = {}, {}
    for cell in ET.fromstring(parts["xl/" + targets[sheet.get(RELATION)]]).iter(MAIN + "c"):
        letters, number = re.fullmatch(r"([A-Z]+)(\d+)", cell.get("r")).groups()
        column = 0
        for letter in letters:
            column = column * 26 + ord(letter) - 64
        raw = cell.findtext(MAIN + "v") or ""
        text = shared[int(raw)] if cell.get("t") == "s" else "".join(cell.find(MAIN + "is").itertext()) if cell.get("t") == "inlineStr" else raw
        rows.setdefault(int(number), {})[column] = text
        kinds[int(number), column] = cell.get("t", "n")
    return sheet.get("name"), rows, kinds


class Doors:
    """Checks the cases one by one; keys of records are those of all other recordings too."""

    def __init__(self, keys_of_a, keys_of_b, fail):
        self.keys_of_a, self.keys_of_b, self.fail, self.seen = keys_of_a, keys_of_b, fail, set()
        # What is filled here does not count for the recordings of single records.
        self.coverage = check_b.Coverage()

    def check(self, name, content, case):
        """The business key of the first record that no finding names; None where there is none."""
        way = {"local-a-upload": self.call, "local-a-files": self.notices, "local-b-penalty-files": self.rows, "local-b-penalty-books": self.book, "local-b-pages": self.page}[case["channel"]]
        whole = {row["code"] for row in case["findings"]} & WHOLE
        # Of a file with too many wrong records the first reasons are told as well.
        if whole and whole != {"stream.over-tolerance"} and len(case["findings"]) > 1:
            self.fail(name, "a fault of the whole, and others")
        good = way(name, content, case["findings"], whole)
        if bool(good) != (case["message"] == "settled"):
            self.fail(name, f"{len(good)} good records, and {case['message']}")
        return good[0] if good else None

    def notice(self, name, content):
        """Checks a notice of system A that is to be accepted; its key."""
        if lint(None, content=content) != []:
            self.fail(name, "a notice does not pass xmllint --schema")
        root = tree(decode(content)[1] if content.startswith(b"<?xml") else content.decode())
        check_identifiers(name, root, self.fail)
        key = root.findtext("DATA_KEY")
        if self.keys_of_a.setdefault(key, name) != name or key in self.seen:
            self.fail(name, f"DATA_KEY {key} is used twice")
        self.seen.add(key)
        return f"{root.findtext('PLATFORM_CODE')}:{key}"

    def of_b(self, name, key):
        if self.keys_of_b.setdefault(key, name) != name or key in self.seen:
            self.fail(name, f"{key} is used twice")
        self.seen.add(key)
        return key

    # MARK: the doors

    def call(self, name, content, findings, whole):
        try:
            arguments = envelope(content)
        except ET.ParseError:
            if whole != {"xml.syntax"}:
                self.fail(name, "Python cannot parse the envelope")
            return []
        codes = {row["code"] for row in findings}
        if "xml.syntax" in codes:
            self.fail(name, "Python can parse the envelope")
        if whole:
            return []
        if len(arguments) != 9:
            if codes != {"soap.argument"}:
                self.fail(name, f"{len(arguments)} arguments")
            return []
        try:
            inside = document(arguments[4])
            lines = lint(None, content=inside)
        except ValueError:
            lines = None
        if (lines is None) != ("soap.content" in codes):
            self.fail(name, "the document can be read, or cannot, other than the case says")
        if lines is not None and lines != sorted({row["line"] for row in findings if row["code"] == "schema.violation"}):
            self.fail(name, f"xmllint names lines {lines}")
        if (not (arguments[2].text or "").strip()) != any(row["code"] == "soap.argument" and row["path"].endswith(arguments[2].tag) for row in findings):
            self.fail(name, "the serial number is there, or is not, other than the case says")
        return [] if findings else [self.notice(name, inside)]

    def notices(self, name, content, findings, whole):
        text = decode(content)[1]
        found = [(text.count("\n", 0, match.start()) + 1, text.count("\n", 0, match.end()) + 1, match.group()) for match in RECORD.finditer(text)]
        try:
            root = tree(text).tag
        except ET.ParseError:
            root = None
        if (root is None) != (whole == {"xml.syntax"}) or (root not in (None, "NOTICES")) != (whole == {"dataset.unknown"}) or (root == "NOTICES" and not found) != (whole == {"stream.empty"}):
            self.fail(name, f"its root is {root}, with {len(found)} notices")
        if whole == {"stream.over-tolerance"} and not 2 * sum("<NOTICE_NAME></NOTICE_NAME>" in record for _, _, record in found) > len(found):
            self.fail(name, "not more than half of its notices have no title")
        if whole:
            return []
        return [self.notice(name, record.encode()) for first, last, record in found if not any(first <= row["line"] <= last for row in findings)]

    def rows(self, name, content, findings, whole):
        try:
            reader = csv.reader(io.StringIO(content.decode("gb18030"), newline=""), strict=True)
        except UnicodeDecodeError:
            if whole != {"encoding.invalid"}:
                self.fail(name, "it is not GB 18030")
            return []
        heads = next(reader, [])
        if (not set(heads) & set(check_b.penalties.HEADS)) != (whole == {"csv.header"}):
            self.fail(name, "its header is there, or is not, other than the case says")
        if whole:
            return []
        good, last = [], reader.line_num
        for number, cells in enumerate(reader):
            first, last = last + 1, reader.line_num
            named = [row for row in findings if first <= row["line"] <= last]
            if cells and (len(cells) != len(heads)) != any(row["code"] == "csv.columns" for row in named):
                self.fail(name, f"line {first} has {len(cells)} cells")
            if number and cells and not named:
                row = dict(zip(heads, cells))
                check_b.good_row(name, row, self.coverage, self.fail)
                good.append(self.of_b(name, check_b.key_of_row(row)))
        return good

    def book(self, name, content, findings, whole):
        try:
            sheet, rows, kinds = read_book(content)
        except zipfile.BadZipFile:
            if whole != {"sheet.file"}:
                self.fail(name, "it is no ZIP package")
            return []
        heads = rows[1]
        if (not set(heads.values()) & set(check_b.penalties.HEADS)) != (whole == {"sheet.header"}):
            self.fail(name, "its header is there, or is not, other than the case says")
        for row in findings:
            place = (row["line"], row["column"])
            self.cell(name, row, sheet, rows.get(place[0], {}).get(place[1]), kinds.get(place), place[1] in heads)
        if whole:
            return []
        good = []
        for number, cells in sorted(rows.items()):
            if number > 2 and not any(row["line"] == number for row in findings):
                row = {head: cells.get(column, "") for column, head in heads.items()}
                check_b.good_row(name, row, self.coverage, self.fail)
                good.append(self.of_b(name, check_b.key_of_row(row)))
        return good

    def cell(self, name, finding, sheet, text, kind, is_named):
        """That a finding names its cell, and the cell is what it says."""
        column, letters = finding["column"], ""
        while column:
            column, rest = divmod(column - 1, 26)
            letters = chr(65 + rest) + letters
        shown = sheet if sheet.isalnum() else f"'{sheet}'"
        if finding["path"] != f"{shown}!{letters}{finding['line']}":
            self.fail(name, f"{finding['path']} is not the cell of line {finding['line']} and column {finding['column']}")
        holds = {"sheet.cell": kind == "e" or kind == "n" and len((text or "").split(".")[0]) > 15, "field.required": text is None, "sheet.columns": text is not None and not is_named}
        if not holds.get(finding["code"], text is not None and is_named):
            self.fail(name, f"{finding['path']} holds {text}")

    def page(self, name, content, findings, whole):
        data = check_b.load_json(content)["data"]
        if findings or not data["next"]:
            self.fail(name, "a page has findings, or names no next one")
        for record in data["rows"]:
            check_b.good_notice(name, record, self.coverage, self.fail)
        return [self.of_b(name, check_b.key_of_notice(record)) for record in data["rows"]]
