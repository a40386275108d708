internal import ExchangeModel
internal import Mapping
internal import Outbox
internal import Platforms
internal import StrictYAML

extension ConfigurationReader {
    /// One entry of `destinations`.
    ///
    /// - Parameter senders: the names of all senders, some of which may post its receipts.
    func destination(
        _ name: String, _ value: YAMLValueReader, _ senders: [String]
    ) -> GatewayConfiguration.DestinationConfiguration? {
        value.mapping { section in
            _ = section.optional("kind")?.oneOf(["http"])
            let url = section.required("url").flatMap { address($0) }
            let mapping = section.required("mapping")?.text()
            let audience = section.required("audience")?.text()
            let personalText = section.optional("personalText")?.oneOf(PersonalTextRule.allCases.map(\.rawValue))
            let contentType = section.optional("contentType")?.text() ?? "application/xml; charset=utf-8"
            let signIn = section.optional("signIn").flatMap { self.signIn($0) } ?? .none
            let tls =
                section.optional("tls").flatMap { self.tls($0) }
                ?? .init(authoritiesPath: nil, certificatePath: nil, keyPath: nil)
            let http2 = section.optional("http2")?.boolean() ?? true
            let connect = section.optional("connectTimeout")?.duration(in: .milliseconds(10) ... .seconds(300)) ?? .seconds(10)
            let total = section.optional("timeout")?.duration(in: .milliseconds(10) ... .seconds(3600)) ?? .seconds(30)
            let answerBytes = section.optional("answerBytesMax")?.byteCount(in: 1024...(16 << 20)) ?? 1 << 20
            let concurrency = section.optional("concurrency")?.integer(in: 1...1024) ?? 8
            let answer = section.optional("answer").flatMap { rules($0, isStatus: false) } ?? Self.defaultAnswer
            let status = section.optional("status").flatMap { statusQuery($0) }
            let receipts = receipts(section, answer: answer, senders: senders)
            let retry = retryPolicy(section.optional("retry"))
            let unknown = unknownPolicy(section, hasStatus: status != nil)
            let pace = pace(section)
            let headOfLine =
                section.optional("headOfLine")?.oneOf(HeadOfLineRule.allCases.map(\.rawValue)).flatMap {
                    HeadOfLineRule(rawValue: $0)
                }
                ?? .block
            guard let url, let mapping, let audience else { return nil }
            var policy = DestinationPolicy(
                concurrency: concurrency, retry: retry, unknown: unknown, lease: total + connect + .seconds(30), pace: pace)
            policy.headOfLine = headOfLine
            if let receipts { policy.receiptLimit = receipts.timeLimit }
            return GatewayConfiguration.DestinationConfiguration(
                name: name,
                http: HTTPDestinationSettings(
                    url: url, contentType: contentType, signIn: signIn, tls: tls, offersHTTP2: http2, connectTimeout: connect,
                    totalTimeout: total, answerBytesMax: answerBytes, receiptBytes: 0, connectionsMax: concurrency,
                    answer: answer, status: status),
                mapping: mapping, audience: Audience(audience),
                personalText: personalText.flatMap { PersonalTextRule(rawValue: $0) },
                policy: policy, receipts: receipts,
                position: section.position)
        }.flatMap { $0 }
    }

    /// What HTTP itself says, for a platform whose configuration adds nothing: 2xx is accepted; 401, 408, 425, 429 and 503 may
    /// heal; other 4xx will not. Other 5xx are unclear: a proxy says 502 or 504 after the platform may have taken the record.
    static let defaultAnswer = AnswerRules(
        rules: [
            AnswerRule(statuses: 200...299, condition: nil, verdict: .accepted),
            AnswerRule(statuses: 401...401, condition: nil, verdict: .transient),
            AnswerRule(statuses: 408...408, condition: nil, verdict: .transient),
            AnswerRule(statuses: 425...425, condition: nil, verdict: .transient),
            AnswerRule(statuses: 429...429, condition: nil, verdict: .transient),
            AnswerRule(statuses: 400...499, condition: nil, verdict: .permanent),
            AnswerRule(statuses: 503...503, condition: nil, verdict: .transient),
        ], receiptPointer: nil)

