#!/usr/bin/env python3
"""A receiver of deliveries for tests: it counts, and it shares no code with the product.

HTTP/1.1 with keep-alive on a loopback port, plain asyncio, standard library only (Python 3.11).

  POST /anything        takes a delivery. One JSON line is appended to the log *before* the answer leaves:
                        at (ms since 1970), deliveryId, idempotencyKey, path, sha256 (of the body), bytes, key, number
                        (texts of two elements of the XML body, null when absent), accepted, duplicate, receiptNo,
                        answer (sent, dropped or refused).
                        It is idempotent by the header TenderBridge-Delivery-Id: a repeated id gets the same receipt number
                        and is logged as duplicate, not accepted a second time.
  GET /status/ID        {"code":"0","state":"accepted","receiptNo":...} or {"code":"0","state":"absent"}

The first line on standard output is `port N`. A log that exists already is read first, so a restarted sink knows what it
accepted. It ends by SIGTERM, SIGINT or after --max-seconds, with status 0.
"""

import argparse
import asyncio
import hashlib
import json
import os
import random
import re
import signal
import sys
import time
from xml.sax.saxutils import unescape

HEAD_BYTES_MAX = 64 << 10
BODY_BYTES_MAX = 16 << 20
REASONS = {200: "OK", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed", 411: "Length Required",
           413: "Content Too Large", 431: "Request Header Fields Too Large"}
ENTITIES = {"&quot;": '"', "&apos;": "'"}


def element_pattern(name):
    """Finds the text of the first element of that local name, with or without a prefix."""
    local = re.escape(name.encode())
    return re.compile(rb"<(?:[\w.-]+:)?" + local + rb"(?:\s[^>]*)?>([^<]*)</")


class Ledger:
    """What was taken, in memory and in the log."""

    def __init__(self, path, key_element, number_element):
        self.receipts = {}
        self.requests = 0
        self.key = element_pattern(key_element)
        self.number = element_pattern(number_element)
        if os.path.exists(path):
            with open(path, "rb+") as log:
                for line in log:
                    if not line.endswith(b"\n"):
                        # The last line of a sink that was killed while writing: no answer left for it.
                        log.seek(-len(line), os.SEEK_END)
                        log.truncate()
                        break
                    entry = json.loads(line)
                    if entry["accepted"] and not entry["duplicate"]:
                        self.receipts[entry["deliveryId"]] = entry["receiptNo"]
        self.descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def take(self, path, headers, body, answer):
        """Logs one delivery; returns its receipt number, or None when it names no delivery id."""
        delivery = headers.get(b"tenderbridge-delivery-id", b"").decode("latin-1") or None
        receipt, duplicate = None, False
        if delivery is not None:
            receipt = self.receipts.get(delivery)
            duplicate = receipt is not None
            if not duplicate:
                receipt = f"R{len(self.receipts) + 1:010d}"
        entry = {
            "at": time.time_ns() // 1_000_000,
            "deliveryId": delivery,
            "idempotencyKey": headers.get(b"idempotency-key", b"").decode("latin-1") or None,
            "path": path,
            "sha256": hashlib.sha256(body).hexdigest(),
            "bytes": len(body),
            "key": self.text(self.key, body),
            "number": self.text(self.number, body),
            "accepted": delivery is not None,
            "duplicate": duplicate,
            "receiptNo": receipt,
            "answer": answer if delivery is not None else "refused",
        }
        line = (json.dumps(entry, ensure_ascii=False) + "\n").encode()
        while line:  # a write may be partial when the disk is nearly full; an error ends the sink, never in silence
            line = line[os.write(self.descriptor, line):]
        if delivery is not None:
            self.receipts[delivery] = receipt
        self.requests += 1
        return receipt

    @staticmethod
    def text(pattern, body):
        found = pattern.search(body)
        return unescape(found.group(1).decode("utf-8", "replace"), ENTITIES).strip() if found else None


