"""Penalties of system B that come as files into a folder: CSV files of several rows, and workbooks (xlsx); with what is wrong with the bad ones.

Like penalties.py: invented, with valid check characters. A file refuses rows one by one, and is refused as a whole where it cannot be read.
"""

import penalties
from faulty_b import cell_place, first_fault
from identifiers import organisation_code, person_number
from penalties import HEADS, HOUSING, HOUSING_CODE, code, penalty, renamed, table
from workbook import CHINESE_DAY_FORMAT, CONTENT_TYPE, Day, Failure, Formula, Number, Runs, letters, workbook
from writing import write_case

SHEET = "处罚信息"


def row(number, **more):
    """A row of its own number, with an amount."""
    return renamed(penalty(1000 + number, 统一社会信用代码=code("91440101", f"MA5TF{number:03d}"), 罚款金额="3000") | more)


# MARK: CSV

def drop_csv(name, text, note, encoding="gb18030", **more):
    content = text if isinstance(text, bytes) else text.encode(encoding)
    write_case(name, {f"{name}.csv": content}, note, channel="local-b-penalty-files", door="file", sender="local-b", content_type="text/csv", **more)


def csv_files():
    rows = [row(1, 行政相对人名称="南屿䶮港测试航运有限公司", 违法事实="一、虚报船龄；\r\n二、两次更改报价，\n三、拒不到场。", 处罚类别="警告、罚款", 处罚内容="警告；处以罚款。", 处罚有效期="2027/04/09"),
            row(2, 行政相对人名称='"测试"园林公司', 违法行为类型="弄虚作假", 违法事实='称"已完工",实未开工'),
            row(3, 行政相对人名称="测试人乙", 行政相对人类别="自然人", 统一社会信用代码="", 证件类型="01", 证件号码=person_number("440106", "19850505", "131"), 处罚机关=HOUSING, 处罚机关统一社会信用代码=HOUSING_CODE)]
    drop_csv("file-03-three-penalties", table(rows, newline="\r\n"), "Three penalties, CRLF; the facts of the first are three lines inside quotation marks, with line ends of two kinds.",
             deliveries={"credit": "delivered"}, facts=penalties.facts_of(rows[0]))
    rows = [row(4, 违法事实="第一行\n第二行"), row(5, 违法事实="与甲,乙串通报价。"), row(6, 处罚类别="通报批评", 处罚决定日期="2026/04/31"), row(7, 行政相对人名称="南屿测试检测有限公司", 处罚类别="警告", 处罚内容="警告。", **{"罚款金额（元）": ""}), row(8)]
    text = table(rows).replace('"与甲,乙串通报价。"', "与甲,乙串通报价。")
    content = (text.replace("\n南屿测试检测有限公司", "\n\n\n南屿测试检测有限公司", 1)).encode("gb18030")
    beyond = cell_place(content, rows[1]["更新时间"])
    drop_csv("file-04-two-of-five-are-wrong", content, "Of five rows one has a comma without quotation marks and one an unknown penalty of a day that does not exist; a text of two lines stands before them, empty lines behind. The other three are taken.",
             deliveries={"credit": "delivered"}, facts=penalties.facts_of(rows[0]),
             findings=[{"code": "csv.columns", "path": ""} | beyond, {"code": "code.unknown", "path": "/处罚类别"} | cell_place(content, "通报批评"),
                       {"code": "time.invalid", "path": "/处罚决定日期"} | cell_place(content, "2026/04/31")])
    heads = ["内部流水号", *reversed(HEADS)]
    rows = [row(9, 行政相对人名称="南屿测试幕墙有限公司", 组织机构代码="MA5TF009" + organisation_code("MA5TF009"), 内部流水号="0009", 备注="首次"), row(10, 内部流水号="0010", **{"罚款金额（元）": "0.5"})]
    drop_csv("file-05-columns-reversed", table(rows, heads, last=False, always=True), "Columns in reverse order and one that nobody reads, every field in quotation marks, no line end behind the last row.",
             deliveries={"credit": "delivered"}, facts=penalties.facts_of(rows[0]))


