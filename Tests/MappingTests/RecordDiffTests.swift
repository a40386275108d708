import ExchangeModel
import Testing

@testable import Mapping

@Suite("Differences between documents")
struct RecordDiffTests {
    private func json(_ expected: String, _ actual: String, label: (String) -> String? = { _ in nil }) -> [String] {
        RecordDiff(expected: Array(expected.utf8), actual: Array(actual.utf8), format: .json, label: label).differences.map(
            \.description)
    }
    private func xml(_ expected: String, _ actual: String) -> [String] {
        RecordDiff(expected: Array(expected.utf8), actual: Array(actual.utf8), format: .xml).differences.map(\.description)
    }

    @Test("JSON: order and layout count for nothing, values and kinds do")
    func jsonDifferences() {
        #expect(json(#"{"a":"1","b":["x","y"]}"#, "{ \"b\" : [\"x\", \"y\"], \"a\" : \"1\" }") == [])
        #expect(
            json(#"{"a":"1","b":["x","y"],"c":{"d":"z"}}"#, #"{"a":1,"b":["x"],"c":{"d":"z","e":"new"}}"#) == [
                #"/a: expected "1", but found "1 (number)""#, #"/b/1: expected "y", but it is missing"#,
                #"/c/e: expected nothing, but found "new""#,
            ])
        #expect(
            json(#"{"title":"a"}"#, #"{"title":"b"}"#) { $0 == "/title" ? "公告标题" : nil } == [
                #"/title (公告标题): expected "a", but found "b""#
            ])
        #expect(json("{}", "{").count == 1)
    }

    @Test("XML: prefixes and layout count for nothing, attributes and order of repeats do")
    func xmlDifferences() {
        #expect(xml("<a xmlns='u'><b>1</b></a>", "<p:a xmlns:p='u'>\n  <p:b>1</p:b>\n</p:a>") == [])
        #expect(
            xml("<a><b k='1'>x</b><b>y</b></a>", "<a><b k='2'>y</b><b>x</b><c/></a>") == [
                #"/a/b[1]/@k: expected "1", but found "2""#, #"/a/b[1]: expected "x", but found "y""#,
                #"/a/b[2]: expected "y", but found "x""#,
                #"/a/c: expected nothing, but found """#,
            ])
    }

    @Test("Labels come from the canonical schema")
    func labels() throws {
        let schema = try #require(ShippedFiles.library.schema(of: Dataset("tender-notice")))
        #expect(schema.labelZH("/title") == "公告标题")
        #expect(schema.labelZH("/sections/3/estimate/value") == "金额")
        #expect(schema.labelZH("sections[].code") == "标段(包)编号")
        #expect(schema.labelZH("/nope") == nil)
    }
}
