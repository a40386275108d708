"""Recordings that come through other doors than a request with one record: SOAP calls, files of several notices, pages of a platform.

Written by hand like notices.py: tenders that never took place. Each notice has its own key and, where nothing else is said, its own tender.
"""

import base64
import re
from xml.sax.saxutils import escape

import faulty
import notices
import system_b
from faulty import change, line_of
from notices import key, notice, section, window
from writing import encode, render, write_case

DAY = "20260620"
ENVELOPE = {"1.1": "http://schemas.xmlsoap.org/soap/envelope/", "1.2": "http://www.w3.org/2003/05/soap-envelope"}
CONTENT_TYPE = {"1.1": "text/xml; charset=utf-8", "1.2": "application/soap+xml; charset=utf-8"}
ENCODING = {"1.1": "http://schemas.xmlsoap.org/soap/encoding/", "1.2": "http://www.w3.org/2003/05/soap-encoding"}
NAMES = ("userId", "key", "serialNumber", "datasetCode", "content", "requestTime", "version", "dataId", "senderCode")
DATASET = "TENDER_ANN_QUA_INQUERY_ANN"


def tender(number, title, content, lot, *parts, of=None, **more):
    """A notice of one section; `of` is the number of the tender it belongs to."""
    code = f"E4401000001007{of or number:03d}001"
    stamp = f"{DAY}10{number % 60:02d}17"
    parts = parts or (notices.ROADS, notices.GONGDA, notices.ONLINE, notices.FREE_DOCUMENT, window("20260625090000", "20260702170000", "20260720093000"))
    name, work, classes, price = lot
    rows = [section(code, 1, DAY, 7000 + (of or number), name, work, classes, price, "具有独立法人资格及相应资质", LIMITE_TIME=str(50 + number), REGION_CODE="440106")]
    return notice(code, key(DAY, 7000 + number), stamp, *parts, sections=rows, **{"NOTICE_NAME": title, "NOTICE_CONTENT": content, "NOTICE_SEND_TIME": "20260624083000"} | more)


# MARK: SOAP

def arguments(number, content, **more):
    """The nine arguments, `content` as it is to stand in the envelope, the others as texts."""
    values = {"userId": "SX00009001", "key": "no-key-at-all", "serialNumber": f"SX00009001{DAY}{number:08d}", "datasetCode": DATASET, "content": content,
              "requestTime": "2026-07-01 09:00:00", "version": f"{DAY}10{number:02d}17", "dataId": f"D-{number:04d}", "senderCode": notices.CENTRE}
    return {name: value if name == "content" else escape(value) for name, value in (values | more).items() if value is not None}


def envelope(values, version="1.1", prefix="soapenv", operation="receiveInfo", header="", java=False, declaration=True):
    """A call, one argument a line; with `java` as Axis 1.x names and types them."""
    rows = []
    for number, (name, value) in enumerate(values.items()):
        tag, kind = (f"in{number}", ' xsi:type="xsd:string"') if java else (name, "")
        rows.append(f"      <{tag}{kind}>{value}</{tag}>")
    types = ' xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"' if java else ""
    style = f' {prefix}:encodingStyle="{ENCODING[version]}"' if java else ""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>'] if declaration else []
    lines.append(f'<{prefix}:Envelope xmlns:{prefix}="{ENVELOPE[version]}"{types}>')
    if header:
        lines += [f"  <{prefix}:Header>", f"    {header}", f"  </{prefix}:Header>"]
    lines += [f"  <{prefix}:Body>", f'    <ws:{operation} xmlns:ws="http://pspde.example"{style}>', *rows, f"    </ws:{operation}>", f"  </{prefix}:Body>",
              f"</{prefix}:Envelope>", ""]
    return "\n".join(lines)


def sections(text):
    """A text in CDATA sections; the end of one inside it is cut in two."""
    return "<![CDATA[" + text.replace("]]>", "]]]]><![CDATA[>") + "]]>"


