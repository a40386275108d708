#!/usr/bin/env python3
"""Sends records through every other door of the demonstration's gateway: files in folders (XML, CSV, a workbook), pages that it asks for, and
SOAP calls, and a notice with an attachment; waits for the end of each, and writes down what it was told, for the count.

    doors.py --demo .demo --cases Tests/Recordings --gateway https://127.0.0.1:8440 --program .build/debug/tenderbridge --config FILE

The records are notices and penalties of the recordings under new numbers. Each door gets good and bad ones; it is checked that all good
ones were accepted, in their order, and that each bad one was refused with a finding in Chinese and English in the report beside the
file, or in the SOAP answer. Standard library only.
"""

import argparse
import csv
import hashlib
import io
import json
import pathlib
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
import xml.etree.ElementTree as ElementTree
import zipfile
from xml.sax.saxutils import escape

PER_DOOR = 12
BAD = {5, 9}
PENALTY_BASE = {"local-b-penalty-files": 7100, "local-b-penalty-books": 7200}


class Failed(Exception):
    """A door that did not do what it promises."""


class Doors:
    def __init__(self, options):
        self.options = options
        self.demo, self.cases = pathlib.Path(options.demo), pathlib.Path(options.cases)
        self.tls = ssl.create_default_context(cafile=str(self.demo / "pki/ca.pem"))
        self.until = time.monotonic() + options.wait_seconds

    def key(self, sender):
        return (self.demo / f"credentials/{sender}-key").read_text(encoding="utf-8").strip()

    def ask(self, path, sender, body=None, headers=None):
        """Status and body of a request to the data listener."""
        request = urllib.request.Request(self.options.gateway + path, data=body, headers=headers or {})
        request.add_header("Authorization", f"Bearer {self.key(sender)}")
        try:
            with urllib.request.urlopen(request, context=self.tls, timeout=30) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def wait(self, what, body):
        """Asks until the body gives something."""
        while True:
            found = body()
            if found:
                return found
            if time.monotonic() > self.until:
                raise Failed(f"{what} did not come within {self.options.wait_seconds} s")
            time.sleep(0.2)

    # What is sent

    def notice_xml(self, number, is_good):
        text = (self.cases / "good-24-village-hall/notice.xml").read_text(encoding="utf-8").split("?>", 1)[1].strip()
        text = text.replace("9001503202606020000024", f"90015032026060299{number:05d}")
        return text if is_good else text.replace("石桥村文化礼堂修缮工程招标公告", "", 1)

    def notice_json(self, number, is_good):
        notice = json.loads((self.cases / "json-01-school-as-a/notice.json").read_text(encoding="utf-8-sig"))
        notice["dataKey"] = f"90015032026050499{number:05d}"
        if not is_good:
            notice["notice"]["title"] = ""
        return notice

    def penalty_rows(self, channel):
        text = (self.cases / self.options.penalty / "penalty.csv").read_bytes().decode("gb18030")
        rows = list(csv.reader(io.StringIO(text, newline="")))
        head, explained, first = rows[0], rows[1], rows[2]
        place = head.index("行政处罚决定书文号")
        made = []
        for number in range(1, PER_DOOR + 1):
            row = list(first)
            row[place] = f"演罚字〔2026〕{PENALTY_BASE[channel] + number}号"
            if number in BAD:
                row[head.index("处罚机关")] = ""
            made.append(row)
        return [head, explained, *made]

    # The doors

    def drop(self, channel, name, content):
        """Writes a file beside the folder and renames it into place."""
        folder = self.demo / "inbox" / channel
        (folder / f"{name}.part").write_bytes(content)
        (folder / f"{name}.part").rename(folder / name)

    def taken(self, channel, name):
        """Checks the report of a file."""
        report = self.demo / "inbox" / channel / "done" / f"{name}.report.json"
        self.wait(f"the report of {name}", report.exists)
        told = json.loads(report.read_text(encoding="utf-8"))
        refused = told["refusedRecords"]
        if told["accepted"] != PER_DOOR - len(BAD) or {row["record"] for row in refused} != BAD:
            raise Failed(f"{name}: {told['accepted']} accepted, refused {[row['record'] for row in refused]}, expected all but {sorted(BAD)}")
        if not all(finding["text"] and finding["textZh"] for row in refused for finding in row["findings"]):
            raise Failed(f"{name}: a refused record without a reason in both languages")
        if not (self.demo / "inbox" / channel / "refused" / told["refusedRecordsFile"]).exists():
            raise Failed(f"{name}: the refused records are not collected")

    def numbers(self):
        return range(1, PER_DOOR + 1)

    def files(self):
        notices = "\n".join(self.notice_xml(100 + number, number not in BAD) for number in self.numbers())
        self.drop("local-a-files", "notices.xml", f"<?xml version='1.0' encoding='UTF-8'?>\n<NOTICES>\n{notices}\n</NOTICES>\n".encode())
        text = io.StringIO(newline="")
        csv.writer(text).writerows(self.penalty_rows("local-b-penalty-files"))
        self.drop("local-b-penalty-files", "penalties.csv", text.getvalue().encode("gb18030"))
        self.drop("local-b-penalty-books", "penalties.xlsx", workbook(self.penalty_rows("local-b-penalty-books")))
        self.taken("local-a-files", "notices.xml")
        self.taken("local-b-penalty-files", "penalties.csv")
        self.taken("local-b-penalty-books", "penalties.xlsx")

    def pages(self):
        half = PER_DOOR // 2
        for page, first in enumerate((1, half + 1)):
            rows = [self.notice_json(200 + number, number not in BAD) for number in range(first, first + half)]
            text = json.dumps({"data": {"rows": rows, "next": str(page + 1)}}, ensure_ascii=False)
            draft = self.demo / f"pages/{page}.draft"
            draft.write_text(text, encoding="utf-8")
            # The second page before the first one names it.
            draft.rename(self.demo / f"pages/{page}.held")
        (self.demo / "pages/2.json").write_text('{"data": {"rows": [], "next": "2"}}', encoding="utf-8")
        for page in (1, 0):
            (self.demo / f"pages/{page}.held").rename(self.demo / f"pages/{page}.json")

    def soap(self):
        for number in self.numbers():
            document = self.notice_xml(300 + number, number not in BAD)
            arguments = ["local-a", self.key("local-a"), f"SN{number:06d}", "TENDER_ANN_QUA_INQUERY_ANN", document, "2026-06-02 09:30:00", "1.0", str(number), "12440100TE2T00053B"]
            fields = "".join(f"<arg{place}>{escape(value)}</arg{place}>" for place, value in enumerate(arguments))
            envelope = ("<soapenv:Envelope xmlns:soapenv='http://schemas.xmlsoap.org/soap/envelope/'><soapenv:Body>"
                        f"<ws:receiveInfo xmlns:ws='http://pspde.example'>{fields}</ws:receiveInfo></soapenv:Body></soapenv:Envelope>")
            status, body = self.ask("/v1/channels/local-a-upload/soap", "local-a", envelope.encode(), {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""'})
            answer = {element.tag.rsplit("}", 1)[-1]: element.text or "" for element in ElementTree.fromstring(body).iter()}
            expected = "422" if number in BAD else "0"
            if status != 200 or answer.get("errorCode") != expected or (number in BAD and "必填" not in answer.get("errorMessage", "")):
                raise Failed(f"SOAP call {number}: HTTP {status}, {answer.get('errorCode')} {answer.get('errorMessage')}")

    def attachment(self):
        """A tender document beside its notice: handed in first, named by the message, read back whole; a digest that nobody handed in refuses."""
        content = b"%PDF-1.7\n" + bytes(range(256)) * 4096
        status, body = self.ask("/v1/channels/local-a/attachments", "local-a", content, {"Content-Type": "application/pdf"})
        told = json.loads(body)
        digest = hashlib.sha256(content).hexdigest()
        if status != 201 or told["sha256"] != digest or told["bytes"] != len(content):
            raise Failed(f"handing in an attachment: HTTP {status} {body[:300]}")
        headers = {"Content-Type": "application/xml", "TenderBridge-Attachments": "sha256=" + "0" * 64}
        status, body = self.ask("/v1/channels/local-a/messages", "local-a", self.notice_xml(401, True).encode(), headers)
        if status != 422 or b"attachment.unknown" not in body:
            raise Failed(f"an unknown attachment: HTTP {status} {body[:300]}")
        headers["TenderBridge-Attachments"] = f'sha256={digest};name="tender.pdf"'
        document = self.notice_xml(401, True).encode()
        status, body = self.ask("/v1/channels/local-a/messages", "local-a", document, headers)
        if status != 202:
            raise Failed(f"a notice with an attachment: HTTP {status} {body[:300]}")
        message = json.loads(body)["id"]
        status, body = self.ask(f"/v1/attachments/{digest}", "local-a")
        if status != 200 or body != content:
            raise Failed(f"reading the attachment back: HTTP {status}, {len(body)} bytes")
        self.wait(f"the end of message {message}", lambda: self.settled(message, "local-a"))
        print(f"  {'local-a':<24} a notice with an attachment of {len(content)} bytes accepted and delivered, one with an unknown digest refused")
        return {"case": "attachment", "status": 202, "messageId": message, "orderingKey": "attachment", "sequenceInKey": 1,
                "sha256": hashlib.sha256(document).hexdigest()}

    # What came of it

    def accepted(self):
        """Accepted messages of these channels in the order of the evidence: channel -> [(business key, message id, digest)]."""
        found = {}
        lines = subprocess.run([self.options.program, "evidence", "export", "--config", self.options.config], check=True, capture_output=True).stdout
        for line in lines.decode().splitlines():
            content = json.loads(line).get("content") or {}
            content = json.loads(content) if isinstance(content, str) else content
            if content.get("event") == "message.accepted":
                found.setdefault(content["channel"], []).append((content["businessKey"], content["message"], content.get("payloadSha256")))
        return found

    def settled(self, message, sender):
        status, body = self.ask(f"/v1/messages/{message}", sender)
        return status == 200 and json.loads(body).get("state") == "settled"

    def run(self):
        self.files()
        self.pages()
        self.soap()
        doors = {"local-a-files": "local-a", "local-b-penalty-files": "local-b", "local-b-penalty-books": "local-b", "local-b-pages": "local-b",
                 "local-a-upload": "local-a"}
        good = PER_DOOR - len(BAD)
        found = self.wait("all good records", lambda: (lambda all_: all_ if all(len(all_.get(name, [])) >= good for name in doors) else None)(self.accepted()))
        rows = []
        for channel, sender in doors.items():
            keys = [key for key, _, _ in found[channel]]
            if len(keys) != good or keys != sorted(keys) or len(set(keys)) != good:
                raise Failed(f"{channel}: {len(keys)} accepted of {good}, or not in order: {keys}")
            for number, (key, message, digest) in enumerate(found[channel], 1):
                self.wait(f"the end of message {message}", lambda message=message: self.settled(message, sender))
                # The notices are all of one tender project, and each penalty is by itself.
                lane = (key, 1) if channel in PENALTY_BASE else (channel, number)
                rows.append({"case": f"{channel} {number}", "status": 202, "messageId": message, "orderingKey": lane[0], "sequenceInKey": lane[1],
                             "sha256": digest})
            print(f"  {channel:<24} {good} accepted in order and delivered, {len(BAD)} refused with their reasons")
        rows.append(self.attachment())
        with open(self.options.out, "a", encoding="utf-8") as sent:
            sent.writelines(json.dumps(row) + "\n" for row in rows)


def workbook(rows):
    """A workbook with one sheet of inline texts, as other programs than ours write it."""
    def cell(column, row, text):
        name = ""
        while column:
            column, rest = divmod(column - 1, 26)
            name = chr(65 + rest) + name
        return f'<c r="{name}{row}" t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>' if text else ""

    body = "".join(f'<row r="{number}">' + "".join(cell(place, number, text) for place, text in enumerate(row, 1)) + "</row>" for number, row in enumerate(rows, 1))
    main, package = "http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://schemas.openxmlformats.org/package/2006"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
                               '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
                               '<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets><sheet name="处罚" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{body}</sheetData></worksheet>',
    }
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n' + text)
    return made.getvalue()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("demo", "cases", "gateway", "program", "config", "out"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--penalty", default="csv-01-collusion-line-ends-in-a-field", help="recording whose penalty is used")
    parser.add_argument("--wait-seconds", type=int, default=120)
    try:
        Doors(parser.parse_args()).run()
    except Failed as failure:
        print(f"doors: {failure}", file=sys.stderr)
        sys.exit(1)


main()
