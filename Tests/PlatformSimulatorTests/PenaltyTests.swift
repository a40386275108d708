import GatewayTesting
import Testing

@testable import platform_simulator

@Suite struct PenaltyTests {
    private static let creditKey = "k3y-of-credit"
    private static let number = "测罚字〔2026〕1号"

    /// A penalty that is taken, with one element changed; nil takes it out.
    private static func xml(_ changes: [String: String?] = [:], root: String = "ExchangeMessage") -> String {
        let fields: [(String, String)] = [
            ("CF_XDR_MC", "测试公司"), ("CF_XDR_LB", "法人及非法人组织"), ("CF_XDR_SHXYM", "91440101MA5TE2T092"), ("CF_WSH", number),
            ("CF_WFXW", "串通投标"), ("CF_SY", "事实"), ("CF_YJ", "依据"), ("CF_CFLB", "警告;罚款"), ("CF_NR", "罚款"),
            ("CF_NR_FK", "16.002500"), ("CF_JDRQ", "2026-04-09"), ("CF_YXQ", "2099-12-31"), ("CF_CFJG", "某局"),
            ("CF_CFJGDM", "11440100TE2T30017X"),
        ]
        let lines = fields.compactMap { name, value in
            (changes[name] ?? value).map { "<\(name)>\($0)</\(name)>" }
        }
        return "<\(root)><Body><fields>\(lines.joined())</fields></Body></\(root)>"
    }

    private func with(
        faults: [PlannedFault] = [], _ body: (SimulatorUnderTest) async throws -> Void
    ) async throws {
        let keys = try TemporaryDirectory("credit-key")
        try keys.write("key", Self.creditKey)
        try await SimulatorUnderTest.with(faults: faults) { settings in
            settings.credit = (Repository.root + "/Schemas/credit/penalty.xsd", keys.file("key"))
        } _: {
            try await body($0)
        }
    }

    private func post(_ simulator: SimulatorUnderTest, _ xml: String, key: String = creditKey) async throws -> JSONLine {
        try JSONLine.parse(
            try await simulator.post(xml, delivery: "d1", key: key, base: ProvincialListener.creditPath).text)
    }

    @Test func `a penalty gets a receipt, can be asked for, and is in the log by its number`() async throws {
        try await with { simulator async throws in
            #expect(try await post(simulator, Self.xml())["code"] == "0")
            let status = try await simulator.curl(
                simulator.signIn(Self.creditKey, "gateway-client"), "/d1", base: ProvincialListener.creditPath)
            #expect(try JSONLine.parse(status.text)["state"] == "accepted")
            let line = try #require(try simulator.log().first)
            #expect(line["path"] == ProvincialListener.creditPath && line["dataKey"] == Self.number)
        }
    }

    @Test func `each platform has its own key and its own records`() async throws {
        try await with { simulator async throws in
            #expect(try await post(simulator, Self.xml(), key: SimulatorUnderTest.key)["code"] == "E1401")
            #expect(try JSONLine.parse(try await simulator.post(Notice.xml(), key: Self.creditKey).text)["code"] == "E1401")
            #expect(try await post(simulator, Notice.xml())["code"] == "E1002")
            #expect(try JSONLine.parse(try await simulator.post(Self.xml()).text)["code"] == "E1002")
        }
        try await SimulatorUnderTest.with { simulator async throws in
            #expect(try await simulator.post(Self.xml(), base: ProvincialListener.creditPath).status == 404)
        }
    }

    @Test(
        arguments: [
            ("E1001", ["CF_WSH": nil]), ("E1001", ["CF_JDRQ": "2026/04/09"]), ("E1001", ["CF_NR_FK": "16.0025"]),
            ("E2101", ["CF_XDR_LB": "公司"]), ("E2102", ["CF_XDR_SHXYM": nil]), ("E2103", ["CF_CFLB": "罚款;通报"]),
            ("E2104", ["CF_NR_FK": nil]), ("E2104", ["CF_CFLB": "警告"]), ("E2105", ["CF_JDRQ": "2026-02-30"]),
            ("E2106", ["CF_YXQ": "2026-04-08"]), ("0", ["CF_XDR_LB": "自然人", "CF_XDR_SHXYM": nil]), ("0", ["CF_YXQ": nil]),
        ] as [(String, [String: String?])])
    func `the credit platform has rules of its own`(code: String, changes: [String: String?]) async throws {
        try await with { simulator async throws in #expect(try await post(simulator, Self.xml(changes))["code"] == code) }
    }

    @Test func `a fault of the script meets the penalty with its number`() async throws {
        try await with(faults: [.init(caseName: "c", dataKey: Self.number, attempt: 1, kind: .serverError)]) {
            simulator async throws in
            #expect(try await post(simulator, Self.xml())["code"] == "E9500")
            #expect(try await post(simulator, Self.xml())["code"] == "0")
        }
    }
}
