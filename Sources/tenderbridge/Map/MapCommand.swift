internal import ArgumentParser

/// `tenderbridge map`.
struct MapCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "map",
        abstract: "Works with mapping files; no daemon needed.",
        discussion: """
            A mapping turns one form into another: `Mappings/<platform>/in/<dataset>.yaml` makes the canonical record, \
            `.../out/<dataset>.yaml` a platform's document. Mappings/README.md has the whole language.

              tenderbridge map new city-x in tender-notice --from Schemas/city-x/notice.xsd
              tenderbridge map lint Mappings
              tenderbridge map run Mappings/local-a/in/tender-notice.yaml notice.xml
              tenderbridge map test Mappings/local-a
              tenderbridge map diff HEAD~1:Mappings/local-a/in/tender-notice.yaml Mappings/local-a/in/tender-notice.yaml
              tenderbridge map explain Mappings/local-a/in/tender-notice.yaml notice.xml title
            """,
        subcommands: [MapLint.self, MapNew.self, MapRun.self, MapTest.self, MapDiff.self, MapExplain.self])
}
