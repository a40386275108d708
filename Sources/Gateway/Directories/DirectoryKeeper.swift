internal import ExchangeModel
internal import Logging
internal import ServiceLifecycle

/// Runs the directory channels, each on a thread of its own, until the gateway stops: the record under way is finished, and the
/// file goes on behind it at the next start.
struct DirectoryKeeper: Service {
    let gateway: GatewayService

    func run() async throws {
        let watch = try? FolderWatch()
        if watch == nil {
            gateway.logger.warning("folders cannot be watched, and are looked at every scan; raise fs.inotify.max_user_instances")
        }
        defer { watch?.end() }
        try? await cancelWhenGracefulShutdown {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for channel in gateway.configuration.channels {
                    guard let settings = channel.directory else { continue }
                    let thread = try ThreadExecutor(name: "tb-files")
                    let directory = DirectoryChannel(
                        gateway: gateway, name: channel.name, settings: settings, thread: thread)
                    group.addTask {
                        await directory.run(FolderBell(watch: watch))
                        thread.stop()
                    }
                }
                try await group.waitForAll()
            }
        }
    }
}
