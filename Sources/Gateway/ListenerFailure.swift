public import ExchangeModel
internal import Glibc

/// Why a listener does not stand, said so that an operator knows what to do.
public enum ListenerFailure {
    /// - Parameters:
    ///   - errorNumber: `errno` of bind or listen.
    ///   - section: the configuration section that names the address.
    public static func error(errorNumber: Int32, section: String, address: String, port: Int) -> GatewayError {
        let remedy =
            switch errorNumber {
            case EADDRINUSE: "another program listens there: stop it (ss -ltnp shows it), or change \(section).port"
            case EACCES: "the user may not listen there: take a port above 1023, or grant CAP_NET_BIND_SERVICE"
            case EADDRNOTAVAIL: "this machine has no such address: change \(section).address"
            default: "change \(section).address or \(section).port"
            }
        return GatewayError(
            .addressUnavailable, attempted: "listen on", subject: "\(address):\(port)",
            happened: String(cString: strerror(errorNumber)), remedy: remedy)
    }
}