    func address(_ value: YAMLValueReader) -> String? {
        guard let text = value.text() else { return nil }
        guard text.hasPrefix("https://") || text.hasPrefix("http://") else {
            value.report("an address begins with https:// or http://", "地址必须以 https:// 或 http:// 开头")
            return nil
        }
        let authority = text.drop { $0 != "/" }.dropFirst(2).prefix { $0 != "/" && $0 != "?" }
        if text.hasPrefix("http://") {
            let host =
                authority.hasPrefix("[")
                ? String(authority.dropFirst().prefix { $0 != "]" }) : String(authority.prefix { $0 != ":" })
            if !Self.isLoopback(host), host != "localhost" {
                value.report(
                    "plain http:// leaves this machine unencrypted; use https://, or a TLS proxy on loopback",
                    "http:// 会以明文离开本机；请使用 https:// 或环回地址上的 TLS 代理")
                return nil
            }
        }
        if authority.contains("@") {
            value.report("an address holds no user name or password; use signIn", "地址中不能包含用户名或口令，请使用 signIn")
            return nil
        }
        return text
    }

    func signIn(_ value: YAMLValueReader) -> HTTPDestinationSettings.SignIn? {
        value.mapping { section in
            let key = section.required("key").flatMap { secret($0) }
            let header = section.optional("header")?.text() ?? "Authorization"
            let scheme = section.optional("scheme")?.text(mayBeEmpty: true) ?? "Bearer"
            return key.map {
                .header(name: header, value: (scheme.isEmpty ? "" : scheme + " ") + String(decoding: $0, as: UTF8.self))
            }
        }.flatMap { $0 }
    }

    func tls(_ value: YAMLValueReader) -> HTTPDestinationSettings.TLS? {
        value.mapping { section in
            let authorities = section.optional("authorities")?.text().map { FileBytes.resolve($0, in: folder) }
            let certificate = section.optional("certificate")?.text().map { FileBytes.resolve($0, in: folder) }
            let key = section.optional("key")?.text().map { FileBytes.resolve($0, in: folder) }
            if (certificate == nil) != (key == nil) {
                section.report(
                    certificate == nil ? "key" : "certificate", "certificate and key are given together",
                    "certificate 与 key 必须同时给出")
            }
            return HTTPDestinationSettings.TLS(authoritiesPath: authorities, certificatePath: certificate, keyPath: key)
        }
    }

    // MARK: Answers

    private func rules(_ value: YAMLValueReader, isStatus: Bool) -> AnswerRules? {
        value.mapping { section in
            let receipt = section.optional("receipt").flatMap { pointer($0) }
            let rules = section.required("rules")?.list().compactMap { rule($0, isStatus: isStatus) } ?? []
            return AnswerRules(rules: rules, receiptPointer: receipt)
        }
    }

    private func rule(_ value: YAMLValueReader, isStatus: Bool) -> AnswerRule? {
        value.mapping { section in
            let statuses = section.required("status").flatMap { statusRange($0) }
            let verdicts =
                isStatus
                ? ["accepted", "permanent", "absent", "unclear"]
                : ["accepted", "handedOver", "permanent", "transient", "unclear"]
            let verdict = section.required("verdict")?.oneOf(verdicts).flatMap { AnswerVerdict(rawValue: $0) }
            var condition: BodyCondition?
            if let path = section.optional("path") {
                let place = pointer(path)
                let equals = section.optional("equals")?.listOrOne().compactMap { $0.text() }
                let prefix = section.optional("startsWith")?.text()
                switch (equals, prefix) {
                case (let texts?, nil): condition = place.map { BodyCondition(pointer: $0, comparison: .equals(texts)) }
                case (nil, let prefix?): condition = place.map { BodyCondition(pointer: $0, comparison: .startsWith(prefix)) }
                default:
                    section.report(
                        "path", "path needs exactly one of equals and startsWith", "path 需要且只能配合 equals 或 startsWith 之一")
                }
            } else if section.has("equals") || section.has("startsWith") {
                section.report("equals", "equals and startsWith need a path", "equals 与 startsWith 需要 path")
            }
            let cause = isStatus ? nil : section.optional("cause").flatMap { causeName($0) }
            guard let statuses, let verdict else { return nil }
            return AnswerRule(statuses: statuses, condition: condition, verdict: verdict, cause: cause)
        }.flatMap { $0 }
    }

