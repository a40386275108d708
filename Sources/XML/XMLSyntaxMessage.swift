internal import CLibXML2

/// Sentences for libxml2's syntax errors, in English and Chinese. None carries text of the document but the names of two
/// tags that do not match.
enum XMLSyntaxMessage {
    static func words(code: Int32, names: (String, String)?, followsAmpersand: Bool) -> (text: String, textZH: String) {
        switch xmlParserErrors(rawValue: UInt32(bitPattern: code)) {
        case XML_ERR_DOCUMENT_EMPTY: ("no root element begins here; this is not XML", "此处应为根元素；文档不是 XML")
        case XML_ERR_DOCUMENT_END: ("something follows the root element", "根元素之后还有内容")
        case XML_ERR_TAG_NOT_FINISHED: ("the document ends inside an element", "文档不完整，元素没有结束标签")
        case XML_ERR_TAG_NAME_MISMATCH:
            if let names {
                (
                    "the end tag \(XMLSource.shortened(names.1)) does not match the start tag \(XMLSource.shortened(names.0))",
                    "结束标签 \(XMLSource.shortened(names.1)) 与开始标签 \(XMLSource.shortened(names.0)) 不匹配"
                )
            } else {
                ("the end tag does not match the start tag", "结束标签与开始标签不匹配")
            }
        case XML_ERR_GT_REQUIRED: ("a tag is not closed with >", "标签缺少结尾的 >")
        case XML_ERR_LTSLASH_REQUIRED: ("an end tag is expected here", "此处应为结束标签")
        case XML_ERR_NAME_REQUIRED where followsAmpersand, XML_ERR_ENTITYREF_NO_NAME:
            ("& must be written as &amp;", "& 必须写成 &amp;")
        case XML_ERR_NAME_REQUIRED: ("a name is expected here", "此处应为名称")
        case XML_ERR_SPACE_REQUIRED: ("white space is expected here", "此处应有空白字符")
        case XML_ERR_EQUAL_REQUIRED: ("an equals sign is expected here", "此处应为等号")
        case XML_ERR_ATTRIBUTE_NOT_STARTED: ("an attribute value must stand in quotation marks", "属性值必须加引号")
        case XML_ERR_ATTRIBUTE_NOT_FINISHED: ("an attribute value has no closing quotation mark", "属性值缺少结束的引号")
        case XML_ERR_ATTRIBUTE_WITHOUT_VALUE: ("an attribute has no value", "属性没有值")
        case XML_ERR_ATTRIBUTE_REDEFINED, XML_NS_ERR_ATTRIBUTE_REDEFINED:
            ("an attribute is given twice in one element", "同一元素中属性重复")
        case XML_ERR_LT_IN_ATTRIBUTE: ("< is not allowed in an attribute value", "属性值中不允许出现 <")
        case XML_ERR_INVALID_CHAR: ("a character, or a reference to one, that XML does not allow", "出现 XML 不允许的字符或字符引用")
        case XML_ERR_INVALID_CHARREF, XML_ERR_INVALID_DEC_CHARREF, XML_ERR_INVALID_HEX_CHARREF:
            ("a character reference that XML does not allow", "字符引用无效")
        case XML_ERR_UNDECLARED_ENTITY, XML_WAR_UNDECLARED_ENTITY:
            ("an entity that is not one of the five of XML", "引用了未定义的实体(只允许 XML 的五个预定义实体)")
        case XML_ERR_ENTITYREF_SEMICOL_MISSING: ("an entity reference has no semicolon", "实体引用缺少分号")
        case XML_ERR_COMMENT_NOT_FINISHED: ("a comment is not closed", "注释没有结束")
        case XML_ERR_HYPHEN_IN_COMMENT: ("two hyphens are not allowed in a comment", "注释中不允许出现两个连字符")
        case XML_ERR_PI_NOT_STARTED, XML_ERR_PI_NOT_FINISHED: ("a processing instruction is not closed", "处理指令没有结束")
        case XML_ERR_RESERVED_XML_NAME:
            ("the XML declaration is allowed only at the very beginning", "XML 声明只能出现在文档的最开头")
        case XML_ERR_CDATA_NOT_FINISHED: ("a CDATA section is not closed", "CDATA 段没有结束")
        case XML_ERR_MISPLACED_CDATA_END: ("]]> is not allowed in text", "文本中不允许出现 ]]>")
        case XML_ERR_XMLDECL_NOT_STARTED, XML_ERR_XMLDECL_NOT_FINISHED, XML_ERR_STANDALONE_VALUE, XML_ERR_ENCODING_NAME,
            XML_ERR_VERSION_MISSING, XML_ERR_UNKNOWN_VERSION, XML_ERR_STRING_NOT_STARTED, XML_ERR_STRING_NOT_CLOSED:
            ("the XML declaration is malformed", "XML 声明格式不正确")
        case XML_NS_ERR_UNDEFINED_NAMESPACE: ("a prefix has no namespace declaration", "前缀没有命名空间声明")
        case XML_NS_ERR_XML_NAMESPACE, XML_NS_ERR_QNAME, XML_NS_ERR_EMPTY, XML_NS_ERR_COLON:
            ("a namespace is declared or used wrongly", "命名空间的声明或使用不正确")
        case XML_ERR_NAME_TOO_LONG: ("a name is too long", "名称过长")
        default: ("the document is not well-formed XML (libxml2 error \(code))", "文档不是格式正确的 XML(libxml2 错误 \(code))")
        }
    }
}
