"""What local system B sends and is refused: one fault each, with code, path, line and column of what is said about it.

Lines and columns are counted here in the bytes that are sent, from 1; a JSON value begins at its first byte (a string at its
quotation mark), a field of CSV behind its quotation mark.
"""

import notices
import penalties
from identifiers import deal_check
from notices import key, notice, section, window
from system_b import Escaped, Raw, translated, written
from writing import write_case


def base(number, title="青禾区运动场改造招标公告"):
    """A good notice with two sections; every case has its own key and its own tender."""
    tender = f"E4401000003009{number:03d}001"
    lots = [section(tender, n, "20260701", 7000 + number * 2 + n, name, content, classes, price, "具有独立法人资格", unit="0", operator=notices.DISTRICT_CENTRE, LIMITE_TIME=str(60 + n),
                    REGION_CODE="440112", BID_ECTION_NUM="1", CURRENCY_CODE="156")
            for n, (name, content, classes, price) in enumerate((("操场改造施工", "跑道与看台", "A08", "4862000"), ("操场改造监理", "监理", "A05", "125000.5")), 1)]
    return translated(notice(tender, key("20260701", 7000 + number), "20260701090000", notices.SCHOOLS, notices.HENGZHENG, notices.ONLINE, notices.FREE_DOCUMENT,
                             window("20260706090000", "20260713170000", "20260801093000"), sections=lots, PLATFORM_CODE=notices.DISTRICT_CENTRE, TRADE_PLAT="E4401000003",
                             NOTICE_NAME=title, NOTICE_CONTENT="利用暑期施工。", NOTICE_SEND_TIME="20260706083000"))


def place(content, needle, within=0, number=1):
    """Line and column, in bytes, of the n-th occurrence of a text, plus so many bytes."""
    needle = needle.encode() if isinstance(needle, str) else needle
    offset = -1
    for _ in range(number):
        offset = content.index(needle, offset + 1)
    offset += within
    return {"line": content.count(b"\n", 0, offset) + 1, "column": offset - content.rfind(b"\n", 0, offset)}


def refuse(name, content, note, *findings, http=422, **more):
    content = content.encode() if isinstance(content, str) else content
    write_case(name, {"notice.json": content}, note, channel="local-b", sender="local-b", content_type="application/json", http=http, message="refused", findings=findings, **more)


def value_at(content, name, number=1):
    """Where the value of the n-th member of a name stands."""
    return place(content, f'"{name}": ', len(name) + 4, number)


