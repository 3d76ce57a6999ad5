#!/usr/bin/env python3
"""Checks workflows for GitHub as far as that can be done without it: check_workflows.py REPOSITORY [FILE...].

They are YAML of the structure that GitHub wants; rights are as few as can be; actions are pinned to a major version; jobs have a
time limit; artefacts have names that every system can have; and what a step runs is a script of ours that is there.
Exit status: 0 all good, 1 not, 77 no PyYAML.
"""
import os
import re
import sys

try:
    import yaml
except ImportError:
    print("PyYAML is not installed: skipped")
    sys.exit(77)

TRIGGERS = {"push", "pull_request", "schedule", "workflow_dispatch", "workflow_call", "merge_group"}
TOP_KEYS = {"name", "on", "permissions", "concurrency", "jobs", "env", "defaults", "run-name"}
JOB_KEYS = {"name", "runs-on", "timeout-minutes", "permissions", "steps", "needs", "if", "env", "strategy", "container", "outputs"}
STEP_KEYS = {"name", "id", "uses", "with", "run", "env", "if", "shell", "working-directory", "continue-on-error", "timeout-minutes"}
RIGHTS = {"contents", "security-events", "actions", "checks", "pull-requests", "issues", "packages", "id-token", "pages"}
WRITABLE = {"security-events"}
ACTION = re.compile(r"^[\w.-]+/[\w./-]+@(v\d+|[0-9a-f]{40})$")
ARTEFACT = re.compile(r"^[A-Za-z0-9._-]+$")
CRON = re.compile(r"^(\S+ ){4}\S+$")


class Checker:
    def __init__(self, root):
        self.root = root
        self.problems = []
        self.place = ""

    def problem(self, text):
        self.problems.append(f"{self.place}: {text}")

    def keys(self, mapping, known, what):
        for key in mapping:
            if key not in known:
                self.problem(f"{what} has an unknown key '{key}'")

    def permissions(self, rights, what):
        if not isinstance(rights, dict):
            self.problem(f"{what}: permissions should name rights one by one, not '{rights}'")
            return
        for right, value in rights.items():
            if right not in RIGHTS or value not in ("read", "write", "none"):
                self.problem(f"{what}: '{right}: {value}' is no right")
            elif value == "write" and right not in WRITABLE:
                self.problem(f"{what}: may write '{right}', which nothing here needs")

    def triggers(self, triggers):
        names = [triggers] if isinstance(triggers, str) else list(triggers or [])
        if not names:
            self.problem("'on' names nothing that starts it")
        for name in names:
            if name == "pull_request_target":
                self.problem("pull_request_target gives strangers' code our rights")
            elif name not in TRIGGERS:
                self.problem(f"'on' has an unknown event '{name}'")
        if isinstance(triggers, dict):
            for entry in triggers.get("schedule") or []:
                if not CRON.match(str(entry.get("cron", ""))):
                    self.problem(f"'{entry.get('cron')}' is no cron line")

    def run(self, command):
        for line in str(command).strip().split("\n"):
            if re.search(r"\$\{\{.*\}\}", line):
                self.problem(f"'{line}' puts an expression into a shell command; hand it over by env")
            script = line.split()[0] if line.split() else ""
            if not (script.startswith("scripts/") or script == ".ci/run"):
                self.problem(f"'{line}' calls no script of ours")
                continue
            path = os.path.join(self.root, script)
            if not os.path.isfile(path):
                self.problem(f"{script} does not exist")
            elif not os.access(path, os.X_OK):
                self.problem(f"{script} cannot be executed")

    def uses(self, step):
        action, inputs = step["uses"], step.get("with") or {}
        if not ACTION.match(str(action)):
            self.problem(f"'{action}' is not pinned to a major version or commit")
        if str(action).startswith("actions/upload-artifact@"):
            if not ARTEFACT.match(str(inputs.get("name", ""))):
                self.problem(f"'{inputs.get('name')}' is no good name for an artefact")
            if "path" not in inputs:
                self.problem("an artefact without path")
        if str(action).startswith("actions/checkout@") and inputs.get("persist-credentials") is not False:
            self.problem("checkout should not leave its token behind (persist-credentials: false)")
        if str(action).startswith("actions/cache") and ("key" not in inputs or "path" not in inputs):
            self.problem("a cache wants key and path")

    def step(self, step):
        if not isinstance(step, dict):
            self.problem("a step that is no mapping")
            return
        self.keys(step, STEP_KEYS, "a step")
        if ("uses" in step) == ("run" in step):
            self.problem("a step wants either 'uses' or 'run'")
        elif "uses" in step:
            self.uses(step)
        else:
            self.run(step["run"])

    def job(self, name, job):
        if not isinstance(job, dict):
            self.problem(f"job {name} is no mapping")
            return
        self.keys(job, JOB_KEYS, f"job {name}")
        for key in ("runs-on", "steps", "timeout-minutes"):
            if not job.get(key):
                self.problem(f"job {name} has no {key}")
        if "permissions" in job:
            self.permissions(job["permissions"], f"job {name}")
        for step in job.get("steps") or []:
            self.step(step)

    def workflow(self, path):
        self.place = os.path.relpath(path, self.root)
        try:
            with open(path, encoding="utf-8") as file:
                document = yaml.safe_load(file)
        except yaml.YAMLError as error:
            self.problem(f"is no YAML: {error}")
            return
        if not isinstance(document, dict):
            self.problem("is no mapping")
            return
        if True in document:  # what YAML 1.1 makes of "on"
            document["on"] = document.pop(True)
        self.keys(document, TOP_KEYS, "the workflow")
        for key in ("name", "on", "permissions", "jobs"):
            if key not in document:
                self.problem(f"has no '{key}'")
        self.triggers(document.get("on"))
        self.permissions(document.get("permissions", {}), "the workflow")
        if not isinstance(document.get("jobs"), dict):
            self.problem("'jobs' is no mapping")
            return
        for name, job in document["jobs"].items():
            self.job(name, job)


def main():
    root = os.path.abspath(sys.argv[1])
    files = sys.argv[2:]
    if not files:
        folder = os.path.join(root, ".github", "workflows")
        files = sorted(os.path.join(folder, name) for name in os.listdir(folder))
    checker = Checker(root)
    for path in files:
        checker.workflow(path)
    for problem in checker.problems:
        print(problem)
    print(f"{len(files)} workflows, {len(checker.problems)} problems")
    return 1 if checker.problems or not files else 0


if __name__ == "__main__":
    sys.exit(main())
