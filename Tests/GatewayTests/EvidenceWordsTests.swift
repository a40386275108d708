import JSON
import ExchangeModel
import Outbox
import Testing

@testable import Gateway

@Suite("What a row of evidence tells people")
struct EvidenceWordsTests {
    @Test("an acceptance names sender, record and destinations")
    func accepted() throws {
        let row = try JSONValue(
            parsing: """
                {"event":"message.accepted","message":"m","channel":"c","sender":"s","dataset":"tender-notice","businessKey":"A-1",
                "orderingKey":"P-1","version":"2","payloadSha256":"00","mapping":"x@1","trace":"t",
                "deliveries":[{"id":"d1","destination":"province"},{"id":"d2","destination":"city"}]}
                """)
        #expect(
            EvidenceWords.text(row) == "accepted from s on channel c: tender-notice A-1, version 2; goes to province, city")
        #expect(EvidenceWords.textZH(row) == "已接收：发送方 s，通道 c，tender-notice A-1，版本 2；目的地 province，city")
    }

    @Test("every step of a delivery has words in both languages, with what is known of it", arguments: DeliveryEvent.allCases)
    func steps(_ event: DeliveryEvent) throws {
        let row = try JSONValue(
            parsing: """
                {"event":"delivery.changed","delivery":"d","message":"m","destination":"province","from":"inFlight","to":"dead",
                "by":"\(event.rawValue)","attempt":3,"status":503,"milliseconds":12,"outcome":"transient","cause":"answer.busy",
                "receipt":"R-1","actor":"uid:0"}
                """)
        for text in [EvidenceWords.text(row), EvidenceWords.textZH(row)] {
            #expect(!text.contains("{") && !text.contains(event.rawValue), "\(text)")
            for word in ["province", "inFlight", "dead", "3", "503", "12", "transient", "answer.busy", "R-1", "uid:0"] {
                #expect(text.contains(word), "\(word) in \(text)")
            }
        }
    }

    @Test("a row of an unknown kind tells its members, and none can move a terminal's cursor")
    func unknown() throws {
        let row = try JSONValue(parsing: "{\"event\":\"lane.held\",\"lane\":7,\"actor\":\"uid:0\",\"reason\":\"a\\u001b[2Jb\"}")
        #expect(EvidenceWords.text(row) == "lane.held, lane 7, actor uid:0, reason a [2Jb")
        #expect(EvidenceWords.text(.null) == "?")
        #expect(EvidenceWords.textZH(try JSONValue(parsing: "{\"event\":\"payload.read\"}")).contains("查看"))
    }
}
