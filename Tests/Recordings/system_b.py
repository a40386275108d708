"""Good notices of local system B: JSON with camelCase names, times in milliseconds since 1970, amounts in 元.

The tenders are written by hand in the terms of notices.py and put into B's form here, as B's own export would; some are the very
tenders of system A's cases, so that two forms can be held against each other. The facts are taken from B's form.
"""

import datetime
import json
from decimal import Decimal

import boundaries
import notices
from notices import key, notice, section, window
from writing import canonical, money, write_case

CHINA = datetime.timezone(datetime.timedelta(hours=8))


class Raw(str):
    """A JSON number exactly as it is to be written."""


class Escaped(str):
    """A string with its escapes as they are to be written."""


def milliseconds(text):
    """yyyyMMddHHmmss or yyyyMMdd in China Standard Time."""
    time = datetime.datetime.strptime(text.ljust(14, "0"), "%Y%m%d%H%M%S").replace(tzinfo=CHINA)
    return Raw(int(time.timestamp()) * 1000)


def instant(value):
    """RFC 3339 of milliseconds since 1970, milliseconds kept."""
    return (datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc) + datetime.timedelta(milliseconds=int(value))).astimezone(CHINA).isoformat()


NATURE = {"1": "NORMAL", "2": "CORRECTION", "3": "REPUBLISH", "9": "OTHER"}
TYPE = {"1": "TENDER", "2": "PREQUALIFICATION", "3": "AWARD", "9": "OTHER"}
OPEN_MODE = {"1": "ONLINE", "2": "ONSITE"}
KIND = {"1": "ORG", "2": "PERSON", "9": "OTHER"}
MODE = {"1": "GK", "2": "YQ", "9": "QT"}
CURRENCY = {"156": "CNY", "840": "USD", "978": "EUR", "344": "HKD", "392": "JPY"}
FLAG = {"0": Raw("false"), "1": Raw("true")}


def pruned(value):
    """Without members that have nothing in them."""
    if isinstance(value, dict):
        return {k: v for k, v in ((k, pruned(v)) for k, v in value.items()) if v not in (None, {})}
    return [pruned(v) for v in value] if isinstance(value, list) else value


