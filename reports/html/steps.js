/* steps.js - a finding as steps: which row shows which, what belongs together, and the locks at each. Steps count from 1. */
remlock.Steps = class {
  constructor(finding) {
    this.finding = finding;
    this.trace = finding.trace || [];
    this.links = this.findLinks();
    this.byStep = new Map();
    for (const link of this.links) {
      for (const step of [link.from, link.to]) {
        this.byStep.set(step, [...(this.byStep.get(step) || []), link]);
      }
    }
  }

  at(step) {
    return this.trace[step - 1];
  }

  findLinks() {
    const links = [], memory = this.finding.memory;
    for (const event of this.trace) {
      for (const [key, kind] of [["woken_by", "woke"], ["signalled_by", "signalled"], ["reads_from", "read"]]) {
        const from = event[key] && this.trace[event[key] - 1];
        if (from && (kind !== "read" || from.task !== event.task)) {
          links.push({ kind, from: event[key], to: event.step });
        }
      }
    }
    if (memory && memory.freed && memory.freed.step && this.finding.violation) {
      links.push({ kind: "freed", from: memory.freed.step, to: this.finding.violation });
    }
    return links;
  }

  isTold(event) {
    return event.note === undefined ? event.operation !== "start" : !event.note.startsWith("< ");
  }

  name(step) {
    const event = this.at(step);
    return event && event.point ? event.task + "@" + event.point : event ? event.task : "";
  }

  describe(event) {
    if (event.note !== undefined) {
      return event.note.replace(/^[<>] /, "");
    }
    const values = event.values ? (event.values.startsWith("=") || !event.object ? " " : ": ") + event.values : "";
    const memory = event.memory ? ", " + event.memory : "";
    const waits = event.operation === "wait" && !event.name.startsWith("wait ") ? "waits in " : "";
    return waits + event.name + (event.object ? " " + event.object : "") + values + memory;
  }

  kind(event) {
    if (event.note !== undefined) {
      return event.note.startsWith("> ") ? "operation" : event.note.startsWith("< ") ? "done" : "remark";
    }
    return event.operation === "wait" ? "waits" : event.woken_by && event.operation === "call" ? "resumes" : "step";
  }

  /* The remove locks after a step: what was first, and what has changed since. */
  locks(step) {
    const state = new Map();
    for (const lock of this.finding.locks || []) {
      if (!lock.since || lock.since <= step) {
        state.set(lock.object, lock);
      }
    }
    for (const event of this.trace.slice(0, step)) {
      (event.locks || []).forEach((lock) => state.set(lock.object, lock));
    }
    return [...state.values()];
  }

  objects() {
    const seen = new Map();
    for (const event of this.trace) {
      if (event.object) {
        const tasks = seen.get(event.object) || new Set();
        seen.set(event.object, tasks.add(event.task));
      }
    }
    const shared = [...seen].filter(([, tasks]) => tasks.size > 1).map(([name]) => name);
    const own = [...seen].filter(([, tasks]) => tasks.size === 1).map(([name]) => name);
    return { shared: shared.sort(), own: own.sort() };
  }
};

remlock.relations = {
  woke: ["woke", "was woken by"],
  signalled: ["had signalled", "found what was signalled by"],
  read: ["is read by", "reads what was written by"],
  freed: ["freed the memory that is touched by", "touches memory that was freed by"],
};
