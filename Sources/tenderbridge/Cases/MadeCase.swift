internal import ExchangeModel
internal import JSON

/// A case that was made and not written yet.
struct MadeCase {
    /// Path below the folder of the case, and bytes.
    var files: [(path: String, bytes: [UInt8])]
    var status: Int
    var valueCount: Int
    var factCount: Int
    /// What a person should know of it.
    var notes: [(en: String, zh: String)]

    /// Writes a new folder of mode 0700 with files of mode 0600. What was begun is removed again when it cannot be finished.
    func write(to folder: String) throws(GatewayError) {
        try LocalFiles.makeFolder(FileBytes.folder(of: folder))
        try LocalFiles.makePrivateFolder(folder)
        do throws(GatewayError) {
            var made: Set<String> = [folder]
            for file in files {
                var parts = file.path.split(separator: "/").dropLast().map { String($0) }[...]
                var place = folder
                while let part = parts.popFirst() {
                    place += "/" + part
                    if made.insert(place).inserted { try LocalFiles.makePrivateFolder(place) }
                }
                try LocalFiles.writePrivate(file.bytes, to: folder + "/" + file.path)
            }
        } catch {
            LocalFiles.remove(folder)
            throw error
        }
    }
}