    private func statusRange(_ value: YAMLValueReader) -> ClosedRange<Int>? {
        guard let text = value.text() else { return nil }
        let parts = text.split(separator: "-").compactMap { Int($0) }
        if parts.count == 1, text == "\(parts[0])", (100...599).contains(parts[0]) { return parts[0]...parts[0] }
        if parts.count == 2, text == "\(parts[0])-\(parts[1])", parts[0] <= parts[1], parts[0] >= 100, parts[1] <= 599 {
            return parts[0]...parts[1]
        }
        value.report("a status is a number such as 200 or a range such as 500-599", "状态码应为 200 这样的数字或 500-599 这样的范围")
        return nil
    }

    func pointer(_ value: YAMLValueReader) -> String? {
        guard let text = value.text() else { return nil }
        guard text.hasPrefix("/") else {
            value.report("a place in a JSON body is a pointer such as /code (RFC 6901)", "JSON 中的位置应写成 /code 这样的指针(RFC 6901)")
            return nil
        }
        return text
    }

    private func statusQuery(_ value: YAMLValueReader) -> HTTPDestinationSettings.StatusQuery? {
        value.mapping { section in
            let url = section.required("url").flatMap { value -> String? in
                guard let text = address(value) else { return nil }
                guard text.contains("{deliveryId}") else {
                    value.report("a status query's address holds {deliveryId}", "状态查询地址必须包含 {deliveryId}")
                    return nil
                }
                return text
            }
            let receipt = section.optional("receipt").flatMap { pointer($0) }
            let rules = section.required("rules")?.list().compactMap { rule($0, isStatus: true) } ?? []
            return url.map { .init(url: $0, answer: AnswerRules(rules: rules, receiptPointer: receipt)) }
        }.flatMap { $0 }
    }

    // MARK: Policies

    private func retryPolicy(_ value: YAMLValueReader?) -> RetryPolicy {
        var policy = RetryPolicy(initial: .seconds(1), cap: .seconds(300), attempts: 1000, total: .seconds(72 * 3600))
        _ = value?.mapping { section in
            if let initial = section.optional("initial")?.duration(in: .milliseconds(1) ... .seconds(3600)) {
                policy.initial = initial
            }
            if let cap = section.optional("cap")?.duration(in: .milliseconds(1) ... .seconds(86_400)) { policy.cap = cap }
            if let longest = section.optional("retryAfterMax")?.duration(in: .zero ... .seconds(90 * 86_400)) {
                policy.retryAfterMax = longest
            }
            if let attempts = section.optional("attempts")?.integer(in: 1...1_000_000) { policy.attempts = attempts }
            if let total = section.optional("total")?.duration(in: .seconds(1) ... .seconds(90 * 86_400)) { policy.total = total }
            policy.byCause = retryCauses(section.optional("byCause"))
        }
        return policy
    }

    private func unknownPolicy(_ section: YAMLMappingReader, hasStatus: Bool) -> UnknownPolicy {
        let idempotent = section.optional("idempotent")?.oneOf(["deliveryId", "newIdNamingFirst", "no"]) ?? "no"
        let settlement: UnknownPolicy.Settlement =
            switch idempotent {
            case "deliveryId": .idempotentDeliveryID
            case "newIdNamingFirst": .idempotentNewID
            default: hasStatus ? .statusQuery : .person
            }
        var policy = UnknownPolicy(
            settlement: settlement, firstQuestion: .seconds(5), interval: .seconds(60), limit: .seconds(24 * 3600))
        _ = section.optional("unknown")?.mapping { unknown in
            if let first = unknown.optional("firstQuestion")?.duration(in: .zero ... .seconds(86_400)) {
                policy.firstQuestion = first
            }
            if let interval = unknown.optional("interval")?.duration(in: .milliseconds(10) ... .seconds(86_400)) {
                policy.interval = interval
            }
            if let limit = unknown.optional("limit")?.duration(in: .seconds(1) ... .seconds(90 * 86_400)) { policy.limit = limit }
        }
        return policy
    }
}
