import ExchangeModel
import Testing

@testable import Platforms

@Suite("Retry-After")
struct RetryAfterTests {
    let now = Instant(year: 1994, month: 11, day: 6, hour: 8, minute: 49, second: 7)

    @Test("seconds and dates are obeyed, a date in the past means now")
    func forms() {
        #expect(RetryAfter.parse("120", now: now) == .seconds(120))
        #expect(RetryAfter.parse(" 7 ", now: now) == .seconds(7))
        #expect(RetryAfter.parse("Sun, 06 Nov 1994 08:49:37 GMT", now: now) == .seconds(30))
        #expect(RetryAfter.parse("Sun, 06 Nov 1994 08:49:00 GMT", now: now) == .zero)
    }

    @Test(
        "anything else is not guessed at",
        arguments: [
            "", "-1", "1.5", "soon", "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 32 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37Z",
            "６",
        ])
    func refused(value: String) { #expect(RetryAfter.parse(value, now: now) == nil) }

    @Test("a number of any length is bounded")
    func bounded() { #expect(RetryAfter.parse(String(repeating: "9", count: 400), now: now) == .seconds(9_999_999_999)) }
}
