import ExchangeModel
import Formats
import GatewayTesting
import JSON
import Store
import Testing

@testable import Gateway

@Suite("A channel that takes files out of a folder")
struct DirectoryChannelTests {
    private static let rows = ", directory: {path: in, sender: local-a, files: \"*.csv\"}"

    @Test("accepts each row, moves the file when all is on disk, and lays a report beside it")
    func good() async throws {
        try await RowScene.with(channel: Self.rows) { scene in
            try scene.drop("may.csv", RowScene.rows(1...3))
            try await scene.take()
            #expect(try await scene.accepted() == ["K1", "K2", "K3"])
            #expect(try await scene.names("in") == ["done", "refused"])
            #expect(try await scene.names("in/done") == ["may.csv", "may.csv.report.json", "may.csv.report.txt"])
            #expect(try await scene.names("in/refused").isEmpty)
            #expect(try scene.text("in/done/may.csv") == RowScene.rows(1...3))
            let report = try scene.report("in/done/may.csv.report.json")
            #expect(report["outcome"]?.string == "taken" && report["records"]?.integer == 3 && report["refused"]?.integer == 0)
            #expect(report["repeatedFile"]?.boolean == false && report["sha256"]?.string?.utf8.count == 64)
            let text = try scene.text("in/done/may.csv.report.txt")
            #expect(text.contains("共 3 条：接收 3") && text.contains("3 records: 3 accepted"))
            // What is kept of a row can be read as a document of its own.
            let row = try await scene.store.evidence(from: 1, limit: 10).first.map { try JSONValue(parsing: $0.content) }
            let id = try #require(row?["message"]?.string.flatMap { MessageID($0) })
            let payload = try #require(await scene.store.payload(.received, of: .message(id))?.bytes)
            #expect(String(decoding: payload, as: UTF8.self) == RowScene.header + RowScene.row(1))
            #expect(try await scene.store.message(id)?.sender == "local-a")
        }
    }

    @Test("refuses single rows with their places, and collects them in a file that can be mended and sent again")
    func someBad() async throws {
        try await RowScene.with(channel: Self.rows) { scene in
            try scene.drop("may.csv", RowScene.rows(1...5, bad: [2, 4]))
            try await scene.take()
            #expect(try await scene.accepted() == ["K1", "K3", "K5"])
            let report = try scene.report("in/done/may.csv.report.json")
            #expect(report["accepted"]?.integer == 3 && report["refused"]?.integer == 2)
            let refused = report["refusedRecords"]?.elements ?? []
            #expect(refused.map { $0["record"]?.integer } == [2, 4] && refused.map { $0["line"]?.integer } == [3, 5])
            #expect(refused.allSatisfy { $0["findings"]?[0]?["code"]?.string == "field.required" })
            #expect(refused.allSatisfy { $0["findings"]?[0]?["textZh"]?.string?.isEmpty == false })
            let text = try scene.text("in/done/may.csv.report.txt")
            #expect(text.contains("第 2 条记录，第 3 行 / record 2, line 3") && text.contains("[field.required] 第 3 行 line 3"))
            let name = "may.refused-records.csv"
            #expect(report["refusedRecordsFile"]?.string == name && text.contains(name))
            let rows = try scene.text("in/refused/\(name)")
            #expect(rows == RowScene.header + RowScene.row(2, isGood: false) + RowScene.row(4, isGood: false))

            try scene.drop(name, rows.replacing(",,", with: ",桥,"))
            try await scene.take()
            #expect(try await scene.accepted() == ["K1", "K3", "K5", "K2", "K4"])
        }
    }

