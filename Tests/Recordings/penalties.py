"""Good administrative penalties of local system B: one row of CSV each, written by hand, with their facts.

Bodies, persons and decisions are invented; credit codes, organisation codes and numbers of persons carry valid check characters.
"""

from decimal import Decimal

from identifiers import credit_code, organisation_code, person_number
from writing import write_case

# Column heads of the file, in its usual order; the row of explanation below them; words of the place in the canonical record, how
# it is read there, and the element of the credit platform.
COLUMNS = [
    ("行政相对人名称", "必填，组织或个人全称", "/subject/name", "text", "CF_XDR_MC"),
    ("行政相对人类别", "法人、自然人或个体户", "/subject/kind", "subject", "CF_XDR_LB"),
    ("统一社会信用代码", "组织填写，18位", "/subject/identifier", "CN-USCC", "CF_XDR_SHXYM"),
    ("工商注册号", "", "/subject/businessRegistration", "text", "CF_XDR_GSZC"),
    ("组织机构代码", "9位", "/subject/organisationCode", "CN-ORGCODE", "CF_XDR_ZZJG"),
    ("税务登记号", "", "/subject/taxRegistration", "text", "CF_XDR_SWDJ"),
    ("事业单位证书号", "", "/subject/institutionCertificate", "text", "CF_XDR_SYDW"),
    ("社会组织登记证号", "", "/subject/socialOrganisationCertificate", "text", "CF_XDR_SHZZ"),
    ("法定代表人", "组织填写", "/subject/legalRepresentative/name", "text", "CF_FRDB"),
    ("法定代表人证件类型", "01至05", "/subject/legalRepresentative/document/type", "document", "CF_FR_ZJLX"),
    ("法定代表人证件号码", "", "/subject/legalRepresentative/document/number", "text", "CF_FR_ZJHM"),
    ("证件类型", "自然人填写，01至05", "/subject/document/type", "document", "CF_XDR_ZJLX"),
    ("证件号码", "自然人填写", "/subject/document/number", "text", "CF_XDR_ZJHM"),
    ("行政处罚决定书文号", "必填", "/decision/number", "text", "CF_WSH"),
    ("违法行为类型", "必填", "/violation/kind", "text", "CF_WFXW"),
    ("违法事实", "必填", "/violation/facts", "text", "CF_SY"),
    ("处罚依据", "必填", "/violation/basis", "text", "CF_YJ"),
    ("处罚类别", "必填，多项以顿号分隔", "/penalty/kinds", "kinds", "CF_CFLB"),
    ("处罚内容", "必填", "/penalty/content", "text", "CF_NR"),
    ("罚款金额（元）", "单位为元", "/penalty/fine", "yuan", "CF_NR_FK"),
    ("没收金额（元）", "单位为元", "/penalty/confiscated", "yuan", "CF_NR_WFFF"),
    ("暂扣或吊销证照名称及编号", "", "/penalty/licence", "text", "CF_NR_ZKDX"),
    ("处罚决定日期", "必填，年/月/日", "/decision/decidedOn", "day", "CF_JDRQ"),
    ("处罚有效期", "年/月/日", "/decision/validUntil", "day", "CF_YXQ"),
    ("公示截止期", "年/月/日", "/decision/publicUntil", "day", "CF_GSJZQ"),
    ("处罚机关", "必填", "/decision/authority/name", "text", "CF_CFJG"),
    ("处罚机关统一社会信用代码", "必填", "/decision/authority/identifier", "CN-USCC", "CF_CFJGDM"),
    ("数据来源单位", "", "/source/provider/name", "text", "CF_SJLY"),
    ("数据来源单位统一社会信用代码", "", "/source/provider/identifier", "CN-USCC", "CF_SJLYDM"),
    ("备注", "", "/remark", "text", "BZ"),
    ("更新时间", "必填，年/月/日 时:分:秒", "/source/recordedAt", "time", ""),
]
HEADS = [column[0] for column in COLUMNS]
EXPLAINED = {column[0]: column[1] for column in COLUMNS}
SUBJECT = {"法人": ("organisation", "法人及非法人组织"), "自然人": ("natural-person", "自然人"), "个体户": ("individual-business", "个体工商户")}
KIND = {"警告": ("warning", "警告"), "罚款": ("fine", "罚款"), "没收": ("confiscation", "没收"), "停产停业": ("suspension-of-business", "责令停产停业"),
        "暂扣吊销": ("licence-withdrawal", "暂扣或吊销"), "拘留": ("detention", "行政拘留"), "其他": ("other", "其他")}
