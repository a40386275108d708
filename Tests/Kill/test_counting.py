"""Tests of counting.py: a clean life counts as good, and each planted fault is found under its name."""

import collections
import json
import pathlib
import random
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import counting  # noqa: E402  (found through the line above)
import moments  # noqa: E402


class Story:
    """Two clients with three messages each, all delivered at once; the tests plant one fault each."""

    def __init__(self):
        self.sent, self.received, self.evidence = [], [], []
        for key in ("A", "B"):
            for number in (1, 2, 3):
                name = f"{key}{number}"
                self.accept(name, key, number)
                self.move(name, "inFlight", "leased")
                self.request(name, key, number)
                self.move(name, "delivered", "accepted")

    def add_evidence(self, content):
        self.evidence.append({"sequence": len(self.evidence) + 1, "at": "2026-05-01T00:00:00.000Z", "content": content})

    def accept(self, name, key, number):
        deliveries = [{"id": f"D-{name}", "destination": "sink"}]
        self.add_evidence({"event": "message.accepted", "message": f"M-{name}", "businessKey": name, "deliveries": deliveries})
        self.sent.append({"status": 202, "messageId": f"M-{name}", "deliveries": deliveries, "key": key, "number": number})

    def move(self, name, to, by):
        self.add_evidence({"event": "delivery.changed", "delivery": f"D-{name}", "to": to, "by": by})

    def request(self, name, key, number, digest=None):
        self.received.append({"deliveryId": f"D-{name}", "key": key, "number": str(number), "sha256": digest or name})

    def count(self):
        return counting.count(self.sent, self.received, self.evidence)

    def one_more(self, *moves, requests=1):
        """Message A4 with the given moves and requests."""
        self.accept("A4", "A", 4)
        for to, by in moves:
            self.move("A4", to, by)
        for _ in range(requests):
            self.request("A4", "A", 4)


class BackfilledTests(unittest.TestCase):
    def story(self):
        story = Story()
        for row in story.sent:
            name = row["messageId"][2:]
            story.add_evidence({"event": "delivery.backfilled", "message": row["messageId"], "delivery": f"B-{name}", "destination": "archive"})
        return story

    def test_every_message_counts_with_its_added_delivery(self):
        story = self.story()
        rows, faults = counting.backfilled(story.sent, story.evidence)
        self.assertEqual(faults, [])
        self.assertEqual([row["deliveries"] for row in rows], [[{"id": f"B-{row['messageId'][2:]}", "destination": "archive"}] for row in story.sent])
        numbers, faults = counting.count(rows, [], story.evidence)
        self.assertEqual(numbers["lost"], len(story.sent), faults)

    def test_one_that_was_added_twice_or_not_at_all_is_found(self):
        story = self.story()
        story.add_evidence({"event": "delivery.backfilled", "message": "M-A1", "delivery": "B-again", "destination": "archive"})
        story.sent.append(story.sent[0] | {"messageId": "M-none"})
        story.add_evidence({"event": "delivery.backfilled", "message": "M-other", "delivery": "B-other", "destination": "archive"})
        faults = counting.backfilled(story.sent, story.evidence)[1]
        self.assertEqual(len(faults), 3, faults)


