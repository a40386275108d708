"""Tests of ops/demo/tally.py: a clean life counts as good, and every planted loss, double and disorder is caught."""

import contextlib
import copy
import hashlib
import io
import json
import pathlib
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "ops" / "demo"))
import tally  # noqa: E402  (found through the line above)

START = 1_800_000_000_000


def moment(step):
    """RFC 3339 text, so many milliseconds after the start of the story."""
    return tally.datetime.datetime.fromtimestamp((START + step) / 1000, tally.datetime.timezone.utc).isoformat()


class Story:
    """Three messages of one key and one of another, each delivered once; the tests plant one thing wrong each."""

    def __init__(self):
        self.sent, self.received, self.evidence = [], [], []
        self.outbox = []
        self.clock = 0
        for key, number in (("K1", 1), ("K1", 2), ("K2", 1), ("K1", 3)):
            self.accept(f"{key}-{number}", key, number)
            self.deliver(f"{key}-{number}")
        self.sent.append({"case": "bad", "status": 422, "messageId": "M-bad", "sha256": "0"})

    def tick(self):
        self.clock += 10
        return moment(self.clock)

    def add_evidence(self, content):
        at = self.tick()
        self.evidence.append({"sequence": len(self.evidence) + 1, "at": at, "messageId": None, "digest": "", "content": content})

    def accept(self, name, key, number):
        digest = hashlib.sha256(name.encode()).hexdigest()
        deliveries = [{"id": f"D-{name}", "destination": "province"}]
        self.add_evidence({"event": "message.accepted", "message": f"M-{name}", "payloadSha256": digest, "deliveries": deliveries})
        self.sent.append({"case": name, "status": 202, "messageId": f"M-{name}", "deliveries": deliveries, "orderingKey": key,
                          "sequenceInKey": number, "sha256": digest, "at": self.tick()})

    def change(self, name, to):
        self.add_evidence({"event": "delivery.changed", "delivery": f"D-{name}", "message": f"M-{name}", "to": to})

    def request(self, name, outcome="accepted", **more):
        row = {"at": self.tick(), "sequence": len(self.received) + 1, "deliveryId": f"D-{name}", "idempotencyKey": f"D-{name}",
               "dataKey": name, "sha256": f"S-{name}", "fault": None, "outcome": outcome}
        self.received.append(row | more)

    def deliver(self, name):
        self.change(name, "inFlight")
        self.request(name)
        self.change(name, "delivered")

    def count(self, kind="simulator", plan=None, idempotent=True):
        return tally.tally(tally.Sent(self.sent, ROOT), tally.Received(self.received, kind), tally.Evidence(self.evidence),
                           copy.deepcopy(self.outbox), plan, idempotent)


