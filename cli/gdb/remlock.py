"""remlock.py - gdb on a replay: stops at preemptions and at the violation, and steps by scheduling points.

`remlock replay --gdb FILE` starts gdb with this file, which lies beside explanation.json, the story of the same replay.
"""
import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import inferior  # noqa: E402
import story  # noqa: E402
from session import Session  # noqa: E402

NOISE = "[Thread debugging using", "Using host libthread_db"
FAULTS = "SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL"
HELP = """remlock tasks            every task: its state, where it stands in the source, what it waits for
remlock step [N]         to the next scheduling point, of whatever task, N times
remlock next [N]         to the next scheduling point of the task that runs
remlock to TASK@POINT    to a scheduling point, as replay files and `remlock explain` number them
remlock preemption       to the next preemption; `continue` stops there, too
remlock violation        to the violation
remlock task NAME        the stack of a task; `remlock task NAME COMMAND` does COMMAND there: info locals, up, ...
remlock lock             the count of the lock, and who holds it
remlock trace [N]        the N steps around this one (20), or `all`
remlock help             this

A stop is before the operation takes effect, in the frame of the code that does it. gdb's own commands work: break FILE:LINE,
print, up, finish; `next` and `step` first go back to that code. `bt -no-filters` also shows the scheduler. Code is optimised a
little: a variable may be <optimized out>, and lines may come in another order."""


# ---------------------------------------------------------------------------------------------------- breakpoints


class Hook(gdb.Breakpoint):
    def __init__(self, function, hear):
        super().__init__(function, internal=True)
        self.silent = True
        self.hear = hear

    def stop(self):
        return self.hear()


def on_stop(event):
    """A signal of the code under test is the violation, seen by gdb before remlock can tell."""
    if isinstance(event, gdb.SignalEvent) and event.stop_signal in FAULTS and not session.fault and session.started:
        session.fault = True
        session.reason = "violation"
    elif isinstance(event, gdb.BreakpointEvent) and not all(isinstance(one, Hook) for one in event.breakpoints):
        session.reason = ""
    session.goal = None
    session.inferior.watch(inferior.PREEMPTIONS)
    if session.reason:
        session.show()
        session.reason = ""
    elif session.started:
        session.look_around()


def on_exit(event):
    session.tell_end(getattr(event, "exit_code", None))


def check_alive():
    if session.over:
        raise gdb.GdbError("the replay is over; `run` starts it again")


def go(goal, what=inferior.EVENTS):
    """Runs to a goal and stops there, or at a breakpoint of the user's, or at the violation."""
    check_alive()
    session.goal = goal
    session.inferior.watch(what)
    session.reason = ""
    gdb.execute("continue")


class OnlyTheirs:
    """A frame filter: of the scheduler above the code under test and below its tasks nothing is shown."""

    name, enabled, priority = "remlock", True, 100
    site = None  # of the task that is looked at, when it is not the running one

    def filter(self, frames):
        frames = list(frames)
        task = session.inferior.task(session.inferior.running)
        site = self.site or (task.site if task is not None else None)
        ours = "debugger_", "scheduler_debugger_", "scheduler_violate"
        first = next((index for index, frame in enumerate(frames) if frame.inferior_frame().pc() == site), None)
        if first is None:
            first = next((index for index, frame in enumerate(frames) if not str(frame.function()).startswith(ours)), 0)
        last = next((index for index, frame in enumerate(frames) if frame.function() == "fiber_body"), len(frames))
        return iter(frames[first:last] if first < last else frames)


def in_sight_of(task, command):
    only_theirs.site = task.site
    try:
        gdb.execute(command)
    finally:
        only_theirs.site = None


# ------------------------------------------------------------------------------------------------------- commands


class Command(gdb.Command):
    """One command by a function of its argument; its text is what `help` shows."""

    def __init__(self, name, does, prefix=False):
        self.__doc__ = does.__doc__
        super().__init__("remlock" + (" " + name if name else ""), gdb.COMMAND_RUNNING, gdb.COMPLETE_NONE, prefix)
        self.does = does

    def invoke(self, argument, from_tty):
        self.does(argument.strip())


def count_of(argument):
    try:
        count = int(argument or "1")
    except ValueError:
        count = 0
    if count < 1:
        raise gdb.GdbError("'%s' is no number of steps" % argument)
    return count


def times(count, fits):
    """A goal: the count-th event that fits."""
    left = [count]

    def goal(event, running, preempted):
        left[0] -= bool(fits(event, running))
        return left[0] == 0

    return goal


def command_step(argument):
    """Goes on to the next scheduling point of any task: remlock step [N]"""
    go(times(count_of(argument), lambda event, running: True))


def command_next(argument):
    """Goes on to the next scheduling point of the same task: remlock next [N]"""
    task = session.inferior.running
    go(times(count_of(argument), lambda event, running: running == task))


def command_preemption(argument):
    """Goes on to the next preemption."""
    go(None, inferior.PREEMPTIONS)


def command_violation(argument):
    """Goes on to the violation."""
    go(None, inferior.VIOLATIONS)


