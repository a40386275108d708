"""Good notices at the edges: blanks around every text, the longest texts, empty ones, and codes that are seldom seen.

Like notices.py: written by hand, for places and bodies that do not exist.
"""

import notices
from notices import agency, key, notice, section, tenderer, window

# Lengths of the Fujian data standard 4.x, sets 503 and 502, where they bound free text.
LENGTHS = {"TENDER_CODE": 200, "NOTICE_NAME": 600, "URL": 500, "TENDER_DOC_GET_METHOD": 500, "BID_DOC_REFER_METHOD": 500, "BID_URL": 500,
           "TENDERER_NAME": 200, "TENDERER_ADDRESS": 200, "TENDERER_CONTACTOR": 100, "TENDERER_EMAIL": 100, "TENDER_AGENCY_NAME": 200,
           "TENDER_AGENCY_ADDRESS": 200, "TENDER_AGENCY_CONTACTOR": 100, "TENDER_AGENCY_EMAIL": 100, "BULLETIN_DUTY": 50,
           "BULLETIN_DUTY_CODE_TYPE": 50, "EXAMINER_NAME": 50, "PSP_RELEASE_TYPE": 20, "PSP_ACCORD_TO_LAW": 20, "PSP_HOLIDAY_WORK": 20,
           "PSP_RELATE_NOTICE_ID": 50, "PSP_FIRST_NOTICE_ID": 50, "PSP_BID_SCHEME_APPROVE_CODE": 50}
PHONE = "+86 20 0000 1234 567"


