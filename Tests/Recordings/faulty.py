"""Recordings that are refused: one fault each, and what is said about it; and requests whose sender may not send."""

import re
import notices
from identifiers import deal_check
from writing import ROOT, encode, render, write_case


def base(number, title="沙洲区中心小学操场改造工程招标公告"):
    """A good notice with two sections; every case has its own key and its own tender, so that none touches another."""
    tender = f"E4401000001002{number:03d}001"
    rows = [("操场改造施工", "塑胶跑道、人造草坪与看台", "A08", "486.20", "市政公用工程或建筑工程施工总承包三级及以上"),
            ("操场改造监理", "施工阶段监理", "A05", "12.5", "工程监理丙级及以上")]
    sections = [notices.section(tender, n, "20260701", 900 + number * 2 + n, *row, LIMITE_TIME=str(60 + n), REGION_CODE="440112") for n, row in enumerate(rows, 1)]
    return notices.notice(tender, notices.key("20260701", 900 + number), "20260701090000", notices.SCHOOLS, notices.HENGZHENG, notices.ONLINE, notices.FREE_DOCUMENT,
                          notices.window("20260706090000", "20260713170000", "20260801093000"), sections=sections, NOTICE_NAME=title,
                          NOTICE_CONTENT="利用暑期施工，须于八月二十五日前完工。", NOTICE_SEND_TIME="20260706083000")


def line_of(text, tag, number=1):
    """The line of the n-th start tag."""
    # The whole name: TENDERER_CODE is not TENDERER_CODE_TYPE.
    offset = [match.start() for match in re.finditer(rf"<{tag}(?=[\s>/])", text)][number - 1]
    return text.count("\n", 0, offset) + 1


def finding(text, code, path, tag=None, number=1, line=None):
    return {"code": code, "path": path, "line": line if line is not None else line_of(text, tag or path.rsplit("/", 1)[1], number)}


def refuse(name, content, note, *findings, http=422, **more):
    write_case(name, {"notice.xml": content.encode() if isinstance(content, str) else content}, note, http=http, message="refused", findings=findings, **more)


def change(text, tag, value, number=1):
    """Replaces the text of the n-th element of a name."""
    start = -1
    for _ in range(number):
        start = text.index(f"<{tag}>", start + 1)
    start += len(tag) + 2
    return text[:start] + value + text[text.index(f"</{tag}>", start):]