class TallyTests(unittest.TestCase):
    def setUp(self):
        self.story = Story()

    def assert_bad(self, summary):
        self.assertFalse(tally.passes(summary), summary)

    def test_a_clean_life_is_good(self):
        summary = self.story.count()
        self.assertTrue(tally.passes(summary), summary)
        self.assertEqual((summary["accepted"], summary["refused"], summary["deliveries"], summary["delivered"]), (4, 1, 4, 4))
        self.assertEqual((summary["retried"], summary["unknown"], summary["resent"], summary["sentTwice"], summary["dead"]), (0,) * 5)

    def test_a_delivery_that_never_reached_the_receiver_is_lost(self):
        self.story.received = [row for row in self.story.received if row["deliveryId"] != "D-K2-1"]
        summary = self.story.count()
        self.assertEqual(summary["lost"], 1)
        self.assertIn("K2-1", summary["details"]["lost"][0])
        self.assert_bad(summary)

    def test_a_message_that_the_gateway_forgot_is_lost(self):
        self.story.received = [row for row in self.story.received if row["deliveryId"] != "D-K2-1"]
        self.story.evidence = [row for row in self.story.evidence if "K2-1" not in json.dumps(row)]
        self.assertEqual(self.story.count()["lost"], 1)

    def test_a_request_that_failed_at_the_receiver_is_no_delivery(self):
        self.story.received[2]["outcome"] = "failed"
        self.assertEqual(self.story.count()["lost"], 1)

    def test_an_open_delivery_with_its_cause_is_not_lost(self):
        self.story.accept("K3-1", "K3", 1)
        for state, cause, lost in (("pending", None, 0), ("retryWait", None, 0), ("dead", {"code": "answer.permanent"}, 0),
                                   ("unknown", {"code": "transport.reset"}, 0), ("dead", None, 1), ("unknown", None, 1),
                                   ("waiting", None, 1), ("inFlight", None, 1), ("cancelled", {"code": "x"}, 1)):
            self.story.outbox = {"deliveries": [{"id": "D-K3-1", "state": state, "cause": cause}]}
            self.assertEqual(self.story.count()["lost"], lost, state)

    def test_disorder_within_a_key_is_seen_and_across_keys_is_none(self):
        self.story.received.append(self.story.received.pop(1))  # K1-2 after K1-3
        summary = self.story.count()
        self.assertEqual(summary["outOfOrder"], 1)
        self.assert_bad(summary)

    def test_a_failed_request_of_a_later_number_counts_as_disorder_too(self):
        self.story.received[3]["outcome"] = "failed"
        self.story.received.append(self.story.received.pop(1))
        self.assertEqual(self.story.count()["outOfOrder"], 1)

    def test_a_double_after_its_confirmation_is_seen(self):
        self.story.request("K1-3")
        summary = self.story.count()
        self.assertEqual((summary["duplicatesAfterConfirmation"], summary["sentTwice"]), (1, 1))
        self.assert_bad(summary)

    def test_a_double_that_was_unknown_first_is_explained(self):
        self.story.accept("K4-1", "K4", 1)
        for step in ("inFlight", "request", "unknown", "inFlight", "request", "delivered"):
            self.story.request("K4-1") if step == "request" else self.story.change("K4-1", step)
        summary = self.story.count()
        self.assertTrue(tally.passes(summary), summary)
        self.assertEqual((summary["sentTwice"], summary["unknown"], summary["resent"]), (1, 1, 1))
        self.assert_bad(self.story.count(idempotent=False))  # such a receiver may only be asked

    def test_a_double_without_an_unknown_is_a_contradiction(self):
        self.story.accept("K4-1", "K4", 1)
        for step in ("inFlight", "request", "retryWait", "inFlight", "request", "delivered"):
            self.story.request("K4-1") if step == "request" else self.story.change("K4-1", step)
        summary = self.story.count()
        self.assertEqual((summary["sentTwice"], summary["retried"]), (1, 1))
        self.assertIn("without having been unknown", summary["contradictions"][0])
        self.assert_bad(summary)

    def test_a_request_that_the_evidence_does_not_know_is_a_contradiction(self):
        self.story.accept("K4-1", "K4", 1)
        for step in ("inFlight", "request", "request", "unknown", "delivered"):  # as a library that retries by itself would
            self.story.request("K4-1") if step == "request" else self.story.change("K4-1", step)
        self.assertTrue(any("2 requests, but 1 attempts" in line for line in self.story.count()["contradictions"]))

    def test_changed_frozen_bytes_are_a_contradiction(self):
        self.story.accept("K4-1", "K4", 1)
        self.story.change("K4-1", "inFlight")
        self.story.request("K4-1", outcome="failed")
        self.story.change("K4-1", "inFlight")
        self.story.request("K4-1", sha256="other")
        self.assert_bad(self.story.count())

    def test_a_delivery_nobody_was_told_of_is_a_contradiction(self):
        self.story.request("K9-9")
        self.assert_bad(self.story.count())

    def test_another_payload_in_the_evidence_is_a_contradiction(self):
        self.story.evidence[0]["content"]["payloadSha256"] = "f" * 64
        self.assert_bad(self.story.count())

    def test_an_acceptance_without_evidence_is_a_contradiction(self):
        del self.story.evidence[0]
        self.assert_bad(self.story.count())

    def test_the_digest_of_the_payload_file_is_taken_anew(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "payload.xml"
            path.write_bytes(b"<A/>")
            self.story.sent[0]["payloadFile"] = str(path)
            self.assertTrue(any("another digest" in line for line in self.story.count()["contradictions"]))
            digest = hashlib.sha256(b"<A/>").hexdigest()
            self.story.sent[0]["sha256"] = self.story.evidence[0]["content"]["payloadSha256"] = digest
            self.assertTrue(tally.passes(self.story.count()))

    def test_a_replayed_answer_counts_once_and_a_silence_is_no_refusal(self):
        self.story.sent.append(copy.deepcopy(self.story.sent[0]))
        self.story.sent += [{"case": "x", "status": 0}, {"case": "y", "status": 503}, {"case": "z", "status": 409}]
        summary = self.story.count()
        self.assertEqual((summary["accepted"], summary["refused"], summary["unanswered"]), (4, 2, 2))

    def test_a_planned_fault_must_occur_and_be_named(self):
        plan = {"kinds": ["reset"], "planned": [{"case": "c", "dataKey": "K1-1", "attempt": 1, "fault": "reset"}]}
        self.assert_bad(self.story.count(plan=plan))
        self.story.received[0] |= {"fault": "reset", "attempt": 1}
        summary = self.story.count(plan=plan)
        self.assertTrue(tally.passes(summary), summary)
        self.assertEqual(summary["faultsOccurred"], {"reset": 1})
        self.assertTrue(summary["faults"][0]["occurred"])

    def test_a_strangers_request_is_no_delivery(self):
        self.story.request("K9-9", outcome="unauthorised")
        self.assertTrue(tally.passes(self.story.count()))

    def test_a_sinks_log_is_counted_by_its_own_keys_and_numbers(self):
        for row in self.story.received:
            key, number = row["dataKey"].split("-")
            row |= {"path": "/", "key": key, "number": number, "duplicate": False, "accepted": True}
            row["at"] = tally.milliseconds(row["at"])
            del row["outcome"], row["dataKey"]
        self.assertTrue(tally.passes(self.story.count("sink")), self.story.count("sink"))
        self.story.received[1], self.story.received[3] = self.story.received[3], self.story.received[1]
        self.assertEqual(self.story.count("sink")["outOfOrder"], 1)


class CommandTests(unittest.TestCase):
    def run_tally(self, story, break_file=None):
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()) as out, \
                contextlib.redirect_stderr(io.StringIO()):
            place = pathlib.Path(folder)
            for name in ("sent", "received", "evidence"):
                lines = [json.dumps(row) for row in getattr(story, name)]
                (place / name).write_text("\n".join(lines) + "\n")
            (place / "outbox").write_text(json.dumps(story.outbox))
            if break_file:
                with (place / break_file).open("a") as file:
                    file.write('{"cut')
            names = ("sent", "received", "evidence", "outbox", "summary")
            code = tally.main([item for name in names for item in (f"--{name}", str(place / name))])
            summary = json.loads((place / "summary").read_text()) if (place / "summary").exists() else None
            return code, summary, out.getvalue()

    def test_good_is_0_and_writes_the_summary(self):
        code, summary, out = self.run_tally(Story())
        self.assertEqual((code, summary["delivered"]), (0, 4))
        self.assertIn("tally: good", out)

    def test_a_loss_is_1(self):
        story = Story()
        story.received.pop()
        code, summary, out = self.run_tally(story)
        self.assertEqual((code, summary["lost"]), (1, 1))
        self.assertIn("NOT GOOD", out)

    def test_a_cut_line_is_2_and_counts_nothing(self):
        for name in ("sent", "received", "evidence", "outbox"):
            code, summary, _ = self.run_tally(Story(), break_file=name)
            self.assertEqual((code, summary), (2, None), name)


if __name__ == "__main__":
    unittest.main()
