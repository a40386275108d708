/// A folder that files are dropped into, as the configuration says.
public struct DirectorySettings: Sendable, Equatable {
    /// When a file is complete.
    public enum Ready: Sendable, Equatable {
        /// Whoever writes it renames it into place: under its own name it is complete. Names that begin with a point or end as
        /// unfinished ones do are left alone.
        case rename
        /// Another file beside it, of the same name and this ending, says so (`notices.xml.ok`).
        case marker(String)
        /// Nothing was written to it for so long. The weakest: a writer that pauses longer is read too early.
        case unchanged(Duration)
    }

    /// The folder that is watched.
    public var path: String
    /// Where files go that were taken, and those that were refused, with the records that were; on the same file system.
    public var done, refused: String
    /// Whose messages they are.
    public var sender: String
    /// Which names are taken: a pattern of fnmatch(3).
    public var pattern: String
    /// When a file is complete.
    public var ready: Ready
    /// How many refused records a file may have.
    public var tolerance: RefusalTolerance
    /// How often the folder is looked at besides: for file systems that tell of nothing.
    public var scan: Duration
    /// The largest file.
    public var fileBytesMax: Int

    /// Endings that writers give to files which are not complete.
    public static let unfinishedEndings = [".tmp", ".part", ".partial", ".filepart", ".writing", ".swp", "~"]
}
