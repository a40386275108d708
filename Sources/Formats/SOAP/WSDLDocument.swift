internal import XML

/// Describes a service with one operation in WSDL 1.1, document/literal wrapped with unqualified children: on the wire the same as
/// RPC/literal, so that generated clients of either kind fit. Bound to SOAP 1.1 and SOAP 1.2.
public struct WSDLDocument: Sendable, Hashable {
    /// The service's name; an XML name without colon, as all names here.
    public var service: String
    /// The operation and the namespace it stands in.
    public var operation, namespace: String
    /// The arguments in order, all strings.
    public var arguments: [Argument]
    /// The element in the answer that holds the fields, and the fields.
    public var answerElement: String
    /// The fields of the answer, in order; their values do not matter.
    public var answerFields: [SOAPWriter.Field]
    /// For people who read the document.
    public var documentation: String

    /// An argument.
    public struct Argument: Sendable, Hashable {
        /// Its element's name.
        public var name: String
        /// What it is.
        public var documentation: String
        /// Whether it may be left out or nil.
        public var isOptional: Bool

        /// An argument.
        public init(name: String, documentation: String, isOptional: Bool) {
            self.name = name
            self.documentation = documentation
            self.isOptional = isOptional
        }
    }

    /// Takes everything.
    public init(
        service: String, operation: String, namespace: String, arguments: [Argument], answerElement: String,
        answerFields: [SOAPWriter.Field], documentation: String
    ) {
        self.service = service
        self.operation = operation
        self.namespace = namespace
        self.arguments = arguments
        self.answerElement = answerElement
        self.answerFields = answerFields
        self.documentation = documentation
    }

    /// The document, with the address that clients send to.
    public func bytes(address: String) -> [UInt8] {
        var xml = XMLWriter(capacity: 8192, indentation: 2)
        do throws(XMLWriterError) { try write(&xml, address: address) } catch {
            // Names come out of a checked configuration, and texts are cleaned.
            preconditionFailure("the WSDL document could not be written: \(error)")
        }
        return xml.bytes
    }

    private func write(_ xml: inout XMLWriter, address: String) throws(XMLWriterError) {
        xml.declaration()
        try open("wsdl:definitions", [("name", service), ("targetNamespace", SOAPWriter.clean(namespace))], &xml)
        for (prefix, name) in [
            ("wsdl", "http://schemas.xmlsoap.org/wsdl/"), ("xsd", "http://www.w3.org/2001/XMLSchema"),
            ("soap", "http://schemas.xmlsoap.org/wsdl/soap/"), ("soap12", "http://schemas.xmlsoap.org/wsdl/soap12/"),
            ("tns", SOAPWriter.clean(namespace)),
        ] { try xml.attribute("xmlns:\(prefix)", name) }
        try xml.element("wsdl:documentation", SOAPWriter.clean(documentation))
        try types(&xml)
        for (message, element) in [("Request", operation), ("Response", operation + "Response")] {
            try open("wsdl:message", [("name", operation + message)], &xml)
            try empty("wsdl:part", [("name", "parameters"), ("element", "tns:\(element)")], &xml)
            xml.endElement()
        }
        try open("wsdl:portType", [("name", service)], &xml)
        try open("wsdl:operation", [("name", operation)], &xml)
        try empty("wsdl:input", [("message", "tns:\(operation)Request")], &xml)
        try empty("wsdl:output", [("message", "tns:\(operation)Response")], &xml)
        xml.endElement()
        xml.endElement()
        for version in ["soap", "soap12"] { try binding(version, &xml) }
        try open("wsdl:service", [("name", service)], &xml)
        for version in ["soap", "soap12"] {
            try open("wsdl:port", [("name", service + version), ("binding", "tns:\(service)\(version)")], &xml)
            try empty("\(version):address", [("location", SOAPWriter.clean(address))], &xml)
            xml.endElement()
        }
        xml.endElement()
        xml.endElement()
    }

    private func types(_ xml: inout XMLWriter) throws(XMLWriterError) {
        try open("wsdl:types", [], &xml)
        try open(
            "xsd:schema", [("targetNamespace", SOAPWriter.clean(namespace)), ("elementFormDefault", "unqualified")], &xml)
        try element(operation, &xml) { xml throws(XMLWriterError) in
            for argument in arguments {
                var attributes = [("name", argument.name), ("type", "xsd:string")]
                if argument.isOptional { attributes += [("minOccurs", "0"), ("nillable", "true")] }
                try open("xsd:element", attributes, &xml)
                try open("xsd:annotation", [], &xml)
                try xml.element("xsd:documentation", SOAPWriter.clean(argument.documentation))
                xml.endElement()
                xml.endElement()
            }
        }
        try element(operation + "Response", &xml) { xml throws(XMLWriterError) in
            try open("xsd:element", [("name", answerElement)], &xml)
            try sequence(&xml) { xml throws(XMLWriterError) in
                for field in answerFields {
                    try empty(
                        "xsd:element", [("name", field.name), ("type", field.isBoolean ? "xsd:boolean" : "xsd:string")], &xml)
                }
            }
            xml.endElement()
        }
        xml.endElement()
        xml.endElement()
    }

    private func binding(_ version: String, _ xml: inout XMLWriter) throws(XMLWriterError) {
        try open("wsdl:binding", [("name", service + version), ("type", "tns:\(service)")], &xml)
        try empty(
            "\(version):binding", [("style", "document"), ("transport", "http://schemas.xmlsoap.org/soap/http")], &xml)
        try open("wsdl:operation", [("name", operation)], &xml)
        try empty("\(version):operation", [("soapAction", ""), ("style", "document")], &xml)
        for direction in ["wsdl:input", "wsdl:output"] {
            try open(direction, [], &xml)
            try empty("\(version):body", [("use", "literal")], &xml)
            xml.endElement()
        }
        xml.endElement()
        xml.endElement()
    }

    private typealias Content = (inout XMLWriter) throws(XMLWriterError) -> Void

    private func element(_ name: String, _ xml: inout XMLWriter, _ content: Content) throws(XMLWriterError) {
        try open("xsd:element", [("name", name)], &xml)
        try sequence(&xml, content)
        xml.endElement()
    }

    private func sequence(_ xml: inout XMLWriter, _ content: Content) throws(XMLWriterError) {
        try open("xsd:complexType", [], &xml)
        try open("xsd:sequence", [], &xml)
        try content(&xml)
        xml.endElement()
        xml.endElement()
    }

    private func open(
        _ name: String, _ attributes: [(name: String, value: String)], _ xml: inout XMLWriter
    ) throws(XMLWriterError) {
        try xml.startElement(name)
        for attribute in attributes { try xml.attribute(attribute.name, attribute.value) }
    }

    private func empty(
        _ name: String, _ attributes: [(name: String, value: String)], _ xml: inout XMLWriter
    ) throws(XMLWriterError) {
        try open(name, attributes, &xml)
        xml.endElement()
    }
}
