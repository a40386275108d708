"""What can be wrong in a line of a mapping: each operator yields (operator, index of the line, {index: new line or None})."""

import re

from mapping_lines import Call, split

AMOUNT_UNITS = ("元", "万元", "亿元", "角", "分")
CHECKS = ("uscc", "organisation-code", "deal-code", "project-code")
SCHEMES = {"uscc": "CN-USCC", "organisation-code": "CN-ORGCODE", "deal-code": "CN-DEAL", "project-code": "CN-INVEST"}
# Pairs of parts that are easily taken for each other, or forgotten.
PATTERNS = {"yyyyMMddHHmmss": ("yyyyMMddHHmm", "yyyyMMdd", "yyyyddMMHHmmss", "yyyyMMddmmHHss", "yyyymmddHHMMss", "yyyyMMddHHssmm",
                               "yyyy-MM-dd HH:mm:ss"),
            "yyyyMMdd": ("yyyyddMM", "yyyymmdd", "yyMMdd", "yyyyMMddHHmmss"),
            "xml": ("yyyyMMdd", "yyyy-MM-dd"), "epoch-milliseconds": ("yyyyMMddHHmmss",),
            "yyyy/MM/dd": ("yyyy/dd/MM", "yyyy/mm/dd", "yyyy-MM-dd", "yyyyMMdd"), "yyyy-MM-dd": ("yyyy-dd-MM", "yyyy-mm-dd", "yyyy/MM/dd", "yyyyMMdd"),
            "yyyy/MM/dd HH:mm:ss": ("yyyy/dd/MM HH:mm:ss", "yyyy/MM/dd HH:ss:mm", "yyyy/mm/dd HH:MM:ss", "yyyy-MM-dd HH:mm:ss", "yyyy/MM/dd HH:mm", "yyyy/MM/dd")}
# What stands where a sender left a field out; in a form that the following function takes.
INVENTED = {"time": "20200101000000", "date": "20200101", "count": "1", "amount": "1", "decimal": "1"}
INVENTED_BY_PATTERN = {"epoch-milliseconds": "1577836800000", "yyyy/MM/dd": "2020/01/01", "yyyy-MM-dd": "2020-01-01", "yyyy/MM/dd HH:mm:ss": "2020/01/01 00:00:00"}


def mutations(lines, lists, schemas=()):
    """All mutants of a mapping's lines. `lists`: list -> canonical values; `schemas`: schema names that exist."""
    for line in lines:
        if line.part == "header":
            yield from of_header(line, schemas)
        elif line.part == "namespaces":
            yield "namespace changed", line.index, {line.index: line.text + "-2"}
        else:
            if line.value or line.scope or line.part == "fields":
                yield "line removed", line.index, {index: None for index in range(line.index, line.last + 1)}
            if line.is_expression:
                yield from of_expression(line, lines, lists)


def of_header(line, schemas):
    if line.key in ("from", "to"):
        if "schema:" in line.value:
            yield "schema removed", line.index, {line.index: re.sub(r", schema: [^,} ]+", "", line.text)}
            for name in schemas:
                if name not in line.value:
                    yield "schema exchanged", line.index, {line.index: re.sub(r"schema: [^,} ]+", f"schema: {name}", line.text)}
        if "csv:" in line.value:
            yield from of_csv(line)
        if "root:" in line.value:
            yield "root changed", line.index, {line.index: re.sub(r"root: ([^,} ]+)", r"root: \1S", line.text)}
    elif line.key == "audience":
        for other in ("public", "credit"):
            yield "audience changed", line.index, {line.index: line.text.replace(line.value, other)}


