#!/usr/bin/env python3
"""Changes one line of a mapping or of a code list and sees whether anything notices.

    mutants.py                    ten mutants, drawn with a seed that is printed
    mutants.py --seed 7 -n 25     the same draw again, or a larger one
    mutants.py --all              every mutant; --slice 2/5 the second fifth of them
    mutants.py --only local-a/in/tender-notice.yaml:27     those of one line
    mutants.py --list             what there is, without running anything

Each mutant is a copy of Mappings with one change. It is caught when `tenderbridge replay Tests/Recordings` finds a case that
differs or refuses the changed file, or else when `tenderbridge map test` fails: the tests beside a mapping reach what no
recorded notice does, such as a text too long for a destination. A mutant that passes both survives; it is printed and the run
ends with 1: nothing sees that line. Exit code 0: all were caught; 1: a survivor, or a stale line of equivalents.csv; 2: there
are failures without any change, or the program cannot be run.

Python's standard library only. The recordings that need TENDERBRIDGE_VECTORS are left out, so that a draw ends the same
everywhere: all mutants must be caught by the others.
"""

import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import queue
import random
import shutil
import subprocess
import sys
import tempfile
import time

import catalogue

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
SECONDS_MAX = 120


class Workshop:
    """A folder with a copy of the mappings and a configuration that names it."""

    def __init__(self, folder, program, config):
        self.program, self.folder, self.mappings = program, folder, folder / "Mappings"
        shutil.copytree(REPOSITORY / "Mappings", self.mappings)
        text = config.read_text(encoding="utf-8")
        for key, path in (("mappings", self.mappings), ("schemas", REPOSITORY / "Schemas")):
            old = next(line for line in text.split("\n") if line.startswith(key + ":"))
            text = text.replace(old, f"{key}: {path}")
        self.config = folder / "gateway.yaml"
        self.config.write_text(text, encoding="utf-8")

    def run(self, *arguments):
        """(exit code, report) of the program; the code is None when it cannot be run or says nothing that can be read."""
        try:
            done = subprocess.run([self.program, *arguments, "--format", "json"], capture_output=True, text=True, timeout=SECONDS_MAX,
                                  env=os.environ | {"TENDERBRIDGE_VECTORS": ""})
            # What keeps it from running at all, such as a faulty mapping, is said on the standard error.
            return done.returncode, json.loads(done.stdout or done.stderr)
        except (OSError, ValueError, subprocess.TimeoutExpired) as error:
            return None, {"problem": str(error)}

    def verdict(self):
        """(verdict, differences in words): "passed", "recordings", "expected", "mapping tests", "lint", or "broken: ..."."""
        code, report = self.run("replay", REPOSITORY / "Tests/Recordings", "--config", self.config)
        if code == 78 and report.get("findings"):
            return "lint", [f"{self.short(f['file'])}:{f['line']}:{f['column']}: {f['text']}" for f in report["findings"]]
        if code == 1 and report.get("failed"):
            rows = [(case["case"], d) for case in report["cases"] for d in case["differences"]]
            by_fact = [row for row in rows if row[1]["kind"] in ("fact", "finding", "outcome")]
            return ("recordings" if by_fact else "expected"), [self.words(*row) for row in by_fact or rows]
        if code != 0 or not report.get("passed"):
            return f"broken: exit code {code} {json.dumps(report)[:300]}", []
        code, report = self.run("map", "test", self.mappings, "--schemas", REPOSITORY / "Schemas")
        if code == 0:
            return "passed", []
        failed = [f"{test['mapping']}: {test['name']}" for test in report.get("tests", []) if not test["passed"]]
        return ("mapping tests", failed) if code == 1 and failed else (f"broken: exit code {code} {json.dumps(report)[:300]}", [])

    def short(self, path):
        return path.replace(str(self.folder) + "/", "")

    @staticmethod
    def words(case, d):
        place = " ".join(filter(None, (d["target"], d["path"], f"({d['label']})" if d.get("label") else "")))
        shown = [json.dumps(v, ensure_ascii=False)[:100] if v is not None else "nothing" for v in (d["expected"], d["actual"])]
        return f"{case}: {place}: expected {shown[0]}, but found {shown[1]}"

    def judge(self, mutant):
        path = self.mappings / mutant.file
        path.write_text(mutant.after, encoding="utf-8")
        try:
            return self.verdict()
        finally:
            path.write_text(mutant.before, encoding="utf-8")


def drawn(mutants, count, generator):
    """Each draw takes a line first, so that lines with many mutants do not crowd out the others."""
    left = {}
    for mutant in mutants:
        left.setdefault(mutant.place, []).append(mutant)
    places, result = sorted(left), []
    while places and len(result) < count:
        place = generator.choice(places)
        result.append(left[place].pop(generator.randrange(len(left[place]))))
        if not left[place]:
            places.remove(place)
    return result


