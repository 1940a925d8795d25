// What the page is doing, said in one live region; the seconds of a countdown are beside it, shown but not read out.

const said = new Map();

// Say a text under a key, which replaces what that key said before; an empty text ends it. The latest is shown.
export function say(key, text, countdown = "") {
  said.delete(key);
  if (text) said.set(key, [text, countdown]);
  const [shown, seconds] = [...said.values()].at(-1) ?? ["", ""];
  const region = document.getElementById("said");
  if (region.textContent !== shown) region.textContent = shown;
  document.getElementById("countdown").textContent = seconds;
  region.parentElement.classList.toggle("on", Boolean(shown));
}
