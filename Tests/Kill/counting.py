"""Counts what became of every message of the kill test, from files alone. Standard library, no code of the product.

Three witnesses are joined: what the clients were told (`sent.jsonl`), what the sink wrote down before it answered
(`received.jsonl`), and the exported evidence (`evidence.jsonl`). Everything that is wrong is said in words.
"""

import collections
import json
import pathlib


class Unreadable(Exception):
    """A file that cannot be counted; counting on would hide losses."""


def read_lines(path):
    """JSON lines; a line that is no JSON object is an error, also the last."""
    rows = []
    for number, line in enumerate(pathlib.Path(path).read_text(encoding="utf-8").splitlines(), 1):
        try:
            row = json.loads(line)
        except ValueError as error:
            raise Unreadable(f"{path}:{number}: {error}") from None
        if not isinstance(row, dict):
            raise Unreadable(f"{path}:{number}: not an object")
        rows.append(row)
    return rows


class Evidence:
    """Acceptances, and the moves of each delivery in their order."""

    def __init__(self, rows):
        self.accepted = {}  # message id -> content
        self.moves = collections.defaultdict(list)  # delivery id -> [(to, by)]
        self.faults = []
        expected = 1
        for row in rows:
            if row.get("sequence") != expected:
                self.faults.append(f"evidence row {row.get('sequence')} where {expected} is due")
            expected = (row.get("sequence") or expected) + 1
            content = row.get("content") or {}
            if content.get("event") == "message.accepted":
                self.accepted[content.get("message")] = content
            elif content.get("event") == "delivery.changed":
                self.moves[content.get("delivery")].append((content.get("to"), content.get("by")))

    def unexplained_resends(self, delivery):
        """Pairs of attempts between which there is neither an `unknown` nor the certainty that no byte had left."""
        found, between, attempts = [], None, 0
        for to, by in self.moves[delivery]:
            if to == "inFlight":
                attempts += 1
                if between is not None and not any(state == "unknown" or cause == "neverSent" for state, cause in between):
                    found.append(f"delivery {delivery}: attempt {attempts} follows {[state for state, _ in between]}")
                between = []
            elif between is not None:
                between.append((to, by))
        return found

    def attempts(self, delivery):
        """How often it was leased."""
        return sum(to == "inFlight" for to, _ in self.moves.get(delivery, []))

    def moves_after_confirmation(self, delivery):
        """What happened to it after it was delivered; nothing may."""
        states = [to for to, _ in self.moves.get(delivery, [])]
        return states[states.index("delivered") + 1:] if "delivered" in states else []


def backfilled(sent, evidence_rows):
    """Returns (rows, faults): what was sent, with the deliveries that a backfill added instead of those that were acknowledged."""
    added = collections.defaultdict(list)  # message id -> deliveries
    for row in evidence_rows:
        content = row.get("content") or {}
        if content.get("event") == "delivery.backfilled":
            added[content.get("message")].append({"id": content.get("delivery"), "destination": content.get("destination")})
    rows = [row | {"deliveries": added[row["messageId"]]} for row in sent if row.get("status") == 202]
    faults = [f"message {row['messageId']}: the backfill added {len(row['deliveries'])} deliveries" for row in rows if len(row["deliveries"]) != 1]
    faults += [f"message {message}: backfilled, and no client was told" for message in added.keys() - {row["messageId"] for row in rows}]
    return rows, faults


