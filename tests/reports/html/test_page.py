"""The page in a browser: what is on it, what keys and clicks do, and that it asks for nothing else.

Usage: test_page.py REMLOCK PAGE SOURCE ARTEFACTS [CASE...]
Leaves pictures in ARTEFACTS. Ends with 77 where there is no browser.
"""

import os
import re
import subprocess
import sys
import tempfile

import browser
import documents

SECTIONS = ["What went wrong", "Where", "How it happened", "What Windows would say", "How to fix it", "How to replay it"]
VISIBLE = "[...document.querySelectorAll(%r)].filter((one) => one.checkVisibility())"
CURRENT = "document.querySelector('article.finding:not(.away)')"

# The least contrast of any text on the page with what is behind it, with the text.
CONTRAST = """(() => {
  const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const colour = (text) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = text; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data]; };
  const light = ([r, g, b]) => [r, g, b].map((one) => (one /= 255) <= 0.03928 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4)
    .reduce((sum, one, index) => sum + one * [0.2126, 0.7152, 0.0722][index], 0);
  const behind = (element) => { for (; element; element = element.parentElement) {
    const found = colour(getComputedStyle(element).backgroundColor); if (found[3] === 255) return found; } return [255, 255, 255]; };
  let worst = [99, ""];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement, text = walker.currentNode.textContent.trim();
    if (!text || !element.checkVisibility() || element.closest("script, style, svg, .sr, .skip, option")) continue;
    const [one, other] = [light(colour(getComputedStyle(element).color)), light(behind(element))].sort((a, b) => b - a);
    const contrast = (one + 0.05) / (other + 0.05);
    if (contrast < worst[0]) worst = [contrast, text.slice(0, 60)];
  }
  return worst;
})()"""


class Failure(Exception):
    """What is not as it should be."""


def check(condition, what):
    """Fails with a sentence unless the condition holds."""
    if not condition:
        raise Failure(what)


