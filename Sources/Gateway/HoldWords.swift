internal import ExchangeModel
internal import Store

/// What holds a delivery, in one sentence, and what lets it go on.
enum HoldWords {
    /// The hold that is to be named first: a destination's before a lane's, a person's before the gateway's.
    static func first(_ holds: [LaneHold]) -> LaneHold? {
        holds.first { $0.selector.orderingKey == nil } ?? holds.first { $0.kind == .person } ?? holds.first
    }

    static func text(_ hold: LaneHold) -> String {
        let command = "outbox release --destination \(hold.selector.destination)\(lane(hold))"
        switch (hold.kind, hold.selector.orderingKey) {
        case (.person, nil):
            return "its destination is held by \(hold.actor) since \(hold.since) (\(hold.reason)); it goes on after: \(command)"
        case (.person, _):
            return "its lane is held by \(hold.actor) since \(hold.since) (\(hold.reason)); it goes on after: \(command)"
        case (.parked, _):
            return
                "its lane is parked since \(hold.since), because delivery \(hold.parkedBy?.description ?? "") is dead (\(hold.reason)); "
                + "mend that one, then outbox retry or outbox cancel of it, or leave it and let the others go on with: \(command)"
        }
    }

    static func textZH(_ hold: LaneHold) -> String {
        let command = "outbox release --destination \(hold.selector.destination)\(lane(hold))"
        switch (hold.kind, hold.selector.orderingKey) {
        case (.person, nil): return "目的地自 \(hold.since) 起由 \(hold.actor) 暂停（\(hold.reason)）；恢复：\(command)"
        case (.person, _): return "所在队列自 \(hold.since) 起由 \(hold.actor) 暂停（\(hold.reason)）；恢复：\(command)"
        case (.parked, _):
            return "所在队列自 \(hold.since) 起被搁置，因投递 \(hold.parkedBy?.description ?? "") 失败（\(hold.reason)）；"
                + "解决后对其执行 outbox retry 或 outbox cancel，或让后续投递先行：\(command)"
        }
    }

    private static func lane(_ hold: LaneHold) -> String {
        hold.selector.orderingKey.map { " --ordering-key \(quoted($0))" } ?? ""
    }

    /// As a shell takes it literally.
    private static func quoted(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x2D
                || byte == 0x2E
                || byte == 0x5F || byte == 0x2F
        }
        if isPlain, !text.isEmpty { return text }
        return "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
