#!/usr/bin/env python3
"""Looks at the reports of many replays in every format, as the programs do that read them.

check_formats.py REMLOCK MAKE_CAMPAIGN SOURCE_ROOT. Exit status 77 when Python's jsonschema is missing.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.parse
import xml.etree.ElementTree

try:
    import jsonschema
except ImportError:
    print("python3-jsonschema is missing")
    sys.exit(77)

REMLOCK, MAKE_CAMPAIGN, ROOT = (os.path.abspath(argument) for argument in sys.argv[1:4])
failures = 0


def check(condition, what):
    global failures
    if not condition:
        failures += 1
        print("FAILED:", what)


def remlock(*arguments, folder):
    environment = dict(os.environ, SOURCE_DATE_EPOCH="1000000000")
    run = subprocess.run([REMLOCK, *arguments], cwd=folder, env=environment, capture_output=True, timeout=240)
    check(run.returncode == 0, f"{' '.join(arguments)}: exit status {run.returncode}: {run.stderr.decode()}")
    return run.stdout.decode()


def validator(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


DOCUMENT, SARIF = validator("docs/report.schema.json"), validator("tests/reports/sarif.schema.json")


def conforms(what, which, json_document):
    for error in list(which.iter_errors(json_document))[:5]:
        check(False, f"{what}: {'/'.join(map(str, error.path))}: {error.message[:300]}")


# ---------------------------------------------------------------------------------------------------------- cases

LOCK = """remlock 1
subject lock:m07-no-wait-for-one
program
  io: acquire A; release A
  pnp: remove
schedule
  io@3 -> pnp
expect use-after-free IoReleaseRemoveLockEx
"""

RACE = """#include <pthread.h>
static int counter;
static void *work(void *argument)
{
    counter++;
    return argument;
}
int main(void)
{
    pthread_t one, other;
    pthread_create(&one, 0, work, 0);
    pthread_create(&other, 0, work, 0);
    pthread_join(one, 0);
    return pthread_join(other, 0);
}
"""

DEADLOCK = """#include <pthread.h>
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static void *take(void *argument)
{
    pthread_mutex_lock(&lock);
    return argument;
}
int main(void)
{
    pthread_t other;
    pthread_mutex_lock(&lock);
    pthread_create(&other, 0, take, 0);
    return pthread_join(other, 0);
}
"""

CRASH = """__attribute__((constructor)) static void first(void) { __builtin_trap(); }
int main(void) { return 0; }
"""

HANG = """int main(void) { for (;;) { __asm__ volatile(""); } }
"""

PROGRAM = """remlock 1
subject ./{name}.so
config {settings}
program
  main: run