class Test:
    """One browser, one case after the other."""

    def __init__(self, tab, maker, artefacts):
        self.tab, self.maker, self.artefacts = tab, maker, artefacts

    # ------------------------------------------------------------------------------------------------- helpers --

    def open(self, path, fragment=""):
        """A page from the disk; its first finding when it is not said where."""
        self.tab.open("file://" + path + fragment)

    def open_finding(self, path, index=0):
        """The page of one finding."""
        self.open(path)
        self.tab.run("location.hash = document.querySelectorAll('article.finding')[%d].id" % index)
        self.tab.settle()
        self.tab.settle()

    def picture(self, name):
        """A picture for people."""
        self.tab.run("window.scrollTo(0, 0)")
        self.tab.settle()
        self.tab.picture(os.path.join(self.artefacts, name + ".png"))

    def quiet(self):
        """Nothing went wrong, and nothing was asked for."""
        check(self.tab.complaints() == [], "the page complains: %s" % self.tab.complaints())

    def headings(self):
        """The titles of the sections that can be seen."""
        return self.tab.run(VISIBLE % "article.finding h3" + ".map((one) => one.textContent)")

    def text(self, selector):
        """The text of the first element found."""
        return self.tab.run("document.querySelector(%r).textContent" % selector)

    def count(self, selector):
        """How many elements can be seen."""
        return self.tab.run((VISIBLE % selector) + ".length")

    def chosen(self):
        """The chosen row, as text."""
        check(self.count("article.finding:not(.away) tr[aria-current=step]") == 1, "one row is the current step")
        return self.text("article.finding:not(.away) tr[aria-current=step] td.event")

    def names(self):
        """Whatever can be operated has a name; what has the focus can be seen."""
        for node in self.tab.send("Accessibility.getFullAXTree")["nodes"]:
            role, name = node.get("role", {}).get("value"), node.get("name", {}).get("value", "")
            focusable = any(one["name"] == "focusable" and one["value"]["value"] for one in node.get("properties", []))
            if focusable and not node.get("ignored") and role not in ("RootWebArea", "main", "heading"):
                check(name.strip() != "", "a %s has no name" % role)

    def order(self):
        """Headings do not skip a level; landmarks are there."""
        levels = self.tab.run(VISIBLE % "h1, h2, h3, h4" + ".map((one) => Number(one.tagName[1]))")
        for one, other in zip(levels, levels[1:]):
            check(other <= one + 1, "a heading of level %d follows one of level %d" % (other, one))
        check(self.count("main") == 1 and self.count("header") == 1, "there are landmarks")

    def contrast(self):
        """Every text can be told from its background, in light and dark."""
        for theme in ("light", "dark"):
            self.tab.run("document.documentElement.dataset.theme = %r" % theme)
            worst = self.tab.run("document.getAnimations().forEach((one) => one.finish()), " + CONTRAST)
            check(worst[0] >= 4.5, "contrast %.2f of '%s' in the %s theme" % (worst[0], worst[1], theme))
        self.tab.run("delete document.documentElement.dataset.theme")

    def common(self, name):
        """What holds for the page of every finding."""
        check(self.headings() == SECTIONS, "the sections are %s" % self.headings())
        self.names()
        self.order()
        self.contrast()
        self.picture(name)
        self.quiet()

    # --------------------------------------------------------------------------------------------------- cases --

    def lock(self):
        """A finding in the lock: sentence, lanes, arrows, counts, source, keys."""
        path = self.maker.report("lock", "corpus/regressions/lock/m15-event-touched-after-wake.replay")
        self.open_finding(path)
        run = self.tab.run
        check("freed" in self.text(".sentence"), "the sentence tells that memory was freed")
        check(run("[...%s.querySelectorAll('th.lane')].map((one) => one.textContent).join()" % CURRENT) == "io,pnp",
              "there is a lane for each task")
        check(run("%s.querySelectorAll('.arrows .woke').length" % CURRENT) == 1, "one arrow tells who woke")
        check(run("%s.querySelectorAll('.arrows .freed').length" % CURRENT) == 1, "one arrow tells who freed")
        check(self.count("tr.preempted") == 2 and self.count("tr.violation") == 1, "preemptions and the finding are marked")
        check("use-after-free" in self.chosen(), "the finding is chosen at first")
        check("m15_event_touched_after_wake.c" in self.text(".panel"), "the panel names the source")
        check(self.count(".panel pre mark") == 1, "the panel shows the line")
        self.tab.press("j")
        check("use-after-free" in self.chosen(), "behind the last row there is nothing")
        self.tab.press("Home")
        check("acquire A" in self.chosen(), "Home goes to the first row")
        self.tab.press("j")
        check("InterlockedIncrement" in self.chosen(), "j goes on")
        check(self.text(".panel .locks td.number") == "2", "the lock's count after the increment is 2")
        self.tab.press("ArrowDown")
        check("read Removed" in self.chosen(), "the arrow goes on")
        check("A by io" in self.text(".panel .locks"), "io holds the lock with tag A when its acquire has returned")
        check("read Removed" in self.text("article:not(.away) [aria-live]"), "the step is announced")
        self.tab.press("k")
        self.tab.press("p")
        check("interrupted" in self.chosen(), "p goes to a preemption")
        self.tab.press("v")
        check("use-after-free" in self.chosen(), "v goes to the finding")
        check("freed by" in self.text(".panel"), "the panel tells who freed")
        run("document.querySelector('.panel li button').click()")
        check("IoDeleteDevice" in self.chosen(), "a link of the panel goes to the step")
        run("[...document.querySelectorAll('.panel button')].find((one) => one.textContent === 'Only extension0').click()")
        check(self.count("tr.dim") > 5 and "IoDeleteDevice" in self.chosen(), "the panel shows what is about one object")
        run("[...document.querySelectorAll('.panel button')].find((one) => one.textContent === 'All objects').click()")
        check(self.count("tr.dim") == 0, "and all again")
        self.tab.press("?")
        check(self.count("dialog[open]") == 1, "? opens the help")
        self.tab.press("Escape")
        check(self.count("dialog[open]") == 0, "Escape closes it")
        self.tab.press("End")
        self.common("lock-light")

    def actual_counts(self):
        """At every step of the trace the panel shows the count that the last step on IoCount has left."""
        path = self.maker.report("counts", "corpus/regressions/lock/m05-failing-acquire-stays-counted.replay")
        self.open_finding(path)
        differ = self.tab.run("""(() => { const weave = remlock.current, differ = []; let count = null;
            for (const event of weave.steps.trace) {
              if (event.object === "IoCount" && event.after && !event.pending) count = parseInt(event.after, 16);
              const lock = weave.steps.locks(event.step)[0];
              if (count !== null && lock.count !== count) differ.push(event.step);
            }
            return count === null ? ["none"] : differ; })()""")
        check(differ == [], "counts differ at %s" % differ)

    def driver(self):
        """A finding in a driver: folds that open, filters, the driver's source."""
        path = self.maker.report("driver", "corpus/regressions/driver/op-cancel-race.replay")
        self.open_finding(path)
        rows = self.count("article:not(.away) tbody tr[data-first]")
        check(self.count("tr.folded") >= 2, "steps are folded")
        self.tab.press("v")
        self.tab.press("Home")
        self.tab.press("u")
        more = self.count("article:not(.away) tbody tr[data-first]")
        check(more > rows, "u shows the steps of a fold")
        self.tab.press("u")
        check(self.count("article:not(.away) tbody tr[data-first]") == rows, "u hides them again")
        run = self.tab.run
        run("[...document.querySelectorAll('.tools button')].find((one) => one.textContent.startsWith('Show all')).click()")
        told = run("remlock.current.steps.trace.filter((one) => !one.pending && remlock.current.steps.isTold(one)).length")
        shown = run("new Set([...%s.querySelectorAll('tbody tr[data-first]:not(.folded):not(.call)')]"
                    ".map((one) => one.dataset.first)).size" % CURRENT)
        check(shown == told, "all %d steps are shown, not %d" % (told, shown))
        run("""(() => { const select = document.querySelectorAll('article:not(.away) .tools select')[0];
            select.value = [...select.options].find((one) => one.value.endsWith("IoCount")).value;
            select.dispatchEvent(new Event("change")); })()""")
        wrong = run("""[...%s.querySelectorAll("tbody tr.inner:not(.dim)")].filter((one) =>
            !remlock.current.steps.at(Number(one.dataset.first)).object.endsWith("IoCount")).length""" % CURRENT)
        check(wrong == 0 and self.count("tr.inner.dim") > 0, "the filter by object leaves out what is about others")
        before = self.chosen()
        self.tab.press("Home")
        self.tab.press("j")
        check(run("remlock.current.chosen.classList.contains('dim')") is False, "keys skip what is left out, from " + before)
        run("""(() => { const select = document.querySelectorAll('article:not(.away) .tools select')[0];
            select.value = ""; select.dispatchEvent(new Event("change")); })()""")
        self.tab.press("v")
        self.common("driver-light")

    def deadlock(self):
        """Who waits for ever, and who holds what."""
        replay = os.path.join(self.maker.folder, "deadlock.replay")
        with open(replay, "w", encoding="utf-8") as file:
            file.write("remlock 1\nsubject lock\nprogram\n  io: acquire A; release A\n  ioctl: acquire B\n  pnp: remove\n"
                       "expect deadlock IoReleaseRemoveLockAndWaitEx\n")
        self.open_finding(self.maker.report("deadlock", replay))
        check(self.text("article h2").startswith("deadlock in IoReleaseRemoveLockAndWaitEx"), "the heading names it")
        check("still waits" in self.chosen(), "the finding is a wait")
        check("B by ioctl" in self.text(".panel .locks"), "the panel tells who holds the lock")
        check("held with tag B by ioctl" in self.text("article:not(.away)"), "the table of holders is there")
        self.common("deadlock-light")

    def program(self):
        """A race in a C program: threads are lanes."""
        folder = os.path.join(self.maker.folder, "program")
        built = os.path.join(self.maker.folder, "account.so")
        subprocess.run([self.maker.remlock, "build", "--quiet", os.path.join(self.maker.source, "tests/programs/account.c"), "-o", built],
                       check=True, timeout=300)
        subprocess.run([self.maker.remlock, "test", built, "--quiet", "--seed", "1", "--time", "60s", "--out", folder],
                       check=False, timeout=300, stdout=subprocess.DEVNULL)
        replays = [name for name in os.listdir(folder) if not name.endswith(".found.replay")]
        check(len(replays) == 1, "the program has a finding")
        self.open_finding(self.maker.report("program", os.path.join(folder, replays[0])))
        lanes = self.tab.run("[...%s.querySelectorAll('th.lane')].map((one) => one.textContent)" % CURRENT)
        check(len(lanes) >= 3 and lanes[0] == "main", "threads have lanes: %s" % lanes)
        check("account.c" in self.text("article:not(.away)"), "the source is named")
        for kind in ("woke", "read"):
            check(self.tab.run("remlock.current.steps.links.some((one) => one.kind === %r)" % kind), "there are arrows of kind " + kind)
        check(re.search(r"balance: 1\d\d → 1\d\d", self.text("article:not(.away) tbody")), "values of variables are told")
        self.common("program-light")

    def campaign(self):
        """The overview of a campaign: plots, tables that sort, a filter."""
        document = self.maker.document("corpus/regressions/lock")
        path = self.maker.write("campaign", documents.campaign(document))
        self.open(path)
        run = self.tab.run
        check(self.count(".plot svg") == 3, "there are three plots")
        points = run("[...document.querySelectorAll('.plot polyline')].map((one) => one.points.numberOfItems)")
        check(min(points) >= 480, "plots have all points: %s" % points)
        box = run("(() => { const box = document.querySelector('.plot polyline').getBBox(); return [box.x, box.y, box.width, box.height]; })()")
        check(box[0] >= 60 and box[2] > 380 and box[1] >= 0 and box[1] + box[3] <= 200, "the line lies within its axes: %s" % box)
        check("480,000,000" in self.text(".facts"), "executions are told")
        check("alive" in self.text(".facts") and self.count(".trouble li") == 1, "canary and trouble are told")
        check(self.count("#engines tbody tr") == 4, "each engine has a row")
        dots = run("[...document.querySelectorAll('#subjects circle')].map((one) => Number(one.getAttribute('cx')))")
        steps = [round(other - one) for one, other in zip(dots, dots[1:])]
        check(len(dots) == 6 and max(steps) - min(steps) <= 1, "ten times as many is as far on the scale everywhere: %s" % dots)
        check(self.count("#findings tbody tr") == len(document["findings"]), "each finding has a row")
        self.tab.click("#findings th button")
        first = run("[...document.querySelectorAll('#findings tbody tr')].map((one) => one.cells[0].textContent.toLowerCase())")
        check(first == sorted(first), "the table sorts")
        check(run("document.querySelector('#findings th').getAttribute('aria-sort')") == "ascending", "and says so")
        self.tab.click("#findings-filter")
        for letter in "after":
            self.tab.press(letter)
        shown = self.tab.run((VISIBLE % "#findings tbody tr") + ".map((one) => one.textContent.toLowerCase())")
        check(0 < len(shown) < len(first) and all("after" in row for row in shown), "the filter leaves out rows")
        check("%d of %d" % (len(shown), len(first)) in self.text(".filter output"), "and says how many are left")
        run("(() => { const box = document.querySelector('#findings-filter'); box.value = ''; box.dispatchEvent(new Event('input')); })()")
        self.names()
        self.order()
        self.contrast()
        self.picture("campaign-light")
        self.tab.click("#findings tbody tr a")
        check(self.headings() == SECTIONS, "a row leads to its finding")
        check(run("document.activeElement.tagName") == "H2", "whose heading gets the focus")
        self.tab.click("article:not(.away) .turn a")
        check(self.headings() == [] and self.count("#findings") == 1, "and back")
        self.quiet()

    def empty(self):
        """Nothing was found; a canary that is dead stands first."""
        self.open(self.maker.write("dead", dict(documents.empty(), campaign={"canary_alive": False})))
        check("The canary is dead" in self.text("#overview > .bad"), "a dead canary is told")
        self.open(self.maker.write("empty", documents.empty()))
        check("No findings" in self.text(".summary"), "it says that there is nothing")
        self.names()
        self.quiet()
        self.open(self.maker.write("nothing", {}))
        check("No findings" in self.text(".summary"), "also when the document is empty")
        self.quiet()

    def hostile(self):
        """Text stays text."""
        document = self.maker.document("corpus/regressions/lock/m15-event-touched-after-wake.replay")
        path = self.maker.write("hostile", documents.hostile(documents.campaign(document)))
        with open(path, encoding="utf-8") as file:
            check("<img" not in file.read(), "nothing of it is markup")
        self.open_finding(path)
        run = self.tab.run
        check("owned" not in run("document.title").split("</script>")[0], "nothing ran")
        check(run("document.images.length + document.querySelectorAll('body script:not([type])').length") == 1, "one script is there")
        check(documents.HOSTILE in self.text(".sentence"), "the text is there as it is")
        check("a\ufffdb\ufffdc\ufffdd" in self.text(".sentence"), "control characters are replaced")
        self.tab.press("k")
        self.tab.press("k")
        check(self.count("tr[aria-current=step]") == 1, "scripts read the data")
        self.names()
        self.quiet()

    def unscripted(self):
        """Everything can be read without scripts."""
        path = self.maker.report("unscripted", "corpus/regressions/lock/m15-event-touched-after-wake.replay",
                                 "corpus/regressions/driver/op-cancel-race.replay")
        self.tab.send("Emulation.setScriptExecutionDisabled", value=True)
        try:
            self.open(path)
            text = self.tab.run("document.body.innerText")
            check(self.headings() == SECTIONS + SECTIONS, "both findings have all sections")
            for part in ("goes on after KeWaitForSingleObject", "IoCancelIrp IRP4", "remlock replay --gdb", "expect "):
                check(part in text, "'%s' can be read" % part)
            check(self.count(".tools, .panel, button") == 0, "there is nothing that would not work")
            self.tab.picture(os.path.join(self.artefacts, "unscripted.png"))
        finally:
            self.tab.send("Emulation.setScriptExecutionDisabled", value=False)
        self.quiet()

    def themes(self):
        """Light and dark: what the system prefers, and what is chosen."""
        path = self.maker.report("themes", "corpus/regressions/driver/op-cancel-race.replay")
        run, paper = self.tab.run, "getComputedStyle(document.documentElement).backgroundColor"
        self.tab.media(prefers_color_scheme="light")
        self.open_finding(path)
        light = run(paper)
        self.tab.media(prefers_color_scheme="dark")
        dark = run(paper)
        self.tab.settle()
        check(light != dark, "a dark system has a dark page")
        check(self.text("#theme") == "Light", "the button offers the other")
        self.tab.press("v")
        self.picture("driver-dark")
        self.tab.click("#theme")
        check(run(paper) == light and self.text("#theme") == "Dark", "the button chooses")
        self.open_finding(path)
        check(run(paper) == light, "the choice is remembered")
        run("localStorage.clear()")
        self.tab.media()
        self.quiet()

    def narrow(self):
        """360 pixels are enough."""
        path = self.maker.report("narrow", "corpus/regressions/driver/op-cancel-race.replay")
        self.tab.size(360, 740)
        self.open_finding(path)
        check(self.tab.run("document.documentElement.scrollWidth") <= 360, "the page is as wide as the window")
        self.tab.press("p")
        row = self.tab.run("(() => { const box = remlock.current.chosen.getBoundingClientRect(), panel = "
                           "remlock.current.panel.element.getBoundingClientRect(); return [box.top, box.bottom, panel.top]; })()")
        check(row[0] >= 0 and row[1] <= max(row[2], 0) + 1, "the chosen row can be seen above the panel: %s" % row)
        check(self.count("article:not(.away) td.event .task") > 0, "rows name their tasks")
        self.tab.picture(os.path.join(self.artefacts, "narrow.png"), whole=False)
        self.open(path)
        check(self.tab.run("document.documentElement.scrollWidth") <= 360, "so is the overview")
        self.tab.size(1400, 900)
        self.quiet()

    def paper(self):
        """On paper everything is unfolded, black on white, without tools."""
        path = self.maker.report("paper", "corpus/regressions/driver/op-cancel-race.replay")
        self.tab.media(prefers_color_scheme="dark")
        self.open_finding(path)
        folded = self.count("tr.inner")
        self.tab.paper(os.path.join(self.artefacts, "paper.pdf"))
        check(self.count("tr.inner") > folded, "printing unfolds")
        self.tab.media("print", prefers_color_scheme="dark")
        style = "getComputedStyle(document.querySelector('article:not(.away) .sentence')).color"
        check(self.tab.run(style) == "rgb(0, 0, 0)", "text is black")
        check(self.tab.run("getComputedStyle(document.documentElement).backgroundColor") == "rgb(255, 255, 255)", "paper is white")
        check(self.count(".tools, .panel, .top, button") == 0, "there is nothing to press")
        with open(os.path.join(self.artefacts, "paper.pdf"), "rb") as file:
            check(file.read(5) == b"%PDF-", "there is paper")
        self.tab.media()
        self.quiet()

    def long(self):
        """Thousands of steps stay usable."""
        events = 8000
        self.open_finding(self.maker.write("long", documents.long_one(events)))
        taken = self.tab.run("""(async () => { const start = performance.now();
            [...document.querySelectorAll(".tools button")].find((one) => one.textContent.startsWith("Show all")).click();
            await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
            return performance.now() - start; })()""")
        check(self.tab.run("document.querySelectorAll('tr.inner').length") == events - 2, "all steps are there")
        self.tab.press("Home")
        moved = self.tab.run("""(async () => { const start = performance.now();
            for (let count = 0; count < 20; count++) { remlock.current.move(1);
              await new Promise((done) => requestAnimationFrame(() => setTimeout(done))); }
            return (performance.now() - start) / 20; })()""")
        print("  %d steps: shown in %.0f ms, one step on in %.0f ms" % (events, taken, moved))
        check(taken < 20000 and moved < 2000, "it takes too long: %.0f ms, %.0f ms" % (taken, moved))
        self.quiet()

    def reduced(self):
        """Who does not want motion gets none."""
        path = self.maker.report("reduced", "corpus/regressions/lock/m15-event-touched-after-wake.replay")
        self.tab.media(prefers_reduced_motion="reduce")
        self.open_finding(path)
        self.tab.press("Home")
        self.tab.press("j")
        check(self.tab.run("document.getAnimations().length") == 0, "nothing moves")
        self.tab.media()

    def corpus(self):
        """A report of everything opens quickly."""
        path = self.maker.report("corpus", "corpus/regressions")
        self.open(path)
        ready = self.tab.run("performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd")
        print("  %d findings: %.1f MB, ready in %.0f ms" % (self.tab.run("document.querySelectorAll('article').length"),
                                                          os.path.getsize(path) / 1e6, ready))
        check(ready < 20000, "it takes %.0f ms" % ready)
        self.picture("corpus-overview")
        for index in range(0, self.tab.run("document.querySelectorAll('article').length"), 9):
            self.tab.run("location.hash = document.querySelectorAll('article.finding')[%d].id" % index)
            self.tab.settle()
            check(self.headings() == SECTIONS, "finding %d has all sections" % index)
            self.tab.press("v")
        self.quiet()


CASES = ["lock", "actual_counts", "driver", "deadlock", "program", "campaign", "empty", "hostile", "unscripted", "themes", "narrow",
         "paper", "long", "reduced", "corpus"]


def main(arguments):
    """Runs the cases; the exit status says how it went."""
    path = browser.find()
    if path is None:
        print("no chromium here: skipped")
        return 77
    artefacts, cases = arguments[3], arguments[4:] or CASES
    os.makedirs(artefacts, exist_ok=True)
    failed = []
    with tempfile.TemporaryDirectory(prefix="remlock-page-") as folder:
        tab = browser.Browser(path, os.path.join(folder, "profile"))
        try:
            for case in cases:
                test = Test(tab, documents.Maker(arguments[0], arguments[1], folder, arguments[2]), artefacts)
                tab.size(1400, 900)
                tab.media()
                try:
                    getattr(test, case)()
                    print("ok      " + case)
                except (Failure, RuntimeError, TimeoutError, subprocess.SubprocessError) as problem:
                    failed.append(case)
                    print("FAILED  %s: %s" % (case, problem))
        finally:
            tab.close()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
