import Testing

@testable import Mapping

@Suite("Check characters of identifiers")
struct CheckDigitTests {
    @Test(
        "Worked examples of the reference are valid",
        arguments: [
            (CheckedIdentifier.unifiedSocialCreditCode, "91350100M000100Y43"), (.unifiedSocialCreditCode, "11230500001755309F"),
            (.unifiedSocialCreditCode, "91230500MA1B3N1N2M"), (.unifiedSocialCreditCode, "91440101MA5TE2T092"),
            (.unifiedSocialCreditCode, "91440101MA5TE2T17W"), (.unifiedSocialCreditCode, "91440300MA5TE2T25K"),
            (.unifiedSocialCreditCode, "91440300MA5TE2T33E"), (.unifiedSocialCreditCode, "91320100MA1TE2T44G"),
            (.unifiedSocialCreditCode, "12440100TE2T00053B"), (.unifiedSocialCreditCode, "12440000TE2T000611"),
            (.unifiedSocialCreditCode, "11440100TE2T0007X1"), (.unifiedSocialCreditCode, "91310000MA1TE2T87L"),
            (.unifiedSocialCreditCode, "91510800MA6TE2T942"), (.organisationCode, "MA5TE2T0-9"), (.organisationCode, "MA5TE2T09"),
            (.organisationCode, "TE2T0007X"), (.organisationCode, "TE2T0007-X"), (.identityCard, "440101199001011233"),
            (.identityCard, "11010519491231002X"), (.dealCode, "A0112440100TE2T00053B20260501000298*"),
            (.dealCode, "A01-12440100TE2T00053B-20260501-000001-S"), (.dealCode, "A0112440100TE2T00053B20260501000001S"),
            (.dealCode, "A01-12440100TE2T00053B-20260501-000002-Q"), (.dealCode, "A0112440100TE2T00053B20260501000002Q"),
            (.dealCode, "A02-12440100TE2T00053B-20260501-000003-A"), (.dealCode, "A0212440100TE2T00053B20260501000003A"),
            (.dealCode, "D01-12440100TE2T00053B-20260501-000004-2"), (.dealCode, "D0112440100TE2T00053B202605010000042"),
            (.projectCode, "2411-130202-89-01-637015"), (.projectCode, "2509-320193-89-01-544060"),
            (.projectCode, "2509-140602-89-05-864976"), (.projectCode, "2603-141124-89-05-346948"),
            (.projectCode, "2603-440106-04-01-123453"), (.projectCode, "2605-440106-04-01-000998"),
            (.projectCode, "2020-330327-48-01-167360"), (.projectCode, "2011-440100-47-01-000123"),
        ])
    func valid(kind: CheckedIdentifier, code: String) {
        #expect(kind.check(code) == .valid)
    }

    @Test(
        "A wrong check character is told from a malformed code",
        arguments: [
            (CheckedIdentifier.unifiedSocialCreditCode, "91440101MA5TE2T093"), (.unifiedSocialCreditCode, "95135478102458941M"),
            (.organisationCode, "MA5TE2T08"), (.organisationCode, "TE2T00070"), (.identityCard, "440101199001011234"),
            (.dealCode, "A0112440100TE2T00053B20260501000001T"), (.dealCode, "A01-12440100TE2T00053B-20260501-000001-T"),
            (.projectCode, "2603-440106-04-01-123454"),
        ])
    func wrongCheck(kind: CheckedIdentifier, code: String) {
        #expect(kind.check(code) == .checkCharacterWrong)
    }

    @Test(
        "Malformed codes",
        arguments: [
            (CheckedIdentifier.unifiedSocialCreditCode, ""), (.unifiedSocialCreditCode, "91440101MA5TE2T09"),
            (.unifiedSocialCreditCode, "91440101MA5TE2T0921"), (.unifiedSocialCreditCode, "91440101ma5te2t092"),
            (.unifiedSocialCreditCode, "91440101IA5TE2T092"), (.unifiedSocialCreditCode, "000000000000000000"),
            (.unifiedSocialCreditCode, "９1440101MA5TE2T"), (.organisationCode, "MA5TE2T0_9"), (.organisationCode, "MA5TE2T0A"),
            (.organisationCode, "MA5TE2T"), (.identityCard, "11010519491231002x"), (.identityCard, "440101199002301233"),
            (.identityCard, "44010119900101123"), (.dealCode, "A01-12440100TE2T00053B-20260501-000001S-"),
            (.dealCode, "A0112440100TE2T00053B20260231000001S"), (.dealCode, "A0112440100TE2T00053B2026050100000A1"),
            (.dealCode, "a0112440100TE2T00053B20260501000001S"), (.projectCode, "2603-440106-04-01-12345"),
            (.projectCode, "2603_440106-04-01-123453"), (.projectCode, "1999-440106-04-01-123453"),
            (.projectCode, "2613-440106-04-01-123453"),
        ])
    func malformed(kind: CheckedIdentifier, code: String) {
        #expect(kind.check(code) == .malformed)
    }

    @Test("Every other check character of a good code is refused")
    func everyOtherCharacter() {
        let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*")
        for (kind, code) in [
            (CheckedIdentifier.unifiedSocialCreditCode, "91440101MA5TE2T092"),
            (.dealCode, "A0112440100TE2T00053B20260501000001S"),
            (.organisationCode, "MA5TE2T09"), (.identityCard, "440101199001011233"), (.projectCode, "2603-440106-04-01-123453"),
        ] {
            let good = alphabet.filter { kind.check(String(code.dropLast()) + String($0)) == .valid }
            #expect(good == [code.last])
        }
    }
}
