import ExchangeModel
import GatewayTesting
import Testing
import XML

@Suite("XML as events")
struct XMLEventReaderTests {
    /// Writes down what comes.
    private final class Notes: XMLEventHandler {
        var lines: [String] = []
        private var isText = false

        func startElement(_ tag: XMLStartTag) {
            let name = tag.isNamed("a") ? "a" : tag.isNamed("b") ? "b" : "?"
            let plain = tag.text("x").map { " x=\($0)" } ?? ""
            let qualified = tag.qualifiedAttribute("x").map { " q:x=\(String(decoding: $0, as: UTF8.self))" } ?? ""
            add("<\(name) \(tag.namespace)\(plain)\(qualified)>", isText: false)
        }

        func endElement() { add("</>", isText: false) }
        func text(_ bytes: UnsafeBufferPointer<UInt8>) { add(String(decoding: bytes, as: UTF8.self), isText: true) }

        private func add(_ line: String, isText: Bool) {
            if isText, self.isText { lines[lines.count - 1] += line } else { lines.append(line) }
            self.isText = isText
        }
    }

    private func read(_ text: [UInt8], piece: Int = 1 << 20, limits: XMLEventLimits = XMLEventLimits()) -> (
        lines: [String], finding: Finding?
    ) {
        let reader = XMLEventReader(limits: limits)
        let notes = Notes()
        for start in stride(from: 0, to: text.count, by: piece) {
            let bytes = Array(text[start..<min(text.count, start + piece)])
            if let finding = bytes.withUnsafeBufferPointer({ reader.read($0, isLast: false, to: notes) }) {
                return (notes.lines, finding)
            }
        }
        return (notes.lines, reader.read(UnsafeBufferPointer(start: nil, count: 0), isLast: true, to: notes))
    }

    private func read(_ text: String, piece: Int = 1 << 20, limits: XMLEventLimits = XMLEventLimits()) -> (
        lines: [String], finding: Finding?
    ) {
        read(Array(text.utf8), piece: piece, limits: limits)
    }

    private static let document =
        "<?xml version=\"1.0\"?><!-- <a> --><a xmlns='u' xmlns:q='v' x='1&amp;&lt;' q:x='&#x4E2D;'>\n<b/>t&gt;<![CDATA[<b>]]]]>&#65;<q:b></q:b>招标</a><?end?>"

    @Test("elements, attributes and text come in order, however the bytes are cut")
    func events() {
        let whole = read(Self.document)
        #expect(whole.finding == nil)
        #expect(
            whole.lines == ["<a u x=1&< q:x=中>", "\n", "<b u>", "</>", "t><b>]]A", "<b v>", "</>", "招标", "</>"])
        for piece in [1, 2, 3, 5, 7, 64] {
            let cut = read(Self.document, piece: piece)
            #expect(cut.finding == nil && cut.lines == whole.lines, "\(piece)")
        }
    }

    @Test(
        "what is not well-formed ends the reading with one finding",
        arguments: [
            "", " ", "a", "<a>", "<a></b>", "<a/><a/>", "<a/>x", "<a>&nbsp;</a>", "<a x='1' x='2'/>", "<a>&#0;</a>", "<q:a/>",
            "<a>\u{1}</a>",
            "<a x=1/>", "<a>]]></a>", "<a><!-- -- --></a>",
        ])
    func faults(text: String) {
        for piece in [1, 1000] { #expect(read(text, piece: piece).finding?.code == .xmlSyntax, "\(text)") }
    }

    @Test("bytes that are not UTF-8 are refused, whatever the declaration says")
    func encodings() {
        #expect(read(Array("<a>".utf8) + [0xFF] + Array("</a>".utf8)).finding != nil)
        #expect(
            read(Array("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a>".utf8) + [0xE4] + Array("</a>".utf8)).finding != nil)
        #expect(read([0xFF, 0xFE] + Array("<a/>".utf16).flatMap { [UInt8($0), 0] }).finding?.code == .encodingUnsupported)
        #expect(read(Array("<a/>".utf16).flatMap { [0, UInt8($0)] }).finding?.code == .encodingUnsupported)
        #expect(read("\u{FEFF}<a/>").finding == nil)
    }

    @Test("a document type declaration is refused before anything in it is read")
    func doctype() {
        for text in [
            "<!DOCTYPE a><a/>", "<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>", "<!DOCTYPE a [<!ENTITY e \"x\">]><a>&e;</a>",
            "<a><!DOCTYPE a></a>",
        ] {
            for piece in [1, 1000] { #expect(read(text, piece: piece).finding?.code == .xmlDoctype, "\(text)") }
        }
    }

    @Test("limits: depth, attributes, and the length of a tag, comment or instruction")
    func limits() {
        let limits = XMLEventLimits(depthMax: 3, attributesMax: 2, markupBytesMax: 40)
        #expect(read("<a><a><a/></a></a>", limits: limits).finding == nil)
        #expect(read("<a><a><a><a/></a></a></a>", limits: limits).finding?.code == .depthOverLimit)
        #expect(read("<a x='' y=''/>", limits: limits).finding == nil)
        #expect(read("<a x='' y='' z=''/>", limits: limits).finding?.code == .countOverLimit)
        let long = String(repeating: ">", count: 50)
        for text in ["<a x='\(long)'/>", "<a><!--\(long)--></a>", "<a><?x \(long)?></a>", "<a x=\"\(long)"] {
            for piece in [1, 1000] {
                #expect(read(text, piece: piece, limits: limits).finding?.code == .bytesOverLimit, "\(text)")
            }
        }
        #expect(read("<a>\(long)<![CDATA[\(long)<b x='\(long)]]></a>", limits: limits).finding == nil)
        // A megabyte of attributes costs nothing, as it is not read.
        let many = "<a " + (0..<200_000).map { "a\($0)=''" }.joined(separator: " ") + "/>"
        #expect(read(many).finding?.code == .bytesOverLimit)
    }
}
