internal import ExchangeModel
internal import Glibc

/// Where fuzz tests begin besides inventing their inputs: the payloads of all recordings, good and bad, and what once broke a reader and
/// was kept in `Tests/Corpus`. Blocking.
public enum FuzzCorpus {
    /// A file of the corpus.
    public struct Input: Sendable {
        /// Its path below `Tests`.
        public let name: String
        /// What is in it.
        public let bytes: [UInt8]
    }

    private static let tests = FileBytes.resolve(FileBytes.folder(of: #filePath) + "/../../Tests", in: "")

    /// Every file with an ending, in the order of their paths; larger ones are left out. A case's own files are none.
    public static func inputs(_ ending: String, bytesMax: Int = 1 << 15) -> [Input] {
        var found: [Input] = []
        for folder in ["Recordings", "Corpus"] {
            for name in names(below: "\(tests)/\(folder)") where name.hasSuffix(ending) {
                let isOurs = name.contains("/expected/") || name.hasSuffix("/facts.csv")
                guard !isOurs, case .success(let bytes) = FileBytes.read("\(tests)/\(folder)/\(name)", limit: bytesMax) else {
                    continue
                }
                found.append(Input(name: "\(folder)/\(name)", bytes: bytes))
            }
        }
        return found
    }

    private static func names(below folder: String) -> [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var found: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasPrefix(".") { continue }
            let isFolder = entry.pointee.d_type == UInt8(DT_DIR)
            found += isFolder ? names(below: "\(folder)/\(name)").map { "\(name)/\($0)" } : [name]
        }
        return found.sorted()
    }

    /// Changes a few bytes: flips, special ones, cuts, repetitions, and pieces of another input.
    public static func damage(_ bytes: inout [UInt8], beside other: [UInt8], _ random: inout SeededRandom) {
        let special = Array("<>&;\"'[]{}:,\\\n\r\t 09-+eE=!-/x".utf8) + [0, 0x1B, 0x7F, 0x80, 0x81, 0xC0, 0xE4, 0xED, 0xEF, 0xFF]
        for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &random)
            let end = min(bytes.count, place + Int.random(in: 1...60, using: &random))
            switch Int.random(in: 0..<8, using: &random) {
            case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 1, 2: bytes[place] = special.randomElement(using: &random) ?? 0
            case 3: bytes.insert(special.randomElement(using: &random) ?? 0, at: place)
            case 4: bytes.removeSubrange(place..<end)
            case 5: bytes.insert(contentsOf: Array(bytes[place..<end]), at: Int.random(in: 0...bytes.count, using: &random))
            case 6: if random.chance(20) { bytes.removeSubrange(place...) }
            default:
                guard !other.isEmpty else { continue }
                let from = Int.random(in: 0..<other.count, using: &random)
                bytes.insert(contentsOf: other[from..<min(other.count, from + 40)], at: place)
            }
        }
    }
}
