"""How notices and cases are written down: system A's XML, case.yaml and facts.csv; and how a value becomes facts."""

import csv
import io
import pathlib
from xml.sax.saxutils import escape

HERE = pathlib.Path(__file__).resolve().parent
ROOT = "TENDER_ANN_QUA_INQUERY_ANN"
HEADER = """PROJECT_CODE INVEST_PROJECT_CODE TENDER_PROJECT_CODE TENDER_CODE BID_SECTION_CODES UNIFIED_DEAL_CODES NOTICE_NAME NOTICE_CONTENT
NOTICE_SEND_TIME NOTICE_MEDIA URL NOTICE_NATURE BULLETIN_TYPE DOC_GET_START_TIME DOC_GET_END_TIME TENDER_DOC_GET_METHOD DOC_PRICE
BID_DOC_REFER_END_TIME BID_DOC_REFER_METHOD BID_URL BID_OPEN_TIME BID_OPEN_METHOD IS_POSTPONE SYNDICATED_FLAG TENDERER_NAME
TENDERER_CODE_TYPE TENDERER_CODE TENDERER_ADDRESS TENDERER_CONTACTOR TENDERER_PHONE_NUMBER TENDERER_EMAIL TENDER_AGENCY_NAME
TENDER_AGENCY_CODE_TYPE TENDER_AGENCY_CODE TENDER_AGENCY_ADDRESS TENDER_AGENCY_CONTACTOR TENDER_AGENCY_PHONE_NUMBER TENDER_AGENCY_EMAIL
BULLETIN_DUTY BULLETIN_DUTY_CODE_TYPE EXAMINER_NAME PSP_RELEASE_TYPE PSP_ACCORD_TO_LAW PSP_HOLIDAY_WORK PSP_RELATE_NOTICE_ID
PSP_FIRST_NOTICE_ID PSP_BID_SCHEME_APPROVE_CODE TRADE_PLAT N_PUB_SERVICE_PLAT_CODE PLATFORM_CODE PUB_SERVICE_PLAT_CODE DATA_KEY
DATA_TIMESTAMP""".split()
SECTION = """PROJECT_CODE TENDER_PROJECT_CODE BID_SECTION_CODE UNIFIED_DEAL_CODE BID_SECTION_NAME BID_SECTION_CONTENT
TENDER_PROJECT_CLASSIFY_CODE CONTRACT_RECKON_PRICE CURRENCY_CODE PRICE_UNIT BID_QUALIFICATION BID_TENDER_MODE BID_ECTION_NUM REGION_CODE
TRA_PLACE_CODE BEGIN_DATE LIMITE_TIME CREATE_TIME""".split()
# Elements that schema A takes as they are, blanks included.
FREE_TEXT = {n for n in HEADER + SECTION if n.startswith(("NOTICE_NAME", "NOTICE_CONTENT", "BID_SECTION_NAME", "BID_SECTION_CONTENT", "BULLETIN_DUTY", "EXAMINER", "PSP_"))
             or n.endswith(("_METHOD", "URL", "_ADDRESS", "_CONTACTOR", "_PHONE_NUMBER", "_EMAIL", "_NAME", "QUALIFICATION"))} - {"BID_OPEN_METHOD"} | {"TENDER_CODE"}


def render(record, declared="UTF-8", style=None):
    """A notice as system A writes it; the text still without encoding."""
    style = style or {}

    def element(name, value, indent):
        if "<" in value and not style.get("escape"):
            return f"{indent}<{name}><![CDATA[{value}]]></{name}>"
        if style.get("spaces") and name in ("NOTICE_NAME", "TENDER_PROJECT_CODE", "TENDERER_CODE", "BID_SECTION_NAME"):
            value = f"\n{indent}  {value} \n{indent}"
        if style.get("blanks"):
            # Wide and no-break blanks around free text; only plain ones where the schema knows a form.
            value = f"\u3000\u00a0{value}\n{indent}\u3000" if name in FREE_TEXT else f" \n{indent}\t{value} "
        return f"{indent}<{name}>{escape(value)}</{name}>"

    lines = [f'<?xml version="1.0" encoding="{declared}"?>', f"<{ROOT}>"]
    for name in HEADER:
        if name in record:
            if style.get("spaces") and name in ("NOTICE_NAME", "PLATFORM_CODE"):
                lines += ["  <!-- 以下内容由系统自动生成 -->", "  <?export batch?>"]
            lines.append(element(name, record[name], "  "))
    for section in record["sections"]:
        lines += ["  <SECTION>"] + [element(n, section[n], "    ") for n in SECTION if n in section] + ["  </SECTION>"]
    return "\n".join(lines + [f"</{ROOT}>", ""])


