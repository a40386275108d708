import ExchangeModel
import JSON
import Testing

@testable import Mapping

@Suite("The lineage of a mapping")
struct LineageTests {
    private func lineage(_ shop: WorkshopFolder, _ name: String = "shop/in/thing") throws -> MappingLineage {
        try #require(MappingExplainer(library: shop.load(), mappings: shop.mappings, schemas: shop.schemas).lineage(of: name))
    }

    @Test("Each field with its name, its paths from the root, its functions, lists, readers and line")
    func rows() throws {
        let fields = """
            title: concat(A/B, "-", /T/C) | trim | required
            colour: { value: "D | code(colour)", basis: unverified }
            price: P | amount(unit=U, currency=@c)
            items[]:
              each: X/I
              fields:
                key: K | required
                value: ../N
                price: P | amount("元")
            phone: literal("x")
            """
        let rows = try lineage(WorkshopFolder(in: fields)).rows
        #expect(
            rows.map(\.target) == [
                "identify.businessKey", "identify.orderingKey", "identify.version", "title", "colour", "price", "items[].key",
                "items[].value", "items[].price", "phone",
            ])
        let title = try #require(rows.first { $0.target == "title" })
        #expect(title.labelZH == "标题" && title.isRequired && title.sources == ["A/B", "C"] && !title.isUnverified)
        #expect(title.functions == ["concat(A/B, \"-\", /T/C)", "trim", "required"])
        #expect(title.audiences == ["public", "province"] && title.position.line == 8)
        let colour = try #require(rows.first { $0.target == "colour" })
        #expect(colour.isUnverified && !colour.isRequired && colour.codeLists == ["colour"] && colour.sources == ["D"])
        let price = try #require(rows.first { $0.target == "price" })
        #expect(price.sources == ["P", "U", "@c"] && price.codeLists == ["price-unit", "currency"])
        #expect(rows.filter { $0.target.hasPrefix("items") }.map(\.sources) == [["X/I[]/K"], ["X/N"], ["X/I[]/P"]])
        #expect(rows.last?.sources == [] && rows.last?.functions == ["literal(\"x\")"] && rows.last?.audiences == ["supervision"])
    }

    @Test("Outbound, the name and the readers are those of what is read; several fields are seen by who may see all")
    func outbound() throws {
        let lineage = try lineage(
            WorkshopFolder(
                out: "NAME: title\nBOTH: concat(title, colour)\nID: id.value\nROW[]:\n  each: items\n  fields:\n    K: key"),
            "shop/out/thing")
        #expect(lineage.audience == "public")
        #expect(lineage.rows.map(\.target) == ["NAME", "BOTH", "ID", "ROW[].K"])
        #expect(lineage.rows.map(\.labelZH) == ["标题", "标题", "", ""])
        #expect(lineage.rows.map(\.audiences) == [["public", "province"], ["public"], ["public"], ["public"]])
        #expect(lineage.rows.map(\.sources) == [["title"], ["title", "colour"], ["id.value"], ["items[].key"]])
    }

    @Test("CSV has a header, marks where they are needed, CRLF, and no cell that a spreadsheet takes for a formula")
    func csv() throws {
        let text = String(
            decoding: try lineage(WorkshopFolder(in: "title: concat(A, \"x\") | required\nprice: P | amount(unit=@u)")).csv(),
            as: UTF8.self)
        #expect(text.hasPrefix("\u{FEFF}target,label_zh,required,source_paths,functions,"))
        let lines = text.split(separator: "\r\n", omittingEmptySubsequences: false)
        #expect(lines.count == 7 && lines.last == "")
        #expect(lines[4].hasPrefix("title,标题,yes,A,\"concat(A, \"\"x\"\") | required\",,,public; province,,shop/in/thing,1,"))
        #expect(lines[5].hasPrefix("price,,no,P; @u,amount(unit=@u),,price-unit,public,"))
    }

    @Test(
        "A cell that would begin a formula begins with an apostrophe",
        arguments: [
            ("=1+1", "'=1+1"), ("+1", "'+1"), ("-1", "'-1"), ("@unit", "'@unit"), ("\t=1", "'\t=1"), ("a=1", "a=1"), ("", ""),
            ("=\"a\",b", "\"'=\"\"a\"\",b\""), ("a\nb", "\"a\nb\""), ("\r\n=1", "\"'\r\n=1\""),
        ])
    func formula(text: String, cell: String) { #expect(MappingLineage.cell(text) == cell) }

    @Test("Every field of every shipped mapping has a line, a source or a text of its own, and as JSON the same rows")
    func shipped() throws {
        let explainer = MappingExplainer(
            library: ShippedFiles.library, mappings: ShippedFiles.mappings, schemas: ShippedFiles.schemas)
        for name in ShippedFiles.library.names {
            let lineage = try #require(explainer.lineage(of: name))
            for row in lineage.rows {
                #expect(row.position.line > 0 && row.position.column > 0, "\(row.target)")
                #expect(!row.sources.isEmpty || row.functions.first?.hasPrefix("literal(") ?? false, "\(row.target)")
                if !row.target.hasPrefix("ext."), !row.sources.isEmpty {
                    #expect(!row.audiences.isEmpty || row.target.hasPrefix("identify."), "\(row.target)")
                }
            }
            var json = JSONWriter()
            lineage.write(to: &json)
            #expect(try JSONValue(parsing: json.text)["fields"]?.elements?.count == lineage.rows.count)
        }
        #expect(explainer.lineage(of: "nobody/in/nothing") == nil)
    }
}
