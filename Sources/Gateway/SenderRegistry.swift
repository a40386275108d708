internal import Cryptography
internal import ExchangeModel

/// Who may send, by key. Keys are compared as digests in constant time, every one each time.
public struct SenderRegistry: Sendable {
    private let senders: [GatewayConfiguration.Sender]

    init(senders: [GatewayConfiguration.Sender]) { self.senders = senders }

    /// What a key opens.
    public enum SignIn: Sendable, Hashable {
        /// The sender may use the channel.
        case allowed(sender: String)
        /// The key is known, the channel is not the sender's.
        case forbidden(sender: String)
        /// No sender has this key.
        case unknown
    }

    /// The sender that a key belongs to.
    public func sender(key: [UInt8]) -> String? {
        let digest = SHA256.digest(key)
        var found: String?
        for sender in senders where ConstantTime.areEqual(sender.keyDigest, digest) { found = found ?? sender.name }
        return found
    }

    /// Whether a key may use a channel, where the sender also says who it is: by the name in its `user`, or without that by its
    /// own name. Nil: it said nothing. A wrong name is answered as a wrong key.
    public func signIn(key: [UInt8], user: String?, channel: String) -> SignIn {
        guard let user, let name = sender(key: key), let known = senders.first(where: { $0.name == name }) else {
            return signIn(key: key, channel: channel)
        }
        guard ConstantTime.areEqual(SHA256.digest(user.utf8), SHA256.digest((known.user ?? known.name).utf8)) else {
            return .unknown
        }
        return signIn(key: key, channel: channel)
    }

    /// Whether a key may use a channel.
    public func signIn(key: [UInt8], channel: String) -> SignIn {
        guard let name = sender(key: key) else { return .unknown }
        let isAllowed = senders.contains { $0.name == name && $0.channels.contains(channel) }
        return isAllowed ? .allowed(sender: name) : .forbidden(sender: name)
    }
}
