/// How much one YAML file may ask of its reader.
public struct YAMLLimits: Sendable, Hashable {
    /// Bytes of the file.
    public var bytesMax: Int
    /// Mappings and sequences inside each other.
    public var depthMax: Int
    /// Scalars, sequences and mappings in the whole file, keys included.
    public var nodesMax: Int

    /// Limits.
    public init(bytesMax: Int = 1 << 20, depthMax: Int = 32, nodesMax: Int = 200_000) {
        self.bytesMax = bytesMax
        self.depthMax = depthMax
        self.nodesMax = nodesMax
    }

    /// 1 MiB, 32 levels, 200,000 nodes.
    public static let `default` = YAMLLimits()
}
