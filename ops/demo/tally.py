#!/usr/bin/env python3
"""Counts what became of every message, apart from the product.

Python's standard library only, no code of the product: what the senders were told, what the receiver wrote down before
it answered, the evidence that the gateway exported and its list of open deliveries are read as files and joined.

    tally.py --sent sent.jsonl --received received.jsonl --evidence evidence.jsonl --outbox outbox.json \\
             --summary summary.json [--faults faults.json] [--receiver-format simulator|sink] [--not-idempotent]

What each number means (see also "Counting" in the design):

  accepted     messages the sender holds a 202 for           (sender's answers)
  refused      answers 4xx other than 408 and 429            (sender's answers)
  unanswered   sendings without an answer, or with 408, 429, 5xx
  deliveries   deliveries that accepted messages made        (evidence)
  delivered    deliveries that the receiver accepted         (receiver's log)
  retried      deliveries that were at least once in retryWait            (evidence)
  unknown      deliveries that were at least once in unknown              (evidence)
  resent       deliveries in flight again after an unknown                (evidence)
  dead         deliveries whose last state is dead                        (evidence)
  sentTwice    deliveries that the receiver accepted more than once       (receiver's log)
  lost         messages with a 202 and a delivery neither accepted at the receiver nor listed by the gateway as waiting,
               pending, retrying, unknown or dead, with a cause where the state has one
  outOfOrder   requests with a number lower than the highest already seen for their destination and ordering key
  duplicatesAfterConfirmation   requests for a delivery whose confirmation was already in the evidence

The exit code is 1 when lost, outOfOrder or duplicatesAfterConfirmation is not 0, and also when the files contradict each
other ("contradictions"): a request without an attempt in the evidence, a double that was never unknown (with --not-idempotent:
any double, since such a receiver may only be asked what became of an unknown delivery), frozen bytes that
changed, a delivery nobody knows, a digest that is not that of the payload, a planned fault that did not occur. 2 means the input is unreadable.
"""

import argparse
import collections
import datetime
import hashlib
import json
import pathlib
import sys

LISTED = {"waiting", "pending", "retryWait", "unknown", "dead"}  # open states that excuse an absence at the receiver
WITH_CAUSE = {"waiting", "unknown", "dead"}  # of these, the ones that must say why
NO_VERDICT = {408, 429}


class Unreadable(Exception):
    """An input that cannot be counted; counting on would hide losses."""


