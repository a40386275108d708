internal import ExchangeModel
internal import XML

/// Writes answers and faults as envelopes in UTF-8.
///
/// A character that XML cannot carry becomes U+FFFD, so that every answer can be written.
public enum SOAPWriter {
    /// A field of an answer.
    public struct Field: Sendable, Hashable {
        /// The element's name.
        public var name: String
        /// Its text.
        public var value: String
        /// Whether its type is boolean; else it is a string.
        public var isBoolean: Bool

        /// A field.
        public init(name: String, value: String, isBoolean: Bool = false) {
            self.name = name
            self.value = value
            self.isBoolean = isBoolean
        }
    }

    private static let schema = "http://www.w3.org/2001/XMLSchema"
    private static let instance = "http://www.w3.org/2001/XMLSchema-instance"

    /// The answer to a call: `<operation>Response` in the call's namespace, in it one element without namespace that holds the
    /// fields. A call with types gets types back.
    ///
    /// The names must be XML names; `SOAPCall` has no others, and configurations are checked.
    public static func answer(to call: SOAPCall, element: String, fields: [Field]) -> [UInt8] {
        envelope(call.version) { xml throws(XMLWriterError) in
            let prefix = call.namespace.isEmpty ? "" : "op:"
            try xml.startElement("\(prefix)\(call.operation)Response")
            if !call.namespace.isEmpty { try xml.attribute("xmlns:op", clean(call.namespace)) }
            if call.isEncoded {
                try xml.attribute("xmlns:xsd", schema)
                try xml.attribute("xmlns:xsi", instance)
            }
            try xml.startElement(element)
            for field in fields {
                try xml.startElement(field.name)
                if call.isEncoded { try xml.attribute("xsi:type", field.isBoolean ? "xsd:boolean" : "xsd:string") }
                try xml.text(clean(field.value))
                xml.endElement()
            }
            xml.endElement()
            xml.endElement()
        }
    }

    /// A fault (SOAP 1.1, 4.4; SOAP 1.2, 5.4) with its texts in Chinese and English, and, for a fault in the body, where it lies.
    public static func fault(_ fault: SOAPFault) -> [UInt8] {
        fault.version == .soap11 ? fault11(fault) : fault12(fault)
    }

    private static func fault11(_ fault: SOAPFault) -> [UInt8] {
        envelope(.soap11) { xml throws(XMLWriterError) in
            try xml.startElement("soap:Fault")
            let code =
                switch fault.kind {
                case .versionMismatch: "VersionMismatch"
                case .mustUnderstand: "MustUnderstand"
                case .sender: "Client"
                case .receiver: "Server"
                }
            try xml.element("faultcode", "soap:\(code)")
            try xml.startElement("faultstring")
            try xml.attribute("xml:lang", "zh")
            try xml.text(clean("\(fault.finding.textZH) (\(fault.finding.text))"))
            xml.endElement()
            // Detail belongs to faults of the body alone.
            if fault.kind == .sender || fault.kind == .receiver {
                try xml.startElement("detail")
                try detail(fault.finding, &xml)
                xml.endElement()
            }
            xml.endElement()
        }
    }

    private static func fault12(_ fault: SOAPFault) -> [UInt8] {
        envelope(
            .soap12,
            header: { xml throws(XMLWriterError) in
                guard !fault.notUnderstood.isEmpty else { return }
                try xml.startElement("soap:Header")
                for name in fault.notUnderstood {
                    try xml.startElement("soap:NotUnderstood")
                    if name.namespace.isEmpty {
                        try xml.attribute("qname", name.local)
                    } else {
                        try xml.attribute("xmlns:h", clean(name.namespace))
                        try xml.attribute("qname", "h:\(name.local)")
                    }
                    xml.endElement()
                }
                xml.endElement()
            }
        ) { xml throws(XMLWriterError) in
            try xml.startElement("soap:Fault")
            try xml.startElement("soap:Code")
            let code =
                switch fault.kind {
                case .versionMismatch: "VersionMismatch"
                case .mustUnderstand: "MustUnderstand"
                case .sender: "Sender"
                case .receiver: "Receiver"
                }
            try xml.element("soap:Value", "soap:\(code)")
            xml.endElement()
            try xml.startElement("soap:Reason")
            for (language, text) in [("zh", fault.finding.textZH), ("en", fault.finding.text)] {
                try xml.startElement("soap:Text")
                try xml.attribute("xml:lang", language)
                try xml.text(clean(text))
                xml.endElement()
            }
            xml.endElement()
            if fault.kind == .sender || fault.kind == .receiver {
                try xml.startElement("soap:Detail")
                try detail(fault.finding, &xml)
                xml.endElement()
            }
            xml.endElement()
        }
    }

    private static func detail(_ finding: Finding, _ xml: inout XMLWriter) throws(XMLWriterError) {
        try xml.startElement("f:finding")
        try xml.attribute("xmlns:f", "urn:tenderbridge:soap:finding")
        try xml.attribute("code", clean(finding.code.name))
        if !finding.path.isEmpty { try xml.attribute("path", clean(finding.path)) }
        if finding.position.line > 0 { try xml.attribute("line", "\(finding.position.line)") }
        if finding.position.column > 0 { try xml.attribute("column", "\(finding.position.column)") }
        xml.endElement()
    }

    private typealias Part = (inout XMLWriter) throws(XMLWriterError) -> Void

    private static func envelope(
        _ version: SOAPVersion, header: Part = { _ throws(XMLWriterError) in }, _ body: Part
    ) -> [UInt8] {
        var xml = XMLWriter(capacity: 1024)
        do throws(XMLWriterError) {
            xml.declaration()
            try xml.startElement("soap:Envelope")
            try xml.attribute("xmlns:soap", version.namespace)
            try header(&xml)
            try xml.startElement("soap:Body")
            try body(&xml)
            xml.endElement()
            xml.endElement()
        } catch {
            // Names are checked before they come here, and values are cleaned.
            preconditionFailure("an answer could not be written: \(error)")
        }
        return xml.bytes
    }

    /// The text with U+FFFD for what XML 1.0 has no `Char` for.
    static func clean(_ text: String) -> String {
        func isChar(_ scalar: Unicode.Scalar) -> Bool {
            switch scalar.value {
            case 0x9, 0xA, 0xD, 0x20...0xFFFD, 0x10000...0x10FFFF: true
            default: false
            }
        }
        guard !text.unicodeScalars.allSatisfy(isChar) else { return text }
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { result.append(isChar(scalar) ? scalar : "\u{FFFD}") }
        return String(result)
    }
}
