import ExchangeModel
import StrictYAML
import Testing

@Suite("YAMLReader")
struct YAMLReaderTests {
    enum Kind: String, CaseIterable { case directory, http, table }

    @Test("reads typed values")
    func values() {
        let reader = YAMLReader(
            YAMLDocument(
                parsing: """
                    name: 招标
                    empty: ""
                    count: 42
                    negative: -7
                    flag: true
                    wait: 250ms
                    size: 2MiB
                    bare: 100
                    kind: http
                    word: b
                    list: [x, y]
                    one: z
                    """))
        reader.mapping { top in
            #expect(top.required("name")?.text() == "招标")
            #expect(top.required("empty")?.text(mayBeEmpty: true) == "")
            #expect(top.required("count")?.integer(in: 1...100) == 42)
            #expect(top.required("negative")?.integer() == -7)
            #expect(top.required("flag")?.boolean() == true)
            #expect(top.required("wait")?.duration() == .milliseconds(250))
            #expect(top.required("size")?.byteCount() == 2 << 20)
            #expect(top.required("bare")?.byteCount() == 100)
            #expect(top.required("kind")?.oneOf(Kind.self) == .http)
            #expect(top.required("word")?.oneOf(["a", "b"]) == "b")
            #expect(top.required("list")?.texts() == ["x", "y"])
            #expect(top.required("one")?.listOrOne().compactMap { $0.text() } == ["z"])
            #expect(top.optional("absent") == nil)
        }
        #expect(reader.findings.isEmpty)
        #expect(!reader.hasErrors)
    }

