/* tables.js - tables that sort by their headings, and a box that leaves out rows. */
remlock.sortable = function (table) {
  const heads = [...table.tHead.rows[0].cells];
  const value = (row, column) => {
    const cell = row.cells[column];
    return cell.dataset.value !== undefined ? Number(cell.dataset.value) : cell.textContent.toLowerCase();
  };
  heads.forEach((head, column) => {
    const title = head.textContent;
    head.textContent = "";
    head.append(remlock.button(title, () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const rows = [...table.tBodies[0].rows];
      rows.sort((one, other) => {
        const left = value(one, column), right = value(other, column);
        return (left < right ? -1 : left > right ? 1 : 0) * (down ? -1 : 1);
      });
      table.tBodies[0].append(...rows);
    }));
  });
};

remlock.filterable = function (table, what) {
  const box = remlock.element("input", { type: "search", id: table.id + "-filter", autocomplete: "off" });
  const count = remlock.element("output", { for: box.id });
  box.addEventListener("input", () => {
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of table.tBodies[0].rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
      shown += row.hidden ? 0 : 1;
    }
    count.textContent = words.length ? shown + " of " + table.tBodies[0].rows.length : "";
  });
  const label = remlock.element("label", { for: box.id }, "Filter " + what);
  table.closest(".scroll").before(remlock.element("div", { class: "filter" }, label, box, count));
};

remlock.tables = function () {
  document.querySelectorAll("table.sortable").forEach(remlock.sortable);
  for (const what of ["findings", "subjects", "replays"]) {
    const table = document.getElementById(what);
    if (table && table.tBodies[0].rows.length > 4) {
      remlock.filterable(table, what);
    }
  }
};
