"""What the long tests with files share: a folder, a gateway as a process, and what its evidence says it accepted."""
import contextlib
import json
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Behind `mapping`, `version` and `from` of a mapping of small rows.
FIELDS = """\
to: { dataset: tender-notice, canonical: 1 }
identify: { businessKey: key, orderingKey: key, version: edition }
fields:
  source.recordKey: key | trim | required
  tenderProject.code: code | trim | identifier("CN-TENDER-PROJECT") | required
  title: title | trim | required
  nature: literal("normal")
  bulletinType: literal("tender-notice")
  publishedAt: at | time("yyyyMMddHHmmss") | required
  tenderer.name: tenderer | trim | required
"""


class Failed(Exception):
    """What a run found wrong."""


@contextlib.contextmanager
def scratch_folder(parent, prefix):
    """A folder below another, removed at the end."""
    parent = pathlib.Path(parent)
    parent.mkdir(parents=True, exist_ok=True)
    folder = pathlib.Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run_in_folder(run, options, prefix, words):
    """Runs a test in a folder of its own and prints what it says, or ends with 1 and what it found wrong."""
    try:
        with scratch_folder(options.folder, prefix) as folder:
            print(run(options, folder))
    except Failed as failure:
        print(f"{words}: {failure}")
        sys.exit(1)


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

    def end(self, number=signal.SIGTERM):
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
