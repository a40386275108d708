internal import ExchangeModel

/// The documents that two versions of a mapping are compared over.
enum DiffDocuments {
    /// Documents of one comparison.
    static let countMax = 100_000
    /// Folders inside each other.
    private static let depthMax = 12

    /// Files named, and those below folders named: of a recording (a folder with `case.yaml`) the payload for an inbound mapping, the
    /// canonical records for an outbound one; of another folder all.
    static func find(_ paths: [String], isInbound: Bool) throws(GatewayError) -> [String] {
        var found: [String] = []
        for path in paths {
            guard LocalFiles.exists(path) else {
                throw GatewayError(
                    .usage, attempted: "find", subject: path, happened: "it is not there",
                    remedy: "name documents, or folders of recordings, with --over")
            }
            if LocalFiles.isFolder(path) { look(path, isInbound: isInbound, depth: 0, &found) } else { found.append(path) }
        }
        guard found.count <= countMax else {
            throw GatewayError(
                .usage, attempted: "compare over", subject: paths.joined(separator: ", "),
                happened: "there are \(found.count) documents; the limit is \(countMax)", remedy: "name a part of them")
        }
        return found
    }

    private static func look(_ folder: String, isInbound: Bool, depth: Int, _ found: inout [String]) {
        guard depth < depthMax else { return }
        let names = LocalFiles.names(in: folder).sorted()
        let isRecording = names.contains("case.yaml")
        for name in names {
            let path = "\(folder)/\(name)"
            if LocalFiles.isFolder(path) {
                // What destinations got is no input; the canonical records stand beside it.
                if isRecording {
                    guard name == "expected", !isInbound else { continue }
                    found += LocalFiles.names(in: path).sorted().filter { $0.hasPrefix("canonical") }.map { "\(path)/\($0)" }
                } else {
                    look(path, isInbound: isInbound, depth: depth + 1, &found)
                }
            } else if isRecording {
                if isInbound, name != "case.yaml", name != "facts.csv" { found.append(path) }
            } else {
                found.append(path)
            }
        }
    }
}