def bad_csv_files():
    def refuse(name, text, note, *findings, **more):
        drop_csv(name, text, note, http=422, message="refused", findings=findings, **more)

    refuse("badfile-01-empty", b"", "An empty file.", {"code": "csv.header", "path": "", "line": 1, "column": 0})
    body = table([row(21), row(22)], explained=False).split("\n", 1)[1]
    refuse("badfile-04-header-missing", body, "The rows without header: the first is read as the header, and no name in it is known.", {"code": "csv.header", "path": "", "line": 1, "column": 1})
    rows = [row(23, 违法事实=""), row(24, 罚款金额="") | {"罚款金额（元）": "两千元"}]
    content = table(rows).encode("gb18030")
    gap = content.split(b"\n")[2].index("串通投标,,".encode("gb18030")) + len("串通投标,".encode("gb18030")) + 1
    refuse("badfile-06-every-row-is-wrong", content, "Any number of rows may be wrong, but nothing of this file could be taken.",
           {"code": "field.required", "path": "/违法事实", "line": 3, "column": gap}, {"code": "amount.invalid", "path": "/罚款金额"} | cell_place(content, "两千元"))
    content = table([row(25), row(26)]).encode()
    refuse("badfile-07-utf8", content, "UTF-8 where GB 18030 is expected: the place is that of the first byte that begins no character.",
           {"code": "encoding.invalid", "path": "", "line": 1, "column": first_fault(content, "gb18030")})


# MARK: Workbooks

def drop_book(name, content, note, **more):
    write_case(name, {f"{name}.xlsx": content}, note, channel="local-b-penalty-books", door="file", sender="local-b", content_type=CONTENT_TYPE, **more)


def grid(rows, heads=None):
    """Header, explanation and rows as cells; a row may be None."""
    heads = heads or HEADS
    return [list(heads), [penalties.EXPLAINED.get(head, "备用列") for head in heads], *(None if row is None else [row.get(head, "") for head in heads] for row in rows)]


def meant(cells):
    """What the cells of a row stand for."""
    return {head: str(value) for head, value in cells.items()}


def at(number, head, code, sheet=SHEET, heads=None):
    """A finding on a cell."""
    column = (heads or HEADS).index(head) + 1
    return {"code": code, "path": f"{sheet}!{letters(column)}{number}", "line": number, "column": column}


def book(number, **more):
    return row(100 + number, **more)


def good_books():
    rows = [book(1, 行政相对人名称="南屿测试装饰有限公司", 备注=Day(2026, 4, 9), 处罚有效期="2027/04/09") | {"罚款金额（元）": Number("160025")},
            book(2, 行政相对人名称="南屿测试照明有限公司", 备注=Day(2024, 2, 29, CHINESE_DAY_FORMAT)) | {"罚款金额（元）": Number("0.01")}, book(3, 行政相对人名称="南屿测试暖通有限公司")]
    drop_book("book-01-shared-texts", workbook([(SHEET, grid(rows))]), "Three penalties, texts shared among the cells, amounts as numbers; a remark is a day, which comes as the format shows it.",
              deliveries={"credit": "delivered"}, facts=penalties.facts_of(meant(rows[0])))
    heads = ["更新时间", "登记号", *HEADS[:-1]]
    rows = [book(4, 行政相对人名称=Runs(("南屿测试", "防水", "有限公司")), 处罚内容=Formula('"处以"&"罚款。"', "处以罚款。"), 登记号=Failure("1/0", "#DIV/0!"), 备注="两行合并")
            | {"罚款金额（元）": Number("0.30000000000000004", "0.3"), "没收金额（元）": Formula("A1*2", Number("1.6E5", "160000"))}, None,
            book(5, 行政相对人名称="南屿测试管道有限公司", 登记号=Number("12345678901234567890")) | {"罚款金额（元）": Number("35000.50")}]
    content = workbook([("台账", grid(rows, heads)), ("旧表", [["行政相对人名称"], ["不应读取"]])], is_shared=False, merged=[f"{letters(len(heads))}3:{letters(len(heads))}5"], hidden={5})
    drop_book("book-02-formulas-and-runs", content, "Two sheets, of which the first counts; texts in the cells, some in runs; values of formulas, a number that a program made inexact, one with an exponent; "
              "an error and a long number in a column that nobody reads, an empty row, a hidden one, merged cells.", deliveries={"credit": "delivered"}, facts=penalties.facts_of(meant(rows[0])))
    rows = [book(6, 违法行为类型="", 处罚类别="批评"), book(7, 行政相对人名称="南屿测试电梯有限公司", 处罚类别="警告、罚款", 处罚内容="警告；罚款。", 公示截止期="2029/04/08"), book(8, 更新时间="2026/04/18 9:30")]
    named = "'2026年 4月'"
    drop_book("book-03-two-of-three-are-wrong", workbook([("2026年 4月", grid(rows))]), "The first and the last of three rows are wrong, and named by their cells; the name of the sheet has a blank. The second is taken.",
              deliveries={"credit": "delivered"}, facts=penalties.facts_of(meant(rows[1])),
              findings=[at(3, "违法行为类型", "field.required", named), at(3, "处罚类别", "code.unknown", named), at(5, "更新时间", "time.invalid", named)])


