"""run_document.py - does what a page tells its reader to do: run_document.py PAGE REMLOCK SOURCE

In a copy of SOURCE, with REMLOCK on the PATH, all its blocks of commands are run in their order, and what stands in backticks is
held against --help. Exit status 0 all is as the page says, 1 not. `--list PAGE...` lists what is not run, and why.
"""
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

from document import Document, matches
import words

HERE = pathlib.Path(__file__).resolve().parent
COMMAND_SECONDS = 200  # a command that takes longer is wrong here
KEEPER = """trap 'status=$?; export -p >"$KEEP/variables"; pwd >"$KEEP/folder"; exit $status' EXIT
. "$KEEP/variables"; cd "$(cat "$KEEP/folder")"
set -o pipefail
"""


class Failure(Exception):
    pass


def files_of(source):
    if (source / ".git").exists():
        names = subprocess.run(["git", "-C", source, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                               capture_output=True, check=True).stdout.decode().split("\0")
        return [name for name in names if name and (source / name).is_file()]
    every = (path for path in source.rglob("*") if path.is_file() and "build" not in path.relative_to(source).parts)
    return [str(path.relative_to(source)) for path in every]


class Reader:
    """Somebody at a shell: the folder and the variables are kept from one command to the next."""

    def __init__(self, scratch, source, remlock, page):
        self.scratch = scratch
        self.project = scratch / "remlock"
        for name in files_of(source):
            target = self.project / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source / name, target)
        programs = self.project / "build/default/cli"
        programs.mkdir(parents=True)
        shutil.copy2(HERE / "remlock_in_time", programs / "remlock")
        for folder in ("home", "temporary", "keep"):
            (scratch / folder).mkdir()
        self.environment = {
            "PATH": "%s:%s" % (programs, os.environ["PATH"]), "HOME": str(scratch / "home"),
            "TMPDIR": str(scratch / "temporary"), "LC_ALL": "C.UTF-8", "KEEP": str(scratch / "keep"),
            "REMLOCK_DOCUMENT_TIME": os.environ.get("REMLOCK_DOCUMENT_TIME", "1s"), "REMLOCK_DOCUMENT_PROGRAM": str(remlock),
        }
        (scratch / "keep/variables").write_text("")
        inside = page.resolve().relative_to(source).parent if page.resolve().is_relative_to(source) else pathlib.Path()
        start = self.project / (inside if inside.parts[:1] == ("examples",) else "")
        (scratch / "keep/folder").write_text("%s\n" % start)

    def run(self, command):
        """(exit status, everything that was printed)"""
        process = subprocess.Popen(["bash", "-c", KEEPER + command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, env=self.environment, start_new_session=True)
        try:
            printed = process.communicate(timeout=COMMAND_SECONDS)[0]
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            printed = process.communicate()[0] + b"\n(took too long)"
        return process.returncode, printed.decode(errors="replace")


def do_step(reader, step, status):
    got, printed = reader.run(step.command)
    if got != status:
        raise Failure("line %d: exit status %d, not %d: %s\n%s" % (step.line, got, status, step.command, printed))
    if step.output is not None and not matches(step.output, printed):
        raise Failure("line %d: %s\n--- the page shows\n%s\n--- printed was\n%s" %
                      (step.line, step.command, "\n".join(step.output), printed))


def do_block(reader, block):
    missing = [program for text in block.mark("needs") for program in text.split() if not shutil.which(program)]
    if missing:
        print("line %d: not run here: %s is missing" % (block.line, ", ".join(missing)))
        return
    for command in block.mark("before"):
        status, printed = reader.run(command)
        if status != 0:
            raise Failure("line %d: before: %s\n%s" % (block.line, command, printed))
    if block.mark("not run") and not block.mark("run as"):
        return
    steps = block.steps()
    for step, status in zip(steps, block.statuses(len(steps))):
        do_step(reader, step, status)


def list_not_run(document, name):
    for block in document.blocks:
        for reason in block.mark("not run"):
            instead = block.mark("run as")
            print("%s:%d: not run: %s%s" % (name, block.line, reason, "; run as: " + "; ".join(instead) if instead else ""))


def check(page, remlock, source):
    document = Document(page)
    failures = ["line %d: %s" % problem for problem in words.problems(document, remlock)]
    list_not_run(document, page.name)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        reader = Reader(pathlib.Path(folder), source, remlock, page) if document.blocks else None
        for block in document.blocks:
            try:
                do_block(reader, block)
            except (Failure, ValueError) as failure:
                failures.append(str(failure))
    for failure in failures:
        print("FAILED: %s: %s\n" % (page.name, failure))
    return 1 if failures else 0


def main():
    if sys.argv[1] == "--list":
        for name in sys.argv[2:]:
            list_not_run(Document(name), name)
        return 0
    page, remlock, source = (pathlib.Path(argument).resolve() for argument in sys.argv[1:4])
    return check(page, remlock, source)


if __name__ == "__main__":
    sys.exit(main())
