internal import Cryptography
public import ExchangeModel
internal import Formats
internal import Mapping
internal import Store

/// Takes one stream of records: looks at the whole of it first, writing nothing, then takes it part by part.
///
/// Each record is accepted or refused on its own, as a message of its own. The parts and how far they reach are one transaction
/// each, so after a kill the same stream goes on behind its last record on disk. Blocking between the writes: for an executor of
/// its own.
struct StreamIntake {
    /// Records of one part, and bytes after which it is closed.
    static let partRecords = 250
    static let partBytes = 4 << 20
    /// Bytes that are read at once.
    static let pieceBytes = 1 << 18
    /// Findings of single records that are told where a stream is refused as a whole.
    static let findingsTold = 100

    let pipeline: AcceptPipeline
    let active: ActiveConfiguration
    let channel: Channel
    let way: DatasetWay
    let tolerance: RefusalTolerance
    /// What names it to people: its file's name.
    let name: String
    let sender: String
    let traceID: String
    let source: any RecordSource

    /// What a look at a whole stream found.
    struct Look {
        var identity: StreamIdentity
        /// Records in it, and how many of them cannot be accepted.
        var records = 0, refused = 0
        /// Bytes before the first record.
        var head = 0
        /// Why it is refused as a whole, and the first reasons of its records; empty: it is not.
        var findings: [Finding] = []
    }

    /// The first reasons why records of a stream are refused, for whoever must mend it.
    private struct RecordFindings {
        let format: RecordFormat
        private(set) var told: [Finding] = []

        init(_ format: RecordFormat) { self.format = format }

        mutating func add(_ findings: [Finding]) {
            let room = findingsTold - told.count
            if room > 0 { told += AcceptPipeline.merged(findings, of: format).filter { $0.severity == .error }.prefix(room) }
        }
    }

    // MARK: First, a look

    /// Reads all of it and judges each record as it will be judged, but for what is known to the store. Nil when it changed
    /// meanwhile.
    func look() throws -> Look? {
        var digest = DigestContext(.sha256)
        var look = Look(identity: StreamIdentity(channel: channel.configuration.name, digest: []))
        let cutter = try way.makeCutter(keepsDocuments: false)
        var tree = RecordTree()
        var offset = 0
        var unreadable: [Finding] = []
        var reasons = RecordFindings(way.format)
        cutting: while true {
            switch cutter.next(into: &tree) {
            case .needsBytes:
                let piece = try piece(at: &offset)
                piece.withUnsafeBytes { digest.update($0) }
                feed(cutter, piece)
                try Task.checkCancellation()
            case .record(let place):
                if look.records == 0 { look.head = place.offset }
                look.records += 1
                let record = way.judge(tree)
                if !record.isGood {
                    look.refused += 1
                    reasons.add(record.findings.map(cutter.named))
                }
            case .refused(let place, let findings):
                if look.records == 0 { look.head = place.offset }
                look.records += 1
                look.refused += 1
                reasons.add(findings)
            case .unreadable(let findings): unreadable = findings
            case .end: break cutting
            }
        }
        // What a cutter that gave up has not read belongs to the stream too.
        while offset < source.bytes {
            let piece = try piece(at: &offset)
            piece.withUnsafeBytes { digest.update($0) }
        }
        guard source.isUnchanged() else { return nil }
        look.identity.digest = digest.finish()
        if !unreadable.isEmpty {
            look.findings = unreadable
        } else if look.records == 0, channel.configuration.directory != nil {
            look.findings = [.streamEmpty]
        } else if !tolerance.allows(refused: look.refused, of: look.records) {
            look.findings = [.streamOverTolerance(look, tolerance)] + reasons.told
        }
        return look
    }

    private func piece(at offset: inout Int) throws -> [UInt8] {
        let piece = try source.read(at: offset, count: Self.pieceBytes)
        offset += piece.count
        if piece.isEmpty, offset < source.bytes {
            throw GatewayError(
                .temporary, attempted: "read", subject: name, happened: "it became shorter while it was read",
                remedy: "write files elsewhere and rename them into the folder when they are complete")
        }
        return piece
    }

