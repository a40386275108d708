"""JSON Schema on a canonical record of 2 KB: microseconds a validation, beside PyPI's jsonschema in the same run.

Both have compiled the schema before and are handed a document; "read" is the time of making one out of bytes. Figures are
processor time. Python's jsonschema is asked for all findings too (iter_errors), its document is parsed before.
"""
import json, os, pathlib, subprocess, sys, time

from rig import ROOT, median

SCHEMA = ROOT / "Schemas/canonical/tender-notice.json"
RECORD = ROOT / "Tests/Recordings/eforms-06-dialogue/expected/canonical.json"
MODULES = ["ExchangeModel", "JSON", "JSONSchema"]


def build(folder, release):
    """The measuring program, against the modules of the release build."""
    swift = os.environ.get("SWIFT", "swift")
    subprocess.run([swift, "build", "-c", "release", "--static-swift-stdlib", "--target", "JSONSchema"], cwd=ROOT, check=True, stdout=sys.stderr)
    program = folder / "schema-validation"
    # An object whose source is gone stays in the folder of the build.
    sources = {path.name + ".o" for name in MODULES for path in (ROOT / "Sources" / name).rglob("*.swift")}
    objects = [str(path) for name in MODULES for path in sorted((release / f"{name}.build").rglob("*.o"))
               if not path.name.endswith(".swift.o") or path.name in sources]
    subprocess.run(["swiftc", "-O", "-static-stdlib", "-I", str(release / "Modules"), str(ROOT / "ops/bench/schema-validation.swift"),
                    *objects, "-o", str(program)], check=True)
    return program


def python(seconds):
    import jsonschema
    validator = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text()))
    record, count, start = json.loads(RECORD.read_text()), 0, time.process_time()
    while time.process_time() - start < seconds:
        if any(True for _ in validator.iter_errors(record)):
            sys.exit("the record is not valid by Python's jsonschema")
        count += 1
    return (time.process_time() - start) * 1e6 / count


def measure(options):
    folder = pathlib.Path(options.folder)
    folder.mkdir(parents=True, exist_ok=True)
    program, rows = build(folder, pathlib.Path(options.gateway_bin).resolve().parent), []
    seconds = max(0.5, options.seconds / 8)
    print(f"record {RECORD.stat().st_size} bytes, {options.rounds} rounds")
    for number in range(options.rounds):
        run = subprocess.run([program, SCHEMA, RECORD, str(seconds)], check=True, capture_output=True, text=True)
        ours, theirs = json.loads(run.stdout), python(seconds)
        rows.append(dict(ours, python=theirs, ratio=theirs / ours["alone"]))
        print(f"round {number + 1}: validate {ours['alone']:.1f} us, read {ours['read']:.1f} us, both {ours['both']:.1f} us | "
              f"Python {theirs:.0f} us | ratio {rows[-1]['ratio']:.0f}", flush=True)
    print(f"median: {median([row['alone'] for row in rows]):.1f} us a validation, "
          f"{median([row['ratio'] for row in rows]):.0f} times faster than jsonschema (at least 10)")
    return rows
