import ExchangeModel
import GatewayTesting
import Glibc
import Testing

@Suite("GET /v1/channels/{channel}/soap?wsdl")
struct SOAPDescriptionTests {
    @Test("describes the nine arguments in their order, at the address that was asked")
    func description() async throws {
        try await RunningGateway.with(channel: ", soap: {}") { gateway in
            let client = SOAPClient(gateway: gateway)
            for query in ["?wsdl", "?WSDL", "?a=b&wsdl="] {
                let answer = try await client.describe(query)
                #expect(answer.status == 200 && answer.contentType == "text/xml; charset=utf-8")
                #expect(answer.text.contains("location=\"http://127.0.0.1:\(gateway.port)/v1/channels/local-a/soap\""))
                let names = answer.text.matches(of: #/xsd:element name="([a-zA-Z]+)" type="xsd:string"/#).map {
                    String($0.output.1)
                }
                #expect(
                    names == [
                        "userId", "key", "serialNumber", "datasetCode", "content", "requestTime", "version", "dataId",
                        "senderCode",
                        "errorCode", "errorMessage", "receiveTime",
                    ])
            }
            #expect(try await client.describe("").status == 400)
            #expect(try await client.describe(channel: "other").status == 404)
            let hostile = try await client.describe(host: "x\"/><evil")
            #expect(!hostile.text.contains("evil"), "\(hostile.text)")
        }
    }

    /// What a client that knows nothing but the description does, in both versions.
    private static let script = """
        import sys, zeep
        address, notice = sys.argv[1], open(sys.argv[2], encoding='utf-8').read()
        client = zeep.Client(address + '?wsdl')
        ports = list(client.wsdl.services['TenderBridgeUpload'].ports)
        assert len(ports) == 2, ports
        for number, port in enumerate(ports):
            service = client.bind('TenderBridgeUpload', port)
            def send(content, key='key-of-a', serial=f'S{number}'):
                return service.receiveInfo('a', key, serial, 'TENDER_ANN_QUA_INQUERY_ANN', content, '2026-05-01 09:30:00',
                                           '20260501093000', 'D1', '12440100TE2T00053B')
            answer = send(notice)
            assert answer.success is True and answer.errorCode == '0', answer
            assert len(answer.receiveTime) == 19, answer
            again = send(notice)
            assert again.errorMessage == answer.errorMessage and again.receiveTime == answer.receiveTime, again
            refused = send('<A/>', serial='other')
            assert refused.success is False and refused.errorCode == '422' and '问题' in refused.errorMessage, refused
            assert send(notice, key='wrong').errorCode == '401'
            named = service.receiveInfo(userId='a', key='key-of-a', serialNumber=f'N{number}', datasetCode='TENDER_ANN_QUA_INQUERY_ANN',
                                        content=notice, requestTime='', version='', dataId='', senderCode='')
            assert named.success is True, named
        try:
            zeep.Client(address + '?wsdl').bind().receiveInfo(_soapheaders=None, userId='a')
            sys.exit('an incomplete call was made')
        except (zeep.exceptions.ValidationError, TypeError):
            pass
        raw = client.create_message(client.service, 'receiveInfo', *(['x'] * 9))
        raw[0][0].tag = 'other'
        try:
            client.transport.post_xml
            response = client.transport.post_xml(address, raw, {'Content-Type': 'text/xml'})
            client.service._binding.process_reply(client, client.service._binding._operations['receiveInfo'], response)
            sys.exit('another operation was answered')
        except zeep.exceptions.Fault as fault:
            assert 'receiveInfo' in fault.message and fault.code == 'soap:Client', fault
        print('zeep', zeep.__version__, 'good')
        """

    @Test(
        "a client made from it by zeep sends, repeats and understands refusals and faults, in SOAP 1.1 and 1.2",
        .enabled(if: ForeignPython.with("zeep") != nil, "Python's zeep is not installed"))
    func zeep() async throws {
        try await RunningGateway.with(channel: ", soap: {}") { gateway in
            let script = try gateway.folder.write("client.py", Self.script)
            let notice = "\(RunningGateway.repository)/Tests/Recordings/good-01-road-notice/notice.xml"
            try await ChildProcess.run([
                try #require(ForeignPython.with("zeep")), script, "http://127.0.0.1:\(gateway.port)/v1/channels/local-a/soap",
                notice,
            ])
        }
    }
}
