#!/usr/bin/env python3
"""Checks the recordings without the product: Python's standard library and xmllint.

    python3 check.py            exit 0 when everything holds, else 1 with one line per fault

Where TENDERBRIDGE_VECTORS names the folder of test vectors, the facts on foreign notices are compared with those files too.
"""

import csv
import datetime
import json
import os
import pathlib
import re
import sys
import xml.etree.ElementTree as ET
from decimal import Decimal, InvalidOperation

sys.dont_write_bytecode = True
import check_b  # noqa: E402  (no folder of byte code among the cases)
import check_doors  # noqa: E402
from check_a import SOURCE_XSD, check_identifiers, decode, leaves, lint, tree  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
TARGET_XSD = REPOSITORY / "Schemas/provincial/tender-notice.xsd"
CREDIT_XSD = REPOSITORY / "Schemas/credit/penalty.xsd"
CANONICAL = {name: json.loads((REPOSITORY / f"Schemas/canonical/{name}.json").read_text(encoding="utf-8")) for name in ("tender-notice", "penalty")}
OF_B = {"local-b": "tender-notice", "local-b-penalties": "penalty", "local-b-penalties-utf8": "penalty"}
KEYS = ["channel", "sender", "payload", "contentType", "idempotencyKey", "http", "message", "deliveries", "findings", "faults", "note"]
FAULTS = {"slow", "server-error", "too-many-requests", "reset", "answer-lost", "failure-inside-200", "html-error-page", "hang"}
STATES = {"waiting", "pending", "inFlight", "retryWait", "awaitingReceipt", "unknown", "dead", "delivered", "cancelled", "superseded", "expired"}
XS = "{http://www.w3.org/2001/XMLSchema}"
problems = []


def fail(where, what):
    problems.append(f"{where}: {what}")


# MARK: reading

def value(text):
    """A value of case.yaml: quoted text, number, plain word, [list] or {map}; the subset that compose.py writes."""
    text = text.strip()
    if text[:1] == "{" or text[:1] == "[":
        parts = [p for p in re.split(r',\s*(?=(?:[^"]*"[^"]*")*[^"]*$)(?![^{\[]*[}\]])', text[1:-1]) if p]
        if text[0] == "[":
            return [value(p) for p in parts]
        return {k.strip(): value(v) for k, v in (p.split(":", 1) for p in parts)}
    if text[:1] == '"':
        return json.loads(text)
    return int(text) if re.fullmatch(r"-?\d+", text) else text


def read_case(folder):
    result = {}
    for line in (folder / "case.yaml").read_text(encoding="utf-8").splitlines():
        if line.startswith("  - "):
            result[last].append(value(line[4:]))
        else:
            last, rest = line.split(":", 1)
            result[last] = value(rest) if rest.strip() else []
    return result


def as_list(x):
    return x if isinstance(x, list) else [x]


# MARK: what the schemas say

def xsd_elements(path):
    """Place -> whether it is optional, of every leaf element."""
    result = {}

    def walk(node, prefix, optional):
        for child in node:
            if child.tag in (XS + "sequence", XS + "complexType"):
                walk(child, prefix, optional or child.get("minOccurs") == "0")
            elif child.tag == XS + "element":
                inner = child.find(XS + "complexType")
                if inner is not None:
                    walk(inner, prefix + child.get("name") + "/", False)
                else:
                    result[prefix + child.get("name")] = optional or child.get("minOccurs") == "0"

    root = ET.parse(path).getroot().find(XS + "element")
    walk(root.find(XS + "complexType"), "", False)
    return result


def canonical_leaves(root, node=None, pointer=""):
    """Pointer with * for positions and platform names -> the code list it names, or None."""
    node = root if node is None else node
    if "$ref" in node:
        target = root["$defs"][node["$ref"].rsplit("/", 1)[1]]
        node = target | {k: v for k, v in node.items() if k != "$ref"}
    if "patternProperties" in node:
        return {pointer + "/*/*": None}
    if node.get("type") == "array":
        return canonical_leaves(root, node["items"] | {k: v for k, v in node.items() if k == "x-codelist"}, pointer + "/*")
    if "properties" in node:
        result = {}
        for name, child in node["properties"].items():
            result |= canonical_leaves(root, child, f"{pointer}/{name}")
        return result
    return {pointer: node.get("x-codelist")}


