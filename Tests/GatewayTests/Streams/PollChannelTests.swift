import ExchangeModel
import GatewayTesting
import Platforms
import Store
import Testing

@testable import Gateway

@Suite("A channel that asks a platform for records", .enabled(if: NginxServer.isInstalled))
struct PollChannelTests {
    /// A platform whose page behind cursor N is the file `N.json`; 404 where there is none, 204 for `N.none`.
    private static func platform() async throws -> NginxServer {
        try await NginxServer.start { ports in
            """
            server { listen 127.0.0.1:\(ports[0]); root pages;
              location ~ ^/pages/(.+)$ { try_files /$1.json @none; default_type application/json; }
              location @none { return 204; }
              location /broken { return 500; } }
            """
        }
    }

    private static func page(_ numbers: ClosedRange<Int>, next: String, bad: Set<Int> = []) -> String {
        let rows = numbers.map { RowScene.object($0, isGood: !bad.contains($0)) }.joined(separator: ", ")
        return "{\"data\": {\"rows\": [\(rows)], \"next\": \(next)}}"
    }

    private func with(
        _ pages: [String: String], path: String = "/pages/{cursor}", extra: String = "",
        _ body: (RowScene, NginxServer, PollChannel) async throws -> Void
    ) async throws {
        let server = try await Self.platform()
        try server.directory.makeDirectory("pages")
        for (name, text) in pages { try server.directory.write("pages/\(name).json", text) }
        let poll = """
            , split: /data/rows, poll: {url: "http://127.0.0.1:\(server.ports[0])\(path)", sender: local-a, cursor: /data/next, start: "0"\(extra)}
            """
        do {
            try await RowScene.with(mapping: "objects", channel: poll) { scene in
                let settings = try #require(scene.gateway.configuration.channels[0].poll)
                let channel = PollChannel(
                    gateway: scene.gateway, name: "local-a", sender: settings.sender, settings: settings.settings,
                    tolerance: settings.tolerance)
                try await body(scene, server, channel)
            }
        } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }

    private func fetch(_ channel: PollChannel) async throws { try await channel.fetchAll(PollMetrics(channel: "local-a")) }

    @Test("takes page after page, and goes on where the last one ended")
    func pages() async throws {
        let pages = [
            "0": Self.page(1...3, next: "\"a/1 ?\""), "a/1 ?": "", "x": Self.page(4...5, next: "7"),
            "7": Self.page(6...6, next: "\"8\""),
        ].filter { $0.key != "a/1 ?" }
        try await with(pages) { scene, server, channel in
            try server.directory.makeDirectory("pages/a")
            try server.directory.write("pages/a/1 ?.json", Self.page(4...5, next: "7"))
            try await fetch(channel)
            #expect(try await scene.accepted() == (1...6).map { "K\($0)" })
            #expect(try await scene.store.channelCursor("local-a") == "8")
            // Later there is more; what was taken is not asked for again.
            try server.directory.write("pages/8.json", Self.page(7...7, next: "\"9\""))
            try await fetch(channel)
            #expect(try await scene.accepted() == (1...7).map { "K\($0)" })
            await server.stop()
            let asked = try server.accessLog().compactMap { $0.split(separator: " ").dropLast().last.map(String.init) }
            #expect(asked == ["/pages/0", "/pages/a%2F1%20%3F", "/pages/7", "/pages/8", "/pages/8", "/pages/9"])
        }
    }

    @Test("a page that comes again, its cursor lost, is taken once")
    func again() async throws {
        try await with(["0": Self.page(1...3, next: "\"0\"")]) { scene, _, channel in
            for _ in 0..<3 { try await fetch(channel) }
            #expect(try await scene.accepted() == ["K1", "K2", "K3"])
            #expect(try await scene.store.channelCursor("local-a") == nil)
        }
    }

    @Test("a bad record is refused by itself, and the page goes on")
    func oneBad() async throws {
        try await with(["0": Self.page(1...3, next: "\"1\"", bad: [2])]) { scene, _, channel in
            try await fetch(channel)
            #expect(try await scene.accepted() == ["K1", "K3"])
            #expect(try await scene.store.channelCursor("local-a") == "1")
        }
    }

    @Test("a page with more bad records than are tolerated stays, is kept once, and is taken when it is mended")
    func overTolerance() async throws {
        try await with(["0": Self.page(1...3, next: "\"1\"", bad: [1, 2])], extra: ", maxRefused: 1") { scene, server, channel in
            for _ in 0..<2 {
                let failure = await #expect(throws: PollFailure.self) { try await fetch(channel) }
                #expect(failure?.code == "stream.over-tolerance")
            }
            #expect(try await scene.accepted().isEmpty)
            #expect(try await scene.store.streams(channel: "local-a", limit: 10).map(\.state) == [.refused])
            #expect(try await scene.store.channelCursor("local-a") == nil)
            try server.directory.write("pages/0.json", Self.page(1...3, next: "\"1\""))
            try await fetch(channel)
            #expect(try await scene.accepted() == ["K1", "K2", "K3"])
        }
    }

    @Test(
        "an answer that is no page is a failure with its reason, and the cursor stays",
        arguments: [
            ("{\"data\": {\"rows\": [", "poll.unreadable"), ("<html/>", "poll.unreadable"),
            ("{\"data\": {\"rows\": [], \"next\": {}}}", "poll.cursor"),
            ("{\"data\": {\"lines\": [], \"next\": \"1\"}}", "json.pointer"),
        ])
    func noPage(_ text: String, _ code: String) async throws {
        try await with(["0": text]) { scene, _, channel in
            let failure = await #expect(throws: PollFailure.self) { try await fetch(channel) }
            #expect(failure?.code == code, "\(failure?.text ?? "")")
            let cursor = try await scene.store.channelCursor("local-a")
            #expect(cursor == nil)
        }
    }

    @Test("a platform that fails is asked again, later and later")
    func failing() async throws {
        try await with([:], path: "/broken/{cursor}") { _, _, channel in
            let failure = await #expect(throws: PollFailure.self) { try await fetch(channel) }
            #expect(failure == PollFailure(code: "poll.status", text: "HTTP 500"))
        }
        #expect(PollChannel.wait(.seconds(60), failures: 0) == .seconds(60))
        #expect(PollChannel.wait(.seconds(60), failures: 2) == .seconds(240))
        #expect(PollChannel.wait(.seconds(60), failures: 40) == .seconds(600))
        #expect(PollChannel.wait(.seconds(3600), failures: 3) == .seconds(3600))
    }
}
