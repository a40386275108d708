#!/usr/bin/env python3
"""Writes the recordings: payloads, case.yaml and facts.csv, from the hand-written content of notices.py.

Python's standard library only; deterministic; shares no code and no table with the product, so the facts are expectations
of their own: a business value as it stands in the notice, and where a reader of the canonical record and of the province's
document must find it. Run it in this folder after a change: python3 compose.py
"""

import sys
from decimal import Decimal

sys.dont_write_bytecode = True
import books  # noqa: E402  (no folder of byte code among the cases)
import boundaries  # noqa: E402
import doors  # noqa: E402
import europe  # noqa: E402
import faulty  # noqa: E402
import faulty_b  # noqa: E402
import foreign  # noqa: E402
import notices  # noqa: E402
import penalties  # noqa: E402
import system_b  # noqa: E402
from writing import HERE, canonical, encode, moment, money, render, write_case  # noqa: E402

# What a value means, by the published tables: element, words, place in the canonical record, how it is to be read there,
# and the element of the province's document ("=" for the same name, "" for none).
NOTICE_FACTS = [
    ("PROJECT_CODE", "项目编号", "/project/code", "CN-PROJECT", "="),
    ("INVEST_PROJECT_CODE", "投资项目统一代码", "/project/investmentCode", "CN-INVEST", ""),
    ("TENDER_PROJECT_CODE", "招标项目编号", "/tenderProject/code", "CN-TENDER-PROJECT", "="),
    ("TENDER_CODE", "招标编号", "/tenderProject/selfCode", "text", "="),
    ("NOTICE_NAME", "公告标题", "/title", "text", "="),
    ("NOTICE_CONTENT", "公告内容", "/content", "text", "="),
    ("NOTICE_SEND_TIME", "公告发布时间", "/publishedAt", "instant", "="),
    ("NOTICE_MEDIA", "公告发布媒体", "/media", "list", "="),
    ("URL", "公告源URL", "/url", "text", "="),
    ("NOTICE_NATURE", "公告性质", "/nature", {"1": "normal", "2": "correction", "3": "republication", "9": "other"}, "="),
    ("BULLETIN_TYPE", "公告类型", "/bulletinType", {"1": "tender-notice", "2": "prequalification-notice", "3": "award-notice", "9": "other"}, "="),
    ("DOC_GET_START_TIME", "文件获取时间", "/document/availableFrom", "instant", "="),
    ("DOC_GET_END_TIME", "文件获取截止时间", "/document/availableUntil", "instant", "="),
    ("TENDER_DOC_GET_METHOD", "文件获取方法", "/document/method", "text", "="),
    ("BID_DOC_REFER_END_TIME", "递交截止时间", "/bid/deadline", "instant", "="),
    ("BID_DOC_REFER_METHOD", "递交方法", "/bid/submissionMethod", "text", "="),
    ("BID_URL", "递交地址", "/bid/submissionUrl", "text", "="),
    ("BID_OPEN_TIME", "开标时间", "/bid/openingAt", "instant", "="),
    # System A counts 1 线上, 2 线下; the province counts 1 线下, 2 不见面.
    ("BID_OPEN_METHOD", "开标方式", "/bid/openingMethod", {"1": "online", "2": "on-site"}, {"1": "2", "2": "1"}),
    ("IS_POSTPONE", "是否延期开标", "/postponed", {"0": "no", "1": "yes"}, "="),
    ("SYNDICATED_FLAG", "是否允许联合体投标", "/consortiumAllowed", {"0": "no", "1": "yes"}, "="),
    ("BULLETIN_DUTY", "公告发布责任人", "/responsible/publisher", "text", "="),
    ("BULLETIN_DUTY_CODE_TYPE", "交易平台验证责任人", "/responsible/verifier", "text", "="),
    ("EXAMINER_NAME", "数据验证责任人", "/responsible/examiner", "text", "="),
    ("PSP_RELEASE_TYPE", "平台扩展 PSP_RELEASE_TYPE", "/ext/local-a/PSP_RELEASE_TYPE", "text", ""),
    ("PSP_ACCORD_TO_LAW", "平台扩展 PSP_ACCORD_TO_LAW", "/ext/local-a/PSP_ACCORD_TO_LAW", "text", ""),
    ("PSP_HOLIDAY_WORK", "平台扩展 PSP_HOLIDAY_WORK", "/ext/local-a/PSP_HOLIDAY_WORK", "text", ""),
    ("PSP_RELATE_NOTICE_ID", "关联公告", "/related/noticeId", "text", "="),
    ("PSP_FIRST_NOTICE_ID", "首次公告", "/related/firstNoticeId", "text", "="),
    ("PSP_BID_SCHEME_APPROVE_CODE", "招标方案核准号", "/tenderProject/schemeApprovalCode", "text", "="),
    ("TRADE_PLAT", "交易平台或发布工具标识码", "/source/tradingTool", "CN-PLATFORM11", "="),
    ("N_PUB_SERVICE_PLAT_CODE", "公共服务平台标识码(全国统一)", "/source/nationalServicePlatform", "CN-PLATFORM11", "="),
    ("PLATFORM_CODE", "交易系统标识码", "/source/platform", "CN-USCC", "="),
    ("PUB_SERVICE_PLAT_CODE", "公共服务平台标识码", "/source/collectingPlatform", "CN-USCC", "="),
    ("DATA_KEY", "数据主键", "/source/recordKey", "text", "="),
    ("DATA_TIMESTAMP", "数据时间戳", "/source/recordedAt", "instant", "="),
]
KIND = {"1": "legal-person", "2": "natural-person", "9": "other-organisation"}
PARTY_FACTS = [("NAME", "名称", "name", "text"), ("CODE_TYPE", "类别", "kind", KIND), ("CODE", "代码", "identifier", "CN-USCC"), ("ADDRESS", "地址", "address", "text"),
               ("CONTACTOR", "联系人", "contact/person", "text"), ("PHONE_NUMBER", "联系电话", "contact/phone", "text"), ("EMAIL", "电子邮箱", "contact/email", "text")]
