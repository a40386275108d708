#!/usr/bin/env python3
"""Drops one file of a gigabyte into the folder of a channel, kills the gateway while it takes it, and counts.

    ops/long/bigfile.py [--megabytes 1024] [--kills 3] [--seed N] [--gateway-bin .build/release/tenderbridge] [--folder .long]

The file is XML, 1.5 KB a record, some records without a title. The gateway is killed at random moments of its work and started again.
At the end every good record must have been accepted exactly once, in the order of the file, counted from the rows of evidence by
Python's sqlite3, apart from the product; the report must say so; the file of refused records must hold exactly the bad ones; and the
gateway's memory (VmHWM of each life) must have stayed below a bound that does not depend on the file. Standard library only.
"""

import argparse
import json
import pathlib
import random
import shutil
import signal
import sqlite3
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "ops/bench"))
import formats  # noqa: E402  (found through the line above)
from scene import Failed, Gateway, keys, run_in_folder  # noqa: E402

MEMORY_MAX_MB = 300
BAD_EVERY = 9973
SECONDS_MAX = 3300
CONFIGURATION = """\
name: big-file
store: {{ path: store/store.sqlite }}
data: {{ port: 0 }}
operators: {{ port: 0 }}
mappings: Mappings
schemas: {root}/Schemas
channels:
  files:
    dataset: tender-notice
    mapping: local-a/in/tender-notice@xml
    split: /NOTICES/NOTICE
    directory: {{ path: in, sender: local-a, scan: 5s }}
senders:
  local-a: {{ key: "file:key", channels: files }}
destinations:
  provincial:
    {{ url: "http://127.0.0.1:9/records", mapping: provincial/out/tender-notice, audience: province, retry: {{ initial: 1h, cap: 1h }} }}
routes:
  - {{ dataset: tender-notice, to: provincial }}
limits: {{ openDeliveries: {{ soft: 90000000, hard: 99000000 }}, shutdown: 5s }}
"""


def write_file(path, megabytes):
    """Writes the file; returns how many records it has and the numbers of the bad ones."""
    pool = []
    for notice in formats.notices(2000):
        pool.append({name: formats.escape(value) for name, value in notice.items()})
    bad, number = [], 0
    with open(path, "w", encoding="utf-8", buffering=1 << 20) as file:
        file.write('<?xml version="1.0" encoding="UTF-8"?>\n<NOTICES>\n')
        size = 0
        while size < megabytes << 20:
            notice = dict(pool[number % len(pool)], DATA_KEY=f"K{number:09d}", TENDER_PROJECT_CODE=f"E440100000{number % 10000000:07d}001")
            number += 1
            if number % BAD_EVERY == 0:
                notice["NOTICE_NAME"] = ""
                bad.append(number)
            text = "  <NOTICE>\n" + "".join(f"    <{name}>{value}</{name}>\n" for name, value in notice.items()) + "  </NOTICE>\n"
            size += len(text.encode())
            file.write(text)
        file.write("</NOTICES>\n")
    return number, bad


def taken(store):
    """Records of the file that are on disk, read beside the gateway."""
    try:
        with sqlite3.connect(f"file:{store}?mode=ro", uri=True, timeout=30) as database:
            row = database.execute("SELECT records FROM stream").fetchone()
            return row[0] if row else 0
    except sqlite3.OperationalError:
        return 0


def run(options, folder):
    source = random.Random(options.seed)
    shutil.copytree(ROOT / "Mappings", folder / "Mappings")
    mapping = formats.MAPPING.replace("FORM", "xml", 1).replace("{ FROM }", "{ format: xml, root: NOTICE }")
    (folder / "Mappings/local-a/in/tender-notice@xml.yaml").write_text(mapping, encoding="utf-8")
    (folder / "key").write_text("the key of local-a\n", encoding="utf-8")
    (folder / "key").chmod(0o600)
    (folder / "gateway.yaml").write_text(CONFIGURATION.format(root=ROOT), encoding="utf-8")
    (folder / "in").mkdir()
    begun = time.monotonic()
    count, bad = write_file(folder / "in/big.xml.part", options.megabytes)
    (folder / "in/big.xml.part").rename(folder / "in/big.xml")
    store, done = folder / "store/store.sqlite", folder / "in/done/big.xml"
    print(f"{options.megabytes} MB, {count} records, {len(bad)} of them bad, written in {time.monotonic() - begun:.0f} s; seed {options.seed}", flush=True)
    moments = sorted(source.randrange(count) for _ in range(options.kills))
    peaks, begun, gateway = [], time.monotonic(), Gateway(options.gateway_bin, folder)
    try:
        while not done.exists():
            if time.monotonic() - begun > options.max_seconds:
                raise Failed(f"not done within {options.max_seconds} s: {taken(store)} of {count} records")
            if gateway.process.poll() is not None:
                raise Failed(f"the gateway ended with {gateway.process.returncode}: see its log")
            time.sleep(0.2)
            peak = gateway.peak_mb()
            if moments and taken(store) >= moments[0]:
                moments.pop(0)
                peaks.append(peak)
                print(f"killed behind record {taken(store)} after {time.monotonic() - begun:.0f} s, VmHWM {peak} MB", flush=True)
                gateway.end(signal.SIGKILL)
                gateway = Gateway(options.gateway_bin, folder)
        seconds = time.monotonic() - begun
        peaks.append(gateway.peak_mb())
    finally:
        if gateway.process.poll() is None:
            gateway.end(signal.SIGTERM)
    number, wrong = 0, set(bad)
    for key in keys(store):
        number += 1
        while number in wrong:
            number += 1
        if key != f"K{number - 1:09d}":
            raise Failed(f"record {number} was accepted as {key}")
    while number + 1 in wrong:
        number += 1
    report = json.loads((folder / "in/done/big.xml.report.json").read_text(encoding="utf-8"))
    collected = (folder / "in/refused/big.refused-records.xml").read_text(encoding="utf-8") if bad else ""
    for what, found, expected in (
            ("records in order", number, count), ("records of the report", report["records"], count),
            ("accepted by the report", report["accepted"], count - len(bad)), ("refused by the report", report["refused"], len(bad)),
            ("collected records", collected.count("<NOTICE>"), len(bad)),
            ("keys of the collected", all(f"<DATA_KEY>K{bad_number - 1:09d}<" in collected for bad_number in bad), True)):
        if found != expected:
            raise Failed(f"{what}: {found}, expected {expected}")
    if max(peaks) > MEMORY_MAX_MB:
        raise Failed(f"memory rose to {max(peaks)} MB; the bound is {MEMORY_MAX_MB} MB")
    return (f"big file: {options.megabytes} MB, {count} records, {options.kills} kills: {count - len(bad)} accepted once and in order, {len(bad)} "
            f"refused and collected, in {seconds:.0f} s ({count / seconds:.0f}/s with the first look), at most {max(peaks)} MB of memory")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gateway-bin", default=str(ROOT / ".build/release/tenderbridge"))
    parser.add_argument("--megabytes", type=int, default=1024)
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", default=str(ROOT / ".long"), help="where the file and the store lie")
    parser.add_argument("--max-seconds", type=int, default=SECONDS_MAX)
    options = parser.parse_args()
    run_in_folder(run, options, "big-", "big file")


main()