def of_csv(line):
    """How the sender's tables are written, with one thing of it wrong."""
    for name in ("rowsBeforeHeader", "rowsAfterHeader"):
        match = re.search(rf"{name}: (\d+)", line.text)
        for number in (int(match[1]) - 1, int(match[1]) + 1) if match else ():
            yield "rows of explanation changed", line.index, {line.index: line.text.replace(match[0], f"{name}: {number}")}
    for old, new in (("gb18030", "utf-8"), ("utf-8", "gb18030")):
        if f"encoding: {old}" in line.text:
            yield "encoding changed", line.index, {line.index: line.text.replace(f"encoding: {old}", f"encoding: {new}")}
    match = re.search(r"names: \{([^}]*)\}", line.text)
    names = split(match[1], ",") if match else []
    for name in names:
        yield "name of a column removed", line.index, {line.index: line.text.replace(match[1].strip(), ", ".join(n for n in names if n != name))}
    if len(names) > 1:
        targets = [n.rpartition(":")[2].strip() for n in names]
        turned = ", ".join(f"{n.rpartition(':')[0]}: {t}" for n, t in zip(names, targets[1:] + targets[:1]))
        yield "names of columns exchanged", line.index, {line.index: line.text.replace(match[1].strip(), turned)}


def of_expression(line, lines, lists):
    for operator, source, calls in changes(line, lines, lists):
        text = line.expressed(source, calls)
        if text != line.text:
            yield operator, line.index, {line.index: text}
    peers = [other for other in lines if other.part == line.part == "fields" and other.scope == line.scope and other.is_expression]
    neighbour = next((o for o in peers if o.index > line.index and o.shape == line.shape and o.key.endswith("[]") == line.key.endswith("[]")), None)
    if neighbour and line.key != "each":
        yield "target swapped with neighbour", line.index, {line.index: line.text.replace(line.key + ":", neighbour.key + ":", 1),
                                                            neighbour.index: neighbour.text.replace(neighbour.key + ":", line.key + ":", 1)}


def changes(line, lines, lists):
    """(operator, new source or None, new calls or None) of one expression."""
    source, calls = line.source, line.calls
    yield from other_sources(line, lines)
    yield from changed_source(source, line, lists)
    for position, call in enumerate(calls):
        without = calls[:position] + calls[position + 1:]
        yield ("required dropped" if call.name == "required" else "function removed"), None, without

        def put(*others):
            return calls[:position] + others + calls[position + 1:]
        for operator, others in changed_call(call, lists):
            yield operator, None, put(*others)
    if line.part == "fields" and line.key not in ("each", "key") and not any(c.name in ("required", "default") for c in calls):
        if not source.startswith("literal("):
            yield "default added", None, with_default(calls)
    if line.part == "fields" and line.key != "each" and line.shape[2] == () and line.shape[0] == "path":
        yield "mask added", None, (Call("mask", None), *calls)


def with_default(calls):
    """The expression with a default where a conversion takes it: before it."""
    typed = next((c for c in calls if c.name not in ("trim", "max", "join")), None)
    if typed is None:
        text = "ORG-0001"
    elif typed.name in INVENTED:
        text = INVENTED_BY_PATTERN.get((typed.arguments or "").strip('"'), INVENTED[typed.name])
    else:
        text = {"uscc": "12440100TE2T00053B", "deal-code": "A0112440100TE2T00053B20260501000001S",
                "project-code": "2018-440100-48-01-000123"}.get(typed.name, "1")
    return (Call("default", f'"{text}"'), *calls)


def other_sources(line, lines):
    """The path of another field of the same shape and scope."""
    if line.key in ("each", "key") or line.source.startswith("literal("):
        return
    seen = {line.source}
    for other in lines:
        same = other.part == line.part and other.scope == line.scope and other.shape == line.shape
        if line.part == "identify":
            same = other.part in ("identify", "fields") and not other.scope and other.shape[0] == "path" and not other.shape[1] and (
                line.key != "sourceTime" or other.shape == line.shape)
        if same and other.is_expression and other.key != "each" and other.source not in seen:
            seen.add(other.source)
            yield "source swapped", other.source, None
    outer = {other.source for other in lines if other.part == "fields" and not other.scope}
    if line.part == "fields" and line.scope and line.source in outer:
        yield "scope changed", "../" + line.source, None


