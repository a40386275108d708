"""46 MB of XML (30,000 records, 16 fields), and the same as JSON lines, through `tenderbridge map run --split`.

XML stands beside xsltproc with an equal stylesheet (notice.xsl) and beside `xmllint --noout --stream`, which only reads; JSON lines
beside jq with an equal program (notice.jq, split and join). All outputs hold the same records, which is checked. Processor time of
whole processes, medians of rounds that take turns, and the ratios of the medians.
"""
import json, os, pathlib, random, shutil, tempfile
from xml.sax.saxutils import escape

from csvrows import codes, run
from rig import ROOT, median

RECORDS = int(os.environ.get("BENCH_FORMATS_RECORDS", "30000"))
MAPPING = """\
mapping: local-a/in/tender-notice@FORM
version: 1
from: { FROM }
to: { dataset: tender-notice, canonical: 1 }
identify:
  businessKey: DATA_KEY
  orderingKey: TENDER_PROJECT_CODE
  version: DATA_TIMESTAMP
  sourceTime: DATA_TIMESTAMP | time("yyyyMMddHHmmss")
fields:
  source.recordKey: DATA_KEY | trim | required
  source.recordedAt: DATA_TIMESTAMP | time("yyyyMMddHHmmss")
  tenderProject.code: TENDER_PROJECT_CODE | trim | identifier("CN-TENDER-PROJECT") | required
  title: NOTICE_NAME | trim | required
  content: NOTICE_CONTENT | trim
  nature: NOTICE_NATURE | code(notice-nature) | required
  bulletinType: BULLETIN_TYPE | code(bulletin-type) | required
  publishedAt: NOTICE_SEND_TIME | time("yyyyMMddHHmmss") | required
  media[]: NOTICE_MEDIA | split(";")
  document.price: DOC_PRICE | amount("元")
  bid.deadline: BID_DOC_REFER_END_TIME | time("yyyyMMddHHmmss")
  tenderer.name: TENDERER_NAME | trim | required
  tenderer.address: TENDERER_ADDRESS | trim
  tenderer.contact.person: TENDERER_CONTACTOR | trim
  agency.name: TENDER_AGENCY_NAME | trim
  agency.address: TENDER_AGENCY_ADDRESS | trim
"""
TARGETS = (
    ("map run / xsltproc", "xml", "xsltproc", "<=", 0.6), ("map run / xmllint --stream", "xml", "xmllint", "<=", 1.6),
    ("jq / map run", "jq", "json", ">=", 10))
MEMORY_MAX = 40


def notices(count):
    """Notices of 1.5 KB; a fifth of the texts hold what XML must escape."""
    source = random.Random(7)
    words = "中华人民共和国招标投标公告项目工程建设单位名称地址联系评标委员会推荐候选人公示期限采购文件获取方式"

    def text(length):
        made = "".join(source.choices(words, k=length))
        return made if source.random() > 0.2 else made[:-8] + "<A&B>，一二"

    for number in range(count):
        yield {
            "DATA_KEY": f"K{number:09d}", "TENDER_PROJECT_CODE": f"E440100000{number:07d}001", "DATA_TIMESTAMP": "20260501093000",
            "NOTICE_NAME": text(40), "NOTICE_CONTENT": text(140), "NOTICE_NATURE": "1", "BULLETIN_TYPE": "1",
            "NOTICE_SEND_TIME": "20260501090000", "NOTICE_MEDIA": "中国招标投标公共服务平台;省公共资源交易网",
            "DOC_PRICE": f"{number % 900 + 100}.25", "BID_DOC_REFER_END_TIME": "20260521093000", "TENDERER_NAME": text(24),
            "TENDERER_ADDRESS": text(20), "TENDERER_CONTACTOR": "联系人", "TENDER_AGENCY_NAME": text(14), "TENDER_AGENCY_ADDRESS": text(12)}


def write_inputs(xml, lines):
    with open(xml, "w", encoding="utf-8") as document, open(lines, "w", encoding="utf-8") as rows:
        document.write('<?xml version="1.0" encoding="UTF-8"?>\n<NOTICES>\n')
        for notice in notices(RECORDS):
            fields = "".join(f"    <{name}>{escape(value)}</{name}>\n" for name, value in notice.items())
            document.write(f"  <NOTICE>\n{fields}  </NOTICE>\n")
            rows.write(json.dumps(notice, ensure_ascii=False, separators=(",", ":")) + "\n")
        document.write("</NOTICES>\n")