def call(name, text, note, version="1.1", **more):
    write_case(name, {"envelope.xml": text.encode()}, note, channel="local-a-upload", door="soap", content_type=CONTENT_TYPE[version], http=more.pop("http", 200), **more)


def good_calls(facts_of):
    bus = tender(1, "渡口公交枢纽站场改造工程招标公告", "<p>站场改造期间，<b>公交线路</b>不停运。</p>", ("公交枢纽站场改造", "候车廊、充电桩与场地铺装", "A08", "640.3"), INVEST_PROJECT_CODE="2603-440106-04-01-123453")
    call("soap-01-text", envelope(arguments(1, escape(render(bus)))), "SOAP 1.1: the document is the escaped text of its argument, with a CDATA section of its own.",
         deliveries={"provincial": "delivered"}, facts=facts_of(bus))
    fish = tender(2, "沙洲渔港清淤工程招标公告", "清淤土方抛至指定区域；A&B两类船机均可，报价<限价。", ("渔港清淤", "清淤土方十二万立方米", "A08;A11", "388"), SYNDICATED_FLAG="1")
    text = render(fish, declared="GBK").replace("  <NOTICE_MEDIA>", "  <!-- 由交易系统导出 -->\n  <NOTICE_MEDIA>")
    call("soap-02-cdata-rpc-encoded", envelope(arguments(2, "\n" + sections(text) + "\n      "), java=True, declaration=False),
         "SOAP 1.1 as Axis 1.x writes it, RPC/encoded, arguments by position: the document stands in CDATA, a CDATA section of its own cut in two, and says GBK, which it is not any more.",
         deliveries={"provincial": "delivered"}, facts=facts_of(fish))
    school = tender(3, "青禾区特殊教育学校教具采购公告", "分两批到货。", ("特殊教育教具采购", "感统训练器材与教具", "B05", "95.04"), notices.SCHOOLS, notices.XINCHENG, notices.ON_SITE,
                    window("20260625090000", "20260702170000", "20260721150000"), DOC_PRICE="150", TENDER_DOC_GET_METHOD="现场领取")
    coded = base64.b64encode(encode(render(school, "GBK"), "GBK", "\r\n")).decode()
    coded = "\n" + "\n".join(coded[start:start + 76] for start in range(0, len(coded), 76)) + "\n      "
    call("soap-03-base64-of-gbk", envelope(arguments(3, coded), "1.2", "env"), "SOAP 1.2: base64, in lines of 76 characters, of a document in GBK with CRLF.", "1.2",
         deliveries={"provincial": "delivered"}, facts=facts_of(school))
    forest = tender(4, "云岭县林区防火通道工程招标公告", "通道全长八公里，含三处蓄水池。", ("林区防火通道", "路基、碎石路面与蓄水池", "A08", "512.77"), notices.FARMS, notices.XINCHENG, notices.ON_SITE,
                    window("20260626090000", "20260703170000", "20260722150000"), PSP_BID_SCHEME_APPROVE_CODE="云发改招核〔2026〕9号")
    elements = "\n" + render(forest).split("?>\n", 1)[1].rstrip("\n") + "\n      "
    call("soap-04-elements", envelope(arguments(4, elements), header='<t:trace xmlns:t="urn:example:trace" soapenv:mustUnderstand="0">a1b2</t:trace>'),
         "SOAP 1.1: the document stands in its argument as elements; a header entry that need not be understood.", deliveries={"provincial": "delivered"}, facts=facts_of(forest))


