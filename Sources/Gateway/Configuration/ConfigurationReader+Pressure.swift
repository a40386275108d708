internal import ExchangeModel
internal import StrictYAML

extension GatewayConfiguration {
    /// What the gateway may hold before senders are told to come later.
    public struct PressureLimits: Sendable, Hashable {
        /// Two marks of a limit: at the soft one senders get 429, at the hard one 503.
        public struct Marks: Sendable, Hashable {
            /// The first.
            public var soft: Int
            /// The second.
            public var hard: Int
        }

        /// Deliveries that are not at an end.
        public var openDeliveries = Marks(soft: 4_500_000, hard: 5_000_000)
        /// Octets in the store; nil: as many as the disk takes.
        public var storeBytes: Marks?
        /// Octets left on the store's file system; a soft mark of 0 asks for no watch.
        public var freeDisk = Marks(soft: 256 << 20, hard: 64 << 20)
    }
}

extension ConfigurationReader {
    /// Reads `limits.openDeliveries`, `limits.storeBytes` and `limits.freeDisk`.
    func pressureLimits(_ section: YAMLMappingReader) -> GatewayConfiguration.PressureLimits {
        var limits = GatewayConfiguration.PressureLimits()
        if let marks = marks(section.optional("openDeliveries"), read: { $0.integer(in: 1...1_000_000_000) }) {
            limits.openDeliveries = marks
        }
        limits.storeBytes = marks(section.optional("storeBytes"), read: { $0.byteCount(in: 1...(1 << 50)) })
        if let marks = marks(section.optional("freeDisk"), isFalling: true, read: { $0.byteCount() }) { limits.freeDisk = marks }
        return limits
    }

    /// Both marks. What is left of something falls, so its soft mark is the higher one.
    private func marks(
        _ value: YAMLValueReader?, isFalling: Bool = false, read: (YAMLValueReader) -> Int?
    ) -> GatewayConfiguration.PressureLimits.Marks? {
        value?.mapping { marks in
            guard let soft = marks.required("soft").flatMap(read), let hard = marks.required("hard").flatMap(read) else {
                return nil
            }
            if isFalling ? soft < hard : soft > hard {
                marks.report(
                    "soft",
                    isFalling
                        ? "the soft mark comes first: it must not be below the hard one"
                        : "the soft mark comes first: it must not be above the hard one",
                    isFalling ? "软阈值先于硬阈值生效，不得小于硬阈值" : "软阈值先于硬阈值生效，不得大于硬阈值")
            }
            return .init(soft: soft, hard: hard)
        }.flatMap { $0 }
    }
}