def bad_books():
    def refuse(name, content, note, *findings):
        drop_book(name, content, note, http=422, message="refused", findings=findings)

    whole = {"path": "", "line": 0, "column": 0}
    refuse("badbook-01-csv", table([book(11)]).encode("gb18030"), "A CSV file that somebody gave the name of a workbook.", {"code": "sheet.file"} | whole)
    content = workbook([(SHEET, grid([book(12)]))])
    refuse("badbook-02-cut-off", content[:len(content) * 3 // 5], "The first three fifths of a workbook.", {"code": "sheet.file"} | whole)
    titled = [["行政处罚信息汇总表"], *grid([book(13)])]
    refuse("badbook-03-title-above-the-header", workbook([(SHEET, titled)], merged=[f"A1:{letters(len(HEADS))}1"]),
           "A title, merged over all columns, stands above the header, so the header is looked for in its row.", {"code": "sheet.header", "path": f"{SHEET}!A1", "line": 1, "column": 1})
    refuse("badbook-04-formula-error", workbook([(SHEET, grid([book(14) | {"罚款金额（元）": Failure("SUM(#REF!)", "#REF!")}]))]), "The amount is a formula that came to an error.",
           at(3, "罚款金额（元）", "sheet.cell"))
    number = person_number("440106", "19860606", "141")
    refuse("badbook-05-identifier-as-number", workbook([(SHEET, grid([book(15, 行政相对人名称="测试人丙", 行政相对人类别="自然人", 统一社会信用代码="", 证件类型="01", 证件号码=Number(number[:15] + "000"))]))]),
           "The number of a person's card was typed as a number: its last three digits are lost, and no zero may stand for them.", at(3, "证件号码", "sheet.cell"))
    refuse("badbook-06-field-missing", workbook([(SHEET, grid([book(16, 违法事实="")]))], is_shared=False), "No facts: the cell is not there.", at(3, "违法事实", "field.required"))
    refuse("badbook-07-day-as-day", workbook([(SHEET, grid([book(17, 处罚决定日期=Day(2026, 4, 9))]))]),
           "The day of the decision is a day of the spreadsheet, which comes as 2026-04-09; system B's form has it as text, 2026/04/09.", at(3, "处罚决定日期", "time.invalid"))
    extra = grid([book(18)])
    extra[2].append("见附件")
    refuse("badbook-08-column-without-name", workbook([(SHEET, extra)]), "A value behind the last column that has a name.",
           {"code": "sheet.columns", "path": f"{SHEET}!{letters(len(HEADS) + 1)}3", "line": 3, "column": len(HEADS) + 1})
    cells = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in line) + "</tr>" for line in grid([book(19)]))
    refuse("badbook-09-web-page", f'<html><head><meta charset="gb2312"></head><body><table>{cells}</table></body></html>\n'.encode("gb18030"),
           "A web page with a table, as some systems export workbooks.", {"code": "sheet.file"} | whole)
    refuse("badbook-10-two-days", workbook([(SHEET, grid([book(20, 处罚决定日期=Number("20260409")), book(21, 处罚决定日期="2026/04/09", 处罚有效期="2026/02/30")]))]),
           "A day typed as a number in one row, a day that does not exist in the other: nothing is left to be taken.", at(3, "处罚决定日期", "time.invalid"), at(4, "处罚有效期", "time.invalid"))


def write():
    csv_files()
    bad_csv_files()
    good_books()
    bad_books()