def translated(record, numbers=True):
    """A notice in B's form. With `numbers` amounts and counts are JSON numbers, else strings."""
    def get(name, by=None):
        value = record.get(name)
        return None if value is None else by[value] if isinstance(by, dict) else by(value) if by else value

    def number(text):
        return Raw(text) if numbers else text

    def party(prefix):
        return {"name": get(prefix + "_NAME"), "kind": get(prefix + "_CODE_TYPE", KIND), "code": get(prefix + "_CODE"), "address": get(prefix + "_ADDRESS"),
                "contact": {"person": get(prefix + "_CONTACTOR"), "phone": get(prefix + "_PHONE_NUMBER"), "email": get(prefix + "_EMAIL")}}

    def part(source):
        yuan = Decimal(source["CONTRACT_RECKON_PRICE"]) * (10000 if source["PRICE_UNIT"] == "1" else 1)
        def own(name, by=None):
            return by(source[name]) if name in source and by else source.get(name)
        return {"code": source["BID_SECTION_CODE"], "dealCode": own("UNIFIED_DEAL_CODE"), "projectCode": own("PROJECT_CODE"), "tenderProjectCode": own("TENDER_PROJECT_CODE"),
                "name": own("BID_SECTION_NAME"), "content": own("BID_SECTION_CONTENT"), "classes": source["TENDER_PROJECT_CLASSIFY_CODE"].split(";"),
                "qualification": own("BID_QUALIFICATION"), "mode": own("BID_TENDER_MODE", MODE.get), "round": own("BID_ECTION_NUM", number), "region": own("REGION_CODE"),
                "place": own("TRA_PLACE_CODE"), "start": own("BEGIN_DATE", milliseconds), "days": own("LIMITE_TIME", number),
                "estimate": {"value": number(f"{yuan:f}"), "currency": own("CURRENCY_CODE", CURRENCY.get)}, "createTime": milliseconds(source["CREATE_TIME"])}

    return pruned({
        "dataKey": get("DATA_KEY"), "dataTimestamp": get("DATA_TIMESTAMP", milliseconds),
        "platform": {"operatorCode": get("PLATFORM_CODE"), "collectorCode": get("PUB_SERVICE_PLAT_CODE"), "toolCode": get("TRADE_PLAT"), "nationalCode": get("N_PUB_SERVICE_PLAT_CODE")},
        "project": {"code": get("PROJECT_CODE"), "investmentCode": get("INVEST_PROJECT_CODE")},
        "tenderProject": {"code": get("TENDER_PROJECT_CODE"), "ownNumber": get("TENDER_CODE"), "approvalNumber": get("PSP_BID_SCHEME_APPROVE_CODE")},
        "notice": {"title": get("NOTICE_NAME"), "content": get("NOTICE_CONTENT"), "nature": get("NOTICE_NATURE", NATURE), "type": get("BULLETIN_TYPE", TYPE),
                   "sendTime": get("NOTICE_SEND_TIME", milliseconds), "media": get("NOTICE_MEDIA", lambda text: text.split(";")), "url": get("URL")},
        "document": {"from": get("DOC_GET_START_TIME", milliseconds), "until": get("DOC_GET_END_TIME", milliseconds), "method": get("TENDER_DOC_GET_METHOD"), "price": get("DOC_PRICE", number)},
        "bid": {"deadline": get("BID_DOC_REFER_END_TIME", milliseconds), "method": get("BID_DOC_REFER_METHOD"), "url": get("BID_URL"), "openTime": get("BID_OPEN_TIME", milliseconds),
                "openMode": get("BID_OPEN_METHOD", OPEN_MODE), "consortium": get("SYNDICATED_FLAG", FLAG), "postponed": get("IS_POSTPONE", FLAG)},
        "tenderer": party("TENDERER"), "agency": party("TENDER_AGENCY"),
        "responsible": {"publisher": get("BULLETIN_DUTY"), "verifier": get("BULLETIN_DUTY_CODE_TYPE"), "examiner": get("EXAMINER_NAME")},
        "related": {"noticeKey": get("PSP_RELATE_NOTICE_ID"), "firstNoticeKey": get("PSP_FIRST_NOTICE_ID")},
        "sections": [part(s) for s in record["sections"]]})


def written(value, indent=2, level=0, ascii_only=False):
    """JSON text; `indent` None writes one line."""
    def string(text):
        return f'"{text}"' if isinstance(text, Escaped) else json.dumps(str(text), ensure_ascii=ascii_only)
    inner = "" if indent is None else "\n" + " " * indent * (level + 1)
    outer = "" if indent is None else "\n" + " " * indent * level
    if isinstance(value, dict):
        rows = [f"{string(k)}:{'' if indent is None else ' '}{written(v, indent, level + 1, ascii_only)}" for k, v in value.items()]
        return "{" + ",".join(inner + row for row in rows) + outer + "}" if rows else "{}"
    if isinstance(value, list):
        return "[" + ",".join(inner + written(v, indent, level + 1, ascii_only) for v in value) + outer + "]" if value else "[]"
    return "null" if value is None else str(value) if isinstance(value, Raw) else string(value)


# What a member means: path in B's form, words, place in the canonical record, reading, element of the province's document.
CODES = {"nature": {"NORMAL": "normal", "CORRECTION": "correction", "REPUBLISH": "republication", "OTHER": "other"},
         "type": {"TENDER": "tender-notice", "PREQUALIFICATION": "prequalification-notice", "AWARD": "award-notice", "OTHER": "other"},
         "openMode": {"ONLINE": "online", "ONSITE": "on-site"}, "kind": {"ORG": "legal-person", "PERSON": "natural-person", "OTHER": "other-organisation"},
         "flag": {"true": "yes", "false": "no"}, "mode": {"GK": "open", "YQ": "invited", "QT": "other"}}
