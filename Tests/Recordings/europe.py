"""Notices in the form of eForms (UBL 2.3) that we wrote ourselves: buyers and lots that do not exist.

They need no folder of test vectors, fill what the official samples leave out, and use every code of the lists.
"""

import datetime
from xml.sax.saxutils import escape

from writing import write_case

UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
EFORMS = "http://data.europa.eu/p27/eforms-ubl-extension"
BUYER = {"key": "ORG-0002", "name": "Port of Nordhavn", "id": "DK-11223344", "street": "Havnegade 7", "city": "Nordhavn", "post": "2150", "country": "DNK",
         "web": "https://port.nordhavn.example/", "person": "Purchasing desk", "phone": "+45 11 22 33 44", "email": "tender@nordhavn.example"}
COURT = {"key": "ORG-0001", "name": "Board of Complaints", "id": "DK-99887766", "street": "Torvet 1", "city": "Sydby", "post": "6400", "country": "DNK",
         "web": "https://board.example/", "person": "Registry", "phone": "+45 99 88 77 66", "email": "registry@board.example"}
BARE_BUYER, BARE_COURT = {"key": "ORG-0002", "name": "Municipality of Lillevik"}, {"key": "ORG-0007", "name": "Regional Court"}
CURRENCIES = ["EUR", "GBP", "USD", "CHF", "SEK", "DKK", "PLN", "CZK", "HUF", "RON", "BGN", "NOK"]
UNITS = ["DAY", "WEEK", "MONTH", "YEAR"]


def lot(number, **more):
    return {"id": f"LOT-{number:04d}"} | more


QUAY = {
    "id": "0f6a2c11-7d0e-4a55-9a35-1d2b3c4d5e01", "folder": "aa10f2d3-0001-4c11-8f00-1d2b3c4d5e01", "at": ("2026-03-02+01:00", "08:15:42+01:00"), "version": "02",
    "type": "cn-standard", "procedure": "restricted", "category": "works", "title": "Renewal of quay 4", "content": "Sheet piling, fenders and bollards.",
    "own": "NH-2026-004", "cpv": ["45241500", "45244000"], "region": "DK011", "estimate": ("98500000.75", "DKK"), "buyer": "ORG-0002", "organisations": [COURT, BUYER],
    "lots": [lot(n, own=f"NH-4-{n}", name=f"Quay 4, part {n}", content=f"Works of part {n}.", cpv=[f"4524{n:02d}00", f"4525{n:02d}00"], region=f"DK0{n:02d}",
                 start=f"2026-{n:02d}-11+01:00", end=f"2027-{n:02d}-23Z", duration=(str(10 + n), UNITS[n % 4]), estimate=(f"{n}00000.5", currency),
                 documents=f"https://docs.nordhavn.example/{n}", submission=f"https://bids.nordhavn.example/{n}", electronic="not-allowed" if n == 1 else "required",
                 deadline=("2026-04-14+02:00", "12:30:05+02:00"), opening=("2026-04-15+02:00", "09:05:17+02:00"), place=f"Harbour office, room {n}")
             for n, currency in enumerate(CURRENCIES, 1)]}
MEALS = {
    "id": "0f6a2c11-7d0e-4a55-9a35-1d2b3c4d5e02", "folder": "aa10f2d3-0002-4c11-8f00-1d2b3c4d5e02", "at": ("2026-03-03Z", "10:20:30Z"), "version": "01",
    "type": "cn-social", "procedure": "neg-w-call", "category": "supplies", "title": "Meals for schools", "content": "Lunches for four schools.", "own": "LV-88",
    "cpv": ["55524000"], "region": "NO020", "buyer": "ORG-0002", "organisations": [BARE_BUYER, BARE_COURT],
    "lots": [lot(1, own="LV-88-1", name="North", submission="https://bids.lillevik.example/", electronic="allowed", deadline=("2026-04-20Z", "10:00:00Z"))]}
