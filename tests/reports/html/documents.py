"""Report documents for the tests of the page: made by the command, and made up."""

import json
import os
import subprocess

HOSTILE = ("</script><script>document.title='owned'</script><!-- <img src=x onerror=alert(1)> \" onfocus=alert(1) autofocus ' & "
           "\u2028 \u202e \U0001f512 {{script}} %s")
CONTROL = "a\x01b\x1bc\x7fd"


class Maker:
    """Runs the command, and the program that makes pages of documents."""

    def __init__(self, remlock, page, folder, source):
        self.remlock, self.page, self.folder, self.source = remlock, page, folder, source

    def report(self, name, *replays):
        """The page that the command makes of replays."""
        path = os.path.join(self.folder, name + ".html")
        subprocess.run([self.remlock, "report", *replays, "--format", "html", "-o", path, "--quiet", "--source-root", self.source],
                       check=True, cwd=self.source, timeout=300)
        return path

    def document(self, *replays):
        """The document that the command makes of replays."""
        done = subprocess.run([self.remlock, "report", *replays, "--format", "json", "--quiet", "--source-root", self.source],
                              check=True, cwd=self.source, timeout=300, stdout=subprocess.PIPE)
        return json.loads(done.stdout)

    def write(self, name, document):
        """The page of a document."""
        path = os.path.join(self.folder, name + ".html")
        with open(path, "wb") as file:
            subprocess.run([self.page], input=json.dumps(document).encode(), stdout=file, check=True, timeout=300)
        return path


def empty():
    """Nothing was looked at, and nothing found."""
    return {"remlock": "0", "document": "report", "format": 1, "title": "Nothing", "created": "2024-01-01T00:00:00Z",
            "command": "remlock report", "findings": [], "replays": [], "sources": {}}


def campaign(document):
    """A document with a campaign: eight hours, one subject found at once, one late, one never."""
    subjects = [{"name": "lock:m0%d" % number, "summary": "a wrong lock", "correct": False, "executions": 10 ** (number + 3),
                 "seconds": 60.5 * number, "slices": number, "coverage": 40 * number, "findings": 1,
                 "first": {"finding": "deadlock", "executions": 10 ** number, "elapsed": number}} for number in range(1, 7)]
    subjects.append({"name": "lock", "summary": "the lock as it should be", "correct": True, "executions": 123456789,
                     "seconds": 7200, "slices": 9, "coverage": 300, "findings": 0, "first": None})
    series = [{"elapsed": 60 * minute, "executions": 1000000 * minute, "coverage": int(900 * (1 - 0.98 ** minute)),
               "findings": min(6, minute // 50)} for minute in range(481)]
    engines = [{"name": name, "slices": 40, "seconds": 3600, "executions": 10 ** 8, "findings": 2, "failed": failed}
               for name, failed in (("search", 0), ("builtin", 0), ("libfuzzer", 1), ("afl++", 0))]
    seen = {"first": "2024-01-01T00:00:10Z", "last": "2024-01-01T07:00:00Z", "sightings": 17, "state": "confirmed",
            "attempts": 10, "reproduced": 10, "executions": 4321, "elapsed": 10.5, "engine": "search", "configuration": "memory=sc"}
    document["campaign"] = {"started": "2024-01-01T00:00:00Z", "ended": "2024-01-01T08:00:00Z", "elapsed": 28800, "jobs": 4,
                            "executions": 480000000, "limit": 28800, "interrupted": False, "canary_alive": True,
                            "subjects": subjects, "engines": engines, "series": series,
                            "trouble": ["a slice of libfuzzer ended early: the disk was full for 3 s"]}
    for finding in document["findings"]:
        finding["seen"] = seen
    return document


def hostile(document):
    """The same document with text in every string that wants to be something else."""
    def spoil(json_value, key=""):
        if isinstance(json_value, dict):
            return {name: spoil(value, name) for name, value in json_value.items()}
        if isinstance(json_value, list):
            return [spoil(value, key) for value in json_value]
        kept = ("task", "fingerprint", "kind", "operation", "finding", "outcome", "name", "before", "after", "path")
        return HOSTILE + CONTROL if isinstance(json_value, str) and key not in kept else json_value
    return spoil(document)


def long_one(events):
    """An execution of many steps of two tasks that take turns."""
    trace, rows = [], []
    for step in range(1, events + 1):
        trace.append({"step": step, "task": "one" if step // 7 % 2 else "two", "point": step, "operation": "atomic add",
                      "name": "InterlockedIncrement", "object": "counter" if step % 3 else "other", "before": "0x%x" % step,
                      "after": "0x%x" % (step + 1), "values": "%d → %d" % (step, step + 1), "preempted": False,
                      "pending": False, **({"reads_from": step - 1} if step > 1 else {})})
    rows.append({"kind": "operation", "task": "one", "text": "run", "first": 1, "last": 1})
    rows.append({"kind": "folded", "task": None, "text": "%d more steps" % (events - 2), "first": 2, "last": events - 1})
    rows.append({"kind": "step", "task": "two", "text": "the last", "first": events, "last": events})
    finding = {"subject": "long", "finding": "livelock", "routine": "-", "sentence": "It goes on for ever.", "message": "",
               "meaning": "no end", "windows": "", "remedy": "end it", "fingerprint": "0123456789abcdef", "replay": "remlock 1\n",
               "file": "long.replay", "commands": {"replay": "remlock replay long.replay"}, "task": "two", "place": "",
               "program": [{"name": "one", "operations": ["run"]}, {"name": "two", "operations": ["run"]}], "preemptions": 2,
               "trace": trace, "rows": rows, "locks": [], "frames": [], "violation": events}
    return dict(empty(), title="Long", findings=[finding])
