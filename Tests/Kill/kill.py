#!/usr/bin/env python3
"""Kills the gateway under load, again and again, and counts what became of every message.

    Tests/Kill/kill.py [--gateway-bin .build/debug/tenderbridge] [--kills 20] [--seed N] [--max-seconds 600]

Eight clients send numbered notices over plain HTTP on loopback, each with an ordering key of its own, and wait for the 202 of
one before they send the next; what fails is sent again as it was, with the same Idempotency-Key. The gateway delivers to
Tests/Sink/sink.py, which is idempotent by delivery id. SIGKILL comes at random moments: under load, during the start, during
recovery. At the end everything is let through, the gateway is stopped with SIGTERM, its evidence is exported and verified,
and three witnesses are joined: the clients' answers, the sink's log, the evidence (see counting.py; ops/demo/tally.py counts
the same files a second time).

Exit code 0 only when nothing was lost, nothing was out of order, every double was `unknown` before its second attempt,
nothing happened after a confirmation, and every 202 has its row of evidence. The seed is printed; it decides the moments.
"""

import argparse
import hashlib
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

CLIENTS = 8
READY_SECONDS = 30  # a start that takes longer has failed
STOP_SECONDS = 40  # so long may the gateway take to end by SIGTERM
ANSWER_SECONDS = 30  # so long a client waits for an answer
PAUSE_SECONDS = 0.05  # before a client tries again
NOTICE = ROOT / "Tests/Recordings/good-01-road-notice/notice.xml"
PROJECT, RECORD = "E4401000001000123001", "9001503202605010000001"


class Failed(Exception):
    """The run cannot go on; the message says why."""


class Notices:
    """The payload of each client and number: a recorded notice under another project code and record key."""

    def __init__(self):
        self.text = NOTICE.read_text(encoding="utf-8")
        for name, value in (("TENDER_PROJECT_CODE", PROJECT), ("DATA_KEY", RECORD)):
            if f"<{name}>{value}</{name}>" not in self.text:
                raise Failed(f"{NOTICE} has no {name} {value}")

    @staticmethod
    def key(client):
        """Ordering key, 20 characters; it has no check digit."""
        return f"E4401000001{900_000_000 + client}"

    @staticmethod
    def number(client, count):
        """Record key, 22 digits, rising with the count."""
        return f"9001503{client:03d}{count:012d}"

    def body(self, client, count):
        text = self.text
        for name, value, other in (("TENDER_PROJECT_CODE", PROJECT, self.key(client)), ("DATA_KEY", RECORD, self.number(client, count))):
            text = text.replace(f"<{name}>{value}</{name}>", f"<{name}>{other}</{name}>")
        return text.encode()