def command_to(argument):
    """Goes on to a scheduling point: remlock to TASK@POINT"""
    name, _, point = argument.partition("@")
    if not point.isdigit():
        raise gdb.GdbError("say remlock to TASK@POINT, as in `remlock to io@4`")
    trace = session.story.trace
    ahead = [index for index in range(session.inferior.event + 1, len(trace))
             if story.is_step(trace[index]) and trace[index]["task"] == name and trace[index]["point"] == int(point)]
    if not ahead:
        raise gdb.GdbError("%s does not come any more; `remlock trace all` shows what does" % argument)
    go(lambda event, running, preempted: event == ahead[0])


def state_of(task):
    if task.number == session.inferior.running:
        return "running"
    if task.state == "ready":
        return "ready" if task.stands or task.started else "not started"
    return task.state


def command_tasks(argument):
    """Shows every task: its state, where it stands in the source, what it waits for."""
    check_alive()
    for task in session.inferior.tasks:
        if task.hidden:
            continue
        name, state = session.name(task.number), state_of(task)
        mark = "*" if state == "running" else " "
        if state in ("ended", "not started", "held"):
            print("%s %-12s %s" % (mark, name, state))
            continue
        doing = session.story.operation_of(name, session.inferior.event)
        if state == "waiting":
            last = session.story.last_of(name, session.inferior.event)
            does = story.operation(last) if last is not None else "waits"
        elif state == "running" and not session.before:
            does = "after " + story.operation(session.story.last_of(name, session.inferior.event))
        else:
            does = "before " + session.stands_before(name, session.inferior.event)
        print("%s %-12s %-8s %s@%d %s%s  %s" %
              (mark, name, state, name, task.point, does, "  [%s]" % doing if doing else "", session.where(task)))


def command_task(argument):
    """Shows the stack of a task, or does a command of gdb there: remlock task NAME [COMMAND]"""
    check_alive()
    name, _, command = argument.partition(" ")
    if not name:
        raise gdb.GdbError("say which one: remlock task NAME [COMMAND]; `remlock tasks` lists them")
    task = session.find_task(name)
    if state_of(task) in ("ended", "not started", "held"):
        raise gdb.GdbError("%s has no stack: %s" % (name, state_of(task)))
    running = session.inferior.task(session.inferior.running)
    inferior.in_task(task, running, lambda: in_sight_of(task, command.strip() or "bt"))


def command_lock(argument):
    """Shows the count of each remove lock, and who holds what."""
    check_alive()
    for name, value in session.story.counts(session.inferior.event).items():
        print("%s = %d" % (name, value))
    print(session.inferior.holders.rstrip() or "nobody holds anything")


def command_trace(argument):
    """Shows the steps around this one: remlock trace [N|all]"""
    trace, event = session.story.trace, session.inferior.event
    around = 2 * len(trace) if argument == "all" else count_of(argument or "20")
    for index in range(max(0, event - around // 2), min(len(trace), event + around // 2 + 1)):
        print("%s %s" % ("=>" if index == event else "  ", story.line(trace[index])))


def command_help(argument):
    """Tells about all of these commands."""
    print(HELP)


def make_commands():
    Command("", command_help, prefix=True)
    for name in ("tasks", "step", "next", "preemption", "violation", "to", "task", "lock", "trace", "help"):
        Command(name, globals()["command_" + name])


# ---------------------------------------------------------------------------------------------------------- start


def leave_scheduler():
    """Before gdb's own `next` and `step`: from a stop of ours back into the code that does the operation."""
    task = session.inferior.task(session.inferior.running)
    if task is None or gdb.newest_frame().name() != "scheduler_debugger_event" or not inferior.select_site(task.site):
        return
    pointer = int(gdb.selected_frame().read_register("rsp"))
    gdb.execute("tbreak *%d if (unsigned long)$rsp == %d" % (task.site, pointer), to_string=True)
    session.inferior.watch(inferior.VIOLATIONS)
    gdb.execute("continue", to_string=True)


def start():
    for setting in ("confirm off", "pagination off", "breakpoint pending on", "print thread-events off",
                    "print inferior-events off", "debuginfod enabled off"):
        try:
            gdb.execute("set " + setting, to_string=True)
        except gdb.error:
            pass  # an older gdb
    Hook("scheduler_debugger_begin", session.hear_begin)
    Hook("scheduler_debugger_event", session.hear_event)
    Hook("scheduler_debugger_violation", session.hear_violation)
    gdb.events.stop.connect(on_stop)
    gdb.events.exited.connect(on_exit)
    make_commands()
    gdb.frame_filters[only_theirs.name] = only_theirs
    for name in ("next", "step"):
        gdb.execute("define hook-%s\npython leave_scheduler()\nend" % name)
    session.tell_beginning()
    said = gdb.execute("run", to_string=True)
    print("".join(line + "\n" for line in said.splitlines() if line.strip() and not line.startswith(NOISE)), end="")


session = Session(os.path.join(os.path.dirname(os.path.abspath(__file__)), "explanation.json"))
only_theirs = OnlyTheirs()
start()
