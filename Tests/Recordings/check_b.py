"""What check.py asks of local system B's recordings: read with Python's own JSON and CSV readers, without the product."""

import copy
import csv
import datetime
import io
import json
import re

import penalties
import system_b
from identifiers import is_credit_code, is_deal_code, is_investment_code, organisation_code

REQUIRED = {"dataKey", "dataTimestamp", "platform.operatorCode", "tenderProject.code", "notice.title", "notice.nature", "notice.type", "notice.sendTime", "tenderer.name",
            "sections.code", "sections.classes"}
REQUIRED_HEADS = {"行政相对人名称", "行政相对人类别", "行政处罚决定书文号", "违法行为类型", "违法事实", "处罚依据", "处罚类别", "处罚内容", "处罚决定日期", "处罚机关", "处罚机关统一社会信用代码", "更新时间"}
CREDIT = {"platform.operatorCode", "platform.collectorCode", "tenderer.code", "agency.code"}
TIMES = {path for path, _, _, reading, _ in system_b.FACTS if reading == "instant"} | {"sections.start", "sections.createTime"}
# Findings of the reader, for which the document must be no JSON, or no table, to Python either.
JSON_SYNTAX = {"json.syntax", "json.duplicate-key", "encoding.invalid", "json.root"}
CSV_SYNTAX = {"csv.header", "csv.columns", "csv.quote", "csv.control", "csv.record-count", "encoding.invalid"}


class Coverage:
    """Which members and columns are filled with what, and which are absent somewhere."""

    def __init__(self):
        self.filled, self.absent, self.records = {}, set(), {}

    def note(self, place, value):
        if value:
            self.filled.setdefault(place, set()).add(value)
        else:
            self.absent.add(place)


def once(pairs):
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        raise ValueError("a key twice")
    return dict(pairs)


def load_json(content):
    record = json.loads(content.decode("utf-8-sig"), object_pairs_hook=once, parse_float=str, parse_int=str)
    # Half of a surrogate pair, which Python lets through, cannot be written.
    json.dumps(record, ensure_ascii=False).encode()
    return record


def load_csv(content, channel):
    """The rows of the file, each of equal length; ValueError when it is no such table."""
    text = content.decode("gb18030" if channel == "local-b-penalties" else "utf-8-sig")
    if re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", text):
        raise ValueError("a control character")
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    if len(rows) != 3 or len({len(row) for row in rows}) != 1:
        raise ValueError("not one header, one row of explanation and one record")
    return rows


def good_json(name, content, coverage, fail):
    good_notice(name, load_json(content), coverage, fail)


def good_notice(name, record, coverage, fail):
    for part in [record, *record["sections"]]:
        scope = "" if part is record else "sections."
        for path in [row[0] for row in (system_b.SECTION_FACTS if scope else system_b.FACTS)] + (["estimate.value", "estimate.currency"] if scope else []):
            value = system_b.meant(system_b.at(part, path))
            if isinstance(system_b.at(part, path), bool):
                value = str(system_b.at(part, path)).lower()
            place = scope + path
            coverage.note(place, value)
            if not value:
                continue
            if place in CREDIT and not is_credit_code(value):
                fail(name, f"{place} {value} fails its check")
            if place == "sections.dealCode" and not is_deal_code(value):
                fail(name, f"{place} {value} fails its check")
            if place == "project.investmentCode" and not is_investment_code(value):
                fail(name, f"{place} {value} fails its check")
            if place in TIMES and not (value.isdigit() and 2020 <= datetime.datetime.fromtimestamp(int(value) / 1000, datetime.timezone.utc).year <= 2030):
                fail(name, f"{place} {value} is no time of these years")


def good_csv(name, content, channel, coverage, fail):
    heads, explained, cells = load_csv(content, channel)
    if explained[heads.index("统一社会信用代码")] != penalties.EXPLAINED["统一社会信用代码"]:
        fail(name, "the second row is not the explanation")
    good_row(name, dict(zip(heads, cells)), coverage, fail)


