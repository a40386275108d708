// swift-tools-version: 6.2
// TenderBridge: a data-exchange gateway for public tendering.
//
// The layers below are a rule, not a habit: a target imports only targets of lower layers, and one target owns one
// C library. `Tests/TidyTests` reads this file and every import and fails on a breach; `Sources/README.md` has the map.

import PackageDescription

/// Settings of every Swift target. Warnings are errors: `make lint` and `make build` see the same rules.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

func library(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, exclude: readme(name), swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: strict)
}

/// Targets that carry a README beside their sources.
func readme(_ name: String) -> [String] {
    ["Outbox"].contains(name) ? ["README.md"] : []
}

let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let hummingbirdTLS = Target.Dependency.product(name: "HummingbirdTLS", package: "hummingbird")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let sqlite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let deques = Target.Dependency.product(name: "DequeModule", package: "swift-collections")
let heaps = Target.Dependency.product(name: "HeapModule", package: "swift-collections")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let metrics = Target.Dependency.product(name: "Metrics", package: "swift-metrics")
let coreMetrics = Target.Dependency.product(name: "CoreMetrics", package: "swift-metrics")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
    name: "tenderbridge",
    products: [
        .executable(name: "tenderbridge", targets: ["tenderbridge"]),
        .executable(name: "platform-simulator", targets: ["platform-simulator"]),
    ],
    dependencies: [
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
        .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
        .package(url: "https://github.com/apple/swift-collections", exact: "1.6.0"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", exact: "2.13.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    ],
    targets: [
        // Layer 0: C libraries, a module map and a shim each.
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CLibXML2", pkgConfig: "libxml-2.0", providers: [.apt(["libxml2-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
        .systemLibrary(name: "CXLSXWriter", pkgConfig: "xlsxwriter", providers: [.apt(["libxlsxwriter-dev"])]),

        // Layer 1: the words.
        library("ExchangeModel"),

        // Layer 2: owned handles and plain formats, no domain words.
        library("JSON", ["ExchangeModel"]),
        library("StrictYAML", ["ExchangeModel", yams]),
        library("XML", ["ExchangeModel", "CLibXML2"]),
        library("Cryptography", ["ExchangeModel", "COpenSSL"]),
        library("Archive", ["ExchangeModel", "CArchive"]),
        library("Spreadsheet", ["ExchangeModel", "CXLSXWriter"]),
        library("Transport", ["ExchangeModel", "CCurl"]),

        // Layer 3: records, trust, durable state.
        library("Formats", ["ExchangeModel", "JSON", "XML", "Cryptography", "Archive"]),
        library("JSONSchema", ["ExchangeModel", "JSON"]),
        library("Trust", ["ExchangeModel", "JSON", "XML", "Cryptography", "Archive"]),
        library("Store", ["ExchangeModel", "JSON", "Cryptography", grdb, sqlite]),

        // Layer 4: decisions.
        library("Mapping", ["ExchangeModel", "JSON", "StrictYAML", "XML", "Cryptography", "Formats", "JSONSchema"]),
        library("Outbox", ["ExchangeModel", "JSON", "Store", deques, heaps, logging, metrics]),

        // Layer 5: platforms.
        library(
            "Platforms",
            ["ExchangeModel", "JSON", "XML", "Transport", "Formats", "Store", "Mapping", "Outbox", metrics]),

        // Layer 6: the gateway.
        library(
            "Gateway",
            [
                "ExchangeModel", "JSON", "StrictYAML", "XML", "Cryptography", "Transport", "Formats", "Spreadsheet", "Store",
                "Mapping",
                "Outbox", "Platforms", logging, metrics, lifecycle,
            ]),

        // Layer 7: two HTTP faces.
        library(
            "DataAPI",
            [
                "ExchangeModel", "JSON", "Cryptography", "Formats", "Store", "Gateway", hummingbird, hummingbirdCore,
                hummingbirdTLS,
                nioCore,
                nioPosix,
                nioSSL,
                httpTypes, lifecycle, logging,
            ]),
        library(
            "OperatorAPI",
            [
                "ExchangeModel", "JSON", "Store", "Outbox", "Gateway", hummingbird, nioCore, httpTypes, lifecycle, logging,
                metrics,
                coreMetrics,
            ]),

        // Layer 8: programs.
        .executableTarget(
            name: "tenderbridge",
            dependencies: [
                "ExchangeModel", "JSON", "StrictYAML", "XML", "Cryptography", "Transport", "Formats", "Trust", "Store", "Mapping",
                "Outbox", "Platforms", "Gateway", "DataAPI", "OperatorAPI", arguments, lifecycle,
                .product(name: "UnixSignals", package: "swift-service-lifecycle"), logging, metrics,
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "platform-simulator",
            dependencies: [
                "ExchangeModel", "JSON", "StrictYAML", "XML", "Cryptography", "Transport", "Formats", hummingbird,
                .product(name: "HummingbirdCore", package: "hummingbird"), hummingbirdTLS, nioCore, nioPosix, nioSSL, httpTypes,
                arguments, lifecycle, .product(name: "UnixSignals", package: "swift-service-lifecycle"), logging,
            ],
            swiftSettings: strict),

        // Testing: clocks, seeds, directories, processes. Test targets only.
        .target(name: "GatewayTesting", dependencies: ["ExchangeModel"], swiftSettings: strict),
        // A disk that fails, for tests of the store: a VFS for SQLite.
        .target(name: "CFaultVFS", dependencies: [], linkerSettings: [.linkedLibrary("sqlite3")]),
        tests("CryptographyTests", ["Cryptography", "ExchangeModel", "GatewayTesting"]),
        tests("ArchiveTests", ["Archive", "ExchangeModel"]),
        tests("TrustTests", ["Trust", "Cryptography", "Archive", "JSON", "XML", "ExchangeModel"]),
        tests("TransportTests", ["Transport", "ExchangeModel", "GatewayTesting"]),
        tests("StoreTests", ["Store", "CFaultVFS", "Cryptography", "ExchangeModel", "GatewayTesting", grdb, sqlite]),
        tests("XMLTests", ["XML", "ExchangeModel", "GatewayTesting"]),
        tests("FormatsTests", ["Formats", "XML", "JSON", "ExchangeModel", "GatewayTesting"]),
        tests("SpreadsheetTests", ["Spreadsheet", "Formats", "JSON", "ExchangeModel", "GatewayTesting"]),
        tests("JSONTests", ["JSON", "ExchangeModel"]),
        tests(
            "JSONSchemaTests", ["JSONSchema", "JSON", "ExchangeModel", "GatewayTesting"], exclude: ["allowed-misses.txt"]),
        tests("StrictYAMLTests", ["StrictYAML", "ExchangeModel"]),
        tests("PlatformSimulatorTests", ["platform-simulator", "ExchangeModel", "JSON", "Cryptography", "GatewayTesting"]),
        tests("OperatorAPITests", ["OperatorAPI", "GatewayTesting", coreMetrics]),
        tests(
            "MappingTests",
            ["Mapping", "Formats", "XML", "JSON", "StrictYAML", "ExchangeModel", "Cryptography", "GatewayTesting"]),
        tests("TenderbridgeTests", ["tenderbridge", "Gateway", "JSON", "ExchangeModel", "GatewayTesting", logging]),
        tests("OutboxTests", ["Outbox", "Store", "CFaultVFS", "JSON", "ExchangeModel", "GatewayTesting", logging]),
        tests("TidyTests", []),
        tests("PlatformsTests", ["Platforms", "ExchangeModel"]),
        tests(
            "GatewayTests",
            [
                "Gateway", "Platforms", "Outbox", "Store", "Mapping", "Formats", "Spreadsheet", "JSON", "Cryptography",
                "ExchangeModel", "GatewayTesting", logging,
            ]),
        tests(
            "DataAPITests",
            [
                "DataAPI", "Gateway", "Store", "Transport", "Cryptography", "JSON", "ExchangeModel", "GatewayTesting", lifecycle,
                logging,
            ]),
    ]
)