def selected(mutants, options, seed):
    if options.only:
        wanted = options.only if "." in options.only.rsplit("/", 1)[-1] else options.only.replace(":", ".yaml:")
        mutants = [m for m in mutants if wanted in (m.place, m.file)]
        if not mutants:
            sys.exit(f"mutants: no line {options.only}; --list shows all")
        return mutants
    if options.slice:
        number, of = map(int, options.slice.split("/"))
        if not 1 <= number <= of:
            sys.exit("mutants: --slice takes I/N with I from 1 to N")
        return mutants[number - 1::of]
    return mutants if options.all else drawn(mutants, options.number, random.Random(seed))


def arguments(argv):
    parser = argparse.ArgumentParser(description="Changes one line of a mapping and sees whether anything notices.")
    parser.add_argument("-n", "--number", type=int, default=10, help="how many are drawn (10)")
    parser.add_argument("--seed", type=int, help="of the draw; else TENDERBRIDGE_SEED, else a new one")
    parser.add_argument("--all", action="store_true", help="every mutant")
    parser.add_argument("--slice", help="I/N: the I-th of N parts of all")
    parser.add_argument("--only", help="FILE or FILE:LINE below Mappings")
    parser.add_argument("--list", action="store_true", help="print them instead of running them")
    parser.add_argument("--program", default=REPOSITORY / ".build/debug/tenderbridge", help="the tenderbridge to use")
    parser.add_argument("--config", type=pathlib.Path, default=REPOSITORY / "ops/demo/gateway.yaml", help="configuration to copy")
    parser.add_argument("--jobs", type=int, default=min(4, os.cpu_count() or 1), help="how many at a time")
    parser.add_argument("--verbose", action="store_true", help="say how each was caught")
    return parser.parse_args(argv)


def main(argv=None):
    options = arguments(argv)
    given = options.seed if options.seed is not None else os.environ.get("TENDERBRIDGE_SEED")
    seed = int(given) if given else random.SystemRandom().randrange(1 << 32)
    mutants = catalogue.every(REPOSITORY / "Mappings", REPOSITORY / "Schemas")
    reasons, stale = catalogue.equivalents(mutants)
    chosen = selected(mutants if options.all or options.slice or options.only else [m for m in mutants if m not in reasons], options, seed)
    if options.list:
        for mutant in chosen:
            print(f"{mutant.place}: {mutant.operator}: {mutant.old} -> {mutant.new or '(removed)'}")
        print(f"{len(chosen)} of {len(mutants)}")
        return 0
    print(f"mutants: seed {seed}, {len(chosen)} of {len(mutants)} mutants, {len(reasons)} known as equivalent", flush=True)
    for row in stale:
        print(f"mutants: equivalents.csv names no mutant (or no reason): {row['file']}: {row['operator']}: {row['mutant'] or row['line']}")
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        shops = queue.SimpleQueue()
        for number in range(options.jobs):
            shops.put(Workshop(pathlib.Path(folder) / str(number), options.program, options.config))
        shop = shops.get()
        verdict, differences = shop.verdict()
        shops.put(shop)
        if verdict != "passed":
            print(f"mutants: without any change there are failures ({verdict})", *differences[:5], sep="\n  ")
            return 2

        def judge(mutant):
            shop = shops.get()
            try:
                return mutant, *shop.judge(mutant)
            finally:
                shops.put(shop)
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            results = []
            for result in pool.map(judge, chosen):
                results.append(result)
                tell(*result, reasons.get(result[0]), options.verbose or not (options.all or options.slice))
    return summary(results, reasons, stale, time.monotonic() - begun, options.all or options.slice)


def tell(mutant, verdict, differences, reason, shows_all):
    if verdict == "passed" and not reason:
        print(f"SURVIVED {mutant.place}: {mutant.operator}\n{mutant.diff()}\n", flush=True)
    elif verdict.startswith("broken") or (reason and verdict != "passed"):
        print(f"WRONG {mutant.place}: {mutant.operator}: {verdict if not reason else 'is in equivalents.csv and was caught'}\n{mutant.diff()}", flush=True)
    elif shows_all:
        print(f"{'equivalent' if reason else 'caught'} {mutant.place}: {mutant.operator}: {mutant.old} -> {mutant.new or '(removed)'}")
        print(f"    by {verdict}: {differences[0]}" if differences else f"    {reason}", flush=True)


def summary(results, reasons, stale, seconds, by_operator):
    def outcome(mutant, verdict):
        if mutant in reasons:
            return "equivalent" if verdict == "passed" else "wrong"
        return {"passed": "survived", "recordings": "caught", "expected": "caught by expected/ alone",
                "mapping tests": "caught by mapping tests", "lint": "refused by lint"}.get(verdict, "wrong")
    counts = collections.Counter((m.operator, outcome(m, v)) for m, v, _ in results)
    totals = collections.Counter(o for _, o in counts.elements())
    if by_operator:
        for operator in sorted({o for o, _ in counts}):
            print(f"{operator:30} " + ", ".join(f"{n} {o}" for (p, o), n in sorted(counts.items()) if p == operator))
    print(f"mutants: {len(results)} in {seconds:.0f} s: " + ", ".join(f"{n} {o}" for o, n in totals.most_common()))
    bad = totals["survived"] + totals["wrong"]
    return 1 if bad or stale else 0


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    sys.exit(main())
