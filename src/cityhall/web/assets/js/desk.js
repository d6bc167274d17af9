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
    { code: "304", swap: false }, // what is polled has not changed
    { code: "[23]..", swap: true },
    { code: "409", swap: true }, // somebody was faster: what changed
    { code: "422", swap: true }, // a form with errors
    { code: "[45]..", swap: false, error: true },
  ],
});
window.htmx = htmx;

document.addEventListener("htmx:configRequest", (event) => {
  const token = document.querySelector("input[name=csrfmiddlewaretoken]");
  if (event.detail.verb === "get") return;
  if (token) event.detail.headers["X-CSRFToken"] = token.value;
  event.detail.headers["X-Desk-List"] = "1"; // an act changes the list: it comes along
});

// A page that has no place beside the list is opened as what it is.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { target, xhr } = event.detail;
  if (target.id !== "main" || xhr.status >= 400 || xhr.responseText.includes('id="main"')) return;
  event.detail.shouldSwap = false;
  location.assign(xhr.responseURL);
});

// The list stays where it was scrolled to, whatever comes into it.
let scrolled = 0;
const scroller = () => document.querySelector(".dk-list__scroll");
document.addEventListener("htmx:beforeSwap", () => (scrolled = scroller()?.scrollTop ?? scrolled));
document.addEventListener("htmx:oobAfterSwap", () => {
  const list = scroller();
  if (list) list.scrollTop = scrolled;
});

document.addEventListener("htmx:afterSettle", (event) => {
  document.dispatchEvent(new CustomEvent("cityhall:arrived", { detail: event.target }));
  const record = event.target.id === "main" ? event.target : null;
  if (record) {
    document.querySelector(".dk-body")?.classList.add("dk-body--open");
    markOpen();
    const heading = record.querySelector("h1, h2");
    const first = record.querySelector(".dk-act :is(input:not([type=hidden]), textarea, select)");
    const wrong = record.querySelector(".govuk-error-summary");
    if (wrong) {
      wrong.tabIndex = -1;
      wrong.focus();
    } else if (first) {
      first.focus({ preventScroll: true });
    } else if (heading) {
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
    const open = link && location.pathname.startsWith(new URL(link.href, location.href).pathname);
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
  const usable = candidates.filter((one) => (one.offsetParent !== null || one.closest(".dk-up")) && !one.disabled);
  const target = usable.find((one) => one.closest("main")) ?? usable[0]; // the page's own before the frame's
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
  if (event.key === "Escape" && !event.target.closest?.("dialog[open]")) {
    const menu = document.querySelector(".dk-up[open]");
    if (menu) menu.open = false;
    else if (typing(event.target)) event.target.blur?.();
    else press("escape");
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
const offerKeys = () => {
  for (const opener of document.querySelectorAll("[data-show-keys]")) opener.hidden = false;
};
offerKeys();
document.addEventListener("htmx:oobAfterSwap", offerKeys);
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-show-keys]")) document.getElementById("keys")?.showModal();
});

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

// A choice that acts at once where script runs; without it the button beside it does the same.
document.addEventListener("change", (event) => {
  const button = document.getElementById(event.target.dataset?.press ?? "");
  if (button && event.target.value) button.click();
});

// A menu that opened upwards closes when something else is chosen.
document.addEventListener("click", (event) => {
  const menu = document.querySelector(".dk-up[open]");
  if (menu && !menu.contains(event.target)) menu.open = false;
});

// --- slots -----------------------------------------------------------------------------------------------
// Behind the text of a reply the same text stands once more, unseen, with its open slots 【…】 coloured; Tab from slot
// to slot with F2.
const SLOT = /【[^】\n]{1,40}】/g;

function underlay(area) {
  const paper = document.createElement("div");
  paper.className = "dk-slots";
  paper.setAttribute("aria-hidden", "true");
  area.before(paper);
  area.parentElement.classList.add("dk-slotted");
  const draw = () => {
    paper.replaceChildren();
    let done = 0;
    for (const found of area.value.matchAll(SLOT)) {
      const mark = document.createElement("mark");
      mark.textContent = found[0];
      paper.append(area.value.slice(done, found.index), mark);
      done = found.index + found[0].length;
    }
    paper.append(`${area.value.slice(done)}\n`);
  };
  area.addEventListener("input", draw);
  draw();
}

function nextSlot() {
  const area = document.querySelector("textarea[data-slots]");
  const slots = [...(area?.value.matchAll(SLOT) ?? [])];
  if (!slots.length) return;
  const next = slots.find((slot) => document.activeElement === area && slot.index >= area.selectionEnd) ?? slots[0];
  area.focus();
  area.setSelectionRange(next.index, next.index + next[0].length);
}

function slots(within) {
  for (const area of within.querySelectorAll("textarea[data-slots]")) underlay(area);
}
slots(document);
document.addEventListener("cityhall:arrived", (event) => {
  if (event.detail instanceof Element && event.detail.id === "main") slots(event.detail);
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "F2") return;
  nextSlot();
  event.preventDefault();
});

// --- how long a call lasts ---------------------------------------------------------------------------------
// Counts up from the instant in `data-since`; beyond `data-limit` seconds it says so by colour and by words.
function clocks() {
  for (const clock of document.querySelectorAll("[data-since]")) {
    const seconds = Math.max(0, Math.floor((Date.now() - Date.parse(clock.dataset.since)) / 1000));
    clock.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    const over = seconds >= Number(clock.dataset.limit || Infinity);
    clock.classList.toggle("dk-late", over);
    const words = document.getElementById(clock.dataset.words ?? "");
    if (words) words.hidden = !over;
  }
}
if (document.querySelector("[data-since]")) clocks();
window.setInterval(clocks, 1000);
