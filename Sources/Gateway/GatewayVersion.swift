/// The version of this gateway, as logs, metrics, evidence and `--version` show it. CHANGELOG.md says what it brought.
public enum GatewayVersion {
    /// Major, minor, patch.
    public static let current = "0.1.0"
}
