import Testing

@testable import Trust

@Suite struct PersonalNumberTests {
    @Test(arguments: [
        ("CN=041@011010519491231002X@name@1", "CN=041@0**************002X@name@1"), ("11010519491231002x", "**************002x"),
        ("110105491231002", "***********1002"),
        // A wrong check digit, an organisation's code, a seal's number and a serial are no personal numbers.
        ("110105194912310021", "110105194912310021"), ("91110000100000000X", "91110000100000000X"),
        ("11010800000001", "11010800000001"),
        ("", ""), ("印章", "印章"),
    ])
    func identityNumbersAreShownByTheirEndOnly(text: String, shown: String) {
        #expect(PersonalNumbers.masked(text) == shown)
    }
}
