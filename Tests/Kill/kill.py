#!/usr/bin/env python3
"""Kills the gateway under load, again and again, and counts what became of every message.

    Tests/Kill/kill.py [--gateway-bin .build/debug/tenderbridge] [--kills 40] [--seed N] [--disk MIB] [--table FILE]

Eight clients send numbered notices over plain HTTP on loopback, each with an ordering key of its own, and wait for the 202 of
one before they send the next; what fails is sent again as it was, with the same Idempotency-Key. The gateway delivers to
Tests/Sink/sink.py, which is idempotent by delivery id. SIGKILL comes at random moments (under load, during a start) and at each
point that the gateway comes to by name (moments.py): it ends itself there, as TENDERBRIDGE_DIE_AT says. All the time the
configuration changes and is reloaded (reloads.py). With --disk the store lies on a small file system that is full for a while,
again and again (smalldisk.py). Then everything is let through. A second destination is configured, and `outbox backfill` sends
it all that was accepted; the gateway is killed meanwhile, and the command given again, until it has gone through. At the end
the gateway is stopped with SIGTERM, its evidence is exported and verified,
and three witnesses are joined: the clients' answers, the sink's log, the evidence (see counting.py; ops/demo/tally.py counts
the same files a second time).

Exit code 0 only when nothing was lost, nothing was out of order, every double was `unknown` before its second attempt,
nothing happened after a confirmation, and every 202 has its row of evidence. The seed is printed; it decides the moments.
"""

import argparse
import collections
import datetime
import http.client
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE))
import counting  # noqa: E402  (found through the line above)
import moments  # noqa: E402
import reloads  # noqa: E402
import smalldisk  # noqa: E402
from clients import CLIENTS, Client, Failed, Notices  # noqa: E402

READY_SECONDS = 30  # a start that takes longer has failed
STOP_SECONDS = 40  # so long may the gateway take to end by SIGTERM
POINT_SECONDS = 20  # so long may the gateway take to come to a point
STUCK_SECONDS = 30  # so long may no delivery come to its end while some are open
DISK_EXIT = 74  # the store cannot be used: a start on a full disk


