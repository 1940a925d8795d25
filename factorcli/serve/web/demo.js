// On the demo market, at the first visit: how to get real prices, unfolded. Runs before anything is shown, so that
// nothing jumps; that is why it is no module.
(() => {
  "use strict";
  const SEEN = "factorcli.demo";
  if (document.documentElement.dataset.source !== "demo") return;
  let first = true;
  try {
    first = localStorage.getItem(SEEN) === null;
    localStorage.setItem(SEEN, "seen");
  } catch {
    // Without storage each visit is the first.
  }
  document.getElementById("demo").open = first;
})();
