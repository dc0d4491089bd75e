// Colours, read from the style so that both are always the same; which theme is on, and its switch.

const redraws = new Set();
const darkQuery = matchMedia("(prefers-color-scheme: dark)");
let choice = "auto";
let known = null;

// Calls `redraw` whenever the colours have changed.
function onTheme(redraw) {
  redraws.add(redraw);
}

function isDark() {
  return choice === "dark" || (choice === "auto" && darkQuery.matches);
}

// The colours of the moment.
function colours() {
  if (known) return known;
  const style = getComputedStyle(document.documentElement);
  // Short colours in full, as mixing needs them.
  const read = (name) => style.getPropertyValue(`--${name}`).trim().replace(/^#(.)(.)(.)$/, "#$1$1$2$2$3$3");
  const names = ["page", "surface", "raised", "text", "soft", "faint", "line", "line-strong", "accent", "accent-soft", "bar", "bad", "bad-soft", "warning", "good", "active", "on-colour"];
  known = Object.fromEntries(names.map((name) => [name, read(name)]));
  known.series = Array.from({ length: 8 }, (_, i) => read(`c${i + 1}`));
  known.sans = getComputedStyle(document.body).fontFamily;
  return known;
}

// The colour of the n-th series, type or subject; those past the palette begin again.
function seriesColour(index) {
  const { series } = colours();
  return series[index % series.length];
}

// `#rrggbb` with an alpha from 0 to 1.
function faded(colour, alpha) {
  return `${colour}${Math.round(alpha * 255).toString(16).padStart(2, "0")}`;
}

// The mixture of two colours `#rrggbb`.
function mixed(from, to, share) {
  const parts = (colour) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  const [a, b] = [parts(from), parts(to)];
  return `#${a.map((part, i) => Math.round(part + (b[i] - part) * share).toString(16).padStart(2, "0")).join("")}`;
}

// How light a colour `#rrggbb` looks, from 0 to 1.
function lightness(colour) {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const part = parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function themeChanged() {
  known = null;
  for (const redraw of redraws) redraw();
}

function choose(theme) {
  choice = theme;
  document.documentElement.dataset.theme = theme;
  document.querySelector("meta[name=color-scheme]")?.setAttribute("content", theme === "auto" ? "light dark" : theme);
  themeChanged();
}

// Three buttons at the top of the page; the choice holds as long as the page is open.
function addThemeSwitch() {
  const brand = document.querySelector(".brand");
  if (!brand) return;
  const kinds = [
    ["auto", "As the system", "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2v12"],
    ["light", "Light", "M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6M8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1.1 1.1M11.9 11.9 13 13M3 13l1.1-1.1M11.9 4.1 13 3"],
    ["dark", "Dark", "M13.5 9.6A5.8 5.8 0 1 1 6.4 2.5a4.6 4.6 0 0 0 7.1 7.1"],
  ];
  const buttons = kinds.map(([theme, label, path]) =>
    buildButton(buildIcon(path), label, () => {
      choose(theme);
      for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.choice === theme));
    }, { "aria-pressed": String(theme === choice), "data-choice": theme }),
  );
  brand.append(build("span", { class: "switch theme-switch", role: "group", "aria-label": "Colours" }, ...buttons));
  darkQuery.addEventListener("change", () => {
    if (choice === "auto") themeChanged();
  });
}

// Paper is white: `act` runs in light colours, and `after` brings back what was.
function withLightColours(isOn) {
  document.documentElement.dataset.theme = isOn ? "light" : choice;
  themeChanged();
}
