"""When the gateway is killed: at random moments, and at points that it comes to by name (Sources/ExchangeModel/CrashPoint.swift).

A new point of the program is a line here; `tenderbridge serve` names those that it knows when it is given another one.
"""

import collections
import re

UNDER_LOAD, AT_START = "load", "start"

# Each point with the highest count: the gateway ends when it comes there for the n-th time, n drawn from 1 to this.
POINTS = {
    "received": 120, "beforeCommit": 120, "afterCommit": 120, "prepared": 120, "leased": 120, "sending": 120, "answered": 120,
    "loading": 1, "reloading": 4, "handingOver": 4,
}
# Reached only while a store is brought up to date: before the load begins, once for each migration.
MIGRATING = "migrating"
# Reached only by `outbox backfill`, after the load: once in each part's transaction and once behind it. The highest count.
BACKFILL, BACKFILL_COUNT = "backfill", 4
# Reached only by a channel that takes files, which has its own kills (Tests/TenderbridgeTests/FileChannelTests.swift).
FILING = "filing"
# Reached only by attachments, which have their own kills (Tests/TenderbridgeTests/AttachmentTests.swift).
ATTACHMENT_NAMED, ATTACHMENT_KEPT = "attachmentNamed", "attachmentKept"
OF_A_PHASE = {MIGRATING, BACKFILL, FILING, ATTACHMENT_NAMED, ATTACHMENT_KEPT}

ABOUT = {
    UNDER_LOAD: "any moment under load", AT_START: "any moment of a start", MIGRATING: "a migration has run, not committed",
    "received": "a body is there", "beforeCommit": "before COMMIT", "afterCommit": "after COMMIT, before the answer",
    "prepared": "bytes made, not frozen", "leased": "lease on disk, nothing sent", "sending": "bytes handed to the network",
    "answered": "answer there, not recorded", "loading": "a start, before it reads what is open",
    BACKFILL: "past messages for a new destination: in a part's transaction, or between two",
    FILING: "the records of a file are on disk, the file is not moved",
    ATTACHMENT_NAMED: "an attachment has its name and no row", ATTACHMENT_KEPT: "an attachment is on disk, its message is not",
    "reloading": "a changed configuration is checked, not taken", "handingOver": "an old loop has ended, the new one has not begun",
}


class Moments:
    """Draws the moments: every kind comes before any comes again, in an order of chance; random ones come twice as often."""

    def __init__(self, random):
        self.random = random
        self.left = []

    def draw(self):
        """(kind, count): the count is nil for a random moment."""
        if not self.left:
            self.left = [UNDER_LOAD, UNDER_LOAD, AT_START, *POINTS]
            self.random.shuffle(self.left)
        kind = self.left.pop()
        return kind, self.random.randint(1, POINTS[kind]) if kind in POINTS else None


def points_of_program(root):
    """The points in the program's source."""
    source = (root / "Sources/ExchangeModel/CrashPoint.swift").read_text(encoding="utf-8")
    return set(re.findall(r"^    case (\w+)$", source, re.MULTILINE))


def table(kills, numbers):
    """The rows of the matrix, as Markdown."""
    rows = ["| killed | kills |", "|---|---|"]
    rows += [f"| {ABOUT[kind]} (`{kind}`) | {kills[kind]} |" for kind in ABOUT if kills[kind]]
    rows += [f"| **together** | **{sum(kills.values())}** |", "", "| accepted | delivered | lost | out of order | sent twice | of these unknown first |",
             "|---|---|---|---|---|---|",
             "| {acknowledged} | {delivered} | {lost} | {outOfOrder} | {sentTwice} | {unknownFirst} |".format_map(collections.defaultdict(int, numbers))]
    return rows
