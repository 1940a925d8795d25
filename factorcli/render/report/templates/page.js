// Each picture is drawn again by Vega, with values at the pointer, once it is near the screen. Until then, in print and
// where that fails, the still one is shown.
(() => {
  "use strict";
  const options = { ast: true, renderer: "svg", actions: false, defaultStyle: false, tooltip: { theme: "page" } };

  const draw = async (figure) => {
    const live = figure.querySelector(".live");
    try {
      const spec = JSON.parse(figure.querySelector('script[type="application/json"]').textContent);
      await vegaEmbed(live, spec, options);
      live.querySelector("svg").setAttribute("aria-hidden", "true");  // its element has the text for all of it
      live.hidden = false;
      figure.dataset.state = "live";
    } catch (error) {
      live.hidden = true;
      figure.dataset.state = "still";
      console.error(error);
    }
  };

  const near = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (isIntersecting) {
        near.unobserve(target);
        draw(target);
      }
    }
  }, { rootMargin: "800px" });
  for (const figure of document.querySelectorAll("figure")) {
    figure.classList.replace("scripted", "drawn");
    near.observe(figure);
  }

  // What stands in for a picture that is higher than paper is printed unfolded.
  const folded = () => document.querySelectorAll(".tall ~ details");
  addEventListener("beforeprint", () => folded().forEach((details) => { details.open = true; }));
  addEventListener("afterprint", () => folded().forEach((details) => { details.open = false; }));
})();
