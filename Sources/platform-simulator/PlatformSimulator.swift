internal import ArgumentParser
internal import ExchangeModel
internal import Glibc

/// Plays the platforms around the gateway: the provincial platform that receives, and the local trading systems that send.
@main
struct PlatformSimulator: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "platform-simulator",
        abstract: "Plays the platforms around TenderBridge, with faults on demand.",
        discussion: """
            Three steps make a whole exchange on one machine; `ops/demo/run` takes them for you:

              platform-simulator pki --out .demo/pki
              platform-simulator serve --pki .demo/pki --key-file .demo/credentials/province-key \\
                --schema Schemas/provincial/tender-notice.xsd --cases Tests/Recordings --log .demo/received.jsonl
              platform-simulator send --cases Tests/Recordings --gateway https://127.0.0.1:8440 \\
                --ca .demo/pki/ca.pem --credentials .demo/credentials --out .demo/sent.jsonl

            `serve` is a strict counterpart: client certificate, sign-in key, schema, its own rules and its own codes. Its \
            faults are scripted in the recordings (`faults:` in case.yaml), so that each run meets the same ones.
            Exit codes: 0 good, 1 something did not end as named, 64 usage, 69 address, 73 cannot create, 78 configuration.
            """,
        subcommands: [PkiCommand.self, ServeCommand.self, SendCommand.self])
}

/// How results are printed.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    /// For people.
    case text
    /// For programs.
    case json
}

extension ParsableCommand {
    /// Runs a command's work; a failure is printed as one line on the standard error, and its code becomes the exit code.
    func reporting(_ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let error as GatewayError {
            Terminal.complain("platform-simulator \(Self._commandName): \(error)")
            throw ExitCode(error.code.exitCode)
        }
    }
}

/// The standard streams, written whole and at once.
enum Terminal {
    /// A line for people or programs.
    static func say(_ line: String) { write(line + "\n", to: STDOUT_FILENO) }

    /// Bytes as they are.
    static func say(_ bytes: [UInt8]) { write(String(decoding: bytes, as: UTF8.self), to: STDOUT_FILENO) }

    /// A line about what went wrong.
    static func complain(_ line: String) { write(line + "\n", to: STDERR_FILENO) }

    private static func write(_ text: String, to descriptor: Int32) {
        var text = text
        text.withUTF8 { bytes in
            var done = 0
            while done < bytes.count {
                let count = Glibc.write(descriptor, bytes.baseAddress! + done, bytes.count - done)  // not empty: done < count
                if count < 0 && errno == EINTR { continue }
                if count <= 0 { return }  // nobody reads: there is nowhere to complain
                done += count
            }
        }
    }
}