def unreadable():
    """Faults of the bytes and of the XML."""
    text = render(base(1))
    cut = text[:text.index("人造草坪") + 2]
    refuse("bad-01-truncated", cut, "Ends in the middle of a section.", finding(cut, "xml.syntax", "", line=cut.count("\n") + 1))

    text = render(base(2))
    content = encode(text, "GBK")
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
    refuse("bad-02-gbk-declared-utf8", content, "Says UTF-8 and is GBK; the line is that of the first impossible byte.", finding(text, "encoding.invalid", "", line=line))

    text = render(base(3), declared="EUC-KR")
    refuse("bad-03-unsupported-encoding", text.encode("utf-8"), "An encoding that is not read.", finding(text, "encoding.unsupported", "", line=1))

    text = render(base(4)).replace(f"<{ROOT}>", f"<!DOCTYPE {ROOT}>\n<{ROOT}>", 1)
    refuse("bad-04-doctype", text, "A document type declaration, harmless in itself.", finding(text, "xml.doctype", "", "!DOCTYPE"))

    bomb = "\n".join([f"<!DOCTYPE {ROOT} [", '  <!ENTITY a "重复重复重复重复重复">'] + [f'  <!ENTITY {n} "{("&" + p + ";") * 10}">' for p, n in zip("abcdefgh", "bcdefghi")] + ["]>"])
    text = change(render(base(5)), "NOTICE_CONTENT", "&i;").replace(f"<{ROOT}>", f"{bomb}\n<{ROOT}>", 1)
    refuse("bad-05-entity-bomb", text, "Entities that would grow to a thousand million characters.", finding(text, "xml.doctype", "", "!DOCTYPE"))

    text = change(render(base(6)), "NOTICE_CONTENT", "&file;").replace(f"<{ROOT}>", f'<!DOCTYPE {ROOT} [<!ENTITY file SYSTEM "file:///etc/hostname">]>\n<{ROOT}>', 1)
    refuse("bad-06-external-entity", text, "An entity that would read a file of the receiver.", finding(text, "xml.doctype", "", "!DOCTYPE"))

    text = change(render(base(7)), "NOTICE_CONTENT", "<div>" * 300 + "深" + "</div>" * 300)
    refuse("bad-07-deep", text, "Three hundred elements inside each other, all in one line.", finding(text, "limit.depth", "", "NOTICE_CONTENT"))

    text = change(render(base(8)), "NOTICE_CONTENT", "投标人须仔细阅读招标文件的全部内容。" * 160)
    refuse("bad-08-oversize", text, "Larger than the limit of 8 KiB of the channel local-a-small, which exists so that this file can stay small.",
           finding(text, "limit.bytes", "", line=0), http=413, channel="local-a-small")

    refuse("bad-09-empty", b"", "No body at all; there is no line to name.", {"code": "xml.syntax", "path": ""})
    refuse("bad-10-json", '{"TENDER_PROJECT_CODE": "E4401000001002010001"}\n', "JSON where XML is expected.", {"code": "xml.syntax", "path": "", "line": 1})

    text = '<?xml version="1.0" encoding="UTF-8"?>\n<GCJS_PROJECT>\n  <PROJECT_CODE>E4401000001002011</PROJECT_CODE>\n  <PROJECT_NAME>测试项目</PROJECT_NAME>\n</GCJS_PROJECT>\n'
    refuse("bad-11-unexpected-root", text, "A project, which this channel does not take.", finding(text, "dataset.unknown", "/GCJS_PROJECT"))


def against_schema():
    """Faults that the schema of system A finds."""
    record = base(12)
    del record["BULLETIN_DUTY"]
    text = render(record)
    refuse("bad-12-missing-element", text, "BULLETIN_DUTY is required and missing; the schema notices it at the element that comes instead.",
           finding(text, "schema.violation", f"/{ROOT}/TRADE_PLAT"))

    text = render(base(13, title="长" * 601))
    refuse("bad-13-too-long", text, "A title of 601 characters where 600 are allowed.", finding(text, "schema.violation", f"/{ROOT}/NOTICE_NAME"))

    text = render(base(14))
    second = text.rindex("LIMITE_TIME>")
    first = text.rindex("<LIMITE_TIME", 0, second)
    text = text[:first] + text[first:].replace("LIMITE_TIME", "LIMIT_TIME")
    refuse("bad-14-corrected-spelling", text, "Somebody mended the misspelt LIMITE_TIME in the second section; misspelt names are part of the contract.",
           finding(text, "schema.violation", f"/{ROOT}/SECTION[2]/LIMIT_TIME"))


