"""The senders of the kill test: each sends numbered notices in order, and repeats one until it is acknowledged."""

import hashlib
import http.client
import json
import pathlib
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
CLIENTS = 8
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
