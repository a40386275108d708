internal import Synchronization

/// The models of the schemas of one folder, each read once. Safe to share between threads; a reload makes a new one.
final class FormModelFolder: Sendable {
    private let read: @Sendable (String) -> [UInt8]?
    private let known = Mutex<[String: FormModel?]>([:])

    /// Schemas of a folder of the machine; nothing outside it is read.
    init(folder: String) {
        read = { name in Self.isInside(name) ? FolderReader.bytes(of: folder + "/" + name) : nil }
    }

    /// Schemas in memory.
    init(files: [String: [UInt8]]) { read = { files[$0] } }

    /// The model of a schema by its path in the folder; nil when there is none that can be read.
    func model(_ name: String) -> FormModel? {
        known.withLock { known in
            if let model = known[name] { return model }
            let model =
                FormSchemas.isJSON(name)
                ? read(name).flatMap { JSONFormReader.read($0) } : XSDFormReader.read(name, files: read)
            known[name] = .some(model)
            return model
        }
    }

    /// Whether a relative path stays in the folder.
    static func isInside(_ name: String) -> Bool {
        !name.split(separator: "/", omittingEmptySubsequences: false).contains { $0.isEmpty || $0 == "." || $0 == ".." }
    }
}
