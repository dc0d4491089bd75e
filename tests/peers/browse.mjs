// Opens a report in a browser, uses it as a person would, and says what it found.
//
//   node browse.mjs REPORT.html [--browser PATH] [--modules DIR] [--screenshots DIR] [--timed]
//
// Needs the packages puppeteer-core and axe-core in DIR or NODE_PATH, and Chromium. Prints one JSON
// object; `failures` lists what must not be, and the exit status is 1 if it has anything. Slow painting is
// a failure only with --timed, for a machine that does nothing else.

import { mkdirSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { useCharts, usePath, useTables, useTheme, useTimeline } from "./browse_steps.mjs";

const words = process.argv.slice(2);
function option(name, otherwise) {
  const at = words.indexOf(name);
  return at < 0 ? otherwise : words.splice(at, 2)[1];
}
const browserPath = option("--browser", process.env.BROWSER ?? "/usr/bin/chromium");
const modules = option("--modules", process.env.NODE_PATH ?? "node_modules");
const pictures = option("--screenshots", null);
const isTimed = words.includes("--timed");
const [report] = words.filter((word) => word !== "--timed");
if (!report) {
  console.error("usage: node browse.mjs REPORT.html [--browser PATH] [--modules DIR] [--screenshots DIR]");
  process.exit(2);
}
const packages = createRequire(join(resolve(modules), "package.json"));
const loaded = await import(pathToFileURL(packages.resolve("puppeteer-core")));
const puppeteer = loaded.default ?? loaded;
const axeText = readFileSync(packages.resolve("axe-core/axe.min.js"), "utf8");
const address = pathToFileURL(resolve(report)).href;

const found = { report, bytes: statSync(report).size, figures: [], axe: {}, timeline: null, failures: [] };
const fail = (text) => found.failures.push(text);

// A page that may ask for nothing but the report itself, with everything that goes wrong noted.
async function openPage(browser, { width = 1280, height = 900, theme = "light", hasScripts = true } = {}) {
  const page = await browser.newPage();
  await page.setViewport({ width, height });
  await page.setJavaScriptEnabled(hasScripts);
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: theme }]);
  await page.setRequestInterception(true);
  page.on("request", (request) => {
    if (request.url() === address || request.url().startsWith("data:")) return request.continue();
    fail(`asks for ${request.url().slice(0, 120)}`);
    return request.abort();
  });
  page.on("console", (message) => {
    if (["error", "warn"].includes(message.type())) fail(`console: ${message.text().slice(0, 300)}`);
  });
  page.on("pageerror", (error) => fail(`script: ${String(error.stack ?? error).slice(0, 400)}`));
  page.on("dialog", (dialog) => {
    fail(`opens a dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  if (hasScripts) {
    await page.evaluateOnNewDocument(() => {
      globalThis.violations = [];
      document.addEventListener("securitypolicyviolation", (event) => {
        globalThis.violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
      });
    });
  }
  await page.goto(address, { waitUntil: "load" });
  return page;
}

async function scrollThrough(page) {
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  // Charts make the page longer while it is scrolled through.
  for (let y = 0; y < height + 4000; y += 500) {
    await page.evaluate((to) => scrollTo({ top: to, behavior: "instant" }), y);
    await pause(60);
  }
  await page.evaluate(() => scrollTo({ top: 0, behavior: "instant" }));
  await pause(150);
}

function pause(milliseconds) {
  return new Promise((done) => setTimeout(done, milliseconds));
}

// Each figure must be drawn, and its canvases must hold more than one colour.
async function checkFigures(page) {
  found.figures = await page.evaluate(() => [...document.querySelectorAll("figure[data-chart]")].map((figure) => {
    const colours = [...figure.querySelectorAll("canvas")].map((canvas) => {
      if (canvas.width === 0 || canvas.height === 0) return 0;
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      const pixels = new Uint32Array(data.buffer);
      const seen = new Set();
      for (let i = 0; i < pixels.length && seen.size < 50; i += 7) seen.add(pixels[i]);
      return seen.size;
    });
    const label = figure.querySelector("[role=img], [role=application].lanes-canvas")?.getAttribute("aria-label") ?? "";
    return { id: figure.dataset.chart, kind: figure.dataset.kind, isDrawn: figure.dataset.drawn === "true", colours, label };
  }));
  for (const { id, isDrawn, colours, label } of found.figures) {
    if (!isDrawn) fail(`${id} is not drawn`);
    else if (colours.length === 0 || colours.some((amount) => amount < 2)) fail(`${id} is empty: ${colours} colours`);
    if (label.length < 20) fail(`${id} has no words for who does not see it`);
  }
}

async function checkErrors(page, where) {
  const { errors, violations } = await page.evaluate(() => ({ errors: globalThis.tracekit?.errors ?? [], violations: globalThis.violations }));
  for (const text of errors) fail(`${where}: ${text.slice(0, 400)}`);
  for (const text of violations) fail(`${where}: policy: ${text}`);
}

async function checkAccess(page, name) {
  await page.evaluate(axeText);
  const result = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  found.axe[name] = result.violations.map(({ id, impact, nodes }) => ({ id, impact, amount: nodes.length, first: nodes[0].html.slice(0, 160), why: nodes[0].any[0]?.message?.slice(0, 200) }));
  for (const { id, impact, first } of found.axe[name]) {
    if (impact === "serious" || impact === "critical") fail(`${name}: ${id}: ${first}`);
  }
}

async function checkWidth(page, name) {
  const wide = await page.evaluate(() => {
    const most = document.documentElement.clientWidth;
    return document.documentElement.scrollWidth > most ? [...document.querySelectorAll("body *")].filter((each) => each.getBoundingClientRect().right > most + 1 && !each.closest(".frame, .tree, .lanes, .unseen, caption")).slice(0, 3).map((each) => each.outerHTML.slice(0, 120)) : null;
  });
  if (wide) fail(`${name}: the page is wider than its window: ${wide.join(" | ")}`);
}

async function picture(page, name, isWhole = true) {
  if (!pictures) return;
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: isWhole });
}

// Without scripts: tables and captions, no empty places, no buttons that do nothing.
async function checkWithoutScripts(browser) {
  const page = await openPage(browser, { hasScripts: false });
  const seen = await page.$$eval("figure[data-chart]", (figures) => figures.map((figure) => ({
    id: figure.dataset.chart, height: figure.getBoundingClientRect().height, words: figure.innerText.trim(), hasPlot: getComputedStyle(figure.querySelector(".plot")).display !== "none",
  })));
  for (const { id, height, words: text, hasPlot } of seen) {
    if (hasPlot || height > 220) fail(`without scripts: ${id} leaves a hole of ${Math.round(height)} pixels`);
    if (!/below|script/.test(text)) fail(`without scripts: ${id} says nothing: ${text}`);
  }
  const amounts = await page.evaluate(() => [document.querySelectorAll("main table tbody tr").length, document.querySelectorAll("button").length]);
  found.withoutScripts = { figures: seen.length, rows: amounts[0] };
  if (amounts[1] > 0) fail("without scripts: there are buttons that do nothing");
  await checkWidth(page, "without scripts");
  await picture(page, "without-scripts");
  await page.close();
}

async function checkPaper(browser) {
  const page = await openPage(browser, { theme: "dark" });
  await page.emulateMediaType("print");
  await pause(900);
  const state = await page.evaluate(() => ({
    drawn: document.querySelectorAll("figure[data-drawn]").length,
    all: document.querySelectorAll("figure[data-chart]").length,
    controls: [...document.querySelectorAll(".controls, .theme-switch, .table-filter")].filter((each) => each.offsetHeight > 0).length,
    ground: getComputedStyle(document.body).backgroundColor,
  }));
  found.paper = state;
  if (state.drawn < state.all) fail(`paper: ${state.all - state.drawn} charts are not drawn`);
  if (state.controls > 0) fail("paper: controls are printed");
  if (state.ground !== "rgb(255, 255, 255)") fail(`paper: the ground is ${state.ground}`);
  await picture(page, "print");
  if (pictures) {
    await page.emulateMediaType(null);
    await page.pdf({ path: join(pictures, "print.pdf"), preferCSSPageSize: true, printBackground: true });
  }
  await checkErrors(page, "paper");
  await page.close();
}

const browser = await puppeteer.launch({ executablePath: browserPath, headless: true, args: ["--no-sandbox", "--disable-gpu", "--force-color-profile=srgb"] });
try {
  const began = performance.now();
  const page = await openPage(browser);
  found.loadMilliseconds = Math.round(performance.now() - began);
  found.hasScripts = (await page.$("#report-data")) !== null;
  await scrollThrough(page);
  await checkFigures(page);
  await picture(page, "light-1280");
  await checkAccess(page, "light");
  await checkWidth(page, "1280");
  const steps = { isTimed, page, fail, pause, picture, checkAccess };
  await useTables(steps);
  await useCharts(steps);
  await usePath(steps);
  found.timeline = await useTimeline(steps);
  await checkAccess(page, "light, in use");
  if (found.hasScripts) await useTheme(steps);
  await checkErrors(page, "light");
  await page.close();

  const dark = await openPage(browser, { theme: "dark" });
  await scrollThrough(dark);
  await picture(dark, "dark-1280");
  await checkAccess(dark, "dark");
  await checkErrors(dark, "dark");
  await dark.close();

  for (const theme of ["light", "dark"]) {
    const narrow = await openPage(browser, { width: 390, height: 844, theme });
    await scrollThrough(narrow);
    await checkWidth(narrow, `390 ${theme}`);
    await picture(narrow, `${theme}-390`);
    if (theme === "light") await checkAccess(narrow, "390");
    await checkErrors(narrow, "390");
    await narrow.close();
  }
  await checkWithoutScripts(browser);
  if (found.hasScripts) await checkPaper(browser);
} catch (error) {
  fail(`the check itself: ${error.stack ?? error}`);
} finally {
  await browser.close();
}
console.log(JSON.stringify(found, null, 1));
process.exit(found.failures.length > 0 ? 1 : 0);
