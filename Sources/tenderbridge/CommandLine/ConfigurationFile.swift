internal import ArgumentParser
internal import ExchangeModel
internal import Gateway

/// The configuration as commands read it.
enum ConfigurationFile {
    /// Reads it; a faulty one ends the command with its findings and exit code 78.
    static func read(
        _ path: String, secrets: ConfigurationReader.Secrets, format: OutputFormat, language: TextLanguage = .en
    ) throws(RefusedFiles) -> GatewayConfiguration {
        let outcome = ConfigurationReader.read(file: path, environment: ProcessEnvironment.all, secrets: secrets)
        guard let configuration = outcome.configuration else {
            throw RefusedFiles(
                findings: FindingList(outcome.findings), format: format, language: language, exitCode: ExitCodes.configuration)
        }
        return configuration
    }
}
