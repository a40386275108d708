// Templates: `template("{NAME | trim} ({CODE})")`.
extension ExpressionParser {
    /// Reads the text of a template. `offset` is where its first byte stands in the expression around it.
    ///
    /// Places inside are those of the text after doubled quotation marks became single ones, so behind such a mark they
    /// are one byte too small.
    func pieces(_ text: String, offset: Int) throws(ExpressionProblem) -> [Expression.Piece] {
        let bytes = Array(text.utf8)
        var pieces: [Expression.Piece] = []
        var plain: [UInt8] = []
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            if byte == 0x7B || byte == 0x7D, index + 1 < bytes.count, bytes[index + 1] == byte {
                plain.append(byte)
                index += 2
                continue
            }
            if byte == 0x7D {
                throw ExpressionProblem(
                    offset: offset + index, text: "\"}\" closes nothing; write \"}}\" for the sign itself",
                    textZH: "“}”没有对应的“{”；如需该符号请写“}}”")
            }
            guard byte == 0x7B else {
                plain.append(byte)
                index += 1
                continue
            }
            guard let end = Self.closingBrace(bytes, from: index + 1) else {
                throw ExpressionProblem(
                    offset: offset + index, text: "\"{\" is never closed; write \"{{\" for the sign itself",
                    textZH: "“{”没有结束；如需该符号请写“{{”")
            }
            if !plain.isEmpty {
                pieces.append(.text(String(decoding: plain, as: UTF8.self)))
                plain = []
            }
            let inner = String(decoding: bytes[index + 1..<end], as: UTF8.self)
            let start = offset + index + 1
            do throws(ExpressionProblem) {
                var parsed = try Self.expression(inner, dotJoins: dotJoins, isFunction: isFunction)
                parsed.move(by: start)
                pieces.append(.expression(parsed))
            } catch {
                throw ExpressionProblem(offset: error.offset + start, text: error.text, textZH: error.textZH)
            }
            index = end + 1
        }
        if !plain.isEmpty { pieces.append(.text(String(decoding: plain, as: UTF8.self))) }
        return pieces
    }

    /// The brace that ends an expression; one inside quotation marks does not.
    private static func closingBrace(_ bytes: [UInt8], from start: Int) -> Int? {
        var mark: UInt8 = 0
        for index in start..<bytes.count {
            let byte = bytes[index]
            if mark != 0 {
                if byte == mark { mark = 0 }
            } else if byte == 0x22 || byte == 0x27 {
                mark = byte
            } else if byte == 0x7D {
                return index
            }
        }
        return nil
    }
}

extension Expression {
    /// Moves every place in it, which counts from its own beginning, to where it stands in the text around it.
    mutating func move(by distance: Int) {
        offset += distance
        switch source {
        case .path(var path):
            path.move(by: distance)
            source = .path(path)
        case .call(var call):
            call.move(by: distance)
            source = .call(call)
        case .text: break
        }
        for index in calls.indices { calls[index].move(by: distance) }
    }
}

extension Expression.Call {
    fileprivate mutating func move(by distance: Int) {
        offset += distance
        for index in arguments.indices {
            arguments[index].offset += distance
            switch arguments[index].value {
            case .path(var path):
                path.move(by: distance)
                arguments[index].value = .path(path)
            case .template(let pieces):
                arguments[index].value = .template(
                    pieces.map { piece in
                        guard case .expression(var inner) = piece else { return piece }
                        inner.move(by: distance)
                        return .expression(inner)
                    })
            case .text, .number: break
            }
        }
    }
}

extension SourcePath {
    fileprivate mutating func move(by distance: Int) {
        offset += distance
        if case .key(let name, let nameOffset) = anchor { anchor = .key(name, nameOffset: nameOffset + distance) }
        for index in keyArgument.indices { keyArgument[index].move(by: distance) }
        for index in steps.indices {
            steps[index].name.offset += distance
            steps[index].predicate?.name.offset += distance
        }
    }
}
