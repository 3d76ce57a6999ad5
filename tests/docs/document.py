"""document.py - what a page tells its reader to type: blocks of commands, with the marks before them, and words in backticks.

A block is fenced by ```sh (commands) or ```console (commands after "$ ", each followed by what it prints). Comments right before
it are its marks; CONTRIBUTING.md tells what they mean:

    <!-- not run: REASON -->    <!-- run as: COMMAND -->    <!-- before: COMMAND -->
    <!-- exit: N... -->         <!-- needs: PROGRAM... -->
"""
import re
import subprocess

MARK = re.compile(r"<!-- (not run|run as|before|exit|needs): (.*?) -->$")
PAGE_MARK = re.compile(r"<!-- (commands of gdb|options of others): (.*?) -->")
LANGUAGES = "sh", "console"
COMMAND = re.compile(r"\s*(\$ |remlock(-[a-z-]+)? [a-z.-]|scripts/|build/|cmake |ctest |git |gdb |apt)")


class Step:
    """One command, and what it prints: None when that is not told."""

    def __init__(self, line, command, output=None):
        self.line, self.command, self.output = line, command, output


class Block:
    def __init__(self, language, line, marks):
        self.language, self.line = language, line
        self.marks = marks
        self.lines = []

    def mark(self, name):
        return [text for kind, text in self.marks if kind == name]

    def steps(self):
        if self.mark("run as"):
            return [Step(self.line, text) for text in self.mark("run as")]
        return console_steps(self) if self.language == "console" else shell_steps(self)

    def statuses(self, count):
        """The exit status of each command; one number is that of the last one."""
        told = [int(word) for text in self.mark("exit") for word in text.split()]
        return told if len(told) == count else [0] * (count - 1) + (told or [0])


class Document:
    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            self.lines = file.read().split("\n")
        self.path = path
        self.blocks = []
        self.words = []  # (line, text) of everything that looks like code in prose, and of blocks that are not run
        self.bare = []  # (line, text) of commands that stand where nobody runs them
        self.page_marks = {"commands of gdb": [], "options of others": []}
        self.read()

    def read(self):
        marks, block, other, language = [], None, False, ""
        for number, line in enumerate(self.lines, 1):
            if line.startswith("```"):
                if block is not None or other:
                    block, other = None, False
                    continue
                block = Block(line[3:].strip(), number, marks)
                language = block.language
                other = language not in LANGUAGES
                if not other:
                    self.blocks.append(block)
                block = None if other else block
                marks = []
            elif block is not None:
                block.lines.append((number, line))
            elif other:
                self.words.append((number, re.sub(r"^\s*\$ ", "", line)))
                if language == "" and COMMAND.match(line):
                    self.bare.append((number, line))
            else:
                marks = self.read_prose(number, line, marks)
        self.add_blocks_that_are_not_run()
        self.add_spans()

    def read_prose(self, number, line, marks):
        if line.startswith("    ") and COMMAND.match(line):
            self.bare.append((number, line.strip()))
        for kind, text in PAGE_MARK.findall(line):
            self.page_marks[kind] += text.split()
        found = MARK.match(line.strip())
        if found:
            return marks + [found.groups()]
        return marks if not line.strip() else []

    def add_blocks_that_are_not_run(self):
        for block in self.blocks:
            if block.mark("not run") or block.mark("run as"):
                self.words += [(number, re.sub(r"^\$ ", "", line)) for number, line in block.lines]

    def add_spans(self):
        """Backticks of a paragraph: a span may go over the end of a line."""
        text, starts, fenced = "", [], False
        for number, line in enumerate(self.lines, 1):
            fence = line.startswith("```")
            fenced ^= fence
            blank = fence or fenced or not line.strip()
            text += "\n\n" if blank else line + "\n"
            starts += [number] * (2 if blank else len(line) + 1)
        for found in re.finditer(r"`([^`]+?)`", text):
            if "\n\n" not in found.group(1):
                self.words.append((starts[found.start()], " ".join(found.group(1).split())))


def console_steps(block):
    steps = []
    for number, line in block.lines:
        if line.startswith("$ "):
            steps.append(Step(number, line[2:], []))
        elif steps and steps[-1].command.endswith("\\") and not steps[-1].output:
            steps[-1].command += "\n" + line.removeprefix("> ")
        elif steps:
            steps[-1].output.append(line)
        else:
            raise ValueError("line %d: a console block begins with '$ COMMAND'" % number)
    return steps


def is_complete(command):
    if command.endswith("\\"):
        return False
    said = subprocess.run(["bash", "-n", "-c", command], capture_output=True, text=True, check=False).stderr
    return "unexpected end of file" not in said and "unexpected EOF" not in said and "delimited by end-of-file" not in said


def shell_steps(block):
    steps, command, first = [], "", None
    for number, line in block.lines:
        if not command and (not line.strip() or line.lstrip().startswith("#")):
            continue
        first = first or number
        command += ("\n" if command else "") + line
        if is_complete(command):
            steps.append(Step(first, command))
            command, first = "", None
    if command:
        steps.append(Step(first, command))
    return steps


def matches(expected, printed):
    """Whether what was printed is what the page shows: a line "..." stands for any lines, "..." in a line for any text."""
    expected = [line.rstrip() for line in expected]
    while expected and not expected[-1]:
        expected.pop()
    printed = [line.rstrip() for line in printed.rstrip("\n").split("\n")] if printed.strip() else []
    parts = []
    for line in expected:
        if line.strip() in ("...", "…"):
            parts.append(r"(?:[^\n]*\n)*?")
        else:
            parts.append(r"[^\n]*?".join(re.escape(part) for part in line.split("...")) + r"\n")
    return re.fullmatch("".join(parts), "".join(line + "\n" for line in printed)) is not None
