import GatewayTesting
import Glibc
import Testing

@Suite("A start that cannot succeed ends with its code and says what to do")
struct StartFailureTests {
    /// Root may write everywhere; without capabilities it may not.
    static let withoutCapabilities = ["/usr/bin/setpriv", "--bounding-set=-all", "--inh-caps=-all", "--"]
    static let canDropCapabilities = geteuid() != 0 || access("/usr/bin/setpriv", X_OK) == 0

    @Test("a port that is taken: 69", arguments: ["data", "operators"])
    func portTaken(section: String) async throws {
        let first = try ScratchGateway()
        let second = try ScratchGateway()
        defer { withExtendedLifetime((first, second)) {} }
        let running = try await first.start()
        let port = running.port(section == "data" ? "dataPort" : "operatorPort")
        if section == "data" {
            try second.configure(data: "{ port: \(port) }")
        } else {
            try second.configure(operators: "{ port: \(port) }")
        }
        let result = try await second.fails()
        #expect(result.exit == 69, "\(result.text)")
        let error = result.lines.last ?? ""
        #expect(error.hasPrefix("error: address-unavailable: cannot listen on 127.0.0.1:\(port): "), "\(error)")
        #expect(error.contains("stop it (ss -ltnp shows it), or change \(section).port"), "\(error)")
        await running.child.stop()
    }

    @Test("a certificate that cannot be read: 78")
    func certificate() async throws {
        let gateway = try ScratchGateway()
        defer { withExtendedLifetime(gateway) {} }
        try gateway.configure(data: "{ port: 0, tls: { certificate: missing.pem, key: missing-key.pem } }")
        let result = try await gateway.fails()
        #expect(result.exit == 78, "\(result.text)")
        #expect(result.lines.contains { $0.contains("gateway.yaml:3:") && $0.contains("missing.pem") }, "\(result.text)")
    }

    @Test(
        "a point to end at that nobody knows: 64, with those that there are",
        arguments: ["nowhere:1", "answered:0", "answered", ""])
    func crashPoint(text: String) async throws {
        let gateway = try ScratchGateway()
        defer { withExtendedLifetime(gateway) {} }
        let result = try await gateway.fails(environment: ["TENDERBRIDGE_DIE_AT": text])
        #expect(result.exit == 64, "\(result.text)")
        #expect(result.text.contains("tests name one of received, beforeCommit, afterCommit"), "\(result.text)")
    }

    @Test("a point to end at: the process ends itself there, and the next start goes on")
    func endsItself() async throws {
        let gateway = try ScratchGateway()
        defer { withExtendedLifetime(gateway) {} }
        let child = try await ChildProcess.start(
            [BuiltProgram.path, "serve", "--config", gateway.config], environment: ["TENDERBRIDGE_DIE_AT": "migrating:1"])
        #expect(await child.ending() == .signalled(SIGKILL), "\(child.lines)")
        let running = try await gateway.start()
        #expect(try await running.post("good-24-village-hall").status == "202")
        #expect(await running.child.stop() == .exited(0))
    }

    @Test("an unknown key: 78, with the nearest one")
    func unknownKey() async throws {
        let gateway = try ScratchGateway()
        defer { withExtendedLifetime(gateway) {} }
        try gateway.configure(extra: "chanels: {}")
        let result = try await gateway.fails()
        #expect(result.exit == 78)
        let line = result.lines.last { $0.contains("chanels") } ?? ""
        #expect(line.contains(": error: ") && line.contains("channels"), "\(result.text)")
        #expect(line.hasPrefix(gateway.config + ":"), "\(line)")
    }

    @Test("an unknown code list in a mapping: 78, with file, line and column")
    func unknownCodeList() async throws {
        let gateway = try ScratchGateway()
        defer { withExtendedLifetime(gateway) {} }
        let mappings = try await gateway.copyMappings()
        try gateway.replace(
            "NOTICE_NATURE | code(notice-nature)", with: "NOTICE_NATURE | code(notice-natur)",
            in: "Mappings/local-a/in/tender-notice.yaml")
        try gateway.configure(mappings: mappings)
        let result = try await gateway.fails()
        #expect(result.exit == 78)
        let line = result.lines.first { $0.contains("notice-natur\"") || $0.contains("notice-natur ") } ?? result.text
        #expect(line.contains("local-a/in/tender-notice.yaml:") && line.contains("notice-nature"), "\(line)")
    }

    @Test("a mapping that is not there: 78, with the nearest one")
    func unknownMapping() async throws {
        let gateway = try ScratchGateway()
        defer { withExtendedLifetime(gateway) {} }
        try gateway.configure(mapping: "local-a/in/tender-notise")
        let result = try await gateway.fails()
        #expect(result.exit == 78)
        #expect(result.text.contains("did you mean \"local-a/in/tender-notice\"?"), "\(result.text)")
    }

