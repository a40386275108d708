/// Channels that work by themselves, moved by hand: for `replay`, in which nothing runs.
extension GatewayService {
    /// Takes what lies complete in the folder of a directory channel, as the channel does while the gateway runs: files are moved,
    /// reports are written. Blocks a thread of its own. Throws what keeps files from being taken.
    public func takeFiles(ofChannel name: String) async throws {
        guard let settings = configuration.channels.first(where: { $0.name == name })?.directory else { return }
        let thread = try ThreadExecutor(name: "tb-files")
        defer { thread.stop() }
        let directory = DirectoryChannel(gateway: self, name: name, settings: settings, thread: thread)
        while try await directory.pass().hasMore {}
    }

    /// Takes one page as if the platform of a poll channel had answered it. Throws why it cannot be taken.
    public func takePage(_ bytes: [UInt8], ofChannel name: String) async throws {
        guard let poll = configuration.channels.first(where: { $0.name == name })?.poll else { return }
        let channel = PollChannel(
            gateway: self, name: name, sender: poll.sender, settings: poll.settings, tolerance: poll.tolerance)
        try await channel.take(bytes)
    }
}
