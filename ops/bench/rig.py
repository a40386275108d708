"""What the benchmarks share: notices, nginx as a sink, the gateway, wrk as the load, and the reading of metrics and threads.

Everything listens on loopback, lies in one folder, and is stopped by `Rig.stop`. Standard library only.
"""
import base64, json, os, pathlib, re, shutil, signal, socket, subprocess, sys, time, urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
RECORDING = ROOT / "Tests/Recordings/good-15-village-minimal"
KEY = "bench-key-of-a-throw-away-gateway"
STAGES = {"tb-store": "store (commit, sync)", "tb-transport": "transport (libcurl)", "NIO-ELT": "http (event loop)"}
WORK = "work (read, check, map, schedule)"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def median(values):
    ordered = sorted(values)
    return ordered[len(ordered) // 2]


def notice():
    """A recorded notice, its content lengthened to 2 KB, and the two keys that each request replaces."""
    text = next(RECORDING.glob("*.xml")).read_text(encoding="utf-8")
    missing = 2048 - len(text.encode())
    text = text.replace("</NOTICE_CONTENT>", "招标范围" * (missing // 12) + "。" * (missing % 12 // 3) + "</NOTICE_CONTENT>", 1)
    code = re.search(r"<TENDER_PROJECT_CODE>(.*?)<", text).group(1)
    key = re.search(r"<DATA_KEY>(.*?)<", text).group(1)
    return text, code, key


def write_lua(path, target, headers, delay_ms=None):
    """A wrk script: every request has keys of its own, made from a counter. With a delay, each connection waits so long before
    each request, and the script prints percentiles in microseconds when it is done. Returns the size of the body."""
    text, code, key = notice()
    parts = []
    for piece in re.split("(%s|%s)" % (re.escape(code), re.escape(key)), text):
        parts.append("project" if piece == code else "record" if piece == key else "[==[" + "\n" + piece + "]==]")
    lua = (
        "local count = 0\nlocal base = tonumber(os.getenv('BENCH_BASE') or '0')\n"
        "local headers = {%s}\n" % ", ".join('["%s"]="%s"' % pair for pair in headers.items())
        + "function request()\n  count = count + 1\n  local number = base + count\n"
        + "  local project = string.format('%s%%09d', number)\n" % code[: len(code) - 9]
        + "  local record = string.format('%s%%09d', number)\n" % key[: len(key) - 9]
        + "  headers['Idempotency-Key'] = record\n"
        + "  return wrk.format('POST', '%s', headers, %s)\nend\n" % (target, " .. ".join(parts)))
    if delay_ms is not None:
        lua += f"function delay() return {delay_ms} end\n"
        lua += "function done(summary, latency) for _, p in pairs({50, 99, 99.9}) do print('percentile', p, latency:percentile(p)) end end\n"
    path.write_text(lua)
    return len(text.encode())


def wrk(url, script, connections, seconds, base=0):
    """Rate and number of answers, and what the script printed."""
    run = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(script), url], capture_output=True, text=True,
        timeout=seconds + 60, env={**os.environ, "BENCH_BASE": str(base)})
    if run.returncode:
        sys.exit(f"wrk failed: {run.stderr}{run.stdout}")
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", run.stdout)
    if bad:
        sys.exit(f"wrk: {bad.group(1)} answers were not 2xx:\n{run.stdout}")
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", run.stdout).group(1))
    return rate, int(re.search(r"(\d+) requests in", run.stdout).group(1)), run.stdout


def thread_times(pid):
    """Processor seconds by stage."""
    tick, times = os.sysconf("SC_CLK_TCK"), {}
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        try:
            stat = (task / "stat").read_text()
        except OSError:
            continue
        name, fields = stat[stat.index("(") + 1 : stat.rindex(")")], stat[stat.rindex(")") + 2 :].split()
        stage = next((words for prefix, words in STAGES.items() if name.startswith(prefix)), WORK)
        times[stage] = times.get(stage, 0.0) + (int(fields[11]) + int(fields[12])) / tick
    return times


def resident_megabytes(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text()).group(1)) / 1024