DIALOGUE = {
    "id": "0f6a2c11-7d0e-4a55-9a35-1d2b3c4d5e03", "folder": "aa10f2d3-0003-4c11-8f00-1d2b3c4d5e03", "at": ("2026-03-04+02:00", "11:12:13+02:00"), "version": "03",
    "type": "cn-standard", "procedure": "comp-dial", "category": "services", "title": "Traffic control centre", "own": None,
    "estimate": ("1500000", "GBP"), "buyer": "ORG-0002", "organisations": [BUYER, COURT], "lots": [lot(1), lot(2, name="Training")]}
BARE = {
    "id": "0f6a2c11-7d0e-4a55-9a35-1d2b3c4d5e04", "folder": "aa10f2d3-0004-4c11-8f00-1d2b3c4d5e04", "at": ("2026-03-05+01:00", "23:59:01+01:00"), "version": "01",
    "type": "cn-standard", "title": "Something to be decided", "buyer": "ORG-0002", "organisations": [BARE_BUYER], "lots": [lot(1)]}
TRIAL = dict(QUAY, id="0f6a2c11-7d0e-4a55-9a35-1d2b3c4d5e05", folder="aa10f2d3-0005-4c11-8f00-1d2b3c4d5e05", procedure="innovation", title="Ice-free ferry ramps",
             lots=QUAY["lots"][:2])
REPAIR = dict(MEALS, id="0f6a2c11-7d0e-4a55-9a35-1d2b3c4d5e06", folder="aa10f2d3-0006-4c11-8f00-1d2b3c4d5e06", type="cn-standard", procedure="open", category="works",
              title="Repair of a school roof", content=None, lots=[lot(1, electronic="required")])


