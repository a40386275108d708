/// What came beside a payload and may tell its dataset.
public struct DatasetHints: Sendable, Hashable {
    /// The name of the file that it came in, without folder.
    public var fileName: String?
    /// The value of the header field that the channel's `detect` names.
    public var header: String?
    /// The dataset code among the arguments of a SOAP call.
    public var datasetCode: String?

    /// Takes what is known.
    public init(fileName: String? = nil, header: String? = nil, datasetCode: String? = nil) {
        self.fileName = fileName
        self.header = header
        self.datasetCode = datasetCode
    }
}
