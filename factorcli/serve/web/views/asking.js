// A question that is asked by a button: its fields, and the answer below them. What was typed and answered outlives the
// view, so that back and forward lose nothing.

import { h, replace } from "../dom.js";
import { busy } from "./parts.js";

/**
 * The form and the place of its answer. kept: {typed, found}, in which values of the fields and the answer are kept;
 * controls: {name: field}; ask(): the answer, or rejects; draw(found): what is shown of it, its first sentence first.
 */
export function asking(label, { kept, controls, fields, ask, draw, reserved = "high" }) {
  const place = h("div", { class: "asked" });
  const told = h("p", { class: "unseen", role: "status" });
  const send = h("button", { type: "submit" }, label);
  kept.typed ??= {};
  for (const [name, control] of Object.entries(controls)) {
    if (name in kept.typed) control.value = kept.typed[name];
    control.addEventListener("input", () => { kept.typed[name] = control.value; });
  }
  const shown = (found) => {
    place.className = "asked";
    replace(place, draw(found));
  };
  const submitted = (event) => {
    event.preventDefault();
    told.textContent = "";
    if (send.getAttribute("aria-busy") === "true") return;
    place.className = `asked waiting ${reserved}`;
    replace(place, h("p", { class: "quiet" }, "Computing…"));
    busy(send, place, async () => {
      try {
        kept.found = await ask();
      } catch (error) {
        delete kept.found;
        place.className = "asked";
        replace(place);
        throw error;
      }
      shown(kept.found);
      told.textContent = place.querySelector("p")?.textContent ?? "";
    });
  };
  if (kept.found) shown(kept.found);
  return h("div", {}, h("form", { class: "controls", novalidate: true, on: { submit: submitted } }, fields, send), told, place);
}
