internal import ExchangeModel
internal import JSON

/// Puts findings into words.
struct FindingWords {
    let plan: SchemaPlan
    let view: JSONTape.View

    func finding(_ raw: Evaluation.Raw) -> JSONSchemaFinding {
        let schema = plan.schemas[Int(raw.schema)]
        let words = words(raw, schema)
        let isOfItself = [.falseSchema, .effort, .depth].contains(raw.keyword)
        return JSONSchemaFinding(
            keyword: raw.keyword.rawValue, path: view.pointer(Int(raw.entry)),
            schemaLocation: isOfItself ? schema.location : schema.location + "/" + raw.keyword.rawValue,
            position: view.entries[Int(raw.entry)].position, text: words.0, textZH: words.1)
    }

    private func words(_ raw: Evaluation.Raw, _ schema: CompiledSchema) -> (String, String) {
        switch raw.keyword {
        case .type: typeWords(raw, schema)
        case .enum:
            ("must be one of: \(schema.choices?.shown ?? "")", "须为下列值之一：\(schema.choices?.shown ?? "")")
        case .const: ("must be the one value that the schema gives", "须等于模式规定的常量")
        case .minimum, .exclusiveMinimum, .maximum, .exclusiveMaximum, .multipleOf: numberWords(raw, schema)
        case .minLength, .maxLength, .pattern, .format: stringWords(raw, schema)
        case .required, .minProperties, .maxProperties, .additionalProperties, .unevaluatedProperties, .dependentRequired:
            objectWords(raw, schema)
        case .minItems, .maxItems, .uniqueItems, .contains, .minContains, .maxContains, .unevaluatedItems: arrayWords(raw, schema)
        case .anyOf: ("fits none of \(raw.detail) alternatives", "不符合 \(raw.detail) 个备选模式中的任何一个")
        case .oneOf where raw.detail < 0:
            (
                "fits two alternatives (\((-raw.detail - 1) >> 20) and \((-raw.detail - 1) & 0xFFFFF), counted from 0); exactly one is allowed",
                "同时符合两个备选模式(从 0 起的第 \((-raw.detail - 1) >> 20) 个和第 \((-raw.detail - 1) & 0xFFFFF) 个)，只允许符合一个"
            )
        case .oneOf: ("fits none of \(raw.detail) alternatives", "不符合 \(raw.detail) 个备选模式中的任何一个")
        case .not: ("fits a schema that it must not fit", "符合了不允许符合的模式")
        case .falseSchema: ("nothing is allowed here", "此处不允许有任何内容")
        case .effort:
            (
                "the validation was given up: more than \(plan.limits.effortMax) schemas applied",
                "校验中止：模式应用次数超过 \(plan.limits.effortMax)"
            )
        case .depth:
            (
                "the validation was given up: schemas applied more than \(plan.limits.depthMax) deep",
                "校验中止：模式嵌套应用超过 \(plan.limits.depthMax) 层"
            )
        default: ("does not fit the schema", "不符合模式")
        }
    }

    private func typeWords(_ raw: Evaluation.Raw, _ schema: CompiledSchema) -> (String, String) {
        let allowed = TypeSet.names.filter { schema.types?.contains($0.set) ?? false }
        let found: (String, String) =
            switch view.kind(Int(raw.entry)) {
            case .string, .key: ("a string", "字符串")
            case .beginObject: ("an object", "对象")
            case .beginArray: ("an array", "数组")
            case .true, .false: ("a boolean", "布尔值")
            case .number: ("a number", "数字")
            default: ("null", "空值(null)")
            }
        return (
            "must be of type \(allowed.map(\.name).joined(separator: " or ")), but is \(found.0)",
            "类型须为\(allowed.map(\.nameZH).joined(separator: "或"))，实际为\(found.1)"
        )
    }

    private func numberWords(_ raw: Evaluation.Raw, _ schema: CompiledSchema) -> (String, String) {
        guard raw.keyword != .multipleOf else {
            let shown = schema.number?.multipleShown ?? ""
            return ("must be a multiple of \(shown)", "须为 \(shown) 的倍数")
        }
        let shown = schema.number?.bounds[raw.detail].shown ?? ""
        return switch raw.keyword {
        case .minimum: ("must not be less than \(shown)", "不得小于 \(shown)")
        case .exclusiveMinimum: ("must be greater than \(shown)", "须大于 \(shown)")
        case .maximum: ("must not be greater than \(shown)", "不得大于 \(shown)")
        default: ("must be less than \(shown)", "须小于 \(shown)")
        }
    }

