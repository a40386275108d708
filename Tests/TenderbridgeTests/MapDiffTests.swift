import ExchangeModel
import GatewayTesting
import Glibc
import JSON
import Testing

@Suite("map diff")
struct MapDiffTests {
    /// A copy of the shipped mappings and schemas, removed with it.
    private final class Copy {
        let folder: TemporaryDirectory

        init() async throws {
            folder = try TemporaryDirectory("tb-diff")
            try await ChildProcess.run(["cp", "-rL", Repository.file("Mappings"), Repository.file("Schemas"), folder.path])
        }

        func file(_ path: String) -> String { folder.file(path) }

        func change(_ path: String, _ old: String, _ new: String) throws {
            let text = String(decoding: try Repository.bytes(folder.file(path)), as: UTF8.self)
            try #require(text.contains(old))
            try folder.write(path, text.replacing(old, with: new))
        }
    }

    private static let mapping = "Mappings/local-a/in/tender-notice.yaml"

    private static func diff(_ old: String, _ new: String, _ more: String...) async throws -> (exit: Int32, report: JSONValue) {
        let result = try await BuiltProgram.run(["map", "diff", old, new, "--format", "json"] + more)
        return (result.exit, (try? JSONValue(parsing: result.text)) ?? .string(result.text))
    }

    @Test("two equal versions differ nowhere, over every recording of their form")
    func equal() async throws {
        let path = Repository.file(Self.mapping)
        let (exit, report) = try await Self.diff(path, path)
        #expect(exit == 0, "\(report)")
        #expect(report["documents"]?.integer ?? 0 > 40)
        #expect(report["documents"]?.integer == report["equal"]?.integer)
        #expect(report["groups"]?.elements?.isEmpty == true)
    }

