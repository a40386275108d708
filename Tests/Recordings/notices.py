"""The hand-written content of the recordings: tenders that never took place, in places that do not exist.

Names, addresses, telephone numbers and persons are invented; the codes are synthetic and carry valid check characters.
A notice is a dictionary by local system A's element names, in no particular order; "sections" holds its SECTION blocks.
"""

from identifiers import deal_check

CENTRE, DISTRICT_CENTRE = "12440100TE2T00053B", "12440112TE2T011281"
PROVINCE, PROVINCE_SECOND = "12440000TE2T000611", "12440000TE2T022279"


def tenderer(name, code, address=None, person=None, phone=None, email=None, kind="1"):
    return {"TENDERER_NAME": name, "TENDERER_CODE_TYPE": kind, "TENDERER_CODE": code, "TENDERER_ADDRESS": address,
            "TENDERER_CONTACTOR": person, "TENDERER_PHONE_NUMBER": phone, "TENDERER_EMAIL": email}


def agency(name, code, address=None, person=None, phone=None, email=None, kind="1"):
    return {"TENDER_AGENCY_NAME": name, "TENDER_AGENCY_CODE_TYPE": kind, "TENDER_AGENCY_CODE": code,
            "TENDER_AGENCY_ADDRESS": address, "TENDER_AGENCY_CONTACTOR": person, "TENDER_AGENCY_PHONE_NUMBER": phone,
            "TENDER_AGENCY_EMAIL": email}


ROADS = tenderer("南屿市市政道路建设管理中心", "12440101TE2T01013W", "南屿市临江区望潮路18号", "陈立平", "020-00001001", "roads@nanyu.example")
SCHOOLS = tenderer("南屿市教育基建服务中心", "12440106TE2T01363B", "南屿市青禾区书院路6号", "林晓岚", "020-00001102", "jijian@nanyu.example")
BRIDGES = tenderer("南屿交通发展集团有限公司", "91440101MA5TE2T092", "南屿市临江区渡口大道200号", "黄志远", "020-00001203", "bridge@nyjt.example")
HOSPITAL = tenderer("南屿市第三人民医院", "12440112TE2T0218XF", "南屿市沙洲区杏林街33号", "何静", "020-00001304", "zhaobiao@ny3y.example")
WATER = tenderer("南屿水务投资有限公司", "91440106MA5TE3B151", "南屿市青禾区泉眼路9号", "吴国栋", "020-00001405", "water@nyshuiwu.example")
FARMS = tenderer("云岭县农业农村局", "11440183TE2T019530", "云岭县城关镇人民路1号", "邓秀英", "020-00001506", None)
METRO = tenderer("南屿轨道交通建设有限公司", "91440101MA5TE3C2XR", "南屿市临江区轨道大厦", "梁伟明", "020-00001607", "tender@nymetro.example")
PARKS = tenderer("沙洲区园林绿化事务中心", "12440117TE2T01179H", "沙洲区榕树巷2号", "郭婷", "020-00001708", "parks@shazhou.example")
VILLAGE = tenderer("云岭县青禾镇石桥村股份经济合作社", "91440113MA5TE3G680", kind="9")

HENGZHENG = agency("南屿衡正招标代理有限公司", "91440101MA5TE2T17W", "南屿市临江区中和路77号8楼", "周敏", "020-00002101", "bid@hengzheng.example")
GONGDA = agency("公达工程咨询有限公司", "91440101MA5TE3A00J", "南屿市青禾区科苑路12号", "许文斌", "020-00002202", "zb@gongda.example", kind="9")
XINCHENG = agency("信成项目管理有限公司", "91440112MA5TE3D341", None, "曾丽", "020-00002303", None)

ONLINE = {"BID_DOC_REFER_METHOD": "通过南屿市公共资源电子交易系统加密上传投标文件", "BID_URL": "https://jy.nanyu.example/bid/upload", "BID_OPEN_METHOD": "1"}
ON_SITE = {"BID_DOC_REFER_METHOD": "密封后现场递交至南屿市公共资源交易中心三楼开标室", "BID_OPEN_METHOD": "2"}
FREE_DOCUMENT = {"TENDER_DOC_GET_METHOD": "登录南屿市公共资源电子交易系统免费下载", "DOC_PRICE": "0"}
MEDIA = "中国招标投标公共服务平台;南屿市公共资源交易网"


def key(date, number):
    """DATA_KEY: system 9001, data set 503, date, counter."""
    return f"9001503{date}{number:07d}"


