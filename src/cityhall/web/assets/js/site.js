// Every page: GOV.UK's and MOJ's components, and our own small manners. Nothing here is needed to get through.
import {
  Button,
  CharacterCount,
  Checkboxes,
  ErrorSummary,
  FileUpload,
  NotificationBanner,
  PasswordInput,
  Radios,
  SkipLink,
  Tabs,
  createAll,
} from "govuk-frontend";
import { MultiSelect } from "@ministryofjustice/frontend/moj/components/multi-select/multi-select.mjs";
import { SortableTable } from "@ministryofjustice/frontend/moj/components/sortable-table/sortable-table.mjs";

import "./kept.js";
import { words } from "./words.js";

const GOVUK = [Button, CharacterCount, Checkboxes, ErrorSummary, FileUpload, NotificationBanner, PasswordInput, Tabs];

/** MOJ's table says its sentences in English only; this one says ours. */
class OurSortableTable extends SortableTable {
  static moduleName = "moj-sortable-table";
  static defaults = { statusMessage: words.sorted, ascendingText: words.ascending, descendingText: words.descending };
  updateCaption() {
    super.updateCaption();
    const note = this.$caption?.querySelector(".govuk-visually-hidden");
    if (note) note.textContent = words.sortable;
  }
}

/** `aria-expanded` is not allowed on a radio (ARIA 1.2); the revealed field follows its choice in reading order. */
class OurRadios extends Radios {
  syncConditionalRevealWithInputState($input) {
    super.syncConditionalRevealWithInputState($input);
    $input.removeAttribute("aria-expanded");
  }
}

class OurMultiSelect extends MultiSelect {
  static moduleName = "moj-multi-select";
  setupToggle(prefix) {
    super.setupToggle(prefix);
    this.$toggle.querySelector("span").textContent = words.selectAll;
  }
}

/** Wake the components inside a part of the page: all of it at first, later what htmx brought. */
export function wake(scope = document) {
  for (const Component of GOVUK) createAll(Component, undefined, { scope, onError: quiet });
  createAll(OurRadios, undefined, { scope, onError: quiet });
  createAll(OurSortableTable, undefined, { scope, onError: quiet });
  createAll(OurMultiSelect, undefined, { scope, onError: quiet });
}

/** Components answer "not supported" or "already there" by an error; a page without them still works. */
function quiet(error) {
  if (!/already|not supported/i.test(String(error))) console.warn(error);
}

createAll(SkipLink, undefined, { onError: quiet });
wake();

// Whoever came in by the skip link has #main in the address; the form comes back to it, and the browser would put the
// focus there again, past the summary of what is wrong.
window.addEventListener("load", () => {
  const summary = document.querySelector("#main .govuk-error-summary");
  if (!summary || location.hash !== "#main") return;
  summary.tabIndex = -1; // the component takes it away when the focus leaves
  window.setTimeout(() => summary.focus(), 0);
});
document.addEventListener("cityhall:arrived", (event) => wake(event.detail));

document.addEventListener("click", (event) => {
  const print = event.target.closest("[data-print]");
  if (print) {
    event.preventDefault();
    window.print();
  }
  const copy = event.target.closest("[data-copy]");
  if (copy && navigator.clipboard) {
    event.preventDefault();
    navigator.clipboard.writeText(copy.dataset.copy).then(() => {
      copy.textContent = words.copied;
    });
  }
});

// A select that only changes what is shown may send its form by itself; its button stays for everybody else.
document.addEventListener("change", (event) => {
  if (event.target.matches("select[data-sends]")) event.target.form?.requestSubmit();
});

// GPS for forms without a live map: fills the two boxes that the button names.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-geolocate]");
  if (!button || button.closest("[data-map-form]") || !navigator.geolocation) return;
  event.preventDefault();
  const say = (text) => {
    const note = document.getElementById(button.dataset.geolocateNote);
    if (note) note.textContent = text;
  };
  say(words.locating);
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      document.getElementById(button.dataset.lonInput).value = coords.longitude.toFixed(6);
      document.getElementById(button.dataset.latInput).value = coords.latitude.toFixed(6);
      say(words.pinned(coords.longitude.toFixed(5), coords.latitude.toFixed(5)));
      if (button.form && button.name) button.form.requestSubmit(button);
    },
    (error) => say(error.code === error.PERMISSION_DENIED ? words.denied : words.unlocated),
    { enableHighAccuracy: true, timeout: 10000, maximumAge: 60000 },
  );
});
