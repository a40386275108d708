"""A gateway as a process, and what its evidence says it accepted: for the long tests with files."""
import json
import pathlib
import sqlite3
import subprocess


class Gateway:
    def __init__(self, program, folder):
        self.log = open(folder / "log", "a", encoding="utf-8")
        self.process = subprocess.Popen([program, "serve", "--config", str(folder / "gateway.yaml"), "--log-format", "text"],
                                        stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)

    def peak_mb(self):
        try:
            text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        except OSError:
            return 0
        return next((int(line.split()[1]) >> 10 for line in text.split("\n") if line.startswith("VmHWM:")), 0)

    def end(self, number):
        self.process.send_signal(number)
        self.process.wait(60)
        self.log.close()


def keys(store):
    """Business keys of accepted records in the order of the evidence."""
    with sqlite3.connect(f"file:{store}?mode=ro", uri=True, timeout=30) as database:
        for (content,) in database.execute("SELECT content FROM evidence ORDER BY seq"):
            row = json.loads(content)
            if row.get("event") == "message.accepted":
                yield row["businessKey"]
