import ExchangeModel
import Foundation
import JSON
import Testing

/// The folder of real files, named by the environment; nil where it is not there.
let vectors = ProcessInfo.processInfo.environment["TENDERBRIDGE_VECTORS"].map { URL(fileURLWithPath: $0) }

/// The documents of JSONTestSuite (nst/JSONTestSuite): `y_` must be accepted, `n_` refused, `i_` is ours to decide.
@Suite("JSON conformance files", .enabled(if: vectors != nil, "TENDERBRIDGE_VECTORS is not set"))
struct JSONConformanceTests {
    enum Decision: Equatable {
        case accept
        case refuse(Finding.Code)
    }

    /// Our decisions where the grammar leaves it open, and the two documents we refuse by rule.
    static let decisions: [String: Decision] = [
        // Numbers stay as written, so none is too big or too small.
        "i_number_double_huge_neg_exp.json": .accept,
        "i_number_huge_exp.json": .accept,
        "i_number_neg_int_huge_exp.json": .accept,
        "i_number_pos_double_huge_exp.json": .accept,
        "i_number_real_neg_overflow.json": .accept,
        "i_number_real_pos_overflow.json": .accept,
        "i_number_real_underflow.json": .accept,
        "i_number_too_big_neg_int.json": .accept,
        "i_number_too_big_pos_int.json": .accept,
        "i_number_very_big_negative_int.json": .accept,
        // Half a surrogate pair is no character, and could not be written as XML or UTF-8.
        "i_object_key_lone_2nd_surrogate.json": .refuse(.encodingInvalid),
        "i_string_1st_surrogate_but_2nd_missing.json": .refuse(.encodingInvalid),
        "i_string_1st_valid_surrogate_2nd_invalid.json": .refuse(.encodingInvalid),
        "i_string_UTF8_surrogate_U+D800.json": .refuse(.encodingInvalid),
        "i_string_incomplete_surrogate_and_escape_valid.json": .refuse(.encodingInvalid),
        "i_string_incomplete_surrogate_pair.json": .refuse(.encodingInvalid),
        "i_string_incomplete_surrogates_escape_valid.json": .refuse(.encodingInvalid),
        "i_string_invalid_lonely_surrogate.json": .refuse(.encodingInvalid),
        "i_string_invalid_surrogate.json": .refuse(.encodingInvalid),
        "i_string_inverted_surrogates_U+1D11E.json": .refuse(.encodingInvalid),
        "i_string_lone_second_surrogate.json": .refuse(.encodingInvalid),
        // Nothing but UTF-8 is read (RFC 8259, section 8.1).
        "i_string_UTF-16LE_with_BOM.json": .refuse(.encodingInvalid),
        "i_string_UTF-8_invalid_sequence.json": .refuse(.encodingInvalid),
        "i_string_invalid_utf-8.json": .refuse(.encodingInvalid),
        "i_string_iso_latin_1.json": .refuse(.encodingInvalid),
        "i_string_lone_utf8_continuation_byte.json": .refuse(.encodingInvalid),
        "i_string_not_in_unicode_range.json": .refuse(.encodingInvalid),
        "i_string_overlong_sequence_2_bytes.json": .refuse(.encodingInvalid),
        "i_string_overlong_sequence_6_bytes.json": .refuse(.encodingInvalid),
        "i_string_overlong_sequence_6_bytes_null.json": .refuse(.encodingInvalid),
        "i_string_truncated-utf-8.json": .refuse(.encodingInvalid),
        "i_string_utf16BE_no_BOM.json": .refuse(.encodingInvalid),
        "i_string_utf16LE_no_BOM.json": .refuse(.encodingInvalid),
        "i_structure_UTF-8_BOM_empty_object.json": .refuse(.encodingInvalid),
        // The depth limit.
        "i_structure_500_nested_arrays.json": .refuse(.depthOverLimit),
        // A key given twice is refused: which of the two was meant, nobody can say.
        "y_object_duplicated_key.json": .refuse(.jsonDuplicateKey),
        "y_object_duplicated_key_and_value.json": .refuse(.jsonDuplicateKey),
    ]

    @Test("accepts, refuses and decides as listed")
    func files() throws {
        let folder = try #require(vectors).appendingPathComponent("formats/json")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".json") }.sorted()
        #expect(names.count == 318)
        var undecided: [String] = []
        for name in names {
            let finding = refusal(Array(try Data(contentsOf: folder.appendingPathComponent(name))))
            if let decision = Self.decisions[name] {
                #expect((finding.map { .refuse($0.code) } ?? .accept) == decision, "\(name)")
            } else if name.hasPrefix("y_") {
                #expect(finding == nil, "\(name): \(finding?.text ?? "")")
            } else if name.hasPrefix("n_") {
                #expect(finding != nil, "\(name)")
            } else {
                undecided.append(name)
            }
        }
        #expect(undecided.isEmpty)
        print("JSON conformance files: \(names.count) read")
    }

    @Test("writes accepted documents so that they read back equal")
    func roundTrips() throws {
        let folder = try #require(vectors).appendingPathComponent("formats/json")
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) where name.hasPrefix("y_") {
            guard let value = try? JSONValue(parsing: Array(try Data(contentsOf: folder.appendingPathComponent(name)))) else {
                continue
            }
            #expect(try JSONValue(parsing: value.bytes()) == value, "\(name)")
        }
    }
}
