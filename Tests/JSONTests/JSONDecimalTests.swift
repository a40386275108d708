import JSON
import Testing

@Suite("Exact decimals")
struct JSONDecimalTests {
    static func order(_ left: String, _ right: String) -> Int {
        Array(left.utf8).withUnsafeBufferPointer { JSONDecimal(right).order(of: $0) }
    }

    @Test("compare by value, whatever their spelling")
    func order() {
        let ascending = [
            "-1e99", "-10", "-9.99", "-1", "-0.5", "-1e-9", "0", "1e-400", "0.1", "0.10000000000000000000001", "1",
            "9007199254740992",
            "9007199254740993", "1e400",
        ]
        for (i, left) in ascending.enumerated() {
            for (j, right) in ascending.enumerated() {
                #expect(Self.order(left, right) == (i - j).signum(), "\(left) and \(right)")
            }
        }
        for (left, right) in [("1", "1.0"), ("10", "1e1"), ("0.001", "1E-3"), ("-0", "0"), ("0e5", "0.000"), ("120", "1.2e+2")] {
            #expect(Self.order(left, right) == 0)
            #expect(JSONDecimal(left) == JSONDecimal(right))
            #expect(JSONDecimal(left).hashValue == JSONDecimal(right).hashValue)
        }
    }

    @Test("know whether they are whole, and which Int they are")
    func whole() {
        #expect(JSONDecimal("1.50e1").integer == 15)
        #expect(JSONDecimal("-9223372036854775808").integer == Int.min)
        #expect(JSONDecimal("9223372036854775808").integer == nil)
        #expect(JSONDecimal("1.5").integer == nil)
        #expect(JSONDecimal("1e30").isInteger)
        #expect(JSONDecimal("1e30").integer == nil)
    }

    @Test(
        "divide exactly",
        arguments: [
            ("7.5", "0.5", true), ("0.0075", "0.0001", true), ("0.00751", "0.0001", false), ("1e308", "0.123456789", false),
            ("0", "3", true),
            ("12345678901234567890123", "3", true), ("12345678901234567890124", "3", false), ("-9", "3", true),
            ("1e1000000", "7", false),
            ("7e1000000", "7", true), ("999999999999999999999999999", "999999999999999999", false), ("1", "2", false),
            ("4", "0.8", true),
        ])
    func division(number: String, divisor: String, expected: Bool) throws {
        let divisor = try #require(JSONDecimal(divisor).divisor)
        #expect(Array(number.utf8).withUnsafeBufferPointer { divisor.divides($0) } == expected)
    }
}