def count(sent, received, evidence_rows):
    """Returns (numbers, faults): what the run was, and every promise that was not kept."""
    evidence = Evidence(evidence_rows)
    faults = list(evidence.faults)

    requests = collections.Counter(row["deliveryId"] for row in received if row.get("deliveryId"))
    digests = collections.defaultdict(set)
    for row in received:
        if row.get("deliveryId"):
            digests[row["deliveryId"]].add(row.get("sha256"))

    # Lost: a 202 whose delivery never came to the sink. The sink takes everything, so nothing may be left over.
    messages, lost, promised = {}, [], set()
    for row in sent:
        if row.get("status") != 202:
            continue
        messages.setdefault(row["messageId"], row)
        if not row.get("deliveries"):
            faults.append(f"message {row['messageId']}: acknowledged without a delivery")
        for delivery in row.get("deliveries") or []:
            promised.add(delivery["id"])
            if not requests[delivery["id"]]:
                lost.append(f"message {row['messageId']} ({row.get('key')} number {row.get('number')}): delivery {delivery['id']} is not at the sink")
    without = [message for message in messages if message not in evidence.accepted]
    faults += [f"message {message}: acknowledged, and the evidence has no acceptance" for message in without]

    # The same number accepted twice means that an idempotency key did not hold over a crash.
    names = collections.Counter(content.get("businessKey") for content in evidence.accepted.values())
    faults += [f"record {name}: accepted {times} times" for name, times in names.items() if times > 1]
    faults += [f"message {message}: accepted, and its client was never told" for message in evidence.accepted if message not in messages]

    # Order: within a key no number may be lower than the highest seen; and none may be missing.
    highest, disorder, seen = {}, [], collections.defaultdict(set)
    for row in received:
        if not row.get("deliveryId"):
            faults.append("a request without a delivery id")
            continue
        key, number = row.get("key"), int(row.get("number"))
        if number < highest.get(key, number):
            disorder.append(f"{key}: number {number} after {highest[key]} (delivery {row['deliveryId']})")
        highest[key] = max(number, highest.get(key, number))
        seen[key].add(number)
    for row in messages.values():
        if int(row["number"]) not in seen[row["key"]]:
            faults.append(f"{row['key']}: number {row['number']} is acknowledged and not at the sink")

    # Doubles: each must be explained by the evidence before its second attempt.
    twice = [delivery for delivery, times in requests.items() if times > 1]
    unexplained = [line for delivery in sorted(evidence.moves) for line in evidence.unexplained_resends(delivery)]
    after = []
    unknown_first = [delivery for delivery in twice if "unknown" in [to for to, _ in evidence.moves.get(delivery, [])]]
    for delivery in sorted(requests):
        attempts = evidence.attempts(delivery)
        if requests[delivery] > attempts:
            faults.append(f"delivery {delivery}: {requests[delivery]} requests, {attempts} leases in the evidence")
        if delivery not in evidence.moves:
            faults.append(f"delivery {delivery}: at the sink, and not in the evidence")
        if len(digests[delivery]) > 1:
            faults.append(f"delivery {delivery}: its requests had different bytes")
        if "unknown" not in [to for to, _ in evidence.moves.get(delivery, [])] and requests[delivery] > 1:
            unexplained.append(f"delivery {delivery}: {requests[delivery]} requests and never unknown")
        if evidence.moves_after_confirmation(delivery):
            after.append(f"delivery {delivery}: {evidence.moves_after_confirmation(delivery)} after its confirmation")
    for delivery in promised:
        states = [to for to, _ in evidence.moves.get(delivery, [])]
        if requests[delivery] and (not states or states[-1] != "delivered"):
            faults.append(f"delivery {delivery}: at the sink, and its last state is {states[-1] if states else 'none'}")

    numbers = {
        "acknowledged": len(messages), "requestsAtSink": sum(requests.values()), "deliveries": len(requests),
        "unknown": sum("unknown" in [to for to, _ in moves] for moves in evidence.moves.values()), "sentTwice": len(twice),
        "unknownFirst": len(unknown_first), "delivered": sum("delivered" in [to for to, _ in evidence.moves.get(delivery, [])] for delivery in requests),
        "unexplainedDoubles": len(unexplained), "lost": len(lost), "outOfOrder": len(disorder),
        "afterConfirmation": len(after), "otherFaults": len(faults),
    }
    return numbers, lost + disorder + unexplained + after + faults