def render(n, blanks=False):
    """The notice as XML. Elements of the same name with another scheme or list stand before those that are meant."""
    lines = []

    def put(name, text, attributes):
        if text is not None:
            lines.append(f"<{name}{attributes}>" + (f"\u00a0\n  {escape(text)}\u3000 " if blanks and not name.endswith(("Date", "Time")) else escape(text)) + f"</{name}>")

    def group(name, *parts):
        mark = len(lines)
        lines.append(f"<{name}>")
        for part in parts:
            part()
        if len(lines) == mark + 1:
            del lines[mark]
        else:
            lines.append(f"</{name}>")

    def leaf(name, text, attributes=""):
        return lambda: put(name, text, attributes)

    def nest(name, *parts):
        return lambda: group(name, *parts)

    def moment(at, date, time):
        return leaf(date, at and at[0]), leaf(time, at and at[1])

    def organisation(o):
        get = o.get
        return nest("efac:Organization", nest(
            "efac:Company", leaf("cbc:WebsiteURI", get("web")), nest("cac:PartyIdentification", leaf("cbc:ID", get("key"), ' schemeName="organization"')),
            nest("cac:PartyName", leaf("cbc:Name", get("name"))),
            nest("cac:PostalAddress", leaf("cbc:StreetName", get("street")), leaf("cbc:CityName", get("city")), leaf("cbc:PostalZone", get("post")),
                 nest("cac:Country", leaf("cbc:IdentificationCode", get("country")))),
            nest("cac:PartyLegalEntity", leaf("cbc:CompanyID", get("id"))),
            nest("cac:Contact", leaf("cbc:Name", get("person")), leaf("cbc:Telephone", get("phone")), leaf("cbc:ElectronicMail", get("email")))))

    def project(p):
        cpv = p.get("cpv") or []
        amount, currency = p.get("estimate") or (None, None)
        value, unit = p.get("duration") or (None, None)
        return nest(
            "cac:ProcurementProject", leaf("cbc:ID", "X-1" if p.get("own") else None, ' schemeName="ExternalID"'), leaf("cbc:ID", p.get("own"), ' schemeName="InternalID"'),
            leaf("cbc:Name", p.get("name") or p.get("title")), leaf("cbc:Description", p.get("content")),
            leaf("cbc:ProcurementTypeCode", "bus" if p.get("category") else None, ' listName="transport-service"'),
            leaf("cbc:ProcurementTypeCode", p.get("category"), ' listName="contract-nature"'),
            nest("cac:RequestedTenderTotal", leaf("cbc:EstimatedOverallContractAmount", amount, f' currencyID="{currency}"')),
            *(nest("cac:MainCommodityClassification", leaf("cbc:ItemClassificationCode", code)) for code in cpv),
            nest("cac:RealizedLocation", nest("cac:Address", leaf("cbc:CountrySubentityCode", p.get("region")))),
            nest("cac:PlannedPeriod", leaf("cbc:StartDate", p.get("start")), leaf("cbc:EndDate", p.get("end")), leaf("cbc:DurationMeasure", value, f' unitCode="{unit}"')))

    def lot_of(p):
        return nest(
            "cac:ProcurementProjectLot", leaf("cbc:ID", p["id"], ' schemeName="Lot"'),
            nest("cac:TenderingTerms",
                 nest("cac:CallForTendersDocumentReference", nest("cac:Attachment", nest("cac:ExternalReference", leaf("cbc:URI", p.get("documents"))))),
                 nest("cac:TenderRecipientParty", leaf("cbc:EndpointID", p.get("submission")))),
            nest("cac:TenderingProcess", leaf("cbc:SubmissionMethodCode", "post" if p.get("electronic") else None, ' listName="other-submission"'),
                 leaf("cbc:SubmissionMethodCode", p.get("electronic"), ' listName="esubmission"'),
                 nest("cac:TenderSubmissionDeadlinePeriod", *moment(p.get("deadline"), "cbc:EndDate", "cbc:EndTime")),
                 nest("cac:OpenTenderEvent", *moment(p.get("opening"), "cbc:OccurrenceDate", "cbc:OccurrenceTime"),
                      nest("cac:OccurenceLocation", leaf("cbc:Description", p.get("place"))))),
            project(p))

    body = [
        nest("ext:UBLExtensions", nest("ext:UBLExtension", nest("ext:ExtensionContent", nest("efext:EformsExtension", nest(
            "efac:Organizations", *map(organisation, n["organisations"])))))),
        leaf("cbc:ID", "OJ-17", ' schemeName="ojs-notice-id"'), leaf("cbc:ID", n["id"], ' schemeName="notice-id"'), leaf("cbc:ContractFolderID", n["folder"]),
        *moment(n["at"], "cbc:IssueDate", "cbc:IssueTime"), leaf("cbc:VersionID", n["version"]), leaf("cbc:NoticeTypeCode", n["type"]),
        nest("cac:ContractingParty", nest("cac:Party", nest("cac:PartyIdentification", leaf("cbc:ID", n["buyer"])))),
        nest("cac:TenderingProcess", leaf("cbc:ProcedureCode", n.get("procedure"))), project(n), *map(lot_of, n["lots"])]
    for part in body:
        part()
    names = {"": "ContractNotice-2", "cac": "CommonAggregateComponents-2", "cbc": "CommonBasicComponents-2", "ext": "CommonExtensionComponents-2"}
    declared = "".join(f' xmlns{":" + p if p else ""}="{UBL}{v}"' for p, v in names.items())
    declared += f' xmlns:efext="{EFORMS}s/1" xmlns:efac="{EFORMS}-aggregate-components/1"'
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', f"<ContractNotice{declared}>", *lines, "</ContractNotice>", ""])


def at(pair):
    """Date and time with one offset as RFC 3339."""
    return f"{pair[0][:10]}T{pair[1]}" if pair else ""


def in_china(pair):
    if not pair:
        return ""
    moment = datetime.datetime.fromisoformat(at(pair).replace("Z", "+00:00"))
    return moment.astimezone(datetime.timezone(datetime.timedelta(hours=8))).strftime("%Y%m%d%H%M%S")


