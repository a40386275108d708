/// A piece of test scenery could not be set up: a child that did not start, a port that cannot be bound.
public struct TestingFailure: Error, CustomStringConvertible, Sendable {
    /// What happened, with the words of the operating system or the child.
    public let description: String

    /// Makes a failure with a sentence for the person who reads the test log.
    public init(_ description: String) { self.description = description }
}
