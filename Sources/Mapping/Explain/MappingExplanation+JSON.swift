internal import ExchangeModel
public import JSON

extension MappingExplanation.Field {
    /// Writes it as an object; the names of members keep their meaning across versions.
    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("field", target)
            json.memberIfPresent("labelZh", label)
            json.memberIfPresent("fragment", fragment)
            json.member("line", position.line)
            json.member("column", position.column)
            json.member("expression", expression)
            json.member("written", values != nil)
            json.member("values", values ?? [])
            json.array("sources") { json in for reading in readings { reading.write(to: &json) } }
            json.array("steps") { json in for step in steps { step.write(to: &json) } }
            json.array("reasons") { json in
                for reason in reasons {
                    json.object { json in
                        json.member("text", reason.text)
                        json.member("textZh", reason.textZH)
                    }
                }
            }
            json.array("findings") { json in
                for finding in findings {
                    json.object { json in
                        json.member("severity", finding.severity.rawValue)
                        json.member("code", finding.code.name)
                        json.member("path", finding.path)
                        json.member("text", finding.text)
                        json.member("textZh", finding.textZH)
                    }
                }
            }
        }
    }
}

extension MappingExplanation.Reading {
    fileprivate func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("path", path)
            json.member("node", node)
            json.member("line", position.line)
            json.member("column", position.column)
            json.member("value", value)
            json.member("missing", missing)
        }
    }
}

extension MappingExplanation.Step {
    fileprivate func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("function", function)
            json.member("before", before ?? [])
            json.member("after", after ?? [])
            json.array("codes") { json in
                for code in codes {
                    json.object { json in
                        json.member("list", code.list)
                        json.member("code", code.code)
                        json.member("canonical", code.canonical)
                        json.member("labelZh", code.labelZH)
                        json.member("file", code.file)
                        json.member("line", code.line)
                    }
                }
            }
        }
    }
}

extension MappingLineage {
    /// Writes it as an object.
    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("mapping", mapping)
            json.member("version", version)
            json.member("file", file)
            json.memberIfPresent("audience", audience)
            json.array("fields") { json in
                for row in rows {
                    json.object { json in
                        json.member("field", row.target)
                        json.member("file", row.file)
                        json.member("labelZh", row.labelZH)
                        json.member("required", row.isRequired)
                        json.member("sources", row.sources)
                        json.member("functions", row.functions)
                        json.member("codeLists", row.codeLists)
                        json.member("audiences", row.audiences)
                        json.member("unverified", row.isUnverified)
                        json.memberIfPresent("when", row.condition)
                        json.member("line", row.position.line)
                        json.member("column", row.position.column)
                    }
                }
            }
        }
    }
}
