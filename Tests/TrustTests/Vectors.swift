import ExchangeModel
import Trust

import class Foundation.FileManager
import class Foundation.ProcessInfo

/// The real files, found through the environment alone.
enum Vectors {
    static let folder = ProcessInfo.processInfo.environment["TENDERBRIDGE_VECTORS"]
    static var isThere: Bool { folder != nil }

    static func bytes(_ path: String) throws -> [UInt8] {
        guard let folder, let data = FileManager.default.contents(atPath: "\(folder)/trust/\(path)") else {
            throw MissingVector(path: path)
        }
        return [UInt8](data)
    }

    struct MissingVector: Error { let path: String }
}

extension TrustReport {
    /// The checks with a key, in order.
    func all(_ key: String) -> [TrustCheck] { checks.filter { $0.key == key } }

    /// Whether every check with the key passed, and there is one.
    func passed(_ key: String) -> Bool {
        let found = all(key)
        return !found.isEmpty && found.allSatisfy { $0.verdict == .passed }
    }
}

extension TrustCheck {
    func number(_ name: String) -> Int? {
        for datum in data where datum.name == name { if case .number(let value) = datum.value { return value } }
        return nil
    }

    func list(_ name: String) -> [String]? {
        for datum in data where datum.name == name { if case .list(let value) = datum.value { return value } }
        return nil
    }
}

/// SplitMix64: a seed replays a run.
struct MutationRandom: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}
