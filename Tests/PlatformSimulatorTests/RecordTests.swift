import GatewayTesting
import JSON
import Testing

@testable import platform_simulator

@Suite struct RecordTests {
    @Test func `a good record gets a receipt and can be asked for`() async throws {
        try await SimulatorUnderTest.with { simulator in
            #expect(try JSONLine.parse(try await simulator.status(of: "d1").text)["state"] == "absent")
            let answer = try await simulator.post(Notice.xml(), delivery: "d1")
            #expect(answer.status == 200)
            let body = try JSONLine.parse(answer.text)
            #expect(body["code"] == "0")
            let receipt = try #require(body["receiptNo"])
            #expect(receipt.hasPrefix("GD20") && receipt.hasSuffix("000001") && receipt.count == 16)
            let status = try JSONLine.parse(try await simulator.status(of: "d1").text)
            #expect(status["code"] == "0" && status["state"] == "accepted" && status["receiptNo"] == receipt)
            let line = try #require(try simulator.log().first)
            #expect(line["outcome"] == "accepted" && line["receiptNo"] == receipt && line["idempotencyKey"] == "d1")
            #expect(line["dataKey"] == "9001503202605010000001" && line["tenderProjectCode"] == "E4401000001000123001")
            #expect(line["sha256"]?.count == 64)
        }
    }

    @Test func `the same record twice is taken twice`() async throws {
        try await SimulatorUnderTest.with { simulator in
            let first = try JSONLine.parse(try await simulator.post(Notice.xml(), delivery: "d1").text)
            let second = try JSONLine.parse(try await simulator.post(Notice.xml(), delivery: "d1").text)
            #expect(first["receiptNo"] != second["receiptNo"])
            let log = try simulator.log()
            #expect(log.map { $0["outcome"] } == ["accepted", "accepted"])
            #expect(log.map { $0["sequence"] } == ["1", "2"])
            #expect(log.map { $0["attempt"] } == ["1", "2"])
            #expect(log[0]["sha256"] == log[1]["sha256"])
        }
    }

    @Test func `content type, method, path and size are checked`() async throws {
        try await SimulatorUnderTest.with { simulator async throws in
            #expect(try await simulator.post(Notice.xml(), contentType: "application/json").status == 415)
            #expect(try await simulator.post(Notice.xml(), contentType: "text/xml; charset=utf-8").status == 200)
            let huge = String(repeating: " ", count: ProvincialPlatform.bodyBytesMax + 1)
            #expect(try await simulator.post(huge).status == 413)
            let caller = simulator.signIn(SimulatorUnderTest.key, "gateway-client")
            #expect(try await simulator.curl(caller, "").status == 405)
            #expect(try await simulator.curl(caller + ["-X", "DELETE"], "/d1").status == 404)
            #expect(try simulator.log().map { $0["code"] } == ["E1415", "0", "E1413"])
        }
    }

    @Test func `a record against the schema is refused with the first finding`() async throws {
        try await SimulatorUnderTest.with { simulator in
            let answer = try await simulator.post(Notice.xml(sent: "tomorrow", platform: "short"), delivery: "d1")
            #expect(answer.status == 200)
            let body = try JSONLine.parse(answer.text)
            #expect(body["code"] == "E1001" && body["path"] == "/GCJS_NOTICE/NOTICE_SEND_TIME" && body["line"] == "5")
            let status = try JSONLine.parse(try await simulator.status(of: "d1").text)
            #expect(status["state"] == "refused" && status["reason"] == "E1001")
            #expect(try simulator.log().map { $0["outcome"] } == ["rejected"])
        }
    }

    @Test(arguments: [
        "<GCJS_NOTICE>", "", "no markup", "<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>",
        "<?xml version='1.0' encoding='EBCDIC'?><a/>",
    ])
    func `what is no XML is refused by form`(record: String) async throws {
        try await SimulatorUnderTest.with { simulator in
            let body = try JSONLine.parse(try await simulator.post(record).text)
            #expect(body["code"] == "E1001")
            #expect(try simulator.log().map { $0["dataKey"] } == [nil])
        }
    }

    @Test(arguments: [
        ("E1002", "<GCJS_SECTION><DATA_KEY>1</DATA_KEY></GCJS_SECTION>"), ("E2001", Notice.xml(nature: "4")),
        ("E2002", Notice.xml(type: "7")), ("E2003", Notice.xml(sent: "20260230093000")),
        ("E2003", Notice.xml(sent: "20260501240000")),
        ("E2004", Notice.xml(platform: "12440112TE2T011281")), ("E2005", Notice.xml(nature: "2")),
        ("0", Notice.xml(platform: nil)), ("0", Notice.xml(nature: "9")),
    ])
    func `the platform has rules of its own`(code: String, record: String) async throws {
        try await SimulatorUnderTest.with { settings in
            settings.registeredPlatforms = ["12440100TE2T00053B"]
            settings.correctionsNeedNotice = true
        } _: { simulator in
            let answer = try await simulator.post(record)
            #expect(answer.status == 200)
            #expect(try JSONLine.parse(answer.text)["code"] == code)
        }
    }

    @Test func `a correction is taken after the notice of its tender`() async throws {
        try await SimulatorUnderTest.with {
            $0.correctionsNeedNotice = true
        } _: { simulator in
            for (key, nature, code) in [("1", "2", "E2005"), ("2", "1", "0"), ("3", "2", "0")] {
                let body = try JSONLine.parse(try await simulator.post(Notice.xml(dataKey: key, nature: nature)).text)
                #expect(body["code"] == code)
            }
            let other = try JSONLine.parse(try await simulator.post(Notice.xml(dataKey: "4", project: "P2", nature: "2")).text)
            #expect(other["code"] == "E2005")
        }
    }

    @Test func `people see what was received`() async throws {
        try await SimulatorUnderTest.with { simulator in
            _ = try await simulator.post(Notice.xml(), delivery: "d1")
            let page = try await simulator.people("/")
            #expect(page.status == 200 && page.text.contains("<td>accepted</td><td>1</td>"))
            let received = try JSONLine.parse(try await simulator.people("/received").text)
            #expect(received.value[0]?["deliveryId"]?.string == "d1")
            #expect(try await simulator.people("/etc").status == 404)
        }
    }

    @Test(arguments: [
        ("20260501093000", true), ("20240229235959", true), ("20260229000000", false), ("20261301000000", false),
        ("20260100000000", false),
        ("20260501246000", false), ("2026050109300", false), ("2026050109300x", false), ("", false),
    ])
    func `a time must exist`(text: String, isReal: Bool) {
        #expect(NoticeJudge.isRealTime(text) == isReal)
    }
}
