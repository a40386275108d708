"""Accepted and synced, nothing sent, beside a tight loop that writes the same rows of the same schema (yardstick.c).

32 clients, one delivery for each message, the destination held by an operator. The loop writes batches of 32 into a fresh file with
the gateway's pragmas. Then the latency of acceptance at half of the rate that was reached.
"""
import re

from rig import KEY, Rig, median, print_stages, write_lua

CLIENTS = 32


def measure(options):
    rig, rows, base = Rig(options.folder, options.gateway_bin), [], 1
    try:
        rig.write_configuration(options.concurrency, sink=1)
        rig.start_gateway()
        rig.command("outbox", "hold", "--destination", "sink", "--reason", "benchmark")
        rig.post_one()
        print(f"notice {rig.size} bytes, {CLIENTS} connections, nothing sent, {options.rounds} rounds of {options.seconds} s")
        for number in range(options.rounds):
            loop = rig.yardstick(rig.folder / "loop.sqlite", 150_000, CLIENTS)
            cpu_before = rig.thread_times()
            rate, accepted, _ = rig.wrk_gateway(CLIENTS, options.seconds, base)
            cpu = rig.thread_times()
            base += accepted + 1000
            rows.append(dict(
                loop=loop["perSecond"], accepted=rate, ratio=rate / loop["perSecond"],
                stages={name: (cpu[name] - cpu_before.get(name, 0.0)) * 1e6 / accepted for name in cpu}))
            print(f"round {number + 1}: tight loop {loop['perSecond']:8.0f}/s ({loop['rows']} rows a message) | "
                  f"accepted and synced {rate:7.0f}/s | ratio {rows[-1]['ratio']:.3f}", flush=True)
        rate = median([row["accepted"] for row in rows])
        print(f"median: accepted and synced {rate:.0f}/s, ratio to the tight loop {median([row['ratio'] for row in rows]):.3f}")
        print_stages([row["stages"] for row in rows])
        latency = at_half(rig, rate, options.seconds, base)
        print("acceptance at %.0f/s (half of it): p50 %.2f ms, p99 %.2f ms, p99.9 %.2f ms" % (
            latency["rate"], *(latency[p] for p in ("50", "99", "99.9"))))
    finally:
        rig.stop()
    return dict(rounds=rows, latency=latency)


def at_half(rig, rate, seconds, base):
    """Percentiles in milliseconds. Each connection waits before each request, so a slow answer lowers the rate a little."""
    write_lua(
        rig.folder / "paced.lua", "/v1/channels/local-a/messages",
        {"Authorization": f"Bearer {KEY}", "Content-Type": "application/xml"}, delay_ms=max(1, round(CLIENTS * 1000 / (rate / 2)) - 2))
    reached, _, printed = rig.wrk_gateway(CLIENTS, seconds, base, "paced.lua")
    found = {p: float(value) / 1000 for p, value in re.findall(r"percentile\s+([\d.]+)\s+([\d.]+)", printed)}
    return {"rate": reached, **found}
