// What is typed on the way, on a telephone that loses its connection: kept in this browser until the server has it.
//
// A form with `data-keep` is written down as it is filled in and filled in again when its page comes back; a page with
// `data-keep-done` says that the server has it. Before a form is sent the server is asked whether it is there: where it
// is not, nothing is lost, a chosen photo neither.
import { words } from "./words.js";

const PREFIX = "cityhall.kept:";
const WAIT = 8000;
const isText = (field) => field.name && !["file", "hidden", "submit", "button", "password"].includes(field.type);
const ticks = (field) => ["radio", "checkbox"].includes(field.type);

function read(key) {
  try {
    return JSON.parse(localStorage.getItem(PREFIX + key) ?? "null");
  } catch {
    return null;
  }
}

function say(form, text) {
  const note = form.querySelector("[data-keep-note]");
  if (note) note.textContent = text;
}

function write(form) {
  const kept = {};
  for (const field of form.elements) {
    if (!isText(field) || (ticks(field) && !field.checked)) continue;
    kept[field.name] = field.value;
  }
  try {
    localStorage.setItem(PREFIX + form.dataset.keep, JSON.stringify(kept));
  } catch {
    /* a full or forbidden store: the form works as it does without script */
  }
}

function fill(form, kept) {
  let changed = false;
  for (const field of form.elements) {
    if (!isText(field) || !(field.name in kept)) continue;
    const wanted = kept[field.name];
    if (ticks(field)) {
      const on = field.value === wanted;
      changed ||= field.checked !== on;
      field.checked = on;
    } else if (field.value !== wanted) {
      field.value = wanted;
      changed = true;
    }
  }
  if (changed) say(form, words.restored);
}

async function reachable() {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), WAIT);
  try {
    await fetch("/healthz", { method: "HEAD", cache: "no-store", signal: stop.signal });
    return true;
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}

for (const done of document.querySelectorAll("[data-keep-done]")) localStorage.removeItem(PREFIX + done.dataset.keepDone);

for (const form of document.querySelectorAll("form[data-keep]")) {
  const kept = read(form.dataset.keep);
  if (kept && !form.querySelector(".govuk-error-message")) fill(form, kept);
  form.addEventListener("input", () => write(form));
  form.addEventListener("change", () => write(form));
  form.addEventListener("submit", async (event) => {
    if (form.dataset.sure) return;
    event.preventDefault();
    if (await reachable()) {
      form.dataset.sure = "yes";
      form.requestSubmit(event.submitter);
    } else say(form, words.offline);
  });
}
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-keep]")) delete form.dataset.sure;
});
