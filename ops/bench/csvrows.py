"""A CSV file of 46 MB (30,000 records, 16 fields) through `tenderbridge map run`, beside loops over Python's csv module.

Three loops: `reader` only reads the rows, `dict` makes a dictionary of each, `equal` makes the same records as the mapping (blanks
taken off, required fields, code lists, times, amounts) and writes them as JSON. Processor time of whole processes, medians.
"""
import csv, json, os, pathlib, random, shutil, subprocess, sys, tempfile

from rig import ROOT, median

ROWS = int(os.environ.get("BENCH_CSV_ROWS", "30000"))
COLUMNS = ["记录编号", "招标项目编号", "更新时间", "标题", "内容", "公告性质", "公告类型", "发布时间", "媒体", "文件售价", "投标截止时间",
           "招标人", "招标人地址", "联系人", "代理机构", "代理机构地址"]
MAPPING = """\
mapping: local-a/in/tender-notice@csv
version: 1
from: { format: csv }
to: { dataset: tender-notice, canonical: 1 }
identify:
  businessKey: 记录编号
  orderingKey: 招标项目编号
  version: 更新时间
  sourceTime: 更新时间 | time("yyyyMMddHHmmss")
fields:
  source.recordKey: 记录编号 | trim | required
  source.recordedAt: 更新时间 | time("yyyyMMddHHmmss")
  tenderProject.code: 招标项目编号 | trim | identifier("CN-TENDER-PROJECT") | required
  title: 标题 | trim | required
  content: 内容 | trim
  nature: 公告性质 | code(notice-nature) | required
  bulletinType: 公告类型 | code(bulletin-type) | required
  publishedAt: 发布时间 | time("yyyyMMddHHmmss") | required
  media[]: 媒体 | split(";")
  document.price: 文件售价 | amount("元")
  bid.deadline: 投标截止时间 | time("yyyyMMddHHmmss")
  tenderer.name: 招标人 | trim | required
  tenderer.address: 招标人地址 | trim
  tenderer.contact.person: 联系人 | trim
  agency.name: 代理机构 | trim
  agency.address: 代理机构地址 | trim
"""
READER = """\
import csv, sys
count = 0
with open(sys.argv[1], newline="", encoding="utf-8") as file:
    for row in csv.reader(file):
        count += 1
print(count - 1)
"""
DICT = """\
import csv, sys
count = 0
with open(sys.argv[1], newline="", encoding="utf-8") as file:
    for row in csv.DictReader(file):
        count += 1
print(count)
"""
EQUAL = """\
import csv, json, re, sys
codes = json.loads(sys.argv[2])
project, price = re.compile(r"[A-Za-z0-9]{19,24}"), re.compile(r"-?[0-9]+(\\.[0-9]+)?")

def time(text):
    if len(text) != 14 or not text.isdigit() or not "01" <= text[4:6] <= "12" or not "01" <= text[6:8] <= "31":
        raise ValueError("time")
    return f"{text[:4]}-{text[4:6]}-{text[6:8]}T{text[8:10]}:{text[10:12]}:{text[12:14]}+08:00"

def required(text):
    if not text:
        raise ValueError("required")
    return text

count = refused = 0
with open(sys.argv[1], newline="", encoding="utf-8") as file, open(sys.argv[3], "w", encoding="utf-8") as out:
    for row in csv.DictReader(file):
        try:
            code = row["招标项目编号"].strip()
            if not project.fullmatch(code):
                raise ValueError("identifier")
            amount = row["文件售价"].strip()
            if not price.fullmatch(amount):
                raise ValueError("amount")
            record = {
                "source": {"recordKey": required(row["记录编号"].strip()), "recordedAt": time(row["更新时间"])},
                "tenderProject": {"code": {"scheme": "CN-TENDER-PROJECT", "value": code}},
                "title": required(row["标题"].strip()), "content": row["内容"].strip(),
                "nature": codes["notice-nature"][row["公告性质"]], "bulletinType": codes["bulletin-type"][row["公告类型"]],
                "publishedAt": time(row["发布时间"]), "media": [part.strip() for part in row["媒体"].split(";")],
                "document": {"price": {"value": amount, "currency": "CNY", "receivedUnit": "元", "kind": "total"}},
                "bid": {"deadline": time(row["投标截止时间"])},
                "tenderer": {"name": required(row["招标人"].strip()), "address": row["招标人地址"].strip(),
                             "contact": {"person": row["联系人"].strip()}},
                "agency": {"name": row["代理机构"].strip(), "address": row["代理机构地址"].strip()},
            }
            out.write(json.dumps(record, ensure_ascii=False) + "\\n")
            count += 1
        except (KeyError, ValueError):
            refused += 1
print(count, refused)
"""


