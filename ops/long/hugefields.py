#!/usr/bin/env python3
"""Puts one monstrous record between two good ones, in every form, and looks at what `map run --split` makes of the file.

    ops/long/hugefields.py [--megabytes 100] [--gateway-bin .build/release/tenderbridge] [--folder .long]

A field of a hundred megabytes, as many columns, members or elements, ten thousand levels, a number without end, a name without end, a
quotation mark that is never closed: the monster must be refused by itself with a finding that names its limit, both good records must
come out (but where the monster takes in what stands behind it), and memory must stay below a bound that does not depend on its size.
Whole documents of that kind are refused as well. Standard library only.
"""

import argparse
import dataclasses
import json
import os
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
from scene import FIELDS, ROOT, scratch_folder  # noqa: E402

MEMORY_MAX_MB = 100
PIECE = 1 << 20
MAPPINGS = {"csv": "from: { format: csv }", "json": "from: { format: json }", "xml": "from: { format: xml, root: R }"}
ROW = {"code": "E4401000002000033001", "title": "桥", "at": "20260501090000", "tenderer": "甲", "edition": "1"}


def csv_row(key):
    return ",".join([key, *ROW.values()]) + "\n"


def json_row(key):
    return json.dumps({"key": key, **ROW}, ensure_ascii=False)


def xml_row(key):
    return "<R>" + "".join(f"<{n}>{v}</{n}>" for n, v in {"key": key, **ROW}.items()) + "</R>"


@dataclasses.dataclass(frozen=True)
class Monster:
    name: str
    form: str
    split: str
    before: str               # up to the monster; a good record is in it
    middle: tuple             # (text before, text to repeat, text behind); repeated until it is large enough
    behind: str               # the rest of the file
    code: str = "limit.bytes"  # what is said of it, and nothing else
    good: int = 2
    levels: int = 0           # repeat so often instead of up to the size


def monsters():
    head = ",".join(["key", *ROW]) + "\n"
    start, end = head + csv_row("K1"), csv_row("K3")
    yield Monster("csv field", "csv", "rows", start, ("K2,", "x", ",b,20260501090000,t,1\n"), end)
    yield Monster("csv quoted field", "csv", "rows", start, ('K2,"', "x\n,", '",b,20260501090000,t,1\n'), end)
    yield Monster("csv columns", "csv", "rows", start, ("K2", ",", "\n"), end)
    yield Monster("csv mark not closed", "csv", "rows", start, ('K2,"', "x\n", ""), "", good=1)
    yield Monster("csv header", "csv", "rows", "", ("key", ",", "\n"), end, good=0)
    for split, first, between, last in (("lines", "", "\n", "\n"), ("elements", "[", ",\n", "]"), ("/data/rows", '{"data":{"rows":[', ",\n", "]}}")):
        start, end = first + json_row("K1") + between, between + json_row("K3") + last
        for name, middle in (("string", ('{"key":"', "x", '"}')), ("number", ('{"key":', "9", "}")), ("name", ('{"', "k", '":1}')),
                             ("members", ('{"a":1', ',"b":[]', "}"))):
            yield Monster(f"json {name} by {split}", "json", split, start, middle, end)
        yield Monster(f"json levels by {split}", "json", split, start, ('{"a":', "[", "]" * 10_000 + "}"), end, "limit.depth", levels=10_000)
    start, end = "<ALL>" + xml_row("K1"), xml_row("K3") + "</ALL>"
    yield Monster("xml text", "xml", "/ALL/R", start, ("<R><key>", "x", "</key></R>"), end)
    yield Monster("xml elements", "xml", "/ALL/R", start, ("<R>", "<a/>", "</R>"), end, "limit.count")
    yield Monster("xml CDATA", "xml", "/ALL/R", start, ("<R><key><![CDATA[", "x", "]]></key></R>"), end)
    yield Monster("xml comment", "xml", "/ALL/R", start, ("<R><!--", "x", "--></R>"), end)
    # A tag without end ends the reading: nothing behind it can be told apart.
    yield Monster("xml attribute", "xml", "/ALL/R", start, ('<R a="', "x", '"/>'), end, good=1)
    yield Monster("xml levels", "xml", "/ALL/R", start, ("<R>", "<a>", "</a>" * 10_000 + "</R>"), end, "limit.depth", levels=10_000)


def write(path, monster, megabytes):
    before, unit, behind = monster.middle
    count = monster.levels or (megabytes << 20) // len(unit)
    piece = unit * max(1, PIECE // len(unit))
    with open(path, "w", encoding="utf-8") as file:
        file.write(monster.before + before)
        for _ in range(count * len(unit) // len(piece)):
            file.write(piece)
        file.write(unit * (count % (len(piece) // len(unit))) + behind + monster.behind)


def look(monster, options, folder, peaks):
    """What is wrong with how it was taken; None when all is well."""
    path, out = folder / f"monster.{monster.form}", folder / "records.jsonl"
    write(path, monster, options.megabytes)
    mapping = folder / f"Mappings/local-a/in/tender-notice@{monster.form}.yaml"
    mapping.write_text(f"mapping: local-a/in/tender-notice@{monster.form}\nversion: 1\n{MAPPINGS[monster.form]}\n{FIELDS}", encoding="utf-8")
    out.unlink(missing_ok=True)
    process = subprocess.Popen([options.gateway_bin, "map", "run", str(mapping), str(path), "--split", monster.split, "-o", str(out),
                                "--schemas", str(ROOT / "Schemas"), "--format", "json"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    said = process.stdout.read().decode(errors="replace")
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    keys = [json.loads(line)["source"]["recordKey"] for line in out.read_text(encoding="utf-8").split("\n") if line] if out.exists() else []
    path.unlink()
    if process.returncode != 1:
        return f"exit code {process.returncode}: {said[:300]}"
    codes = {finding["code"] for finding in json.loads(said)["findings"]}
    memory = usage.ru_maxrss >> 10
    peaks.append(memory)
    if codes != {monster.code}:
        return f"findings {sorted(codes)}, expected {monster.code}"
    if keys != ["K1", "K3"][:monster.good]:
        return f"records {keys}"
    if len(said) > 20_000:
        return f"a report of {len(said)} characters"
    if memory > MEMORY_MAX_MB:
        return f"{memory} MB of memory"
    print(f"   {monster.name:30} {monster.code}, {usage.ru_utime + usage.ru_stime:.1f} s, {memory} MB", flush=True)
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gateway-bin", default=str(ROOT / ".build/release/tenderbridge"))
    parser.add_argument("--megabytes", type=int, default=100)
    parser.add_argument("--folder", default=str(ROOT / ".long"), help="where the files lie")
    options = parser.parse_args()
    faults, peaks, count = [], [], 0
    with scratch_folder(options.folder, "huge-") as folder:
        shutil.copytree(ROOT / "Mappings", folder / "Mappings")
        for monster in monsters():
            count += 1
            if fault := look(monster, options, folder, peaks):
                faults.append(monster.name)
                print(f"   {monster.name:30} WRONG: {fault}", flush=True)
    print(f"huge fields: {count - len(faults)} of {count} monsters of {options.megabytes} MB were refused by themselves"
          + (f"; not {', '.join(faults)}" if faults else f", with at most {max(peaks)} MB of memory"))
    sys.exit(1 if faults else 0)


main()