expect {expectation}
"""


def write(folder, name, text):
    with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
        file.write(text)


def make_project(folder):
    """One of everything that can come of a replay."""
    os.makedirs(folder)
    shutil.copy(os.path.join(ROOT, "drivers/zoo/z08-freed-before-wait.c"), os.path.join(folder, "driver.c"))
    for name, text in (("race", RACE), ("deadlock", DEADLOCK), ("crash", CRASH), ("hang", HANG)):
        write(folder, name + ".c", text)
    for name in ("driver", "race", "deadlock", "crash", "hang"):
        remlock("build", "--quiet", name + ".c", "-o", name + ".so", folder=folder)
    with open(os.path.join(ROOT, "corpus/regressions/driver/z08-freed-before-wait.replay"), encoding="utf-8") as file:
        write(folder, "driver.replay", re.sub("subject .*", "subject ./driver.so", file.read()))
    write(folder, "lock.replay", LOCK)
    write(folder, "clean.replay", re.sub("expect.*", "expect clean", LOCK.replace(":m07-no-wait-for-one", "")))
    diverged = LOCK.replace("io@3", "io@300").replace("m07-no-wait-for-one", "p02-signal-on-every-release")
    write(folder, "diverged.replay", diverged)
    write(folder, "malformed.replay", LOCK.replace("release A", "relaese A"))
    write(folder, "race.replay", PROGRAM.format(name="race", settings="races=c11", expectation="data-race -"))
    deadlock = PROGRAM.format(name="deadlock", settings="races=off", expectation="deadlock pthread_mutex_lock")
    write(folder, "deadlock.replay", deadlock)
    write(folder, "crash.replay", PROGRAM.format(name="crash", settings="races=off", expectation="deadlock -"))
    write(folder, "hang.replay", PROGRAM.format(name="hang", settings="races=off", expectation="livelock -"))
    # Names that formats have to escape, each in its way.
    odd = os.path.join(folder, "odd % names\x01")
    os.makedirs(odd)
    shutil.copy(os.path.join(ROOT, "corpus/regressions/lock/p02-signal-on-every-release.replay"),
                os.path.join(odd, "<ü>&\"':\x1b[1m\n%41.replay"))


OUTCOMES = {
    "lock": "as-expected", "driver": "as-expected", "clean": "as-expected", "race": "as-expected", "deadlock": "as-expected",
    "diverged": "diverged",
    "malformed": "malformed", "crash": "crashed", "hang": "timed-out",
}

# ---------------------------------------------------------------------------------------------------------- the document


def check_document(document, folder):
    conforms("json", DOCUMENT, document)
    prints = [finding["fingerprint"] for finding in document["findings"]]
    check(len(prints) == len(set(prints)), "each problem is told once")
    for finding in document["findings"]:
        name = finding["subject"] + " " + finding["finding"]
        for step in finding.get("trace", []):
            check("path" not in step or step["path"] in document["sources"], f"{name}: {step.get('path')} has no lines")
        place = finding.get("source")
        if place:
            with open(os.path.join(folder, place["file"]), encoding="utf-8") as file:
                lines = file.read().split("\n")
            shown = document["sources"][place["file"]]
            check(1 <= place["line"] <= len(lines), f"{name}: there is no line {place}")
            check(shown["lines"][place["line"] - shown["first"]] == lines[place["line"] - 1], f"{name}: another line")
        check(not any(re.search(r"^/", step.get("path", "")) for step in finding.get("trace", [])), f"{name}: absolute path")


def check_explanations(folder, names):
    """What `remlock explain --json` says is the same, but for paths, which are whole there."""
    for name in names:
        told = json.loads(remlock("explain", "--json", name, folder=folder))
        explanation = told["explanation"]
        check(told["command"] == "explain" and told["outcome"] == "as-expected", f"explain {name}: {told.get('outcome')}")
        places = [explanation["source"], *explanation.get("frames", []), *explanation["trace"]]
        places += [frame for stack in explanation["stacks"] for frame in stack["frames"]]
        for place in places:
            check(place.get("path", "/").startswith("/"), f"explain {name}: a relative path: {place.get('path')}")
            place["path"] = place.get("path", "/?")[1:]
        explanation["source"] = {"file": explanation["source"]["path"], "line": explanation["source"]["line"]}
        explanation.update(fingerprint="0" * 16, outcome="as-expected", replay="", others=[],
                           commands={"replay": "", "explain": "", "gdb": "", "minimize": ""})
        finding = jsonschema.Draft7Validator({"$ref": "#/definitions/finding", "definitions": DOCUMENT.schema["definitions"]})
        conforms(f"explain {name}", finding, explanation)


# ---------------------------------------------------------------------------------------------------------- SARIF


def strings(value):
    if isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)
    elif isinstance(value, str):
        yield value


def artifact_locations(value):
    if isinstance(value, dict):
        if "uri" in value:
            yield value
        for item in value.values():
            yield from artifact_locations(item)
    elif isinstance(value, list):
        for item in value:
            yield from artifact_locations(item)


def check_flow(name, result, finding):
    orders = []
    for flow in result["codeFlows"][0]["threadFlows"]:
        own = [location["executionOrder"] for location in flow["locations"]]
        check(own == sorted(own), f"{name}: executionOrder of {flow['id']} goes down")
        check(all(finding["trace"][order - 1]["task"] == flow["id"] for order in own), f"{name}: steps of another task")
        orders += own
    check(len(orders) == len(set(orders)), f"{name}: executionOrder twice")
    check(sorted(orders) == list(range(1, len(finding["trace"]) + 1)), f"{name}: steps are missing")
    ids = [flow["id"] for flow in result["codeFlows"][0]["threadFlows"]]
    check(len(ids) == len(set(ids)), f"{name}: a task twice")
    weights = {location["executionOrder"]: location["importance"] for flow in result["codeFlows"][0]["threadFlows"]
               for location in flow["locations"]}
    for step in finding["trace"]:
        if step.get("preempted"):
            check(weights[step["step"]] == "essential", f"{name}: an interruption is no side issue")


def check_sarif(log, document, folder):
    conforms("sarif", SARIF, log)
    run = log["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    check(len({rule["id"] for rule in rules}) == len(rules), "sarif: a rule twice")
    check(len(run["results"]) == len(document["findings"]), "sarif: a result for each finding")
    for result, finding in zip(run["results"], document["findings"]):
        name = finding["subject"] + " " + finding["finding"]
        check(rules[result["ruleIndex"]]["id"] == result["ruleId"] == finding["finding"], f"{name}: another rule")
        check(result["partialFingerprints"]["remlock/v1"] == finding["fingerprint"], f"{name}: another fingerprint")
        physical = result["locations"][0]["physicalLocation"]
        uri, line = urllib.parse.unquote(physical["artifactLocation"]["uri"]), physical["region"]["startLine"]
        wanted = finding.get("source", {"file": finding["file"], "line": 1})
        check((uri, line) == (wanted["file"], wanted["line"]), f"{name}: at {uri}:{line}")
        check(("codeFlows" in result) == ("trace" in finding), f"{name}: an interleaving, where there is one")
        if "trace" in finding:
            check_flow(name, result, finding)
        judged = (finding["outcome"] in ("as-expected", "not-as-expected")
                  and finding.get("seen", {}).get("state") != "unreproducible")
        check(result["level"] == ("error" if judged else "warning"), f"{name}: level {result['level']}")
    for location in artifact_locations(run):
        path = urllib.parse.unquote(location["uri"])
        check(os.path.exists(os.path.join(folder, path)), f"sarif: {path} does not exist")
        if "index" in location:
            check(run["artifacts"][location["index"]]["location"]["uri"] == location["uri"], f"sarif: another artifact: {path}")
    check(not any(folder in text for text in strings(log)), "sarif: it says where the project lies")
    troubled = [replay for replay in document["replays"] if replay["outcome"] not in ("as-expected", "not-as-expected")]
    check(len(run["invocations"][0]["toolExecutionNotifications"]) == len(troubled), "sarif: a notification for each trouble")


# ---------------------------------------------------------------------------------------------------------- JUnit


def check_junit(text, document):
    if shutil.which("xmllint"):
        lint = subprocess.run(["xmllint", "--noout", "-"], input=text.encode(), capture_output=True, check=False)
        check(lint.returncode == 0, f"junit: {lint.stderr.decode()}")
    suites = xml.etree.ElementTree.fromstring(text)
    check(suites.tag == "testsuites", "junit: its root")
    counted = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
    outcomes = {replay["file"]: replay for replay in document["replays"]}
    for suite in suites:
        check(suite.tag == "testsuite" and suite.get("name"), "junit: a suite with a name")
        check(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", suite.get("timestamp", "")), "junit: a timestamp")
        own = {"tests": len(suite), "failures": len(suite.findall("testcase/failure")),
               "errors": len(suite.findall("testcase/error")), "skipped": 0}
        for key, number in own.items():
            check(int(suite.get(key)) == number, f"junit: {key} of {suite.get('name')}")
            counted[key] += number
        for case in suite:
            check(case.tag == "testcase" and case.get("name") and case.get("classname"), "junit: a case with names")
            check(float(case.get("time")) >= 0, "junit: a time")
            check({child.tag for child in case} <= {"failure", "error"}, "junit: what may stand in a case")
            check(all(child.get("message") and child.get("type") and child.text for child in case), "junit: a message")
    for key, number in counted.items():
        check(int(suites.get(key)) == number, f"junit: {key} of all")
    check(counted["tests"] == len(outcomes), "junit: a case for each replay")
    shown = [replay for replay in document["replays"]
             if replay["outcome"] in ("as-expected", "not-as-expected")
             and ("fingerprint" in replay or replay["outcome"] == "not-as-expected")]
    check(counted["failures"] == len(shown), "junit: a failure for each replay that shows something")
    return suites


# ---------------------------------------------------------------------------------------------------------- all


def look(folder, *arguments):
    """Explains once; the other formats are written from the document that this gave."""
    told = os.path.join(WORK, "told.json")
    remlock("report", "--format", "json", "-o", told, *arguments, "--source-root", ".", folder=folder)
    with open(told, encoding="utf-8") as file:
        document = json.load(file)
    log = json.loads(remlock("report", "--format", "sarif", told, folder=folder))
    junit = remlock("report", "--format", "junit", told, folder=folder)
    os.remove(told)
    check_document(document, folder)
    check_sarif(log, document, folder)
    return document, log, check_junit(junit, document)


def fingerprints(log):
    """Without what hangs: that is tried once."""
    return [result["partialFingerprints"] for result in log["runs"][0]["results"] if result["ruleId"] != "livelock"]


def places(log):
    return [result["locations"][0]["physicalLocation"]["region"] for result in log["runs"][0]["results"]
            if result["ruleId"] != "livelock"]


def check_project(work):
    project, moved = os.path.join(work, "project"), os.path.join(work, "moved", "elsewhere")
    title = "<t>\x07 & \"ü\" ]]>"
    make_project(project)
    document, log, junit = look(project, ".", "--time-limit", "10s", "--title", title)
    check(document["title"] == title, "json: the title")
    check(junit.get("name") == title.replace("\x07", "\ufffd"), "junit: the title, as far as XML can hold it")
    check_explanations(project, ["lock.replay", "driver.replay", "race.replay", "deadlock.replay"])
    told = {os.path.splitext(replay["file"])[0]: replay for replay in document["replays"]}
    for name, outcome in OUTCOMES.items():
        check(told[name]["outcome"] == outcome, f"{name}: {told[name]['outcome']}, expected {outcome}: {told[name]['message']}")
    found = {finding["file"]: finding for finding in document["findings"]}
    check(found["driver.replay"]["source"]["file"] == "driver.c", "the line of the driver")
    race = found["race.replay"]
    check(race["finding"] == "data-race" and race["source"]["line"] == 5, "the line of the race")
    check(found["lock.replay"]["others"] == ["malformed.replay"], "the same finding, as far as a malformed file says")
    related = [place["message"]["text"] for result in log["runs"][0]["results"] if result["ruleId"] == "use-after-free"
               for place in result.get("relatedLocations", [])]
    check(any("freed by task" in text for text in related), "sarif: where it was freed")
    # The same again, and where the project lies elsewhere now, with objects that were built where it lay.
    os.remove(os.path.join(project, "hang.replay"))
    again = json.loads(remlock("report", "--format", "sarif", ".", folder=project))
    check(fingerprints(again) == fingerprints(log), "fingerprints of a second run")
    os.makedirs(os.path.dirname(moved))
    shutil.move(project, moved)
    _, other, _ = look(moved, ".", "--title", title)
    check(fingerprints(other) == fingerprints(log), "fingerprints of a moved project")
    check(places(other) == places(log), "places of a moved project")
    # A subject that is named by its whole path is the same.
    with open(os.path.join(moved, "race.replay"), encoding="utf-8") as file:
        write(moved, "whole.replay", file.read().replace("./race.so", os.path.join(moved, "race.so")))
    whole = json.loads(remlock("report", "--format", "sarif", "whole.replay", folder=moved))
    races = [result["partialFingerprints"] for result in log["runs"][0]["results"] if result["ruleId"] == "data-race"]
    check(fingerprints(whole) == races, "the fingerprint does not hold the folder")


def check_campaign(work):
    folder = os.path.join(work, "night")
    os.makedirs(os.path.join(folder, "findings"))
    write(work, "lock.replay", LOCK)
    subprocess.run([MAKE_CAMPAIGN, folder, os.path.join(work, "lock.replay")], check=True, timeout=60)
    for name in ("lock-m07-no-wait-for-one.use-after-free", "lock-m07-no-wait-for-one.deadlock", "lock.leak"):
        write(os.path.join(folder, "findings"), name + ".IoReleaseRemoveLockEx.replay", LOCK)
    document, log, junit = look(work, "night", "--title", "A night")
    campaign = document["campaign"]
    check((campaign["started"], campaign["ended"]) == ("1970-01-01T00:16:40Z", "1970-01-01T01:24:00Z"), "its sessions")
    check((campaign["elapsed"], campaign["jobs"], campaign["limit"]) == (100, 3, 1000), "its seconds")
    check(campaign["executions"] == 5000 and campaign["interrupted"] and campaign["canary_alive"], "its executions")
    subjects = {subject["name"]: subject for subject in campaign["subjects"]}
    check(sorted(subjects) == ["lock", "lock:m07-no-wait-for-one"], "the canary is none of them")
    wrong = subjects["lock:m07-no-wait-for-one"]
    check(wrong["first"] == {"finding": "use-after-free", "executions": 1000, "elapsed": 5}, f"first: {wrong['first']}")
    check((wrong["coverage"], wrong["slices"], wrong["findings"]) == (50, 2, 1), f"the wrong lock: {wrong}")
    engines = {engine["name"]: engine for engine in campaign["engines"]}
    check(engines["builtin"] == {"name": "builtin", "slices": 2, "seconds": 38, "executions": 4000, "findings": 1, "failed": 0},
          f"builtin: {engines['builtin']}")
    check(engines["afl++"]["failed"] == 1 and "search" not in engines, "engines")
    points = [tuple(point.values()) for point in campaign["series"]]
    check(points == [(0, 0, 0, 0), (5, 0, 0, 1), (10, 1000, 50, 1), (30, 4000, 90, 1), (65, 4000, 90, 2), (70, 4500, 90, 2),
                     (75, 4500, 90, 3), (80, 5000, 110, 3), (100, 5000, 110, 3)], f"series: {points}")
    check(any("afl++ on lock failed: the target is not built" == text for text in campaign["trouble"]), "what failed")
    check(any("3 of 10" in text for text in campaign["trouble"]), "what does not come again")
    found = {finding["finding"]: finding for finding in document["findings"]}
    check(sorted(found) == ["deadlock", "leak", "use-after-free"], f"findings: {sorted(found)}")
    seen = found["use-after-free"]["seen"]
    check((seen["first"], seen["sightings"], seen["state"], seen["reproduced"], seen["engine"]) ==
          ("1970-01-01T00:16:45Z", 2, "confirmed", 10, "builtin"), f"seen: {seen}")
    check("trace" in found["use-after-free"] and "trace" not in found["leak"], "what can be shown, and what cannot")
    # The replay of this one shows another finding: that is no picture of it.
    deadlock, leak = found["deadlock"], found["leak"]
    check("trace" not in deadlock and deadlock["sentence"] == "What the campaign says of it.", "no other picture")
    check(leak["outcome"] == "malformed" and "night/findings/lock.leak" in leak["message"], "a damaged replay")
    levels = {result["ruleId"]: result["level"] for result in log["runs"][0]["results"]}
    check(levels == {"use-after-free": "error", "deadlock": "warning", "leak": "warning"}, f"levels: {levels}")
    check({result["ruleId"]: result["occurrenceCount"] for result in log["runs"][0]["results"]}["leak"] == 2, "sightings")
    check(int(junit.get("tests")) == 3, "junit: cases")
    text = remlock("report", "night", folder=work)
    for words in ("100 seconds on 3 processes, 5000 executions, interrupted", "afl++ on lock failed", "When it was seen"):
        check(words in text, f"text: {words}")


def check_empty(work):
    empty = os.path.join(work, "empty")
    os.makedirs(empty)
    document, log, junit = look(empty, ".")
    check(document["findings"] == [] and log["runs"][0]["results"] == [] and len(junit) == 0, "an empty report")


def check_corpus():
    document, log, _ = look(ROOT, "corpus/regressions")
    check(len(document["findings"]) > 100, "all regressions are in the report")
    placed = sum("source" in finding for finding in document["findings"])
    check(placed > 0.9 * len(document["findings"]), f"only {placed} findings have a line")
    check(len(log["runs"][0]["tool"]["driver"]["rules"]) > 100, "the catalogue is in the log")


def main():
    check_project(WORK)
    check_campaign(WORK)
    check_empty(WORK)
    check_corpus()
    print(f"{failures} failures" if failures else "all as expected")
    return 1 if failures else 0


with tempfile.TemporaryDirectory() as made:
    WORK = os.path.realpath(made)
    sys.exit(main())
