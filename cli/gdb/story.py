"""story.py - the execution as `remlock explain --json` tells it: the same trace, with the names of things.

The replay is deterministic, so what a task will do at its next point is known as well.
"""
import json


def is_step(entry):
    return "note" not in entry and not entry["pending"]


class Story:
    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            self.all = json.load(file)["explanation"]
        self.trace = self.all["trace"]

    def entry(self, event):
        return self.trace[event] if 0 <= event < len(self.trace) else None

    def steps(self):
        return sum(1 for entry in self.trace if is_step(entry))

    def step_number(self, event):
        """How many steps there were up to this one, itself counted."""
        return sum(1 for entry in self.trace[: event + 1] if is_step(entry))

    def next_of(self, name, event):
        """What the task does next, at its event `event` or later; None when it does nothing any more."""
        for entry in self.trace[max(event, 0) :]:
            if entry["task"] == name and "note" not in entry:
                return entry
        return None

    def last_of(self, name, event):
        for entry in reversed(self.trace[: event + 1]):
            if entry["task"] == name and "note" not in entry:
                return entry
        return None

    def operation_of(self, name, event):
        """The operation of the program that the task is in."""
        for entry in reversed(self.trace[: event + 1]):
            if entry["task"] == name and entry.get("note", "").startswith("> "):
                return entry["note"][2:]
        return ""

    def counts(self, event):
        """Name and value of every count of a lock, as it stands before `event`."""
        found = {}
        for entry in self.trace[: max(event, 0)]:
            if entry.get("object", "").endswith("IoCount") and "after" in entry:
                found[entry["object"]] = int(entry["after"], 16)
        return found


def number(value):
    number = int(value, 16)
    return str(number) if number < 1 << 16 else hex(number)


def operation(entry):
    """"InterlockedDecrement IoCount": what a step does."""
    text = entry["name"]
    if entry["operation"] == "wait":
        text = "waits in " + text
    return text + (" " + entry["object"] if entry["object"] else "")


def values(entry):
    if "before" not in entry:
        return ""
    before, after = number(entry["before"]), number(entry["after"])
    return " = " + before if before == after else ": %s -> %s" % (before, after)


def place(entry):
    if not entry.get("file"):
        return ""
    return "%s:%d" % (entry["file"], entry["line"])


def point(entry):
    return "%s@%d" % (entry["task"], entry["point"]) if entry["point"] else entry["task"]


def line(entry):
    """A step as a line of `remlock trace`."""
    if "note" in entry:
        return "%-12s # %s" % (entry["task"], entry["note"])
    flags = "  (was interrupted before)" if entry["preempted"] else ""
    flags += "  (never done)" if entry["pending"] else ""
    where = place(entry)
    return "%-12s %s%s%s%s" % (point(entry), operation(entry), values(entry), "  " + where if where else "", flags)