def bad_calls():
    def refuse(name, text, note, *findings, version="1.1", http=200):
        call(name, text, note, version, http=http, message="refused", findings=findings)

    def at(text, tag, number=1):
        return {"line": line_of(text, tag, number)}

    lot = ("泵闸维护", "闸门与启闭机维护", "A08", "77.7")
    good = render(tender(11, "临江泵闸维护工程招标公告", "正文。", lot))
    text = envelope(arguments(11, escape(good)), "1.2", "env")
    text = text.replace("</version>", "</edition>", 1)
    refuse("badsoap-01-not-well-formed", text, "SOAP 1.2: a start tag and its end tag differ; the line is that of the envelope.", {"code": "xml.syntax", "path": ""} | at(text, "version"),
           version="1.2", http=400)
    text = envelope(arguments(12, escape(good)), "1.2", "env", operation="sendInfo")
    refuse("badsoap-02-other-operation", text, "SOAP 1.2: an operation that the channel does not have.", {"code": "soap.operation", "path": "/Envelope/Body", "line": 0},
           version="1.2", http=400)
    text = envelope({name: value for number, (name, value) in enumerate(arguments(13, "").items()) if number < 4})
    refuse("badsoap-03-no-content", text, "Four arguments in place of nine: there is no document, and nothing in the envelope to point at.",
           {"code": "soap.argument", "path": "/Envelope/Body/receiveInfo", "line": 0})
    late = tender(14, "河心岛栈道修缮工程招标公告", "正文。", ("栈道修缮", "木栈道更换", "A08", "58.2"))
    del late["BULLETIN_DUTY"]
    document = render(late)
    text = envelope(arguments(14, sections(document)), java=True)
    refuse("badsoap-04-schema-inside", text, "An element is missing in the document; the line counts inside the document, not in the envelope.",
           {"code": "schema.violation", "path": "/TENDER_ANN_QUA_INQUERY_ANN/TRADE_PLAT"} | at(document, "TRADE_PLAT"))
    document = render(tender(15, "湿地公园标识采购公告", "正文。", ("标识采购", "标识牌三百块", "B05", "33.1")))
    text = envelope(arguments(15, escape(document), serialNumber=" "))
    refuse("badsoap-05-no-serial", text, "The serial number is a blank; nothing is wrong with the document.",
           {"code": "soap.argument", "path": "/soapenv:Envelope/soapenv:Body/ws:receiveInfo/serialNumber"} | at(text, "serialNumber"))
    text = envelope(arguments(16, "招标公告见附件"), "1.2", "s")
    refuse("badsoap-06-no-document", text, "SOAP 1.2: what stands in the place of the document is neither a document nor base64.",
           {"code": "soap.content", "path": "/s:Envelope/s:Body/ws:receiveInfo/content"} | at(text, "content"), version="1.2")
    document = render(tender(17, "夜市街区照明采购公告", "正文。", ("街区照明", "灯具一千套", "B01", "120.9")))
    refuse("badsoap-07-other-dataset", envelope(arguments(17, escape(document), datasetCode="GCJS_PLAN")), "The fourth argument says another dataset than the document is.",
           {"code": "dataset.mismatch", "path": "", "line": 0})
    document = change(render(tender(18, "旧城排水管网检测招标公告", "正文。", ("管网检测", "检测四十公里", "C02", "210"))), "NOTICE_SEND_TIME", "20260631083000")
    coded = base64.b64encode(encode(document.replace('"UTF-8"', '"GB18030"', 1), "GB18030")).decode()
    refuse("badsoap-08-no-such-day-in-base64", envelope(arguments(18, coded, serialNumber="")),
           "Two faults in two places: no serial number, whose line counts in the envelope, and the thirty-first of June in a document of base64, whose line counts inside it.",
           {"code": "soap.argument", "path": "/soapenv:Envelope/soapenv:Body/ws:receiveInfo/serialNumber", "line": line_of(envelope(arguments(18, coded)), "serialNumber")},
           {"code": "time.invalid", "path": "/TENDER_ANN_QUA_INQUERY_ANN/NOTICE_SEND_TIME"} | at(document, "NOTICE_SEND_TIME"))
    text = envelope(arguments(19, ""), "1.2", "env").replace("<content></content>", f'<content xmlns:enc="{ENCODING["1.2"]}" enc:ref="id0"/>')
    refuse("badsoap-09-by-reference", text, "SOAP 1.2: the document stands elsewhere in the envelope and is only referred to.",
           {"code": "soap.reference", "path": "/env:Envelope/env:Body/ws:receiveInfo/content"} | at(text, "content"), version="1.2", http=400)