def unreadable_json():
    text = written(base(1))
    cut = text[:text.index("跑道与看台") + 2].encode()
    refuse("badjson-01-truncated", cut, "Ends in the middle of a text of the first section.",
           {"code": "json.syntax", "path": "/sections/0/content"} | place(cut, '"跑道'))
    text = written(base(2)).encode()
    text = text.replace(b'"days": 61,', b'"days": 61,,', 1)
    refuse("badjson-02-two-commas", text, "Two commas one after the other.", {"code": "json.syntax", "path": "/sections/0/days"} | place(text, ",,", 1))
    text = written(base(3)).encode()
    tail = text.rindex(b"\n    }\n  ]\n}")
    text = text[:tail] + b"," + text[tail:]
    refuse("badjson-03-trailing-comma", text, "A comma behind the last member of the last section.", {"code": "json.syntax", "path": "/sections/1/createTime"} | place(text, b"\n    }\n  ]\n}", 5))
    text = written(base(4)).replace('"url": ', '"title": "另一个标题",\n    "url": ', 1).encode()
    refuse("badjson-04-key-twice", text, "Two titles: nobody can say which is meant.", {"code": "json.duplicate-key", "path": "/notice/title"} | place(text, '"title"', number=2))
    text = written(base(5)).replace('"url": ', '"\\u0074itle": "另一个标题",\n    "url": ', 1).encode()
    refuse("badjson-05-key-twice-escaped", text, "The second title is written with an escape: it is the same key.", {"code": "json.duplicate-key", "path": "/notice/title"} | place(text, '"\\u0074itle"'))
    record = base(6)
    record["notice"]["content"] = Raw("[" * 70 + "]" * 70)
    text = written(record).encode()
    refuse("badjson-06-deep", text, "Seventy arrays inside each other.", {"code": "limit.depth", "path": "/notice/content" + "/0" * 62} | value_at(text, "content") | {"column": value_at(text, "content")["column"] + 62})
    record = base(7)
    record["notice"]["title"] = Escaped(r"\u8fd0\u52a8\ud842\u573a")
    text = written(record).encode()
    refuse("badjson-07-lone-surrogate", text, "Half of a surrogate pair.", {"code": "encoding.invalid", "path": "/notice/title"} | place(text, r"\ud842"))
    text = written(base(8)).encode().replace("跑道".encode(), "跑道".encode()[:2] + "看".encode(), 1)
    refuse("badjson-08-cut-character", text, "A character of three bytes has lost its last one.", {"code": "encoding.invalid", "path": "/sections/0/content"} | place(text, "跑道".encode()[:2] + "看".encode()))
    text = written(base(9)).encode("gb18030")
    refuse("badjson-09-gb18030", text, "GB 18030 in place of UTF-8; the place is that of the first Chinese character.",
           {"code": "encoding.invalid", "path": "/notice/title"} | place(text, "青禾".encode("gb18030")))
    text = written(base(10)).encode("utf-16")
    refuse("badjson-10-utf16", text, "UTF-16 with byte-order mark.", {"code": "encoding.invalid", "path": "", "line": 1, "column": 1})
    text = ("[\n" + written(base(11)) + "\n]\n").encode()
    refuse("badjson-11-array", text, "An array of one notice in place of the notice.", {"code": "json.root", "path": "", "line": 1, "column": 1})
    refuse("badjson-12-empty", b"", "No body at all.", {"code": "json.syntax", "path": "", "line": 1, "column": 1})
    refuse("badjson-13-xml", "<notice><dataKey>1</dataKey></notice>\n", "XML in place of JSON.", {"code": "json.syntax", "path": "", "line": 1, "column": 1})
    text = written(base(14)).replace("利用暑期", "利用\n暑期").encode()
    refuse("badjson-14-line-end-in-text", text, "A line end inside a text, which JSON writes as \\n.", {"code": "json.syntax", "path": "/notice/content"} | place(text, "利用\n", 6))
    text = written(base(15)).replace('"days": 61', '"days": 061').encode()
    refuse("badjson-15-leading-zero", text, "A number that begins with zero.", {"code": "json.syntax", "path": "/sections/0/days"} | value_at(text, "days"))
    text = written(base(16)).replace('"consortium": false', '"consortium": False').encode()
    refuse("badjson-16-false-of-python", text, "False as Python writes it.", {"code": "json.syntax", "path": "/bid/consortium"} | value_at(text, "consortium"))
    text = written(base(17)) + "\n" + written(base(18))
    text = text.encode()
    refuse("badjson-17-two-documents", text, "Two notices one behind the other.", {"code": "json.syntax", "path": ""} | place(text, b"\n}\n{", 3))
    text = written(base(19)).replace('"bid": {', '// 投标\n  "bid": {').encode()
    refuse("badjson-18-comment", text, "A comment, which JSON does not have.", {"code": "json.syntax", "path": "/document"} | place(text, "// 投标"))


def changed(number, change):
    record = base(number)
    change(record)
    return written(record).encode()