    @Test("a changed expression, a field taken out and a new one are told with cause, count and one example")
    func fields() async throws {
        let copy = try await Copy()
        try copy.change(
            Self.mapping, "title: NOTICE_NAME | trim | required", "title: NOTICE_NAME | trim | replace(\"公告\", \"公示\") | required"
        )
        try copy.change(Self.mapping, "  url: URL | trim\n", "")
        let (exit, report) = try await Self.diff(Repository.file(Self.mapping), copy.file(Self.mapping))
        #expect(exit == 1)
        let groups = try #require(report["groups"]?.elements)
        let title = try #require(groups.first { $0["field"]?.string == "title" })
        #expect(title["kind"]?.string == "changes" && title["count"]?.integer ?? 0 > 10)
        #expect(title["cause"]?.string?.hasPrefix("NOTICE_NAME | trim | required  ->  NOTICE_NAME | trim | replace(") == true)
        #expect(title["label"]?.string?.isEmpty == false)
        #expect(title["old"]?.string?.replacing("公告", with: "公示") == title["new"]?.string)
        let url = try #require(groups.first { $0["field"]?.string == "url" })
        #expect(
            url["kind"]?.string == "disappears" && url["cause"]?.string == "taken out: URL | trim" && url["new"]?.string == nil)
        #expect(groups.count == 2, "\(groups.map { $0["field"]?.string ?? "" })")
        let (_, back) = try await Self.diff(copy.file(Self.mapping), Repository.file(Self.mapping))
        #expect(back["groups"]?.elements?.contains { $0["kind"]?.string == "appears" && $0["field"]?.string == "url" } == true)
    }

    @Test("a code list that changed is named as the cause, and records that are refused now are told by their finding")
    func causes() async throws {
        let copy = try await Copy()
        let list = "Mappings/codelists/tender-mode.csv"
        let text = String(decoding: try Repository.bytes(copy.file(list)), as: UTF8.self)
        let rows = text.split(separator: "\n", omittingEmptySubsequences: false)
        // The first code of local system A is taken out of the list.
        let row = try #require(rows.first { $0.contains(",local-a,") })
        try copy.folder.write(list, rows.filter { $0 != row }.joined(separator: "\n"))
        let (exit, report) = try await Self.diff(Repository.file(Self.mapping), copy.file(Self.mapping))
        #expect(exit == 1)
        let groups = try #require(report["groups"]?.elements)
        #expect(groups.allSatisfy { ["refused", "findings"].contains($0["kind"]?.string ?? "") })
        #expect(groups.contains { $0["kind"]?.string == "refused" && $0["cause"]?.string?.hasPrefix("code.unknown: ") == true })
    }

    @Test("rows of CSV are compared row by row, outbound documents by their canonical records; values stay out when asked")
    func forms() async throws {
        let copy = try await Copy()
        let penalty = "Mappings/local-b/in/penalty.yaml"
        let text = String(decoding: try Repository.bytes(copy.file(penalty)), as: UTF8.self)
        let line = try #require(
            text.split(separator: "\n").first { $0.contains("| trim") && !$0.contains("required") && $0.hasPrefix("  ") })
        try copy.change(penalty, "\(line)\n", "\(line) | upper | lower | replace(\"a\", \"A\")\n")
        let (_, rows) = try await Self.diff(Repository.file(penalty), copy.file(penalty), "--no-values")
        #expect(rows["documents"]?.integer ?? 0 > 20)
        #expect(rows["groups"]?.elements?.allSatisfy { $0["old"] == nil } == true)
        let out = "Mappings/provincial/out/tender-notice.yaml"
        try copy.change(out, "version: ", "note: other\nversion: ")
        let (exit, same) = try await Self.diff(Repository.file(out), copy.file(out))
        #expect(exit == 0 && same["documents"]?.integer ?? 0 > 20, "\(same)")
    }

    @Test("in words, in both languages; what cannot be compared is said")
    func words() async throws {
        let copy = try await Copy()
        try copy.change(Self.mapping, "  url: URL | trim\n", "")
        let old = Repository.file(Self.mapping)
        let english = try await BuiltProgram.run(["map", "diff", old, copy.file(Self.mapping)])
        #expect(
            english.exit == 1 && english.text.contains("disappears url") && english.text.contains("cause: taken out: URL | trim"))
        let chinese = try await BuiltProgram.run(["map", "diff", old, copy.file(Self.mapping), "--language", "zh"])
        #expect(chinese.text.contains("不再写出 url") && chinese.text.contains("原因: 已删除：URL | trim"))
        for arguments in [
            [old, "/does/not/exist.yaml"], [old, Repository.file("Mappings/provincial/out/tender-notice.yaml")],
            [old, old, "--over", "/does/not/exist"], [old, old, "--over", Repository.file("Schemas/local-a")],
            ["no-such-revision:\(Self.mapping)", old], ["--version:\(Self.mapping)", old],
        ] {
            let result = try await BuiltProgram.run(["map", "diff"] + arguments)
            #expect(result.exit == 64, "\(arguments): \(result.text)")
        }
        try copy.change(Self.mapping, "version: 1", "version: one")
        #expect(try await BuiltProgram.run(["map", "diff", old, copy.file(Self.mapping)]).exit == 78)
    }

    @Test(
        "a revision of a git repository is compared without touching its files or its index",
        .enabled(if: access("/usr/bin/git", X_OK) == 0))
    func revision() async throws {
        let copy = try await Copy()
        let script = """
            set -e
            cd "$1"
            git init -q
            git config user.email t@example.com
            git config user.name t
            git add . && git commit -qm one
            sed -i '/^  url: URL/d' \(Self.mapping)
            mkdir scratch
            TMPDIR="$1/scratch" "$2" map diff HEAD:\(Self.mapping) \(Self.mapping) --over "$3" --format json || echo "exit $?"
            git status --porcelain
            rmdir scratch
            """
        let child = try await ChildProcess.start([
            "sh", "-c", script, "sh", copy.folder.path, BuiltProgram.path, Repository.file("Tests/Recordings"),
        ])
        #expect(await child.ending() == .exited(0), "\(child.lines)")
        #expect(child.lines.contains("exit 1") && child.lines.contains(" M \(Self.mapping)"), "\(child.lines.suffix(4))")
        #expect(child.lines.contains { $0.contains("taken out: URL | trim") })
    }
}
