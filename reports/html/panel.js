/* panel.js - beside the table: the chosen step with its source, its values, what it has to do with others, and the locks. */
remlock.Panel = class {
  constructor(weave) {
    this.weave = weave;
    this.steps = weave.steps;
    this.element = remlock.element("aside", { class: "panel", "aria-label": "The chosen step", tabindex: "0" });
    this.element.append(remlock.element("p", {}, "Choose a step: press j, or click on one."));
    weave.box.append(this.element);
  }

  show(row) {
    const step = this.weave.stepOf(row), event = this.steps.at(step), parts = [];
    const violation = row.classList.contains("violation"), preempted = row.classList.contains("preempted");
    const title = violation ? "The finding" : preempted ? "Interrupted" : "Step " + step + (step ? " of " + this.steps.trace.length : "");
    parts.push(remlock.element("h4", {}, title + (event && event.point ? " · " + this.steps.name(step) : "")));
    parts.push(remlock.element("p", { class: "what" }, this.weave.text(row)));
    if (event) {
      parts.push(...(preempted ? [] : this.values(event)), ...this.links(step, event, preempted), ...this.locks(preempted || violation ? this.before(row) : step));
      parts.push(...this.source(event), ...this.stack(event), ...this.only(event));
    }
    parts.push(this.replay());
    this.element.replaceChildren(...parts);
    this.element.scrollTop = 0;
  }

  /* A preemption and the finding come before their step: the last one that was done. */
  before(row) {
    for (let other = row.previousElementSibling; other; other = other.previousElementSibling) {
      if (other.dataset.last) {
        return Number(other.dataset.last);
      }
    }
    return 0;
  }

  values(event) {
    const parts = [];
    if (event.before !== undefined) {
      const text = event.before === event.after ? event.after : event.before + " → " + event.after;
      parts.push(remlock.element("p", {}, "Value: ", remlock.element("code", {}, text)));
    }
    if (event.pending) {
      parts.push(remlock.element("p", {}, "This was never done: the execution ended before it."));
    }
    return parts;
  }

  /* Pales what is about other objects, and back. */
  only(event) {
    const weave = this.weave, name = event.object;
    if (!name) {
      return [];
    }
    const is = weave.only.object === name;
    return [remlock.element("p", {}, remlock.button(is ? "All objects" : "Only " + name, () => {
      weave.only.object = weave.objects.value = is ? "" : name;
      weave.filter();
      weave.choose(weave.chosen, true);
    }))];
  }

  reference(step) {
    const event = this.steps.at(step);
    return remlock.button("step " + step + ", " + event.task + ": " + this.steps.describe(event), () => this.weave.go(step));
  }

  links(step, event, preempted) {
    const items = [];
    for (const link of this.steps.byStep.get(step) || []) {
      const words = remlock.relations[link.kind], here = link.from === step;
      items.push(remlock.element("li", {}, words[here ? 0 : 1] + " ", this.reference(here ? link.to : link.from)));
    }
    if (event.reads_from && this.steps.at(event.reads_from).task === event.task) {
      items.push(remlock.element("li", {}, "reads what it wrote itself at ", this.reference(event.reads_from)));
    }
    if (event.preempted_by && this.steps.at(event.preempted_by.step)) {
      items.push(remlock.element("li", {}, (preempted ? "the processor went to " : "before it the processor went to ") +
        event.preempted_by.task + " at ", this.reference(event.preempted_by.step)));
    }
    return items.length ? [remlock.element("h4", {}, "With others"), remlock.element("ul", {}, ...items)] : [];
  }

  holder(holder) {
    return holder.tag + " by " + holder.task + (holder.place ? ", " + holder.place : "");
  }

  locks(step) {
    const element = remlock.element, locks = this.steps.locks(step);
    if (!locks.length) {
      return [];
    }
    const rows = locks.map((lock) => element("tr", {}, element("td", {}, lock.object),
      element("td", { class: "number" }, lock.count === undefined ? "?" : String(lock.count)),
      element("td", {}, lock.removed === undefined ? "?" : lock.removed ? "yes" : "no"),
      element("td", {}, lock.holders.length ? element("ul", {}, ...lock.holders.map((one) => element("li", {}, this.holder(one))))
        : "nobody")));
    const heads = ["Lock", "Count", "Removed", "Held by"].map((text) => element("th", { scope: "col" }, text));
    return [element("h4", {}, step ? "Remove locks after it" : "Remove locks at first"),
      element("table", { class: "locks" }, element("thead", {}, element("tr", {}, ...heads)), element("tbody", {}, ...rows))];
  }

  source(event) {
    const file = remlock.sources()[event.path], around = 4, line = event.line;
    if (!event.file || !line) {
      return [];
    }
    const place = (event.path || event.file) + ":" + line;
    const head = remlock.element("h4", {}, "Source: ", remlock.element("code", {}, place),
      event.function ? " in " + event.function : "");
    if (!file || !file.lines || line < file.first || line >= file.first + file.lines.length) {
      return [head];
    }
    const pre = remlock.element("pre", { tabindex: "0", "aria-label": "Lines around " + place });
    for (let number = Math.max(file.first, line - around); number <= line + around; number++) {
      const text = file.lines[number - file.first];
      if (text !== undefined) {
        const shown = String(number).padStart(4) + (number === line ? " ▶ " : "   ") + text;
        pre.append(number === line ? remlock.element("mark", {}, remlock.element("b", {}, shown)) : shown, "\n");
      }
    }
    return [head, pre];
  }

  stack(event) {
    const frames = (event.stack || []).map((number) => (this.weave.finding.frames || [])[number]).filter(Boolean);
    if (frames.length < 2) {
      return [];
    }
    const items = frames.map((frame) => remlock.element("li", {}, remlock.element("code", {}, frame.function), " ",
      remlock.element("span", { class: "place" }, frame.line ? frame.file + ":" + frame.line : "")));
    return [remlock.element("h4", {}, "Called from"), remlock.element("ol", {}, ...items)];
  }

  replay() {
    const to = this.weave.box.closest(".finding").querySelector(".replay h3");
    return remlock.element("p", {}, remlock.button("How to replay it", () => {
      to.setAttribute("tabindex", "-1");
      to.scrollIntoView();
      to.focus();
    }));
  }
};
