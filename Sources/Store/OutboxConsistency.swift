/// What a check of the outbox looked at, and what does not fit.
public struct OutboxConsistency: Sendable {
    /// One kind of check.
    public struct Check: Sendable, Hashable {
        /// Short and stable, such as `message.open-deliveries`.
        public var name: String
        /// What must hold.
        public var text: String
        /// The same in Chinese.
        public var textZH: String
    }

    /// Something that does not fit.
    public struct Fault: Sendable, Hashable {
        /// Name of the check.
        public var check: String
        /// Of what: `message ID`, `delivery ID`, `lane NUMBER of DESTINATION`.
        public var subject: String
        /// What was found.
        public var text: String
        /// The same in Chinese.
        public var textZH: String
    }

    /// Every check that is made.
    public static let checks: [Check] = [
        Check(
            name: "message.open-deliveries", text: "a message counts its open deliveries rightly", textZH: "报文记录的未结投递数与实际一致"),
        Check(
            name: "message.state", text: "a message is settled exactly when none of its deliveries is open",
            textZH: "报文仅在所有投递结束后才为 settled"),
        Check(
            name: "message.payload", text: "the bytes that a message refers to are there", textZH: "报文引用的原始与规范数据均存在"),
        Check(
            name: "delivery.state", text: "a delivery's state is known and agrees with its mark of being open",
            textZH: "投递状态已知且与未结标记一致"),
        Check(name: "delivery.lane", text: "a delivery stands in the lane of its keys", textZH: "投递位于其排序键对应的队列"),
        Check(name: "delivery.lease", text: "exactly what is in flight has an owner and a time limit", textZH: "只有在途投递拥有租约"),
        Check(name: "delivery.attempts", text: "fence, number of attempts and their rows agree", textZH: "租约序号、尝试次数与记录一致"),
        Check(name: "delivery.frozen", text: "what was sent is frozen, and the bytes are there", textZH: "已发送的投递有冻结数据且数据存在"),
        Check(name: "lane.one-in-flight", text: "a lane has at most one delivery in flight", textZH: "每个队列至多一条在途投递"),
        Check(
            name: "lease.owner", text: "nothing is in flight for a life of the gateway that is over (checked while it runs)",
            textZH: "运行期间没有属于已结束进程的在途投递"),
        Check(
            name: "hold", text: "a hold names its lane rightly, and a parked lane has its dead head",
            textZH: "暂停与搁置记录指向正确的队列与失败投递"),
    ]

    /// Messages, deliveries and holds that were looked at.
    public var messages, deliveries, holds: Int
    /// The first faults, at most `StoreLimits.faultsListed`.
    public var faults: [Fault]
    /// All faults.
    public var faultCount: Int
    /// Deliveries in flight of any owner; they become `unknown` at the next start when no gateway runs.
    public var inFlight: Int
    /// Whether the owner of leases was checked.
    public var isOwnerChecked: Bool

    /// Nothing looked at yet.
    public init() {
        messages = 0
        deliveries = 0
        holds = 0
        faults = []
        faultCount = 0
        inFlight = 0
        isOwnerChecked = false
    }

    /// Adds a fault.
    mutating func found(_ check: String, _ subject: String, _ text: String, _ textZH: String) {
        faultCount += 1
        if faults.count < StoreLimits.faultsListed {
            faults.append(Fault(check: check, subject: subject, text: text, textZH: textZH))
        }
    }
}