def compare(expected, other):
    """Ends the benchmark where two outputs do not hold the same records."""
    with open(expected, encoding="utf-8") as left, open(other, encoding="utf-8") as right:
        count = 0
        for mine, theirs in zip(left, right, strict=True):
            count += 1
            if json.loads(mine) != json.loads(theirs):
                raise SystemExit(f"record {count} of {other.name} differs:\n{mine}{theirs}")
    if count != RECORDS:
        raise SystemExit(f"{other.name} has {count} records of {RECORDS}")


def measure(options):
    parent = pathlib.Path(options.folder)
    parent.mkdir(parents=True, exist_ok=True)
    folder = pathlib.Path(tempfile.mkdtemp(dir=parent, prefix="formats-"))
    try:
        xml, lines = folder / "notices.xml", folder / "notices.jsonl"
        write_inputs(xml, lines)
        shutil.copytree(ROOT / "Mappings", folder / "Mappings")
        commands = {}
        for form, source, how, file in (("xml", "format: xml, root: NOTICE", "/NOTICES/NOTICE", xml), ("json", "format: json", "lines", lines)):
            mapping = folder / f"Mappings/local-a/in/tender-notice@{form}.yaml"
            mapping.write_text(MAPPING.replace("FORM", form).replace("FROM", source), encoding="utf-8")
            commands[form] = [options.gateway_bin, "map", "run", str(mapping), str(file), "--split", how, "-o", str(folder / f"{form}.jsonl"),
                              "--schemas", str(ROOT / "Schemas")]
        nature, kind = codes("notice-nature"), codes("bulletin-type")
        style = (ROOT / "ops/bench/notice.xsl").read_text(encoding="utf-8")
        for word, known in (("NATURE", nature), ("TYPE", kind)):
            for code in "12":
                style = style.replace(f"@{word}_{code}@", known.get(code, ""))
        (folder / "notice.xsl").write_text(style, encoding="utf-8")
        commands["xsltproc"] = ["xsltproc", "-o", str(folder / "xsltproc.jsonl"), str(folder / "notice.xsl"), str(xml)]
        commands["xmllint"] = ["xmllint", "--noout", "--stream", str(xml)]
        commands["jq"] = ["sh", "-c", 'exec jq -c --argjson nature "$1" --argjson type "$2" -f "$3" "$4" > "$5"', "jq", json.dumps(nature),
                          json.dumps(kind), str(ROOT / "ops/bench/notice.jq"), str(lines), str(folder / "jq.jsonl")]
        figures = {name: [] for name in commands}
        for _ in range(options.rounds):
            for name, command in commands.items():
                figures[name].append(run(command)[:2])
        for name in ("json", "xsltproc", "jq"):
            compare(folder / "xml.jsonl", folder / f"{name}.jsonl")
        result = {"records": RECORDS, "bytes": {"xml": xml.stat().st_size, "json": lines.stat().st_size}}
        for name, rounds in figures.items():
            seconds, memory = median([r[0] for r in rounds]), max(r[1] for r in rounds)
            result[name] = {"seconds": seconds, "megabytes": memory}
            size = (lines if name in ("json", "jq") else xml).stat().st_size
            print(f"   {name:9} {seconds:6.3f} s CPU, {size / seconds / 1e6:6.0f} MB/s, {memory:4.0f} MB resident")
        for title, first, second, sign, target in TARGETS:
            ratio = result[first]["seconds"] / result[second]["seconds"]
            isMet = ratio <= target if sign == "<=" else ratio >= target
            result[title] = ratio
            print(f"   {title:27} {ratio:6.2f} (target {sign} {target}{'' if isMet else ', MISSED'})")
        memory = max(result["xml"]["megabytes"], result["json"]["megabytes"])
        print(f"   {'memory of map run':27} {memory:6.0f} MB (target < {MEMORY_MAX}{'' if memory < MEMORY_MAX else ', MISSED'})")
        return result
    finally:
        shutil.rmtree(folder, ignore_errors=True)