    @Test("collects every finding with path, line and column, and repeats no value")
    func findings() {
        let reader = YAMLReader(
            YAMLDocument(
                parsing: """
                    channels:
                      local-a:
                        kind: htpp
                        bodyBytesMax: 5MB
                        sendrs: 3
                        wait: s3cret
                        flag: yes
                        limits: [1, x, 300]
                      local-b: text
                      local-c:
                    name: ""
                    """))
        reader.mapping { top in
            for entry in top.required("channels")?.mapping()?.entries() ?? [] {
                entry.value.mapping { channel in
                    _ = channel.required("kind")?.oneOf(Kind.self)
                    _ = channel.optional("bodyBytesMax")?.byteCount(in: 1...(1 << 30))
                    _ = channel.optional("senders")
                    _ = channel.optional("wait")?.duration(in: .seconds(1) ... .seconds(60))
                    _ = channel.optional("flag")?.boolean()
                    for limit in channel.optional("limits")?.list() ?? [] { _ = limit.integer(in: 1...255) }
                }
            }
            _ = top.required("name")?.text()
            _ = top.required("store")
        }
        let lines = reader.findings.map { FileFinding(file: "gateway.yaml", $0).description }
        #expect(
            lines == [
                #"gateway.yaml:3:11: error: channels.local-a.kind must be one of directory, http, table; did you mean "http"?"#,
                "gateway.yaml:4:19: error: channels.local-a.bodyBytesMax must be a size such as 100, 64KiB or 2MiB, from 1 to 1GiB",
                "gateway.yaml:6:11: error: channels.local-a.wait must be a time such as 250ms, 30s, 5m, 2h or 1d, from 1s to 1m",
                "gateway.yaml:7:11: error: channels.local-a.flag must be true or false",
                "gateway.yaml:8:17: error: channels.local-a.limits[1] must be a whole number from 1 to 255",
                "gateway.yaml:8:20: error: channels.local-a.limits[2] must be a whole number from 1 to 255",
                #"gateway.yaml:5:5: error: unknown key "sendrs"; did you mean "senders"? (known here: bodyBytesMax, flag, kind, limits, senders, wait)"#,
                "gateway.yaml:9:12: error: channels.local-b must be a mapping (key: value)",
                "gateway.yaml:10:3: error: channels.local-c must be a mapping (key: value)",
                "gateway.yaml:11:7: error: name is empty",
                "gateway.yaml:1:1: error: store is required and missing",
            ])
        #expect(reader.findings.map(\.path).contains("channels.local-a.limits[2]"))
        #expect(reader.findings.contains { $0.code == .keyUnknown && $0.path == "channels.local-a.sendrs" })
        #expect(reader.findings.allSatisfy { !$0.textZH.isEmpty && !$0.text.contains("s3cret") && !$0.textZH.contains("s3cret") })
    }

    @Test("says that a key has no value, at the key")
    func noValue() {
        let reader = YAMLReader(YAMLDocument(parsing: "a: 1\nname:\n"))
        reader.mapping { top in
            _ = top.optional("a")
            #expect(top.required("name")?.text() == nil)
        }
        #expect(reader.findings.map(\.text) == ["name has no value; it must be text"])
        #expect(reader.findings[0].position == SourcePosition(line: 2, column: 1))
    }

    @Test("takes over the document's findings, and reads nothing from what is no YAML")
    func documentFindings() {
        let reader = YAMLReader(YAMLDocument(parsing: "a: [1"))
        let result = reader.mapping { _ in true }
        #expect(result == nil)
        #expect(reader.findings.count == 1 && reader.hasErrors)
        let list = YAMLReader(YAMLDocument(parsing: "[1]"))
        #expect(list.mapping { _ in true } == nil)
        #expect(list.findings.map(\.text) == ["the file must be a mapping (key: value)"])
    }

    @Test("lets a reader of a file report findings of its own")
    func ownFindings() {
        let reader = YAMLReader(YAMLDocument(parsing: "routes:\n  - to: nowhere\n"))
        reader.mapping { top in
            for route in top.required("routes")?.list() ?? [] {
                route.mapping { $0.required("to")?.report("no such destination", "没有这个目的地", severity: .warning) }
            }
        }
        #expect(
            reader.findings.map { "\($0.path) \($0.severity.rawValue) \($0.position.line):\($0.position.column)" } == [
                "routes[0].to warning 2:9"
            ])
        #expect(!reader.hasErrors)
    }

    @Test(
        "reads times and sizes exactly, and refuses what is nearly one",
        arguments: [
            "", "ms", "5", "5 s", "-5s", "+5s", "1.5s", "5S", "5min", "99999999999999999999d", "9223372036854775807d", "５s",
        ])
    func badTimes(text: String) { #expect(YAMLQuantity.duration(text) == nil) }

    @Test(
        "refuses sizes that are nearly one",
        arguments: ["", "MiB", "2MB", "2 MiB", "-1", "1.5MiB", "2mib", "9999999999TiB", "0x10", "1e3"])
    func badSizes(text: String) { #expect(YAMLQuantity.byteCount(text) == nil) }

    @Test("writes times and sizes as it reads them")
    func quantities() {
        for text in ["0s", "250ms", "30s", "5m", "2h", "1d", "1500ms", "90s"] {
            #expect(YAMLQuantity.duration(text).map { YAMLQuantity.text(of: $0) } == text)
        }
        for text in ["0", "100", "64KiB", "2MiB", "3GiB", "1TiB", "1025"] {
            #expect(YAMLQuantity.byteCount(text).map { YAMLQuantity.text(ofBytes: $0) } == text)
        }
        #expect(YAMLQuantity.duration("24h") == .seconds(86_400))
    }
}

@Suite("FileFinding")
struct FileFindingTests {
    @Test("is written as compilers write it, in English and Chinese")
    func rendering() {
        let finding = Finding(.fileInvalid, position: SourcePosition(line: 3, column: 5), text: "wrong", textZH: "有误")
        #expect(FileFinding(file: "a.yaml", finding).description == "a.yaml:3:5: error: wrong")
        #expect(FileFinding(file: "a.yaml", finding).descriptionZH == "a.yaml:3:5: error: 有误")
        let noColumn = Finding(.fileInvalid, severity: .warning, position: SourcePosition(line: 3), text: "wrong", textZH: "有误")
        #expect(FileFinding(file: "a.xsd", noColumn).description == "a.xsd:3: warning: wrong")
        #expect(FileFinding(file: "a", Finding(.fileInvalid, text: "wrong", textZH: "有误")).description == "a: error: wrong")
        #expect(FileFinding(file: "a.xsd", noColumn) > FileFinding(file: "a", finding))
        #expect(FileFinding(file: "a", noColumn) < FileFinding(file: "a", finding))
    }
}