def unmeant_json():
    """JSON that can be read, and is no notice."""
    def case(name, number, change, note, *findings):
        content = changed(number, change)
        refuse(name, content, note, *(finding(content) if callable(finding) else finding for finding in findings))

    def on(code, path, name, nth=1):
        return lambda content: {"code": code, "path": path} | value_at(content, name, nth)

    def section_place(content, nth):
        return place(content, b"\n    {\n", 5, nth)

    case("badjson-21-title-missing", 21, lambda r: r["notice"].pop("title"), "No title; the place is that of the object that it is missing in.", on("field.required", "/notice/title", "notice"))
    case("badjson-22-title-blank", 22, lambda r: r["notice"].update(title=" \u3000"), "A title of blanks.", on("field.required", "/notice/title", "title"))
    case("badjson-23-title-null", 23, lambda r: r["notice"].update(title=None), "null in place of a title.", on("field.required", "/notice/title", "title"))
    case("badjson-24-title-is-an-object", 24, lambda r: r["notice"].update(title={"zh": "运动场"}), "An object in place of the title.", on("field.invalid", "/notice/title", "title"))
    case("badjson-25-address-is-an-array", 25, lambda r: r["tenderer"].update(address=[["青禾区", "书院路6号"]]), "An array in an array in place of an optional text: it must not get lost.",
         lambda content: {"code": "field.invalid", "path": "/tenderer/address/0"} | place(content, '"address": [\n', 0) | {"line": place(content, '"address": [\n', 0)["line"] + 1, "column": 7})
    case("badjson-26-tenderer-is-a-text", 26, lambda r: r.update(tenderer="青禾区教育局"), "A text in place of the object tenderer.", on("field.required", "/tenderer/name", "tenderer"))
    case("badjson-27-stamp-missing", 27, lambda r: r.pop("dataTimestamp"), "No time stamp: versions could not be told apart.", {"code": "field.required", "path": "/dataTimestamp", "line": 1, "column": 1})
    case("badjson-28-section-code-missing", 28, lambda r: r["sections"][1].pop("code"), "The second section has no code.",
         lambda content: {"code": "field.required", "path": "/sections/1/code"} | section_place(content, 2))
    case("badjson-29-lower-case-code", 29, lambda r: r["notice"].update(nature="normal"), "A nature in small letters is not in the list.", on("code.unknown", "/notice/nature", "nature"))
    case("badjson-30-flag-in-words", 30, lambda r: r["bid"].update(consortium="是"), "A word where true or false is wanted.", on("code.unknown", "/bid/consortium", "consortium"))
    case("badjson-31-credit-code", 31, lambda r: r["tenderer"].update(code="12440106TE2T01363C"), "The tenderer's credit code has a wrong check character.", on("identifier.check-digit", "/tenderer/code", "code", 2))
    case("badjson-32-credit-code-short", 32, lambda r: r["agency"].update(code="91440101MA5TE2T1"), "A credit code of sixteen characters.", on("identifier.malformed", "/agency/code", "code", 3))

    def deal(record):
        right = record["sections"][1]["dealCode"]
        record["sections"][1]["dealCode"] = right[:-1] + ("0" if deal_check(right[:-1]) != "0" else "1")
    case("badjson-33-deal-code", 33, deal, "The deal code of the second section has a wrong check character.", on("identifier.check-digit", "/sections/1/dealCode", "dealCode", 2))
    case("badjson-34-time-in-seconds", 34, lambda r: r["notice"].update(sendTime=Raw("1783297800")), "Seconds in place of milliseconds: it would be a day in January 1970.", on("time.invalid", "/notice/sendTime", "sendTime"))
    case("badjson-35-time-as-text", 35, lambda r: r["bid"].update(openTime="2026-08-01 09:30:00"), "A time as people write it.", on("time.invalid", "/bid/openTime", "openTime"))
    case("badjson-36-time-with-exponent", 36, lambda r: r.update(dataTimestamp=Raw("1.7828676E12")), "Milliseconds with an exponent, as some programs write large numbers.", on("time.invalid", "/dataTimestamp", "dataTimestamp"))
    case("badjson-37-amount-with-commas", 37, lambda r: r["sections"][0]["estimate"].update(value="4,862,000"), "Commas inside an amount.", on("amount.invalid", "/sections/0/estimate/value", "value"))
    case("badjson-38-amount-out-of-range", 38, lambda r: r["sections"][1]["estimate"].update(value=Raw("1" * 37)), "An amount of 37 digits.", on("amount.invalid", "/sections/1/estimate/value", "value", 2))
    case("badjson-39-unknown-currency", 39, lambda r: r["sections"][0]["estimate"].update(currency="RMB"), "RMB, which is no code of a currency.", on("amount.unit-unknown", "/sections/0/estimate/currency", "currency"))
    case("badjson-40-half-a-day", 40, lambda r: r["sections"][0].update(days=Raw("61.5")), "Sixty-one days and a half.", on("field.invalid", "/sections/0/days", "days"))

    def named(path, name):
        return lambda content: {"code": "schema.violation", "path": path} | place(content, f'"{name}"')

    def misspelt(record):
        record["notice"]["contnet"] = record["notice"].pop("content")
    case("badjson-43-optional-name-misspelt", 43, misspelt, "An optional member under a misspelt name: it must not be taken for one that is absent.", named("/notice/contnet", "contnet"))

    def misspelt_deep(record):
        record["sections"][1]["estimate"]["Currency"] = record["sections"][1]["estimate"].pop("currency", "CNY")
        record["Tenderer"] = {"name": "青禾区教育局"}
    case("badjson-44-names-in-other-letters", 44, misspelt_deep, "Members whose names differ by a capital letter alone, one of them in the second section.",
         named("/sections/1/estimate/Currency", "Currency"), named("/Tenderer", "Tenderer"))

    def three(record):
        record["notice"]["type"] = "招标公告"
        record["tenderer"]["code"] = "12440106TE2T01363C"
        record["sections"][0]["createTime"] = "昨天"
    case("badjson-41-three-faults", 41, three, "Three faults at once: all of them are named.", on("code.unknown", "/notice/type", "type"), on("identifier.check-digit", "/tenderer/code", "code", 2),
         on("time.invalid", "/sections/0/createTime", "createTime"))

    def checks(record):
        record["platform"].update(operatorCode="12440112TE2T011282", collectorCode="12440000TE2T000612")
        record["project"] = {"investmentCode": "2603-440106-04-01-123454"}
        record["agency"]["code"] = "91440101MA5TE2T17X"
    case("badjson-42-check-characters", 42, checks, "Wrong check characters of three bodies; that of the investment code, whose rule is derived, is a warning among them.",
         on("identifier.check-digit", "/platform/operatorCode", "operatorCode"), on("identifier.check-digit", "/platform/collectorCode", "collectorCode"),
         on("identifier.check-digit", "/project/investmentCode", "investmentCode"), on("identifier.check-digit", "/agency/code", "code", 3))


