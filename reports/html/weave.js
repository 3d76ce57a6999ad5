/* weave.js - the table of an interleaving: folds open, a step is chosen, rows that are not asked for grow pale. */
remlock.Weave = class {
  constructor(box, finding) {
    this.box = box;
    this.steps = new remlock.Steps(finding);
    this.finding = finding;
    this.table = box.querySelector("table.lanes");
    this.body = this.table.tBodies[0];
    this.lanes = [...this.table.querySelectorAll("thead th.lane")].map((head) => head.textContent);
    this.table.style.setProperty("--lanes", this.lanes.length);
    this.chosen = null;
    this.inner = new Map(); /* rows that are unfolded, by their step */
    this.only = { object: "", task: "" };
    const scroller = box.querySelector(".lanes-box");
    const inner = remlock.element("div", { class: "lanes-inner" });
    scroller.append(inner);
    inner.append(this.table);
    box.classList.add("live");
    this.live = remlock.element("p", { class: "sr", "aria-live": "polite", role: "status" });
    box.append(this.live);
    [...this.body.rows].forEach((row) => this.prepare(row));
    this.body.addEventListener("click", (event) => this.clicked(event));
    this.body.addEventListener("focusin", (event) => {
      const row = event.target.closest("tr");
      if (row === event.target && row !== this.chosen) {
        this.choose(row, false);
      }
    });
    this.arrows = new remlock.Arrows(this, inner);
    this.panel = new remlock.Panel(this);
    remlock.tools(this);
    this.choose(this.body.querySelector("tr.violation") || this.body.rows[0], false);
    this.live.textContent = "";
  }

  prepare(row) {
    this.label(row);
    const first = Number(row.dataset.first || 0), last = Number(row.dataset.last || 0);
    if (first && this.inside(row, first, last).length) {
      const cell = row.querySelector("td.event"), what = this.text(row);
      cell.append(" ", remlock.button("show", () => this.unfold(row), {
        class: "unfold", "aria-expanded": "false", "aria-label": "show the steps of: " + what,
      }));
    }
  }

  /* A row can have the focus, and says what it is in one go. */
  label(row) {
    const step = row.cells[0].textContent, task = row.querySelector(".task");
    row.setAttribute("tabindex", "-1");
    row.setAttribute("aria-label", (step ? "step " + step + ", " : "") + (task ? task.textContent + ": " : "") + this.text(row));
  }

  /* The steps that a row stands for and does not tell itself. */
  inside(row, first, last) {
    const from = row.matches(".folded, .call") ? first : first + 1;
    return this.steps.trace.slice(from - 1, last).filter((event) => !event.pending && this.steps.isTold(event));
  }

  clicked(event) {
    const row = event.target.closest("tr");
    if (row && !event.target.closest("button")) {
      this.choose(row, true);
    }
  }

  unfold(row, open) {
    const button = row.querySelector(".unfold");
    const is = button && button.getAttribute("aria-expanded") === "true";
    if (!button || is === open) {
      return;
    }
    const first = Number(row.dataset.first), last = Number(row.dataset.last);
    if (is) {
      for (let next = row.nextElementSibling; next && next.classList.contains("inner"); next = row.nextElementSibling) {
        if (next === this.chosen) {
          this.choose(row, true);
        }
        this.inner.delete(Number(next.dataset.first));
        next.remove();
      }
    } else {
      const rows = this.inside(row, first, last).map((event) => this.row(event));
      rows.forEach((one) => this.inner.set(Number(one.dataset.first), one));
      row.after(...rows);
    }
    button.setAttribute("aria-expanded", String(!is));
    button.textContent = is ? "show" : "hide";
    button.setAttribute("aria-label", button.textContent + button.getAttribute("aria-label").slice(4));
    this.filter();
  }

  unfoldAll(open) {
    [...this.body.querySelectorAll("tr:not(.inner)")].forEach((row) => this.unfold(row, open));
  }

  row(event) {
    const element = remlock.element, lane = this.lanes.indexOf(event.task), kind = this.steps.kind(event);
    const gap = (count) => (count > 0 ? element("td", { class: "gap", colspan: count }) : null);
    const text = (lane < 0 ? event.task + ": " : "") + this.steps.describe(event);
    const cell = element("td", { class: "event" + (lane < 0 ? " wide" : " lane" + (lane % 6)),
      colspan: lane < 0 ? this.lanes.length : null },
    lane < 0 ? null : element("span", { class: "task" }, event.task), " ", text);
    return element("tr", { class: "inner " + kind, tabindex: "-1", "data-first": event.step, "data-last": event.step,
      "aria-label": "step " + event.step + ", " + (lane < 0 ? "" : event.task + ": ") + text },
    element("td", { class: "at" }, String(event.step)), gap(lane), cell, lane < 0 ? null : gap(this.lanes.length - lane - 1),
    element("td", { class: "place" }, event.file && event.line ? event.file + ":" + event.line : ""));
  }

  /* The row that shows a step: the innermost one. */
  rowOf(step) {
    if (this.inner.has(step)) {
      return this.inner.get(step);
    }
    const violation = this.body.querySelector("tr.violation");
    if (step === this.finding.violation && violation) {
      return violation;
    }
    for (const row of this.body.querySelectorAll("tr[data-first]:not(.inner)")) {
      if (Number(row.dataset.first) <= step && step <= Number(row.dataset.last)) {
        return row;
      }
    }
    return null;
  }

  stepOf(row) {
    if (row.classList.contains("violation")) {
      return this.finding.violation || this.steps.trace.length;
    }
    return Number(row.dataset.first || row.dataset.step || 0);
  }

  choose(row, focus) {
    if (!row) {
      return;
    }
    if (this.chosen) {
      this.chosen.classList.remove("chosen");
      this.chosen.removeAttribute("aria-current");
      this.chosen.setAttribute("tabindex", "-1");
    }
    this.chosen = row;
    row.classList.add("chosen");
    row.setAttribute("aria-current", "step");
    row.setAttribute("tabindex", "0");
    if (focus) {
      row.focus({ preventScroll: true });
    }
    const task = row.querySelector(".task"), rows = this.shown();
    this.live.textContent = "Row " + (rows.indexOf(row) + 1) + " of " + rows.length +
      (task ? ", task " + task.textContent : "") + ": " + this.text(row);
    this.panel.show(row);
    if (focus) {
      this.show(row);
    }
    this.arrows.draw();
  }

  text(row) {
    const cell = row.querySelector("td.event").cloneNode(true);
    cell.querySelectorAll(".unfold, .mark, .task").forEach((part) => part.remove());
    return cell.textContent.trim();
  }

  /* Into view, also when the panel stands over the lower end of the window. */
  show(row) {
    const box = row.getBoundingClientRect(), panel = this.panel.element.getBoundingClientRect();
    const over = panel.left < box.right && panel.right > box.left;
    const bottom = window.innerHeight - (over ? panel.height : 0);
    if (box.top < 60) {
      window.scrollBy(0, box.top - 60 - 40);
    } else if (box.bottom > bottom - 10) {
      window.scrollBy(0, box.bottom - bottom + 50);
    }
  }

  shown() {
    return [...this.body.rows].filter((row) => !row.classList.contains("dim"));
  }

  move(by) {
    const rows = this.shown(), at = rows.indexOf(this.chosen);
    this.choose(rows[at < 0 ? 0 : Math.max(0, Math.min(rows.length - 1, at + by))], true);
  }

  end(last) {
    const rows = this.shown();
    this.choose(rows[last ? rows.length - 1 : 0], true);
  }

  /* The next row of a kind, from the beginning again after the last. */
  next(kind) {
    const rows = [...this.body.rows], at = rows.indexOf(this.chosen);
    const turned = [...rows.slice(at + 1), ...rows.slice(0, at + 1)];
    this.choose(turned.find((row) => row.classList.contains(kind)), true);
  }

  go(step) {
    const row = this.rowOf(step);
    if (row && row.querySelector('.unfold[aria-expanded="false"]') && Number(row.dataset.first) !== step) {
      this.unfold(row, true);
    }
    this.choose(this.rowOf(step), true);
  }

  matches(row) {
    const first = Number(row.dataset.first || row.dataset.step || 0), last = Number(row.dataset.last || first);
    const events = first ? this.steps.trace.slice(first - 1, last) : [];
    const task = row.querySelector(".task");
    const ofTask = !this.only.task || (task && task.textContent === this.only.task);
    const ofObject = !this.only.object || events.some((event) => event.object === this.only.object);
    return row.classList.contains("violation") || (ofTask && ofObject);
  }

  filter() {
    const any = this.only.task || this.only.object;
    for (const row of this.body.rows) {
      row.classList.toggle("dim", Boolean(any) && !this.matches(row));
    }
    this.arrows.draw();
  }
};