DOCUMENT = {"01": ("identity-card", "身份证"), "02": ("passport", "护照"), "03": ("hong-kong-macao-permit", "港澳居民来往内地通行证"),
            "04": ("taiwan-permit", "台湾居民来往大陆通行证"), "05": ("permanent-residence-card", "外国人永久居留身份证")}
FIELDS = "/ExchangeMessage/Body/fields/"


def code(head, body8):
    """A credit code from its first eight characters and the first eight of the organisation code."""
    first = head + body8 + organisation_code(body8)
    return first + credit_code(first)


SUPERVISOR, SUPERVISOR_CODE = "南屿市市场监督管理局", code("11440100", "TE2T3001")
HOUSING, HOUSING_CODE = "云岭县住房和城乡建设局", code("11440183", "TE2T3002")
OPEN_END = "2099/12/31"


def penalty(number, **more):
    """A row with what every row has; more of it by column head."""
    return {"行政相对人名称": "南屿测试建筑有限公司", "行政相对人类别": "法人", "行政处罚决定书文号": f"南市监罚字〔2026〕{number}号", "违法行为类型": "串通投标", "违法事实": "与其他投标人串通报价。",
            "处罚依据": "《中华人民共和国招标投标法》第五十三条", "处罚类别": "罚款", "处罚内容": "处以罚款。", "处罚决定日期": "2026/04/09", "处罚机关": SUPERVISOR,
            "处罚机关统一社会信用代码": SUPERVISOR_CODE, "更新时间": f"2026/04/1{number % 10} 09:3{number % 6}:15"} | more


def cell(text, always=False):
    quoted = always or any(c in text for c in '",\r\n')
    return '"' + text.replace('"', '""') + '"' if quoted else text


def table(rows, heads=None, newline="\n", last=True, explained=True, always=False):
    """The file as text: header, row of explanation, rows."""
    heads = heads or HEADS
    lines = [[cell(head, always) for head in heads]]
    if explained:
        lines.append([cell(EXPLAINED.get(head, "备用列")) for head in heads])
    lines += [[cell(row.get(head, ""), always) for head in heads] for row in rows]
    return newline.join(",".join(line) for line in lines) + (newline if last else "")


def dashed(day):
    return day.replace("/", "-")


def facts_of(row):
    """All facts of a row."""
    key = f"{row['处罚机关统一社会信用代码'].strip()}:{row['行政处罚决定书文号'].strip()}"
    updated = row["更新时间"].strip()
    rows = [("业务主键", "message", "/businessKey", "text", key), ("排序键", "message", "/orderingKey", "text", key), ("版本", "message", "/version", "text", updated),
            ("数据产生时刻", "message", "/sourceTime", "instant", dashed(updated).replace(" ", "T") + "+08:00")]
    for head, _, place, reading, element in COLUMNS:
        value = row.get(head, "").strip()
        if not value:
            rows.append((f"{head}：未填", "canonical", place, "text", ""))
            if element:
                rows.append((f"{head}：未填", "credit", FIELDS + element, "text", ""))
            continue
        sent, kind = value, "text"
        if reading in ("CN-USCC", "CN-ORGCODE"):
            rows += [(head, "canonical", place + "/value", "text", value), (head + "的编码体系", "canonical", place + "/scheme", "code", reading)]
        elif reading in ("subject", "document"):
            known, sent = (SUBJECT if reading == "subject" else DOCUMENT)[value]
            rows.append((f"{head} {value}", "canonical", place, "code", known))
            kind = "code"
        elif reading == "kinds":
            parts = [KIND[part.strip()] for part in value.split("、") if part.strip()]
            rows += [(f"{head} 第{n}项", "canonical", f"{place}/{n - 1}", "code", known) for n, (known, _) in enumerate(parts, 1)]
            sent, kind = ";".join(word for _, word in parts), "code"
        elif reading == "yuan":
            rows += [(f"{head} {value}", "canonical", place + "/value", "decimal", value), (head + " 币种", "canonical", place + "/currency", "code", "CNY"),
                     (head + " 原始单位", "canonical", place + "/receivedUnit", "code", "元"), (head + " 价款形式", "canonical", place + "/kind", "code", "total")]
            # Six decimals of 万元: 160025 元 is 16.002500.
            sent, kind = f"{Decimal(value) / 10000:.6f}", "text"
        elif reading == "day":
            sent = dashed(value)
            rows.append((head, "canonical", place, "text", sent))
        elif reading == "time":
            rows.append((head, "canonical", place, "instant", dashed(value).replace(" ", "T") + "+08:00"))
        else:
            rows.append((head, "canonical", place, "text", value))
        if element:
            rows.append((head, "credit", FIELDS + element, kind, sent))
    provider = row.get("数据来源单位统一社会信用代码", "").strip()
    rows.append(("报文发送方" + ("" if provider else "：未填"), "credit", "/ExchangeMessage/Header/sender", "text", provider))
    rows.append(("报文密级", "credit", "/ExchangeMessage/Header/securityType", "text", "1" if provider else ""))
    rows.append(("报文操作方", "credit", "/ExchangeMessage/Header/operator", "text", "gateway" if provider else ""))
    return rows


