// Validates one document again and again: SCHEMA DOCUMENT SECONDS. Prints one line of JSON with microseconds for each: reading
// alone, reading and validating, validating what was read. Built by schema.py against the modules of the release build.
import ExchangeModel
import Glibc
import JSON
import JSONSchema

func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

func microseconds(_ seconds: Double, _ work: () throws -> Bool) rethrows -> Double {
    var (count, failures) = (0, 0)
    let start = now()
    while now() - start < seconds {
        for _ in 0..<100 { if try !work() { failures += 1 } }
        count += 100
    }
    guard failures == 0 else { fatalError("the document is not valid") }
    return (now() - start) * 1e6 / Double(count)
}

let arguments = CommandLine.arguments
guard arguments.count == 4, let seconds = Double(arguments[3]) else { fatalError("usage: SCHEMA DOCUMENT SECONDS") }
func bytes(_ path: String) -> [UInt8] { (try? FileBytes.read(path, limit: 64 << 20).get()) ?? [] }
let schema = try JSONSchema(parsing: bytes(arguments[1]), name: arguments[1])
let document = bytes(arguments[2])
let tape = try JSONTape(parsing: document)
let findings = schema.validate(tape).findings
guard findings.isEmpty else { fatalError("\(findings)") }
let read = try microseconds(seconds) { try JSONTape(parsing: document).entries.count > 0 }
let both = try microseconds(seconds) { schema.validate(try JSONTape(parsing: document)).isValid }
let alone = microseconds(seconds) { schema.validate(tape).isValid }
print(#"{"read": \#(read), "both": \#(both), "alone": \#(alone)}"#)