# MARK: Files of notices

def batch(records, encoding="UTF-8", newline="\n"):
    """A file of several notices, a record a notice or its text."""
    texts = [(record if isinstance(record, str) else render(record)).split("?>\n", 1)[1] for record in records]
    return encode(f'<?xml version="1.0" encoding="{encoding}"?>\n<NOTICES>\n' + "".join(texts) + "</NOTICES>\n", encoding, newline)


def drop(name, content, note, **more):
    write_case(name, {f"{name}.xml": content}, note, channel="local-a-files", door="file", **more)


def files(facts_of):
    depot = tender(21, "轨道车辆段上盖平台工程招标公告", "上盖平台分两期实施。", ("上盖平台一期", "预应力平台结构", "A08;A12", "18200.25"), notices.METRO, notices.HENGZHENG, notices.ONLINE, notices.FREE_DOCUMENT,
                   window("20260626090000", "20260703170000", "20260723093000"), PROJECT_CODE="E4401000001007021")
    later = tender(22, "轨道车辆段上盖平台工程招标更正公告", "开标时间延期一周。", ("上盖平台一期", "预应力平台结构", "A08;A12", "18200.25"), notices.METRO, notices.HENGZHENG, notices.ONLINE, of=21,
                   NOTICE_NATURE="2", IS_POSTPONE="1", BID_OPEN_TIME="20260730093000", PSP_FIRST_NOTICE_ID=key(DAY, 7021), PSP_RELATE_NOTICE_ID=key(DAY, 7021))
    other = tender(23, "沙洲区苗圃灌溉采购公告", "喷灌设备。", ("苗圃灌溉", "喷灌设备一批", "B02", "46"), notices.PARKS, notices.XINCHENG, notices.ON_SITE, window("20260626090000", "20260703170000", "20260724150000"))
    drop("file-01-three-notices", batch([depot, later, other]), "A file of three notices, the second a correction of the first; both go in their order.",
         deliveries={"provincial": "delivered"}, facts=facts_of(depot))
    rows = [tender(24, "云岭县䶮溪桥加固工程招标公告", "加固三孔石拱桥。", ("石拱桥加固", "桥墩与拱圈加固", "A08", "266")),
            tender(25, "", "正文。", ("驿道修缮", "青石路面", "A08", "70")),
            tender(26, "云岭县乡镇卫生院空调采购公告", "四所卫生院。", ("空调采购", "分体空调二百台", "B02", "88.8"), notices.HOSPITAL, notices.GONGDA, notices.ONLINE, window("20260626090000", "20260703170000", "20260724093000")),
            tender(27, "云岭县电子地图更新招标公告", "数据更新。", ("地图更新", "更新面积九百平方公里", "C02", "150.6"))]
    rows[1]["PLATFORM_CODE"] = "12440100TE2T00053C"
    content = batch(rows, "GB18030", "\r\n")
    text = content.decode("gb18030")
    drop("file-02-one-of-four-is-wrong", content, "GB 18030 with CRLF. One of four notices has no title and a wrong check character: it is refused by itself, with lines of the file, and the others are taken.",
         deliveries={"provincial": "delivered"}, facts=facts_of(rows[0]),
         findings=[{"code": "field.required", "path": f"/{DATASET}/NOTICE_NAME", "line": line_of(text, "NOTICE_NAME", 2)},
                   {"code": "identifier.check-digit", "path": f"/{DATASET}/PLATFORM_CODE", "line": line_of(text, "PLATFORM_CODE", 2)}])