def filled(text, length):
    """A text of exactly so many characters: its own words, then more of them."""
    return (text * (length // len(text) + 1))[:length]


def cases():
    """As notices.good()."""
    wide = "E4401000001001850001"
    yield {"name": "good-25-theatre-blanks-everywhere", "notice": notice(
        wide, key("20260603", 25), "20260603143207", notices.ROADS, notices.HENGZHENG, notices.ONLINE,
        window("20260609090530", "20260616171545", "20260708093015", "20260708101520"), sections=[section(
            wide, 1, "20260603", 191, "南屿大剧院灯光改造一标段", "舞台灯光与控制台", "B02;A08", "512.25", "具有独立法人资格", BEGIN_DATE="20261103", LIMITE_TIME="95",
            REGION_CODE="440106", TRA_PLACE_CODE="440100", BID_TENDER_MODE="1", BID_ECTION_NUM="3", PROJECT_CODE="E4401000001001850",
            TENDER_PROJECT_CODE=wide, CURRENCY_CODE="156", CREATE_TIME="20260603092537")],
        PROJECT_CODE="E4401000001001850", INVEST_PROJECT_CODE="2603-440106-04-01-123453", TENDER_CODE="HZ-2026-JY-009",
        NOTICE_NAME="南屿大剧院灯光改造工程招标公告", NOTICE_CONTENT="改造期间剧院停止演出。", NOTICE_SEND_TIME="20260609083015", TENDER_DOC_GET_METHOD="登录系统下载",
        DOC_PRICE="12.5", IS_POSTPONE="0", BULLETIN_DUTY_CODE_TYPE="孙雅琴", EXAMINER_NAME="钱国华", PSP_RELEASE_TYPE="3", PSP_ACCORD_TO_LAW="1",
        PSP_HOLIDAY_WORK="2", PSP_RELATE_NOTICE_ID=key("20260520", 801), PSP_FIRST_NOTICE_ID=key("20260510", 702),
        PSP_BID_SCHEME_APPROVE_CODE="南发改招核〔2026〕22号", N_PUB_SERVICE_PLAT_CODE="E4400000001"),
        "note": "Blanks and line ends around every value, no-break and wide ones around texts; no time has equal minutes and seconds.",
        "faults": [], "end": "delivered", "style": {"blanks": True}}
    long = "E4401000001001960001"
    record = notice(
        long, key("20260604", 26), "20260604101112", tenderer("南屿市文化体育设施联合建设管理办公室", "12440101TE2T01013W", "南屿市临江区望潮路十八号二楼东侧", "陈立平、林晓岚", PHONE, "wenti@nanyu.example"),
        agency("南屿衡正招标代理有限公司及联合体成员", "91440101MA5TE2T17W", "南屿市临江区中和路七十七号", "周敏、许文斌", PHONE[::-1].replace(" ", "-"), "bid@hengzheng.example"),
        notices.ONLINE, window("20260610090000", "20260617170000", "20260709093000"), sections=[section(
            long, 1, "20260604", 201, "体育中心附属用房工程", "附属用房一栋", "A08", "1430", "建筑工程施工总承包二级及以上", LIMITE_TIME="200", REGION_CODE="440112")],
        TENDER_CODE="南体联招字〔2026〕第0001号", NOTICE_NAME="南屿市体育中心附属用房工程招标公告，", NOTICE_CONTENT="本公告各栏均写至上限。", NOTICE_SEND_TIME="20260610083000",
        NOTICE_MEDIA=";".join(filled(f"第{n}家媒体", 199) for n in range(1, 6)) + "！", TENDER_DOC_GET_METHOD="登录电子交易系统，", BID_DOC_REFER_METHOD="加密上传，",
        BULLETIN_DUTY="赵启明、", BULLETIN_DUTY_CODE_TYPE="孙雅琴、", EXAMINER_NAME="钱国华、", PSP_RELEASE_TYPE="4", PSP_ACCORD_TO_LAW="5", PSP_HOLIDAY_WORK="6",
        PSP_RELATE_NOTICE_ID="A1", PSP_FIRST_NOTICE_ID="B2", PSP_BID_SCHEME_APPROVE_CODE="南发改招核")
    record |= {name: filled(record[name], length) for name, length in LENGTHS.items()}
    yield {"name": "good-26-annexe-longest-texts", "notice": record, "note": "Every bounded text is exactly as long as the tables allow, counted in characters.",
           "faults": [], "end": "delivered", "style": {}}
    harbour = "E4401000001002070001"
    yield {"name": "good-27-harbour-three-currencies", "notice": notice(
        harbour, key("20260605", 27), "20260605151617", tenderer("黄志远工作室", "92440101MA5TE3G5XG", kind="2"), notices.XINCHENG, notices.ONLINE, window("20260611090000", "20260618170000", "20260710093000"),
        sections=[section(harbour, n, "20260605", 210 + n, name, content, "B02", price, "具有独立法人资格的制造商", unit="0", CURRENCY_CODE=currency, LIMITE_TIME=str(80 + n), REGION_CODE="440113")
                  for n, name, content, price, currency in ((1, "岸桥传动部件一包", "减速机四台", "915000.25", "978"), (2, "岸桥控制部件二包", "变频器十二套", "7350000", "344"),
                                                            (3, "岸桥监测部件三包", "传感器一批", "48600000", "392"))],
        NOTICE_NAME="南屿港岸桥进口部件采购招标公告", NOTICE_CONTENT="一包以欧元、二包以港元、三包以日元计价。", NOTICE_SEND_TIME="20260611083000"),
        "note": "Sections in euro, Hong Kong dollars and yen; the tenderer is a natural person.", "faults": [], "end": "delivered", "style": {}}
    empty = "E4401000001002180001"
    yield {"name": "good-28-award-empty-texts", "notice": notice(
        empty, key("20260608", 28), "20260608111213", {k: v for k, v in notices.VILLAGE.items() if k != "TENDERER_CODE_TYPE"}, TRADE_PLAT="E4401000002", BULLETIN_TYPE="3",
        NOTICE_NAME="石桥村村道硬化工程中标结果公告", NOTICE_CONTENT="", NOTICE_MEDIA="", URL="", BULLETIN_DUTY=" ", NOTICE_SEND_TIME="20260608120000",
        sections=[section(empty, 1, "20260608", 221, "", "", "A08", "95.5", " ")]),
        "note": "An award notice from an older system: elements that must be there, with nothing in them, are as good as absent.",
        "faults": [], "end": "delivered", "style": {}}
