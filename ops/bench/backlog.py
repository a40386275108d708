"""A thousand to a million pending deliveries: time to start, memory, look-up by business key, drain.

The stores are made by yardstick.c from one message that the gateway accepted. Each is opened by the gateway with its
destination held; then the destination is released and the drain is measured, beside the rate of an empty store.
"""
import json, shutil, time

from rig import Rig, resident_megabytes

SIZES = (1_000, 10_000, 100_000, 1_000_000)
DRAIN_SECONDS = 20


def measure(options):
    rig, figures = Rig(options.folder, options.gateway_bin), []
    try:
        rig.start_nginx()
        # Copies of one encrypted message cannot be opened: its id is bound into its bytes.
        rig.write_configuration(options.concurrency, encrypted=False)
        rig.start_gateway()
        rig.command("outbox", "hold", "--destination", "sink", "--reason", "benchmark")
        sent = rig.post_one()
        rig.end(rig.gateway)
        template = rig.folder / "template.sqlite"
        shutil.move(rig.folder / "store.sqlite", template)
        for size in SIZES:
            figures.append(one(rig, template, size, sent["businessKey"]))
    finally:
        rig.stop()
    slowest, fastest = min(f["drain"] for f in figures[1:]), max(f["drain"] for f in figures[1:])
    print(f"drain from 10^4 to 10^6: {slowest:.0f} to {fastest:.0f}/s ({slowest / fastest:.2f})")
    return figures


def one(rig, template, size, business_key):
    shutil.copy(template, rig.folder / "store.sqlite")
    rig.yardstick(rig.folder / "many.sqlite", size, 1000, "--unsynced")
    for name in ("store.sqlite", "store.sqlite-wal", "store.sqlite-shm"):
        (rig.folder / name).unlink(missing_ok=True)
    shutil.move(rig.folder / "many.sqlite", rig.folder / "store.sqlite")
    start = rig.start_gateway()
    held = resident_megabytes(rig.gateway.pid)
    looks = []
    for number in (1, size // 2, size):
        begun = time.monotonic()
        found = json.loads(rig.command("outbox", "list", "--business-key", f"{business_key}-{number:09d}", "--format", "json"))
        looks.append(time.monotonic() - begun)
        assert found, "a pending delivery was not found by its business key"
    begun = time.monotonic()
    rig.command("outbox", "stats")
    stats = time.monotonic() - begun
    before, cpu = rig.delivered(), rig.thread_times()
    begun = time.monotonic()
    rig.command("outbox", "release", "--destination", "sink", "--reason", "benchmark")
    while time.monotonic() - begun < DRAIN_SECONDS and rig.delivered() - before < size:
        time.sleep(0.02)
    count, seconds = rig.delivered() - before, time.monotonic() - begun
    after = rig.thread_times()
    used = sum(after.values()) - sum(cpu.values())
    peak = resident_megabytes(rig.gateway.pid)
    rig.end(rig.gateway)
    print(f"{size:9d} pending: start {start:5.2f} s | memory {held:5.0f} MB, after draining {peak:5.0f} MB | "
          f"look-up by business key {max(looks) * 1000:4.0f} ms, stats {stats * 1000:4.0f} ms (with the command's own start) | "
          f"drain {count / seconds:6.0f}/s, {used * 1e6 / max(count, 1):4.0f} us each", flush=True)
    return dict(size=size, start=start, memory=held, peak=peak, look=max(looks), stats=stats, drain=count / seconds,
                microseconds=used * 1e6 / max(count, 1))