def good_row(name, cells, coverage, fail):
    row = {head: cell.strip(" \t\u3000\u00a0") for head, cell in cells.items()}
    for head in penalties.HEADS:
        value = row.get(head, "")
        coverage.note(head, value)
        if head.endswith("统一社会信用代码") and value and not is_credit_code(value):
            fail(name, f"{head} {value} fails its check")
        if head == "组织机构代码" and value and organisation_code(value[:8]) != value[8]:
            fail(name, f"{head} {value} fails its check")
        if value and (re.search("日期$|有效期$|截止期$", head) or head == "更新时间"):
            datetime.datetime.strptime(value, "%Y/%m/%d %H:%M:%S" if head == "更新时间" else "%Y/%m/%d")


def key_of(content, channel):
    if channel == "local-b":
        return key_of_notice(load_json(content))
    heads, _, cells = load_csv(content, channel)
    return key_of_row(dict(zip(heads, cells)))


def key_of_notice(record):
    return f"{record['platform']['operatorCode'].strip()}:{str(record['dataKey']).strip()}"


def key_of_row(row):
    return f"{row['处罚机关统一社会信用代码'].strip()}:{row['行政处罚决定书文号'].strip()}"


def bad(name, content, case, fail):
    """What Python can confirm about a refusal: unreadable or not, and that each place is in the file."""
    codes = {row["code"] for row in case["findings"]}
    is_json = case["channel"] == "local-b"
    try:
        found = load_json(content) if is_json else load_csv(content, case["channel"])
        readable = isinstance(found, (dict, list)) and (not is_json or isinstance(found, dict))
    except (ValueError, csv.Error):
        readable = False
    syntax = JSON_SYNTAX if is_json else CSV_SYNTAX
    # Names that nobody reads, and names twice, are no fault of a table by itself.
    excused = codes & ({"limit.depth"} if is_json else {"csv.header", "csv.quote"}) or "*" in codes
    if readable and codes & syntax and not excused:
        fail(name, f"Python can read it, and the case says {sorted(codes)}")
    if not readable and not codes & syntax and not excused:
        fail(name, f"Python cannot read it, and the case says {sorted(codes)}")
    lines = content.split(b"\n")
    for row in case["findings"]:
        if row["code"] == "*" or row["line"] == 0:
            continue
        if row["line"] > len(lines) or (row["column"] > len(lines[row["line"] - 1]) + 1):
            fail(name, f"{row['line']}:{row['column']} is outside the file")


def same_record(name, folder, other, same, fail):
    """Two cases describe one record: their canonical records are equal but for what is declared, and that does differ."""
    left, right = (json.loads((path / "expected/canonical.json").read_text(encoding="utf-8")) for path in (folder, other))
    if left == right and same["except"]:
        fail(name, f"nothing differs from {same['case']}")
    for pointer in same["except"]:
        first, second = taken(left, pointer), taken(right, pointer)
        if first == second:
            fail(name, f"{pointer} does not differ from {same['case']}")
    if left != right:
        fail(name, f"its canonical record is not that of {same['case']}")


def taken(record, pointer):
    """Takes the values at a pointer (with * for every element) out of the record; a copy of them."""
    *way, last = pointer.strip("/").split("/")
    places = [record]
    for step in way:
        places = [inner for place in places for inner in (place if step == "*" else [place[step]] if step in place else [])]
    values = [copy.deepcopy(place.pop(last, None)) for place in places]
    return values


def check_coverage(coverage, fail):
    places = [row[0] for row in system_b.FACTS] + ["sections." + row[0] for row in system_b.SECTION_FACTS] + ["sections.estimate.value", "sections.estimate.currency"] + penalties.HEADS
    for place in places:
        values = coverage.filled.get(place, set())
        if len(values) < 2:
            fail(place, f"filled with {len(values)} different values in all recordings of system B")
        if place not in coverage.absent and place not in REQUIRED | REQUIRED_HEADS:
            fail(place, "optional and never absent in a recording of system B")
    return len(places)
