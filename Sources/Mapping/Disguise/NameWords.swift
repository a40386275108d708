/// Words that names are made of. What says only of what sort something is stays in a pseudonym.
enum NameWords {
    /// Characters of invented names.
    static let characters = Array(
        "安宝博昌诚成春达德东恒宏鸿华嘉建江金景康科乐利联林隆明宁平启强庆荣瑞润盛顺泰天通万伟新信兴旭雅洋永友裕元远云泽正志中柏澄枫禾晖岚霖沐谦若舒桐汐轩逸煜哲知"
            .unicodeScalars)
    /// Common family names.
    static let familyNames = Array("王李张刘陈杨黄赵周吴徐孙马朱胡郭何林高罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜苏魏程吕丁沈任".unicodeScalars)
    /// Codes of districts for invented identity numbers (GB/T 2260).
    static let regions = [
        "110101", "120101", "130102", "210102", "310101", "320102", "330102", "340102", "350102", "370102", "410102", "420102",
        "430102", "440103", "500101", "510104", "520102", "530102", "610102", "620102",
    ]

    private static let endings = [
        "集团股份有限公司", "集团有限责任公司", "集团有限公司", "股份有限公司", "有限责任公司", "有限公司", "分公司", "公司", "集团", "合伙企业", "事务所",
        "管理委员会", "委员会", "管理局", "管理中心", "服务中心", "交易中心", "采购中心", "中心", "人民政府", "政府", "办公室", "管理处", "执法局", "监督局",
        "局", "处", "大学", "学院", "中学", "小学", "学校", "幼儿园", "医院", "研究院", "设计院", "研究所", "院", "所", "厂", "站", "部", "厅", "会", "公共服务平台",
        "服务平台", "平台", "交易网", "网",
    ].map { Array($0.unicodeScalars) }
    private static let titles = ["先生", "女士", "小姐", "老师", "经理", "主任", "科长", "处长", "工程师", "工"].map {
        Array($0.unicodeScalars)
    }
    private static let tradeWords = [
        "招标", "采购", "资格预审", "工程", "项目", "改造", "新建", "扩建", "改建", "迁建", "续建", "建设", "施工", "监理", "设计", "勘察", "勘测", "维修",
        "维护", "养护", "服务", "设备", "货物", "公告", "公示", "更正", "变更", "终止", "中标", "成交", "标段", "第", "一期", "二期", "三期", "总承包", "安装",
        "提升", "整治", "修缮", "加固",
    ].map { Array($0.unicodeScalars) }

    /// How many characters at the end of a name say only what sort of organisation it is; at least two stay before them.
    static func organisationEnding(of name: [Unicode.Scalar]) -> Int {
        endings.first { name.count >= $0.count + 2 && name.suffix($0.count).elementsEqual($0) }?.count ?? 0
    }

    /// How many characters at the end of a person's name are a form of address.
    static func titleEnding(of name: [Unicode.Scalar]) -> Int {
        titles.first { name.count > $0.count && name.suffix($0.count).elementsEqual($0) }?.count ?? 0
    }

    /// What identifies in the name of a project: what stands before the first word of the trade, cut at signs. All of it where that
    /// leaves nothing.
    static func identifyingParts(ofProject name: String) -> [String] {
        let scalars = Array(name.unicodeScalars)
        var end = scalars.count
        for index in scalars.indices where index >= 2 {
            if tradeWords.contains(where: { scalars[index...].starts(with: $0) }) {
                end = index
                break
            }
        }
        let parts = scalars[..<end].split { !Characters.isTelling($0) && $0 != " " && $0 != "-" && $0 != "." }
        return parts.map { String(String.UnicodeScalarView($0)) }.map { text in
            String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        }.filter { $0.unicodeScalars.count >= 2 }
    }
}
