"""words.py - whether the command knows what a page says of it: commands and options, as its --help tells them."""
import re
import subprocess

# Whatever else looks like one is a word of the page's own: COMMAND, FILE, ...
OPTION = re.compile(r"(?<![\w-])(--[a-z][a-z0-9-]*)")


class Help:
    def __init__(self, remlock):
        self.remlock = remlock
        self.known = {}
        self.every = None
        self.commands = set(re.findall(r"^  ([a-z]+) ", self.ask("--help"), re.M)) | {"help", "version"}

    def ask(self, *arguments):
        return subprocess.run([self.remlock, *arguments], capture_output=True, text=True, timeout=60, check=False).stdout

    def options(self, words):
        """Those of a command: campaign merge and its like may have more than campaign."""
        key = tuple(words)
        if key not in self.known:
            self.known[key] = set(OPTION.findall(self.ask(*words, "--help"))) | {"--help", "--usage", "--version"}
        return self.known[key]

    def actions(self, command):
        """Of commands such as corpus, which do nothing by themselves."""
        text = self.ask(command, "--help")
        return re.findall(r"^  ([a-z]+) ", text, re.M) if " ACTION " in text.split("\n")[0] else []

    def all_options(self):
        if self.every is None:
            lines = [[command] for command in self.commands]
            lines += [[command, action] for command in self.commands for action in self.actions(command)]
            self.every = set().union(*map(self.options, lines))
        return self.every


def problem_of(text, helped, gdb_commands):
    """What is wrong with a command line of ours, or ""."""
    words = re.split(r"\s+", text.strip())
    if words[0].rsplit("/", 1)[-1] != "remlock" or len(words) < 2:
        return ""
    command = words[1].rstrip(".,;:)")
    if not re.fullmatch(r"[a-z]+", command):
        unknown = [option for option in OPTION.findall(command) if option not in ("--help", "--version")]
        return "remlock has no option %s" % unknown[0] if unknown else ""
    if command in gdb_commands:
        return ""
    if command not in helped.commands:
        return "remlock has no command '%s'" % command
    known = helped.options([command])
    actions = helped.actions(command)
    if actions and len(words) > 2 and re.fullmatch(r"[a-z]+", words[2]) and words[2] not in actions:
        return "remlock %s has no action '%s'" % (command, words[2])
    if len(words) > 2 and re.fullmatch(r"[a-z]+", words[2]):
        known = known | helped.options([command, words[2]])
    # What follows a pipe, and what gdb is told, is another program's.
    own = re.split(r" (?:\||&&|;|#) ", text)[0]
    own = re.sub(r"'[^']*'|\"[^\"]*\"", "''", own)
    unknown = [option for option in OPTION.findall(own) if option not in known]
    return "remlock %s has no option %s" % (command, unknown[0]) if unknown else ""


def problems(document, remlock):
    """(line, what is wrong) for each mention in a page, wherever it stands."""
    helped = Help(remlock)
    gdb_commands = document.page_marks["commands of gdb"]
    others = document.page_marks["options of others"]
    found = [(line, "a command outside of a block of sh or console is not run: %s" % text) for line, text in document.bare]
    for line, text in document.words:
        problem = problem_of(text, helped, gdb_commands)
        bare = re.match(r"(--[a-z][a-z0-9-]*)", text)
        if bare and bare.group(1) not in others and bare.group(1) not in helped.all_options():
            problem = "no command has an option %s" % bare.group(1)
        if problem:
            found.append((line, "%s: `%s`" % (problem, text)))
    return found
