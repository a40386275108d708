"""Accepted to delivered, beside syslog-ng with its reliable disk buffer, http() to the same nginx, on the same machine in turns.

loggen sends lines of the same size over TCP to syslog-ng, which buffers them on disk and posts each to nginx. syslog-ng
neither validates nor maps nor syncs; the gateway does all three and keeps evidence. nginx counts for both.
"""
import subprocess, sys, time

import delivered
from rig import Rig, free_port, median, print_stages


def measure(options):
    rig, ours, theirs, base = Rig(options.folder, options.gateway_bin), [], [], 0
    try:
        rig.start_nginx()
        rig.write_configuration(options.concurrency)
        rig.start_gateway()
        port = start_syslog_ng(rig)
        print(f"{rig.size} bytes, {options.connections} connections, {options.rounds} rounds of {options.seconds} s in turns")
        for number in range(options.rounds):
            theirs.append(one(rig, port, options))
            row = delivered.one(rig, options, base)
            base += row["messages"] + 1000
            ours.append(row)
            print(f"round {number + 1}: syslog-ng {theirs[-1]:7.0f}/s | gateway {row['delivered']:7.0f}/s | "
                  f"ratio {row['delivered'] / theirs[-1]:.3f}", flush=True)
        mine, his = median([row["delivered"] for row in ours]), median(theirs)
        print(f"median: gateway {mine:.0f}/s, syslog-ng {his:.0f}/s, ratio {mine / his:.3f}")
        print_stages([row["stages"] for row in ours])
    finally:
        rig.stop()
    return dict(gateway=ours, syslogNg=theirs)


def start_syslog_ng(rig):
    port, folder = free_port(), rig.folder / "syslog-ng"
    folder.mkdir()
    (folder / "syslog-ng.conf").write_text(
        f"""@version: 3.38
options {{ stats-freq(0); keep-hostname(yes); use-dns(no); }};
source s {{ network(ip("127.0.0.1") port({port}) transport("tcp") max-connections(64) log-iw-size(10000) flags(no-parse)); }};
destination d {{ http(url("http://127.0.0.1:{rig.nginx_port}/") method("POST") user-agent("syslog-ng") headers("Content-Type: text/plain")
  body("${{MSG}}") workers(16) persist-name("bench")
  disk-buffer(reliable(yes) disk-buf-size(2147483648) mem-buf-size(163840000) dir("{folder}"))); }};
log {{ source(s); destination(d); flags(flow-control); }};
""")
    process = rig.start(
        ["syslog-ng", "-F", "--no-caps", "-f", str(folder / "syslog-ng.conf"), "-R", str(folder / "persist"), "-p", str(folder / "pid"),
         "-c", str(folder / "control")], stdout=subprocess.DEVNULL, stderr=open(folder / "log", "w"))
    import socket
    deadline = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return port
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                sys.exit("syslog-ng did not start:\n" + (folder / "log").read_text()[-2000:])
            time.sleep(0.05)


def one(rig, port, options):
    """Messages per second from the first sent to the last that nginx has seen."""
    before, begun = rig.nginx_requests(), time.monotonic()
    load = subprocess.run(
        ["loggen", "--stream", "--inet", "--active-connections", str(options.connections), "--size", str(rig.size), "--rate", "1000000",
         "--interval", str(options.seconds), "127.0.0.1", str(port)], capture_output=True, text=True, timeout=options.seconds + 120)
    if load.returncode:
        sys.exit(f"loggen failed: {load.stderr}{load.stdout}")
    # syslog-ng works its buffer off after the load has ended; it is through when nginx hears nothing new for a while.
    seen, last, at = rig.nginx_requests(), 0, time.monotonic()
    while time.monotonic() - at < 2 and time.monotonic() - begun < options.seconds + 120:
        time.sleep(0.1)
        count = rig.nginx_requests()
        if count - seen > 1 + (last == 0):
            at = time.monotonic()
        seen, last = count, 1
    return (seen - before) / (at - begun)
