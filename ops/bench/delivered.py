"""Notices from acceptance to confirmed delivery, beside wrk straight to the same nginx.

wrk sends notices of 2 KB through keep-alive connections to the gateway, each with an ordering key and an idempotency key of its own;
the gateway validates, maps twice, syncs and delivers to nginx over plain HTTP. Then the same wrk goes straight to nginx.
"""
import os, time

from rig import ROOT, Rig, median, print_stages


def measure(options):
    rig, rows, base = Rig(options.folder, options.gateway_bin), [], 0
    try:
        rig.start_nginx()
        rig.write_configuration(options.concurrency)
        rig.start_gateway()
        print(f"notice {rig.size} bytes, {options.connections} connections, {options.concurrency} deliveries in flight, "
              f"{options.rounds} rounds of {options.seconds} s, store in {os.path.relpath(rig.folder, ROOT)}")
        for number in range(options.rounds):
            direct = rig.wrk_straight(options.connections, options.seconds)
            row = one(rig, options, base)
            base += row["messages"] + 1000
            row["direct"], row["ratio"] = direct, row["delivered"] / direct
            rows.append(row)
            print(f"round {number + 1}: wrk straight to nginx {direct:8.0f}/s | accepted {row['accepted']:7.0f}/s | "
                  f"accepted to delivered {row['delivered']:7.0f}/s (drained {row['drained']:.2f} s after) | ratio {row['ratio']:.3f}",
                  flush=True)
        print(f"median: accepted to delivered {median([r['delivered'] for r in rows]):.0f}/s, "
              f"ratio to wrk straight {median([r['ratio'] for r in rows]):.3f}")
        print_stages([row["stages"] for row in rows])
    finally:
        rig.stop()
    return rows


def one(rig, options, base):
    """One measurement: load, then wait until everything accepted is delivered."""
    before, cpu_before, begun = rig.delivered(), rig.thread_times(), time.monotonic()
    accepted_rate, accepted, _ = rig.wrk_gateway(options.connections, options.seconds, base)
    elapsed = time.monotonic() - begun
    rig.wait_delivered(before + accepted, 120)
    whole, cpu = time.monotonic() - begun, rig.thread_times()
    return dict(
        messages=accepted, accepted=accepted_rate, delivered=accepted / whole, drained=whole - elapsed,
        stages={name: (cpu[name] - cpu_before.get(name, 0.0)) * 1e6 / accepted for name in cpu})
