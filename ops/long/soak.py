#!/usr/bin/env python3
"""Runs the gateway under a steady load and watches its memory and its open files: neither may grow.

    ops/long/soak.py [--minutes 20] [--rate 10] [--seed N] [--gateway-bin .build/debug/tenderbridge]

Eight clients send notices (so many a second each), the sink of Tests/Sink takes them. Every five seconds VmRSS and the number
of open files of the gateway are read from /proc. The first quarter is for warming up; of the last quarter, the median of the
memory may not be over that of the second quarter by more than a tenth and 16 MB, nor may open files rise by more than 16.
At the end nothing may be lost, out of order or doubled, counted as in Tests/Kill. Standard library only; loopback only.
"""

import argparse
import json
import os
import pathlib
import random
import shutil
import statistics
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "Tests/Kill"))
import counting  # noqa: E402  (found through the line above)
import kill  # noqa: E402
import reloads  # noqa: E402

SAMPLE_SECONDS = 5
GROWTH_SHARE, GROWTH_BYTES, GROWTH_FILES = 0.10, 16 << 20, 16


def resident_bytes(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().split("\n"):
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) << 10
    raise kill.Failed(f"/proc/{pid}/status has no VmRSS")


def judge(samples):
    """Faults of a run; samples are (seconds, resident bytes, open files, messages)."""
    if len(samples) < 12:
        return [f"only {len(samples)} samples: too short to judge"]
    quarter = len(samples) // 4
    early, late = samples[quarter:2 * quarter], samples[-quarter:]
    before, after = (statistics.median(s[1] for s in part) for part in (early, late))
    faults = []
    if after > before + max(GROWTH_BYTES, GROWTH_SHARE * before):
        faults.append(f"memory grew from {before / 2**20:.1f} MB to {after / 2**20:.1f} MB")
    if max(s[2] for s in late) > max(s[2] for s in early) + GROWTH_FILES:
        faults.append(f"open files grew from {max(s[2] for s in early)} to {max(s[2] for s in late)}")
    if late[-1][3] <= early[0][3]:
        faults.append("no messages were acknowledged in the second half")
    return faults


class Soak(kill.Run):
    """The clients, sink and counting of the kill test, without any kill."""

    def __init__(self, options, folder):
        super().__init__(options, folder)
        self.samples = []

    def sample(self, started):
        pid = self.gateway.pid
        row = (time.monotonic() - started, resident_bytes(pid), len(os.listdir(f"/proc/{pid}/fd")), self.acknowledged)
        self.samples.append(row)
        with open(self.folder / "samples.jsonl", "a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
        if len(self.samples) % 12 == 1:
            self.say(f"{row[0]:5.0f} s: {row[1] / 2**20:.1f} MB, {row[2]} open files, {row[3]} messages")

    def play(self):
        self.clients = []
        self.data_port, self.operator_port = kill.free_ports(2)
        self.sink, self.sink_port = self.start_sink()
        self.configure(sink=self.sink_port)
        self.start_gateway()
        self.wait_ready()
        # Reloads belong to a long life, and what they replace must not stay behind.
        self.reloads = reloads.Reloads(self, self.options.seed)
        self.reloads.start()
        self.clients = [kill.Client(index, self) for index in range(kill.CLIENTS)]
        for client in self.clients:
            client.start()
        started = time.monotonic()
        while time.monotonic() - started < self.options.minutes * 60:
            self.sample(started)
            if self.gateway.poll() is not None:
                raise kill.Failed(f"the gateway ended by itself with {self.gateway.returncode}")
            self.pause(SAMPLE_SECONDS)
        self.drain()
        self.stop()
        self.export()

    def say(self, text):
        print(f"soak: {text}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gateway-bin", type=pathlib.Path, default=ROOT / ".build/debug/tenderbridge", help="the gateway's program")
    parser.add_argument("--minutes", type=float, default=20, help="how long the load lasts (20)")
    parser.add_argument("--rate", type=float, default=10, help="messages a second of each of the eight clients (10)")
    parser.add_argument("--seed", type=int, default=None, help="of the sink's delays; chosen and printed when absent")
    options = parser.parse_args()
    options.seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1, 1 << 31)
    options.gateway_bin = options.gateway_bin.resolve()
    options.kills, options.answer_delay_ms, options.drop_answer, options.disk = 0, 5, 0.0, 0
    options.max_seconds = options.minutes * 60 + 600
    folder = pathlib.Path(tempfile.mkdtemp(prefix="tenderbridge-soak-"))
    print(f"soak: seed {options.seed}, {options.minutes:g} minutes, folder {folder}", flush=True)
    run = Soak(options, folder)
    try:
        run.play()
    except (kill.Failed, OSError) as failure:
        print(f"soak: FAILED: {failure}; files: {folder}")
        return 1
    finally:
        run.end()
    numbers, faults = counting.count(*(counting.read_lines(folder / f"{name}.jsonl") for name in ("sent", "received", "evidence")))
    faults += judge(run.samples)
    first, last = run.samples[len(run.samples) // 4], run.samples[-1]
    words = (f"{run.acknowledged} messages, memory {first[1] / 2**20:.1f} MB after warming up and {last[1] / 2**20:.1f} MB at the end, "
             f"open files {first[2]} and {last[2]}")
    for fault in faults:
        print(f"  FAULT {fault}")
    print(f"soak: {'NOT GOOD, files: ' + str(folder) if faults else 'good'}: {words}; {numbers}")
    if not faults:
        shutil.rmtree(folder)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
