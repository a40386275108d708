import ExchangeModel
import GatewayTesting
import Store
import Testing

@testable import Gateway

@Suite("A channel that takes several datasets")
struct DatasetDetectionTests {
    private static let byRoot = """
        detect:
          by: root
          datasets:
            GCJS_NOTICE: {dataset: notice, mapping: p/in/notice}
            GCJS_PLAN: {dataset: plan, mapping: p/in/plan}
        """

    private static func xml(_ root: String, _ key: String = "K1", title: String = "桥") -> String {
        "<?xml version=\"1.0\"?>\n<!-- <GCJS_PLAN> --><\(root)><DATA_KEY>\(key)</DATA_KEY><TITLE>\(title)</TITLE></\(root)>"
    }

    @Test("tells them by the root element, with its own mapping each")
    func root() async throws {
        try await DatasetScene.with(channel: Self.byRoot) { scene async throws in
            #expect(try await scene.accepted(Self.xml("GCJS_NOTICE")) == "notice")
            #expect(try await scene.accepted(Self.xml("GCJS_PLAN", "K2")) == "plan")
        }
    }

    @Test("refuses and keeps what none of them is, with the list of what it takes")
    func unknown() async throws {
        try await DatasetScene.with(channel: Self.byRoot) { scene async throws in
            let outcome = try await scene.send(Self.xml("GCJS_SECTION"))
            guard case .refused(let id, let findings) = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(findings.map(\.code) == [.datasetUnknown])
            #expect(
                findings[0].text
                    == "the root element is GCJS_SECTION; this channel takes GCJS_NOTICE (notice), GCJS_PLAN (plan)")
            #expect(findings[0].textZH.contains("根元素为 GCJS_SECTION") && findings[0].path == "/GCJS_SECTION")
            let kept = try await scene.store.payload(.received, of: .message(id))?.bytes
            #expect(kept == Array(Self.xml("GCJS_SECTION").utf8))
            let report = try #require(try await scene.store.message(id))
            #expect(report.dataset == nil)
        }
    }

    @Test("a refused document of a known dataset is kept under that dataset")
    func refusedDataset() async throws {
        try await DatasetScene.with(channel: Self.byRoot) { scene async throws in
            guard case .refused(let id, let findings) = try await scene.send(Self.xml("GCJS_PLAN", title: "")) else {
                Issue.record("not refused")
                return
            }
            #expect(findings.map(\.code) == [.fieldRequired])
            #expect(try await scene.store.message(id)?.dataset == Dataset("plan"))
        }
    }

    @Test(
        "a document that cannot be read says why, not that its dataset is unknown",
        arguments: [
            ("", Finding.Code.xmlSyntax), ("no markup", .xmlSyntax), ("<!DOCTYPE a><a/>", .xmlDoctype),
            ("<GCJS_NOTICE", .xmlSyntax), ("<?xml version=\"1.0\" encoding=\"Big5\"?>", .encodingUnsupported),
            ("<GCJS_NOTICE><DATA_KEY>1</GCJS_NOTICE>", .xmlSyntax),
        ])
    func unreadable(text: String, code: Finding.Code) async throws {
        try await DatasetScene.with(channel: Self.byRoot) { scene async throws in
            #expect(try await scene.refused(text).map(\.code) == [code])
        }
    }

    @Test("a namespace makes a sign narrower")
    func namespaces() async throws {
        let channel = """
            detect:
              by: root
              datasets:
                "{urn:a}GCJS_NOTICE": {dataset: plan, mapping: p/in/notice}
                GCJS_NOTICE: {dataset: notice, mapping: p/in/notice}
            """
        let findings = try await DatasetScene.findings(channel: channel)
        #expect(findings.contains { $0.contains("makes notice, the channel says plan") }, "\(findings)")
        #expect(findings.count == 1)
    }

    @Test("tells them by a value in XML, by element or attribute")
    func xmlValue() async throws {
        for (path, open) in [("/MESSAGE/HEAD/TYPE", "<MESSAGE><HEAD><TYPE> %</TYPE></HEAD>"), ("/MESSAGE/@t", "<MESSAGE t='%'>")]
        {
            let channel = """
                detect:
                  by: value
                  path: \(path)
                  datasets:
                    "500": {dataset: notice, mapping: p/in/notice@msg}
                    "501": {dataset: plan, mapping: p/in/plan@msg}
                """
            try await DatasetScene.with(channel: channel) { scene async throws in
                func text(_ type: String, _ key: String) -> String {
                    open.replacing("%", with: type) + "<BODY><KEY>\(key)</KEY><TITLE>桥</TITLE></BODY></MESSAGE>"
                }
                #expect(try await scene.accepted(text("500", "1")) == "notice")
                #expect(try await scene.accepted(text("501", "2")) == "plan")
                let other = try await scene.refused(text("110101199003070000", "3"))
                #expect(other.map(\.code) == [.datasetUnknown] && other[0].path == path)
                #expect(!other[0].text.contains("110101"), "a value may be a person's number")
                let without = try await scene.refused("<MESSAGE><BODY><KEY>4</KEY></BODY></MESSAGE>")
                #expect(without.map(\.code) == [.datasetUnknown] && without[0].text.contains("is missing"))
            }
        }
    }

    @Test("tells them by a value in JSON")
    func jsonValue() async throws {
        let channel = """
            detect:
              by: value
              path: /head/type
              datasets:
                notice: {dataset: notice, mapping: p/in/notice@json}
                plan: {dataset: plan, mapping: p/in/plan@json}
            """
        try await DatasetScene.with(channel: channel) { scene async throws in
            #expect(try await scene.accepted(#"{"head":{"type":"notice"},"key":"1","title":"桥"}"#) == "notice")
            #expect(try await scene.accepted(#"{"key":"2","title":"桥","head":{"a":[1,{}],"type":"plan"}}"#) == "plan")
            #expect(try await scene.refused(#"{"key":"3","title":"桥"}"#).map(\.code) == [.datasetUnknown])
            #expect(try await scene.refused(#"{"key":"#).map(\.code) == [.jsonSyntax])
            #expect(try await scene.refused(#"{"head":{"type":{"a":1}},"key":"1"}"#).map(\.code) == [.datasetUnknown])
        }
    }

    @Test("tells them by what came beside the bytes")
    func hints() async throws {
        let datasets = """
              datasets:
                notice: {dataset: notice, mapping: p/in/notice}
                plan: {dataset: plan, mapping: p/in/plan@json}
            """
        try await DatasetScene.with(channel: "detect:\n  by: header\n  header: X-Dataset\n" + datasets) { scene async throws in
            #expect(try await scene.accepted(Self.xml("GCJS_NOTICE"), hints: .init(header: "notice")) == "notice")
            #expect(try await scene.accepted(#"{"key":"2","title":"桥"}"#, hints: .init(header: "plan")) == "plan")
            #expect(try await scene.refused("x", hints: .init(header: "Plan")).map(\.code) == [.datasetUnknown])
            let missing = try await scene.refused(Self.xml("GCJS_NOTICE", "K9"))
            #expect(missing.map(\.code) == [.datasetUnknown] && missing[0].text.contains("X-Dataset"))
        }
        let patterns = """
            detect:
              by: fileName
              datasets:
                "NOTICE_*.xml": {dataset: notice, mapping: p/in/notice}
                "*.csv": {dataset: plan, mapping: p/in/plan@csv, csv: {separator: tab}}
            """
        try await DatasetScene.with(channel: patterns) { scene async throws in
            let notice = DatasetHints(fileName: "NOTICE_20260501_公告.xml")
            #expect(try await scene.accepted(Self.xml("GCJS_NOTICE"), hints: notice) == "notice")
            #expect(try await scene.accepted("key\ttitle\n1\t桥\n", hints: .init(fileName: "a.csv")) == "plan")
            #expect(try await scene.refused("x", hints: .init(fileName: "a.txt")).map(\.code) == [.datasetUnknown])
            #expect(try await scene.refused("x").map(\.code) == [.datasetUnknown])
        }
    }

    @Test("versions of two datasets with one business key do not meet")
    func versions() async throws {
        try await DatasetScene.with(channel: Self.byRoot + "\nduplicates: businessKeyVersion") { scene async throws in
            #expect(try await scene.accepted(Self.xml("GCJS_NOTICE")) == "notice")
            #expect(try await scene.accepted(Self.xml("GCJS_PLAN")) == "plan")
            for root in ["GCJS_NOTICE", "GCJS_PLAN"] {
                guard case .conflict = try await scene.send(Self.xml(root, title: "路")) else {
                    Issue.record("the same version with another content is a conflict: \(root)")
                    continue
                }
                guard case .replayed = try await scene.send(Self.xml(root)) else {
                    Issue.record("a repeat is a repeat: \(root)")
                    continue
                }
            }
        }
    }

    @Test(
        "what could never work is refused before the start",
        arguments: [
            ("detect: {by: rot, datasets: {A: {dataset: notice, mapping: p/in/notice}}}", "did you mean \"root\"?"),
            ("detect: {by: root}", "detect.datasets is required"), ("detect: {by: root, datasets: {}}", "names no dataset"),
            ("detect: {datasets: {A: {dataset: notice, mapping: p/in/notice}}}", "detect.by is required"),
            ("detect: {by: value, datasets: {A: {dataset: notice, mapping: p/in/notice}}}", "detect.path is required"),
            ("detect: {by: value, path: type, datasets: {A: {dataset: notice, mapping: p/in/notice}}}", "a place is written"),
            ("detect: {by: value, path: /a/@b/c, datasets: {A: {dataset: notice, mapping: p/in/notice}}}", "a place is written"),
            (
                "detect: {by: root, path: /a, datasets: {GCJS_NOTICE: {dataset: notice, mapping: p/in/notice}}}",
                "belongs to by: value"
            ),
            (
                "detect: {by: header, header: Authorization, datasets: {A: {dataset: notice, mapping: p/in/notice}}}",
                "carries no secret"
            ),
            (
                "detect: {by: header, header: \"a b\", datasets: {A: {dataset: notice, mapping: p/in/notice}}}",
                "such as X-Dataset"
            ),
            ("detect: {by: argument, datasets: {A: {dataset: notice, mapping: p/in/notice}}}", "only a SOAP call"),
            (
                "detect: {by: root, datasets: {GCJS_NOTICES: {dataset: notice, mapping: p/in/notice}}}",
                "reads the root element GCJS_NOTICE"
            ),
            ("detect: {by: root, datasets: {A: {dataset: notice, mapping: p/in/notice@json}}}", "only XML has a root element"),
            (
                "detect: {by: value, path: /a, datasets: {A: {dataset: notice, mapping: p/in/notice@csv}}}",
                "which has no such path"
            ),
            (
                "detect: {by: value, path: /a, datasets: {A: {dataset: notice, mapping: p/in/notice}, B: {dataset: plan, mapping: p/in/plan@json}}}",
                "have one format"
            ),
            (
                "detect: {by: fileName, datasets: {\"*.xml\": {dataset: notice, mapping: p/in/notice}, \"PLAN_*.xml\": {dataset: plan, mapping: p/in/plan}}}",
                "put the narrower pattern first"
            ),
            ("detect: {by: fileName, datasets: {\"in/*\": {dataset: notice, mapping: p/in/notice}}}", "has no folder"),
            (
                "{dataset: notice, mapping: p/in/notice, detect: {by: root, datasets: {GCJS_NOTICE: {dataset: notice, mapping: p/in/notice}}}}",
                "stands beside detect"
            ),
            (
                "detect: {by: root, datasets: {GCJS_NOTICE: {dataset: notice, mapping: p/in/notise}}}",
                "did you mean \"p/in/notice\"?"
            ),
            ("detect: {by: root, datasets: {GCJS_NOTICE: {dataset: notice}}}", "mapping is required"),
            ("dataset: notice", "channels.exchange.mapping is required"),
        ])
    func senseless(channel: String, words: String) async throws {
        let findings = try await DatasetScene.findings(channel: channel)
        #expect(findings.contains { $0.contains(words) }, "\(findings)")
    }
}