    @Test("a file with more wrong rows than are tolerated is refused as a whole", arguments: ["1", "20%"])
    func tolerance(_ most: String) async throws {
        let channel = ", directory: {path: in, sender: local-a, maxRefused: \"\(most)\"}"
        try await RowScene.with(channel: channel) { scene in
            try scene.drop("may.csv", RowScene.rows(1...5, bad: [2, 4]))
            try scene.drop("june.csv", RowScene.rows(11...15, bad: [12]))
            try await scene.take()
            #expect(try await scene.accepted() == ["K11", "K13", "K14", "K15"])
            #expect(try await scene.names("in/refused").contains("may.csv"))
            let report = try scene.report("in/refused/may.csv.report.json")
            #expect(report["outcome"]?.string == "refused" && report["findings"]?[0]?["code"]?.string == "stream.over-tolerance")
            let id = try #require(report["message"]?.string.flatMap { MessageID($0) })
            // With the reason of each bad row, so that its sender can mend it.
            let findings = try #require(try await scene.store.message(id)).findings
            #expect(findings.map(\.code) == [.streamOverTolerance, .fieldRequired, .fieldRequired])
            #expect(findings.map(\.position.line) == [0, 3, 5] && findings.map(\.path) == ["", "/title", "/title"])
            #expect(try scene.text("in/refused/may.csv.report.txt").contains("全部未接收"))
        }
    }

    @Test("the same file again is told apart and takes nothing; its name is not overwritten")
    func again() async throws {
        try await RowScene.with(channel: Self.rows) { scene in
            for _ in 0..<3 {
                try scene.drop("may.csv", RowScene.rows(1...3))
                try await scene.take()
            }
            #expect(try await scene.accepted() == ["K1", "K2", "K3"])
            let names = try await scene.names("in/done").filter { $0.hasSuffix(".csv") }
            #expect(names.sorted() == ["may.csv", "may~2.csv", "may~3.csv"])
            #expect(try scene.report("in/done/may~2.csv.report.json")["repeatedFile"]?.boolean == true)
            #expect(try scene.text("in/done/may~2.csv.report.txt").contains("此文件此前已接收"))
            // Rows that came in another file are repeats, each on its own.
            try scene.drop("june.csv", RowScene.rows(2...4))
            try await scene.take()
            #expect(try await scene.accepted() == ["K1", "K2", "K3", "K4"])
            let report = try scene.report("in/done/june.csv.report.json")
            #expect(report["repeated"]?.integer == 2 && report["accepted"]?.integer == 1)
        }
    }

    @Test("what cannot be read to its end is refused as a whole, with line and reason")
    func unreadable() async throws {
        let channel = ", split: /NOTICES/NOTICE, directory: {path: in, sender: local-a}"
        try await RowScene.with(mapping: "elements", channel: channel) { scene in
            let half = "<NOTICES>\n" + RowScene.element(1) + "\n" + RowScene.element(2) + "\n<NOTICE><key>K3</ke"
            try scene.drop("half.xml", half)
            try scene.drop(
                "whole.xml", "<NOTICES>\n" + RowScene.element(4) + "\n" + RowScene.element(5, isGood: false) + "\n</NOTICES>\n")
            try scene.drop("empty.xml", "<NOTICES/>")
            try scene.drop("nothing.xml", "")
            try await scene.take()
            #expect(try await scene.accepted() == ["K4"])
            let report = try scene.report("in/refused/half.xml.report.json")
            #expect(report["findings"]?[0]?["line"]?.integer == 4 && report["records"]?.integer == 0)
            #expect(try scene.report("in/refused/empty.xml.report.json")["findings"]?[0]?["code"]?.string == "stream.empty")
            #expect(try scene.report("in/refused/nothing.xml.report.json")["outcome"]?.string == "refused")
            let collected = try scene.text("in/refused/whole.refused-records.xml")
            #expect(collected.contains("K5") && !collected.contains("K4") && collected.hasSuffix("</NOTICES>\n"))
            #expect(try scene.report("in/done/whole.xml.report.json")["refusedRecords"]?[0]?["line"]?.integer == 3)
        }
    }

    @Test("of an array the refused elements are an array again", arguments: ["elements", "/data/rows"])
    func array(_ split: String) async throws {
        let channel = ", split: \(split), directory: {path: in, sender: local-a}"
        try await RowScene.with(mapping: "objects", channel: channel) { scene in
            let array = "[\n" + [1, 2, 3, 4].map { RowScene.object($0, isGood: $0 % 2 == 1) }.joined(separator: ",\n") + "\n]"
            try scene.drop("n.json", split == "elements" ? array : "{\"total\": 4, \"data\": {\"rows\": \(array)}}")
            try await scene.take()
            #expect(try await scene.accepted() == ["K1", "K3"])
            let collected = try scene.report("in/refused/n.refused-records.json")
            let rows = split == "elements" ? collected : collected["data"]?["rows"]
            #expect(rows?.elements?.map { $0["key"]?.string } == ["K2", "K4"])
            #expect(try scene.report("in/done/n.json.report.json")["refusedRecords"]?[0]?["line"]?.integer == 3)
        }
    }

