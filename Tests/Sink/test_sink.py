"""Tests of sink.py: run with `python3 -m unittest discover -s Tests/Sink`."""

import hashlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import unittest

SINK = os.path.join(os.path.dirname(os.path.abspath(__file__)), "sink.py")
NOTICE = """<?xml version="1.0" encoding="UTF-8"?>
<GCJS_NOTICE><TENDER_PROJECT_CODE>E4401-1 &amp; 2</TENDER_PROJECT_CODE><p:DATA_KEY a="b">00042</p:DATA_KEY></GCJS_NOTICE>"""


class SinkTests(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.log = os.path.join(self.directory.name, "received.jsonl")
        self.child = None

    def tearDown(self):
        if self.child is not None:
            self.stop()
        self.directory.cleanup()

    def start(self, *options):
        self.child = subprocess.Popen([sys.executable, SINK, "--log", self.log, "--max-seconds", "600", *options],
                                      stdout=subprocess.PIPE, text=True)
        word, port = self.child.stdout.readline().split()
        self.assertEqual(word, "port")
        self.port = int(port)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        self.addCleanup(connection.close)
        return connection

    def stop(self):
        self.child.send_signal(signal.SIGTERM)
        self.child.communicate(timeout=20)
        status, self.child = self.child.returncode, None
        return status

    def post(self, connection, delivery, body=NOTICE, path="/notices"):
        headers = {"Idempotency-Key": "key-" + delivery}
        if delivery:
            headers["TenderBridge-Delivery-Id"] = delivery
        connection.request("POST", path, body.encode(), headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())

    def get(self, connection, path):
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())

    def lines(self):
        with open(self.log, encoding="utf-8") as log:
            return [json.loads(line) for line in log]

    def test_takes_a_delivery_and_logs_every_field(self):
        connection = self.start()
        status, answer = self.post(connection, "d-1")
        self.assertEqual((status, answer["code"], answer["message"]), (200, "0", "accepted"))
        entry, = self.lines()
        self.assertGreater(entry.pop("at"), 1_600_000_000_000)
        self.assertEqual(entry, {
            "deliveryId": "d-1", "idempotencyKey": "key-d-1", "path": "/notices", "bytes": len(NOTICE),
            "sha256": hashlib.sha256(NOTICE.encode()).hexdigest(), "key": "E4401-1 & 2", "number": "00042",
            "accepted": True, "duplicate": False, "receiptNo": answer["receiptNo"], "answer": "sent"})
        self.assertEqual(self.stop(), 0)

    def test_repeat_gets_the_same_receipt_and_is_a_duplicate(self):
        connection = self.start()
        first = self.post(connection, "d-1")
        other = self.post(connection, "d-2")
        again = self.post(connection, "d-1")
        self.assertEqual(first, again)
        self.assertNotEqual(first[1]["receiptNo"], other[1]["receiptNo"])
        self.assertEqual([line["duplicate"] for line in self.lines()], [False, False, True])

    def test_status_tells_accepted_and_absent(self):
        connection = self.start()
        receipt = self.post(connection, "d-1")[1]["receiptNo"]
        self.assertEqual(self.get(connection, "/status/d-1"), (200, {"code": "0", "state": "accepted", "receiptNo": receipt}))
        self.assertEqual(self.get(connection, "/status/d-9"), (200, {"code": "0", "state": "absent"}))

    def test_remembers_its_log_after_a_restart_and_ignores_a_torn_last_line(self):
        connection = self.start()
        first = self.post(connection, "d-1")
        self.child.kill()
        self.child.communicate()
        connection.close()
        with open(self.log, "ab") as log:
            log.write(b'{"at": 1, "deliv')
        connection = self.start()
        self.assertEqual(self.get(connection, "/status/d-1")[1]["state"], "accepted")
        self.assertEqual(self.post(connection, "d-1"), first)
        self.assertEqual([line["duplicate"] for line in self.lines()], [False, True])

    def test_a_dropped_answer_is_logged_and_accepted(self):
        connection = self.start("--drop-answer", "1", "--seed", "7")
        with self.assertRaises((http.client.RemoteDisconnected, ConnectionResetError)):
            self.post(connection, "d-1")
        connection.close()
        self.assertEqual([(line["accepted"], line["answer"]) for line in self.lines()], [(True, "dropped")])
        self.assertEqual(self.get(connection, "/status/d-1")[1]["state"], "accepted")

    def test_the_same_seed_drops_the_same_answers(self):
        runs = []
        for _ in range(2):
            connection = self.start("--drop-answer", "0.5", "--seed", "20")
            for number in range(20):
                try:
                    self.post(connection, f"d-{number}")
                except (http.client.RemoteDisconnected, ConnectionResetError):
                    connection.close()
            runs.append([line["answer"] for line in self.lines()])
            self.stop()
            os.remove(self.log)
        self.assertEqual(runs[0], runs[1])
        self.assertEqual(set(runs[0]), {"sent", "dropped"})

    def test_refuses_a_delivery_without_id_but_logs_it(self):
        connection = self.start()
        self.assertEqual(self.post(connection, "")[0], 400)
        self.assertEqual([(line["accepted"], line["answer"]) for line in self.lines()], [(False, "refused")])

    def test_elements_are_configurable_and_may_be_absent(self):
        connection = self.start("--key-element", "KEY", "--number-element", "NUMBER")
        self.post(connection, "d-1", "<R><KEY>\u62db\u6807</KEY><KEYS>no</KEYS></R>")
        entry, = self.lines()
        self.assertEqual((entry["key"], entry["number"]), ("\u62db\u6807", None))

    def test_answers_pipelined_and_split_requests_in_order_with_a_delay(self):
        self.start("--answer-delay-ms", "1")
        request = b"POST /p HTTP/1.1\r\nTenderBridge-Delivery-Id: %s\r\nContent-Length: 4\r\n\r\nabcd"
        sent = request % b"a" + request % b"b" + request % b"c"
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as raw:
            for index in range(0, len(sent), 7):
                raw.sendall(sent[index:index + 7])
            received = b""
            while received.count(b"receiptNo") < 3:
                received += raw.recv(65536)
        self.assertEqual([line["deliveryId"] for line in self.lines()], ["a", "b", "c"])

    def test_bad_requests_are_refused_and_the_connection_is_closed(self):
        self.start()
        for sent, status in [
            (b"nonsense\r\n\r\n", b"400"),
            (b"POST / HTTP/1.1\r\nno colon\r\n\r\n", b"400"),
            (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"400"),
            (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", b"411"),
            (b"POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n", b"413"),
            (b"DELETE / HTTP/1.0\r\n\r\n", b"405"),
            (b"x" * 70_000, b"431"),
        ]:
            with self.subTest(sent=sent[:40]), socket.create_connection(("127.0.0.1", self.port), timeout=20) as raw:
                raw.sendall(sent)
                self.assertEqual(raw.recv(65536).split(b" ")[1], status)
        self.assertEqual(self.lines(), [])


if __name__ == "__main__":
    unittest.main()
