internal import ExchangeModel
internal import StrictYAML

extension GatewayConfiguration {
    /// Where attachments are kept, and how long those that no message names.
    public struct AttachmentKeeping: Sendable, Hashable {
        /// Their folder; nil: `attachments` beside the store's file.
        public var folder: String?
        /// How long a content stays that no message names, from the last time it was handed in.
        public var retention = Duration.seconds(7 * 86_400)
    }

    /// What one attachment, and all of a message, may be.
    public struct AttachmentLimits: Sendable, Hashable {
        /// Largest content in bytes.
        public var bytesMax = 512 << 20
        /// Longest time for the body of one request that brings contents.
        public var timeMax = Duration.seconds(1800)
        /// Attachments that one message names.
        public var countMax = 32
        /// Uploads of one sender that are not complete.
        public var uploadsMax = 16
        /// How long an upload waits for its next piece.
        public var uploadAge = Duration.seconds(86_400)
    }
}

extension ConfigurationReader {
    /// Reads `store.attachments` and `store.attachmentRetention`.
    func attachmentKeeping(_ section: YAMLMappingReader) -> GatewayConfiguration.AttachmentKeeping {
        var keeping = GatewayConfiguration.AttachmentKeeping()
        if let value = section.optional("attachments"), let text = value.text() {
            let path = FileBytes.resolve(text, in: folder)
            if let store = section.optional("path")?.text(), FileBytes.resolve(store, in: folder) == path {
                value.report(
                    "store.attachments is a folder, and the store's file has this name", "store.attachments 应为目录，不能与数据库文件同名")
            }
            keeping.folder = path
        }
        if let retention = section.optional("attachmentRetention")?.duration(in: .seconds(3600) ... .seconds(3650 * 86_400)) {
            keeping.retention = retention
        }
        return keeping
    }

    /// Reads `limits.attachment`, `attachmentTime`, `attachments`, `uploads` and `uploadAge`.
    func attachmentLimits(_ section: YAMLMappingReader) -> GatewayConfiguration.AttachmentLimits {
        var limits = GatewayConfiguration.AttachmentLimits()
        if let bytes = section.optional("attachment")?.byteCount(in: 1...(1 << 40)) { limits.bytesMax = bytes }
        if let time = section.optional("attachmentTime")?.duration(in: .seconds(1) ... .seconds(86_400)) { limits.timeMax = time }
        if let count = section.optional("attachments")?.integer(in: 0...100) { limits.countMax = count }
        if let count = section.optional("uploads")?.integer(in: 0...10_000) { limits.uploadsMax = count }
        if let age = section.optional("uploadAge")?.duration(in: .seconds(60) ... .seconds(30 * 86_400)) {
            limits.uploadAge = age
        }
        return limits
    }
}