    @Test("of XML in GBK the refused elements come in UTF-8, between what stood around them")
    func otherEncoding() async throws {
        let channel = ", split: /NOTICES/NOTICE, directory: {path: in, sender: local-a}"
        try await RowScene.with(mapping: "elements", channel: channel) { scene in
            let head = "<?xml version=\"1.0\" encoding=\"GBK\"?>\n<NOTICES from=\"某市\">\n"
            let records = (1...4).map { RowScene.element($0, isGood: $0 != 3) }
            try scene.drop("utf8", head + records.joined(separator: "\n") + "\n</NOTICES>\n")
            let gbk = try await ChildProcess.run([
                "iconv", "-f", "utf-8", "-t", "gbk", "-o", scene.folder.file("in/n.xml"), scene.folder.file("in/utf8"),
            ])
            #expect(gbk.isEmpty)
            try await ChildProcess.run(["rm", scene.folder.file("in/utf8")])
            try await scene.take()
            #expect(try await scene.accepted() == ["K1", "K2", "K4"])
            let collected = try scene.text("in/refused/n.refused-records.xml")
            #expect(
                collected == """
                    <?xml version="1.0" encoding="UTF-8"?>
                    <NOTICES from="某市">
                    \(records[2])

                    </NOTICES>

                    """)
            try scene.drop("mended.xml", collected.replacing("<title></title>", with: "<title>桥</title>"))
            try await scene.take()
            #expect(try await scene.accepted() == ["K1", "K2", "K4", "K3"])
        }
    }

    @Test("a file that holds one document is moved to where its record went")
    func document() async throws {
        try await RowScene.with(mapping: "objects", channel: ", directory: {path: in, sender: local-a}") { scene in
            try scene.drop("a.json", RowScene.object(1))
            try scene.drop("b.json", RowScene.object(2, isGood: false))
            try await scene.take()
            #expect(try await scene.accepted() == ["K1"])
            #expect(try await scene.names("in/done").contains("a.json"))
            #expect(try await scene.names("in/refused") == ["b.json", "b.json.report.json", "b.json.report.txt"])
        }
    }

    // MARK: When a file is complete

    @Test("what is being written, hidden, a link, or not asked for is left alone")
    func leftAlone() async throws {
        try await RowScene.with(channel: Self.rows) { scene in
            for name in ["a.csv.tmp", "b.csv.part", ".c.csv", "d.xml", "e.csv~"] { try scene.drop(name, RowScene.rows(1...1)) }
            try scene.folder.write("elsewhere", RowScene.rows(1...1))
            try await ChildProcess.run(["ln", "-s", scene.folder.file("elsewhere"), scene.folder.file("in/link.csv")])
            try await ChildProcess.run(["mkdir", scene.folder.file("in/folder.csv")])
            try await scene.take()
            #expect(try await scene.accepted().isEmpty)
            #expect(try await scene.names("in/done").isEmpty)
            #expect(try await scene.names("in/refused").isEmpty)
        }
    }

    @Test("with a marker, a file is taken when its marker is there, and the marker goes with it")
    func marker() async throws {
        try await RowScene.with(channel: ", directory: {path: in, sender: local-a, ready: {marker: .ok}}") { scene in
            try scene.drop("may.csv", RowScene.rows(1...1))
            try await scene.take()
            #expect(try await scene.accepted().isEmpty)
            try scene.drop("may.csv.ok", "")
            try await scene.take()
            #expect(try await scene.accepted() == ["K1"])
            #expect(try await scene.names("in") == ["done", "refused"])
        }
    }

    @Test("with a time, a file is taken when nothing was written to it for so long")
    func unchanged() async throws {
        try await RowScene.with(channel: ", directory: {path: in, sender: local-a, ready: {unchanged: 60s}}") { scene in
            try scene.drop("may.csv", RowScene.rows(1...1))
            try await ChildProcess.run(["touch", "-d", "@1777600000", scene.folder.file("in/may.csv")])
            let written = Instant(milliseconds: 1_777_600_000_000)
            scene.clock.advance(to: written + .seconds(59))
            #expect(try await scene.take() == written + .seconds(60))
            #expect(try await scene.accepted().isEmpty)
            scene.clock.advance(to: written + .seconds(60))
            try await scene.take()
            #expect(try await scene.accepted() == ["K1"])
        }
    }

    @Test("files are taken in the order of their times")
    func order() async throws {
        try await RowScene.with(channel: Self.rows) { scene in
            for (name, number, time) in [("a.csv", 3, 30), ("b.csv", 1, 10), ("c.csv", 2, 20)] {
                try scene.drop(name, RowScene.rows(number...number))
                try await ChildProcess.run(["touch", "-d", "@\(1_777_600_000 + time)", scene.folder.file("in/\(name)")])
            }
            try await scene.take()
            #expect(try await scene.accepted() == ["K1", "K2", "K3"])
        }
    }

    // MARK: What goes wrong

    @Test("a folder that is gone is an error that passes, and nothing is lost")
    func vanished() async throws {
        try await RowScene.with(channel: Self.rows) { scene in
            try scene.drop("may.csv", RowScene.rows(1...1))
            try await ChildProcess.run(["mv", scene.folder.file("in"), scene.folder.file("away")])
            let (channel, stop) = try scene.directory()
            defer { stop() }
            let error = await #expect(throws: GatewayError.self) { try await channel.pass() }
            #expect(error?.description.contains("No such file or directory") == true && error?.code.isRetryable == true)
            try await ChildProcess.run(["mv", scene.folder.file("away"), scene.folder.file("in")])
            _ = try await channel.pass()
            #expect(try await scene.accepted() == ["K1"])
        }
    }

    @Test("a file over its limit is refused unread")
    func tooLarge() async throws {
        try await RowScene.with(channel: ", directory: {path: in, sender: local-a, fileSize: 100}") { scene in
            try scene.drop("may.csv", RowScene.rows(1...3))
            try await scene.take()
            let report = try scene.report("in/refused/may.csv.report.json")
            #expect(report["findings"]?[0]?["code"]?.string == "limit.bytes" && report["sha256"] == nil)
            let id = try #require(report["message"]?.string.flatMap { MessageID($0) })
            #expect(try await scene.store.message(id)?.state == .refused)
        }
    }

    @Test("a file that cannot be moved is not taken again, and is moved when it can be")
    func cannotMove() async throws {
        try await RowScene.with(channel: Self.rows) { scene in
            try scene.drop("may.csv", RowScene.rows(1...2))
            // A folder stands where the report is written first.
            try await ChildProcess.run(["mkdir", "-p", scene.folder.file("in/done/.may.csv.report.json.writing")])
            let (channel, stop) = try scene.directory()
            defer { stop() }
            for _ in 0..<3 { await #expect(throws: GatewayError.self) { try await channel.pass() } }
            #expect(try await scene.names("in").contains("may.csv"))
            #expect(try await scene.accepted() == ["K1", "K2"])
            try await ChildProcess.run(["rmdir", scene.folder.file("in/done/.may.csv.report.json.writing")])
            _ = try await channel.pass()
            #expect(try await scene.names("in/done").contains("may.csv"))
            #expect(try scene.report("in/done/may.csv.report.json")["repeatedFile"]?.boolean == false)
            #expect(try await scene.store.streams(channel: nil, limit: 10).count == 1)
        }
    }

    @Test("one file that cannot be read does not stop the others, and is taken when it can be")
    func unreadableFile() async throws {
        try await RowScene.with(channel: Self.rows) { scene in
            for (name, number) in [("a.csv", 1), ("b.csv", 2), ("c.csv", 3)] {
                try scene.drop(name, RowScene.rows(number...number))
                try await ChildProcess.run(["touch", "-d", "@\(1_777_600_000 + number)", scene.folder.file("in/\(name)")])
            }
            // Nobody moves a file over a folder: b.csv is taken, and stays.
            try await ChildProcess.run(["mkdir", "-p", scene.folder.file("in/done/.b.csv.report.json.writing")])
            let (channel, stop) = try scene.directory()
            defer { stop() }
            await #expect(throws: GatewayError.self) { try await channel.pass() }
            #expect(try await scene.accepted() == ["K1", "K2", "K3"])
            #expect(try await scene.names("in") == ["b.csv", "done", "refused"])
            try await ChildProcess.run(["rmdir", scene.folder.file("in/done/.b.csv.report.json.writing")])
            _ = try await channel.pass()
            #expect(try await scene.names("in") == ["done", "refused"])
        }
    }

    @Test("a process that ended before the file was moved goes on with reports and refused records")
    func endedBeforeMove() async throws {
        try await RowScene.with(channel: Self.rows) { scene in
            try scene.drop("may.csv", RowScene.rows(1...3, bad: [2]))
            let blocked = scene.folder.file("in/refused/.may.refused-records.csv.writing")
            try await ChildProcess.run(["mkdir", "-p", blocked])
            await #expect(throws: GatewayError.self) { try await scene.take() }
            try await ChildProcess.run(["rmdir", blocked])
            // A new life knows nothing but what is on disk.
            try await scene.take()
            #expect(try await scene.accepted() == ["K1", "K3"])
            #expect(try scene.text("in/refused/may.refused-records.csv") == RowScene.header + RowScene.row(2, isGood: false))
            #expect(try scene.report("in/done/may.csv.report.json")["refusedRecords"]?.elements?.count == 1)
        }
    }

    @Test("a name of 255 octets is shortened where its reports would not fit")
    func longName() async throws {
        try await RowScene.with(channel: Self.rows) { scene in
            let name = String(repeating: "桥", count: 83) + "a.csv"
            #expect(name.utf8.count == 254)
            for number in 1...2 {
                try scene.drop(name, RowScene.rows(number...number))
                try await scene.take()
            }
            let names = try await scene.names("in/done").filter { $0.hasSuffix(".csv") }
            #expect(names == [String(repeating: "桥", count: 65) + ".csv", String(repeating: "桥", count: 65) + "~2.csv"])
            #expect(try scene.report("in/done/\(names[0]).report.json")["file"]?.string == name)
        }
    }

    @Test("a file that grows while it is read is left until it rests, and no row of it is lost or doubled")
    func grows() async throws {
        try await RowScene.with(channel: Self.rows) { scene in
            try scene.drop("may.csv", RowScene.rows(1...300))
            let channel = try #require(scene.gateway.present.channel("local-a"))
            let source = try FileSource(path: scene.folder.file("in/may.csv"))
            let intake = StreamIntake(
                pipeline: scene.gateway.accepting, active: scene.gateway.present, channel: channel, way: channel.ways[0],
                tolerance: .any, name: "may.csv", sender: "local-a", traceID: scene.gateway.accepting.makeTraceID(),
                source: source)
            let look = try #require(try intake.look())
            try scene.drop("may.csv", RowScene.rows(1...600))
            #expect(try intake.look() == nil)
            // Its first part may be on disk by now; nothing else is.
            #expect(try await intake.take(look) == nil)
            try await scene.take()
            #expect(try await scene.accepted() == (1...600).map { "K\($0)" })
            let report = try scene.report("in/done/may.csv.report.json")
            #expect(report["records"]?.integer == 600 && report["refused"]?.integer == 0)
        }
    }

    @Test("many files at once are all taken")
    func many() async throws {
        try await RowScene.with(channel: Self.rows) { scene in
            let count = Inbox.filesPerLook + 50
            for number in 1...count { try scene.drop("f\(number).csv", RowScene.rows(number...number)) }
            let (channel, stop) = try scene.directory()
            defer { stop() }
            let first = try await channel.pass()
            #expect(first.hasMore)
            #expect(try await channel.pass().hasMore == false)
            #expect(try await Set(scene.accepted()).count == count)
        }
    }
}
