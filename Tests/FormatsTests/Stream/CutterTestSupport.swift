import ExchangeModel
import Foundation
import Formats

/// What a cutter made of a stream, in words that can be compared.
struct Cuts: Equatable {
    enum Cut: Equatable {
        case record([String])
        case refused([Finding])
    }

    var cuts: [Cut] = []
    var places: [RecordPlace] = []
    var unreadable: [Finding] = []

    /// The records, each as its nodes.
    var records: [[String]] { cuts.compactMap { if case .record(let nodes) = $0 { nodes } else { nil } } }
    /// The findings of refused records.
    var refusals: [[Finding]] { cuts.compactMap { if case .refused(let findings) = $0 { findings } else { nil } } }

    /// Reads a stream in pieces of a length; one piece without it.
    init(_ cutter: any RecordCutter, _ bytes: [UInt8], pieces: [Int] = []) { read(cutter, bytes[...], pieces) }

    init(_ cutter: any RecordCutter, _ text: String, pieces: [Int] = []) { self.init(cutter, Array(text.utf8), pieces: pieces) }

    /// Reads on behind a place, as after a crash.
    init(_ cutter: any RecordCutter, _ bytes: [UInt8], resumingBehind place: RecordPlace) {
        switch cutter.resumption {
        case .atOffset:
            cutter.resume(behind: place)
            read(cutter, bytes[place.end...], [5])
        case .fromBeginning:
            cutter.resume(behind: place)
            read(cutter, bytes[...], [5])
        case .behindHead:
            var tree = RecordTree()
            var offset = 0
            while !cutter.isHeadRead, offset < bytes.count {
                [bytes[offset]].withUnsafeBufferPointer { cutter.append($0) }
                offset += 1
                _ = cutter.next(into: &tree)
            }
            cutter.resume(behind: place)
            read(cutter, bytes[place.end...], [5])
        }
    }

    private mutating func read(_ cutter: any RecordCutter, _ bytes: ArraySlice<UInt8>, _ pieces: [Int]) {
        var rest = bytes
        var turn = 0
        var tree = RecordTree()
        while true {
            switch cutter.next(into: &tree) {
            case .record(let place):
                places.append(place)
                cuts.append(.record(Self.nodes(of: tree)))
            case .refused(let place, let findings):
                places.append(place)
                cuts.append(.refused(findings))
            case .unreadable(let findings): unreadable += findings
            case .end: return
            case .needsBytes:
                if rest.isEmpty {
                    cutter.finish()
                    continue
                }
                let length = pieces.isEmpty ? rest.count : min(rest.count, pieces[turn % pieces.count])
                turn += 1
                rest.prefix(length).withUnsafeBufferPointer { cutter.append($0) }
                rest = rest.dropFirst(length)
            }
        }
    }

    /// Every node with everything it says; lines counted from another line where a record is compared with a document.
    static func nodes(of tree: RecordTree, lineOffset: Int = 0) -> [String] {
        tree.nodes.map { node in
            "\(node.kind) \(tree.text(node.rawName))=\(tree.text(node.value)) #\(node.name == .unknown ? -1 : Int(node.name.index)) "
                + "\(Int(node.line) + lineOffset):\(node.column) \(node.isArrayElement) "
                + "\(node.parent) \(node.firstChild) \(node.lastChild) \(node.nextSibling) \(node.firstAttribute)"
        }
    }
}

func table(_ names: [String]) -> NameTable {
    var table = NameTable()
    for name in names { _ = table.intern(name) }
    return table
}

/// Kilobytes that the process holds.
func residentKilobytes() -> Int {
    guard let text = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else { return 0 }
    for line in text.split(separator: "\n") where line.hasPrefix("VmRSS:") {
        return line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    }
    return 0
}
