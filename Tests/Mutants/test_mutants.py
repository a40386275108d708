"""Tests of the mutants themselves; they run nothing of the product."""

import pathlib
import random
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
import catalogue  # noqa: E402
import code_lists  # noqa: E402
import mapping_lines  # noqa: E402
import mutants  # noqa: E402
import operators  # noqa: E402

MAPPING = """\
mapping: x/in/tender-notice
from: { format: xml, root: NOTICE, schema: x/a.xsd }
namespaces:
  a: urn:a
identify:
  businessKey: concat(A, ":", B)
  version: STAMP | trim
fields:
  title: NAME | trim | required          # said first
  content: TEXT | trim
  url: { value: LINK | trim, basis: unverified, note: "a, b" }
  nature: NATURE | code(notice-nature) | required
  publishedAt: SENT | time("yyyyMMddHHmmss")
  document.price: PRICE | amount("元")
  tenderer.identifier: CODE | uscc
  sections[]:
    each: SECTION
    fields:
      code: a:ID[@kind='lot'] | trim
      media[]: MEDIA | split(";")
      name: NAME | trim
"""
LISTS = {"notice-nature": ["normal", "correction"], "yes-no": ["yes", "no"]}


def mutations(text=MAPPING):
    lines = mapping_lines.read(text)
    rows = text.split("\n")
    result = {}
    for operator, index, edits in operators.mutations(lines, LISTS, ["x/a.xsd", "x/b.xsd"]):
        result.setdefault(operator, []).append((rows[index].strip(), " / ".join((row or "").strip() for row in edits.values())))
    return result


class Lines(unittest.TestCase):
    def test_parts_scopes_and_expressions(self):
        lines = {line.key: line for line in mapping_lines.read(MAPPING)}
        self.assertEqual(lines["version"].part, "identify")
        self.assertEqual(lines["title"].source, "NAME")
        self.assertEqual([str(c) for c in lines["title"].calls], ["trim", "required"])
        self.assertEqual(lines["url"].source, "LINK")
        self.assertEqual(lines["media[]"].scope, ("sections[]",))
        self.assertEqual(lines["code"].source, "a:ID[@kind='lot']")
        self.assertEqual(lines["sections[]"].last, lines["name"].index)
        self.assertEqual(lines["title"].last, lines["title"].index)

    def test_comments_and_separators_in_texts_are_no_comments_and_no_separators(self):
        self.assertEqual(mapping_lines.without_comment("a: join('#') # b"), "a: join('#')")
        self.assertEqual(mapping_lines.split('a | join("|") | f(b, "c|d")', "|"), ["a", 'join("|")', 'f(b, "c|d")'])

    def test_everything_around_the_expression_stays(self):
        lines = {line.key: line for line in mapping_lines.read(MAPPING)}
        self.assertEqual(lines["title"].expressed(source="OTHER"), "  title: OTHER | trim | required          # said first")
        self.assertEqual(lines["url"].expressed(calls=()), '  url: { value: LINK, basis: unverified, note: "a, b" }')


class Operators(unittest.TestCase):
    def test_each_kind_of_mistake_is_made(self):
        made = mutations()
        for operator, example in (
                ("source swapped", ("content: TEXT | trim", "content: NAME | trim")),
                ("scope changed", ("name: NAME | trim", "name: ../NAME | trim")),
                ("required dropped", ("nature: NATURE | code(notice-nature) | required", "nature: NATURE | code(notice-nature)")),
                ("function removed", ("tenderer.identifier: CODE | uscc", "tenderer.identifier: CODE")),
                ("check dropped", ("tenderer.identifier: CODE | uscc", 'tenderer.identifier: CODE | identifier("CN-USCC")')),
                ("unit wrong", ('document.price: PRICE | amount("元")', 'document.price: PRICE | amount("万元")')),
                ("pattern changed", ('publishedAt: SENT | time("yyyyMMddHHmmss")', 'publishedAt: SENT | time("yyyyMMddmmHHss")')),
                ("code list exchanged", ("nature: NATURE | code(notice-nature) | required", "nature: NATURE | code(yes-no) | required")),
                ("separator changed", ('media[]: MEDIA | split(";")', 'media[]: MEDIA | split(",")')),
                ("predicate changed", ("code: a:ID[@kind='lot'] | trim", "code: a:ID[@kind='lot-2'] | trim")),
                ("predicate removed", ("code: a:ID[@kind='lot'] | trim", "code: a:ID | trim")),
                ("namespace changed", ("a: urn:a", "a: urn:a-2")),
                ("parts exchanged", ('businessKey: concat(A, ":", B)', 'businessKey: concat(B, ":", A)')),
                ("schema exchanged", ("from: { format: xml, root: NOTICE, schema: x/a.xsd }", "from: { format: xml, root: NOTICE, schema: x/b.xsd }"))):
            self.assertIn(example, made[operator], operator)
        self.assertIn(("content: TEXT | trim", 'url: TEXT | trim / content: { value: LINK | trim, basis: unverified, note: "a, b" }'),
                      made["target swapped with neighbour"])

    def test_a_group_is_removed_whole(self):
        text = next(edits for operator, index, edits in operators.mutations(mapping_lines.read(MAPPING), LISTS)
                    if operator == "line removed" and MAPPING.split("\n")[index].strip() == "sections[]:")
        self.assertEqual(len(text), 6)

    def test_limits_change_by_one(self):
        made = mutations(MAPPING.replace("TEXT | trim", "TEXT | max(200)"))
        self.assertEqual([new for _, new in made["limit changed"]], [f"content: TEXT | max({n})" for n in (199, 201, 20)])


