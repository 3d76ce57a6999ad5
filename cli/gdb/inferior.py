"""inferior.py - what the replay says to a debugger, and its suspended tasks as stacks.

The layout is that of scheduler/debugger.h; a suspended task is a context of Boost.Context on x86-64.
"""
import struct

import gdb

VERSION = 1
NOBODY = 255
STATES = ("ready", "waiting", "held", "ended")
HEAD = struct.Struct("<IIIIIIIIQQ")
EVENTS, PREEMPTIONS, VIOLATIONS = 1, 2, 3  # what to be called for
TASK = struct.Struct("<QQQQQIBBBB")
HOLDERS = 2048
# What Boost.Context saves below the stack of a task that does not run.
CONTEXT = struct.Struct("<QQQQQQQQ")
CONTEXT_REGISTERS = (None, "r12", "r13", "r14", "r15", "rbx", "rbp", "rip")
SELECTED = "rsp", "r12", "r13", "r14", "r15", "rbx", "rbp", "rip"


def address_of(symbol):
    return int(gdb.parse_and_eval("(unsigned long)&" + symbol))


def memory(address, size):
    return bytes(gdb.selected_inferior().read_memory(address, size))


def text(address, size=300):
    """A string of the inferior; the end of its mapping may come before `size`."""
    while address and size:
        try:
            return memory(address, size).split(b"\0")[0].decode(errors="replace")
        except gdb.MemoryError:
            size //= 2
    return ""


class Task:
    def __init__(self, number, fields, strings):
        (name, routine, self.context, self.site, self.waits_for, self.point, state, started, stands, hidden) = fields
        for address in (name, routine):
            if address not in strings:
                strings[address] = text(address)
        self.number = number
        self.plain_name = strings[name]
        self.routine = strings[routine]
        self.state = STATES[state]
        self.started, self.stands, self.hidden = bool(started), bool(stands), bool(hidden)


class Inferior:
    """Reads scheduler_debugger; look() anew at every stop."""

    def __init__(self):
        self.strings = {}
        self.tasks = []
        self.event = -1
        self.running = self.interrupted = NOBODY
        self.holders = ""
        self.preemptions = 0

    def watch(self, what):
        """What it stops for from now on; does nothing when there is no process any more."""
        try:
            gdb.selected_inferior().write_memory(address_of("scheduler_debugger") + 4, struct.pack("<I", what))
        except gdb.error:
            pass

    def check(self):
        version = struct.unpack("<I", memory(address_of("scheduler_debugger"), 4))[0]
        if version != VERSION:
            raise gdb.GdbError("this program speaks version %d of the debugger's table, not %d" % (version, VERSION))

    def peek(self):
        """Where it is, without the tasks: (event, running, interrupted)."""
        return HEAD.unpack(memory(address_of("scheduler_debugger"), HEAD.size))[2:5]

    def look(self):
        base = address_of("scheduler_debugger")
        (_, _, self.event, self.running, self.interrupted, count, self.preemptions, _, _, _) = HEAD.unpack(memory(base, HEAD.size))
        self.holders = text(base + HEAD.size, HOLDERS)
        table = memory(base + HEAD.size + HOLDERS, count * TASK.size)
        self.tasks = [Task(number, fields, self.strings) for number, fields in enumerate(TASK.iter_unpack(table))]

    def task(self, number):
        return self.tasks[number] if number < len(self.tasks) else None


def out_of_headers(frame):
    """Whoever uses what a header defines says more than the header."""
    while frame.type() == gdb.INLINE_FRAME and frame.find_sal().symtab is not None and frame.older() is not None:
        if not frame.find_sal().symtab.filename.endswith(".h"):
            break
        frame = frame.older()
    return frame


def select_site(site):
    """Selects the frame that is about to do the operation; the newest one when there is none."""
    frame = gdb.newest_frame()
    for _ in range(200):
        if frame is None or not site:
            break
        if frame.pc() == site:
            out_of_headers(frame).select()
            return True
        frame = frame.older()
    return False


def select_place(place):
    """Selects the newest frame at FILE:LINE."""
    frame = gdb.newest_frame()
    for _ in range(200):
        if frame is None or not place:
            break
        where = frame.find_sal()
        if where.symtab is not None and "%s:%d" % (where.symtab.filename.rsplit("/", 1)[-1], where.line) == place:
            frame.select()
            return True
        frame = frame.older()
    return False


def set_registers(values):
    gdb.newest_frame().select()
    for name, value in values:
        gdb.execute("set var $%s = %d" % (name, value), to_string=True)
    gdb.invalidate_cached_frames()
    gdb.newest_frame().select()


def in_task(task, running, action):
    """Does it with the registers of a suspended task, and puts those of the running one back; it may be None."""
    if task is running:
        select_site(task.site)
        return action()
    if "x86-64" not in gdb.newest_frame().architecture().name():
        raise gdb.GdbError("stacks of suspended tasks are only known on x86-64")
    saved = CONTEXT.unpack(memory(task.context, CONTEXT.size))
    there = [("rsp", task.context + CONTEXT.size)]
    there += [(name, value) for name, value in zip(CONTEXT_REGISTERS, saved) if name]
    gdb.newest_frame().select()
    here = [(name, int(gdb.parse_and_eval("(unsigned long)$" + name))) for name in SELECTED]
    try:
        set_registers(there)
        select_site(task.site)
        return action()
    finally:
        set_registers(here)
        if running is not None:
            select_site(running.site)


def place_of(site):
    """FUNCTION, FILE:LINE of the call before a return address, as far as debug information tells."""
    if not site:
        return "", ""
    found = gdb.find_pc_line(site - 1)
    block = gdb.block_for_pc(site - 1)
    while block is not None and block.function is None:
        block = block.superblock
    function = block.function.name if block is not None else ""
    if found.symtab is None:
        return function, ""
    return function, "%s:%d" % (found.symtab.filename.rsplit("/", 1)[-1], found.line)