# The province's codes; it counts openings the other way round than system A.
PROVINCE = {"nature": {"NORMAL": "1", "CORRECTION": "2", "REPUBLISH": "3", "OTHER": "9"}, "type": {"TENDER": "1", "PREQUALIFICATION": "2", "AWARD": "3", "OTHER": "9"},
            "openMode": {"ONLINE": "2", "ONSITE": "1"}, "kind": {"ORG": "1", "PERSON": "2", "OTHER": "9"}, "flag": {"true": "1", "false": "0"}}
FACTS = [
    ("platform.operatorCode", "交易系统标识码", "/source/platform", "CN-USCC", "PLATFORM_CODE"), ("platform.collectorCode", "公共服务平台标识码", "/source/collectingPlatform", "CN-USCC", "PUB_SERVICE_PLAT_CODE"),
    ("platform.toolCode", "交易平台或发布工具标识码", "/source/tradingTool", "CN-PLATFORM11", "TRADE_PLAT"),
    ("platform.nationalCode", "公共服务平台标识码(全国统一)", "/source/nationalServicePlatform", "CN-PLATFORM11", "N_PUB_SERVICE_PLAT_CODE"),
    ("dataKey", "数据主键", "/source/recordKey", "text", "DATA_KEY"), ("dataTimestamp", "数据时间戳", "/source/recordedAt", "instant", "DATA_TIMESTAMP"),
    ("project.code", "项目编号", "/project/code", "CN-PROJECT", "PROJECT_CODE"), ("project.investmentCode", "投资项目统一代码", "/project/investmentCode", "CN-INVEST", ""),
    ("tenderProject.code", "招标项目编号", "/tenderProject/code", "CN-TENDER-PROJECT", "TENDER_PROJECT_CODE"), ("tenderProject.ownNumber", "招标编号", "/tenderProject/selfCode", "text", "TENDER_CODE"),
    ("tenderProject.approvalNumber", "招标方案核准号", "/tenderProject/schemeApprovalCode", "text", "PSP_BID_SCHEME_APPROVE_CODE"),
    ("notice.title", "公告标题", "/title", "text", "NOTICE_NAME"), ("notice.content", "公告内容", "/content", "text", "NOTICE_CONTENT"), ("notice.nature", "公告性质", "/nature", "nature", "NOTICE_NATURE"),
    ("notice.type", "公告类型", "/bulletinType", "type", "BULLETIN_TYPE"), ("notice.sendTime", "公告发布时间", "/publishedAt", "instant", "NOTICE_SEND_TIME"),
    ("notice.media", "公告发布媒体", "/media", "list", "NOTICE_MEDIA"), ("notice.url", "公告源URL", "/url", "text", "URL"),
    ("document.from", "文件获取时间", "/document/availableFrom", "instant", "DOC_GET_START_TIME"), ("document.until", "文件获取截止时间", "/document/availableUntil", "instant", "DOC_GET_END_TIME"),
    ("document.method", "文件获取方法", "/document/method", "text", "TENDER_DOC_GET_METHOD"), ("document.price", "文件售价", "/document/price", "yuan", "DOC_PRICE"),
    ("bid.deadline", "递交截止时间", "/bid/deadline", "instant", "BID_DOC_REFER_END_TIME"), ("bid.method", "递交方法", "/bid/submissionMethod", "text", "BID_DOC_REFER_METHOD"),
    ("bid.url", "递交地址", "/bid/submissionUrl", "text", "BID_URL"), ("bid.openTime", "开标时间", "/bid/openingAt", "instant", "BID_OPEN_TIME"),
    ("bid.openMode", "开标方式", "/bid/openingMethod", "openMode", "BID_OPEN_METHOD"), ("bid.consortium", "是否允许联合体投标", "/consortiumAllowed", "flag", "SYNDICATED_FLAG"),
    ("bid.postponed", "是否延期开标", "/postponed", "flag", "IS_POSTPONE"),
    ("responsible.publisher", "公告发布责任人", "/responsible/publisher", "text", "BULLETIN_DUTY"), ("responsible.verifier", "交易平台验证责任人", "/responsible/verifier", "text", "BULLETIN_DUTY_CODE_TYPE"),
    ("responsible.examiner", "数据验证责任人", "/responsible/examiner", "text", "EXAMINER_NAME"), ("related.noticeKey", "关联公告", "/related/noticeId", "text", "PSP_RELATE_NOTICE_ID"),
    ("related.firstNoticeKey", "首次公告", "/related/firstNoticeId", "text", "PSP_FIRST_NOTICE_ID")]
