"""Reads web pages with Python's HTML parser, and says what they are made of.

Prints, for each file named as an argument, a JSON object a line: `parts`, every tag with the names of
its attributes; `wrong`, what no page of ours may hold, such as event handlers and scripts that the policy
does not name by their hashes.
"""

import base64
import hashlib
import html.parser
import json
import sys


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.parts = set()
        self.wrong = []
        self.script = None
        self.policy = ""
        self.runs = False

    def handle_starttag(self, tag, attrs):
        names = dict(attrs)
        self.parts.add(" ".join([tag, *sorted(names)]))
        for name, value in attrs:
            value = (value or "").strip().lower()
            if name.startswith("on"):
                self.wrong.append(f"{tag} has {name}")
            is_icon = tag == "link" and value.startswith("data:image/svg+xml,")
            is_place = name in ("href", "src", "action", "formaction", "srcdoc")
            if is_place and not is_icon and not value.startswith("#"):
                self.wrong.append(f"{tag} has {name}={value[:40]}")
            if name == "style" and "url(" in value:
                self.wrong.append(f"{tag} has a style with an address")
        if tag == "script":
            self.script = ""
            self.runs = names.get("type") != "application/json"
        if tag == "meta" and names.get("http-equiv", "").lower() == "content-security-policy":
            self.policy = names.get("content", "")

    def handle_endtag(self, tag):
        if tag != "script" or self.script is None:
            return
        if self.runs:
            digest = base64.b64encode(hashlib.sha256(self.script.encode()).digest()).decode()
            if f"'sha256-{digest}'" not in self.policy:
                self.wrong.append("a script that runs and is not named by the policy")
        else:
            json.loads(self.script)
        self.script = None

    def handle_data(self, data):
        if self.script is not None:
            self.script += data

    def handle_comment(self, data):
        self.wrong.append(f"a comment: {data[:40]}")


for path in sys.argv[1:]:
    page = Page()
    with open(path, encoding="utf-8") as file:
        page.feed(file.read())
    page.close()
    if "default-src 'none'" not in page.policy:
        page.wrong.append("no Content-Security-Policy without network")
    print(json.dumps({"parts": sorted(page.parts), "wrong": page.wrong}))
