// Builds elements of the page. Texts from data go in as text only, never as markup.

const SVG = "http://www.w3.org/2000/svg";

// `build("button", { class: "x", "aria-pressed": "true" }, "text", child…)`; null attributes and
// children are left out.
function build(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

function buildSvg(tag, attributes, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    // An attribute that runs would be forbidden by the page's policy, silently.
    if (name.startsWith("on")) throw new Error("listeners are added with listen()");
    node.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children) {
    if (child !== null && child !== undefined) node.append(child);
  }
  return node;
}

// A button that does one thing; `label` is what it says when it shows a sign only.
function buildButton(text, label, act, attributes) {
  const button = build("button", { type: "button", title: label, "aria-label": label, ...attributes }, text);
  button.addEventListener("click", act);
  return button;
}

// A small drawing of lines within 16 by 16.
function buildIcon(path) {
  return buildSvg("svg", { viewBox: "0 0 16 16", class: "icon", "aria-hidden": "true" }, buildSvg("path", { d: path }));
}

// A square in a colour of the palette, or hatched like the bars of errors and waits.
function buildSwatch(colour, look) {
  const swatch = build("i", { class: look ? `swatch ${look}` : "swatch", "aria-hidden": "true" });
  swatch.style.setProperty("--colour", colour);
  return swatch;
}

function cut(text, most) {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

// `1 span`, `12,345 spans`.
function counted(amount, one, many) {
  return `${humanise(amount, "count")} ${amount === 1 ? one : many ?? `${one}s`}`;
}

// Calls `act` once the calls have stopped coming for a while.
function settled(milliseconds, act) {
  let timer = 0;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => act(...values), milliseconds);
  };
}

// A box at the pointer inside `area`, which must be positioned; lines are texts or elements.
function buildTip(area) {
  const tip = build("div", { class: "tip", hidden: true });
  area.append(tip);
  return {
    show(x, y, ...lines) {
      tip.replaceChildren(...lines.filter((line) => line !== null));
      tip.hidden = false;
      const width = tip.offsetWidth;
      const height = tip.offsetHeight;
      // Beside the pointer, on the side with more room; always within the area.
      const left = x + 14 + width > area.clientWidth ? x - 14 - width : x + 14;
      tip.style.left = `${Math.max(0, Math.min(left, area.clientWidth - width))}px`;
      tip.style.top = `${Math.max(0, Math.min(y + 14, area.clientHeight - height))}px`;
    },
    hide() {
      tip.hidden = true;
    },
  };
}

// A line of a tip or of a key: swatch, name, and a value flush right.
function tipLine(name, value, colour, look) {
  return build(
    "div",
    { class: "tip-line" },
    colour ? buildSwatch(colour, look) : null,
    build("span", null, cut(name, 90)),
    value === null || value === undefined ? null : build("b", null, value),
  );
}
