internal import ExchangeModel

/// `SES_SealInfo`: what the maker of a seal says about it (reference, 2.1).
struct SESSealInfo {
    let versionNumber: Int
    let vendor: String
    let identifier: String
    let type: Int
    let name: String
    let holders: SESSeal.Holders
    let createDate: Instant
    let validStart: Instant
    let validEnd: Instant
    let pictureType: String
    let criticalExtensions: [String]

    init(_ element: DERElement, isVersion1: Bool) throws(DERFault) {
        var info = try element.children("eSealInfo")

        var header = try info.next(DERTag.sequence, "header").children("header")
        guard try header.next(DERTag.ia5String, "header.ID").string("header.ID") == "ES" else {
            throw DERFault(.value, "header.ID")
        }
        versionNumber = try header.next(DERTag.integer, "header.version").smallInteger("header.version")
        vendor = try header.next(DERTag.ia5String, "header.Vid").string("header.Vid")
        try header.finish("header")

        identifier = try info.next(DERTag.ia5String, "esID").string("esID")

        var property = try info.next(DERTag.sequence, "property").children("property")
        type = try property.next(DERTag.integer, "property.type").smallInteger("property.type")
        name = try property.next(DERTag.utf8String, "property.name").string("property.name")
        var listType = 1
        if !isVersion1 {
            listType = try property.next(DERTag.integer, "property.certListType").smallInteger("property.certListType")
        }
        holders = try Self.holders(property.next(DERTag.sequence, "property.certList"), type: listType)
        func time(_ field: String) throws(DERFault) -> Instant {
            let value = try property.next(field)
            return isVersion1 ? try value.anyTime(field) : try value.generalizedTime(field)
        }
        createDate = try time("property.createDate")
        validStart = try time("property.validStart")
        validEnd = try time("property.validEnd")
        try property.finish("property")

        var picture = try info.next(DERTag.sequence, "picture").children("picture")
        pictureType = try picture.next(DERTag.ia5String, "picture.type").string("picture.type")
        _ = try picture.next(DERTag.octetString, "picture.data")  // opaque: it may itself be a document
        _ = try picture.next(DERTag.integer, "picture.width").smallInteger("picture.width")
        _ = try picture.next(DERTag.integer, "picture.height").smallInteger("picture.height")
        try picture.finish("picture")

        criticalExtensions = try info.nextIfPresent(DERTag.sequence, "extDatas").map(Self.criticalExtensions) ?? []
        try info.finish("eSealInfo")
    }

    /// The list is an untagged choice: `certListType` decides, and the elements' tags must agree.
    private static func holders(_ list: DERElement, type: Int) throws(DERFault) -> SESSeal.Holders {
        var entries = try list.children("property.certList")
        var certificates: [ArraySlice<UInt8>] = []
        var digests: [(algorithm: String, value: ArraySlice<UInt8>)] = []
        guard type == 1 || type == 2 else { throw DERFault(.value, "property.certListType") }
        while !entries.isAtEnd {
            guard certificates.count + digests.count < SESSeal.listMax else { throw DERFault(.overLimit, "property.certList") }
            if type == 1 {
                certificates.append(try entries.next(DERTag.octetString, "property.certList").content)
            } else {
                var digest = try entries.next(DERTag.sequence, "property.certList").children("property.certList")
                let algorithm = try digest.next(DERTag.printableString, "property.certList.type").string("property.certList.type")
                digests.append((algorithm, try digest.next(DERTag.octetString, "property.certList.value").content))
                try digest.finish("property.certList")
            }
        }
        return type == 1 ? .certificates(certificates) : .digests(digests)
    }

    /// Identifiers of the extensions marked critical in a SEQUENCE OF ExtData.
    static func criticalExtensions(_ list: DERElement) throws(DERFault) -> [String] {
        var entries = try list.children("extDatas")
        var critical: [String] = []
        var count = 0
        while !entries.isAtEnd {
            count += 1
            guard count <= SESSeal.listMax else { throw DERFault(.overLimit, "extDatas") }
            var entry = try entries.next(DERTag.sequence, "extDatas").children("extDatas")
            let identifier = try entry.next(DERTag.objectIdentifier, "extDatas.extnID").objectIdentifier("extDatas.extnID")
            if let flag = try entry.nextIfPresent(DERTag.boolean, "extDatas.critical") {
                guard flag.content.count == 1 else { throw DERFault(.value, "extDatas.critical") }
                if flag.content.first != 0 { critical.append(identifier) }
            }
            _ = try entry.next(DERTag.octetString, "extDatas.extnValue")
            try entry.finish("extDatas")
        }
        return critical
    }
}