for prefix, words, place in (("TENDERER", "招标人", "/tenderer"), ("TENDER_AGENCY", "招标代理机构", "/agency")):
    NOTICE_FACTS += [(f"{prefix}_{e}", words + w, f"{place}/{p}", r, "=") for e, w, p, r in PARTY_FACTS]
SECTION_FACTS = [
    ("BID_SECTION_CODE", "标段编号", "code", "CN-SECTION"), ("UNIFIED_DEAL_CODE", "统一交易标识码", "dealCode", "CN-DEAL"),
    ("PROJECT_CODE", "所属项目编号", "projectCode", "CN-PROJECT"), ("TENDER_PROJECT_CODE", "所属招标项目编号", "tenderProjectCode", "CN-TENDER-PROJECT"),
    ("BID_SECTION_NAME", "标段名称", "name", "text"), ("BID_SECTION_CONTENT", "标段内容", "content", "text"), ("BID_QUALIFICATION", "投标人资格条件", "qualification", "text"),
    ("TENDER_PROJECT_CLASSIFY_CODE", "标段分类", "classification/codes", "list"),
    ("BID_TENDER_MODE", "招标方式", "tenderMode", {"1": "open", "2": "invited", "9": "other"}), ("BID_ECTION_NUM", "招标次数", "tenderCount", "decimal"),
    ("REGION_CODE", "所在行政区域", "region/value", "text"), ("TRA_PLACE_CODE", "交易发生行政区域", "tradingPlace/value", "text"),
    ("BEGIN_DATE", "计划开工日期", "plannedStart", "date"), ("LIMITE_TIME", "工期（天）", "duration/value", "decimal"), ("CREATE_TIME", "标段建立时间", "createdAt", "instant"),
]


