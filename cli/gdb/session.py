"""session.py - where the execution is, what it runs for, and what is said when it stops."""
import gdb

import inferior
import story


def counted(number, what):
    return "%d %s%s" % (number, what, "" if number == 1 else "s")


class Session:
    """Where the execution is, and what it runs for."""

    def __init__(self, path):
        self.story = story.Story(path)
        self.inferior = inferior.Inferior()
        self.begin()

    def begin(self):
        self.goal = lambda event, running, preempted: True  # None: the next preemption
        self.reason = ""  # why it stands where it stands: "step", "preemption", "violation"
        self.fault = False  # the violation is a signal that gdb has shown
        self.started = self.over = False
        self.before = True  # the running task stands before its step, not behind it

    # ------------------------------------------------------------------------------------------- hearing

    def hear_begin(self):
        self.begin()
        self.inferior.check()
        self.inferior.watch(inferior.EVENTS)
        return False

    def hear_event(self):
        """Called at every step; true to stop."""
        event, running, interrupted = self.inferior.peek()
        self.started = True
        preempted = interrupted != inferior.NOBODY
        if self.goal is not None:
            stops = self.goal(event, running, preempted)
        else:
            stops = preempted
        if stops:
            self.reason = "preemption" if preempted else "step"
        return stops

    def hear_violation(self):
        if self.fault or not self.story.all["finding"]:
            return False
        self.reason = "violation"
        return True

    def name(self, number):
        task = self.inferior.task(number)
        if task is None:
            return "nobody"
        return task.plain_name if number < len(self.story.all["program"]) else "%s#%d" % (task.plain_name, number)

    def find_task(self, name):
        matches = [task for task in self.inferior.tasks if not task.hidden and self.name(task.number) == name]
        matches = matches or [task for task in self.inferior.tasks if not task.hidden and task.plain_name == name]
        if not matches:
            known = ", ".join(self.name(task.number) for task in self.inferior.tasks if not task.hidden)
            raise gdb.GdbError("no task '%s' yet; there are: %s" % (name, known))
        return matches[0]

    # ------------------------------------------------------------------------------------------- telling

    def where(self, task):
        """FUNCTION (FILE:LINE) of a task."""
        entry = self.story.next_of(self.name(task.number), self.inferior.event)
        if task.state == "waiting":
            entry = self.story.last_of(self.name(task.number), self.inferior.event)
        if entry is not None and entry.get("file"):
            function, place = entry["function"], story.place(entry)
        else:
            function, place = inferior.place_of(task.site)
        return " ".join(part for part in (function, "(%s)" % place if place else "") if part)

    def stands_before(self, name, event):
        entry = self.story.next_of(name, event)
        return story.operation(entry) if entry is not None and entry["point"] else "its start" if entry else "its end"

    def tell_preemption(self):
        number = self.inferior.interrupted
        task, name = self.inferior.task(number), self.name(number)
        total = max(self.story.all["preemptions"], self.inferior.preemptions)
        print("preemption %d of %d: %s is interrupted at %s@%d, before %s" %
              (self.inferior.preemptions, total, name, name, task.point, self.stands_before(name, self.inferior.event)))
        print("  %s stands in %s" % (name, self.where(task)))
        print("  %s goes on" % self.name(self.inferior.running))

    def tell_step(self):
        entry = self.story.entry(self.inferior.event)
        if entry is None:
            print("step %d: %s" % (self.inferior.event, self.name(self.inferior.running)))
            return
        print("step %d of %d: %s" % (self.story.step_number(self.inferior.event), self.story.steps(), story.line(entry)))

    def tell_violation(self):
        told = self.story.all
        routine = "" if told["routine"] in ("", "-") else " in " + told["routine"]
        print("violation: %s%s" % (told["finding"], routine))
        print("  " + told["sentence"])
        if self.inferior.running == inferior.NOBODY:
            print("  no task runs: `remlock tasks` shows where they stand")

    def show(self):
        """Tells about a stop of ours and selects the frame it is about."""
        self.inferior.look()
        if self.reason == "violation":
            self.tell_violation()
        else:
            if self.inferior.interrupted != inferior.NOBODY:
                self.tell_preemption()
            self.tell_step()
        self.before = self.reason != "violation"
        task = self.inferior.task(self.inferior.running)
        if task is None or self.fault:
            return
        place = "" if self.before else self.story.all["place"]
        if inferior.select_site(task.site) or inferior.select_place(place):
            gdb.execute("frame")

    def look_around(self):
        """At a stop of the user's: who is it that runs?"""
        self.inferior.look()
        self.before = False
        entry = self.story.entry(self.inferior.event)
        if entry is not None:
            print("task %s, after step %d: %s" % (entry["task"], self.story.step_number(self.inferior.event), story.line(entry)))

    def tell_beginning(self):
        told = self.story.all
        print("remlock: %s, %s, %s, %s; %s" %
              (told["subject"], counted(len(told["program"]), "task"), counted(told["preemptions"], "preemption"),
               counted(self.story.steps(), "step"), told["finding"] or "clean"))
        print("`continue` goes to the next preemption, then to the violation; `remlock help` tells the rest")

    def tell_end(self, code):
        if code is None or self.over:
            return  # killed, with gdb
        self.over = True
        if self.story.all["finding"] is None and code == 0:
            print("clean: the replay ended without a finding")
        elif code == 1:
            print("over: the replay ended with its finding, %s" % self.story.all["finding"])
        else:
            print("over: the replay ended with exit status %s" % code)