    private func stringWords(_ raw: Evaluation.Raw, _ schema: CompiledSchema) -> (String, String) {
        guard let rules = schema.string else { return ("", "") }
        return switch raw.keyword {
        case .minLength:
            ("is \(raw.detail) characters long; at least \(rules.minLength)", "长度为 \(raw.detail) 个字符，至少 \(rules.minLength) 个")
        case .maxLength:
            ("is \(raw.detail) characters long; at most \(rules.maxLength)", "长度为 \(raw.detail) 个字符，至多 \(rules.maxLength) 个")
        case .pattern: ("does not match the pattern \(rules.patternShown)", "不匹配正则表达式 \(rules.patternShown)")
        default: ("is no \(rules.format?.rawValue ?? "")", "不是有效的 \(rules.format?.rawValue ?? "") 格式")
        }
    }

    private func objectWords(_ raw: Evaluation.Raw, _ schema: CompiledSchema) -> (String, String) {
        let rules = schema.object
        switch raw.keyword {
        case .required:
            let name = rules?.names.text(raw.detail) ?? ""
            return ("\"\(name)\" is missing", "缺少“\(name)”")
        case .minProperties:
            let least = rules?.minProperties ?? 0
            return ("has \(raw.detail) members; at least \(least)", "有 \(raw.detail) 个成员，至少 \(least) 个")
        case .maxProperties:
            let most = rules?.maxProperties ?? 0
            return ("has \(raw.detail) members; at most \(most)", "有 \(raw.detail) 个成员，至多 \(most) 个")
        case .dependentRequired:
            guard let dependent = rules?.dependentRequired[raw.detail >> 20] else { return ("", "") }
            let name = String(decoding: dependent.name, as: UTF8.self)
            let needed = String(decoding: dependent.needed[raw.detail & 0xFFFFF], as: UTF8.self)
            return ("\"\(needed)\" is missing, which \"\(name)\" needs", "缺少“\(needed)”(“\(name)”存在时必填)")
        default:
            let known = rules.map { rules in (0..<rules.names.count).map(rules.names.text) } ?? []
            let name = view.text(Int(raw.entry))
            let meant =
                name.count <= 64 && known.count <= 1000
                ? Suggestion.nearest(to: String(decoding: name, as: UTF8.self), among: known) : nil
            return (
                "a member of this name is not allowed" + (meant.map { "; did you mean \"\($0)\"?" } ?? ""),
                "不允许出现该名称的成员" + (meant.map { "；是否为“\($0)”？" } ?? "")
            )
        }
    }

    private func arrayWords(_ raw: Evaluation.Raw, _ schema: CompiledSchema) -> (String, String) {
        guard let rules = schema.array else { return ("no element is allowed here", "此处不允许有元素") }
        return switch raw.keyword {
        case .minItems: ("has \(raw.detail) elements; at least \(rules.minItems)", "有 \(raw.detail) 个元素，至少 \(rules.minItems) 个")
        case .maxItems: ("has \(raw.detail) elements; at most \(rules.maxItems)", "有 \(raw.detail) 个元素，至多 \(rules.maxItems) 个")
        case .uniqueItems:
            ("is equal to element \(raw.detail), counted from 0; each may be there once", "与第 \(raw.detail) 个元素(从 0 起)重复，元素须互不相同")
        case .contains: ("has no element of the kind that must be there", "缺少必须包含的一类元素")
        case .minContains:
            (
                "has \(raw.detail) elements of the kind asked for; at least \(rules.minContains)",
                "所要求的一类元素有 \(raw.detail) 个，至少 \(rules.minContains) 个"
            )
        case .maxContains:
            (
                "has \(raw.detail) elements of the kind asked for; at most \(rules.maxContains)",
                "所要求的一类元素有 \(raw.detail) 个，至多 \(rules.maxContains) 个"
            )
        default: ("no element is allowed here", "此处不允许有元素")
        }
    }
}
