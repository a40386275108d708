"""Reloads under load: the configuration changes at random times, and the running gateway is told to take it.

Half of them go over the control socket (the answer says what came of it), half by SIGHUP. What changes is how the one
destination is served, so that its loop hands over to another one each time.
"""

import http.client
import json
import os
import random
import signal
import socket
import threading

PAUSES = (0.05, 0.6)  # seconds between two reloads
ANSWER_SECONDS = 10  # so long may an answer take

# How the destination is served, one after the other: every member differs from the one before.
VARIANTS = [
    {"path": "province", "timeout": "5s", "concurrency": 8},
    {"path": "province/2", "timeout": "6s", "concurrency": 3},
    {"path": "province/3", "timeout": "4s", "concurrency": 5},
]


class ControlConnection(http.client.HTTPConnection):
    """HTTP over the control socket."""

    def __init__(self, path):
        super().__init__("localhost", timeout=ANSWER_SECONDS)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Reloads(threading.Thread):
    """Changes the configuration again and again until `stop`; `failure` says what must not be."""

    def __init__(self, run, seed):
        super().__init__(name="reloads", daemon=True)
        self.run_, self.random = run, random.Random(seed)
        self.stopped = threading.Event()
        self.applied = self.signals = 0
        self.failure = None

    def run(self):
        number = 0
        while not self.stopped.wait(self.random.uniform(*PAUSES)):
            number += 1
            # At once and whole: a gateway that starts at this moment reads the one or the other.
            text = self.run_.configuration(VARIANTS[number % len(VARIANTS)])
            fresh = self.run_.config.with_suffix(".new")
            fresh.write_text(text, encoding="utf-8")
            os.replace(fresh, self.run_.config)
            # Taken before it is asked: a process that is gone gets no signal, and one that is just starting must not.
            gateway = self.run_.gateway
            if self.random.random() < 0.5:
                answer = self.ask("POST", "/v1/reload")
                if answer is None:
                    continue
                if answer.get("result") not in ("applied", "unchanged"):
                    self.failure = f"a good configuration was not taken: {json.dumps(answer)[:500]}"
                    return
                self.applied += answer["result"] == "applied"
            elif self.ask("GET", "/v1/configuration") is not None:
                gateway.send_signal(signal.SIGHUP)
                self.signals += 1

    def ask(self, method, path):
        """The gateway's answer; None when it was killed, or does not stand yet, or its disk is full."""
        connection = ControlConnection(str(self.run_.folder / "c.sock"))
        try:
            connection.request(method, path)
            response = connection.getresponse()
            answer = json.loads(response.read())
            return answer if response.status in (200, 422) else None
        except (OSError, http.client.HTTPException, ValueError):
            return None
        finally:
            connection.close()

    def stop(self):
        self.stopped.set()
        if self.is_alive():
            self.join(ANSWER_SECONDS + 1)
