# What the mapping of formats.py does to a notice, for jq -c: split and join, no regular expressions.
def trim: split(" ") | map(select(. != "")) | join(" ");
def required: if . == "" then error("a required field is empty") else . end;
def time: "\(.[0:4])-\(.[4:6])-\(.[6:8])T\(.[8:10]):\(.[10:12]):\(.[12:14])+08:00";
{
  source: { recordKey: .DATA_KEY | trim | required, recordedAt: .DATA_TIMESTAMP | time },
  tenderProject: { code: { scheme: "CN-TENDER-PROJECT", value: .TENDER_PROJECT_CODE | trim | required } },
  title: .NOTICE_NAME | trim | required,
  content: .NOTICE_CONTENT | trim,
  nature: $nature[.NOTICE_NATURE],
  bulletinType: $type[.BULLETIN_TYPE],
  publishedAt: .NOTICE_SEND_TIME | time,
  media: .NOTICE_MEDIA | split(";") | map(trim),
  document: { price: { value: .DOC_PRICE | trim, currency: "CNY", receivedUnit: "元", kind: "total" } },
  bid: { deadline: .BID_DOC_REFER_END_TIME | time },
  tenderer: {
    name: .TENDERER_NAME | trim | required, address: .TENDERER_ADDRESS | trim, contact: { person: .TENDERER_CONTACTOR | trim }
  },
  agency: { name: .TENDER_AGENCY_NAME | trim, address: .TENDER_AGENCY_ADDRESS | trim }
}
