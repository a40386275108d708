"""How check.py reads notices of local system A: without the product, with xmllint for the schema."""

import datetime
import pathlib
import re
import subprocess
import xml.etree.ElementTree as ET

from identifiers import is_credit_code, is_deal_code, is_investment_code

SOURCE_XSD = pathlib.Path(__file__).resolve().parents[2] / "Schemas/local-a/tender-notice.xsd"
CREDIT = {"TENDERER_CODE", "TENDER_AGENCY_CODE", "PLATFORM_CODE", "PUB_SERVICE_PLAT_CODE"}


def decode(content):
    """The text of a payload by its byte order mark or declaration."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "UTF-16", content.decode("utf-16")
    if content[:3] == b"\xef\xbb\xbf":
        return "UTF-8 with mark", content.decode("utf-8-sig")
    name = re.match(rb'<\?xml[^>]*encoding="([^"]+)"', content).group(1).decode()
    return name.upper(), content.decode(name)


def tree(text):
    return ET.fromstring(re.sub(r"^<\?xml.*?\?>", "", text))


def leaves(element, prefix=""):
    """(place, text) of every leaf; sections without their number."""
    for child in element:
        if len(child):
            yield from leaves(child, child.tag + "/")
        else:
            yield prefix + child.tag, (child.text or "").strip()


def lint(path, schema=SOURCE_XSD, content=None):
    """The lines at which xmllint finds the schema violated, in a file or in bytes; None when the document cannot be parsed."""
    done = subprocess.run(["xmllint", "--noout", "--nonet", "--schema", str(schema), "-" if path is None else str(path)], input=content, capture_output=True)
    if done.returncode not in (0, 3):
        return None
    return sorted({int(n) for n in re.findall(rb":(\d+): element \w+: Schemas validity error", done.stderr)})


def check_identifiers(name, root, fail):
    for place, text in leaves(root):
        tag = place.rsplit("/", 1)[-1]
        if tag in CREDIT and not is_credit_code(text):
            fail(name, f"{tag} {text} fails its check")
        if tag == "UNIFIED_DEAL_CODE" and not is_deal_code(text):
            fail(name, f"{tag} {text} fails its check")
        if tag == "UNIFIED_DEAL_CODES" and not all(map(is_deal_code, text.split(";"))):
            fail(name, f"{tag} {text} fails its check")
        if tag == "INVEST_PROJECT_CODE" and not is_investment_code(text):
            fail(name, f"{tag} {text} fails its check")
        if re.search("_TIME$|TIMESTAMP$", tag) and tag != "LIMITE_TIME":
            try:
                datetime.datetime.strptime(text, "%Y%m%d%H%M%S")
            except ValueError:
                fail(name, f"{tag} {text} is no time")
    project = (root.findtext("PROJECT_CODE") or "").strip()
    tender = root.findtext("TENDER_PROJECT_CODE").strip()
    if project and not tender.startswith(project):
        fail(name, "tender project code does not begin with the project code")
    for section in root.iter("SECTION"):
        if not section.findtext("BID_SECTION_CODE").strip().startswith(tender):
            fail(name, "section code does not begin with the tender project code")