class Connection(asyncio.Protocol):
    """One keep-alive connection: requests are answered in order, one at a time."""

    def __init__(self, sink):
        self.sink = sink
        self.buffer = bytearray()
        self.transport = None
        self.busy = False
        self.continued = False

    def connection_made(self, transport):
        self.transport = transport
        self.sink.connections.add(transport)

    def connection_lost(self, _):
        self.sink.connections.discard(self.transport)
        self.transport = None

    def data_received(self, data):
        self.buffer += data
        self.work()

    def work(self):
        while self.transport is not None and not self.busy:
            end = self.buffer.find(b"\r\n\r\n")
            if end < 0:
                if len(self.buffer) > HEAD_BYTES_MAX:
                    self.refuse(431, "header too long")
                return
            lines = bytes(self.buffer[:end]).split(b"\r\n")
            parts = lines[0].split(b" ")
            if len(parts) != 3 or not parts[2].startswith(b"HTTP/1."):
                return self.refuse(400, "no HTTP/1 request line")
            headers = {}
            for line in lines[1:]:
                name, colon, value = line.partition(b":")
                if not colon:
                    return self.refuse(400, "header line without a colon")
                headers[name.strip().lower()] = value.strip()
            if b"transfer-encoding" in headers:
                return self.refuse(411, "Content-Length wanted")
            length = headers.get(b"content-length", b"0")
            if not length.isdigit():
                return self.refuse(400, "Content-Length is no number")
            length = int(length)
            if length > BODY_BYTES_MAX:
                return self.refuse(413, "body too long")
            start = end + 4
            if len(self.buffer) < start + length:
                if headers.get(b"expect", b"").lower() == b"100-continue" and not self.continued:
                    self.continued = True
                    self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                return
            self.continued = False
            body = bytes(self.buffer[start:start + length])
            del self.buffer[:start + length]
            close = headers.get(b"connection", b"").lower() == b"close" or parts[2] == b"HTTP/1.0"
            self.answer(parts[0], parts[1].decode("latin-1"), headers, body, close)

    def answer(self, method, path, headers, body, close):
        sink = self.sink
        if method == b"GET" and path.startswith("/status/"):
            receipt = sink.ledger.receipts.get(path[len("/status/"):])
            found = {"code": "0", "state": "absent"} if receipt is None else {
                "code": "0", "state": "accepted", "receiptNo": receipt}
            return self.send(200, found, close)
        if method == b"GET":
            return self.send(404, {"code": "404", "message": "unknown path"}, close)
        if method != b"POST":
            return self.send(405, {"code": "405", "message": "POST or GET"}, close)
        dropped = sink.drop_answer > 0 and sink.random.random() < sink.drop_answer
        receipt = sink.ledger.take(path, headers, body, "dropped" if dropped else "sent")
        if receipt is None:
            return self.send(400, {"code": "400", "message": "TenderBridge-Delivery-Id is missing"}, close)
        if dropped:
            return self.transport.close()
        taken = {"code": "0", "message": "accepted", "receiptNo": receipt}
        if sink.delay <= 0:
            return self.send(200, taken, close)
        self.busy = True
        sink.loop.call_later(sink.delay, self.send_late, taken, close)

    def send_late(self, content, close):
        self.busy = False
        if self.transport is not None:
            self.send(200, content, close)
            self.work()

    def refuse(self, status, message):
        self.send(status, {"code": str(status), "message": message}, True)
        self.buffer.clear()

    def send(self, status, content, close):
        body = json.dumps(content, separators=(",", ":")).encode()
        head = f"HTTP/1.1 {status} {REASONS[status]}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        if close:
            head += "Connection: close\r\n"
        self.transport.write(head.encode() + b"\r\n" + body)
        if close:
            self.transport.close()


class Sink:
    """Settings and what all connections share."""

    def __init__(self, options, loop):
        self.ledger = Ledger(options.log, options.key_element, options.number_element)
        self.delay = options.answer_delay_ms / 1000
        self.drop_answer = options.drop_answer
        self.random = random.Random(options.seed)
        self.loop = loop
        self.connections = set()


async def serve(options):
    loop = asyncio.get_running_loop()
    sink = Sink(options, loop)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    server = await loop.create_server(lambda: Connection(sink), "127.0.0.1", options.port, backlog=1024)
    print("port", server.sockets[0].getsockname()[1], flush=True)
    if options.drop_answer > 0:
        print("seed", options.seed, flush=True)
    try:
        await asyncio.wait_for(stop.wait(), options.max_seconds)
    except asyncio.TimeoutError:
        pass
    server.close()
    for transport in list(sink.connections):
        transport.abort()
    print("requests", sink.ledger.requests, "accepted", len(sink.ledger.receipts), flush=True)


def probability(text):
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError("between 0 and 1")
    return value


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0, help="on 127.0.0.1; 0 (default) takes any free one")
    parser.add_argument("--log", required=True, help="file that JSON lines are appended to")
    parser.add_argument("--key-element", default="TENDER_PROJECT_CODE", help="element whose text is logged as key")
    parser.add_argument("--number-element", default="DATA_KEY", help="element whose text is logged as number")
    parser.add_argument("--answer-delay-ms", type=float, default=0, help="wait before each answer")
    parser.add_argument("--drop-answer", type=probability, default=0,
                        help="probability of closing the connection after taking a delivery, instead of answering")
    parser.add_argument("--seed", type=int, default=1, help="for --drop-answer")
    parser.add_argument("--max-seconds", type=float, default=3600, help="end by itself after this time")
    asyncio.run(serve(parser.parse_args()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
