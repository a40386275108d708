internal import ExchangeModel
internal import Formats
internal import StrictYAML
internal import XML

extension ConfigurationReader {
    /// Largest tolerance for the request time.
    private static let toleranceMax = Duration.seconds(7 * 86_400)

    /// `soap` of a channel.
    func soap(_ value: YAMLValueReader) -> GatewayConfiguration.SOAPSettings? {
        value.mapping { section in
            let profile = section.optional("profile")?.oneOf(["nine-arguments"])
            var settings = GatewayConfiguration.SOAPSettings.nineArguments
            if let operation = section.optional("operation").flatMap({ xmlName($0) }) { settings.operation = operation }
            settings.namespace = section.optional("namespace").flatMap { namespace($0) }
            if let arguments = section.optional("arguments") {
                if profile == nil { settings.places = [:] }
                self.arguments(arguments, &settings.places)
            }
            if let form = section.optional("content")?.oneOf(SOAPContent.Form.self) { settings.form = form }
            settings.requestTimeTolerance = section.optional("requestTimeTolerance")?.duration(
                in: .seconds(1)...Self.toleranceMax)
            if settings.requestTimeTolerance != nil, settings.places[.requestTime] == nil {
                section.report(
                    "requestTimeTolerance", "no argument is the request time: name it under arguments.requestTime",
                    "没有设置请求时间参数，请在 arguments.requestTime 中指定")
            }
            if let answer = section.optional("answer") { self.answer(answer, &settings.answer) }
            return settings
        }
    }

    private func arguments(
        _ value: YAMLValueReader, _ places: inout [GatewayConfiguration.SOAPRole: GatewayConfiguration.SOAPPlace]
    ) {
        var given = places
        _ = value.mapping { section in
            func read(_ role: GatewayConfiguration.SOAPRole, _ entry: YAMLValueReader?) {
                if let place = entry.flatMap({ place($0) }) { given[role] = place }
            }
            read(.user, section.optional("user"))
            read(.key, section.optional("key"))
            read(.serial, section.optional("serial"))
            read(.dataset, section.optional("dataset"))
            read(.content, section.optional("content"))
            read(.requestTime, section.optional("requestTime"))
            read(.version, section.optional("version"))
            read(.dataId, section.optional("dataId"))
            read(.senderCode, section.optional("senderCode"))
            if given[.content] == nil {
                section.report("content", "no argument is the document: name it under content", "没有指定数据内容参数 content")
            }
            if given[.user] != nil, given[.key] == nil {
                section.report(
                    "user", "a user without a key proves nothing: name the key's argument too", "仅有用户标识不能证明身份，请同时指定密钥参数 key")
            }
            var taken: [GatewayConfiguration.SOAPPlace: String] = [:]
            for role in GatewayConfiguration.SOAPRole.allCases {
                guard let place = given[role] else { continue }
                if let other = taken[place] {
                    section.report(
                        role.rawValue, "\(other) and \(role.rawValue) are the same argument",
                        "\(other) 与 \(role.rawValue) 指向同一参数")
                }
                taken[place] = role.rawValue
            }
        }
        places = given
    }

    /// A position from 1, or a name.
    private func place(_ value: YAMLValueReader) -> GatewayConfiguration.SOAPPlace? {
        guard let text = value.text() else { return nil }
        if let position = Int(text) {
            if "\(position)" == text, (1...SOAPEnvelopeReader.argumentsMax).contains(position) { return .position(position) }
        } else if Self.isNameWithoutPrefix(text) {
            return .name(text)
        }
        value.report(
            "an argument is given by its position, from 1 to \(SOAPEnvelopeReader.argumentsMax), or by its element name",
            "参数以位置(1 至 \(SOAPEnvelopeReader.argumentsMax))或元素名指定")
        return nil
    }

    private func answer(_ value: YAMLValueReader, _ form: inout GatewayConfiguration.SOAPAnswerForm) {
        var given = form
        _ = value.mapping { section in
            given.element = section.optional("element").flatMap { xmlName($0) }
            if let name = section.optional("code").flatMap({ xmlName($0) }) { given.code = name }
            if let name = section.optional("message").flatMap({ xmlName($0) }) { given.message = name }
            if let name = section.optional("time").flatMap({ xmlName($0) }) { given.time = name }
            if let name = section.optional("success").flatMap({ xmlName($0) }) { given.success = name }
            if Set([given.code, given.message, given.time, given.success]).count < 4 {
                section.report("code", "two fields of the answer have the same name", "应答中有两个字段重名")
            }
            if let count = section.optional("findings")?.integer(in: 1...50) { given.findingsShown = count }
            _ = section.optional("codes")?.mapping { codes in
                if let text = codes.optional("accepted")?.text() { given.codes.accepted = text }
                if let text = codes.optional("notSignedIn")?.text() { given.codes.notSignedIn = text }
                if let text = codes.optional("notAllowed")?.text() { given.codes.notAllowed = text }
                if let text = codes.optional("conflict")?.text() { given.codes.conflict = text }
                if let text = codes.optional("refused")?.text() { given.codes.refused = text }
            }
        }
        form = given
    }

    private func xmlName(_ value: YAMLValueReader) -> String? {
        guard let text = value.text() else { return nil }
        if Self.isNameWithoutPrefix(text) { return text }
        value.report("this is not an XML name without prefix", "不是有效的 XML 名称(不含前缀)")
        return nil
    }

    private static func isNameWithoutPrefix(_ text: String) -> Bool {
        text.utf8.count <= 128 && !text.contains(":") && XMLName.isQualifiedName(text)
    }

    private func namespace(_ value: YAMLValueReader) -> String? {
        guard let text = value.text() else { return nil }
        if text.utf8.count <= 1024, text.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value != 0x7F }) { return text }
        value.report(
            "a namespace is a URI without white space, such as urn:example:upload", "命名空间应为不含空白的 URI，如 urn:example:upload")
        return nil
    }
}
