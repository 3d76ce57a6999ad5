/* arrows.js - lines over the table: who woke, signalled, freed, and was read by whom. The same is told in the panel. */
remlock.Arrows = class {
  constructor(weave, inner) {
    this.weave = weave;
    this.inner = inner;
    this.svg = this.make("svg", { class: "arrows", "aria-hidden": "true", focusable: "false" });
    inner.append(this.svg);
    this.kinds = { woke: true, signalled: true, freed: true, read: this.count("read") <= 8 };
    if (window.ResizeObserver) {
      new ResizeObserver(() => this.draw()).observe(inner);
    }
  }

  count(kind) {
    return this.weave.steps.links.filter((link) => link.kind === kind).length;
  }

  make(name, attributes) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, value));
    return made;
  }

  draw() {
    if (!this.pending) {
      this.pending = true;
      requestAnimationFrame(() => {
        this.pending = false;
        this.redraw();
      });
    }
  }

  /* Links between rows that can be seen; the chosen step's always, others while they are not too many. */
  wanted() {
    const weave = this.weave, chosen = weave.chosen ? weave.stepOf(weave.chosen) : 0, few = 120;
    const shown = weave.steps.links.filter((link) => this.kinds[link.kind]);
    const all = shown.length <= few ? shown : [];
    return [...new Set([...all, ...(weave.steps.byStep.get(chosen) || [])])].map((link) => ({
      ...link, isOfChosen: link.from === chosen || link.to === chosen,
    }));
  }

  redraw() {
    const origin = this.inner.getBoundingClientRect();
    this.svg.textContent = "";
    if (!origin.width) {
      return;
    }
    this.svg.setAttribute("width", origin.width);
    this.svg.setAttribute("height", origin.height);
    this.wanted().forEach((link, index) => {
      const from = this.weave.rowOf(link.from), to = this.weave.rowOf(link.to);
      const hides = (row) => row.classList.contains("dim") || (row.classList.contains("folded") && !link.isOfChosen);
      if (from && to && from !== to && !hides(from) && !hides(to)) {
        this.arrow(link, this.cell(from, origin), this.cell(to, origin), index);
      }
    });
  }

  cell(row, origin) {
    const box = row.querySelector("td.event").getBoundingClientRect();
    return { left: box.left - origin.left, right: box.right - origin.left, y: box.top - origin.top + box.height / 2 };
  }

  /* From the side of one cell to the near side of the other; within a lane around its right edge. */
  arrow(link, from, to, index) {
    const rightwards = to.left > from.left, same = Math.abs(to.left - from.left) < 1;
    const start = same || rightwards ? from.right - 6 : from.left + 5;
    const end = same ? to.right - 6 : rightwards ? to.left - 1 : to.right - 4;
    const bend = same ? 26 + (index % 4) * 6 : (rightwards ? 1 : -1) * (24 + (index % 4) * 8);
    const into = same ? bend : -bend;
    const chosen = link.isOfChosen ? " of-chosen" : "";
    this.svg.append(this.make("path", { class: link.kind + chosen, "data-from": link.from, "data-to": link.to,
      d: "M" + start + " " + from.y + " C" + (start + bend) + " " + from.y + " " + (end + into) + " " + to.y + " " + end + " " + to.y }));
    const point = same || !rightwards ? 7 : -7;
    this.svg.append(this.make("path", { class: link.kind + "-head",
      d: "M" + end + " " + to.y + " l" + point + " -4 v8 z" }));
    if (chosen) {
      const label = this.make("text", { x: (start + end) / 2, y: (from.y + to.y) / 2, "text-anchor": "middle" });
      label.textContent = { woke: "woke", signalled: "signalled", read: "read", freed: "freed" }[link.kind];
      this.svg.append(label);
    }
  }
};
