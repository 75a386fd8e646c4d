"use strict";

// A chart: the read-out follows the pointer or the arrow keys; the legend hides and shows curves.
function bindCharts(group) {
  const hidden = new Set();
  const plots = [...group.querySelectorAll(".plot")].map(plot => bindPlot(plot, hidden));
  for (const button of group.querySelectorAll(".legend button")) {
    button.addEventListener("click", () => {
      const isShown = button.getAttribute("aria-pressed") === "false";
      button.setAttribute("aria-pressed", String(isShown));
      const curve = button.dataset.curve;
      isShown ? hidden.delete(curve) : hidden.add(curve);
      plots.forEach(update => update());
    });
  }
}

function bindPlot(plot, hidden) {
  const Near = 6;
  const curves = JSON.parse(plot.querySelector("script").textContent);
  const points = curves.flatMap(curve => curve.points.map(([x, y, text]) => ({ curve, x, y, text })));
  const dot = plot.querySelector(".dot");
  const tip = plot.querySelector(".tip");
  let current = null;

  const isShown = point => !hidden.has(point.curve.id);

  function show(point) {
    current = point;
    dot.hidden = tip.hidden = point === null;
    if (point === null) {
      return;
    }

    const { width, height } = plot.getBoundingClientRect();
    const together = points.filter(other =>
      isShown(other) && Math.hypot((other.x - point.x) * width, (other.y - point.y) * height) < Near
      && (other === point || other.curve !== point.curve));
    const named = new Map([[point.curve.name, point.text]]);
    together.forEach(other => named.has(other.curve.name) || named.set(other.curve.name, other.text));
    tip.replaceChildren(...[...named].map(([name, text]) => {
      const line = document.createElement("div");
      const title = document.createElement("strong");
      title.textContent = name;
      line.append(title, " " + text);
      return line;
    }));
    dot.style.left = tip.style.left = point.x * 100 + "%";
    dot.style.top = point.y * 100 + "%";
    tip.style.top = point.y < 0.5 ? `calc(${point.y * 100}% + 14px)` : "auto";
    tip.style.bottom = point.y < 0.5 ? "auto" : `calc(${(1 - point.y) * 100}% + 14px)`;

    // The read-out stays within the window.
    tip.style.transform = "none";
    const box = tip.getBoundingClientRect();
    const right = document.documentElement.clientWidth - 8;
    const shift = Math.max(8 - box.left, Math.min(right - box.right, -box.width / 2));
    tip.style.transform = `translateX(${shift}px)`;
  }

  function nearest(event) {
    const box = plot.getBoundingClientRect();
    let best = null;
    let least = Infinity;
    for (const point of points.filter(isShown)) {
      const distance = Math.hypot(
        point.x * box.width - (event.clientX - box.left), point.y * box.height - (event.clientY - box.top));
      if (distance < least) {
        least = distance;
        best = point;
      }
    }

    return best;
  }

  // Left and right move along a curve, up and down to the next one.
  function step(key) {
    const shown = curves.filter(curve => !hidden.has(curve.id));
    if (shown.length === 0) {
      return null;
    }

    if (current === null) {
      return points.find(point => point.curve === shown[0]);
    }

    const number = shown.indexOf(current.curve) + ({ ArrowUp: -1, ArrowDown: 1 }[key] ?? 0) + shown.length;
    const along = points.filter(point => point.curve === shown[number % shown.length]);
    const old = points.filter(point => point.curve === current.curve).indexOf(current);
    const index = old + ({ ArrowLeft: -1, ArrowRight: 1 }[key] ?? 0);
    return along[Math.max(0, Math.min(along.length - 1, index))];
  }

  plot.addEventListener("pointermove", event => show(nearest(event)));
  plot.addEventListener("pointerdown", event => show(nearest(event)));
  plot.addEventListener("pointerleave", () => show(null));
  plot.addEventListener("blur", () => show(null));
  plot.addEventListener("keydown", event => {
    if (event.key.startsWith("Arrow")) {
      event.preventDefault();
      show(step(event.key));
    }
  });

  return () => {
    for (const path of plot.querySelectorAll(".curve")) {
      path.classList.toggle("off", hidden.has(path.dataset.curve));
    }

    show(current !== null && isShown(current) ? current : null);
  };
}

// Pictures above one another: the slider moves the cut, and with more than two, lists choose what lies on each side.
function bindComparison(figure) {
  const frame = figure.querySelector(".frame");
  const slider = frame.querySelector("input");
  const move = () => frame.style.setProperty("--cut", slider.value + "%");
  slider.addEventListener("input", move);
  move();
  for (const side of ["left", "right"]) {
    const list = figure.querySelector(`select.${side}`);
    list?.addEventListener("change", () => {
      frame.querySelector(`.side.${side}`).textContent = list.selectedOptions[0].textContent;
      frame.querySelectorAll("img").forEach((image, i) => image.classList.toggle(side, i === list.selectedIndex));
    });
  }
}

document.querySelectorAll(".charts").forEach(bindCharts);
document.querySelectorAll(".compare").forEach(bindComparison);
document.documentElement.dataset.ready = "true";