def write_rows(path, rows):
    """Notices of 1.5 KB; a fifth of the texts hold separators, quotation marks and line ends."""
    source = random.Random(7)
    words = "中华人民共和国招标投标公告项目工程建设单位名称地址联系评标委员会推荐候选人公示期限采购文件获取方式"

    def text(length):
        made = "".join(source.choices(words, k=length))
        return made if source.random() > 0.2 else made[:-8] + "，\"一\",\n二"

    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for number in range(rows):
            writer.writerow([
                f"K{number:09d}", f"E440100000{number:07d}001", "20260501093000", text(40), text(230), "1", "1", "20260501090000",
                "中国招标投标公共服务平台;省公共资源交易网", f"{number % 900 + 100}.50", "20260521093000", text(24), text(30), "联系人", text(24),
                text(30)])


# A process counts what its parent held when it was forked as its own largest size: so a small one forks.
LAUNCH = """\
import json, os, sys
_, status, usage = os.wait4(os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ), 0)
with open(sys.argv[1], "w") as file:
    json.dump([os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024], file)
"""


def run(command):
    """Processor seconds, largest resident size in MB, and output of a command."""
    with tempfile.NamedTemporaryFile("r") as usage:
        launch = [sys.executable, "-S", "-c", LAUNCH, usage.name]
        output = subprocess.run([*launch, *map(str, command)], stdout=subprocess.PIPE, text=True, check=True).stdout
        code, seconds, memory = json.load(usage)
    if code != 0:
        raise SystemExit(f"{command[:3]} ended with {code}: {output[:300]}")
    return seconds, memory, output.strip()


def codes(name):
    with open(ROOT / f"Mappings/codelists/{name}.csv", newline="", encoding="utf-8") as file:
        return {row["code"]: row["canonical"] for row in csv.DictReader(file) if row["partner"] == "local-a"}


def measure(options):
    parent = pathlib.Path(options.folder)
    parent.mkdir(parents=True, exist_ok=True)
    folder = pathlib.Path(tempfile.mkdtemp(dir=parent, prefix="csv-"))
    try:
        file, out = folder / "notices.csv", folder / "records.jsonl"
        write_rows(file, ROWS)
        shutil.copytree(ROOT / "Mappings", folder / "Mappings")
        mapping = folder / "Mappings/local-a/in/tender-notice@csv.yaml"
        mapping.write_text(MAPPING, encoding="utf-8")
        lists = json.dumps({name: codes(name) for name in ("notice-nature", "bulletin-type")})
        python = [sys.executable, "-c"]
        commands = {
            "tenderbridge": [options.gateway_bin, "map", "run", str(mapping), str(file), "-o", str(out), "--schemas", str(ROOT / "Schemas")],
            "reader": [*python, READER, str(file)], "dict": [*python, DICT, str(file)],
            "equal": [*python, EQUAL, str(file), lists, str(folder / "python.jsonl")],
        }
        figures = {name: [] for name in commands}
        for _ in range(options.rounds):
            for name, command in commands.items():
                figures[name].append(run(command)[:2])
        records = sum(1 for _ in open(out, encoding="utf-8"))
        if records != ROWS:
            raise SystemExit(f"{records} records of {ROWS}")
        size = file.stat().st_size
        result = {"bytes": size, "records": ROWS}
        for name, rounds in figures.items():
            seconds, memory = median([r[0] for r in rounds]), max(r[1] for r in rounds)
            result[name] = {"seconds": seconds, "megabytes": memory}
            ratio = seconds / result["tenderbridge"]["seconds"]
            print(f"   {name:12} {seconds:6.3f} s CPU, {size / seconds / 1e6:6.0f} MB/s, {memory:4.0f} MB resident, {ratio:5.2f} times map run")
        return result
    finally:
        shutil.rmtree(folder, ignore_errors=True)
