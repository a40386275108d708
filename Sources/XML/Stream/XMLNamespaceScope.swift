/// The namespace declarations in force at one place of a stream, innermost last, and the namespace names by number.
struct XMLNamespaceScope {
    /// No namespace.
    static let none: Int32 = 0
    /// That of the prefix `xml`, which needs no declaration.
    static let xml: Int32 = 1
    static let xmlName = Array("http://www.w3.org/XML/1998/namespace".utf8)
    static let xmlnsName = Array("http://www.w3.org/2000/xmlns/".utf8)

    struct Declaration {
        var prefix: [UInt8]
        var number: Int32
    }

    private(set) var declarations: [Declaration] = []
    private(set) var names: [[UInt8]] = [[], xmlName]
    private var numbers: [[UInt8]: Int32] = [[]: 0, xmlName: 1]
    /// Rises when numbers change their meaning.
    private(set) var generation = 0

    /// Names kept before those that are not in force are forgotten.
    private static let namesKept = 256

    var count: Int { declarations.count }

    /// Whether a name has a number, and so was checked before.
    func knows(_ name: [UInt8]) -> Bool { numbers[name] != nil }

    mutating func declare(_ prefix: [UInt8], _ name: [UInt8]) {
        if let number = numbers[name] {
            declarations.append(Declaration(prefix: prefix, number: number))
            return
        }
        let number = Int32(names.count)
        names.append(name)
        numbers[name] = number
        declarations.append(Declaration(prefix: prefix, number: number))
    }

    mutating func removeLast(downTo count: Int) {
        if declarations.count > count { declarations.removeLast(declarations.count - count) }
    }

    /// The namespace of a prefix, empty for the default one; nil when the prefix is not declared.
    @inline(__always)
    func number(ofPrefix prefix: UnsafeBufferPointer<UInt8>) -> Int32? {
        if declarations.isEmpty, prefix.isEmpty { return Self.none }
        return search(prefix)
    }

    private func search(_ prefix: UnsafeBufferPointer<UInt8>) -> Int32? {
        for declaration in declarations.reversed() where declaration.prefix.elementsEqual(prefix) { return declaration.number }
        if prefix.isEmpty { return Self.none }
        return prefix.elementsEqual("xml".utf8) ? Self.xml : nil
    }

    /// Forgets names that no declaration in force uses, when there are many; between records only.
    mutating func forget() {
        guard names.count > Self.namesKept + declarations.count else { return }
        let kept = declarations.map { ($0.prefix, names[Int($0.number)]) }
        declarations = []
        names = [[], Self.xmlName]
        numbers = [[]: 0, Self.xmlName: 1]
        for (prefix, name) in kept { declare(prefix, name) }
        generation += 1
    }
}