# MARK: CSV

CREDIT = penalties.code("91440101", "MA5TE399")


def row(number, **more):
    return penalties.renamed(penalties.penalty(900 + number, 统一社会信用代码=CREDIT, 罚款金额="1000") | more)


def refuse_csv(name, content, note, *findings, encoding="gb18030"):
    if isinstance(content, str):
        content = content.encode(encoding)
    write_case(name, {"penalty.csv": content}, note, channel=penalties.channel(encoding), sender="local-b", content_type="text/csv", http=422, message="refused", findings=findings)


def cell_place(content, needle, within=0, encoding="gb18030"):
    """Line and column of a text of the file; a byte-order mark does not count."""
    found = place(content, needle.encode(encoding) if isinstance(needle, str) else needle, within)
    return found | ({"column": found["column"] - 3} if content[:3] == b"\xef\xbb\xbf" and found["line"] == 1 else {})


def first_fault(content, encoding):
    """The column of the first byte of the first line that begins no character."""
    for head in content.split(b"\n")[0].split(b","):
        try:
            head.decode(encoding)
        except UnicodeDecodeError as error:
            return content.index(head) + error.start + 1
    return 0


def unreadable_csv():
    """Faults of the bytes and of the table."""
    table = penalties.table
    content = table([row(1, 违法事实='称"打点费",共三笔')]).replace('"称""打点费"",共三笔"', '"称打点费,共三笔').encode("gb18030")
    refuse_csv("badcsv-01-quotation-mark-not-closed", content, "A quotation mark is opened and never closed.", {"code": "csv.quote", "path": "/违法事实"} | cell_place(content, '"称打点费'))
    content = table([row(2)]).replace("串通投标,", "", 1).encode("gb18030")
    refuse_csv("badcsv-02-cell-missing", content, "One cell too few; the place is that of the last one.", {"code": "csv.columns", "path": "", "line": 3, "column": cell_place(content, "2026/04/12 09:3")["column"]})
    content = table([row(3)]).replace("与其他投标人串通报价。", "与甲,乙串通报价。", 1).encode("gb18030")
    refuse_csv("badcsv-03-comma-not-quoted", content, "A comma in a text without quotation marks: one cell too many; the place is that of the cell beyond the header's last.",
               {"code": "csv.columns", "path": "", "line": 3, "column": cell_place(content, "2026/04/13 09:3")["column"]})
    heads = ["决定书文号" if head == "行政处罚决定书文号" else head for head in penalties.HEADS]
    renamed = row(4)
    renamed["决定书文号"] = renamed["行政处罚决定书文号"]
    content = table([renamed], heads).encode("gb18030")
    refuse_csv("badcsv-04-column-renamed", content, "The column of the decision's number has another head, so the number is missing.", {"code": "field.required", "path": "/行政处罚决定书文号", "line": 3, "column": 1})
    heads = ["行政相对人名称" if head == "备注" else head for head in penalties.HEADS]
    content = table([row(5)], heads).encode("gb18030")
    refuse_csv("badcsv-05-column-twice", content, "Two columns of one name.", {"code": "csv.header", "path": "", "line": 1, "column": content.index("行政相对人名称".encode("gb18030"), 1) + 1})
    heads = ["" if head == "备注" else head for head in penalties.HEADS]
    content = table([row(6)], heads).encode("gb18030")
    refuse_csv("badcsv-06-column-without-name", content, "A column without a name.", {"code": "csv.header", "path": "", "line": 1, "column": content.index(b",,") + 2})
    content = ("行政处罚信息填报表,\r\n" + table([row(7)], newline="\r\n")).encode("gb18030")
    refuse_csv("badcsv-07-title-above-the-header", content, "A title stands above the header, so the header is looked for in the wrong row; that its second cell has no name is not said.",
               {"code": "csv.header", "path": "", "line": 1, "column": 1})
    content = ("行政处罚信息填报表\r\n" + table([row(8)], newline="\r\n")).encode("gb18030")
    refuse_csv("badcsv-08-nothing-known", content, "The same with a title of one cell: no name in that row is read.", {"code": "csv.header", "path": "", "line": 1, "column": 1})
    content = table([row(9)]).encode()
    refuse_csv("badcsv-09-utf8-without-mark", content, "UTF-8 without byte-order mark where GB 18030 is expected: the place is that of the first byte that begins no character.",
               {"code": "encoding.invalid", "path": "", "line": 1, "column": first_fault(content, "gb18030")})
    content = table([row(10)]).encode("utf-8-sig")
    refuse_csv("badcsv-10-utf8-mark-on-gb18030", content, "UTF-8 with byte-order mark where GB 18030 is expected.", {"code": "encoding.invalid", "path": "", "line": 1, "column": 1})
    content = table([row(11)]).encode("gb18030")
    refuse_csv("badcsv-11-gb18030-on-utf8", content, "GB 18030 where UTF-8 is expected.", {"code": "encoding.invalid", "path": "", "line": 1, "column": first_fault(content, "utf-8")}, encoding="utf-8")
    content = table([row(12)]).encode("utf-16")
    refuse_csv("badcsv-12-utf16", content, "UTF-16 with byte-order mark, as a spreadsheet's Unicode text.", {"code": "encoding.invalid", "path": "", "line": 1, "column": 1})
    content = table([row(13, 违法事实="与其他投标人串通")]).encode("gb18030")
    content = content.replace("投标人串通".encode("gb18030") + b",", "投标人串".encode("gb18030") + b"\xff,", 1)
    refuse_csv("badcsv-13-impossible-byte", content, "A byte that begins no character of GB 18030.", {"code": "encoding.invalid", "path": "/违法事实"} | cell_place(content, b"\xff"))
    refuse_csv("badcsv-14-empty", b"", "An empty file.", {"code": "csv.header", "path": "", "line": 1, "column": 0})
    refuse_csv("badcsv-15-header-only", table([], explained=False), "A header and nothing below it.", {"code": "csv.record-count", "path": "", "line": 0, "column": 0})
    refuse_csv("badcsv-16-no-explanation", table([row(16)], explained=False), "The row of explanation was taken out, so the record stands in its place and is passed over.", {"code": "csv.record-count", "path": "", "line": 0, "column": 0})
    refuse_csv("badcsv-17-two-rows", table([row(17), row(18)]), "Two penalties in one message.", {"code": "csv.record-count", "path": "", "line": 4, "column": 1})
    content = table([row(19)]).replace("处以罚款。", "处以\x0b罚款。").encode("gb18030")
    refuse_csv("badcsv-18-control-character", content, "A vertical tab in a text.", {"code": "csv.control", "path": "/处罚内容"} | cell_place(content, b"\x0b"))
    content = table([row(20, 违法行为类型='"串通"投标')]).replace('"""串通""投标"', '"串通"投标').encode("gb18030")
    refuse_csv("badcsv-19-text-behind-a-mark", content, "A text goes on behind its closing quotation mark.", {"code": "csv.quote", "path": "/违法行为类型"} | cell_place(content, '"投标', 1))
    content = table([row(21)]).replace(",", ";").encode("gb18030")
    refuse_csv("badcsv-20-semicolons", content, "Semicolons in place of commas.", {"code": "csv.header", "path": "", "line": 1, "column": 1})
    refuse_csv("badcsv-21-mark-alone", b"\xef\xbb\xbf", "A byte-order mark and nothing behind it.", {"code": "csv.header", "path": "", "line": 1, "column": 0}, encoding="utf-8-sig")


