/* main.js - one thing at a time: the overview, or a finding, by what stands behind the # of the address. */
remlock.weaves = new Map();

remlock.bring = function (article) {
  const box = article.querySelector(".weave");
  if (!remlock.weaves.has(article.id) && box) {
    const data = [...document.querySelectorAll("script.data")].find((one) => one.dataset.of === article.id);
    const finding = data && remlock.parse(data);
    remlock.weaves.set(article.id, finding && finding.trace ? new remlock.Weave(box, finding) : null);
  }
  return remlock.weaves.get(article.id) || null;
};

remlock.route = function (event) {
  const name = decodeURIComponent(location.hash.slice(1));
  const target = name ? document.getElementById(name) : null;
  const article = target ? target.closest("article.finding") : null;
  if (target && !article && !target.closest("#overview")) {
    return; /* a place on the page that is always there */
  }
  const overview = document.getElementById("overview");
  overview.classList.toggle("away", Boolean(article));
  document.querySelectorAll("article.finding").forEach((one) => one.classList.toggle("away", one !== article));
  document.documentElement.classList.toggle("on-finding", Boolean(article));
  document.documentElement.classList.toggle("on-overview", !article);
  remlock.current = article ? remlock.bring(article) : null;
  const heading = (article || overview).querySelector(article ? "h2" : "h1");
  document.title = heading.textContent + " – remlock";
  if (event && target && !article && target !== overview) {
    target.scrollIntoView();
  } else if (event) {
    window.scrollTo(0, 0);
    heading.focus({ preventScroll: true });
  }
  if (remlock.current) {
    remlock.current.arrows.draw();
  }
};

remlock.theme = function () {
  const root = document.documentElement, button = document.getElementById("theme");
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const now = () => root.dataset.theme || (dark.matches ? "dark" : "light");
  const name = () => {
    button.textContent = now() === "dark" ? "Light" : "Dark";
  };
  const kept = remlock.recall("theme");
  if (kept === "dark" || kept === "light") {
    root.dataset.theme = kept;
  }
  button.hidden = false;
  button.addEventListener("click", () => {
    root.dataset.theme = now() === "dark" ? "light" : "dark";
    remlock.remember("theme", root.dataset.theme);
    name();
  });
  dark.addEventListener("change", name);
  name();
};

/* Files have no clipboard in some browsers: then the text is selected, ready to be copied. */
remlock.copy = function (pre, button) {
  const said = (text) => {
    button.textContent = text;
    setTimeout(() => {
      button.textContent = "Copy";
    }, 2000);
  };
  const select = () => {
    const range = document.createRange();
    range.selectNodeContents(pre);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    said(document.execCommand && document.execCommand("copy") ? "Copied" : "Selected");
  };
  if (navigator.clipboard) {
    navigator.clipboard.writeText(pre.textContent).then(() => said("Copied"), select);
  } else {
    select();
  }
};

/* Paper cannot be unfolded. Short executions are printed whole. */
remlock.print = function () {
  const most = 4000;
  const articles = [...document.querySelectorAll("article.finding")].filter((one) => !one.classList.contains("away") ||
    document.documentElement.classList.contains("on-overview"));
  for (const article of articles) {
    const weave = remlock.bring(article);
    if (weave && weave.steps.trace.length <= most) {
      weave.unfoldAll(true);
    }
  }
};

remlock.start = function () {
  document.documentElement.classList.add("scripted");
  remlock.theme();
  remlock.tables();
  document.querySelectorAll("pre.copy").forEach((pre) => {
    const button = remlock.button("Copy", () => remlock.copy(pre, button), { "aria-label": "Copy: " + pre.getAttribute("aria-label") });
    pre.after(button);
  });
  window.addEventListener("hashchange", remlock.route);
  window.addEventListener("beforeprint", remlock.print);
  document.addEventListener("keydown", remlock.pressed);
  remlock.route();
};
remlock.start();