def against_meaning():
    """Faults that only the mapping can find."""
    text = change(render(base(15)), "NOTICE_NATURE", "7")
    refuse("bad-15-unknown-code", text, "A nature of notice that is in no list; it must not become 'other'.", finding(text, "code.unknown", f"/{ROOT}/NOTICE_NATURE"))

    text = change(render(base(16)), "SYNDICATED_FLAG", "Y")
    refuse("bad-16-unknown-flag", text, "Y where the list has 0 and 1.", finding(text, "code.unknown", f"/{ROOT}/SYNDICATED_FLAG"))

    text = change(render(base(17)), "TENDERER_CODE", "91440101MA5TE2T093")
    refuse("bad-17-credit-code", text, "The tenderer's credit code has a wrong check character.", finding(text, "identifier.check-digit", f"/{ROOT}/TENDERER_CODE"))

    record = base(18)
    right = record["sections"][1]["UNIFIED_DEAL_CODE"]
    wrong = right[:-1] + ("0" if deal_check(right[:-1]) != "0" else "1")
    text = change(render(record), "UNIFIED_DEAL_CODE", wrong, 2)
    refuse("bad-18-deal-code", text, "The deal code of the second section has a wrong check character.",
           finding(text, "identifier.check-digit", f"/{ROOT}/SECTION[2]/UNIFIED_DEAL_CODE", number=2))

    record = base(19)
    del record["sections"][0]["PRICE_UNIT"]
    text = render(record)
    refuse("bad-19-unit-missing", text, "An estimate without its unit: 元 or 万元 cannot be guessed.",
           finding(text, "amount.unit-unknown", f"/{ROOT}/SECTION[1]/CONTRACT_RECKON_PRICE"))

    text = change(render(base(20)), "NOTICE_SEND_TIME", "20260230083000")
    refuse("bad-20-no-such-day", text, "The thirtieth of February.", finding(text, "time.invalid", f"/{ROOT}/NOTICE_SEND_TIME"))

    text = change(render(base(21)), "BID_OPEN_TIME", "20260801096000")
    refuse("bad-21-no-such-minute", text, "A minute number sixty.", finding(text, "time.invalid", f"/{ROOT}/BID_OPEN_TIME"))

    text = change(render(base(22)), "NOTICE_NAME", " ")
    refuse("bad-22-empty-title", text, "The title is there and blank.", finding(text, "field.required", f"/{ROOT}/NOTICE_NAME"))

    text = change(change(change(render(base(23)), "NOTICE_NATURE", "7"), "TENDERER_CODE", "91440101MA5TE2T093"), "BID_DOC_REFER_END_TIME", "20261301090000")
    refuse("bad-23-three-faults", text, "Three faults at once: all of them are named, not only the first.", finding(text, "code.unknown", f"/{ROOT}/NOTICE_NATURE"),
           finding(text, "time.invalid", f"/{ROOT}/BID_DOC_REFER_END_TIME"), finding(text, "identifier.check-digit", f"/{ROOT}/TENDERER_CODE"))

    record = base(26) | {"INVEST_PROJECT_CODE": "2603-440106-04-01-123454"}
    text = render(record)
    places = [("PLATFORM_CODE", "12440100TE2T00053C"), ("PUB_SERVICE_PLAT_CODE", "12440000TE2T000612"), ("TENDER_AGENCY_CODE", "91440101MA5TE2T17X")]
    for tag, wrong in places:
        text = change(text, tag, wrong)
    refuse("bad-25-check-characters", text, "Wrong check characters of three bodies; that of the investment code, whose rule is derived, is a warning among them.",
           finding(text, "identifier.check-digit", f"/{ROOT}/INVEST_PROJECT_CODE"), *(finding(text, "identifier.check-digit", f"/{ROOT}/{tag}") for tag, _ in places))


def against_rules(facts_of):
    """One idempotency key for two bodies, and senders who may not send."""
    first, second = base(24), base(25, title="沙洲区中心小学操场改造工程招标公告（内容不同）")
    write_case("bad-24-key-used-twice", {"first.xml": render(first).encode(), "second.xml": render(second).encode()},
               "Two different notices under one idempotency key: the first is accepted, the second refused. The facts are those of the first.",
               idempotency_key="playground-20260701", http=[202, 409], message=["settled", "refused"], deliveries={"provincial": "delivered"},
               findings=[{"code": "idempotency.conflict", "path": "", "line": 0}], facts=facts_of(first))
    for name, number, sender, http, note in (
            ("sign-01-no-key", 31, "anonymous", 401, "No key at all."), ("sign-02-unknown-key", 32, "stranger", 401, "A key that nobody gave out."),
            ("sign-03-not-on-this-channel", 33, "eforms", 403, "A known sender on a channel that is not his.")):
        code = "sender.unknown" if http == 401 else "sender.not-allowed"
        refuse(name, render(base(number)), note, {"code": code, "path": "", "line": 0}, http=http, sender=sender)


def write(facts_of):
    unreadable()
    against_schema()
    against_meaning()
    against_rules(facts_of)
