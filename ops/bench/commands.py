"""The operators' commands on a store with a million deliveries in every state: time and memory of each.

The store is made here, in the product's own schema, from one message that the gateway accepted; the commands are the program's
own, so their times hold its start (some 30 ms with a release build).
"""
import hashlib, json, os, shutil, sqlite3, struct, subprocess, time

from rig import Rig, resident_megabytes

ROWS = int(os.environ.get("BENCH_ROWS", "1000000"))
# Of each hundred deliveries; what is left over is pending.
SHARES = {"delivered": 20, "dead": 3, "waiting": 5, "retryWait": 5, "unknown": 2, "cancelled": 2, "superseded": 2, "expired": 1}
ENDS = {"delivered", "cancelled", "superseded", "expired"}
SENT = {"delivered", "retryWait", "unknown", "dead"}
START = 1_777_600_000_000  # 2026-05-01


def lane(destination, key):
    """The number of a lane: see NarrowKey.swift."""
    digest = hashlib.sha256()
    for part in (destination.encode(), key.encode()):
        digest.update(struct.pack(">Q", len(part)) + part)
    return max(1, int.from_bytes(digest.digest()[:8], "big") >> 1)


def uuid7(milliseconds, number):
    return struct.pack(">QQ", milliseconds << 16 | 0x7000, 0x8000_0000_0000_0000 | number)


def fill(path, rows):
    """Adds messages with one delivery each to a store that holds one message already; it lies still meanwhile."""
    database = sqlite3.connect(path)
    database.execute("PRAGMA synchronous=OFF")
    received, canonical = database.execute("SELECT received, canonical FROM message WHERE seq = 1").fetchone()
    frozen = database.execute(
        "INSERT INTO payload (kind, content_type, mapping, schema, code_lists, bytes) "
        "SELECT 'frozen', content_type, mapping, schema, code_lists, bytes FROM payload WHERE id = ?", (received,)).lastrowid
    states = [name for name, share in SHARES.items() for _ in range(share)]
    states += ["pending"] * (100 - len(states))
    counts = dict.fromkeys(states, 0)
    for begin in range(2, rows + 1, 50_000):
        messages, deliveries, attempts = [], [], []
        for number in range(begin, min(begin + 50_000, rows + 1)):
            state = states[number * 37 % 100]
            counts[state] += 1
            at, is_open, key = START + number * 100, state not in ENDS, f"P-{number % (rows // 4)}"
            messages.append((
                number, uuid7(at, number), "accepted" if is_open else "settled", int(is_open), "local-a", "local-a",
                "tender-notice", f"BENCH-{number:09d}", key, "1", f"{number}", b"\0" * 32, at, None if is_open else at, "0" * 32,
                received, canonical, 1))
            tries = int(state in SENT)
            cause = {"dead": "answer.permanent", "retryWait": "transport.reset", "unknown": "transport.reset"}.get(state)
            deliveries.append((
                number, uuid7(at, rows + number), number, lane("sink", key), "sink", int(is_open), state,
                "parent" if state == "waiting" else None, tries, tries, at + 4_000_000_000 if state in ("retryWait", "waiting", "unknown") else None,
                at, at, cause, cause and "benchmark", frozen if tries else None, 1,
                f"tender-project T-{number}" if state == "waiting" else None))
            if tries:
                attempts.append((number, at))
        database.executemany(
            "INSERT INTO message (seq, id, state, open_deliveries, channel, sender, dataset, business_key, ordering_key, version, "
            "idempotency_key, body_digest, received_at, settled_at, trace_id, received, canonical, last_evidence) "
            "VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", messages)
        database.executemany(
            "INSERT INTO delivery (seq, id, message, lane, destination, open, state, waiting_cause, fence, attempts, due_at, "
            "received_at, changed_at, cause_code, cause_text, frozen, last_evidence, waiting_subject) "
            "VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", deliveries)
        database.executemany(
            "INSERT INTO attempt (delivery, number, begun_at, duration_us, status, outcome) VALUES (?, 1, ?, 1000, 200, 'x')", attempts)
        database.commit()
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return counts


def timed(rig, *words):
    """(seconds, megabytes of the command, standard output)"""
    begun = time.monotonic()
    run = subprocess.Popen(
        [rig.binary, *words, "--config", str(rig.folder / "gateway.yaml")], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    out, errors = run.communicate(timeout=580)
    seconds = time.monotonic() - begun
    if run.returncode not in (0, 1):
        raise SystemExit(f"tenderbridge {' '.join(words)}: {errors}{out}")
    return seconds, out


def peak_of(rig, *words):
    """The most memory a command took, by the kernel's own count."""
    script = "import resource,subprocess,sys;subprocess.run(sys.argv[1:],stdout=subprocess.DEVNULL,stderr=subprocess.DEVNULL);" \
             "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss//1024)"
    run = subprocess.run(["python3", "-c", script, rig.binary, *words, "--config", str(rig.folder / "gateway.yaml")],
                         capture_output=True, text=True, timeout=580, check=True)
    return int(run.stdout)


def measure(options):
    rig, figures = Rig(options.folder, options.gateway_bin), {}
    try:
        rig.start_nginx()
        rig.write_configuration(options.concurrency)
        rig.start_gateway()
        rig.command("outbox", "hold", "--destination", "sink", "--reason", "benchmark")
        rig.post_one()
        rig.end(rig.gateway)
        counts = fill(rig.folder / "store.sqlite", ROWS)
        print(f"{ROWS} deliveries: " + ", ".join(f"{name} {count}" for name, count in sorted(counts.items())), flush=True)
        start = rig.start_gateway()
        print(f"start {start:.2f} s, memory {resident_megabytes(rig.gateway.pid):.0f} MB", flush=True)
        first = json.loads(timed(rig, "outbox", "list", "--limit", "1", "--format", "json")[1])["deliveries"][0]["id"]
        for words in [
            ("list",), ("list", "--limit", "10000"), ("list", "--destination", "sink"), ("list", "--state", "dead"),
            ("list", "--state", "unknown", "--destination", "sink"), ("list", "--cause", "transport.reset"),
            ("list", "--cause", "none.such"), ("list", "--state", "delivered"),
            ("list", "--business-key", f"BENCH-{ROWS // 2:09d}"), ("list", "--business-key", f"BENCH-{ROWS:09d}"),
            ("show", first), ("stats",), ("stats",), ("forecast",), ("cancel", "--state", "dead", "--destination", "sink", "--dry-run"),
            ("verify",),
        ]:
            times = sorted(timed(rig, "outbox", *words)[0] for _ in range(3 if words[0] not in ("verify", "stats") else 1))
            memory = peak_of(rig, "outbox", *words)
            name = "outbox " + " ".join(words)
            figures[name] = dict(seconds=times[len(times) // 2], command=memory, daemon=resident_megabytes(rig.gateway.pid))
            print(f"{name:64s} {times[len(times) // 2] * 1000:8.0f} ms | command {memory:4d} MB | daemon "
                  f"{figures[name]['daemon']:4.0f} MB", flush=True)
        rig.end(rig.gateway)
    finally:
        rig.stop()
        for name in ("store.sqlite", "store.sqlite-wal", "store.sqlite-shm"):
            (rig.folder / name).unlink(missing_ok=True)
        shutil.rmtree(rig.folder, ignore_errors=True)
    return figures
