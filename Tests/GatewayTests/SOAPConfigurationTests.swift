import ExchangeModel
import Formats
import GatewayTesting
import Testing

@testable import Gateway

@Suite("A SOAP channel's configuration")
struct SOAPConfigurationTests {
    private func read(_ soap: String, sender: String = "") throws -> ConfigurationReader.Outcome {
        let text = ConfigurationReaderTests.text(
            channel: "dataset: tender-notice, mapping: local-a/in/tender-notice\(soap)",
            sender: "{key: \"env:KEY\", channels: [local-a]\(sender)}")
        let folder = try TemporaryDirectory()
        return ConfigurationReader.read(
            file: try folder.write("gateway.yaml", text), environment: ["KEY": "secret-of-the-sender"])
    }

    @Test("without soap there is none; an empty one is the nine-argument upload")
    func defaults() throws {
        #expect(try read("").configuration?.channels[0].soap == nil)
        let soap = try #require(try read(", soap: {}").configuration?.channels[0].soap)
        #expect(soap == .nineArguments && soap.operation == "receiveInfo" && soap.namespace == nil && soap.form == .detect)
        #expect(soap.places[.user] == .position(1) && soap.places[.content] == .position(5))
        #expect(soap.places[.senderCode] == .position(9) && soap.places.count == 9 && soap.requestTimeTolerance == nil)
        #expect(try read(", soap: {profile: nine-arguments}").configuration?.channels[0].soap == soap)
    }

    @Test("arguments alone are those named; with a profile they override it")
    func arguments() throws {
        let alone = try read(", soap: {arguments: {content: data, serial: 2}}").configuration?.channels[0].soap
        #expect(alone?.places == [.content: .name("data"), .serial: .position(2)])
        let both = try read(", soap: {profile: nine-arguments, arguments: {content: 10}}").configuration?.channels[0].soap
        #expect(both?.places.count == 9 && both?.places[.content] == .position(10))
    }

    @Test("everything that is given is taken")
    func given() throws {
        let outcome = try read(
            """
            , soap: {operation: upload, namespace: "urn:x", content: base64, requestTimeTolerance: 12h, \
            arguments: {user: u, key: k, serial: s, dataset: d, content: c, requestTime: t, version: v, dataId: i, senderCode: 9}, \
            answer: {element: r, code: resultNum, message: message, time: at, success: serviceFlag, findings: 1, \
            codes: {accepted: "1", notSignedIn: a, notAllowed: b, conflict: c, refused: d}}}
            """, sender: ", user: SX00000001")
        let configuration = try #require(outcome.configuration, "\(outcome.findings)")
        let soap = try #require(configuration.channels[0].soap)
        #expect(soap.operation == "upload" && soap.namespace == "urn:x" && soap.form == .base64)
        #expect(soap.requestTimeTolerance == .seconds(43_200) && soap.places[.senderCode] == .position(9))
        #expect(soap.answer.element == "r" && soap.answer.code == "resultNum" && soap.answer.success == "serviceFlag")
        #expect(soap.answer.codes.accepted == "1" && soap.answer.codes.refused == "d" && soap.answer.findingsShown == 1)
        #expect(configuration.senders[0].user == "SX00000001")
    }

    @Test(
        "what makes no sense is refused",
        arguments: [
            ("{profil: x}", "did you mean \"profile\"?"), ("{profile: ten}", "must be one of nine-arguments"),
            ("{arguments: {serial: 1}}", "no argument is the document"), ("{arguments: {content: 1, user: 2}}", "proves nothing"),
            ("{arguments: {content: 1, serial: 1}}", "are the same argument"),
            ("{arguments: {content: 0}}", "by its position, from 1 to 64"),
            ("{arguments: {content: 65}}", "by its position"), ("{arguments: {content: \"a b\"}}", "by its element name"),
            ("{arguments: {content: \"p:a\"}}", "by its element name"),
            ("{arguments: {content: 1, serail: 2}}", "did you mean \"serial\"?"),
            ("{operation: \"a b\"}", "not an XML name"), ("{operation: \"p:a\"}", "not an XML name"),
            ("{namespace: \"a b\"}", "without white space"),
            ("{content: gzip}", "must be one of detect, text, base64"), ("{requestTimeTolerance: 30d}", "a time such as"),
            ("{arguments: {content: 1}, requestTimeTolerance: 1h}", "no argument is the request time"),
            ("{answer: {code: a, message: a}}", "have the same name"), ("{answer: {findings: 0}}", "from 1 to 50"),
            ("{answer: {codes: {ok: \"1\"}}}", "unknown key \"ok\""), ("yes", "must be a mapping"),
        ])
    func senseless(soap: String, words: String) throws {
        let outcome = try read(", soap: \(soap)")
        #expect(outcome.configuration == nil)
        #expect(outcome.findings.contains { $0.finding.text.contains(words) }, "\(outcome.findings)")
    }

    @Test("the request time is read strictly, and written in China Standard Time")
    func requestTime() {
        let instant = RequestTime.instant("2026-05-01 09:30:05")
        #expect(instant == Instant(year: 2026, month: 5, day: 1, hour: 1, minute: 30, second: 5))
        #expect(instant.map { RequestTime.text($0) } == "2026-05-01 09:30:05")
        for text in [
            "2026-05-01T09:30:05", "2026-02-29 00:00:00", "2026-05-01 24:00:00", "2026-05-01 09:60:00", "2026-05-01 9:30:05", "",
        ] {
            #expect(RequestTime.instant(text) == nil, "\(text)")
        }
    }

    @Test("the dataset code detects, and must fit where another sign does")
    func argument() async throws {
        let byArgument = """
            soap: {}
            detect:
              by: argument
              datasets:
                "500": {dataset: notice, mapping: p/in/notice}
                "501": {dataset: plan, mapping: p/in/plan}
            """
        let notice = "<GCJS_NOTICE><DATA_KEY>1</DATA_KEY><TITLE>桥</TITLE></GCJS_NOTICE>"
        try await DatasetScene.with(channel: byArgument) { scene async throws in
            #expect(try await scene.accepted(notice, hints: .init(datasetCode: "500")) == "notice")
            let other = try await scene.refused(notice + " ", hints: .init(datasetCode: "501"))
            #expect(other.map(\.code) == [.datasetUnknown] && other[0].path == "/GCJS_NOTICE")
            #expect(try await scene.refused(notice + "  ", hints: .init(datasetCode: "502")).map(\.code) == [.datasetUnknown])
            #expect(try await scene.refused(notice + "\n").map(\.code) == [.datasetUnknown])
        }
        let byRoot = byArgument.replacing("by: argument", with: "by: root").replacing("\"500\"", with: "GCJS_NOTICE")
            .replacing("\"501\"", with: "GCJS_PLAN")
        try await DatasetScene.with(channel: byRoot) { scene async throws in
            let other = try await scene.refused(notice, hints: .init(datasetCode: "GCJS_PLAN"))
            #expect(other.map(\.code.name) == ["dataset.mismatch"])
            #expect(try await scene.accepted(notice, hints: .init(datasetCode: "GCJS_NOTICE")) == "notice")
        }
    }
}
