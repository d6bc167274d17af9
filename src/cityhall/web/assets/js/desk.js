// The officer's desk: htmx for opening and replying without losing the list, and keys for those who want them.
import htmx from "htmx.org/dist/htmx.esm.js";

import { words } from "./words.js";

Object.assign(htmx.config, {
  allowEval: false,
  allowScriptTags: false,
  includeIndicatorStyles: false,
  selfRequestsOnly: true,
  historyCacheSize: 0, // no copy of a petition stays in the browser's storage
  refreshOnHistoryMiss: true,
  scrollBehavior: "auto",
  responseHandling: [
    { code: "204", swap: false },
    { code: "[23]..", swap: true },
    { code: "422", swap: true }, // a form with errors
    { code: "[45]..", swap: false, error: true },
  ],
});
window.htmx = htmx;

document.addEventListener("htmx:configRequest", (event) => {
  const token = document.querySelector("input[name=csrfmiddlewaretoken]");
  if (token && event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = token.value;
});

document.addEventListener("htmx:afterSettle", (event) => {
  document.dispatchEvent(new CustomEvent("cityhall:arrived", { detail: event.target }));
  const record = event.target.id === "main" ? event.target : null;
  if (record) {
    document.querySelector(".dk-body")?.classList.add("dk-body--open");
    markOpen();
    const heading = record.querySelector("h1, h2");
    if (heading) {
      heading.tabIndex = -1;
      heading.focus({ preventScroll: true });
    }
    const title = record.querySelector("[data-page-title]")?.dataset.pageTitle;
    if (title) document.title = title;
  }
});

/** In the list, mark the record that is open now. */
function markOpen() {
  for (const item of document.querySelectorAll(".dk-it")) {
    const link = item.querySelector("a");
    const open = link && new URL(link.href, location.href).pathname === location.pathname;
    item.classList.toggle("on", Boolean(open));
    if (open) {
      link.setAttribute("aria-current", "true");
      item.classList.add("read");
      item.querySelector(".unread")?.remove();
    } else link?.removeAttribute("aria-current");
  }
}

/** Say what went wrong where everybody meets it, with the id to quote. */
function complain(text, id = "") {
  let alert = document.getElementById("desk-alert");
  if (!alert) {
    alert = document.createElement("div");
    alert.id = "desk-alert";
    alert.className = "dk-alert";
    alert.setAttribute("role", "alert");
    document.body.append(alert);
  }
  alert.textContent = id ? `${text} ${id}` : text;
  alert.hidden = false;
  window.clearTimeout(complain.timer);
  complain.timer = window.setTimeout(() => (alert.hidden = true), 20000);
}

document.addEventListener("htmx:responseError", (event) => {
  const xhr = event.detail.xhr;
  if (xhr.status === 401) return; // HX-Redirect moves the window
  complain(words.failed, xhr.getResponseHeader("X-Request-ID") ?? "");
});
document.addEventListener("htmx:sendError", () => complain(words.offline));

// --- keys ------------------------------------------------------------------------------------------------
// Single keys can be switched off (WCAG 2.1.4): in the list of keys, remembered on this device.
const SWITCH = "cityhall.keys";
const keysOn = () => localStorage.getItem(SWITCH) !== "off";

const typing = (target) =>
  target instanceof Element && target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable], dialog[open]");

function items() {
  return [...document.querySelectorAll(".dk-it a")].filter((link) => link.offsetParent !== null);
}

function move(step) {
  const links = items();
  if (!links.length) return;
  const focused = links.indexOf(document.activeElement);
  const open = links.findIndex((link) => link.getAttribute("aria-current"));
  const from = focused >= 0 ? focused : open >= 0 ? open - (step > 0 ? 0 : 0) : step > 0 ? -1 : links.length;
  const next = links[Math.min(Math.max(from + step, 0), links.length - 1)];
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}

function tick() {
  const item = document.activeElement?.closest(".dk-it") ?? document.querySelector(".dk-it.on");
  item?.querySelector("input[type=checkbox]")?.click();
}

function press(key) {
  const candidates = [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)];
  const target = candidates.find((one) => one.offsetParent !== null && !one.disabled);
  if (!target) return false;
  if (target.matches("input, textarea, select")) {
    target.focus();
    target.select?.();
  } else target.click();
  return true;
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing) return; // an input method is choosing a character
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    if (press("ctrl+enter")) event.preventDefault();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape" && typing(event.target)) {
    event.target.blur?.();
    return;
  }
  if (typing(event.target) || !keysOn()) return;
  const key = event.key.toLowerCase();
  if (key === "j" || key === "k") move(key === "j" ? 1 : -1);
  else if (key === "x") tick();
  else if (event.key === "?") document.getElementById("keys")?.showModal();
  else if (!press(event.key === "/" ? "/" : key)) return;
  event.preventDefault();
});

const switchBox = document.getElementById("keys-on");
if (switchBox) {
  switchBox.checked = keysOn();
  switchBox.addEventListener("change", () => localStorage.setItem(SWITCH, switchBox.checked ? "on" : "off"));
}
for (const opener of document.querySelectorAll("[data-show-keys]")) {
  opener.hidden = false;
  opener.addEventListener("click", () => document.getElementById("keys")?.showModal());
}

// How many rows are ticked, beside the acts on many.
document.addEventListener("change", (event) => {
  if (!event.target.matches(".dk-it input[type=checkbox]")) return;
  const count = document.querySelectorAll(".dk-it input[type=checkbox]:checked").length;
  const bar = document.querySelector("[data-bulk]");
  if (!bar) return;
  bar.hidden = count === 0;
  const note = bar.querySelector("[data-bulk-count]");
  if (note) note.textContent = words.selected(count);
});