def changed_source(source, line, lists):
    match = re.fullmatch(r'literal\("(.*)"\)', source)
    if match:
        siblings = {v for values in lists.values() if match[1] in values for v in values} - {match[1]}
        for other in [*sorted(siblings), match[1] + "-2", match[1].lower() if match[1].isupper() else match[1].upper()]:
            yield "literal changed", f'literal("{other}")', None
        return
    match = re.fullmatch(r"(concat|datetime)\((.*)\)", source)
    if match:
        parts = split(match[2], ",")
        for position, part in enumerate(parts):
            rest = parts[:position] + parts[position + 1:]
            if match[1] == "concat":
                yield "part removed", f"concat({', '.join(rest)})", None
                if part.startswith('"'):
                    for other in ('"-"', '"::"'):
                        yield "separator changed", f"concat({', '.join(parts[:position] + [other] + parts[position + 1:])})", None
        yield "parts exchanged", f"{match[1]}({', '.join(reversed(parts))})", None
    for predicate in re.findall(r"\[[^\]]+='[^']*'\]", source):
        yield "predicate removed", source.replace(predicate, "", 1), None
        yield "predicate changed", source.replace(predicate, predicate[:-2] + "-2']", 1), None
    if "[]" in source:
        yield "first only", source.replace("[]", "", 1), None
    match = re.fullmatch(r"(\w+\(.*\))/(.*)", source)
    if match:
        yield "look-up removed", match[2], None
    if source.endswith(".value"):
        yield "other member", source[:-len("value")] + "scheme", None
    match = re.fullmatch(r"(.*)/@\w+", source)
    if match:
        yield "attribute dropped", match[1], None
    if line.key in ("each", "key") and "/" in source:
        yield "path cut", source.rsplit("/", 1)[0], None
        yield "path cut", source.split("/", 1)[1], None
    if line.key == "each":
        yield "path misspelt", source + "S", None


def changed_call(call, lists):
    """(operator, functions in its place)."""
    name, arguments = call.name, call.arguments
    text = arguments[1:-1] if arguments and arguments.startswith('"') and arguments.endswith('"') and arguments.count('"') == 2 else None
    if name in ("time", "date"):
        for other in PATTERNS.get(text, ()):
            yield "pattern changed", (Call(name, f'"{other}"'),)
    elif name == "max":
        for other in (int(arguments) - 1, int(arguments) + 1, int(arguments) // 10):
            yield "limit changed", (Call(name, str(other)),)
    elif name == "code":
        for other in lists:
            if other != arguments:
                yield "code list exchanged", (Call(name, other),)
    elif name in ("split", "join"):
        for other in (",", "；", "; "):
            yield "separator changed", (Call(name, f'"{other}"'),)
    elif name == "identifier":
        for other in ("OTHER", "CN-PROJECT", "CN-TENDER-PROJECT", "CN-SECTION", "CN-USCC", "CN-REGION", "NUTS"):
            if other != text:
                yield "scheme changed", (Call(name, f'"{other}"'),)
        yield "check added", (Call("uscc", None),)
    elif name in CHECKS:
        for other in CHECKS:
            if other != name:
                yield "check exchanged", (Call(other, None),)
        yield "check dropped", (Call("identifier", f'"{SCHEMES[name]}"'),)
        yield "check dropped", (Call("identifier", '"OTHER"'),)
    elif name == "count":
        yield "unit wrong", (Call("amount", '"元"'),)
    elif name == "amount":
        yield from changed_amount(arguments)


def changed_amount(arguments):
    parts = split(arguments, ",")
    if parts[0].startswith('"'):
        for other in AMOUNT_UNITS:
            if other != parts[0][1:-1]:
                yield "unit wrong", (Call("amount", ", ".join([f'"{other}"', *parts[1:]])),)
        yield "decimals fixed", (Call("amount", f"{parts[0]}, 2"),)
        yield "decimals fixed", (Call("amount", f"{parts[0]}, 0"),)
        for part in parts[1:]:
            yield "argument dropped", (Call("amount", ", ".join(p for p in parts if p != part)),)
        return
    for position in range(len(parts)):
        rest = parts[:position] + parts[position + 1:]
        if rest:
            yield f"{parts[position].split('=')[0]} dropped", (Call("amount", ", ".join(rest)),)
    for other in AMOUNT_UNITS:
        yield "unit wrong", (Call("amount", f'"{other}"'),)
    for kind in ("unit", "rate"):
        yield "kind wrong", (Call("amount", f'{arguments}, kind="{kind}"'),)