    private func feed(_ cutter: any RecordCutter, _ piece: [UInt8]) {
        if piece.isEmpty { cutter.finish() } else { piece.withUnsafeBufferPointer { cutter.append($0) } }
    }

    // MARK: Then it is taken

    /// Takes it from where it stands to its end, and says how it stands then. Nil when it changed meanwhile; what was taken until
    /// then is on disk, and a repeat when it comes again.
    func take(_ look: Look) async throws -> RecordStream? {
        let known = try await pipeline.store.stream(look.identity)
        if let known, known.state != .taking { return known }
        var progress = StreamProgress(intake: self, behind: known?.records ?? 0, identity: look.identity)
        guard look.findings.isEmpty else { return try await progress.refuse(look.findings) }
        guard try await cut(look, behind: known?.last, into: &progress) else { return nil }
        return try await progress.end()
    }

    /// Takes a page of a poll channel, and writes with its last records where the channel goes on. A page that cannot be taken is
    /// kept as refused, once, and the cursor stays.
    func takePage(_ look: Look, cursor: ChannelCursor?) async throws -> Bool {
        guard look.findings.isEmpty else {
            var progress = StreamProgress(intake: self, behind: 0, identity: look.identity)
            if try await pipeline.store.stream(look.identity) == nil { _ = try await progress.refuse(look.findings) }
            return false
        }
        var progress = StreamProgress(intake: self, behind: 0, cursor: cursor)
        _ = try await cut(look, behind: nil, into: &progress)
        _ = try await progress.end()
        return true
    }

    private func cut(_ look: Look, behind last: RecordPlace?, into progress: inout StreamProgress) async throws -> Bool {
        let cutter = try way.makeCutter(keepsDocuments: true)
        var tree = RecordTree()
        var offset = try resume(cutter, behind: last, &tree)
        let documents = try RecordDocuments(source: source, head: look.head, way: way)
        while true {
            switch cutter.next(into: &tree) {
            case .needsBytes: feed(cutter, try piece(at: &offset))
            case .record(let place):
                let document = try documents.document(of: place, cutter)
                try await progress.add(
                    place,
                    pipeline.judge(tree, progress.payload(document), channel, way, active, named: cutter.named), document.count)
            case .refused(let place, let findings):
                let document = try documents.document(of: place, cutter)
                let refusal = pipeline.refusal(
                    of: progress.payload(document), way, active,
                    findings: AcceptPipeline.merged(findings, of: way.format), status: 422)
                try await progress.add(place, .refuse(refusal), document.count)
            // The look saw it whole.
            case .unreadable: return false
            case .end: return source.isUnchanged()
            }
            try Task.checkCancellation()
        }
    }

    /// Brings a new cutter behind a record that is on disk; returns from where it is to be fed.
    private func resume(_ cutter: any RecordCutter, behind last: RecordPlace?, _ tree: inout RecordTree) throws -> Int {
        guard let last else { return 0 }
        var offset = 0
        switch cutter.resumption {
        case .atOffset:
            cutter.resume(behind: last)
            return last.end
        case .behindHead:
            while !cutter.isHeadRead, offset < source.bytes {
                feed(cutter, try piece(at: &offset))
                if cutter.isHeadRead { break }
                if case .needsBytes = cutter.next(into: &tree) { continue }
                break
            }
            cutter.resume(behind: last)
            return last.end
        case .fromBeginning:
            cutter.resume(behind: last)
            return 0
        }
    }
}

extension Finding {
    static let streamEmpty = Finding(.streamEmpty, text: "there is no record in it", textZH: "其中没有任何记录")

    static func streamOverTolerance(_ look: StreamIntake.Look, _ tolerance: RefusalTolerance) -> Finding {
        Finding(
            .streamOverTolerance,
            text:
                "\(look.refused) of \(look.records) records are wrong, and \(tolerance.text) are tolerated; nothing of it was taken. The first reasons follow",
            textZH: "\(look.records) 条记录中有 \(look.refused) 条错误，超过允许的 \(tolerance.text)；全部未接收。以下列出最先发现的问题")
    }
}

extension Finding.Code {
    /// A stream without a record.
    public static let streamEmpty: Self = "stream.empty"
    /// More records of a stream are wrong than are tolerated.
    public static let streamOverTolerance: Self = "stream.over-tolerance"
}
