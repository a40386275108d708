internal import Archive
internal import XML

/// Which files of a package a reader shows: the closure of locations from OFD.xml (reference, section 3).
struct OFDCoverage {
    /// Files that exist and are shown, OFD.xml included, sorted.
    private(set) var reachable: Set<String> = []
    /// Locations that lead to no file, sorted. Such a file can be added later without touching a digest.
    private(set) var missing: Set<String> = []
    /// Files that had to be read and could not be.
    private(set) var unreadable: Set<String> = []

    /// Files that nothing leads to, sorted: no reader shows them.
    var unreferenced: Set<String> { Set(package.files.entries.map(\.name)).subtracting(reachable) }

    private let package: OFDPackage
    /// Names by their lower-case form. Real documents name `TPLS/...` and carry `Tpls/...`, and readers on systems that
    /// do not tell cases apart show it; so every file that a location may mean to some reader counts as shown.
    private let variants: [String: [String]]
    private var waiting: [(path: String, kind: Kind)] = []

    /// What a file may lead on to.
    private enum Kind { case root, document, version, resource, page, list, leaf }

    init(_ package: OFDPackage) {
        self.package = package
        variants = Dictionary(grouping: package.files.entries.map(\.name)) { $0.lowercased() }
        add("/OFD.xml", from: "OFD.xml", .root)
        while let next = waiting.popLast() { follow(next.path, next.kind) }
    }

    private mutating func add(_ location: String?, from file: String, base: String = "", _ kind: Kind) {
        guard let location, !location.trimmed.isEmpty else { return }
        let isAbsolute = location.trimmed.hasPrefix("/") || base.isEmpty
        guard let path = OFDPackage.resolve(isAbsolute ? location : "\(base)/\(location.trimmed)", from: file) else { return }
        guard let found = variants[path.lowercased()] else {
            missing.insert(path)
            return
        }
        for name in found where reachable.insert(name).inserted { waiting.append((name, kind)) }
    }

    private mutating func follow(_ path: String, _ kind: Kind) {
        guard kind != .leaf else { return }
        guard let root = try? package.root(of: path) else {
            unreadable.insert(path)
            return
        }
        switch kind {
        case .leaf: break
        case .root: followRoot(root, path)
        case .document: followDocument(root, path)
        case .version:
            for file in root.firstChild("FileList")?.children("File") ?? [] { add(file.text, from: path, .leaf) }
            add(root.firstChild("DocRoot")?.text, from: path, .document)
        case .resource:
            followResource(root, path, base: root.attribute("BaseLoc")?.trimmed ?? "")
        case .page:
            for resource in root.children("PageRes") { add(resource.text, from: path, .resource) }
        case .list: followList(root, path)
        }
    }

    private mutating func followRoot(_ root: XMLElement, _ path: String) {
        for body in root.children("DocBody") {
            add(body.firstChild("DocRoot")?.text, from: path, .document)
            add(body.firstChild("DocInfo")?.firstChild("Cover")?.text, from: path, .leaf)
            for version in body.firstChild("Versions")?.children("Version") ?? [] {
                add(version.attribute("BaseLoc"), from: path, .version)
            }
        }
    }

    private mutating func followDocument(_ root: XMLElement, _ path: String) {
        for common in root.children("CommonData") {
            for child in common.children {
                switch child.name {
                case "PublicRes", "DocumentRes": add(child.text, from: path, .resource)
                case "TemplatePage": add(child.attribute("BaseLoc"), from: path, .page)
                default: break
                }
            }
        }
        for pages in root.children("Pages") {
            for page in pages.children("Page") { add(page.attribute("BaseLoc"), from: path, .page) }
        }
        for name in ["Annotations", "Attachments", "CustomTags", "Extensions"] {
            for list in root.children(name) { add(list.text, from: path, .list) }
        }
    }

    /// Depth is bounded by the parser's limit.
    private mutating func followResource(_ element: XMLElement, _ path: String, base: String) {
        for child in element.children {
            switch child.name {
            case "MediaFile", "FontFile": add(child.text, from: path, base: base, .leaf)
            default:
                add(child.attribute("Profile"), from: path, base: base, .leaf)
                followResource(child, path, base: base)
            }
        }
    }

    private mutating func followList(_ element: XMLElement, _ path: String) {
        for child in element.children {
            switch child.name {
            case "FileLoc", "SchemaLoc", "ExtendData": add(child.text, from: path, .leaf)
            default: followList(child, path)
            }
        }
    }
}
