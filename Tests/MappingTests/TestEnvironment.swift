import Glibc

/// Where the real files lie; nil when nobody said.
enum TestEnvironment {
    static var vectors: String? { getenv("TENDERBRIDGE_VECTORS").map { String(cString: $0) } }
}
