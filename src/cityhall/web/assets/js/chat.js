// The chat page: asks for what is new after the last message, and sends again what did not arrive, under the same id.
// Without it every form here is a plain form.
const SOON = 1000; // while something stirs, and in proportion to the silence up to
const CALM = 2000; // two seconds, so that nobody waits longer for the first word after it
const SILENT_PART = 8;
const LATER = 15000;
const HIDDEN = 10000;

function talk(root) {
  const log = root.querySelector(".chat__log");
  const status = root.querySelector("[data-status]");
  const note = root.querySelector("[data-offline-note]");
  const composer = root.querySelector("[data-composer]");
  const error = composer?.querySelector("#text-error");
  const text = composer?.querySelector("textarea");
  const mine = document.querySelector("#mine"); // the operator's other conversations, on the same page
  let last = Number(root.dataset.after);
  let state = root.dataset.state;
  let tag = "";
  let misses = 0;
  let timer = 0;
  let asking = false;
  let stirred = Date.now();

  toEnd();
  plan();

  function toEnd() {
    log.scrollTop = log.scrollHeight;
  }

  function open() {
    return Boolean(mine) || state === "WAITING" || state === "PERSON";
  }

  function plan() {
    window.clearTimeout(timer);
    const wait = misses ? again() : document.hidden && !open() ? HIDDEN : open() ? soon() : LATER;
    timer = window.setTimeout(ask, wait);
  }

  // Answers come soon after something was said: the longer the silence, the more rarely it is asked.
  function soon() {
    return Math.min(Math.max((Date.now() - stirred) / SILENT_PART, SOON), CALM);
  }

  // Sooner at first; not everybody at the same instant when a server comes back.
  function again() {
    return Math.min(250 * 2 ** misses, 15000) * (0.8 + 0.4 * Math.random());
  }

  async function ask() {
    if (asking) return plan();
    asking = true;
    try {
      const headers = { "X-Chat": "1", "X-Background": "1", ...(tag ? { "If-None-Match": tag } : {}) };
      const answer = await fetch(`${root.dataset.news}?after=${last}`, { headers, cache: "no-store" });
      if (answer.status === 200) {
        tag = answer.headers.get("ETag") || "";
        stirred = Date.now();
        show(await answer.json());
      } else if (answer.status !== 304) throw new Error(String(answer.status));
      online();
    } catch {
      offline();
    } finally {
      asking = false;
      plan();
    }
  }

  function show(news) {
    const near = log.scrollHeight - log.scrollTop - log.clientHeight < 160;
    const box = document.createElement("div");
    box.innerHTML = news.items;
    for (const item of [...box.children]) {
      const n = Number(item.dataset.n);
      if (log.querySelector(`[data-n="${n}"]`)) continue;
      const mine = item.dataset.client && log.querySelector(`[data-pending="${CSS.escape(item.dataset.client)}"]`);
      if (mine) mine.remove();
      const pending = log.querySelector("[data-pending]");
      log.insertBefore(item, pending);
    }
    last = Math.max(last, news.n);
    const choosing = status.querySelector("input[type=file]")?.files.length && news.state === state;
    if (status.dataset.shown !== news.status && !choosing) {
      const focused = status.contains(document.activeElement);
      status.innerHTML = news.status;
      status.dataset.shown = news.status;
      if (focused) log.focus();
    }
    if (mine && news.mine && mine.dataset.shown !== news.mine) {
      const focused = mine.contains(document.activeElement) && document.activeElement.getAttribute("href");
      mine.innerHTML = news.mine;
      mine.dataset.shown = news.mine;
      if (focused) mine.querySelector(`[href="${CSS.escape(focused)}"]`)?.focus();
    }
    if (news.state !== state) {
      state = news.state;
      // A page that was over when it came has no box to write in.
      if (!composer && !root.dataset.desk && ["BOT", "WAITING", "PERSON"].includes(state)) window.location.reload();
      if (composer) composer.hidden = state === "CLOSED" || state === "LEFT";
    }
    if (near || box.children.length) toEnd();
  }

  function offline() {
    misses = Math.min(misses + 1, 7);
    note.textContent = root.dataset.offline;
    note.hidden = false;
  }

  function online() {
    misses = 0;
    note.hidden = true;
  }

  function refuse(sentence) {
    if (!error) return;
    error.textContent = sentence;
    error.hidden = !sentence;
    error.parentElement.classList.toggle("govuk-form-group--error", Boolean(sentence));
  }

  // What was written waits in line and goes one by one, so that nothing overtakes.
  const line = [];
  let sending = false;

  async function send() {
    if (sending || !line.length) return;
    sending = true;
    const { url, body, item } = line[0];
    try {
      body.set("after", String(last));
      const answer = await fetch(url, { method: "POST", body, headers: { "X-Chat": "1" } });
      const type = answer.headers.get("Content-Type") || "";
      if (answer.ok && type.includes("json")) {
        line.shift();
        refuse("");
        stirred = Date.now();
        tag = answer.headers.get("ETag") || "";
        show(await answer.json());
        item?.remove();
        online();
      } else if (answer.status >= 500) {
        throw new Error(String(answer.status));
      } else {
        line.shift();
        item?.remove();
        const told = type.includes("json") ? (await answer.json()).refused : "";
        refuse(told || answer.statusText || String(answer.status));
        if (text && body.get("text") && !text.value) text.value = body.get("text");
      }
    } catch {
      offline();
      sending = false;
      window.setTimeout(send, again());
      return;
    }
    sending = false;
    plan();
    send();
  }

  root.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-live]")) return;
    event.preventDefault();
    const body = new FormData(form, event.submitter);
    const said = String(body.get("text") || "").trim();
    let item = null;
    if (form === composer && !said) return;
    const files = form.querySelector("input[type=file]");
    if (files && !files.files.length) return;
    if (said || files) {
      const id = crypto.randomUUID ? crypto.randomUUID() : `${Date.now()}-${Math.random()}`;
      body.set("client_id", id);
      item = pending(said || files.files[0].name, id);
      if (form === composer || files) form.reset();
    }
    if (form.matches("[data-once]")) form.remove();
    line.push({ url: form.action, body, item });
    send();
  });

  function pending(said, id) {
    const item = document.createElement("div");
    item.className = "chat__row chat__row--citizen chat__row--pending";
    item.dataset.pending = id;
    const bubble = document.createElement("div");
    bubble.className = "chat__bubble";
    const words = document.createElement("p");
    words.className = "chat__text";
    words.textContent = said;
    bubble.append(words);
    item.append(bubble);
    log.append(item);
    toEnd();
    return item;
  }

  document.querySelector("[data-canned]")?.addEventListener("click", (event) => {
    const chosen = event.target.closest("[data-insert]");
    if (!chosen || !text) return;
    text.value = text.value ? `${text.value}\n${chosen.dataset.insert}` : chosen.dataset.insert;
    text.focus();
  });

  let typed = 0;
  text?.addEventListener("input", () => {
    if (state !== "PERSON" || Date.now() - typed < 3000) return;
    typed = Date.now();
    fetch(root.dataset.typing, { method: "POST", headers: { "X-Chat": "1", ...token() } }).catch(() => {});
  });

  function token() {
    const field = root.querySelector("[name=csrfmiddlewaretoken]");
    return field ? { "X-CSRFToken": field.value } : {};
  }

  // Enter sends, as in the messaging apps; Shift and Enter, and a Chinese keyboard still choosing letters, do not.
  text?.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    composer.requestSubmit();
  });

  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) ask();
  });
  window.addEventListener("online", ask);
}

const root = document.querySelector("[data-chat]");
if (root) talk(root);
