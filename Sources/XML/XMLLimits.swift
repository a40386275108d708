/// How much one XML document may ask of its reader. Every limit is checked before libxml2 sees the document, except
/// `namespacesMax`, which is checked while it reads.
public struct XMLLimits: Sendable, Hashable {
    /// Bytes of the document as received; at most 1 GiB, since libxml2 counts in 32-bit integers.
    public var bytesMax: Int
    /// Elements inside each other, the root counted; at most 250, since libxml2 itself stops at 256.
    public var depthMax: Int
    /// Elements and attributes (namespace declarations included) of the whole document.
    public var nodesMax: Int
    /// Attributes and namespace declarations of one element; libxml2 compares each with each.
    public var attributesMax: Int
    /// Namespace declarations in force at one place; libxml2 searches them one by one for every name.
    public var namespacesMax: Int

    /// Limits; values beyond what libxml2 can hold are lowered to it, and none is below 1.
    public init(
        bytesMax: Int = 8 << 20, depthMax: Int = 64, nodesMax: Int = 100_000, attributesMax: Int = 256,
        namespacesMax: Int = 256
    ) {
        self.bytesMax = min(max(1, bytesMax), 1 << 30)
        self.depthMax = min(max(1, depthMax), 250)
        self.nodesMax = min(max(1, nodesMax), 1 << 30)
        self.attributesMax = min(max(1, attributesMax), 4096)
        self.namespacesMax = min(max(1, namespacesMax), 4096)
    }

    /// 8 MiB, 64 levels, 100,000 nodes, 256 attributes, 256 namespaces.
    public static let `default` = XMLLimits()
}