def good():
    """(name, row, how it is written, note, further keys of the case)."""
    full = penalty(1, 行政相对人名称="南屿恒基测试建设集团有限公司", 统一社会信用代码=code("91440101", "MA5TE301"), 工商注册号="440101000300001", 组织机构代码="MA5TE301" + organisation_code("MA5TE301"),
                   税务登记号="440101MA5TE3011", 事业单位证书号="144010000301", 社会组织登记证号="5144010000301", 法定代表人="郑测试", 法定代表人证件类型="01", 法定代表人证件号码=person_number("440101", "19800102", "123"),
                   违法事实="一、与南屿衡正招标代理有限公司串通；\n二、两份投标文件由同一台计算机制作，\n三、报价呈规律性差异。", 处罚内容="处中标项目金额千分之五的罚款。", 罚款金额="160025", 处罚有效期="2027/04/09",
                   公示截止期="2029/04/08", 数据来源单位="南屿市公共资源交易管理办公室", 数据来源单位统一社会信用代码=code("11440100", "TE2T3003"), 备注="已告知陈述、申辩权利")
    yield "csv-01-collusion-line-ends-in-a-field", full, {"encoding": "gb18030", "newline": "\r\n"}, "GB 18030, CRLF; the facts are three lines inside quotation marks.", {}
    yield "csv-02-bribery-doubled-marks", penalty(2, 处罚依据="《中华人民共和国招标投标法实施条例》第六十七条；《中华人民共和国行政处罚法》第二十八条", 行政相对人名称='南屿"测试"咨询有限公司', 统一社会信用代码=code("91440106", "MA5TE302"), 违法行为类型="行贿谋取中标", 违法事实='称"打点费"，共三笔：1,000元、2,000元及"车马费"500元',
                                                  处罚类别="警告、罚款、没收", 处罚内容='警告；罚款；没收"打点费"。', 罚款金额="35000.50", 没收金额="3500", 法定代表人="吴测试", 法定代表人证件类型="02", 法定代表人证件号码="E00000302"), \
        {"encoding": "utf-8-sig"}, "UTF-8 with byte-order mark, LF; doubled quotation marks and commas inside fields.", {}
    yield "csv-03-rare-characters", penalty(3, 行政相对人名称="云岭县䶮溪村石𬒈建材经营部", 行政相对人类别="个体户", 统一社会信用代码=code("92440183", "MA5TE303"), 处罚机关=HOUSING, 处罚机关统一社会信用代码=HOUSING_CODE, 处罚类别="停产停业、暂扣吊销",
                                          处罚内容="责令停业整顿三十日，暂扣证照。", 暂扣或吊销证照名称及编号="建筑材料经营许可证 NY-2024-0303", 违法行为类型="出借资质", 处罚决定日期="2024/02/29", 处罚有效期=OPEN_END, 公示截止期="2027/02/28", 备注="逢闰日作出"), \
        {"encoding": "gb18030", "last": False}, "GB 18030 with characters of four bytes; no line end behind the last row; the twenty-ninth of February; open-ended.", {}
    yield "csv-04-person", penalty(4, 行政相对人名称="测试人甲", 行政相对人类别="自然人", 证件类型="01", 证件号码=person_number("440106", "19900101", "124"), 处罚类别="拘留、罚款", 处罚内容="行政拘留五日，并处罚款。", 罚款金额="500", 违法行为类型="扰乱开标秩序",
                                   公示截止期="2026/10/09"), {"encoding": "gb18030"}, "A natural person: a number of a person in place of a credit code, which only the credit platform sees. The first request meets an error of the platform.", \
        {"faults": [{"attempt": 1, "fault": "server-error"}]}
    order = ["更新时间", *reversed(HEADS[:-1]), "内部流水号"]
    yield "csv-05-columns-in-another-order", penalty(5, 行政相对人名称="南屿海外测试贸易有限公司", 统一社会信用代码=code("91440112", "MA5TE305"), 法定代表人="李测试", 法定代表人证件类型="03", 法定代表人证件号码="H00000305", 处罚类别="其他",
                                                     处罚内容="取消一年内参加依法必须进行招标的项目的投标资格。", 处罚有效期="2027/04/09", 数据来源单位="南屿市招标投标协会", 数据来源单位统一社会信用代码=code("51440100", "TE2T3005"), 内部流水号="B-000305"), \
        {"encoding": "utf-8-sig", "newline": "\r\n", "heads": order}, "Columns in another order and one that nobody reads; penalty without a fine.", {}
    yield "csv-06-everything-quoted", penalty(6, 行政相对人名称="南屿台测试电子有限公司", 统一社会信用代码=code("91440113", "MA5TE306"), 法定代表人="林测试", 法定代表人证件类型="04", 法定代表人证件号码="T00000306", 罚款金额="0.01", 违法事实="提供虚假业绩。"), \
        {"encoding": "gb18030", "newline": "\r", "always": True}, "CR as line end and every field in quotation marks; the smallest fine.", {}
    blanks = penalty(7, 行政相对人名称="南屿市测试设计院", 统一社会信用代码=code("12440100", "TE2T3007"), 工商注册号="440101000300007", 组织机构代码="TE2T3007" + organisation_code("TE2T3007"), 税务登记号="440101TE2T30077", 事业单位证书号="144010000307",
                     社会组织登记证号="5144010000307", 法定代表人="史密斯测试", 法定代表人证件类型="05", 法定代表人证件号码="GBR440090010307", 处罚类别=" 警告 、 其他 、 ", 处罚内容="警告，责令改正。", 暂扣或吊销证照名称及编号="工程设计资质证书 A144000307",
                     处罚有效期="2027/04/10", 公示截止期="2028/04/10", 数据来源单位="南屿市住房和城乡建设局", 数据来源单位统一社会信用代码=code("11440100", "TE2T3008"), 备注="首次违法")
    yield "csv-07-blanks-everywhere", {head: f" \t　{value} " for head, value in blanks.items()}, {"encoding": "gb18030"}, "Blanks of every width around each field.", {}
    yield "csv-08-person-abroad", penalty(8, 行政相对人名称="TEST PERSON", 行政相对人类别="自然人", 证件类型="02", 证件号码="P00000308", 处罚类别="警告", 处罚内容="警告。", 处罚机关=HOUSING, 处罚机关统一社会信用代码=HOUSING_CODE), \
        {"encoding": "utf-8-sig"}, "A person with a passport; nothing optional. The credit platform's answer is lost: unknown until its status query says accepted.", {"faults": [{"attempt": 1, "fault": "answer-lost"}]}
    yield "csv-09-longest-texts", penalty(9, 行政相对人名称="长" * 200, 统一社会信用代码=code("91440114", "MA5TE309"), 工商注册号="4" * 50, 税务登记号="5" * 32, 事业单位证书号="6" * 120, 社会组织登记证号="7" * 50, 法定代表人="郭" * 50,
                                         法定代表人证件类型="01", 法定代表人证件号码="8" * 64, 证件类型="03", 证件号码="9" * 64, 行政处罚决定书文号="文" * 128, 处罚类别="警告、罚款、没收、停产停业、暂扣吊销、其他", 罚款金额="999999999999.99",
                                         没收金额="160025", 暂扣或吊销证照名称及编号="照" * 200, 处罚机关="机" * 200, 数据来源单位="源" * 200, 数据来源单位统一社会信用代码=code("11440100", "TE2T3009"), 违法事实="事实" * 3000), \
        {"encoding": "gb18030"}, "Every bounded text is exactly as long as the platform's table allows, counted in characters; every kind of penalty that an organisation can get.", {}
    for number, document in ((10, "04"), (11, "05")):
        yield f"csv-{number}-person-document-{document}", penalty(number, 行政相对人名称=f"测试人{number}", 行政相对人类别="自然人", 证件类型=document, 证件号码=f"　T000003{number} ", 罚款金额=f"{number}00.5", 处罚决定日期="2026/04/10"), \
            {"encoding": "gb18030" if number == 10 else "utf-8-sig"}, f"A person with a document of kind {document}; blanks around its number.", {}


def renamed(row):
    """Amounts under the heads that the file has."""
    return {{"罚款金额": "罚款金额（元）", "没收金额": "没收金额（元）"}.get(k, k): v for k, v in row.items()}


def channel(encoding):
    return "local-b-penalties" if encoding == "gb18030" else "local-b-penalties-utf8"


def write():
    for name, row, style, note, more in good():
        row = renamed(row)
        encoding = style.get("encoding")
        text = table([row], **{k: v for k, v in style.items() if k != "encoding"})
        number = row["行政处罚决定书文号"].strip()
        write_case(name, {"penalty.csv": text.encode(encoding)}, note, channel=channel(encoding), sender="local-b", content_type="text/csv", deliveries={"credit": "delivered"},
                   faults=[{"dataKey": number} | fault for fault in more.get("faults", [])], facts=facts_of(row))
