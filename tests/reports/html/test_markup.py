"""The page as a file: what is in it without any browser, so that every machine and every sanitizer looks at it.

Usage: test_markup.py REMLOCK PAGE SOURCE
"""

import base64
import hashlib
import html.parser
import json
import re
import sys
import tempfile

import documents

VOID = {"meta", "link", "br", "col", "input", "line", "circle", "polyline"}
SECTIONS = ["What went wrong", "Where", "How it happened", "What Windows would say", "How to fix it", "How to replay it"]


class Page(html.parser.HTMLParser):
    """Reads a page and complains about whatever is not closed."""

    def __init__(self, path):
        super().__init__(convert_charrefs=True)
        with open(path, encoding="utf-8") as file:
            self.whole = file.read()
        self.open_elements, self.ids, self.texts, self.elements = [], [], [], []
        self.feed(self.whole)
        self.close()
        assert self.open_elements == [], "not closed: %s" % self.open_elements

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.elements.append((tag, attributes))
        if "id" in attributes:
            nameless = attributes["id"].startswith("finding--") or attributes["id"] == "finding-"
            assert nameless or attributes["id"] not in self.ids, "%s stands twice" % attributes["id"]
            self.ids.append(attributes["id"])
        if tag not in VOID:
            self.texts.append((tag, attributes, []))
            self.open_elements.append((tag, self.texts[-1][2]))

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open_elements and self.open_elements[-1][0] == tag, "%s ends %s" % (tag, self.open_elements[-3:])
        self.open_elements.pop()

    def handle_data(self, data):
        for _, parts in self.open_elements:
            parts.append(data)

    def of(self, tag, **wanted):
        """The texts of all elements of that kind."""
        return ["".join(parts) for name, attributes, parts in self.texts
                if name == tag and all(attributes.get(key) == value for key, value in wanted.items())]


def check_policy(page):
    """The policy allows this style and this script and nothing else; nothing is loaded or inline."""
    policy = [one["content"] for tag, one in page.elements if tag == "meta" and one.get("http-equiv") == "Content-Security-Policy"]
    assert len(policy) == 1 and policy[0].startswith("default-src 'none'"), policy
    for tag in ("style", "script"):
        texts = re.findall("<%s>(.*?)</%s>" % (tag, tag), page.whole, re.S)
        assert len(texts) == 1, "%d elements %s" % (len(texts), tag)
        digest = base64.b64encode(hashlib.sha256(texts[0].encode()).digest()).decode()
        assert "%s-src 'sha256-%s'" % (tag, digest) in policy[0], "the policy does not allow the %s" % tag
    for tag, attributes in page.elements:
        assert not any(name.startswith("on") or name in ("src", "style", "action") for name in attributes), (tag, attributes)
        assert attributes.get("href", "#").startswith("#"), attributes


def check_links(page):
    """Whatever a link leads to is there."""
    for _, attributes in page.elements:
        if "href" in attributes:
            assert attributes["href"][1:] in page.ids, attributes


def check_data(page, document):
    """The data are those of the document."""
    data = [json.loads(text) for text in page.of("script", **{"class": "data"})]
    assert len(data) == len(document["findings"])
    for one, other in zip(data, document["findings"]):
        assert one["fingerprint"] == other["fingerprint"] and len(one["trace"]) == len(other["trace"])


def check(path, document):
    """What holds for every page."""
    page = Page(path)
    check_policy(page)
    check_links(page)
    check_data(page, document)
    assert page.of("h3")[-6:] == SECTIONS or not document["findings"], page.of("h3")
    return page


def main(arguments):
    """Fails by an assertion."""
    with tempfile.TemporaryDirectory(prefix="remlock-markup-") as folder:
        maker = documents.Maker(arguments[0], arguments[1], folder, arguments[2])
        document = maker.document("corpus/regressions/lock/m15-event-touched-after-wake.replay",
                                  "corpus/regressions/driver/op-cancel-race.replay")
        page = check(maker.write("plain", document), document)
        assert len(page.of("tr", **{"class": "violation"})) == 2
        check(maker.write("campaign", documents.campaign(json.loads(json.dumps(document)))), document)
        check(maker.write("long", documents.long_one(3000)), documents.long_one(3000))
        check(maker.write("empty", documents.empty()), documents.empty())
        spoilt = documents.hostile(documents.campaign(json.loads(json.dumps(document))))
        page = check(maker.write("hostile", spoilt), spoilt)
        assert not [tag for tag, _ in page.elements if tag == "img"]
        assert sum(documents.HOSTILE in text for text in page.of("p", **{"class": "sentence"})) == 2
        Page(maker.write("nothing", {}))
        for wrong in (None, [], "text", {"findings": [None, 1, {}, {"rows": [1], "program": "x", "trace": {}}], "campaign": {"series": [1, 2, 3]}}):
            Page(maker.write("wrong", wrong))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
