internal import ExchangeModel
internal import Glibc
internal import Hummingbird
internal import NIOCore

/// Who speaks on the control socket: the user of the process at the other end (`SO_PEERCRED`, unix(7)).
struct ControlPeer: Sendable {
    /// User id; nil when the system does not tell.
    let userID: UInt32?

    /// Until roles are configured only root and the daemon's own user may act.
    var mayAct: Bool { userID == 0 || userID == geteuid() }

    /// As evidence names the actor.
    var actor: String { userID.map { "uid:\($0)" } ?? "unknown" }

    /// Asks the channel's socket.
    static func of(_ channel: any Channel) async -> ControlPeer {
        guard let provider = channel as? any SocketOptionProvider else { return ControlPeer(userID: nil) }
        let future: EventLoopFuture<PeerCredentials> = provider.unsafeGetSocketOption(
            level: .init(rawValue: SOL_SOCKET), name: .init(rawValue: SO_PEERCRED))
        let credentials = try? await future.get()
        return ControlPeer(userID: credentials?.userID)
    }
}

/// `struct ucred` of unix(7), which the C library shows to GNU sources only: process, user, group, 32 bits each.
private struct PeerCredentials: Sendable {
    var processID: Int32 = 0
    var userID: UInt32 = 0
    var groupID: UInt32 = 0
}

/// A request on the control socket with its connection.
struct ControlContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }
}
