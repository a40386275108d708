#!/usr/bin/env python3
"""Lays a hundred thousand files into the folder of a channel at once, kills the gateway while it takes them, and counts.

    ops/long/manyfiles.py [--files 100000] [--kills 3] [--seed N] [--gateway-bin .build/release/tenderbridge] [--folder .long]

Most files hold one good row; some hold a bad one, no header, or the bytes of an earlier file under another name. The gateway is killed at
random moments and started again. At the end the folder must be empty, every file must lie in done/ or refused/ with its report, and every
good row must have been accepted exactly once, counted from the rows of evidence by Python's sqlite3, apart from the product; the gateway's
memory (VmHWM of each life) must have stayed below a bound. Standard library only.
"""

import argparse
import json
import os
import random
import shutil
import signal
import sys
import time

sys.dont_write_bytecode = True
from scene import FIELDS, ROOT, Failed, Gateway, keys, run_in_folder  # noqa: E402

MEMORY_MAX_MB = 300
SECONDS_MAX = 3000
HEADER = "key,code,title,at,tenderer,edition\n"
MAPPING = "mapping: local-a/in/tender-notice@rows\nversion: 1\nfrom: { format: csv }\n" + FIELDS
CONFIGURATION = """\
name: many-files
store: {{ path: store/store.sqlite }}
data: {{ port: 0 }}
operators: {{ port: 0 }}
mappings: Mappings
schemas: {root}/Schemas
channels:
  files:
    {{ dataset: tender-notice, mapping: local-a/in/tender-notice@rows, directory: {{ path: in, sender: local-a, scan: 5s, maxRefused: 0 }} }}
senders:
  local-a: {{ key: "file:key", channels: files }}
destinations:
  provincial:
    {{ url: "http://127.0.0.1:9/records", mapping: provincial/out/tender-notice, audience: province, retry: {{ initial: 1h, cap: 1h }} }}
routes:
  - {{ dataset: tender-notice, to: provincial }}
limits: {{ openDeliveries: {{ soft: 90000000, hard: 99000000 }}, shutdown: 5s }}
"""


def write_files(folder, count, source):
    """Writes the files; returns the keys to accept, and the names of the files to refuse."""
    good, bad = [], set()
    for number in range(count):
        name, kind = f"f{number:06d}.csv", source.random()
        row = f"K{number:06d},E4401000002000033001,桥,20260501090000,甲,1\n"
        if kind < 0.001:
            text = HEADER + row.replace("桥", "")
            bad.add(name)
        elif kind < 0.002:
            text = "no,names,that,are,known,here\n" + row
            bad.add(name)
        elif kind < 0.003 and good:
            text = HEADER + row.replace(f"K{number:06d}", good[-1])
        else:
            text = HEADER + row
            good.append(f"K{number:06d}")
        (folder / name).write_text(text, encoding="utf-8")
    return good, bad


def run(options, folder):
    source = random.Random(options.seed)
    shutil.copytree(ROOT / "Mappings", folder / "Mappings")
    (folder / "Mappings/local-a/in/tender-notice@rows.yaml").write_text(MAPPING, encoding="utf-8")
    (folder / "key").write_text("the key of local-a\n", encoding="utf-8")
    (folder / "key").chmod(0o600)
    (folder / "gateway.yaml").write_text(CONFIGURATION.format(root=ROOT), encoding="utf-8")
    (folder / "drafts").mkdir()
    good, bad = write_files(folder / "drafts", options.files, source)
    (folder / "drafts").rename(folder / "in")
    print(f"{options.files} files, {len(bad)} of them bad, {options.files - len(bad) - len(good)} repeated; seed {options.seed}", flush=True)

    def left():
        with os.scandir(folder / "in") as entries:
            return sum(1 for entry in entries if entry.name.endswith(".csv"))
    moments = sorted((source.randrange(options.files) for _ in range(options.kills)), reverse=True)
    peaks, begun, gateway = [], time.monotonic(), Gateway(options.gateway_bin, folder)
    try:
        while (count := left()) > 0:
            if time.monotonic() - begun > options.max_seconds:
                raise Failed(f"not done within {options.max_seconds} s: {count} of {options.files} files are left")
            if gateway.process.poll() is not None:
                raise Failed(f"the gateway ended with {gateway.process.returncode}: see its log")
            time.sleep(0.2)
            if moments and count <= moments[0]:
                moments.pop(0)
                peaks.append(gateway.peak_mb())
                print(f"killed with {count} files left after {time.monotonic() - begun:.0f} s, VmHWM {peaks[-1]} MB", flush=True)
                gateway.end(signal.SIGKILL)
                gateway = Gateway(options.gateway_bin, folder)
        seconds = time.monotonic() - begun
        peaks.append(gateway.peak_mb())
    finally:
        if gateway.process.poll() is None:
            gateway.end(signal.SIGTERM)
    done, refused = ({path.name for path in (folder / "in" / where).glob("*.csv")} for where in ("done", "refused"))
    accepted = list(keys(folder / "store/store.sqlite"))
    without = [name for where, names in (("done", done), ("refused", refused)) for name in names
               if json.loads((folder / "in" / where / f"{name}.report.json").read_text(encoding="utf-8"))["outcome"]
               != {"done": "taken", "refused": "refused"}[where]]
    for what, found, expected in (("accepted", sorted(accepted), good), ("files in refused", refused, bad),
                                  ("files in done", len(done), options.files - len(bad)), ("reports that say otherwise", without, [])):
        if found != expected:
            raise Failed(f"{what}: {str(found)[:200]}, expected {str(expected)[:200]}")
    if max(peaks) > MEMORY_MAX_MB:
        raise Failed(f"memory rose to {max(peaks)} MB; the bound is {MEMORY_MAX_MB} MB")
    return (f"many files: {options.files} at once, {options.kills} kills: {len(good)} accepted once, {len(bad)} refused with a report, "
            f"{options.files - len(good) - len(bad)} known as repeated, in {seconds:.0f} s ({options.files / seconds:.0f}/s), "
            f"at most {max(peaks)} MB of memory")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gateway-bin", default=str(ROOT / ".build/release/tenderbridge"))
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", default=str(ROOT / ".long"), help="where the files and the store lie")
    parser.add_argument("--max-seconds", type=int, default=SECONDS_MAX)
    options = parser.parse_args()
    run_in_folder(run, options, "many-", "many files")


main()
