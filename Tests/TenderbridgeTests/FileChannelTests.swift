import GatewayTesting
import Glibc
import JSON
import Testing

@Suite("Files and pages through the built program")
struct FileChannelTests {
    /// A gateway with a channel that takes rows.
    private static func gateway(_ channel: String, format: String = "csv") async throws -> ScratchGateway {
        let gateway = try ScratchGateway()
        let mappings = try await gateway.copyMappings()
        try gateway.folder.write(
            "Mappings/local-a/in/tender-notice@rows.yaml",
            """
            mapping: local-a/in/tender-notice@rows
            version: 1
            from: { format: \(format) }
            to: { dataset: tender-notice, canonical: 1 }
            identify: { businessKey: key, orderingKey: key, version: edition }
            fields:
              source.recordKey: key | trim | required
              tenderProject.code: code | trim | identifier("CN-TENDER-PROJECT") | required
              title: title | trim | required
              nature: literal("normal")
              bulletinType: literal("tender-notice")
              publishedAt: at | time("yyyyMMddHHmmss") | required
              tenderer.name: tenderer | trim | required

            """)
        try gateway.configure(mappings: mappings, mapping: "local-a/in/tender-notice@rows, \(channel)")
        return gateway
    }

    private static func rows(_ numbers: ClosedRange<Int>, bad: Set<Int> = []) -> String {
        "key,code,title,at,tenderer,edition\n"
            + numbers.map { "K\($0),E4401000002000033001,\(bad.contains($0) ? "" : "桥"),20260501090000,甲,1\n" }.joined()
    }

    /// Writes a file elsewhere and renames it into the folder.
    private static func drop(_ name: String, _ text: String, _ gateway: ScratchGateway) throws {
        let path = try gateway.folder.write(".draft", text)
        guard rename(path, gateway.folder.file("in/\(name)")) == 0 else { throw TestingFailure("rename \(name)") }
    }

    /// What the evidence has of accepted records, in its order.
    private static func accepted(_ gateway: ScratchGateway) async throws -> [String] {
        let rows = try await BuiltProgram.run(["evidence", "export", "--config", gateway.config])
        #expect(rows.exit == 0)
        return try rows.lines.compactMap { line in
            let row = try JSONValue(parsing: line)
            let content = row["content"] ?? row
            return content["event"]?.string == "message.accepted" ? content["businessKey"]?.string : nil
        }
    }

    /// Runs the gateway until it ends itself at a point, or until it says the words.
    private static func live(_ gateway: ScratchGateway, dying point: String?, or words: String) async throws {
        let child = try await ChildProcess.start(
            [BuiltProgram.path, "serve", "--config", gateway.config, "--log-format", "text"],
            environment: point.map { ["TENDERBRIDGE_DIE_AT": $0] } ?? [:])
        if await child.line(containing: words) != nil {
            kill(child.processID, SIGKILL)
        } else if point == nil {
            throw TestingFailure("it ended: \(child.lines.joined(separator: "\n"))")
        }
        _ = await child.ending()
    }

    @Test("a file that is renamed into the folder is taken at once, while nobody looks")
    func atOnce() async throws {
        let gateway = try await Self.gateway("directory: {path: in, sender: local-a, scan: 1d}")
        defer { withExtendedLifetime(gateway) {} }
        try gateway.folder.makeDirectory("in")
        let running = try await gateway.start()
        for (name, number) in [("one.csv", 1), ("two.csv", 2)] {
            try Self.drop(name, Self.rows(number...number), gateway)
            let line = try #require(await running.child.line(containing: "file=\(name)"))
            #expect(line.contains("a file was taken") && line.contains("accepted=1"), "\(line)")
        }
        let metrics = try await running.get("/metrics")
        #expect(metrics.contains(#"tenderbridge_files_total{channel="local-a",outcome="taken"} 2"#), "\(metrics)")
        #expect(metrics.contains(#"tenderbridge_channel_stands_still{channel="local-a"} 0"#))
        #expect(await running.child.stop() == .exited(0))
        #expect(try await Self.accepted(gateway) == ["K1", "K2"])
    }

    @Test("a folder that comes later is an error until then, and a refused file says why beside itself")
    func comesLater() async throws {
        let gateway = try await Self.gateway("directory: {path: in, sender: local-a, scan: 1s, maxRefused: 0}")
        defer { withExtendedLifetime(gateway) {} }
        let running = try await gateway.start()
        let line = try #require(await running.child.line(containing: "stay where they are until this is mended"))
        #expect(line.contains("No such file or directory"), "\(line)")
        try gateway.folder.makeDirectory("in")
        try Self.drop("bad.csv", Self.rows(1...2, bad: [2]), gateway)
        _ = try #require(await running.child.line(containing: "a file was refused; its report says why"))
        // The line comes when everything lies where it belongs.
        let report = try JSONValue(parsing: try gateway.folder.read("in/refused/bad.csv.report.json"))
        #expect(report["findings"]?[0]?["code"]?.string == "stream.over-tolerance" && report["accepted"]?.integer == 0)
        #expect(access(gateway.folder.file("in/refused/bad.csv"), F_OK) == 0)
        #expect(await running.child.stop() == .exited(0))
        #expect(try await Self.accepted(gateway).isEmpty)
    }