    @Test("a listener beyond loopback without TLS: 78", arguments: ["data", "operators"])
    func plainText(section: String) async throws {
        let gateway = try ScratchGateway()
        defer { withExtendedLifetime(gateway) {} }
        if section == "data" {
            try gateway.configure(data: "{ address: 0.0.0.0, port: 0 }")
        } else {
            try gateway.configure(operators: "{ address: 0.0.0.0, port: 0 }")
        }
        let result = try await gateway.fails()
        #expect(result.exit == 78)
        #expect(result.text.contains("0.0.0.0 is not a loopback address and there is no TLS here"), "\(result.text)")
    }

    @Test("a control socket whose path is too long: 78")
    func longSocket() async throws {
        let gateway = try ScratchGateway()
        defer { withExtendedLifetime(gateway) {} }
        try gateway.configure(
            store: String(repeating: "a", count: 60) + "/" + String(repeating: "b", count: 60) + "/store.sqlite")
        let result = try await gateway.fails()
        #expect(result.exit == 78)
        #expect(result.lines.last?.contains("set control.socket to a shorter path") == true, "\(result.text)")
        let check = try await BuiltProgram.run(["check", "--config", gateway.config])
        #expect(check.exit == 78)
        #expect(check.text.contains("set control.socket to a shorter path"), "\(check.text)")
    }

    @Test("a store of a newer version: 74")
    func newerStore() async throws {
        let gateway = try ScratchGateway()
        defer { withExtendedLifetime(gateway) {} }
        let running = try await gateway.start()
        await running.child.stop()
        try await ChildProcess.run(["sqlite3", gateway.store, "UPDATE setting SET value = '9999' WHERE name = 'schemaVersion'"])
        let result = try await gateway.fails()
        #expect(result.exit == 74)
        #expect(result.lines.last?.contains("start the newer program that wrote it") == true, "\(result.text)")
        let check = try await BuiltProgram.run(["check", "--config", gateway.config])
        #expect(check.exit == 74)
        #expect(check.text.contains("error: store-newer"), "\(check.text)")
    }

    @Test("a folder where nothing can be written: 74", .enabled(if: canDropCapabilities, "root, and no setpriv to be less"))
    func readOnlyFolder() async throws {
        let gateway = try ScratchGateway()
        defer { withExtendedLifetime(gateway) {} }
        let folder = try gateway.folder.makeDirectory("locked")
        chmod(folder, 0o500)
        try gateway.configure(store: "locked/store.sqlite")
        let prefix = geteuid() == 0 ? Self.withoutCapabilities : []
        let result = try await BuiltProgram.run(
            command: prefix + [BuiltProgram.path, "serve", "--config", gateway.config, "--log-format", "text"])
        #expect(result.exit == 74, "\(result.text)")
        #expect(result.lines.last?.contains("let the daemon's user write there, or name another path") == true, "\(result.text)")
        let check = try await BuiltProgram.run(command: prefix + [BuiltProgram.path, "check", "--config", gateway.config])
        #expect(check.exit == 74, "\(check.text)")
    }

    @Test("a folder that cannot be made: 74")
    func impossibleFolder() async throws {
        let gateway = try ScratchGateway()
        defer { withExtendedLifetime(gateway) {} }
        try gateway.configure(store: "/proc/tenderbridge/store.sqlite", extra: "control: { socket: c.sock }")
        let result = try await gateway.fails()
        #expect(result.exit == 74, "\(result.text)")
        #expect(result.lines.last?.contains("/proc/tenderbridge") == true)
    }

    @Test("a full disk: 74", .enabled(if: canMount, "this user may not mount a small file system"))
    func fullDisk() async throws {
        let gateway = try ScratchGateway()
        defer { withExtendedLifetime(gateway) {} }
        try gateway.folder.makeDirectory("data")
        let script = "mount -t tmpfs -o size=32k none '\(gateway.folder.file("data"))' && exec \"$@\""
        let result = try await BuiltProgram.run(
            command: ["unshare", "-m", "sh", "-c", script, "sh", BuiltProgram.path, "serve", "--config", gateway.config])
        #expect(result.exit == 74, "\(result.text)")
        #expect(result.lines.last?.contains("error: store-full") == true, "\(result.text)")
        #expect(result.lines.last?.contains("free space") == true, "\(result.text)")
    }

    static let canMount: Bool = {
        guard geteuid() == 0, access("/usr/bin/unshare", X_OK) == 0 else { return false }
        return system("unshare -m mount -t tmpfs -o size=32k none /mnt >/dev/null 2>&1") == 0
    }()

    @Test("another gateway on the same store: 74, and check says so without disturbing it")
    func storeInUse() async throws {
        let gateway = try ScratchGateway()
        defer { withExtendedLifetime(gateway) {} }
        let running = try await gateway.start()
        let check = try await BuiltProgram.run(["check", "--config", gateway.config])
        #expect(check.exit == 0, "\(check.text)")
        #expect(check.text.contains("a running gateway has the store"), "\(check.text)")
        let result = try await gateway.fails()
        #expect(result.exit == 74)
        #expect(result.lines.last?.contains("another gateway has it open") == true, "\(result.text)")
        #expect(try await running.post("good-24-village-hall").status == "202")
        await running.child.stop()
    }
}