def facts_of(n):
    """All facts of a notice: where a reader of the canonical record and of the province's document must find a value."""
    rows = []

    def fact(words, place, value, kind="text", target="canonical"):
        rows.append((words if value else f"{words}: none", target, place, kind if value else "text", value or ""))

    def identifier(words, place, value, scheme):
        fact(words, place + "/value" if value else place, value)
        if value:
            fact(f"{words}: scheme", place + "/scheme", scheme, "code")

    def money(words, place, pair):
        if not pair:
            return fact(words, place, "")
        fact(words, place + "/value", pair[0], "decimal")
        for name, value in (("currency", pair[1]), ("receivedUnit", pair[1]), ("kind", "total")):
            fact(f"{words}: {name}", f"{place}/{name}", value, "code")

    def classified(words, place, p):
        for number, code in enumerate(p.get("cpv") or []):
            fact(f"{words}: CPV {number + 1}", f"{place}/classification/codes/{number}", code)
        fact(f"{words}: classified by", f"{place}/classification" + ("/scheme" if p.get("cpv") else ""), "CPV" if p.get("cpv") else "", "code")
        identifier(f"{words}: place", f"{place}/region", p.get("region"), "NUTS")

    def contact(words, place, o):
        for name, key in (("person", "person"), ("phone", "phone"), ("email", "email")):
            fact(f"{words}: {name}", f"{place}/contact/{name}", o.get(key))

    first, buyer = n["lots"][0], next(o for o in n["organisations"] if o["key"] == n["buyer"])
    for words, place, value in (("notice id", "/businessKey", n["id"]), ("procedure id", "/orderingKey", n["folder"]), ("version", "/version", n["version"])):
        fact(words, place, value, target="message")
    fact("issued", "/sourceTime", at(n["at"]), "instant", "message")
    fact("notice id", "/source/recordKey", n["id"])
    fact("version", "/source/version", n["version"])
    fact("issued", "/source/recordedAt", at(n["at"]), "instant")
    fact("published when issued", "/publishedAt", at(n["at"]), "instant")
    identifier("procedure id", "/tenderProject/code", n["folder"], "OTHER")
    fact("buyer's own number", "/tenderProject/selfCode", n.get("own"))
    fact("title", "/title", n["title"])
    fact("description", "/content", n.get("content"))
    fact("no change notice, so a normal one", "/nature", "normal", "code")
    fact(f"{n['type']} is a tender notice", "/bulletinType", "tender-notice", "code")
    modes = {"open": "open", "restricted": "restricted", "neg-w-call": "negotiated-with-call", "comp-dial": "competitive-dialogue", "innovation": "innovation-partnership"}
    fact(f"procedure {n.get('procedure')}", "/tenderMode", modes.get(n.get("procedure"), ""), "code")
    fact("nature of the contract", "/procurementCategory", n.get("category"), "code")
    classified("notice", "", n)
    money("estimate", "/estimate", n.get("estimate"))
    fact("documents of the first lot", "/document/url", first.get("documents"))
    fact("deadline of the first lot", "/bid/deadline", at(first.get("deadline")), "instant")
    fact("where tenders go", "/bid/submissionUrl", first.get("submission"))
    fact("electronic submission", "/bid/electronicSubmission", first.get("electronic"), "code")
    fact("opening of the first lot", "/bid/openingAt", at(first.get("opening")), "instant")
    fact("place of the opening", "/bid/openingPlace", first.get("place"))
    fact("buyer", "/tenderer/name", buyer["name"])
    identifier("buyer's number", "/tenderer/identifier", buyer.get("id"), "OTHER")
    fact("buyer's street", "/tenderer/address", buyer.get("street"))
    contact("buyer", "/tenderer", buyer)
    for number, o in enumerate(n["organisations"]):
        place, words = f"/organisations/{number}", f"organisation {number + 1}"
        for name, key in (("key", "key"), ("name", "name"), ("address", "street"), ("city", "city"), ("postalCode", "post"), ("country", "country"), ("website", "web")):
            fact(f"{words}: {name}", f"{place}/{name}", o.get(key))
        identifier(f"{words}: number", f"{place}/identifier", o.get("id"), "OTHER")
        contact(words, place, o)
    units = {"DAY": "day", "WEEK": "week", "MONTH": "month", "YEAR": "year"}
    for number, p in enumerate(n["lots"]):
        place, words = f"/sections/{number}", f"lot {number + 1}"
        identifier(words, f"{place}/code", p["id"], "OTHER")
        for name, key in (("selfCode", "own"), ("name", "name"), ("content", "content")):
            fact(f"{words}: {name}", f"{place}/{name}", p.get(key))
        classified(words, place, p)
        fact(f"{words}: begins", f"{place}/plannedStart", (p.get("start") or "")[:10])
        fact(f"{words}: ends", f"{place}/plannedEnd", (p.get("end") or "")[:10])
        value, unit = p.get("duration") or ("", "")
        fact(f"{words}: duration", f"{place}/duration" + ("/value" if value else ""), value, "decimal")
        if value:
            fact(f"{words}: duration in {unit}", f"{place}/duration/unit", units[unit], "code")
        money(f"{words}: estimate", f"{place}/estimate", p.get("estimate"))
    sent = {"DATA_KEY": n["id"], "DATA_TIMESTAMP": in_china(n["at"]), "TENDER_PROJECT_CODE": n["folder"], "TENDER_CODE": n.get("own"), "NOTICE_NAME": n["title"],
            "NOTICE_CONTENT": n.get("content"), "NOTICE_SEND_TIME": in_china(n["at"]), "NOTICE_NATURE": "1", "BULLETIN_TYPE": "1",
            "BID_SECTION_CODES": ";".join(p["id"] for p in n["lots"]), "BID_DOC_REFER_END_TIME": in_china(first.get("deadline")), "BID_OPEN_TIME": in_china(first.get("opening")),
            "BID_URL": first.get("submission"), "TENDERER_NAME": buyer["name"], "TENDERER_CODE": buyer.get("id"), "TENDERER_ADDRESS": buyer.get("street"),
            "TENDERER_CONTACTOR": buyer.get("person"), "TENDERER_PHONE_NUMBER": buyer.get("phone"), "TENDERER_EMAIL": buyer.get("email"),
            "PROJECT_CODE": "", "UNIFIED_DEAL_CODES": "", "NOTICE_MEDIA": "", "URL": "", "DOC_PRICE": "", "TENDER_AGENCY_NAME": "", "PLATFORM_CODE": "", "BULLETIN_DUTY": ""}
    for element, value in sent.items():
        fact(f"sent as {element}", f"/GCJS_NOTICE/{element}", value, "code" if element in ("NOTICE_NATURE", "BULLETIN_TYPE") else "text", "provincial")
    return rows


def write():
    for name, n, note, blanks in (
            ("eforms-04-quay-twelve-currencies", QUAY, "Every element that is read is there; twelve lots in twelve currencies; elements of other schemes stand before those that are meant.", False),
            ("eforms-05-meals-light-regime", MEALS, "Light regime, negotiated procedure, supplies; organisations of which only the names are known.", False),
            ("eforms-06-dialogue", DIALOGUE, "Competitive dialogue; two lots of which one says no more than its number.", False),
            ("eforms-07-bare", BARE, "Nothing that can be left out is there.", False),
            ("eforms-08-ramps-blanks", TRIAL, "Innovation partnership; no-break, wide and plain blanks around every text.", True),
            ("eforms-09-roof-open", REPAIR, "Open procedure; tenders must come electronically.", False)):
        write_case(name, {"notice.xml": render(n, blanks).encode()}, note, channel="eforms", sender="eforms", deliveries={"provincial": "delivered"}, facts=facts_of(n))