def scalar(value):
    """A value of case.yaml: plain where YAML can only read it one way, else quoted."""
    if isinstance(value, bool) or value is None:
        raise ValueError(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list):
        return "[" + ", ".join(scalar(v) for v in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k}: {scalar(v)}" for k, v in value.items()) + "}"
    plain = value and all(c.isascii() and (c.isalnum() or c in "-_./") for c in value) and value[0].isalpha()
    return value if plain else '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def write_case(name, payloads, note, channel="local-a", sender="local-a", content_type="application/xml", idempotency_key="", http=202,
               message="settled", deliveries=None, findings=(), faults=(), facts=None, vectors=None, same_as=None, door=""):
    folder = HERE / name
    folder.mkdir(exist_ok=True)
    for file, content in payloads.items():
        (folder / file).write_bytes(content)
    payload = [{"vectors": vectors}] if vectors else list(payloads)
    if isinstance(http, list) and len(payload) == 1:
        payload *= len(http)
    lines = [("channel", channel), *([("door", door)] if door else []), ("sender", sender), ("payload", payload if len(payload) > 1 else payload[0]), ("contentType", content_type),
             ("idempotencyKey", idempotency_key), ("http", http), ("message", message), ("deliveries", deliveries or {})]
    text = "".join(f"{k}: {scalar(v)}\n" for k, v in lines)
    for key, rows in (("findings", findings), ("faults", faults)):
        text += f"{key}:" + ("".join(f"\n  - {scalar(row)}" for row in rows) or " []") + "\n"
    text += f"note: {scalar(note)}\n" + (f"sameAs: {scalar(same_as)}\n" if same_as else "")
    (folder / "case.yaml").write_text(text, encoding="utf-8")
    if facts:
        out = io.StringIO()
        table = csv.writer(out, lineterminator="\n")
        table.writerow(("fact", "target", "path", "type", "value"))
        table.writerows(facts)
        (folder / "facts.csv").write_text(out.getvalue(), encoding="utf-8")


def encode(text, encoding, newline="\n"):
    text = text.replace("\n", newline)
    return text.encode(encoding.lower() if encoding != "UTF-8-SIG" else "utf-8-sig")


def moment(text):
    """yyyyMMddHHmmss in China Standard Time as RFC 3339."""
    return f"{text[:4]}-{text[4:6]}-{text[6:8]}T{text[8:10]}:{text[10:12]}:{text[12:]}+08:00"


def canonical(words, value, path, reading):
    """The facts of one value on the canonical record."""
    if isinstance(reading, dict):
        return [(f"{words} {value}", "canonical", path, "code", reading[value])]
    if reading.startswith("CN-"):
        return [(words, "canonical", path + "/value", "text", value), (f"{words}的编码体系", "canonical", path + "/scheme", "code", reading)]
    if reading == "list":
        return [(f"{words} 第{n}项", "canonical", f"{path}/{n - 1}", "text", part) for n, part in enumerate(value.split(";"), 1)]
    if reading == "instant":
        return [(words, "canonical", path, "instant", moment(value))]
    if reading == "date":
        return [(words, "canonical", path, "text", f"{value[:4]}-{value[4:6]}-{value[6:]}")]
    return [(words, "canonical", path, reading, value)]


def money(words, path, value, currency, unit):
    """An amount on the canonical record; the words say both units where they differ."""
    said = f"{words} = {value}元" if unit == "万元" else words
    return [(said, "canonical", path + "/value", "decimal", value), (words + " 币种", "canonical", path + "/currency", "code", currency),
            (words + " 原始单位", "canonical", path + "/receivedUnit", "code", unit), (words + " 价款形式", "canonical", path + "/kind", "code", "total")]
