/* common.js - what the other scripts share. The page can be read without any of them. */
"use strict";
const remlock = {};

/* element("td", {class: "at", title: "..."}, "text", other) - text is never markup. */
remlock.element = function (name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (value !== null && value !== undefined && value !== false) {
      made.setAttribute(key, value === true ? "" : value);
    }
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
};

remlock.button = function (text, act, attributes) {
  const made = remlock.element("button", { type: "button", ...attributes }, text);
  made.addEventListener("click", act);
  return made;
};

remlock.parse = function (element) {
  try {
    return JSON.parse(element.textContent);
  } catch (error) {
    return null;
  }
};

remlock.sources = function () {
  const element = document.getElementById("sources");
  remlock.sources = () => remlock.known || (remlock.known = (element && remlock.parse(element)) || {});
  return remlock.sources();
};

/* Storage may be refused to files; nothing depends on it. */
remlock.remember = function (key, value) {
  try {
    localStorage.setItem("remlock." + key, value);
  } catch (error) {
    /* then it is not remembered */
  }
};
remlock.recall = function (key) {
  try {
    return localStorage.getItem("remlock." + key);
  } catch (error) {
    return null;
  }
};
