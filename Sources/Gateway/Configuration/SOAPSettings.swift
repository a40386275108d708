public import Formats

extension GatewayConfiguration {
    /// How a channel takes SOAP calls.
    public struct SOAPSettings: Sendable, Equatable {
        /// The operation's name.
        public var operation: String
        /// The namespace that the operation must stand in; nil: any, since senders differ in it, and the answer has the call's.
        public var namespace: String?
        /// Where each thing stands among the arguments; content is always there.
        public var places: [SOAPRole: SOAPPlace]
        /// How the document stands in its argument.
        public var form: SOAPContent.Form
        /// How far the request time may be from now; nil: it is not looked at.
        public var requestTimeTolerance: Duration?
        /// How the answer is written.
        public var answer: SOAPAnswerForm

        /// What a profile says where the file says nothing: the nine arguments of the service platforms' `receiveInfo`, by position.
        public static let nineArguments = SOAPSettings(
            operation: "receiveInfo", namespace: nil,
            places: Dictionary(uniqueKeysWithValues: zip(SOAPRole.allCases, (1...9).map { .position($0) })), form: .detect,
            requestTimeTolerance: nil, answer: SOAPAnswerForm())
    }

    /// What an argument says. The order is that of the nine arguments.
    public enum SOAPRole: String, Sendable, CaseIterable {
        /// The sender's user id.
        case user
        /// The sender's key. It is compared and never kept.
        case key
        /// The serial number of the upload: the idempotency key.
        case serial
        /// The dataset code; it must agree with the dataset that the channel finds.
        case dataset
        /// The document.
        case content
        /// When the sender made the call, `yyyy-MM-dd HH:mm:ss` in China Standard Time.
        case requestTime
        /// The version number of the record.
        case version
        /// The id of the record on the sender's side.
        case dataId
        /// The sender's credit code.
        case senderCode

        /// In a sentence.
        var words: (en: String, zh: String) {
            switch self {
            case .user: ("user id", "用户标识")
            case .key: ("key", "密钥")
            case .serial: ("serial number", "流水号")
            case .dataset: ("dataset code", "数据集代码")
            case .content: ("document", "数据内容")
            case .requestTime: ("request time", "请求时间")
            case .version: ("version number", "版本号")
            case .dataId: ("record id on the sender's side", "平台数据唯一标识")
            case .senderCode: ("sender's credit code", "发送方统一社会信用代码")
            }
        }
    }

    /// Where an argument stands.
    public enum SOAPPlace: Sendable, Hashable {
        /// The so-manieth, from 1, whatever its name.
        case position(Int)
        /// The one of a local name, wherever it stands.
        case name(String)
    }

    /// Names and codes of the answer.
    public struct SOAPAnswerForm: Sendable, Equatable {
        /// The element that holds the fields; nil: the operation's name and `Return`.
        public var element: String?
        /// Names of the fields.
        public var code = "errorCode", message = "errorMessage", time = "receiveTime", success = "success"
        /// Texts of the code field.
        public var codes = SOAPAnswerCodes()
        /// Findings that the message lists.
        public var findingsShown = 5
    }

    /// What the code field says.
    public struct SOAPAnswerCodes: Sendable, Equatable {
        /// Accepted, or accepted before.
        public var accepted = "0"
        /// User or key are wrong.
        public var notSignedIn = "401"
        /// The sender may not use the channel.
        public var notAllowed = "403"
        /// The serial number, or the version, came before with another content.
        public var conflict = "409"
        /// Refused with findings.
        public var refused = "422"
    }
}