def facts_of(record):
    """All facts of a notice of system A."""
    # Keys of a notice: the data standard has no notice id (DATA_KEY within its platform), later time stamps win, and all
    # notices of one tender project stay in order.
    stamp = record["DATA_TIMESTAMP"]
    rows = [("业务主键", "message", "/businessKey", "text", f"{record['PLATFORM_CODE']}:{record['DATA_KEY']}"),
            ("排序键", "message", "/orderingKey", "text", record["TENDER_PROJECT_CODE"]), ("版本", "message", "/version", "text", stamp),
            ("数据产生时刻", "message", "/sourceTime", "instant", moment(stamp))]
    for element, words, path, reading, province in NOTICE_FACTS:
        value = record.get(element)
        xpath = f"/GCJS_NOTICE/{element}"
        if not (value or "").strip():
            if province:
                rows.append((f"{words}：未填", "provincial", xpath, "text", ""))
            rows.append((f"{words}：未填", "canonical", path, "text", ""))
            continue
        rows += canonical(words, value, path, reading)
        if province:
            sent = province[value] if isinstance(province, dict) else value
            kind = "code" if isinstance(reading, dict) else "instant" if reading == "instant" else "text"
            rows.append((words, "provincial", xpath, kind, moment(sent) if kind == "instant" else sent))
    price = record.get("DOC_PRICE")
    if price is None:
        rows += [("文件售价：未填", "canonical", "/document/price", "text", ""), ("文件售价：未填", "provincial", "/GCJS_NOTICE/DOC_PRICE", "text", "")]
    else:
        rows += money(f"文件售价 {price}元", "/document/price", price, "CNY", "元")
        rows.append((f"文件售价 {price}元", "provincial", "/GCJS_NOTICE/DOC_PRICE", "decimal", price))
    for number, section in enumerate(record["sections"]):
        place = f"/sections/{number}"
        for element, words, path, reading in SECTION_FACTS:
            if section.get(element, "").strip():
                rows += canonical(f"标段{number + 1} {words}", section[element], f"{place}/{path}", reading)
            else:
                rows.append((f"标段{number + 1} {words}：未填", "canonical", f"{place}/{path.removesuffix('/value')}", "text", ""))
        rows.append((f"标段{number + 1} 分类体系", "canonical", f"{place}/classification/scheme", "code", "CN-SECTION-CLASS"))
        for element, path in (("REGION_CODE", "region"), ("TRA_PLACE_CODE", "tradingPlace")):
            if element in section:
                rows.append((f"标段{number + 1} 区划体系", "canonical", f"{place}/{path}/scheme", "code", "CN-REGION"))
        if "LIMITE_TIME" in section:
            rows.append((f"标段{number + 1} 工期单位", "canonical", f"{place}/duration/unit", "code", "day"))
        price, unit = section["CONTRACT_RECKON_PRICE"], {"0": "元", "1": "万元"}.get(section["PRICE_UNIT"], section["PRICE_UNIT"])
        currency, named = {"156": ("CNY", unit), "840": ("USD", "美元"), "978": ("EUR", "欧元"), "344": ("HKD", "港元"),
                           "392": ("JPY", "日元")}[section.get("CURRENCY_CODE", "156")]
        yuan = Decimal(price) * (10000 if unit == "万元" else 1)
        words = f"标段{number + 1} 合同估算价 {price}{named}"
        rows += money(words, f"{place}/estimate", f"{yuan:f}", currency, unit)
    for words, element, xpath in (("相关标段编号", "BID_SECTION_CODE", "BID_SECTION_CODES"), ("统一交易标识码", "UNIFIED_DEAL_CODE", "UNIFIED_DEAL_CODES")):
        rows.append((words, "provincial", f"/GCJS_NOTICE/{xpath}", "text", ";".join(s[element] for s in record["sections"])))
    return rows


def write_good():
    for case in [*notices.good(), *boundaries.cases()]:
        style = case["style"]
        encoding = style.get("encoding", "UTF-8")
        text = render(case["notice"], "UTF-8" if encoding == "UTF-8-SIG" else encoding, style)
        twice = style.get("repeat")
        delivered = case["end"] == "delivered"
        message = "settled" if delivered else "accepted"
        write_case(case["name"], {"notice.xml": encode(text, encoding, style.get("newline", "\n"))}, case["note"], http=[202, 202] if twice else 202,
                   message=[message, message] if twice else message, deliveries={"provincial": case["end"]}, faults=case["faults"], facts=facts_of(case["notice"]),
                   idempotency_key="wharf-20260601" if twice else "")


def main():
    for old in HERE.iterdir():
        if old.is_dir() and (old / "case.yaml").exists():
            for file in old.iterdir():
                if file.name != "expected":
                    file.unlink()
            if not any(old.iterdir()):
                old.rmdir()
    write_good()
    faulty.write(facts_of)
    foreign.write()
    europe.write()
    system_b.write()
    penalties.write()
    faulty_b.write()
    doors.write(facts_of)
    books.write()


if __name__ == "__main__":
    main()
