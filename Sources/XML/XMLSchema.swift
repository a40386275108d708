internal import CLibXML2
public import ExchangeModel
internal import Glibc
internal import Synchronization

/// A schema of W3C XML Schema 1.0, compiled once, then only read: any number of threads may validate with it at the same
/// time, each its own document.
///
/// Invariant of `@unchecked Sendable`: libxml2 does not change a compiled schema while it validates, as long as no
/// document can make it load another (`XMLParser` drops `xsi:schemaLocation`); each validation has a context of its own.
/// `performance-notes`: 113,000 validations a second on two threads without a wrong verdict.
public final class XMLSchema: @unchecked Sendable {
    /// Its file, relative to the schema folder.
    public let name: String
    /// The files it was compiled from, itself first, then what it includes and imports, by name.
    public let sources: [Source]
    private let raw: xmlSchemaPtr

    /// Violations listed for one document; one more finding says so when there are more.
    public static let findingsMax = 200

    /// A file of a schema, as it was read.
    public struct Source: Sendable, Hashable {
        /// The file, relative to the schema folder.
        public let name: String
        /// Its bytes.
        public let bytes: [UInt8]
    }

    /// The bytes of all files in the order of `sources`: what a digest of this schema is taken over.
    public var sourceBytes: [UInt8] { sources.flatMap(\.bytes) }

    /// Compiles the schema of a folder; includes and imports must lie in the same folder or below it.
    ///
    /// Reads files: call it at start or reload, not on a task's thread.
    /// - Throws: `.configuration`, naming file and line, when a file is missing or wrong.
    public init(name: String, folder: String) throws(GatewayError) {
        precondition(XMLLibrary.ready)
        guard let resolved = realpath(folder, nil) else {
            throw Self.failure(name, "the schema folder cannot be read: " + String(cString: strerror(errno)))
        }
        let sources = XMLSchemaSources(folder: String(cString: resolved))
        free(resolved)
        // One at a time: the compiler touches tables of built-in types that all schemas share.
        let compiled = Self.compiling.withLock { _ in Self.compile(name, sources) }
        if let fault = sources.faults.first {
            if let compiled { xmlSchemaFree(compiled.raw) }
            let others = sources.faults.count > 1 ? " (and \(sources.faults.count - 1) more)" : ""
            let place = fault.file.isEmpty ? name : fault.file
            throw Self.failure(fault.line > 0 ? "\(place):\(fault.line)" : place, fault.text + others)
        }
        guard let compiled, let main = sources.files.first else { throw Self.failure(name, "libxml2 could not compile it") }
        self.name = name
        self.sources = ([main] + sources.files.dropFirst().sorted { $0.name < $1.name }).map {
            Source(name: $0.name, bytes: $0.bytes)
        }
        raw = compiled.raw
    }

    deinit { xmlSchemaFree(raw) }

    private static let compiling = Mutex<Void>(())

    /// A compiled schema on its way out of the lock.
    ///
    /// Invariant of `@unchecked Sendable`: nothing else refers to it yet.
    private struct Compiled: @unchecked Sendable {
        let raw: xmlSchemaPtr
    }

    private static func compile(_ name: String, _ sources: XMLSchemaSources) -> Compiled? {
        XMLLibrary.serving(sources) {
            guard let parser = xmlSchemaNewParserCtxt(XMLSchemaSources.address(of: name)) else { return nil }
            defer { xmlSchemaFreeParserCtxt(parser) }
            xmlSchemaSetParserStructuredErrors(
                parser,
                { _, error in
                    guard let error, let found = XMLLibrary.currentSources else { return }
                    found.note(error.pointee)
                }, nil)
            return xmlSchemaParse(parser).map { Compiled(raw: $0) }
        }
    }

    private static func failure(_ subject: String, _ happened: String) -> GatewayError {
        GatewayError(
            .configuration, attempted: "load the schema", subject: subject, happened: happened,
            remedy: "correct the schema file or the name that leads to it")
    }

    // MARK: Validation

    /// Every violation, in document order: code `schema.violation`, path, line, a sentence in English and Chinese. No
    /// finding holds a value of the document. Empty when the document is valid.
    public func validate(_ document: XMLDocument) -> [Finding] {
        guard let context = xmlSchemaNewValidCtxt(raw) else { fatalError("out of memory for a validation") }
        defer { xmlSchemaFreeValidCtxt(context) }
        var collector = XMLSchemaViolations()
        let status = withUnsafeMutablePointer(to: &collector) { pointer in
            xmlSchemaSetValidStructuredErrors(
                context,
                { collector, error in
                    guard let error else { return }
                    collector?.assumingMemoryBound(to: XMLSchemaViolations.self).pointee.add(error.pointee)
                }, UnsafeMutableRawPointer(pointer))
            return xmlSchemaValidateDoc(context, document.raw)
        }
        if status == 0 { return [] }
        var findings = collector.findings
        if findings.isEmpty {
            // libxml2 gave up without saying where: the document is not taken for valid.
            findings = [
                Finding(
                    .schemaViolation, text: "the document could not be checked against the schema (libxml2 status \(status))",
                    textZH: "无法按模式校验文档(libxml2 状态 \(status))")
            ]
        }
        return findings
    }
}