for group, words, prefix in (("tenderer", "招标人", "TENDERER"), ("agency", "招标代理机构", "TENDER_AGENCY")):
    FACTS += [(f"{group}.{p}", words + w, f"/{group}/{c}", r, f"{prefix}_{e}") for p, w, c, r, e in (
        ("name", "名称", "name", "text", "NAME"), ("kind", "类别", "kind", "kind", "CODE_TYPE"), ("code", "代码", "identifier", "CN-USCC", "CODE"), ("address", "地址", "address", "text", "ADDRESS"),
        ("contact.person", "联系人", "contact/person", "text", "CONTACTOR"), ("contact.phone", "联系电话", "contact/phone", "text", "PHONE_NUMBER"),
        ("contact.email", "电子邮箱", "contact/email", "text", "EMAIL"))]
SECTION_FACTS = [
    ("code", "标段编号", "code", "CN-SECTION"), ("dealCode", "统一交易标识码", "dealCode", "CN-DEAL"), ("projectCode", "所属项目编号", "projectCode", "CN-PROJECT"),
    ("tenderProjectCode", "所属招标项目编号", "tenderProjectCode", "CN-TENDER-PROJECT"), ("name", "标段名称", "name", "text"), ("content", "标段内容", "content", "text"),
    ("classes", "标段分类", "classification/codes", "list"), ("qualification", "投标人资格条件", "qualification", "text"), ("mode", "招标方式", "tenderMode", "mode"),
    ("round", "招标次数", "tenderCount", "decimal"), ("region", "所在行政区域", "region", "CN-REGION"), ("place", "交易发生行政区域", "tradingPlace", "CN-REGION"),
    ("start", "计划开工日期", "plannedStart", "day"), ("days", "工期（天）", "duration/value", "decimal"), ("createTime", "标段建立时间", "createdAt", "instant")]


def at(record, path):
    for name in path.split("."):
        record = record.get(name) if isinstance(record, dict) else None
    return record


def meant(value):
    """What a value says, without its spelling: texts without blanks around them, lists joined; empty when it says nothing."""
    if isinstance(value, list):
        return ";".join(filter(None, map(meant, value)))
    if isinstance(value, Escaped):
        value = json.loads(f'"{value}"')
    return "" if value is None else str(value).strip()