def unmeant_csv():
    """Rows that can be read, and are no penalty."""
    def case(name, content_row, note, code, head, needle=None, within=0, encoding="gb18030"):
        content = penalties.table([content_row]).encode(encoding)
        where = cell_place(content, needle, within, encoding) if needle else {"line": 3, "column": column_of(content_row, head)}
        refuse_csv(name, content, note, {"code": code, "path": "/" + head} | where, encoding=encoding)

    def column_of(content_row, head):
        cells = [penalties.cell(content_row.get(h, "")).encode("gb18030") for h in penalties.HEADS]
        return sum(len(c) + 1 for c in cells[:penalties.HEADS.index(head)]) + 1

    case("badcsv-31-no-such-day", row(31, 处罚决定日期="2026/02/30"), "The thirtieth of February.", "time.invalid", "处罚决定日期", "2026/02/30")
    case("badcsv-32-day-without-zeros", row(32, 处罚决定日期="2026/4/9"), "A day as a spreadsheet shows it, without zeros.", "time.invalid", "处罚决定日期", "2026/4/9")
    case("badcsv-33-unknown-kind", row(33, 处罚类别="罚款、通报批评"), "A kind of penalty that is in no list; it must not become another.", "code.unknown", "处罚类别", "罚款、通报批评")
    case("badcsv-34-name-too-long", row(34, 行政相对人名称="长" * 201), "A name of 201 characters, more than the credit platform's table takes.", "field.too-long", "行政相对人名称", "长" * 201)
    case("badcsv-35-credit-code", row(35, 统一社会信用代码=CREDIT[:-1] + ("0" if CREDIT[-1] != "0" else "1")), "A wrong check character.", "identifier.check-digit", "统一社会信用代码")
    case("badcsv-36-organisation-code", row(36, 组织机构代码="MA5TE2T08"), "A wrong check character of an organisation code.", "identifier.check-digit", "组织机构代码")
    case("badcsv-37-amount-in-words", row(37) | {"罚款金额（元）": "五万元"}, "An amount in words.", "amount.invalid", "罚款金额", "五万元")
    case("badcsv-38-amount-in-wan", row(38) | {"没收金额（元）": "5万"}, "An amount with its unit inside the cell.", "amount.invalid", "没收金额", "5万")
    case("badcsv-39-facts-missing", row(39, 违法事实=""), "No facts.", "field.required", "违法事实")
    case("badcsv-40-unknown-document", row(40, 证件类型="身份证", 证件号码="1"), "The name of a document in place of its number in the list.", "code.unknown", "证件类型")
    case("badcsv-41-time-without-seconds", row(41, 更新时间="2026/04/19 09:30"), "A time without seconds, quoted line end before it.", "time.invalid", "更新时间", "2026/04/19 09:30")
    case("badcsv-42-subject-kind", row(42, 行政相对人类别="公司"), "A kind of subject that is in no list.", "code.unknown", "行政相对人类别")
    lines = row(43, 违法事实="第一行\n第二行\n第三行", 处罚决定日期="昨天")
    content = penalties.table([lines], newline="\r\n").encode("utf-8-sig")
    refuse_csv("badcsv-43-fault-behind-line-ends", content, "A fault behind a text of three lines: the line is that of the file.", {"code": "time.invalid", "path": "/处罚决定日期"} | cell_place(content, "昨天", encoding="utf-8"), encoding="utf-8-sig")
    three = row(44, 处罚类别="通报", 处罚决定日期="2026-04-09", 处罚机关统一社会信用代码="11440100TE2T30010X")
    content = penalties.table([three]).encode("gb18030")
    refuse_csv("badcsv-44-three-faults", content, "Three faults in one row.", {"code": "code.unknown", "path": "/处罚类别"} | cell_place(content, ",通报,", 1), {"code": "time.invalid", "path": "/处罚决定日期"} | cell_place(content, "2026-04-09"),
               {"code": "identifier.check-digit", "path": "/处罚机关统一社会信用代码"} | cell_place(content, "11440100TE2T30010X"))
    provider = row(45, 数据来源单位="南屿市公共资源交易管理办公室", 数据来源单位统一社会信用代码="11440100TE2T3003XX")
    content = penalties.table([provider]).encode("gb18030")
    refuse_csv("badcsv-45-provider-code", content, "A wrong check character in the code of the provider.", {"code": "identifier.check-digit", "path": "/数据来源单位统一社会信用代码"} | cell_place(content, "11440100TE2T3003XX"))


def write():
    unreadable_json()
    unmeant_json()
    unreadable_csv()
    unmeant_csv()