class CodeLists(unittest.TestCase):
    TEXT = ('list,edition,partner,code,canonical,label_zh,label_en,valid_from,valid_to,source\nn,1,x,1,normal,正常,"a, b",,,s\n'
            "n,1,x,2,correction,更正,c,,,s\nn,1,y,1,normal,正常,a,,,s\n")

    def test_only_rows_of_partners_that_use_the_list_are_changed(self):
        made = list(code_lists.mutations("n", self.TEXT, {"x"}))
        self.assertEqual({index for _, index, _ in made}, {1, 2})
        self.assertIn(("entry's value changed", 1, {1: 'n,1,x,1,correction,正常,"a, b",,,s'}), made)
        self.assertIn(("entry removed", 2, {2: None}), made)
        self.assertIn(("codes exchanged", 1, {1: 'n,1,x,2,normal,正常,"a, b",,,s', 2: "n,1,x,1,correction,更正,c,,,s"}), made)

    def test_amounts_use_the_lists_of_units_and_currencies(self):
        lines = mapping_lines.read("fields:\n  a: B | amount(unit=C, currency=D)\n  e: F | code(yes-no)\n")
        self.assertEqual(code_lists.used({"x": lines}), {("x", "price-unit"), ("x", "currency"), ("x", "yes-no")})


class Shipped(unittest.TestCase):
    all = catalogue.every(mutants.REPOSITORY / "Mappings", mutants.REPOSITORY / "Schemas")

    def test_every_line_that_says_something_has_mutants(self):
        places = {m.place for m in self.all}
        for path in (mutants.REPOSITORY / "Mappings").glob("*/*/*.yaml"):
            if path.name.endswith(".tests.yaml"):
                continue
            file = path.relative_to(mutants.REPOSITORY / "Mappings").as_posix()
            for line in mapping_lines.read(path.read_text(encoding="utf-8")):
                if line.part in ("identify", "keys", "fields", "namespaces") and (line.value or line.scope) and line.key != "fields":
                    self.assertIn(f"{file}:{line.index + 1}", places)

    def test_every_mutant_is_another_file_and_no_two_are_the_same(self):
        self.assertTrue(all(m.before != m.after for m in self.all))
        self.assertEqual(len({(m.file, m.after) for m in self.all}), len(self.all))

    def test_no_entry_of_the_equivalents_is_stale(self):
        reasons, stale = catalogue.equivalents(self.all)
        self.assertEqual(stale, [])
        self.assertTrue(all(len(reason) > 20 for reason in reasons.values()))

    def test_a_stale_entry_is_found(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "equivalents.csv"
            path.write_text("file,line,operator,mutant,reason\nx.yaml,a: B,function removed,a: C,because\n", encoding="utf-8")
            self.assertEqual(len(catalogue.equivalents(self.all, path)[1]), 1)

    def test_a_seed_draws_the_same_again_and_reaches_far(self):
        first, second = (mutants.drawn(self.all, 10, random.Random(5)) for _ in range(2))
        self.assertEqual(first, second)
        self.assertEqual(len(set(first)), 10)
        files = {m.file for m in mutants.drawn(self.all, 100, random.Random(6))}
        self.assertGreater(len(files), 5)

    def test_slices_are_all_of_it(self):
        class Options:
            only, all, number = None, False, 10
        parts = []
        for part in (1, 2, 3):
            Options.slice = f"{part}/3"
            parts += mutants.selected(self.all, Options, 1)
        self.assertEqual(set(parts), set(self.all))

    def test_the_diff_shows_the_line(self):
        mutant = next(m for m in self.all if m.operator == "required dropped")
        self.assertIn("-" + mutant.before.split("\n")[mutant.line - 1], mutant.diff())


if __name__ == "__main__":
    unittest.main()