    @Test(
        "in folders that may not be written to files stay as they are; they are taken once they may be, and nothing is taken twice",
        .enabled(if: StartFailureTests.canDropCapabilities, "root, and no setpriv to be less"), arguments: ["in", "in/done"])
    func readOnlyFolder(_ closed: String) async throws {
        let gateway = try await Self.gateway("directory: {path: in, sender: local-a, scan: 1s}")
        defer { withExtendedLifetime(gateway) {} }
        for folder in ["in", "in/done", "in/refused"] { try gateway.folder.makeDirectory(folder) }
        try Self.drop("one.csv", Self.rows(1...3, bad: [2]), gateway)
        #expect(chmod(gateway.folder.file(closed), 0o500) == 0)
        let running = try await gateway.start(under: geteuid() == 0 ? StartFailureTests.withoutCapabilities : [])
        let line = try #require(await running.child.line(containing: "stay where they are until this is mended"))
        #expect(line.contains(closed) && line.contains("Permission denied"), "\(line)")
        #expect(try await running.get("/metrics").contains(#"tenderbridge_channel_stands_still{channel="local-a"} 1"#))
        #expect(access(gateway.folder.file("in/one.csv"), F_OK) == 0)
        #expect(chmod(gateway.folder.file(closed), 0o700) == 0)
        _ = try #require(await running.child.line(containing: "files of this channel are taken again"))
        #expect(access(gateway.folder.file("in/done/one.csv"), F_OK) == 0)
        #expect(await running.child.stop() == .exited(0))
        #expect(try await Self.accepted(gateway) == ["K1", "K3"])
    }

    @Test("killed at any moment, a file is taken whole, once and in order, and its reports are there")
    func killedWithFiles() async throws {
        let gateway = try await Self.gateway("directory: {path: in, sender: local-a}")
        defer { withExtendedLifetime(gateway) {} }
        try gateway.folder.makeDirectory("in")
        let bad: Set = [7, 1600]
        try Self.drop("big.csv", Self.rows(1...2400, bad: bad), gateway)
        let filed = gateway.folder.file("in/done/big.csv")
        // Ten parts; the first four lives write eight of them at most.
        for point in ["beforeCommit:2", "afterCommit:2", "beforeCommit:3", "afterCommit:3", "filing:1", "filing:2", "filing:3"] {
            try await Self.live(gateway, dying: point, or: " info stopped")
            #expect(access(filed, F_OK) != 0, "\(point)")
        }
        let running = try await gateway.start()
        _ = try #require(await running.child.line(containing: "file=big.csv"))
        _ = await running.child.stop()
        #expect(access(filed, F_OK) == 0)
        #expect(try await Self.accepted(gateway) == (1...2400).filter { !bad.contains($0) }.map { "K\($0)" })
        // What a life left that ended before the move was used again.
        let names = try await ChildProcess.run(["ls", gateway.folder.file("in/done"), gateway.folder.file("in/refused")])
        #expect(names.filter { $0.contains("big") }.count == 4, "\(names)")
        let report = try JSONValue(parsing: try gateway.folder.read("in/done/big.csv.report.json"))
        #expect(report["records"]?.integer == 2400 && report["accepted"]?.integer == 2398 && report["refused"]?.integer == 2)
        let collected = try gateway.folder.read("in/refused/big.refused-records.csv")
        #expect(collected == Array(Self.rows(7...7, bad: bad).utf8) + Array(Self.rows(1600...1600, bad: bad).utf8.dropFirst(35)))
        #expect(try await BuiltProgram.run(["evidence", "verify", "--config", gateway.config]).exit == 0)
    }

    @Test("killed at any moment, a polled platform's records are taken once and in order", .enabled(if: NginxServer.isInstalled))
    func killedWithPages() async throws {
        let platform = try await NginxServer.start { ports in
            """
            server { listen 127.0.0.1:\(ports[0]); root .; default_type application/json;
              location /pages { try_files $uri.json @none; } location @none { return 204; } }
            """
        }
        let gateway = try await Self.gateway(
            """
            split: /rows, poll: {url: "http://127.0.0.1:\(platform.ports[0])/pages/{cursor}", sender: local-a, start: "0", cursor: /next,
                    interval: 100ms}
            """, format: "json")
        defer { withExtendedLifetime(gateway) {} }
        try platform.directory.makeDirectory("pages")
        func write(_ page: Int) throws {
            let rows = (1...300).map { page * 300 + $0 }.map {
                """
                {"key": "K\($0)", "code": "E4401000002000033001", "title": "桥", "at": "20260501090000", "tenderer": "甲", "edition": "1"}
                """
            }.joined(separator: ",\n")
            try platform.directory.write("pages/\(page).json", "{\"rows\": [\(rows)], \"next\": \(page + 1)}")
        }
        for page in 0..<4 { try write(page) }
        for point in ["beforeCommit:2", "afterCommit:2", "beforeCommit:3", "afterCommit:3", "beforeCommit:4"] {
            try await Self.live(gateway, dying: point, or: "records were fetched")
        }
        try write(4)
        try await Self.live(gateway, dying: nil, or: "records were fetched")
        #expect(try await Self.accepted(gateway) == (1...1500).map { "K\($0)" })
        await platform.stop()
    }
}