def window(start, end, deadline, opening=None):
    return {"DOC_GET_START_TIME": start, "DOC_GET_END_TIME": end, "BID_DOC_REFER_END_TIME": deadline, "BID_OPEN_TIME": opening or deadline}


def section(tender, number, date, sequence, name, content, classes, price, qualification, unit="1", deal_class="A01", hyphens=False,
            operator=CENTRE, **more):
    parts = (deal_class, operator, date, f"{sequence:06d}")
    check = deal_check("".join(parts))
    deal = "-".join(parts + (check,)) if hyphens else "".join(parts + (check,))
    result = {"BID_SECTION_CODE": f"{tender}{number:03d}", "UNIFIED_DEAL_CODE": deal, "BID_SECTION_NAME": name, "BID_SECTION_CONTENT": content,
              "TENDER_PROJECT_CLASSIFY_CODE": classes, "CONTRACT_RECKON_PRICE": price, "PRICE_UNIT": unit, "BID_QUALIFICATION": qualification,
              "CREATE_TIME": f"{date}092500"}
    return result | more


def notice(tender, data_key, stamp, *parts, sections, **more):
    result = {"TENDER_PROJECT_CODE": tender, "TRADE_PLAT": tender[:11], "PLATFORM_CODE": CENTRE, "PUB_SERVICE_PLAT_CODE": PROVINCE,
              "DATA_KEY": data_key, "DATA_TIMESTAMP": stamp, "NOTICE_MEDIA": MEDIA, "NOTICE_NATURE": "1", "BULLETIN_TYPE": "1",
              "SYNDICATED_FLAG": "0", "BULLETIN_DUTY": "赵启明", "sections": sections,
              "URL": f"https://ggzy.nanyu.example/notice/{data_key}.html"}
    for part in parts:
        result |= part
    return {k: v for k, v in (result | more).items() if v is not None}