class Run:
    """One run in a folder of its own."""

    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.random = random.Random(options.seed)
        self.deadline = time.monotonic() + options.max_seconds
        self.notices = Notices()
        self.key = "%032x" % self.random.getrandbits(128)
        self.client_pause = 1 / options.rate
        self.clients_stop, self.given_up = threading.Event(), threading.Event()
        self.sent_lock = threading.Lock()
        self.sent = open(folder / "sent.jsonl", "w", encoding="utf-8")
        self.acknowledged = 0
        self.gateway = self.sink = self.archive = self.reloads = None
        self.kills = collections.Counter()
        self.full_starts = 0
        self.stuck = []
        self.disk = smalldisk.SmallDisk(folder / "disk", options.disk, self.random) if options.disk else None
        self.store = folder / ("disk" if self.disk else "store") / "store.sqlite"
        self.gateway_log = open(folder / "gateway.log", "wb")

    # --- the two programs ---------------------------------------------------------------------------------------------

    def start_sink(self, log="received.jsonl"):
        """(process, port)"""
        sink = subprocess.Popen(
            [sys.executable, str(ROOT / "Tests/Sink/sink.py"), "--log", str(self.folder / log),
             "--answer-delay-ms", str(self.options.answer_delay_ms), "--drop-answer", str(self.options.drop_answer),
             "--seed", str(self.options.seed), "--max-seconds", str(self.options.max_seconds + 120)],
            stdout=subprocess.PIPE, stderr=open(self.folder / "sink.log", "wb"), text=True)
        words = (sink.stdout.readline() or "").split()
        if len(words) != 2 or words[0] != "port":
            sink.kill()
            raise Failed("the sink did not start; see sink.log")
        return sink, int(words[1])

    def configure(self, **sinks):
        """Writes the configuration with a destination for each sink, by name and port."""
        (self.folder / "sender-key").write_text(self.key, encoding="utf-8")
        os.chmod(self.folder / "sender-key", 0o600)
        self.sinks = sinks
        self.config = self.folder / "gateway.yaml"
        self.config.write_text(self.configuration(reloads.VARIANTS[0]), encoding="utf-8")

    def configuration(self, variant):
        """The text of the configuration, with one way to serve the sinks."""
        destinations = "".join(f"""\
  {name}:
    url: http://127.0.0.1:{port}/{variant["path"]}
    mapping: provincial/out/tender-notice
    audience: province
    timeout: {variant["timeout"]}
    concurrency: {variant["concurrency"]}
    answer:
      receipt: /receiptNo
      rules:
        - {{ status: 200, path: /code, equals: "0", verdict: accepted }}
    idempotent: deliveryId
    unknown: {{ firstQuestion: 200ms, interval: 1s, limit: 1h }}
    retry: {{ initial: 100ms, cap: 1s, attempts: 1000, total: 1h }}
""" for name, port in self.sinks.items())
        return f"""\
name: kill-test
store: {{ path: {self.store} }}
control: {{ socket: {self.folder}/c.sock }}
data: {{ address: 127.0.0.1, port: {self.data_port} }}
operators: {{ address: 127.0.0.1, port: {self.operator_port} }}
mappings: {ROOT}/Mappings
schemas: {ROOT}/Schemas
channels:
  local-a: {{ dataset: tender-notice, mapping: local-a/in/tender-notice }}
senders:
  local-a: {{ key: "file:sender-key", channels: local-a }}
destinations:
{destinations}routes:
  - {{ dataset: tender-notice, to: [{", ".join(self.sinks)}] }}
limits: {{ shutdown: 20s{", freeDisk: { soft: 0, hard: 0 }" if self.disk else ""} }}
"""

    @property
    def program(self):
        """The gateway's program, where it sees its disk."""
        return [*(self.disk.enter if self.disk else []), str(self.options.gateway_bin)]

    def start_gateway(self, die_at=None):
        environment = dict(os.environ)
        environment.pop("TENDERBRIDGE_DIE_AT", None)
        if die_at:
            environment["TENDERBRIDGE_DIE_AT"] = die_at
        self.die_at = die_at
        self.gateway = subprocess.Popen(
            [*self.program, "serve", "--config", str(self.config), "--log-level", "warning"], env=environment,
            stdin=subprocess.DEVNULL, stdout=self.gateway_log, stderr=self.gateway_log)

    def has_ended(self):
        """Whether it was killed. One that found the disk full is started again, as a service manager does."""
        code = self.gateway.poll()
        if code is None or code == -signal.SIGKILL:
            return code is not None
        if self.disk and code == DISK_EXIT:
            self.full_starts += 1
            self.start_gateway(self.die_at)
            return False
        raise Failed(f"the gateway ended by itself with {code}; see gateway.log")

    def wait_ready(self, seconds=READY_SECONDS):
        """Until /readyz answers 200."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.check()
            if self.is_ready():
                return
            if self.has_ended():
                raise Failed("the gateway was killed by somebody else")
            time.sleep(0.02)
        raise Failed(f"the gateway is not ready within {seconds} s; see gateway.log")

    def is_ready(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.operator_port, timeout=2)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def kill_gateway(self):
        if self.has_ended():
            raise Failed("the gateway was killed by somebody else")
        self.gateway.send_signal(signal.SIGKILL)
        self.gateway.wait()

    def await_death(self, point):
        """Until the gateway has ended itself at its point."""
        # A slow receiver makes the counted points slow, too.
        seconds = POINT_SECONDS + self.options.answer_delay_ms / 5
        end = time.monotonic() + seconds
        while not self.has_ended():
            self.check()
            if time.monotonic() > end:
                raise Failed(f"the gateway did not come to {point} within {seconds:g} s")
            time.sleep(0.01)

    def check(self):
        """Ends the run when its time is over or a part of it is gone."""
        if time.monotonic() > self.deadline:
            raise Failed(f"not done within {self.options.max_seconds} s")
        for sink in (self.sink, self.archive):
            if sink is not None and sink.poll() is not None:
                raise Failed("a sink ended by itself; see sink.log")
        for each in (*self.clients, *([self.reloads] if self.reloads else [])):
            if each.failure:
                raise Failed(each.failure)

    def pause(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.check()
            time.sleep(min(0.05, max(0, end - time.monotonic())))

    # --- the story ----------------------------------------------------------------------------------------------------

    def told(self, row):
        """Writes down what a client was told, before it goes on."""
        with self.sent_lock:
            self.sent.write(json.dumps(row) + "\n")
            self.sent.flush()
            self.acknowledged += 1

    def play(self):
        self.clients = []
        self.data_port, self.operator_port = free_ports(2)
        self.sink, self.sink_port = self.start_sink()
        self.configure(sink=self.sink_port)
        self.migrate()
        self.clients = [Client(index, self) for index in range(CLIENTS)]
        for client in self.clients:
            client.start()
        self.reloads = reloads.Reloads(self, self.options.seed)
        self.reloads.start()
        if self.disk:
            self.disk.start()
        drawn = moments.Moments(self.random)
        kind, count = moments.UNDER_LOAD, None
        while True:
            if kind == moments.UNDER_LOAD:
                self.wait_ready()
                self.pause(self.random.uniform(0.05, 0.8))
                self.kill_gateway()
            elif kind == moments.AT_START:
                # Ready or not: into recovery, and into recovery of a recovery.
                self.pause(self.random.uniform(0.01, 0.5))
                self.kill_gateway()
            else:
                self.await_death(kind)
            self.kills[kind] += 1
            number = sum(self.kills.values())
            self.say(f"kill {number} of {self.options.kills}, {kind}{f' {count}' if count else ''}: {self.acknowledged} acknowledged")
            if number >= self.options.kills:
                break
            kind, count = drawn.draw()
            self.start_gateway(f"{kind}:{count}" if count else None)
        self.start_gateway()
        if self.disk:
            self.disk.stop()
        self.wait_ready()
        self.pause(1)
        self.drain()
        self.backfill()
        self.drain()
        self.stop()
        self.export()

    def backfill(self):
        """Sends the past to a second destination, killed in the middle; the same command goes on each time."""
        self.stop()
        self.archive, port = self.start_sink("received-archive.jsonl")
        self.configure(sink=self.sink_port, archive=port)
        order = ["outbox", "backfill", "--config", str(self.config), "--destination", "archive", "--from", "2000-01-01",
                 "--to", "2100-01-01", "--reason", "kill test"]
        for _ in range(max(3, self.options.kills // 10)):
            count = self.random.randint(1, moments.BACKFILL_COUNT)
            self.start_gateway(f"{moments.BACKFILL}:{count}")
            self.wait_ready()
            code = self.run_command(*order).returncode
            if not self.has_ended() and code == 0:
                break  # What was left had fewer parts; the last run below finds nothing to add.
            self.await_death(moments.BACKFILL)
            self.kills[moments.BACKFILL] += 1
        else:
            self.start_gateway()
            self.wait_ready()
        if not self.kills[moments.BACKFILL]:
            raise Failed("the backfill was over before it came to its point")
        self.say(f"backfill: killed {self.kills[moments.BACKFILL]} times, then {self.command(*order).strip().splitlines()[-1]}")

    def migrate(self):
        """Makes the store, killed in each migration; the last start goes through."""
        unknown = moments.points_of_program(ROOT) ^ {*moments.POINTS, *moments.OF_A_PHASE}
        if unknown:
            raise Failed(f"moments.py and the program differ in the points {sorted(unknown)}")
        while True:
            # A migration that was killed is rolled back: those before it are passed by its count.
            self.start_gateway(f"{moments.MIGRATING}:1" if not self.kills else f"{moments.MIGRATING}:2")
            end = time.monotonic() + READY_SECONDS
            while not self.has_ended():
                if self.is_ready():
                    return
                if time.monotonic() > end:
                    raise Failed("the gateway is not ready; see gateway.log")
                time.sleep(0.02)
            self.kills[moments.MIGRATING] += 1

    def drain(self):
        """No more messages; then until nothing is open."""
        self.clients_stop.set()
        for client in self.clients:
            while client.is_alive():
                self.check()
                client.join(0.1)
        self.reloads.stop()
        self.check()
        fewest, moved = None, time.monotonic()
        while True:
            self.check()
            listing = json.loads(self.command("outbox", "list", "--config", str(self.config), "--limit", "1000000", "--format", "json"))
            (self.folder / "outbox.json").write_text(json.dumps(listing), encoding="utf-8")
            rows = listing if isinstance(listing, list) else listing["deliveries"]
            stuck = [row for row in rows if str(row.get("state", "")).startswith("dead")]
            if stuck:
                raise Failed(f"{len(stuck)} deliveries are dead, the first: {json.dumps(stuck[0])[:500]}")
            if not rows:
                return
            if fewest is None or len(rows) < fewest:
                fewest, moved = len(rows), time.monotonic()
            elif time.monotonic() - moved > STUCK_SECONDS:
                self.stuck.append(f"{len(rows)} deliveries are open and do not move, the first: {json.dumps(rows[0])[:500]}")
                return
            self.pause(0.2)

    def stop(self):
        self.gateway.send_signal(signal.SIGTERM)
        try:
            code = self.gateway.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            raise Failed(f"the gateway did not end within {STOP_SECONDS} s of SIGTERM") from None
        if code != 0:
            raise Failed(f"the gateway ended by SIGTERM with {code}; see gateway.log")

    def export(self):
        store = str(self.store)
        (self.folder / "evidence.jsonl").write_text(self.command("evidence", "export", "--store", store), encoding="utf-8")
        self.say("evidence verify: " + self.command("evidence", "verify", "--store", store).strip().replace("\n", ", "))

    def command(self, *arguments):
        """Runs a command of the gateway; its failure is a failure of the run."""
        done = self.run_command(*arguments)
        if done.returncode != 0:
            raise Failed(f"tenderbridge {' '.join(arguments[:2])} ended with {done.returncode}: {done.stderr.strip()[-500:]}")
        return done.stdout

    def run_command(self, *arguments):
        left = max(1, self.deadline - time.monotonic())
        return subprocess.run([*self.program, *arguments], capture_output=True, text=True, timeout=left)

    def complaints(self):
        """What the gateway itself calls a fault of its own. That it cannot start on a full disk is none."""
        with open(self.folder / "gateway.log", encoding="utf-8", errors="replace") as log:
            critical = [line.strip() for line in log if '"level":"critical"' in line and not (self.disk and '"message":"ended"' in line)]
        return [f"{len(critical)} critical line(s) in gateway.log, the first: {critical[0][:300]}"] if critical else []

    def end(self):
        """Ends what was started, by process id."""
        self.given_up.set()
        self.clients_stop.set()
        if self.reloads:
            self.reloads.stop()
        for process in (self.gateway, self.sink, self.archive):
            if process is not None and process.poll() is None:
                process.kill()
                process.wait()
        if self.disk:
            self.disk.end()
        self.sent.close()
        self.gateway_log.close()

    def say(self, text):
        print(f"kill: {text}", flush=True)


def free_ports(count):
    """Ports that nobody listens on at this moment."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def second_count(folder):
    """ops/demo/tally.py over the same files; its exit code must be good too."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "ops/demo/tally.py"), "--sent", str(folder / "sent.jsonl"), "--received", str(folder / "received.jsonl"),
         "--evidence", str(folder / "evidence.jsonl"), "--outbox", str(folder / "outbox.json"), "--receiver-format", "sink",
         "--summary", str(folder / "summary.json")], capture_output=True, text=True, timeout=300)
    return done.returncode, done.stdout + done.stderr


def parse(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gateway-bin", type=pathlib.Path, default=ROOT / ".build/debug/tenderbridge", help="the gateway's program")
    parser.add_argument("--kills", type=int, default=40, help="how often it is killed (40)")
    parser.add_argument("--seed", type=int, default=None, help="decides the moments; chosen and printed when absent")
    parser.add_argument("--rate", type=float, default=40, help="messages a second that each client sends at most (40)")
    parser.add_argument("--answer-delay-ms", type=float, default=5, help="the sink waits so long before each answer (5)")
    parser.add_argument("--drop-answer", type=float, default=0.01, help="probability that the sink takes a delivery and hangs up (0.01)")
    parser.add_argument("--max-seconds", type=float, default=600, help="the run fails when it is not done by then (600)")
    parser.add_argument("--disk", type=int, metavar="MIB", help="put the store on a file system of this size that is full again and again")
    parser.add_argument("--table", type=pathlib.Path, metavar="FILE", help="write what was counted there, as JSON")
    parser.add_argument("--keep", action="store_true", help="keep the folder of a good run too (that of a failed one is always kept)")
    options = parser.parse_args(arguments)
    if options.seed is None:
        options.seed = random.SystemRandom().randrange(1, 1 << 31)
    if not os.access(options.gateway_bin, os.X_OK):
        parser.error(f"{options.gateway_bin} is not there: build it with `make build`, or name it with --gateway-bin")
    options.gateway_bin = options.gateway_bin.resolve()
    return options


def main(arguments=None):
    options = parse(arguments)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="tenderbridge-kill-"))
    again = f"--seed {options.seed} --kills {options.kills}" + (f" --disk {options.disk}" if options.disk else "")
    print(f"kill: seed {options.seed}, {options.kills} kills, folder {folder}", flush=True)
    started = time.monotonic()
    try:
        run = Run(options, folder)
    except smalldisk.Unavailable as reason:
        print(f"kill: FAILED: {reason}", file=sys.stderr)
        return 1
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        run.play()
    except (Failed, subprocess.TimeoutExpired) as failure:
        print(f"kill: FAILED: {failure}\nkill: again: {again}\nkill: files: {folder}", file=sys.stderr)
        return 1
    finally:
        run.end()
    try:
        sent, received, archived, evidence = (
            counting.read_lines(folder / f"{name}.jsonl") for name in ("sent", "received", "received-archive", "evidence"))
        numbers, faults = counting.count(sent, received, evidence)
        past, more = counting.backfilled(sent, evidence)
        archive, others = counting.count(past, archived, evidence)
        faults += more + [f"archive: {fault}" for fault in others]
        numbers |= {f"archive{name[:1].upper()}{name[1:]}": archive[name]
                    for name in ("acknowledged", "deliveries", "sentTwice", "unknownFirst", "lost", "outOfOrder", "afterConfirmation")}
    except (counting.Unreadable, KeyError, TypeError, ValueError) as error:
        numbers, faults = {}, [f"cannot count: {type(error).__name__}: {error}"]
    if run.acknowledged < CLIENTS * options.kills:
        faults.append(f"only {run.acknowledged} messages were acknowledged: that was no load")
    if run.reloads.applied + run.reloads.signals < options.kills // 4:
        faults.append(f"only {run.reloads.applied + run.reloads.signals} reloads: that proves nothing")
    code, text = second_count(folder)
    if code != 0:
        faults.append(f"ops/demo/tally.py does not agree (exit code {code}):\n{text}")
    faults += run.stuck + run.complaints()
    if run.disk and run.disk.times_full == 0:
        faults.append("the disk was never full")
    table = {"at": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"), "seed": options.seed,
             "kills": dict(run.kills), **numbers, "reloads": run.reloads.applied + run.reloads.signals, "seconds": round(time.monotonic() - started)}
    if run.disk:
        table |= {"timesFull": run.disk.times_full, "startsOnFullDisk": run.full_starts}
    if options.table:
        options.table.write_text(json.dumps(table | {"faults": faults}, indent=1) + "\n", encoding="utf-8")
    for row in moments.table(run.kills, numbers):
        print(f"  {row}")
    for name, value in table.items():
        print(f"  {name:<20} {value}")
    for fault in faults[:50]:
        print(f"  FAULT {fault}")
    if faults:
        print(f"kill: NOT GOOD, {len(faults)} fault(s)\nkill: again: {again}\nkill: files: {folder}", file=sys.stderr)
        return 1
    print("kill: good")
    if not options.keep:
        shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
