internal import ExchangeModel
internal import Glibc

/// A watched folder and where its files go: what lies there, what may be taken, and moves that lose nothing. Blocking.
struct Inbox {
    let settings: DirectorySettings

    /// Files that one look hands out; the others come with the next, which follows at once.
    static let filesPerLook = 1000
    /// Names that one look reads.
    static let namesPerLook = 2_000_000
    /// Bytes of a name under which a file is moved: the endings of reports and drafts go behind it, and a name has 255 (NAME_MAX).
    static let nameBytesMax = 200
    /// Files of one name that a folder of taken files may hold.
    static let sameNameMax = 100_000

    /// A file that is there.
    struct Entry: Hashable {
        var name: String
        var mark: FileSource.Mark
    }

    /// What a look found.
    struct Listing {
        /// Complete files, the oldest first, then by name: the order in which they are taken.
        var files: [Entry] = []
        /// Whether there are more complete files than these.
        var hasMore = false
        /// Files that are left for later, not being complete.
        var waiting = 0
        /// When the first of those may be complete.
        var nextAt: Instant?
    }

    /// Makes the folders for what was taken and refused, and says what would keep files from being taken.
    func prepare() throws(GatewayError) {
        for folder in [settings.done, settings.refused] {
            if mkdir(folder, 0o770) != 0, errno != EEXIST { throw failure("make the folder", folder) }
        }
        for folder in [settings.path, settings.done, settings.refused] {
            guard access(folder, R_OK | W_OK | X_OK) == 0 else { throw failure("read and write in", folder) }
        }
        var statuses = [stat(), stat(), stat()]
        for (index, folder) in [settings.path, settings.done, settings.refused].enumerated() {
            guard stat(folder, &statuses[index]) == 0 else { throw failure("look at", folder) }
        }
        guard statuses.allSatisfy({ $0.st_dev == statuses[0].st_dev }) else {
            throw GatewayError(
                .configuration, attempted: "move files out of", subject: settings.path,
                happened: "done and refused lie on another file system, where a move is a copy that may stay half",
                remedy: "name folders on the same file system")
        }
    }

    /// What may be taken now.
    func look(now: Instant) throws(GatewayError) -> Listing {
        guard let folder = opendir(settings.path) else { throw failure("read the folder", settings.path) }
        defer { closedir(folder) }
        var names: [String] = []
        var markers: Set<String> = []
        while names.count < Self.namesPerLook {
            errno = 0
            guard let entry = readdir(folder) else {
                if errno != 0 { throw failure("read the folder", settings.path) }
                break
            }
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(validatingCString: $0) }
            }
            guard let name, !name.hasPrefix(".") else { continue }
            if case .marker(let ending) = settings.ready, name.hasSuffix(ending) {
                markers.insert(String(name.dropLast(ending.count)))
            } else {
                names.append(name)
            }
        }
        var listing = Listing()
        for name in names where isWanted(name) {
            guard let mark = FileSource.Mark(path: settings.path + "/" + name) else { continue }
            switch readiness(name, mark, markers) {
            case .complete: listing.files.append(Entry(name: name, mark: mark))
            case .from(let at) where at <= now: listing.files.append(Entry(name: name, mark: mark))
            case .from(let at):
                listing.waiting += 1
                listing.nextAt = min(listing.nextAt ?? at, at)
            case .unknown: listing.waiting += 1
            }
        }
        listing.files.sort { ($0.mark.modified, $0.name) < ($1.mark.modified, $1.name) }
        listing.hasMore = listing.files.count > Self.filesPerLook
        if listing.hasMore { listing.files.removeLast(listing.files.count - Self.filesPerLook) }
        return listing
    }

    private func isWanted(_ name: String) -> Bool {
        if DirectorySettings.unfinishedEndings.contains(where: { name.hasSuffix($0) }) { return false }
        return fnmatch(settings.pattern, name, FNM_PERIOD) == 0
    }

    private enum Readiness {
        case complete, unknown
        case from(Instant)
    }

    private func readiness(_ name: String, _ mark: FileSource.Mark, _ markers: Set<String>) -> Readiness {
        switch settings.ready {
        case .rename: .complete
        case .marker: markers.contains(name) ? .complete : .unknown
        case .unchanged(let time): .from(Instant(milliseconds: mark.modified / 1_000_000) + time)
        }
    }

    // MARK: Moves

    /// A name for a file in a folder where `isFree` says that it is free.
    func freeName(_ name: String, in folder: String, where isFree: (String) -> Bool) throws(GatewayError) -> String {
        let (stem, ending) = Self.shortened(name)
        for number in 1...Self.sameNameMax {
            let candidate = number == 1 ? stem + ending : "\(stem)~\(number)\(ending)"
            if isFree(candidate) { return candidate }
        }
        throw GatewayError(
            .limitReached, attempted: "move a file to", subject: folder,
            happened: "there are \(Self.sameNameMax) files of its name", remedy: "move old files away")
    }

    /// Stem and ending of a name, the point with the ending.
    static func split(_ name: String) -> (stem: Substring, ending: Substring) {
        guard let point = name.lastIndex(of: "."), point != name.startIndex else { return (name[...], "") }
        return (name[..<point], name[point...])
    }

    /// Whether there is nothing of a path's name.
    static func isFree(_ path: String) -> Bool { access(path, F_OK) != 0 }

    private static func shortened(_ name: String) -> (stem: String, ending: String) {
        let (stem, ending) = split(name)
        if name.utf8.count <= nameBytesMax { return (String(stem), String(ending)) }
        // An ending of that length is none.
        let kept = ending.utf8.count <= 32 ? ending : ""
        var short = kept.isEmpty ? name[...] : stem
        while short.utf8.count + kept.utf8.count > nameBytesMax { short.removeLast() }
        return (String(short), String(kept))
    }

    /// Moves a file of the watched folder to another, with its marker, and syncs both folders.
    func move(_ entry: Entry, to folder: String, as name: String) throws(GatewayError) {
        let (from, to) = (settings.path + "/" + entry.name, folder + "/" + name)
        guard rename(from, to) == 0 else { throw failure("move to \(to)", from) }
        if case .marker(let ending) = settings.ready { unlink(from + ending) }
        Self.sync(folder)
        Self.sync(settings.path)
    }

    /// Writes a file that is whole or not there: under another name, synced, then renamed.
    static func write(_ bytes: [UInt8], to path: String) throws(GatewayError) {
        let file = try WholeFile(path)
        try file.append(bytes)
        try file.finish()
    }

    static func sync(_ folder: String) {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        // A file system that cannot sync folders keeps their order in its own way.
        fsync(descriptor)
        close(descriptor)
    }

    private func failure(_ attempted: String, _ subject: String) -> GatewayError {
        let number = errno
        return GatewayError(
            .temporary, attempted: attempted, subject: subject, happened: String(cString: strerror(number)),
            remedy:
                "the folders of a directory channel must be there, and be the gateway's to read and write; then it goes on by itself"
        )
    }
}
