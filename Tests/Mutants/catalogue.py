"""Every mutant of the mappings and of the code lists that they use."""

import csv
import dataclasses
import difflib
import pathlib

import code_lists
import mapping_lines
import operators

HERE = pathlib.Path(__file__).resolve().parent


@dataclasses.dataclass(frozen=True)
class Mutant:
    """One change of one file: what a careless hand could do."""
    file: str           # below Mappings
    line: int           # from 1: the line that is changed, or the first of them
    operator: str
    before: str         # whole file
    after: str

    @property
    def place(self):
        return f"{self.file}:{self.line}"

    @property
    def old(self):
        return self.before.split("\n")[self.line - 1].strip()

    @property
    def new(self):
        """The changed line as it reads afterwards; empty when it was removed."""
        rows = difflib.ndiff(self.before.split("\n"), self.after.split("\n"))
        return " / ".join(row[2:].strip() for row in rows if row.startswith("+ "))

    def diff(self):
        return "\n".join(line.rstrip("\n") for line in difflib.unified_diff(
            self.before.split("\n"), self.after.split("\n"), f"Mappings/{self.file}", f"Mappings/{self.file} (mutant)", n=0, lineterm=""))


def mutated(text, edits):
    rows = text.split("\n")
    return "\n".join(edits.get(index, row) for index, row in enumerate(rows) if edits.get(index, row) is not None)


def every(mappings, schemas):
    """All mutants, in the order of files and lines; no two have the same effect on the same file."""
    files = {path.relative_to(mappings).as_posix(): path.read_text(encoding="utf-8")
             for pattern in ("*/in/*.yaml", "*/out/*.yaml", "codelists/*.csv") for path in mappings.glob(pattern)
             if not path.name.endswith(".tests.yaml")}
    lists = {pathlib.PurePath(f).stem: text for f, text in files.items() if code_lists.is_list(f)}
    values = code_lists.canonical_values(lists)
    xsds = [path.relative_to(schemas).as_posix() for path in sorted(schemas.glob("*/*.xsd"))]
    by_partner, found = {}, []
    for file in sorted(files):
        if code_lists.is_list(file):
            continue
        lines = mapping_lines.read(files[file])
        by_partner.setdefault(file.split("/")[0], []).extend(lines)
        found += [(file, *mutation) for mutation in operators.mutations(lines, values, xsds)]
    uses = code_lists.used(by_partner)
    for name in sorted(lists):
        partners = {partner for partner, used in uses if used == name}
        found += [(f"codelists/{name}.csv", *mutation) for mutation in code_lists.mutations(name, lists[name], partners)]
    seen, result = set(), []
    for file, operator, index, edits in found:
        after = mutated(files[file], edits)
        if after != files[file] and (file, after) not in seen:
            seen.add((file, after))
            result.append(Mutant(file, index + 1, operator, files[file], after))
    return sorted(result, key=lambda m: (m.file, m.line))


def equivalents(mutants, path=HERE / "equivalents.csv"):
    """Mutants that nothing can tell from the original, with the reason; and the entries of the table that name none."""
    index = {(m.file, m.old, m.operator, m.new): m for m in mutants}
    reasons, stale = {}, []
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            mutant = index.get((row["file"], row["line"], row["operator"], row["mutant"]))
            if mutant and row["reason"]:
                reasons[mutant] = row["reason"]
            else:
                stale.append(row)
    return reasons, stale