def read_lines(path):
    """JSON lines. A cut last line is an error as well: each writer flushes whole lines before it goes on."""
    result = []
    for number, line in enumerate(pathlib.Path(path).read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise Unreadable(f"{path}:{number}: {error}") from None
        if not isinstance(row, dict):
            raise Unreadable(f"{path}:{number}: not a JSON object")
        result.append(row)
    return result


def milliseconds(value):
    """RFC 3339 text, seconds or milliseconds since 1970, as milliseconds; None stays None."""
    if value is None:
        return None
    if isinstance(value, (int, float)):
        return value if value > 1e11 else value * 1000
    moment = datetime.datetime.fromisoformat(value.replace("Z", "+00:00"))
    return moment.timestamp() * 1000


class Sent:
    """What the senders were told."""

    def __init__(self, rows, root):
        self.messages = {}  # message id -> first 202 row; a replayed answer names the same message
        self.refused = self.unanswered = 0
        self.contradictions = []
        for row in rows:
            status = row.get("status") or 0
            self.check_payload(row, root)
            if status == 202:
                if not row.get("messageId"):
                    self.contradictions.append(f"case {row.get('case')}: a 202 without a message id")
                self.messages.setdefault(row.get("messageId"), row)
            elif 400 <= status < 500 and status not in NO_VERDICT:
                self.refused += 1
            else:
                self.unanswered += 1

    def check_payload(self, row, root):
        """Takes the digest of the payload file anew, where the row names one."""
        name = row.get("payloadFile")
        if not name:
            return
        path = pathlib.Path(name) if pathlib.Path(name).is_absolute() else root / name
        try:
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError as error:
            raise Unreadable(f"{path}: {error.strerror}") from None
        if digest != row.get("sha256"):
            self.contradictions.append(f"case {row.get('case')}: sent.jsonl has another digest than its payload file")


class Received:
    """What the receiver wrote down, in its order."""

    def __init__(self, rows, kind):
        self.rows = rows
        self.kind = kind
        self.accepted = collections.Counter()  # delivery id -> how often the receiver took it
        self.requests = collections.Counter()  # delivery id -> how often it was asked to
        self.contradictions = []
        digests = {}
        for row in rows:
            delivery = row.get("deliveryId")
            if not delivery or not self.counts(row):
                continue
            self.requests[delivery] += 1
            if row.get("accepted", True) if kind == "sink" else row.get("outcome") == "accepted":
                self.accepted[delivery] += 1
            digest = row.get("sha256")
            if digest and digests.setdefault(delivery, digest) != digest:
                self.contradictions.append(f"delivery {delivery}: two requests with different bytes")
            if (row.get("idempotencyKey") or delivery) != delivery:
                self.contradictions.append(f"delivery {delivery}: Idempotency-Key is another one")

    def counts(self, row):
        """Whether the request brought a record (a status query or a stranger's request does not)."""
        return self.kind == "sink" or row.get("outcome") != "unauthorised"

    def number(self, row, place):
        """(lane, number) of a request: the sink reads it from the record, else the sender's own count is joined."""
        if self.kind == "sink":
            number = row.get("number")
            return (row.get("path"), row.get("key")), None if number is None else int(number)
        destination, message = place.get(row.get("deliveryId"), (None, None))
        return (destination, (message or {}).get("orderingKey")), (message or {}).get("sequenceInKey")

    def out_of_order(self, place):
        """The requests whose number is lower than the highest already seen in their lane."""
        highest, found = {}, []
        for row in self.rows:
            if not row.get("deliveryId") or not self.counts(row):
                continue
            lane, number = self.number(row, place)
            if lane[1] is None or number is None:
                continue
            if number < highest.get(lane, number):
                found.append(f"delivery {row['deliveryId']}: number {number} after {highest[lane]} of {lane[1]}")
            highest[lane] = max(number, highest.get(lane, number))
        return found


class Evidence:
    """What the gateway wrote down."""

    def __init__(self, rows):
        self.accepted = {}  # message id -> content
        self.deliveries = {}  # delivery id -> destination
        self.history = collections.defaultdict(list)  # delivery id -> [(state, at)]
        self.contradictions = []
        last = None
        for row in rows:
            sequence = row.get("sequence")
            if last is not None and sequence is not None and sequence <= last:
                self.contradictions.append(f"evidence {sequence} follows {last}")
            last = sequence
            content = row.get("content")
            content = json.loads(content) if isinstance(content, str) else content or {}
            if content.get("event") == "message.accepted":
                self.accepted[content.get("message") or row.get("messageId")] = content
                for delivery in content.get("deliveries") or []:
                    self.deliveries[delivery["id"]] = delivery.get("destination")
            elif content.get("event") == "delivery.changed":
                self.history[content["delivery"]].append((content.get("to"), milliseconds(row.get("at"))))

    def ever(self, state):
        """How many deliveries were in the state at least once."""
        return sum(any(to == state for to, _ in steps) for steps in self.history.values())

    def times(self, delivery, state):
        """How often a delivery went into the state."""
        return sum(to == state for to, _ in self.history.get(delivery, []))

    def resent(self):
        """How many deliveries were in flight again after an unknown."""
        count = 0
        for steps in self.history.values():
            states = [to for to, _ in steps]
            count += "unknown" in states and "inFlight" in states[states.index("unknown"):]
        return count

    def confirmed_at(self, delivery):
        """When the first confirmation was written, or None."""
        return next((at for to, at in self.history.get(delivery, []) if to == "delivered"), None)


def listed(outbox):
    """delivery id -> (state, has a cause), from `outbox list --format json` (an array, or an object with `deliveries`)."""
    rows = outbox if isinstance(outbox, list) else outbox.get("deliveries", [])
    result = {}
    for row in rows:
        cause = row.get("cause")
        cause = (cause.get("code") or cause.get("text")) if isinstance(cause, dict) else cause
        result[row["id"]] = (str(row.get("state", "")).split("(")[0], bool(cause) or "(" in str(row.get("state", "")))
    return result


def excuses(entry):
    """Whether a listed delivery accounts for itself."""
    return entry is not None and entry[0] in LISTED and (entry[1] or entry[0] not in WITH_CAUSE)


def faults_of(plan, received):
    """Which planned fault occurred, by the receiver's log alone."""
    rows, missed = [], []
    seen = {(row.get("dataKey"), row.get("attempt"), row.get("fault")) for row in received.rows if row.get("fault")}
    for fault in plan.get("planned", []):
        occurred = (fault.get("dataKey"), fault.get("attempt"), fault.get("fault")) in seen
        rows.append({key: fault.get(key) for key in ("case", "dataKey", "attempt", "fault")} | {"occurred": occurred})
        if not occurred:
            missed.append(f"fault {fault.get('fault')} of {fault.get('dataKey')}, request {fault.get('attempt')}, did not occur")
    kinds = collections.Counter(row["fault"] for row in received.rows if row.get("fault"))
    missed += [f"no fault {kind} occurred" for kind in plan.get("kinds", []) if kind not in kinds]
    return rows, dict(sorted(kinds.items())), missed


def tally(sent, received, evidence, outbox, plan=None, idempotent=True):
    """Joins the four and returns the summary. A receiver that is not idempotent must never accept a delivery twice."""
    open_deliveries = listed(outbox)
    contradictions = sent.contradictions + received.contradictions + evidence.contradictions
    place = {}  # delivery id -> (destination, the sender's row)
    lost, lost_reasons = set(), []
    for message, row in sent.messages.items():
        content = evidence.accepted.get(message)
        if content is None:
            contradictions.append(f"message {message}: the sender holds a 202 and the evidence has no acceptance")
        elif content.get("payloadSha256") and row.get("sha256") and content["payloadSha256"] != row["sha256"]:
            contradictions.append(f"message {message}: the evidence has the digest of another payload")
        promised = {d["id"]: d.get("destination") for d in (content or {}).get("deliveries") or []}
        promised |= {d["id"]: d.get("destination") for d in row.get("deliveries") or []}
        for delivery, destination in promised.items():
            place[delivery] = (destination, row)
            if not received.accepted[delivery] and not excuses(open_deliveries.get(delivery)):
                lost.add(message)
                state = open_deliveries.get(delivery, ("not listed", False))[0]
                lost_reasons.append(f"message {message} (case {row.get('case')}): delivery {delivery} is not at the receiver, {state}")

    for delivery, asked in received.requests.items():
        if delivery not in place and delivery not in evidence.deliveries:
            contradictions.append(f"delivery {delivery}: at the receiver, and neither the senders nor the evidence know it")
        attempts = evidence.times(delivery, "inFlight")
        if asked > attempts:
            contradictions.append(f"delivery {delivery}: {asked} requests, but {attempts} attempts in the evidence")
    twice = [delivery for delivery, count in received.accepted.items() if count > 1]
    for delivery in twice:
        if not idempotent:
            contradictions.append(f"delivery {delivery}: sent twice to a receiver that is not idempotent")
        if evidence.times(delivery, "unknown") < received.accepted[delivery] - 1:
            contradictions.append(f"delivery {delivery}: accepted {received.accepted[delivery]} times without having been unknown before")

    after = []
    for row in received.rows:
        confirmed, at = evidence.confirmed_at(row.get("deliveryId")), milliseconds(row.get("at"))
        if received.counts(row) and confirmed is not None and at is not None and at > confirmed:
            after.append(f"delivery {row['deliveryId']}: request after its confirmation")

    disorder = received.out_of_order(place)
    fault_rows, fault_kinds, missed = faults_of(plan or {}, received)
    contradictions += missed
    last_states = [steps[-1][0] for steps in evidence.history.values()]
    return {
        "accepted": len(sent.messages), "refused": sent.refused, "unanswered": sent.unanswered,
        "deliveries": len(evidence.deliveries), "delivered": len(received.accepted),
        "retried": evidence.ever("retryWait"), "unknown": evidence.ever("unknown"), "resent": evidence.resent(),
        "sentTwice": len(twice), "dead": last_states.count("dead"), "lost": len(lost), "outOfOrder": len(disorder),
        "duplicatesAfterConfirmation": len(after), "faultsOccurred": fault_kinds, "faults": fault_rows,
        "details": {"lost": lost_reasons, "outOfOrder": disorder, "duplicatesAfterConfirmation": after},
        "contradictions": contradictions,
    }


def passes(summary):
    """Whether the promises hold and the files agree."""
    return not (summary["lost"] or summary["outOfOrder"] or summary["duplicatesAfterConfirmation"] or summary["contradictions"])


def report(summary):
    """The numbers and, where something is wrong, every reason."""
    for key in ("accepted", "refused", "unanswered", "deliveries", "delivered", "retried", "unknown", "resent", "sentTwice",
                "dead", "lost", "outOfOrder", "duplicatesAfterConfirmation"):
        print(f"  {key:<28} {summary[key]}")
    if summary["faultsOccurred"]:
        print("  faults that occurred: " + ", ".join(f"{kind} {count}" for kind, count in summary["faultsOccurred"].items()))
    for title, lines in list(summary["details"].items()) + [("contradiction", summary["contradictions"])]:
        for line in lines:
            print(f"  {title}: {line}")
    print("tally: " + ("good" if passes(summary) else "NOT GOOD"))


def main(arguments=None):
    """Reads the files, writes the summary, and says by the exit code whether the promises were kept."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, text in (("sent", "the sender's answers, JSON lines"), ("received", "the receiver's log, JSON lines"),
                       ("evidence", "tenderbridge evidence export, JSON lines"),
                       ("outbox", "tenderbridge outbox list --format json"), ("summary", "where to write the summary")):
        parser.add_argument(f"--{name}", required=True, help=text)
    parser.add_argument("--faults", help="what the simulator's /faults answered: planned faults and their kinds")
    parser.add_argument("--receiver-format", choices=("simulator", "sink"), default="simulator",
                        help="who wrote the receiver's log (a sink takes every request)")
    parser.add_argument("--not-idempotent", action="store_true", help="a second acceptance of a delivery is an error, whatever came before it")
    parser.add_argument("--root", default=".", help="folder that relative payload files of the sender's answers start from")
    options = parser.parse_args(arguments)
    try:
        summary = tally(
            Sent(read_lines(options.sent), pathlib.Path(options.root)),
            Received(read_lines(options.received), options.receiver_format), Evidence(read_lines(options.evidence)),
            json.loads(pathlib.Path(options.outbox).read_text(encoding="utf-8")),
            json.loads(pathlib.Path(options.faults).read_text(encoding="utf-8")) if options.faults else None,
            idempotent=not options.not_idempotent)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, Unreadable) as error:
        print(f"tally: cannot count: {type(error).__name__}: {error}", file=sys.stderr)
        return 2
    text = json.dumps(summary, indent=2, ensure_ascii=False) + "\n"
    pathlib.Path(options.summary).write_text(text, encoding="utf-8")
    report(summary)
    return 0 if passes(summary) else 1


if __name__ == "__main__":
    sys.exit(main())
