internal import Glibc
internal import Synchronization

/// The Python that has a module: modules of Debian's packages belong to `/usr/bin/python3`, which need not be the first on `PATH`.
public enum ForeignPython {
    private static let known = Mutex<[String: String?]>([:])

    /// The first interpreter that can import a module; nil when none can. Asks once for each module.
    public static func with(_ module: String) -> String? {
        known.withLock { known in
            if let answer = known[module] { return answer }
            let answer = ["python3", "/usr/bin/python3"].first { system("\($0) -c 'import \(module)' >/dev/null 2>&1") == 0 }
            known[module] = .some(answer)
            return answer
        }
    }
}
