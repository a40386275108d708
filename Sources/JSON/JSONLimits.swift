/// How much one JSON document may ask of its reader.
public struct JSONLimits: Sendable, Hashable {
    /// Bytes of the document; at most 4 GiB less one, since tokens keep 32-bit offsets.
    public var bytesMax: Int
    /// Objects and arrays inside each other; 1000 at most, since trees are built and freed by recursion.
    public var depthMax: Int
    /// Values in the whole document: members, elements and the root.
    public var countMax: Int

    /// Limits; values beyond what the reader can hold are lowered to it.
    public init(bytesMax: Int = 64 << 20, depthMax: Int = 64, countMax: Int = 1_000_000) {
        self.bytesMax = min(max(0, bytesMax), Int(UInt32.max) - 1)
        self.depthMax = min(max(0, depthMax), 1000)
        self.countMax = max(1, countMax)
    }

    /// 64 MiB, 64 levels, a million values.
    public static let `default` = JSONLimits()
}