def bad_files():
    def refuse(name, content, note, *findings):
        drop(name, content, note, http=422, message="refused", findings=findings)

    rows = [tender(number, title, "正文。", lot) for number, title, lot in (
        (31, "", ("路灯迁移", "迁移路灯", "A08", "12")), (32, "渡口大道路灯迁移招标公告", ("路灯迁移", "迁移路灯", "A08", "13")), (33, "", ("信号灯迁移", "迁移信号灯", "A08", "14")))]
    content = batch(rows)
    refuse("badfile-02-over-tolerance", content, "Two of three notices have no title, and half of them may be wrong: nothing of the file is taken, and each reason is told.",
           {"code": "stream.over-tolerance", "path": "", "line": 0},
           *({"code": "field.required", "path": f"/{DATASET}/NOTICE_NAME", "line": line_of(content.decode(), "NOTICE_NAME", n)} for n in (1, 3)))
    text = render(tender(34, "书院路人行道翻新招标公告", "正文。", ("人行道翻新", "透水砖", "A08", "45")))
    refuse("badfile-03-one-notice", text.encode(), "A single notice by itself: its root is not the one that holds notices.", {"code": "dataset.unknown", "path": ""} | {"line": line_of(text, DATASET)})
    content = batch([tender(35, "书院路护栏更换招标公告", "正文。", ("护栏更换", "护栏三公里", "A08", "45")), tender(36, "书院路绿化招标公告", "正文。", ("绿化", "行道树", "A08", "46"))])
    cut = content[:content.rindex("行道树".encode())]
    refuse("badfile-05-cut-off", cut, "Cut off in its second notice: the first one is not taken either.", {"code": "xml.syntax", "path": "", "line": cut.count(b"\n") + 1})
    refuse("badfile-08-no-notice", b'<?xml version="1.0" encoding="UTF-8"?>\n<NOTICES>\n  <EXPORTED>20260620</EXPORTED>\n</NOTICES>\n', "A file of a day without notices.",
           {"code": "stream.empty", "path": "", "line": 0})


# MARK: Pages

def page(rows, following, indent=2):
    return system_b.written({"code": system_b.Raw("0"), "data": {"total": system_b.Raw(str(len(rows))), "rows": rows, "next": following}}, indent) + "\n"


def pages():
    def own(number, title, lot, of=None, **more):
        code = f"E4401000003007{of or number:03d}001"
        return system_b.translated(system_b.own(1000 + number, code, notices.PARKS, notices.GONGDA, notices.ONLINE, window("20260625090000", "20260702170000", "20260720093000"), sections=[
            system_b.lot(code, 1, 700 + (of or number), *lot, LIMITE_TIME=str(30 + number))], NOTICE_NAME=title, NOTICE_CONTENT="正文", **more))

    common = {"channel": "local-b-pages", "door": "page", "sender": "local-b", "content_type": "application/json", "deliveries": {"provincial": "delivered"}}
    first = [own(1, "榕树巷口袋公园施工招标公告", ("口袋公园", "铺装与绿化", "A08", "560000.5")), own(2, "榕树巷口袋公园监理招标公告", ("口袋公园监理", "监理", "A05", "21000")),
             own(3, "榕树巷口袋公园施工更正公告", ("口袋公园", "铺装与绿化", "A08", "560000.5"), of=1, stamp="20260611100000", NOTICE_NATURE="2")]
    write_case("page-01-three-rows", {"page.json": page(first, "1").encode()}, "A page of three notices, the last a correction of the first; the next page has a name.", facts=system_b.facts_of(first[0]), **common)
    last = [own(4, "榕荫公园座椅采购公告", ("座椅采购", "座椅八百张", "B05", "320000")) | {"audit": {"rows": [], "next": "9"}}, own(5, "榕荫公园棚架工程招标公告", ("棚架", "钢木棚架", "A08", "91000.75"))]
    write_case("page-02-one-line", {"page.json": page(last, system_b.Raw("20260701000002"), None).encode()},
               "A page in one line, whose next page is named by a number; members of its rows have the names of the page's own.", facts=system_b.facts_of(last[0]), **common)


def write(facts_of):
    good_calls(facts_of)
    bad_calls()
    files(facts_of)
    bad_files()
    pages()
