/// What the first bytes of a text say about its encoding.
enum ByteOrderMark {
    case utf8
    case utf16

    /// Looks at the beginning of a text of which three bytes, or all, are there; nil when it has no mark.
    init?(_ bytes: UnsafeRawPointer, count: Int) {
        func at(_ index: Int) -> UInt8 { index < count ? bytes.load(fromByteOffset: index, as: UInt8.self) : 0xAA }
        switch (at(0), at(1), at(2)) {
        case (0xEF, 0xBB, 0xBF): self = .utf8
        case (0xFF, 0xFE, _), (0xFE, 0xFF, _): self = .utf16
        default: return nil
        }
    }
}
