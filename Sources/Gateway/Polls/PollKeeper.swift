internal import ServiceLifecycle

/// Runs the poll channels until the gateway stops.
struct PollKeeper: Service {
    let gateway: GatewayService

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for channel in gateway.configuration.channels {
                    guard let poll = channel.poll else { continue }
                    group.addTask {
                        try await PollChannel(
                            gateway: gateway, name: channel.name, sender: poll.sender, settings: poll.settings,
                            tolerance: poll.tolerance
                        ).run()
                    }
                }
                try await group.waitForAll()
            }
        }
    }
}