def code_lists():
    result = {}
    for path in sorted((REPOSITORY / "Mappings/codelists").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            seen = set()
            for row in csv.DictReader(file):
                if row["list"] != path.stem:
                    fail(path.name, f"a row of another list: {row['list']}")
                entry = (row["partner"], row["code"], row["edition"])
                if entry in seen:
                    fail(path.name, f"{row['partner']} {row['code']} twice")
                seen.add(entry)
                for column in ("list", "edition", "partner", "code", "canonical", "label_zh", "label_en", "source"):
                    if not row[column]:
                        fail(path.name, f"{row['code']}: {column} is empty")
                result.setdefault(row["list"], {}).setdefault(row["partner"], {})[row["code"]] = row["canonical"]
    return result


# MARK: the checks

def check_case(name, case, finding_codes):
    if [key for key in case if key not in ("sameAs", "door")] != KEYS:
        fail(name, f"keys are {list(case)}")
    if any(f not in FAULTS for f in (row["fault"] for row in case["faults"])):
        fail(name, "unknown fault")
    if any(state not in STATES for state in case["deliveries"].values()):
        fail(name, "unknown state")
    https, messages = as_list(case["http"]), as_list(case["message"])
    if len(https) != len(as_list(case["payload"])) or len(messages) != len(https):
        fail(name, "payload, http and message differ in number")
    check_doors.check_door(name, case, fail)
    # A SOAP call that is understood is answered 200, whatever becomes of its document.
    taken = (200,) if case.get("door") == "soap" else (202,)
    for status, message in zip(https, messages):
        if message in ("accepted", "settled") and status not in taken or message == "refused" and status == 202:
            fail(name, f"{status} and {message}")
    for row in case["findings"]:
        if row["code"] != "*" and row["code"] not in finding_codes:
            fail(name, f"unknown finding {row['code']}")
    if bool(case["deliveries"]) != (messages != ["refused"] * len(messages)):
        fail(name, "deliveries of nothing that was accepted, or the other way round")


def check_facts(name, path, pointers, targets, lists, covered):
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    if rows[0] != ["fact", "target", "path", "type", "value"]:
        fail(name, f"facts.csv begins with {rows[0]}")
    seen = set()
    for number, row in enumerate(rows[1:], 2):
        words, target, place, kind, text = row
        where = f"{name}/facts.csv:{number}"
        if (target, place) in seen:
            fail(where, f"{place} twice")
        seen.add((target, place))
        if not words or kind not in ("text", "decimal", "instant", "code"):
            fail(where, f"kind {kind}")
        if kind == "instant":
            if datetime.datetime.fromisoformat(text).tzinfo is None:
                fail(where, "an instant without offset")
        if kind == "decimal":
            try:
                Decimal(text)
            except InvalidOperation:
                fail(where, f"{text} is no decimal")
        if target == "canonical":
            general = re.sub(r"/\d+", "/*", place)
            if general.startswith("/ext/"):
                general = "/ext/*/*"
            if general in pointers:
                if text:
                    covered.add(general)
                known = {c for partner in lists.get(pointers[general] or "", {}).values() for c in partner.values()}
                if pointers[general] and text and text not in known:
                    fail(where, f"{text} is not in the list {pointers[general]}")
            elif text or not any(p.startswith(general + "/") for p in pointers):
                fail(where, f"{place} is not in the canonical schema")
        elif target == "message":
            if place not in ("/businessKey", "/orderingKey", "/version", "/sourceTime") or not text:
                fail(where, f"{place} is no key of a message, or has no value")
        elif target in targets:
            if place not in targets[target]:
                fail(where, f"{place} is not in the schema of {target}")
        else:
            fail(where, f"target {target}")
    if "credit" in targets:
        for element in ("CF_XDR_MC", "CF_XDR_LB", "CF_WSH", "CF_CFLB", "CF_NR", "CF_JDRQ", "CF_CFJG"):
            if ("credit", "/ExchangeMessage/Body/fields/" + element) not in seen:
                fail(name, f"no fact on the credit platform's {element}")
        return rows[1:]
    for element in ("TENDER_PROJECT_CODE", "NOTICE_NAME", "NOTICE_SEND_TIME", "NOTICE_NATURE", "BULLETIN_TYPE", "TENDERER_NAME", "DATA_KEY"):
        if ("provincial", "/GCJS_NOTICE/" + element) not in seen:
            fail(name, f"no fact on the province's {element}")
    return rows[1:]


def check_foreign(name, file, rows):
    folder = os.environ.get("TENDERBRIDGE_VECTORS")
    if not folder:
        print(f"skipped: {name}, TENDERBRIDGE_VECTORS is not set")
        return
    text = (pathlib.Path(folder) / file).read_text(encoding="utf-8")
    for words, target, place, kind, wanted in rows:
        if target == "canonical" and kind in ("text", "decimal") and wanted and wanted not in text:
            fail(name, f"{words}: {wanted} is not in the notice")


def main():
    finding_codes = {code for folder in ("ExchangeModel", "Formats", "Gateway") for path in (REPOSITORY / "Sources" / folder).rglob("*.swift")
                     for code in re.findall(r'static let \w+: Self = "([a-z.-]+)"', path.read_text(encoding="utf-8"))}
    elements, lists = xsd_elements(SOURCE_XSD), code_lists()
    province = {"provincial": {"/GCJS_NOTICE/" + place for place in xsd_elements(TARGET_XSD)}}
    credit = {"credit": {"/ExchangeMessage/" + place for place in xsd_elements(CREDIT_XSD)}}
    pointers, penalty_pointers = canonical_leaves(CANONICAL["tender-notice"]), canonical_leaves(CANONICAL["penalty"])
    penalty_covered, of_b = set(), check_b.Coverage()
    filled, absent, covered, kinds, encodings, data_keys = {e: set() for e in elements}, {e: 0 for e in elements}, set(), set(), {}, {}
    counts, behind_doors = {}, check_doors.Doors(data_keys, of_b.records, fail)
    for folder in sorted(p.parent for p in HERE.glob("*/case.yaml")):
        name, case = folder.name, read_case(folder)
        counts[name.split("-")[0]] = counts.get(name.split("-")[0], 0) + 1
        check_case(name, case, finding_codes)
        payloads = as_list(case["payload"])
        if "door" in case:
            first = behind_doors.check(name, (folder / payloads[0]).read_bytes(), case)
            if case["message"] == "settled":
                dataset = (penalty_pointers, credit, lists, set()) if "credit" in case["deliveries"] else (pointers, province, lists, set())
                rows = check_facts(name, folder / "facts.csv", *dataset)
                if [row[4] for row in rows if row[2] == "/businessKey"] != [first]:
                    fail(name, f"the facts are not of the first accepted record, {first}")
            continue
        if case["channel"] in OF_B:
            content = (folder / payloads[0]).read_bytes()
            if case["http"] != 202:
                check_b.bad(name, content, case, fail)
                continue
            if case["channel"] == "local-b":
                check_b.good_json(name, content, of_b, fail)
                check_facts(name, folder / "facts.csv", pointers, province, lists, covered)
            else:
                check_b.good_csv(name, content, case["channel"], of_b, fail)
                check_facts(name, folder / "facts.csv", penalty_pointers, credit, lists, penalty_covered)
            if "sameAs" in case:
                check_b.same_record(name, folder, HERE / case["sameAs"]["case"], case["sameAs"], fail)
            elif of_b.records.setdefault(check_b.key_of(content, case["channel"]), name) != name:
                fail(name, "the key of another case")
            for row in case["faults"]:
                kinds.add(row["fault"])
                if row["dataKey"] not in check_b.key_of(content, case["channel"]):
                    fail(name, "a fault for another record")
            continue
        if isinstance(payloads[0], dict):
            facts = folder / "facts.csv"
            if facts.exists():
                check_foreign(name, payloads[0]["vectors"], check_facts(name, facts, pointers, province, lists, covered))
            continue
        if case["channel"] == "eforms":
            # There is no schema of system A to hold these against.
            check_facts(name, folder / "facts.csv", pointers, province, lists, covered)
            continue
        accepted = [p for p, status in zip(payloads, as_list(case["http"])) if status == 202]
        for payload in dict.fromkeys(accepted):
            if lint(folder / payload) != []:
                fail(name, f"{payload} does not pass xmllint --schema")
            encoding, text = decode((folder / payload).read_bytes())
            root = tree(text)
            encodings.setdefault(encoding, []).append(name)
            check_identifiers(name, root, fail)
            key = root.findtext("DATA_KEY")
            if data_keys.setdefault(key, name) != name:
                fail(name, f"DATA_KEY {key} also in {data_keys[key]}")
            for row in case["faults"]:
                kinds.add(row["fault"])
                if row["dataKey"] != key:
                    fail(name, "a fault for another record")
            if not (folder / "facts.csv").exists():
                fail(name, "no facts.csv")
            else:
                check_facts(name, folder / "facts.csv", pointers, province, lists, covered)
        for payload in payloads:
            if folder.name.startswith(("good-", "bad-1", "bad-2")) and "json" not in name and "root" not in name:
                _, text = decode((folder / payload).read_bytes())
                present = list(leaves(tree(text)))
                for place, content in present:
                    if place in filled and content:
                        filled[place].add(content)
                places = {place for place, _ in present}
                sections = list(tree(text).iter("SECTION"))
                for place in elements:
                    if place.startswith("SECTION/"):
                        absent[place] += any(s.find(place[8:]) is None for s in sections)
                    else:
                        absent[place] += place not in places
        if name.startswith("bad-"):
            check_refusal(name, folder, case, payloads)
    for place, optional in elements.items():
        if len(filled[place]) < 2:
            fail(place, f"filled with {len(filled[place])} different values in all recordings")
        if optional and not absent[place]:
            fail(place, "optional and never absent")
    for pointer in [p for p in pointers if p not in covered] + [p for p in penalty_pointers if p not in penalty_covered and p != "/ext/*/*"]:
        fail(pointer, "no fact in any recording")
    places_of_b = check_b.check_coverage(of_b, fail)
    if FAULTS - kinds:
        fail("faults", f"never used: {sorted(FAULTS - kinds)}")
    if len(encodings.get("GBK", [])) < 4 or "UTF-16" not in encodings or "GB18030" not in encodings:
        fail("encodings", str(encodings))
    for name in encodings.get("GB18030", []):
        text = decode((HERE / name / "notice.xml").read_bytes())[1]
        if text == text.encode("gbk", "ignore").decode("gbk"):
            fail(name, "has no character outside GBK")
    for problem in problems:
        print(problem)
    print(f"cases: {counts}; encodings: { {k: len(v) for k, v in sorted(encodings.items())} }; elements of system A: {len(elements)}; "
          f"members and columns of system B: {places_of_b}; canonical fields with facts: {len(covered)} of {len(pointers)}, "
          f"of penalties {len(penalty_covered)} of {len(penalty_pointers)}; faults: {len(kinds)} of {len(FAULTS)}; problems: {len(problems)}")
    return 1 if problems else 0


def check_refusal(name, folder, case, payloads):
    """What xmllint can confirm about a refused notice: the schema's findings and their lines, and nothing else from the schema."""
    lines = lint(folder / payloads[-1])
    expected = sorted({row["line"] for row in case["findings"] if row["code"] == "schema.violation"})
    codes = {row["code"] for row in case["findings"]}
    if codes & {"xml.syntax"} and lines is not None:
        fail(name, "xmllint can parse it")
    if not codes & {"xml.syntax", "encoding.invalid", "encoding.unsupported", "xml.doctype", "limit.depth", "dataset.unknown"} and lines != expected:
        fail(name, f"xmllint names lines {lines}, the case {expected}")
    if "limit.bytes" in codes and (folder / payloads[-1]).stat().st_size <= 8192:
        fail(name, "is not over 8 KiB")


if __name__ == "__main__":
    sys.exit(main())