class Client(threading.Thread):
    """Sends its numbers in order; a number is over when its 202 is there."""

    def __init__(self, index, run):
        super().__init__(name=f"client-{index}", daemon=True)
        self.index, self.run_of = index, run
        self.failure = None
        self.connection = None

    def run(self):
        try:
            count = 0
            while not self.run_of.clients_stop.is_set():
                count += 1
                if not self.send(count):
                    return
                time.sleep(self.run_of.client_pause)
        except Exception as error:  # a client that dies silently would end the load
            self.failure = f"{self.name}: {type(error).__name__}: {error}"

    def send(self, count):
        """Repeats one message until its 202 came. False when the run was given up."""
        run, body = self.run_of, self.run_of.notices.body(self.index, count)
        headers = {"Authorization": f"Bearer {run.key}", "Content-Type": "application/xml",
                   "Idempotency-Key": f"{Notices.key(self.index)}-{count}"}
        while not run.given_up.is_set():
            status, answer = self.post(body, headers)
            if status == 202:
                run.told({"case": f"{self.index}-{count}", "status": 202, "messageId": answer["id"], "deliveries": answer["deliveries"],
                          "key": Notices.key(self.index), "number": int(Notices.number(self.index, count)),
                          "orderingKey": Notices.key(self.index), "sequenceInKey": count,
                          "sha256": hashlib.sha256(body).hexdigest()})
                return True
            if status is not None and status != 429 and status < 500:
                raise Failed(f"message {count} was answered {status}: {json.dumps(answer)[:500]}")
            time.sleep(PAUSE_SECONDS)
        return False

    def post(self, body, headers):
        """(status, answer), or (None, None) when the daemon is down or the connection broke: nobody knows, so it goes again."""
        try:
            if self.connection is None:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.run_of.data_port, timeout=ANSWER_SECONDS)
            self.connection.request("POST", "/v1/channels/local-a/messages", body, headers)
            response = self.connection.getresponse()
            return response.status, json.loads(response.read() or b"{}")
        except (OSError, http.client.HTTPException, ValueError):
            if self.connection is not None:
                self.connection.close()
            self.connection = None
            return None, None


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
        self.gateway = self.sink = None
        self.starts = self.kills_under_load = self.kills_at_start = 0
        self.gateway_log = open(folder / "gateway.log", "wb")

    # --- the two programs ---------------------------------------------------------------------------------------------

    def start_sink(self):
        self.sink = subprocess.Popen(
            [sys.executable, str(ROOT / "Tests/Sink/sink.py"), "--log", str(self.folder / "received.jsonl"),
             "--answer-delay-ms", str(self.options.answer_delay_ms), "--drop-answer", str(self.options.drop_answer),
             "--seed", str(self.options.seed), "--max-seconds", str(self.options.max_seconds + 120)],
            stdout=subprocess.PIPE, stderr=open(self.folder / "sink.log", "wb"), text=True)
        words = (self.sink.stdout.readline() or "").split()
        if len(words) != 2 or words[0] != "port":
            raise Failed("the sink did not start; see sink.log")
        return int(words[1])

    def configure(self, sink_port):
        (self.folder / "sender-key").write_text(self.key, encoding="utf-8")
        os.chmod(self.folder / "sender-key", 0o600)
        self.data_port, self.operator_port = free_ports(2)
        self.config = self.folder / "gateway.yaml"
        self.config.write_text(f"""\
name: kill-test
store: {{ path: store/store.sqlite }}
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
  sink:
    url: http://127.0.0.1:{sink_port}/province
    mapping: provincial/out/tender-notice
    audience: province
    timeout: 5s
    concurrency: 8
    answer:
      receipt: /receiptNo
      rules:
        - {{ status: 200, path: /code, equals: "0", verdict: accepted }}
    idempotent: deliveryId
    unknown: {{ firstQuestion: 200ms, interval: 1s, limit: 1h }}
    retry: {{ initial: 100ms, cap: 1s, attempts: 1000, total: 1h }}
routes:
  - {{ dataset: tender-notice, to: sink }}
limits: {{ shutdown: 20s }}
""", encoding="utf-8")

    def start_gateway(self):
        self.starts += 1
        self.gateway = subprocess.Popen(
            [str(self.options.gateway_bin), "serve", "--config", str(self.config), "--log-level", "warning"],
            stdin=subprocess.DEVNULL, stdout=self.gateway_log, stderr=self.gateway_log)

    def wait_ready(self, seconds=READY_SECONDS):
        """Until /readyz answers 200."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.check()
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.operator_port, timeout=2)
                connection.request("GET", "/readyz")
                if connection.getresponse().status == 200:
                    return
            except (OSError, http.client.HTTPException):
                pass
            finally:
                connection.close()
            if self.gateway.poll() is not None:
                raise Failed(f"the gateway ended by itself with {self.gateway.returncode}; see gateway.log")
            time.sleep(0.02)
        raise Failed(f"the gateway is not ready within {seconds} s; see gateway.log")

    def kill_gateway(self):
        if self.gateway.poll() is not None:
            raise Failed(f"the gateway ended by itself with {self.gateway.returncode}; see gateway.log")
        self.gateway.send_signal(signal.SIGKILL)
        self.gateway.wait()

    def check(self):
        """Ends the run when its time is over or a part of it is gone."""
        if time.monotonic() > self.deadline:
            raise Failed(f"not done within {self.options.max_seconds} s")
        if self.sink.poll() is not None:
            raise Failed("the sink ended by itself; see sink.log")
        for client in self.clients:
            if client.failure:
                raise Failed(client.failure)

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
        self.configure(self.start_sink())
        self.start_gateway()
        self.wait_ready()
        self.clients = [Client(index, self) for index in range(CLIENTS)]
        for client in self.clients:
            client.start()
        for number in range(1, self.options.kills + 1):
            # A third of the kills comes soon after a start, ready or not: into recovery, and into recovery of a recovery.
            if number > 1 and self.random.random() < 1 / 3:
                self.kills_at_start += 1
                self.pause(self.random.uniform(0.01, 0.6))
            else:
                self.kills_under_load += 1
                self.wait_ready()
                self.pause(self.random.uniform(0.1, 1.5))
            self.kill_gateway()
            self.say(f"kill {number} of {self.options.kills}: {self.acknowledged} acknowledged")
            self.start_gateway()
        self.wait_ready()
        self.pause(1)
        self.drain()
        self.stop()

    def drain(self):
        """No more messages; then until nothing is open."""
        self.clients_stop.set()
        for client in self.clients:
            while client.is_alive():
                self.check()
                client.join(0.1)
        self.check()
        while True:
            self.check()
            listing = json.loads(self.command("outbox", "list", "--config", str(self.config), "--format", "json"))
            (self.folder / "outbox.json").write_text(json.dumps(listing), encoding="utf-8")
            rows = listing if isinstance(listing, list) else listing["deliveries"]
            stuck = [row for row in rows if str(row.get("state", "")).startswith("dead")]
            if stuck:
                raise Failed(f"{len(stuck)} deliveries are dead, the first: {json.dumps(stuck[0])[:500]}")
            if not rows:
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
        store = str(self.folder / "store/store.sqlite")
        (self.folder / "evidence.jsonl").write_text(self.command("evidence", "export", "--store", store), encoding="utf-8")
        self.say("evidence verify: " + self.command("evidence", "verify", "--store", store).strip().replace("\n", ", "))

    def command(self, *arguments):
        """Runs a command of the gateway; its failure is a failure of the run."""
        left = max(1, self.deadline - time.monotonic())
        done = subprocess.run([str(self.options.gateway_bin), *arguments], capture_output=True, text=True, timeout=left)
        if done.returncode != 0:
            raise Failed(f"tenderbridge {' '.join(arguments[:2])} ended with {done.returncode}: {done.stderr.strip()[-500:]}")
        return done.stdout

    def end(self):
        """Ends what was started, by process id."""
        self.given_up.set()
        self.clients_stop.set()
        for process in (self.gateway, self.sink):
            if process is not None and process.poll() is None:
                process.kill()
                process.wait()
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
    parser.add_argument("--kills", type=int, default=20, help="how often it is killed (20)")
    parser.add_argument("--seed", type=int, default=None, help="decides the moments; chosen and printed when absent")
    parser.add_argument("--rate", type=float, default=40, help="messages a second that each client sends at most (40)")
    parser.add_argument("--answer-delay-ms", type=float, default=5, help="the sink waits so long before each answer (5)")
    parser.add_argument("--drop-answer", type=float, default=0.01, help="probability that the sink takes a delivery and hangs up (0.01)")
    parser.add_argument("--max-seconds", type=float, default=600, help="the run fails when it is not done by then (600)")
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
    again = f"--seed {options.seed} --kills {options.kills}"
    print(f"kill: seed {options.seed}, {options.kills} kills, folder {folder}", flush=True)
    started = time.monotonic()
    run = Run(options, folder)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        run.play()
    except (Failed, subprocess.TimeoutExpired) as failure:
        print(f"kill: FAILED: {failure}\nkill: again: {again}\nkill: files: {folder}", file=sys.stderr)
        return 1
    finally:
        run.end()
    try:
        numbers, faults = counting.count(*(counting.read_lines(folder / f"{name}.jsonl") for name in ("sent", "received", "evidence")))
    except (counting.Unreadable, KeyError, TypeError, ValueError) as error:
        numbers, faults = {}, [f"cannot count: {type(error).__name__}: {error}"]
    if run.acknowledged < CLIENTS * options.kills:
        faults.append(f"only {run.acknowledged} messages were acknowledged: that was no load")
    code, text = second_count(folder)
    if code != 0:
        faults.append(f"ops/demo/tally.py does not agree (exit code {code}):\n{text}")
    table = {"seed": options.seed, "kills": options.kills, "ofThemUnderLoad": run.kills_under_load, "ofThemAtStart": run.kills_at_start,
             **numbers, "seconds": round(time.monotonic() - started)}
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
