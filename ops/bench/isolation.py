"""How long a delivery waits while another destination hangs: from the 202 to the arrival at nginx, with and without.

Every notice goes to two destinations. In turns the second one is held by an operator, so that nothing is sent to it at all, or it
takes each request and never answers. nginx writes when each delivery of the first destination arrived; the clients wrote when they had the 202. Medians of pairs count.
"""
import http.client, json, socket, threading, time

from rig import KEY, Rig, free_port, median, notice

CLIENTS = 8
RATE = 400  # notices a second, far below what the gateway takes
PAIRS = 5


class Hanging:
    """Takes connections and requests, and never answers."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port, self.taken = self.listener.getsockname()[1], []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            self.taken.append(peer)
            threading.Thread(target=self.read, args=(peer,), daemon=True).start()

    def read(self, peer):
        try:
            while peer.recv(65536):
                pass
        except OSError:
            pass

    def close(self):
        self.listener.close()
        for peer in self.taken:
            peer.close()


def measure(options):
    rig, hanging, rows, base = Rig(options.folder, options.gateway_bin), Hanging(), [], 0
    try:
        rig.start_nginx(timed=True)
        configure(rig, hanging.port)
        rig.start_gateway()
        print(f"{RATE} notices a second, each to two destinations; {PAIRS} pairs of {options.seconds} s")
        rig.command("outbox", "hold", "--destination", "other", "--reason", "benchmark")
        load(rig, 2, base)  # warm
        base += 10_000_000
        for number in range(PAIRS):
            alone = load(rig, options.seconds, base)
            rig.command("outbox", "release", "--destination", "other", "--reason", "benchmark")
            beside = load(rig, options.seconds, base + 5_000_000)
            rig.command("outbox", "hold", "--destination", "other", "--reason", "benchmark")
            base += 10_000_000
            rows.append({"alone": alone, "beside": beside})
            print(f"pair {number + 1}: alone p50 {alone['p50']:.2f} ms, p99 {alone['p99']:.2f} ms | one hangs "
                  f"p50 {beside['p50']:.2f} ms, p99 {beside['p99']:.2f} ms | ratio of p50 {beside['p50'] / alone['p50']:.2f}, "
                  f"of p99 {beside['p99'] / alone['p99']:.2f}", flush=True)
        for name in ("p50", "p99"):
            ratio = median([row["beside"][name] / row["alone"][name] for row in rows])
            print(f"median of {PAIRS}: {name} with a hanging destination is {ratio:.2f} times that without (at most 1.5)")
    finally:
        hanging.close()
        rig.stop()
    return rows


def configure(rig, port):
    path = rig.write_configuration()
    text = path.read_text()
    begin, end = text.index("  sink:\n"), text.index("routes:\n")
    other = text[begin:end].replace("  sink:", "  other:").replace(f":{rig.nginx_port}/", f":{port}/").replace(
        "    audience", "    timeout: 30s\n    audience")
    path.write_text(text[:end] + other + text[end:].replace("[sink]", "[sink, other]"))


def load(rig, seconds, base):
    """Sends at a fixed rate; percentiles in milliseconds from the 202 to the arrival at the first destination."""
    answered, lock = {}, threading.Lock()
    text, code, key = notice()
    until = time.monotonic() + seconds

    def client(number):
        connection = http.client.HTTPConnection("127.0.0.1", rig.data_port, timeout=60)
        count, due = 0, time.monotonic() + number / RATE
        while due < until:
            time.sleep(max(0.0, due - time.monotonic()))
            due += CLIENTS / RATE
            count += 1
            name = base + count * CLIENTS + number
            body = text.replace(code, f"{code[:-9]}{name:09d}").replace(key, f"{key[:-9]}{name:09d}").encode()
            connection.request("POST", "/v1/channels/local-a/messages", body, {
                "Authorization": f"Bearer {KEY}", "Content-Type": "application/xml"})
            answer = connection.getresponse()
            document = json.loads(answer.read())
            at = time.time()
            if answer.status != 202:
                raise SystemExit(f"HTTP {answer.status}: {document}")
            delivery = next(d["id"] for d in document["deliveries"] if d["destination"] == "sink")
            with lock:
                answered[delivery] = at
        connection.close()

    threads = [threading.Thread(target=client, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    waits, deadline = [], time.monotonic() + 30
    while len(waits) < len(answered):
        if time.monotonic() > deadline:
            raise SystemExit(f"only {len(waits)} of {len(answered)} deliveries arrived at the destination that answers")
        time.sleep(0.2)
        arrived = rig.arrivals()
        # A delivery may arrive before its sender has read the 202; that wait counts as nothing.
        waits = [max(0.0, arrived[id] - at) * 1000 for id, at in answered.items() if id in arrived]
    waits.sort()
    return {"count": len(waits), "p50": waits[len(waits) // 2] + 0.001, "p99": waits[len(waits) * 99 // 100] + 0.001}
