internal import ArgumentParser
internal import ExchangeModel
internal import Glibc

/// A command of the program: it does its work and returns its exit code; failures become one line and their code.
protocol Command: AsyncParsableCommand {
    /// The work.
    func perform() async throws -> Int32
}

extension Command {
    /// Runs the work. `GatewayError` and findings end with their own exit codes; anything else is a fault of this program.
    func run() async throws {
        let code: Int32
        do {
            code = try await perform()
        } catch let error as GatewayError {
            Terminal.complain("error: \(error)")
            throw ExitCode(error.code.exitCode)
        } catch let refused as RefusedFiles {
            try refused.findings.print(refused.format, refused.language, toStandardError: true)
            throw ExitCode(refused.exitCode)
        } catch let error as ExitCode {
            throw error
        } catch let error as ValidationError {
            throw error
        } catch {
            Terminal.complain("error: \(error); please report this")
            throw ExitCode(ExitCodes.software)
        }
        if code != ExitCodes.good { throw ExitCode(code) }
    }
}

/// The environment of this process.
enum ProcessEnvironment {
    static let all: [String: String] = {
        var result: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee.map({ String(cString: $0) }) {
            if let sign = text.firstIndex(of: "=") { result[String(text[..<sign])] = String(text[text.index(after: sign)...]) }
            entry += 1
        }
        return result
    }()
}