def good():
    """Cases that are accepted: (folder name, notice, how it is written, faults, end of the delivery, note)."""
    cases = []

    def case(name, record, note, faults=(), end="delivered", **style):
        cases.append({"name": name, "notice": record, "note": note, "faults": list(faults), "end": end, "style": style})

    def fault(record, attempt, kind, **more):
        return {"dataKey": record["DATA_KEY"], "attempt": attempt, "fault": kind} | more

    # One tender, three notices: they share a lane, so their order matters.
    road = "E4401000001000123001"
    road_sections = [section(road, 1, "20260501", 1, "望潮路（渡口大道至中和路）改造工程施工一标段", "车行道铣刨加铺、人行道翻新、排水与照明", "A08", "3200.50",
                             "市政公用工程施工总承包二级及以上，项目负责人具备市政公用工程一级注册建造师资格", BEGIN_DATE="20260801", LIMITE_TIME="240",
                             BID_TENDER_MODE="1", BID_ECTION_NUM="1", REGION_CODE="440106", TRA_PLACE_CODE="440100",
                             PROJECT_CODE="E4401000001000123", TENDER_PROJECT_CODE=road)]
    first = notice(road, key("20260501", 1), "20260501093000", ROADS, HENGZHENG, ONLINE, FREE_DOCUMENT,
                   window("20260506090000", "20260513170000", "20260601093000"), sections=road_sections,
                   PROJECT_CODE="E4401000001000123", INVEST_PROJECT_CODE="2603-440106-04-01-123453", TENDER_CODE="HZ-2026-SZ-017",
                   NOTICE_NAME="望潮路改造工程施工招标公告", NOTICE_CONTENT="<p>本招标项目<b>望潮路改造工程</b>已由发展改革部门批准建设，现对施工进行公开招标。</p>",
                   NOTICE_SEND_TIME="20260506083000", IS_POSTPONE="0", BULLETIN_DUTY_CODE_TYPE="孙雅琴", EXAMINER_NAME="钱国华",
                   PSP_RELEASE_TYPE="1", PSP_ACCORD_TO_LAW="1", PSP_HOLIDAY_WORK="0", PSP_BID_SCHEME_APPROVE_CODE="南发改招核〔2026〕15号",
                   N_PUB_SERVICE_PLAT_CODE="E4400000001", BID_SECTION_CODES=road + "001", UNIFIED_DEAL_CODES=road_sections[0]["UNIFIED_DEAL_CODE"])
    case("good-01-road-notice", first, "First notice of a tender; nearly every element is filled. The receiver answers 500 at first, so the two corrections wait behind it in the lane.",
         [fault(first, 1, "server-error")])
    second = notice(road, key("20260511", 2), "20260511151200", ROADS, HENGZHENG, ONLINE, sections=road_sections, NOTICE_NATURE="2",
                    NOTICE_NAME="望潮路改造工程施工招标更正公告（第一次）", NOTICE_CONTENT="开标时间延期至2026年6月8日9时30分，其余内容不变。",
                    NOTICE_SEND_TIME="20260511150000", BID_DOC_REFER_END_TIME="20260608093000", BID_OPEN_TIME="20260608093000", IS_POSTPONE="1",
                    PSP_RELATE_NOTICE_ID=key("20260501", 1), PSP_FIRST_NOTICE_ID=key("20260501", 1))
    case("good-02-road-first-correction", second, "Correction of good-01: same tender project, hence the same lane; the opening is postponed.")
    third = notice(road, key("20260520", 3), "20260520101500", ROADS, HENGZHENG, ONLINE, sections=road_sections, NOTICE_NATURE="2",
                   NOTICE_NAME="望潮路改造工程施工招标更正公告（第二次）", NOTICE_CONTENT="评标办法附件三以本次更正公告所附为准。",
                   NOTICE_SEND_TIME="20260520100000", BID_DOC_REFER_END_TIME="20260608093000", BID_OPEN_TIME="20260608100000", IS_POSTPONE="0",
                   PSP_RELATE_NOTICE_ID=key("20260511", 2), PSP_FIRST_NOTICE_ID=key("20260501", 1))
    case("good-03-road-second-correction", third, "Second correction of good-01; arrives at the province last.")

    # National encodings.
    school = "E4401000001000208002"
    school_sections = [
        section(school, 1, "20260504", 11, "青禾区实验小学扩建工程施工总承包", "教学综合楼一栋，六层，建筑面积一万八千平方米", "A08", "8650.000000",
                "建筑工程施工总承包一级及以上", BEGIN_DATE="20260715", LIMITE_TIME="420", REGION_CODE="440112", TRA_PLACE_CODE="440100", BID_TENDER_MODE="1", BID_ECTION_NUM="1"),
        section(school, 2, "20260504", 12, "青禾区实验小学扩建工程监理", "施工阶段与保修阶段监理", "A05", "132.6", "工程监理综合资质或房屋建筑工程监理甲级",
                BEGIN_DATE="20260710", LIMITE_TIME="480", REGION_CODE="440112", TRA_PLACE_CODE="440112")]
    case("good-04-school-gbk", notice(school, key("20260504", 4), "20260504110530", SCHOOLS, GONGDA, ONLINE, FREE_DOCUMENT,
         window("20260508090000", "20260515170000", "20260603093000"), sections=school_sections, INVEST_PROJECT_CODE="2604-440112-04-01-201179",
         TENDER_CODE="GD-2026-031", NOTICE_NAME="青禾区实验小学扩建工程施工、监理招标公告", NOTICE_CONTENT="本项目划分为两个标段，投标人可同时参加投标，但只能中标一个标段。",
         NOTICE_SEND_TIME="20260508083000", PROJECT_CODE="E4401000001000208", EXAMINER_NAME="冯建国", BULLETIN_DUTY="罗永昌"),
         "Two sections; declared GBK and encoded so.", encoding="GBK")
    bridge = "E4401000001000311001"
    slow = notice(bridge, key("20260506", 5), "20260506164000", BRIDGES, HENGZHENG, ON_SITE, window("20260512090000", "20260519170000", "20260610143000"),
                  sections=[section(bridge, 1, "20260506", 21, "沙洲大桥维修加固工程", "更换支座与伸缩缝，主梁裂缝处治，桥面铺装改造", "A10;A08", "1975.35",
                                    "公路工程施工总承包二级及以上或桥梁工程专业承包二级及以上", deal_class="A03", BEGIN_DATE="20260901", LIMITE_TIME="150", REGION_CODE="440113", TRA_PLACE_CODE="440100", BID_TENDER_MODE="2", BID_ECTION_NUM="1")],
                  TENDER_DOC_GET_METHOD="持单位介绍信到代理机构购买", DOC_PRICE="500.00", NOTICE_NAME="沙洲大桥维修加固工程施工招标公告",
                  NOTICE_CONTENT="大桥建成于一九九八年，本次维修期间保持双向两车道通行。", NOTICE_SEND_TIME="20260512080000", SYNDICATED_FLAG="1", IS_POSTPONE="0")
    case("good-05-bridge-gbk-slow", slow, "GBK; opened on site; a consortium may bid; the receiver answers after a second.", [fault(slow, 1, "slow", seconds=1)], encoding="GBK")
    hospital = "E4401000001000417003"
    busy = notice(hospital, key("20260508", 6), "20260508090909", HOSPITAL, XINCHENG, ONLINE, FREE_DOCUMENT, window("20260513090000", "20260520173000", "20260608093000"),
                  sections=[section(hospital, 1, "20260508", 31, "门诊楼电梯采购与安装", "医用电梯八台、扶梯六台的供货、安装、调试与验收", "A11;B03", "1268.88",
                                    "电梯安装（含修理）A级特种设备生产许可证", deal_class="A01", BEGIN_DATE="20261008", LIMITE_TIME="120", REGION_CODE="440114")],
                  NOTICE_NAME="南屿市第三人民医院门诊楼电梯采购与安装招标公告", NOTICE_CONTENT="设备须为2025年以后出厂的全新产品，质保期不少于五年。",
                  NOTICE_SEND_TIME="20260513084500", BULLETIN_DUTY_CODE_TYPE="谢光明", PSP_RELEASE_TYPE="2", PSP_ACCORD_TO_LAW="0", PSP_HOLIDAY_WORK="1")
    case("good-06-hospital-gbk-429", busy, "GBK with CR LF line ends; the receiver asks for a pause.", [fault(busy, 1, "too-many-requests", retryAfterSeconds=1)], encoding="GBK", newline="\r\n")
    waterworks = "E4401000001000522001"
    cut = notice(waterworks, key("20260511", 7), "20260511080000", WATER, GONGDA, ONLINE, FREE_DOCUMENT, window("20260514090000", "20260521170000", "20260609093000"),
                 sections=[section(waterworks, 1, "20260511", 41, "泉眼水厂二期工程（日供水十万吨）施工", "反应沉淀池、滤池、清水池与送水泵房", "A08", "21840.1234", "市政公用工程施工总承包一级及以上",
                                   deal_class="A02", BEGIN_DATE="20260820", LIMITE_TIME="600", REGION_CODE="440106", BID_ECTION_NUM="1"),
                           section(waterworks, 2, "20260511", 42, "泉眼水厂二期工程设备采购", "水泵、鼓风机与自控系统", "B01", "4300", "具有独立法人资格的制造商或代理商", deal_class="A02", LIMITE_TIME="180")],
                 NOTICE_NAME="泉眼水厂二期工程施工及设备采购招标公告", NOTICE_CONTENT="资金来源为企业自筹，出资比例100%。", NOTICE_SEND_TIME="20260514083000", SYNDICATED_FLAG="1",
                 BID_SECTION_CODES=waterworks + "001;" + waterworks + "002")
    case("good-07-waterworks-gbk-reset", cut, "GBK, declared in lower case; the receiver breaks the connection before it accepts anything.", [fault(cut, 1, "reset")], encoding="gbk")
    irrigation = "E4401000002000017001"
    case("good-08-rare-character-gb18030", notice(irrigation, key("20260512", 8), "20260512101010", FARMS, XINCHENG, ON_SITE, window("20260518090000", "20260525170000", "20260615150000"),
         sections=[section(irrigation, 1, "20260512", 51, "䶮溪村高标准农田建设工程", "土地平整、灌溉渠道与机耕路，惠及䶮溪、石𬒈两村", "A08", "986.4", "水利水电工程施工总承包三级及以上",
                           deal_class="A07", operator=DISTRICT_CENTRE, REGION_CODE="440118", TRA_PLACE_CODE="440118", BEGIN_DATE="20261101", LIMITE_TIME="180")],
         PLATFORM_CODE=DISTRICT_CENTRE, PUB_SERVICE_PLAT_CODE=PROVINCE_SECOND, N_PUB_SERVICE_PLAT_CODE="E4400000002", NOTICE_NAME="云岭县䶮溪村高标准农田建设工程招标公告",
         NOTICE_CONTENT="项目所在地：云岭县青禾镇䶮溪村、石𬒈村。", NOTICE_SEND_TIME="20260518090000", TENDER_DOC_GET_METHOD="云岭县公共资源交易中心窗口领取", DOC_PRICE="200",
         INVEST_PROJECT_CODE="2601-440183-04-05-774128", PSP_BID_SCHEME_APPROVE_CODE="云发改招核〔2026〕3号"),
         "GB18030 with characters that GBK does not have, in the names of the village and the tender; another operator and another trading tool.", encoding="GB18030")
    metro = "E4401000001000630001"
    lost = notice(metro, key("20260513", 9), "20260513203005", METRO, HENGZHENG, ONLINE, FREE_DOCUMENT, window("20260519090000", "20260602170000", "20260625093000"),
                  sections=[section(metro, n, "20260513", 60 + n, name, content, classes, price, "施工总承包特级，近五年承担过盾构区间工程", deal_class="A11", BEGIN_DATE=begin, LIMITE_TIME=days, REGION_CODE=region, TRA_PLACE_CODE="440100", BID_TENDER_MODE="1")
                            for n, name, content, classes, price, begin, days, region in (
                      (1, "九号线延长段土建一标", "望潮站、望潮站至渡口站区间", "A08", "98650.5", "20261001", "1095", "440106"),
                      (2, "九号线延长段土建二标", "渡口站、渡口站至沙洲站区间", "A08", "103420", "20261001", "1095", "440106"),
                      (3, "九号线延长段土建三标", "沙洲站及站后折返线", "A08", "76210.75", "20261015", "1000", "440113"),
                      (4, "九号线延长段第三方监测", "全线结构与周边环境监测", "C02", "1880", "20260915", "1200", "440100"),
                      (5, "九号线延长段设计咨询", "施工图设计咨询与审查", "C01;A04", "960.05", "20260901", "365", "440100"))],
                  NOTICE_NAME="轨道交通九号线延长段土建工程招标公告", NOTICE_CONTENT="共五个标段，投标人最多可中标两个土建标段。", NOTICE_SEND_TIME="20260519083000", SYNDICATED_FLAG="1",
                  INVEST_PROJECT_CODE="2602-440106-89-01-551020", URL="https://ggzy.nanyu.example/notice?id=9&type=metro",
                  BID_URL="https://jy.nanyu.example/bid/upload?tender=" + metro)
    case("good-09-metro-utf16-answer-lost", lost, "UTF-16 with byte order mark, five sections, an ampersand in the address. The receiver accepts, and its answer is lost: unknown until its status query says accepted.",
         [fault(lost, 1, "answer-lost")], encoding="UTF-16")
    reservoir = "E4401000001000703001"
    twice = notice(reservoir, key("20260514", 10), "20260514091500", WATER, HENGZHENG, ONLINE, FREE_DOCUMENT, window("20260520090000", "20260527170000", "20260616093000"),
                   sections=[section(reservoir, 1, "20260514", 71, "石桥水库除险加固工程", "大坝防渗、溢洪道改建与金属结构更换", "A08", "2750.08", "水利水电工程施工总承包二级及以上，安全生产许可证有效",
                                     deal_class="A07", BEGIN_DATE="20261020", LIMITE_TIME="210", REGION_CODE="440118", BID_ECTION_NUM="1")],
                   NOTICE_NAME="石桥水库除险加固工程施工招标公告", NOTICE_CONTENT="施工须避开汛期，主体工程须于2027年4月底前达到度汛条件。", NOTICE_SEND_TIME="20260520080000")
    case("good-10-reservoir-bom-two-faults", twice, "UTF-8 with byte order mark. Two bad attempts, one after the other.",
         [fault(twice, 1, "server-error"), fault(twice, 2, "too-many-requests", retryAfterSeconds=1)], encoding="UTF-8-SIG")

    # Other kinds of notices.
    tunnel = "E4401000001000811001"
    refused_once = notice(tunnel, key("20260515", 11), "20260515133000", BRIDGES, GONGDA, window("20260521090000", "20260528170000", "20260605170000"), BULLETIN_TYPE="2",
                          sections=[section(tunnel, 1, "20260515", 81, "凤尾山隧道工程设计施工总承包", "双洞六车道，单洞长二千三百米", "A12", "64000", "设计甲级与公路工程施工总承包特级组成的联合体", deal_class="A03",
                                            BEGIN_DATE="20270101", LIMITE_TIME="1080", REGION_CODE="440117", TRA_PLACE_CODE="440100")],
                          TENDER_DOC_GET_METHOD="登录交易系统下载资格预审文件", BID_DOC_REFER_METHOD="通过交易系统递交资格预审申请文件", NOTICE_NAME="凤尾山隧道工程设计施工总承包资格预审公告",
                          NOTICE_CONTENT="采用有限数量制，通过资格预审的申请人不超过九家。", NOTICE_SEND_TIME="20260521083000", SYNDICATED_FLAG="1", NOTICE_MEDIA="南屿市公共资源交易网")
    case("good-11-tunnel-prequalification-busy", refused_once, "Prequalification notice. The receiver says busy inside a 200 (E9001), which is worth another attempt.",
         [fault(refused_once, 1, "failure-inside-200", code="E9001")])
    park = "E4401000001000925001"
    case("good-12-park-republished", notice(park, key("20260518", 12), "20260518112233", PARKS, XINCHENG, ONLINE, FREE_DOCUMENT, window("20260522090000", "20260529170000", "20260618093000"), NOTICE_NATURE="3",
         sections=[section(park, 1, "20260518", 91, "榕荫公园提升工程（二次招标）", "园路、亲水平台、乔木移植与智慧灯杆", "A08", "845.2", "具有独立法人资格及相应施工能力", deal_class="A98",
                           BEGIN_DATE="20260910", LIMITE_TIME="100", REGION_CODE="440115", BID_TENDER_MODE="1", BID_ECTION_NUM="2")],
         NOTICE_NAME="榕荫公园提升工程招标公告（重新招标）", NOTICE_CONTENT="首次招标因投标人不足三家流标，现重新招标。", NOTICE_SEND_TIME="20260522083000", PSP_FIRST_NOTICE_ID=key("20260410", 377), PSP_RELATE_NOTICE_ID=key("20260430", 512)),
         "Republication after a failed tender: the section is tendered for the second time.")
    lab = "E4401000001001033001"
    case("good-13-hospital-dollars", notice(lab, key("20260519", 13), "20260519081500", HOSPITAL, HENGZHENG, ONLINE, FREE_DOCUMENT, window("20260525090000", "20260601170000", "20260701100000"),
         sections=[section(lab, 1, "20260519", 101, "国际金融组织贷款医学影像设备采购一包", "磁共振成像系统两套", "B02", "2480000.50", "制造商授权的代理商", unit="0", CURRENCY_CODE="840", LIMITE_TIME="150"),
                   section(lab, 2, "20260519", 102, "国际金融组织贷款配套机房改造二包", "屏蔽机房与供配电改造", "A08", "3150000", "建筑装修装饰工程专业承包一级", unit="0", CURRENCY_CODE="156", LIMITE_TIME="90", BEGIN_DATE="20260920")],
         NOTICE_NAME="南屿市第三人民医院医学影像设备采购及机房改造招标公告", NOTICE_CONTENT="一包以美元计价，二包以人民币计价。", NOTICE_SEND_TIME="20260525083000"),
         "One section in US dollars, one in yuan; amounts in the currency's own unit, not in 万元.")
    kindergarten = "E4401000001001140001"
    page = notice(kindergarten, key("20260520", 14), "20260520170101", SCHOOLS, HENGZHENG, ONLINE, FREE_DOCUMENT, window("20260526090000", "20260602170000", "20260622093000"),
                  sections=[section(kindergarten, 1, "20260520", 298, "望潮幼儿园新建工程施工", "十二班幼儿园，含室外活动场地", "A08", "2380.75", "建筑工程施工总承包三级及以上", REGION_CODE="440106", LIMITE_TIME="300", BEGIN_DATE="20260815")],
                  NOTICE_NAME="望潮幼儿园新建工程施工招标公告", NOTICE_CONTENT="投标报价<最高投标限价，且>成本价；A&B两类材料须分别报价。", NOTICE_SEND_TIME="20260526083000")
    case("good-14-kindergarten-html-page", page, "Escaped < > & in the text. Something in between answers 502 with an HTML page; the status query knows nothing, so it is sent again.",
         [fault(page, 1, "html-error-page")], escape=True)
    lane = "E4401000002000021001"
    case("good-15-village-minimal", notice(lane, key("20260521", 15), "20260521090000", {k: v for k, v in VILLAGE.items() if k != "TENDERER_CODE_TYPE"}, TRADE_PLAT="E4401000002",
         sections=[{k: v for k, v in section(lane, 1, "20260521", 111, "石桥村村道硬化工程", "水泥混凝土路面一点二公里", "A08", "96.8", "无资质要求，须具有独立法人资格").items()}],
         NOTICE_NAME="石桥村村道硬化工程招标公告", NOTICE_CONTENT="自行招标，不委托代理机构。", NOTICE_SEND_TIME="20260521100000"),
         "Only what the schema requires: no agency, no document, no opening, no contact.")
    port = "E4401000001001207001"
    star = section(port, 1, "20260501", 298, "沙洲港区三号泊位疏浚工程", "疏浚土方约四十五万立方米", "A08", "1660", "港口与航道工程施工总承包二级及以上", hyphens=True, REGION_CODE="440113", BID_ECTION_NUM="1", LIMITE_TIME="90", BEGIN_DATE="20261201")
    case("good-16-port-deal-code-asterisk", notice(port, key("20260522", 16), "20260522143000", BRIDGES, XINCHENG, ON_SITE, window("20260527090000", "20260603170000", "20260623150000"), sections=[star],
         TENDER_DOC_GET_METHOD="代理机构邮寄", DOC_PRICE="300.5", NOTICE_NAME="沙洲港区三号泊位疏浚工程招标公告", NOTICE_CONTENT="疏浚物抛至指定抛泥区，运距约二十公里。", NOTICE_SEND_TIME="20260527083000", UNIFIED_DEAL_CODES=star["UNIFIED_DEAL_CODE"]),
         "A deal code with its four hyphens, whose check character is an asterisk.")
    library = "E4401000001001315001"
    hang = notice(library, key("20260525", 17), "20260525100000", SCHOOLS, GONGDA, ONLINE, FREE_DOCUMENT, window("20260529090000", "20260605170000", "20260626093000"),
                  sections=[section(library, 1, "20260525", 121, "市图书馆书架采购", "密集书架与阅览桌椅", "B05", "318.6666", "家具制造企业", unit="万元", LIMITE_TIME="60", REGION_CODE="440106"),
                            section(library, 2, "20260525", 122, "市图书馆标识系统", "室内外导视标识", "B05", "456000", "具有独立法人资格", unit="元", LIMITE_TIME="45", REGION_CODE="440106")],
                  NOTICE_NAME="南屿市图书馆家具与标识采购招标公告", NOTICE_CONTENT='<table border="1"><tr><td>一包</td><td>书架</td></tr><tr><td>二包</td><td>标识</td></tr></table>', NOTICE_SEND_TIME="20260529083000")
    case("good-17-library-units-in-words-hang", hang, "Units in words (万元, 元). The receiver accepts, but answers only after the gateway has given up waiting: unknown until the status query says accepted.",
         [fault(hang, 1, "hang")])
    lowercase = "E4401000001000a7f00k"
    case("good-18-drainage-letters-in-codes", notice(lowercase, key("20260526", 18), "20260526093000", ROADS, GONGDA, ONLINE, FREE_DOCUMENT, window("20260601090000", "20260608170000", "20260629093000"),
         sections=[section(lowercase, 1, "20260526", 131, "中和路内涝点整治工程", "雨水管网扩容与泵站改造", "A08", "1100.000001", "市政公用工程施工总承包三级及以上", deal_class="A02", LIMITE_TIME="120", BEGIN_DATE="20260901", REGION_CODE="440106",
                           PROJECT_CODE="E4401000001000a7f", TENDER_PROJECT_CODE=lowercase)],
         PROJECT_CODE="E4401000001000a7f", NOTICE_NAME="中和路内涝点整治工程招标公告", NOTICE_CONTENT="夜间施工时段为二十二时至次日六时。", NOTICE_SEND_TIME="20260601083000"),
         "Lower-case letters in the codes, which the standard allows and nobody may change; six decimals of 万元.")
    pump = "E4401000001001422001"
    case("good-19-pump-spaces-and-comments", notice(pump, key("20260527", 19), "20260527140000", WATER, ONLINE, FREE_DOCUMENT, window("20260602090000", "20260609170000", "20260630093000"),
         sections=[section(pump, 1, "20260527", 141, "临江泵站更新改造工程", "更换潜水泵四台及配电柜", "A08;B01", "418.5", "机电工程施工总承包三级及以上", LIMITE_TIME="75", REGION_CODE="440106", BID_TENDER_MODE="9")],
         NOTICE_NAME="临江泵站更新改造工程招标公告", NOTICE_CONTENT="自行招标。投标人须自行踏勘现场。", NOTICE_SEND_TIME="20260602083000", INVEST_PROJECT_CODE="2018-440100-48-01-000123"),
         "White space around title and codes, comments and a processing instruction between the elements; an investment code of the older form, which has no check digit.", spaces=True)

    # A second lane of two notices, and a permanent refusal in a lane of its own.
    stadium = "E4401000001001530001"
    stadium_sections = [section(stadium, 1, "20260528", 151, "市体育馆屋面修缮工程", "金属屋面更换与防水", "A08", "720", "建筑工程施工总承包二级及以上", LIMITE_TIME="110", BEGIN_DATE="20260920", REGION_CODE="440115", BID_ECTION_NUM="1")]
    case("good-20-stadium-notice", notice(stadium, key("20260528", 20), "20260528083000", PARKS, HENGZHENG, ONLINE, FREE_DOCUMENT, window("20260603090000", "20260610170000", "20260702093000"), sections=stadium_sections,
         NOTICE_NAME="南屿市体育馆屋面修缮工程招标公告", NOTICE_CONTENT="修缮期间体育馆暂停对外开放。", NOTICE_SEND_TIME="20260603083000"), "First of two notices in one lane.")
    case("good-21-stadium-terminated", notice(stadium, key("20260612", 21), "20260612160000", PARKS, HENGZHENG, sections=stadium_sections, NOTICE_NATURE="9", BULLETIN_TYPE="9",
         NOTICE_NAME="南屿市体育馆屋面修缮工程终止招标公告", NOTICE_CONTENT="因建设方案调整，本次招标终止。", NOTICE_SEND_TIME="20260612163000", PSP_RELATE_NOTICE_ID=key("20260528", 20), PSP_FIRST_NOTICE_ID=key("20260528", 20)),
         "Termination: nature and type are the list's own 9 (other).")
    clinic = "E4401000001001638001"
    dead = notice(clinic, key("20260529", 22), "20260529091500", HOSPITAL, GONGDA, ONLINE, FREE_DOCUMENT, window("20260604090000", "20260611170000", "20260703093000"),
                  sections=[section(clinic, 1, "20260529", 161, "社区卫生服务中心装修工程", "室内装修、医用气体与弱电", "A08", "266.05", "建筑装修装饰工程专业承包二级及以上", LIMITE_TIME="80", REGION_CODE="440114")],
                  NOTICE_NAME="沙洲社区卫生服务中心装修工程招标公告", NOTICE_CONTENT="现场不具备集中踏勘条件。", NOTICE_SEND_TIME="20260604083000")
    case("good-22-clinic-refused-for-good", dead, "The province refuses for good inside a 200 (E2001): the delivery is dead, the message stays accepted. Alone in its lane, which a dead head blocks.",
         [fault(dead, 1, "failure-inside-200", code="E2001")], end="dead")
    wharf = "E4401000001001745001"
    repeat = notice(wharf, key("20260601", 23), "20260601120000", BRIDGES, HENGZHENG, ONLINE, FREE_DOCUMENT, window("20260605090000", "20260612170000", "20260706093000"),
                    sections=[section(wharf, 1, "20260601", 171, "渡口客运码头改造工程", "趸船更新、候船厅与栈桥", "A08", "1530.25", "港口与航道工程施工总承包三级及以上", LIMITE_TIME="160", BEGIN_DATE="20261010", REGION_CODE="440106")],
                    NOTICE_NAME="渡口客运码头改造工程招标公告", NOTICE_CONTENT="施工期间轮渡航线临时调整至沙洲码头。", NOTICE_SEND_TIME="20260605083000")
    case("good-23-wharf-sent-twice", repeat, "The sender repeats the same request: same answer, one message, one delivery.", repeat=True)
    hall = "E4401000002000033001"
    case("good-24-village-hall", notice(hall, key("20260602", 24), "20260602093000", VILLAGE, XINCHENG, ON_SITE, window("20260608090000", "20260615170000", "20260707150000"), TRADE_PLAT="E4401000002",
         sections=[section(hall, 1, "20260602", 181, "石桥村文化礼堂修缮工程", "木构架修缮、屋面翻瓦与三防改造", "A08", "158", "文物保护工程施工二级及以上", LIMITE_TIME="130", BID_TENDER_MODE="2", REGION_CODE="440118")],
         TENDER_DOC_GET_METHOD="石桥村村民委员会领取", NOTICE_NAME="石桥村文化礼堂修缮工程招标公告", NOTICE_CONTENT="<![CDATA[ 字样不应出现在正文中", NOTICE_SEND_TIME="20260608083000", SYNDICATED_FLAG="1"),
         "The tenderer is no legal person; the text contains the opening of a CDATA section as plain words.", escape=True)
    return cases