def print_stages(rows):
    """Median processor time of each stage over rows of {stage: microseconds}."""
    print("processor microseconds for a message, by stage (median):")
    total = 0.0
    for name in sorted(rows[0]):
        value = median([row.get(name, 0.0) for row in rows])
        total += value
        print(f"  {name:36s} {value:7.1f}")
    print(f"  {'all':36s} {total:7.1f}")


class Rig:
    """One folder with nginx and a gateway."""

    def __init__(self, folder, binary):
        self.folder, self.binary = pathlib.Path(folder), binary
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.nginx_port, self.data_port, self.operator_port = free_port(), free_port(), free_port()
        self.processes, self.gateway = [], None
        (self.folder / "key").write_text(KEY + "\n")

    # Servers

    def start(self, command, **options):
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, **options)
        self.processes.append(process)
        return process

    def end(self, process):
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.processes.remove(process)

    def stop(self):
        for process in reversed(list(self.processes)):
            self.end(process)

    def start_nginx(self, timed=False):
        """With `timed` it writes when each delivery arrived: see `arrivals`."""
        log = f"log_format arrival '$msec $request_time $http_idempotency_key'; access_log {self.folder}/arrivals arrival;"
        (self.folder / "nginx.conf").write_text(
            f"""worker_processes 1; daemon off; pid {self.folder}/nginx.pid; error_log {self.folder}/nginx.log warn;
events {{ worker_connections 512; }}
http {{ {log if timed else "access_log off;"} keepalive_requests 100000000; client_body_temp_path {self.folder}/body; client_body_buffer_size 64k;
  server {{ listen 127.0.0.1:{self.nginx_port} reuseport;
    location = /count {{ stub_status; }}
    location / {{ default_type application/json; return 200 '{{"code":"0","message":"accepted","receiptNo":"N1"}}'; }} }} }}
""")
        self.start(["nginx", "-c", str(self.folder / "nginx.conf"), "-p", str(self.folder)], stderr=subprocess.DEVNULL)
        self.wait_for(f"http://127.0.0.1:{self.nginx_port}/count")
        write_lua(self.folder / "direct.lua", "/", {"Content-Type": "application/xml"})

    def arrivals(self):
        """When each delivery arrived first, by its id, in seconds since the epoch."""
        first = {}
        for line in (self.folder / "arrivals").read_text().splitlines():
            end, took, key = line.split(" ", 2)
            first.setdefault(key, float(end) - float(took))
        return first

    def nginx_requests(self):
        """Requests that nginx has seen, this question among them."""
        text = urllib.request.urlopen(f"http://127.0.0.1:{self.nginx_port}/count", timeout=10).read().decode()
        return int(text.splitlines()[2].split()[2])

    def wrk_straight(self, connections, seconds):
        return wrk(f"http://127.0.0.1:{self.nginx_port}/", self.folder / "direct.lua", connections, seconds)[0]

    def write_configuration(
            self, concurrency=64, store="store.sqlite", extra="", sink=None, destination="", encrypted=True):
        """gateway.yaml: one channel, one destination `sink`. Text is added at the end, and to the destination."""
        master = self.folder / "master-key"
        if not master.exists():
            master.write_bytes(base64.b64encode(os.urandom(32)) + b"\n")
            master.chmod(0o600)
        encryption = ", encryption: {masterKey: [file:master-key]}" if encrypted else ""
        path = self.folder / "gateway.yaml"
        path.write_text(
            f"""name: bench
store: {{path: {store}{encryption}}}
data: {{address: 127.0.0.1, port: {self.data_port}}}
operators: {{address: 127.0.0.1, port: {self.operator_port}}}
mappings: {ROOT}/Mappings
schemas: {ROOT}/Schemas
senders:
  local-a: {{key: "file:key", channels: [local-a]}}
channels:
  local-a: {{dataset: tender-notice, mapping: local-a/in/tender-notice}}
destinations:
  sink:
    url: "http://127.0.0.1:{sink or self.nginx_port}/"
    mapping: provincial/out/tender-notice
    audience: province
    http2: false
    concurrency: {concurrency}
    idempotent: deliveryId
{destination}    answer:
      receipt: /receiptNo
      rules:
        - {{status: 200, path: /code, equals: "0", verdict: accepted}}
routes:
  - {{dataset: tender-notice, to: [sink]}}
{extra}""")
        self.size = write_lua(
            self.folder / "gateway.lua", "/v1/channels/local-a/messages",
            {"Authorization": f"Bearer {KEY}", "Content-Type": "application/xml"})
        return path

    def start_gateway(self):
        """Starts it and returns the seconds until /readyz answered."""
        log = open(self.folder / "gateway.log", "a")
        begun = time.monotonic()
        self.gateway = self.start(
            [self.binary, "serve", "--config", str(self.folder / "gateway.yaml")], stderr=log, stdout=subprocess.DEVNULL)
        self.wait_for(f"http://127.0.0.1:{self.operator_port}/readyz", self.gateway)
        return time.monotonic() - begun

    def wait_for(self, url, process=None, seconds=60):
        deadline = time.monotonic() + seconds
        while True:
            try:
                return urllib.request.urlopen(url, timeout=2).read()
            except OSError:
                if (process and process.poll() is not None) or time.monotonic() > deadline:
                    log = self.folder / "gateway.log"
                    sys.exit(f"no answer from {url}:\n" + (log.read_text()[-4000:] if log.exists() else ""))
                time.sleep(0.01)

    def command(self, *words):
        """Runs an operator's command against the gateway; returns what it printed."""
        run = subprocess.run(
            [self.binary, *words, "--config", str(self.folder / "gateway.yaml")], capture_output=True, text=True, timeout=120)
        if run.returncode not in (0, 1):
            sys.exit(f"tenderbridge {' '.join(words)}: {run.stderr}{run.stdout}")
        return run.stdout

    # Load and figures

    def wrk_gateway(self, connections, seconds, base=0, script="gateway.lua"):
        return wrk(f"http://127.0.0.1:{self.data_port}/", self.folder / script, connections, seconds, base)

    def metric(self, name, **labels):
        text = urllib.request.urlopen(f"http://127.0.0.1:{self.operator_port}/metrics", timeout=30).read().decode()
        total = 0.0
        for line in text.splitlines():
            if line.startswith(name + "{") and all(f'{k}="{v}"' in line for k, v in labels.items()):
                total += float(line.rsplit(" ", 1)[1])
        return total

    def delivered(self):
        return self.metric("tenderbridge_deliveries_total", outcome="delivered")

    def wait_delivered(self, count, seconds):
        begun = time.monotonic()
        while self.delivered() < count:
            if time.monotonic() - begun > seconds:
                sys.exit(f"what was accepted was not delivered within {seconds} s")
            time.sleep(0.05)

    def thread_times(self):
        return thread_times(self.gateway.pid)

    def post_one(self, number=1):
        """One notice; what the gateway answered."""
        text, code, key = notice()
        body = text.replace(code, f"{code[:-9]}{number:09d}").replace(key, f"{key[:-9]}{number:09d}").encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.data_port}/v1/channels/local-a/messages", data=body,
            headers={"Authorization": f"Bearer {KEY}", "Content-Type": "application/xml"})
        return json.load(urllib.request.urlopen(request, timeout=30))

    # The yardstick

    def yardstick(self, out, count, batch, *options):
        """Writes copies of the first accepted message of the store into `out`, in a tight loop; its figures."""
        program = self.folder / "yardstick"
        if not program.exists():
            compiler = shutil.which("clang") or shutil.which("cc") or sys.exit("the yardstick needs clang or cc")
            subprocess.run(
                [compiler, "-O2", "-o", str(program), str(ROOT / "ops/bench/yardstick.c"), "-lsqlite3"], check=True)
        run = subprocess.run(
            [str(program), str(self.folder / "store.sqlite"), str(out), str(count), str(batch), *options],
            capture_output=True, text=True, timeout=900)
        if run.returncode:
            sys.exit(f"yardstick: {run.stderr}")
        return json.loads(run.stdout)