class CountingTests(unittest.TestCase):
    def good(self, story):
        numbers, faults = story.count()
        self.assertEqual(faults, [])
        return numbers

    def bad(self, story, number, word):
        numbers, faults = story.count()
        self.assertGreater(numbers[number], 0, numbers)
        self.assertTrue(any(word in fault for fault in faults), faults)

    def test_a_clean_life_is_good(self):
        numbers = self.good(Story())
        self.assertEqual((numbers["acknowledged"], numbers["deliveries"], numbers["sentTwice"]), (6, 6, 0))

    def test_a_double_that_was_unknown_before_is_good_and_counted(self):
        story = Story()
        story.one_more(("inFlight", "leased"), ("unknown", "lostTrack"), ("retryWait", "resendDeclaredSafe"),
                       ("inFlight", "leased"), ("delivered", "accepted"), requests=2)
        numbers = self.good(story)
        self.assertEqual((numbers["sentTwice"], numbers["unknown"], numbers["unknownFirst"]), (1, 1, 1))

    def test_a_second_attempt_after_one_that_never_left_is_good(self):
        story = Story()
        story.one_more(("inFlight", "leased"), ("retryWait", "neverSent"), ("inFlight", "leased"), ("delivered", "accepted"))
        self.assertEqual(self.good(story)["sentTwice"], 0)

    def test_a_loss_is_found(self):
        story = Story()
        story.received = [row for row in story.received if row["deliveryId"] != "D-B2"]
        self.bad(story, "lost", "D-B2")

    def test_a_loss_of_an_unfinished_delivery_is_found(self):
        story = Story()
        story.accept("A4", "A", 4)
        self.bad(story, "lost", "A number 4")

    def test_disorder_is_found(self):
        story = Story()
        story.received[0], story.received[1] = story.received[1], story.received[0]
        self.bad(story, "outOfOrder", "number 1 after 2")

    def test_a_late_repeat_of_an_earlier_number_is_disorder(self):
        story = Story()
        story.request("A1", "A", 1)
        self.bad(story, "outOfOrder", "number 1 after 3")

    def test_a_double_that_was_never_unknown_is_found(self):
        story = Story()
        story.one_more(("inFlight", "leased"), ("retryWait", "failedTransiently"), ("inFlight", "leased"),
                       ("delivered", "accepted"), requests=2)
        self.bad(story, "unexplainedDoubles", "attempt 2")

    def test_an_unknown_that_came_only_after_the_second_attempt_explains_nothing(self):
        story = Story()
        story.one_more(("inFlight", "leased"), ("retryWait", "failedTransiently"), ("inFlight", "leased"),
                       ("unknown", "lostTrack"), ("delivered", "accepted"), requests=2)
        self.bad(story, "unexplainedDoubles", "attempt 2 follows ['retryWait']")

    def test_a_sending_without_a_lease_is_found(self):
        story = Story()
        story.request("B3", "B", 3)
        self.bad(story, "otherFaults", "2 requests, 1 leases")
        self.bad(story, "unexplainedDoubles", "never unknown")

    def test_a_move_after_the_confirmation_is_found(self):
        story = Story()
        story.move("A3", "inFlight", "leased")
        self.bad(story, "afterConfirmation", "D-A3")

    def test_an_acknowledgement_without_evidence_is_found(self):
        story = Story()
        story.sent.append({"status": 202, "messageId": "M-ghost", "key": "A", "number": 3, "deliveries": [{"id": "D-A3"}]})
        self.bad(story, "otherFaults", "M-ghost: acknowledged, and the evidence has no acceptance")

    def test_a_record_accepted_twice_is_found(self):
        story = Story()
        story.add_evidence({"event": "message.accepted", "message": "M-again", "businessKey": "A1", "deliveries": []})
        self.bad(story, "otherFaults", "record A1: accepted 2 times")

    def test_an_acceptance_that_nobody_was_told_of_is_found(self):
        story = Story()
        story.add_evidence({"event": "message.accepted", "message": "M-B4", "businessKey": "B4", "deliveries": []})
        self.bad(story, "otherFaults", "its client was never told")

    def test_changed_bytes_are_found(self):
        story = Story()
        story.one_more(("inFlight", "leased"), ("unknown", "lostTrack"), ("inFlight", "leased"), ("delivered", "accepted"))
        story.request("A4", "A", 4, digest="other")
        self.bad(story, "otherFaults", "different bytes")

    def test_a_stranger_at_the_sink_is_found(self):
        story = Story()
        story.request("A9", "A", 9)
        self.bad(story, "otherFaults", "not in the evidence")

    def test_a_delivery_at_the_sink_that_is_not_recorded_as_delivered_is_found(self):
        story = Story()
        story.one_more(("inFlight", "leased"), ("unknown", "lostTrack"))
        self.bad(story, "otherFaults", "its last state is unknown")

    def test_a_gap_in_the_evidence_is_found(self):
        story = Story()
        del story.evidence[3]
        self.bad(story, "otherFaults", "where 4 is due")

    def test_a_cut_line_is_an_error(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "a.jsonl"
            path.write_text(json.dumps({"a": 1}) + "\n{\"b\":", encoding="utf-8")
            with self.assertRaises(counting.Unreadable):
                counting.read_lines(path)


class MomentsTests(unittest.TestCase):
    def test_every_kind_comes_before_any_comes_again(self):
        drawn = moments.Moments(random.Random(7))
        kinds = [drawn.draw()[0] for _ in range(3 + len(moments.POINTS))]
        self.assertEqual(sorted(kinds), sorted([moments.UNDER_LOAD, moments.UNDER_LOAD, moments.AT_START, *moments.POINTS]))

    def test_the_points_are_those_of_the_program(self):
        root = pathlib.Path(__file__).resolve().parents[2]
        self.assertEqual(moments.points_of_program(root), {*moments.POINTS, *moments.OF_A_PHASE})
        self.assertEqual({*moments.ABOUT}, {*moments.POINTS, *moments.OF_A_PHASE, moments.UNDER_LOAD, moments.AT_START})

    def test_the_table_has_a_row_for_each_kind_that_came(self):
        rows = moments.table(collections.Counter(load=3, received=2), {"acknowledged": 9, "delivered": 9, "sentTwice": 4, "unknownFirst": 4})
        self.assertIn("| a body is there (`received`) | 2 |", rows)
        self.assertIn("| **together** | **5** |", rows)
        self.assertEqual(rows[-1], "| 9 | 9 | 0 | 0 | 4 | 4 |")
        self.assertFalse([row for row in rows if "answered" in row])


if __name__ == "__main__":
    unittest.main()
