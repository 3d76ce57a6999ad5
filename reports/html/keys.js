/* keys.js - the tools above a table, and the keys. */
remlock.keys = [
  [["j", "ArrowDown"], "next row", (weave) => weave.move(1)],
  [["k", "ArrowUp"], "row before", (weave) => weave.move(-1)],
  [["Home"], "first row", (weave) => weave.end(false)],
  [["End"], "last row", (weave) => weave.end(true)],
  [["p"], "next preemption", (weave) => weave.next("preempted")],
  [["v"], "the violation", (weave) => weave.next("violation")],
  [["u", "Enter"], "show or hide what a row stands for", (weave) => weave.chosen && weave.unfold(weave.chosen)],
  [["?"], "this help", (weave) => remlock.help(weave)],
];

remlock.help = function (weave) {
  if (!weave.helper) {
    const rows = remlock.keys.flatMap(([keys, text]) => {
      const names = keys.map((key) => remlock.element("kbd", {}, { ArrowDown: "↓", ArrowUp: "↑" }[key] || key));
      return [remlock.element("dt", {}, ...names.flatMap((name, index) => (index ? [" ", name] : [name]))),
        remlock.element("dd", {}, text)];
    });
    const title = remlock.element("h4", { id: "help-title" }, "Keys");
    weave.helper = remlock.element("dialog", { class: "help", "aria-labelledby": "help-title" }, title,
      remlock.element("dl", {}, ...rows), remlock.button("Close", () => weave.helper.close()));
    weave.box.append(weave.helper);
  }
  weave.helper.showModal();
};

remlock.choice = function (label, options, change) {
  const select = remlock.element("select", {}, ...options);
  select.addEventListener("change", () => change(select.value));
  return remlock.element("label", {}, label, select);
};

remlock.tools = function (weave) {
  const option = (text, value) => remlock.element("option", { value: value === undefined ? text : value }, text);
  const group = (label, names) => (names.length ? remlock.element("optgroup", { label }, ...names.map((name) => option(name))) : null);
  const objects = weave.steps.objects();
  const all = remlock.button("Show all steps", () => {
    const open = all.getAttribute("aria-pressed") !== "true";
    weave.unfoldAll(open);
    all.setAttribute("aria-pressed", String(open));
  }, { "aria-pressed": "false" });
  const arrows = Object.keys(weave.arrows.kinds).filter((kind) => weave.arrows.count(kind)).map((kind) => {
    const box = remlock.element("input", { type: "checkbox" });
    box.checked = weave.arrows.kinds[kind];
    box.addEventListener("change", () => {
      weave.arrows.kinds[kind] = box.checked;
      weave.arrows.draw();
    });
    return remlock.element("label", {}, box, { woke: "who woke", signalled: "who signalled", freed: "who freed",
      read: "who was read" }[kind]);
  });
  const has = (kind) => weave.body.querySelector("tr." + kind);
  const byObject = remlock.choice("Object", [option("all", ""), ...[group("of several tasks", objects.shared),
    group("of one task", objects.own)].filter(Boolean)], (value) => {
    weave.only.object = value;
    weave.filter();
  });
  weave.objects = byObject.querySelector("select");
  weave.box.prepend(remlock.element("div", { class: "tools", role: "toolbar", "aria-label": "Interleaving" },
    remlock.button("↑ Back", () => weave.move(-1)), remlock.button("↓ Step", () => weave.move(1)),
    has("preempted") ? remlock.button("Next preemption", () => weave.next("preempted")) : null,
    has("violation") ? remlock.button("Violation", () => weave.next("violation")) : null, all,
    byObject, remlock.choice("Task", [option("all", ""), ...weave.lanes.map((name) => option(name))], (value) => {
      weave.only.task = value;
      weave.filter();
    }),
    ...arrows, remlock.button("Keys", () => remlock.help(weave), { "aria-haspopup": "dialog" })));
};

/* Letters work wherever nothing is typed; keys that scroll the page, only once a row was chosen and has the focus. */
remlock.pressed = function (event) {
  const weave = remlock.current, target = event.target;
  if (!weave || event.ctrlKey || event.metaKey || event.altKey || target.closest("input, select, textarea, dialog[open]")) {
    return;
  }
  const inRows = target.closest("table.lanes") !== null && target.closest("button") === null;
  const row = remlock.keys.find(([keys]) => keys.includes(event.key));
  if (row && (event.key.length === 1 || inRows)) {
    event.preventDefault();
    row[2](weave);
  }
};