def facts_of(record):
    """All facts of a notice in B's form."""
    stamp = meant(record["dataTimestamp"])
    rows = [("业务主键", "message", "/businessKey", "text", f"{meant(record['platform']['operatorCode'])}:{meant(record['dataKey'])}"),
            ("排序键", "message", "/orderingKey", "text", meant(record["tenderProject"]["code"])), ("版本", "message", "/version", "text", stamp),
            ("数据产生时刻", "message", "/sourceTime", "instant", instant(stamp))]
    for path, words, place, reading, element in FACTS:
        value, xpath = meant(at(record, path)), f"/GCJS_NOTICE/{element}"
        if not value:
            rows.append((f"{words}：未填", "canonical", place, "text", ""))
        else:
            rows += one(words, value, place, reading)
        if element and not value:
            rows.append((f"{words}：未填", "provincial", xpath, "text", ""))
        elif element:
            kind = {"instant": "instant", "yuan": "decimal"}.get(reading, "code" if reading in PROVINCE else "text")
            # The province's fourteen digits have no milliseconds.
            rows.append((words, "provincial", xpath, kind, PROVINCE[reading][value] if reading in PROVINCE else instant(int(value) // 1000 * 1000) if kind == "instant" else value))
    for number, part in enumerate(record["sections"]):
        base, words = f"/sections/{number}", f"标段{number + 1} "
        for path, name, place, reading in SECTION_FACTS:
            value = meant(part.get(path))
            rows += one(words + name, value, f"{base}/{place}", reading) if value else [(f"{words}{name}：未填", "canonical", f"{base}/{place}", "text", "")]
        rows.append((words + "分类体系", "canonical", f"{base}/classification/scheme", "code", "CN-SECTION-CLASS"))
        if meant(part.get("days")):
            rows.append((words + "工期单位", "canonical", f"{base}/duration/unit", "code", "day"))
        price = meant(at(part, "estimate.value"))
        if price:
            rows += money(f"{words}合同估算价 {price}", f"{base}/estimate", price, meant(at(part, "estimate.currency")) or "CNY", "元")
        else:
            rows.append((words + "合同估算价：未填", "canonical", f"{base}/estimate", "text", ""))
    for words, name, element in (("相关标段编号", "code", "BID_SECTION_CODES"), ("统一交易标识码", "dealCode", "UNIFIED_DEAL_CODES")):
        rows.append((words, "provincial", f"/GCJS_NOTICE/{element}", "text", ";".join(filter(None, (meant(s.get(name)) for s in record["sections"])))))
    return rows


def one(words, value, place, reading):
    """The facts of one value on the canonical record."""
    if reading in CODES:
        return [(f"{words} {value}", "canonical", place, "code", CODES[reading][value])]
    if reading == "instant":
        return [(words, "canonical", place, "instant", instant(value))]
    if reading == "day":
        return [(words, "canonical", place, "text", instant(value)[:10])]
    if reading == "yuan":
        return money(f"{words} {value}元", place, value, "CNY", "元")
    return canonical(words, value, place, reading)


def mapped(record, change):
    """The record with every string of it changed."""
    if isinstance(record, dict):
        return {k: mapped(v, change) for k, v in record.items()}
    if isinstance(record, list):
        return [mapped(v, change) for v in record]
    return record if isinstance(record, Raw) else change(record)


def own(number, tender, *parts, sections, stamp="20260610094500", **more):
    """A tender of B's own, in the terms of notices.py."""
    return notice(tender, key("20260610", 6000 + number), stamp, *parts, sections=sections, PLATFORM_CODE=notices.DISTRICT_CENTRE, TRADE_PLAT="E4401000003",
                  **{"URL": f"https://b.nanyu.example/notice/{number}", "NOTICE_SEND_TIME": "20260615083000"} | more)


def lot(tender, number, sequence, name, content, classes, price, **more):
    return section(tender, number, "20260610", 5000 + sequence, name, content, classes, price, more.pop("qualification", "具有独立法人资格"), operator=notices.DISTRICT_CENTRE,
                   unit=more.pop("unit", "0"), **more)


def same_tenders():
    """Tenders that system A has sent too: (name, record, style, case of A, what is lost, note)."""
    known = {case["name"]: case["notice"] for case in [*notices.good(), *boundaries.cases()]}
    in_yuan = ["/sections/*/estimate/receivedUnit"]
    for name, source, numbers, lost, note in (
            ("json-01-school-as-a", "good-04-school-gbk", True, in_yuan, "The tender of good-04 in B's form. B counts in 元, so the unit 万元 in which A sent the estimates is not in its record."),
            ("json-02-hospital-as-a", "good-13-hospital-dollars", False, [], "The tender of good-13 in B's form, amounts as strings, one of them in US dollars: the same record."),
            ("json-03-harbour-as-a", "good-27-harbour-three-currencies", True, [], "The tender of good-27 in B's form: three currencies, a natural person: the same record."),
            ("json-04-village-hall-as-a", "good-24-village-hall", True, in_yuan, "The tender of good-24 in B's form; A sent 万元.")):
        yield name, translated(known[source], numbers), {}, {"case": source, "except": lost}, note


def good():
    """Further notices of B: (name, record, style, note)."""
    big = "E4401000003000111001"
    rail = own(1, big, notices.METRO, notices.HENGZHENG, notices.ONLINE, notices.FREE_DOCUMENT, window("20260616090000", "20260623170000", "20260715093000"), sections=[
        lot(big, 1, 1, "城际线综合开发一标段", "土建", "A08;A12", "9007199254740993.01", BID_TENDER_MODE="1", BID_ECTION_NUM="1", REGION_CODE="440106", TRA_PLACE_CODE="440100", BEGIN_DATE="20270101", LIMITE_TIME="900",
            PROJECT_CODE="E4401000003000111", TENDER_PROJECT_CODE=big),
        lot(big, 2, 2, "城际线综合开发二标段", "机电", "B02", "12345678901234567890.1234567891", BID_TENDER_MODE="2", BID_ECTION_NUM="2", REGION_CODE="440112", TRA_PLACE_CODE="440112", BEGIN_DATE="20270301", LIMITE_TIME="720")],
        NOTICE_NAME="城际线综合开发招标公告", NOTICE_CONTENT="估算价均以元计。", TENDER_CODE="HZ-B-001", PROJECT_CODE="E4401000003000111", INVEST_PROJECT_CODE="2603-440106-04-01-123453",
        N_PUB_SERVICE_PLAT_CODE="E4400000001", BULLETIN_DUTY_CODE_TYPE="孙雅琴", EXAMINER_NAME="钱国华", PSP_BID_SCHEME_APPROVE_CODE="南发改招核〔2026〕41号", IS_POSTPONE="0")
    record = translated(rail) | {"dataKey": Raw("9001503202606100006001")}
    yield "json-05-railway-large-numbers", record, {}, "Numbers beyond 2^53, two of them with decimals, and a key of 22 digits that is no string: not a digit may be lost."
    record = translated(own(2, big, notices.METRO, notices.HENGZHENG, notices.ONLINE, sections=rail["sections"], stamp="20260618110000", NOTICE_NATURE="2", IS_POSTPONE="1",
                            NOTICE_NAME="城际线综合开发更正公告", NOTICE_CONTENT="开标延期。", NOTICE_SEND_TIME="20260618120000", BID_DOC_REFER_END_TIME="20260722093000", BID_OPEN_TIME="20260722100000",
                            PSP_RELATE_NOTICE_ID="9001503202606100006001", PSP_FIRST_NOTICE_ID="9001503202606100006001", BULLETIN_DUTY="罗永昌",
                            BID_URL="https://b.nanyu.example/upload"))
    record["dataTimestamp"] = Raw(str(record["dataTimestamp"])[:-3] + "250")
    record["related"]["firstNoticeKey"] = key("20260601", 77)
    yield "json-06-railway-correction", record, {}, "Correction of json-05, in the same lane; its time stamp has milliseconds."

    lights = "E4401000003000222001"
    record = translated(own(3, lights, notices.PARKS, notices.XINCHENG, notices.ON_SITE, window("20260616090000", "20260623170000", "20260716150000"), sections=[
        lot(lights, 1, 3, "公园照明一期", "灯具", "B01", "88000.5", LIMITE_TIME="45", BID_TENDER_MODE="9")], NOTICE_NATURE="3", NOTICE_NAME="公园照明采购公告", NOTICE_CONTENT="正文", DOC_PRICE="200.50",
        TENDER_DOC_GET_METHOD="现场领取", SYNDICATED_FLAG="1"), numbers=False)
    record["notice"]["title"] = Escaped(r"\u516c\u56ed\u7167\u660e\u91c7\u8d2d\u516c\u544a\uff08\u542b\ud842\udfb7\u91ce\u5bb6\uff09")
    record["notice"]["content"] = Escaped(r"<p class=\"a\">\u7b2c\u4e00\u6bb5<\/p>\n\t\u7b2c\u4e8c\u6bb5 C:\\\\\u8def\u5f84 \u0026")
    record["notice"]["url"] = Escaped(r"https:\/\/b.nanyu.example\/notice?id=3\u0026type=light")
    record["sections"][0]["name"] = Escaped(r"\u0031\u6807\ud83d\udca1")
    record = {Escaped(r"\u0064ataKey") if k == "dataKey" else k: v for k, v in record.items()}
    yield "json-07-park-escapes", record, {}, "Escapes of every kind: \\u, surrogate pairs beyond the basic plane, \\/ and \\n, in a name too; amounts as strings."

    bridge = "E4401000003000333001"
    record = translated(own(4, bridge, notices.BRIDGES, notices.GONGDA, notices.ONLINE, notices.FREE_DOCUMENT, window("20260617090000", "20260624170000", "20260717093000"), sections=[
        lot(bridge, 1, 4, "人行天桥加固", "钢结构", "A08", "1500000", LIMITE_TIME="60", REGION_CODE="440113")], BULLETIN_TYPE="2", NOTICE_NAME="人行天桥加固资格预审公告", NOTICE_CONTENT="第一行\n第二行",
        NOTICE_MEDIA="南屿市公共资源交易网"))
    yield "json-08-bridge-byte-order-mark", record, {"mark": True, "newline": "\r\n", "tabs": True}, "UTF-8 with byte-order mark, CRLF and tab stops, as an editor writes it."

    pool = "E4401000003000444001"
    record = translated(own(5, pool, notices.SCHOOLS, notices.HENGZHENG, notices.ONLINE, window("20260617090000", "20260624170000", "20260718093000"), sections=[
        lot(pool, 1, 5, "游泳馆水处理", "过滤设备", "B02;A08", "730000", LIMITE_TIME="30"), lot(pool, 2, 6, "游泳馆监理", "监理", "A05", "41000.75", LIMITE_TIME="35")],
        NOTICE_NAME="游泳馆水处理设备采购公告", NOTICE_CONTENT="正文"))
    record = dict(reversed(list(record.items())))
    record["sections"] = [dict(reversed(list(s.items()))) | {"history": [[Raw("1"), [Raw("2"), []]], [{"code": "not a section's", "name": None}]]} for s in record["sections"]]
    record |= {"version": None, "audit": {"dataKey": "another key", "sections": [[{"code": "deep"}]], "title": ""}}
    yield "json-09-pool-one-line", record, {"indent": None}, "One line without blanks, members in reverse order, and members that nobody reads: nested arrays, null, names that are used elsewhere."

    lane = "E4401000003000555001"
    record = translated(own(6, lane, {k: v for k, v in notices.VILLAGE.items() if k != "TENDERER_CODE_TYPE"}, sections=[lot(lane, 1, 7, "村道", None, "A08", "96800")], NOTICE_NAME="村道硬化招标公告",
                            NOTICE_CONTENT="", PUB_SERVICE_PLAT_CODE=None, NOTICE_MEDIA=None, URL=None, BULLETIN_DUTY=None, SYNDICATED_FLAG=None))
    for name in ("toolCode",):
        del record["platform"][name]
    part = record["sections"][0]
    for name in ("estimate", "createTime", "dealCode", "qualification", "content", "name"):
        part.pop(name, None)
    record["notice"] |= {"media": [], "url": "", "content": "   "}
    record["tenderer"] |= {"address": None, "contact": {}, "kind": "", "code": " "}
    record |= {"agency": None, "bid": {"deadline": None, "postponed": None, "openMode": ""}, "document": {"price": "", "method": "\u3000"}}
    yield "json-10-village-nothing-optional", record, {}, "Only what must be there; the rest is absent, null, empty, blank, an empty object or an empty array, and counts as not given."

    result = "E4401000003000666001"
    record = translated(own(7, result, notices.FARMS, notices.XINCHENG, sections=[lot(result, 1, 8, "灌渠整治", "渠道衬砌", "A08;A05", "2600000", LIMITE_TIME="120", unit="0")], BULLETIN_TYPE="3", NOTICE_NATURE="9",
                            NOTICE_NAME="灌渠整治中标结果公告", NOTICE_CONTENT="中标人见附件。", PUB_SERVICE_PLAT_CODE=notices.PROVINCE_SECOND, BULLETIN_DUTY="冯建国"))
    yield "json-11-canal-award", record, {}, "An award notice of nature OTHER, collected by another platform."

    stop = "E4401000003000777001"
    record = translated(own(8, stop, notices.HOSPITAL, notices.GONGDA, notices.ONLINE, notices.FREE_DOCUMENT, window("20260618090530", "20260625171545", "20260719093015", "20260719101520"), sections=[
        lot(stop, 1, 9, "门诊楼电梯更新", "电梯六台", "B02;A08", "4200000.05", qualification="制造商或代理商", PROJECT_CODE="E4401000003000777", TENDER_PROJECT_CODE=stop, BID_TENDER_MODE="1", BID_ECTION_NUM="3",
            REGION_CODE="440114", TRA_PLACE_CODE="440100", BEGIN_DATE="20260901", LIMITE_TIME="75", CURRENCY_CODE="156")], BULLETIN_TYPE="9", PROJECT_CODE="E4401000003000777",
        INVEST_PROJECT_CODE="2604-440112-04-01-201179", TENDER_CODE="GD-B-008", NOTICE_NAME="门诊楼电梯更新终止公告", NOTICE_CONTENT="本次招标终止。", N_PUB_SERVICE_PLAT_CODE="E4400000002",
        BULLETIN_DUTY_CODE_TYPE="何静", EXAMINER_NAME="邓秀英", PSP_RELATE_NOTICE_ID=key("20260601", 801), PSP_FIRST_NOTICE_ID=key("20260501", 702), PSP_BID_SCHEME_APPROVE_CODE="南发改招核〔2026〕52号"), numbers=False)
    record = mapped(record, lambda text: f" \t\u3000{text}\u00a0 ")
    for group, names in ((record["bid"], ("deadline", "openTime")), (record["document"], ("from", "until"))):
        for name in names:
            group[name] = f" {group[name]} "
    yield "json-12-lifts-blanks-everywhere", record, {}, "Blanks of every width around each text, and times as strings with blanks around them."


def text_of(record, style):
    text = written(record, style.get("indent", 2)) + "\n"
    if style.get("tabs"):
        text = "\n".join("\t" * ((len(row) - len(row.lstrip(" "))) // 2) + row.lstrip(" ") for row in text.split("\n"))
    return text.replace("\n", style.get("newline", "\n"))


def write():
    common = {"channel": "local-b", "sender": "local-b", "content_type": "application/json", "deliveries": {"provincial": "delivered"}}
    for name, record, style, same, note in same_tenders():
        write_case(name, {"notice.json": text_of(record, style).encode()}, note, facts=facts_of(record), same_as=same, **common)
    for name, record, style, note in good():
        facts = facts_of({json.loads(f'"{k}"') if isinstance(k, Escaped) else k: v for k, v in record.items()})
        write_case(name, {"notice.json": (b"\xef\xbb\xbf" if style.get("mark") else b"") + text_of(record, style).encode()}, note, facts=facts, **common)
